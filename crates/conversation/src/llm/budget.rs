//! How many tokens a day may cost, and how many it did; kept over restarts.

use jiff::tz::TimeZone;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Record, Store};
use tokio::sync::Mutex;

/// Under which name it is kept.
const NAME: &str = "language_model_tokens";

/// What was used up on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// The day, by the house's own zone and the machine's wall clock: money is no simulated thing.
    pub day: String,
    /// Tokens that went in.
    pub input: u64,
    /// Tokens that came out.
    pub output: u64,
    /// How many requests there were.
    pub requests: u64,
}

impl Spent {
    const fn tokens(&self) -> u64 {
        self.input + self.output
    }
}

/// The budget of a day.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    zone: TimeZone,
    store: Store,
    spent: Mutex<Option<Spent>>,
}

impl Budget {
    /// A budget of so many tokens a day; what was spent today already is read when it is first needed.
    #[must_use]
    pub fn new(limit: u64, zone: TimeZone, store: Store) -> Self {
        Self {
            limit,
            zone,
            store,
            spent: Mutex::new(None),
        }
    }

    /// How many tokens a day may cost.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// What was spent today.
    pub async fn spent(&self) -> Spent {
        let mut spent = self.spent.lock().await;
        self.today(&mut spent).await.clone()
    }

    /// Takes so many tokens before they are spent; whether there were that many left.
    pub(super) async fn take(&self, input: u64, output: u64) -> bool {
        let mut spent = self.spent.lock().await;
        let limit = self.limit;
        let today = self.today(&mut spent).await;
        if today.tokens() + input + output > limit {
            return false;
        }
        today.input += input;
        today.output += output;
        today.requests += 1;
        self.keep(today);
        true
    }

    /// Puts right what was taken, once it is known what was really spent.
    pub(super) async fn settle(&self, taken: (u64, u64), real: (u64, u64)) {
        let mut spent = self.spent.lock().await;
        let today = self.today(&mut spent).await;
        today.input = today.input.saturating_sub(taken.0) + real.0;
        today.output = today.output.saturating_sub(taken.1) + real.1;
        self.keep(today);
    }

    async fn today<'a>(&self, spent: &'a mut Option<Spent>) -> &'a mut Spent {
        let day = Timestamp::now()
            .to_zoned_datetime(self.zone.clone())
            .date()
            .to_string();
        if spent.is_none() {
            // What cannot be read counts as nothing spent: the store says elsewhere that it is ill.
            let kept = self.store.learned(NAME).await.ok().flatten();
            *spent = kept.and_then(|json| serde_json::from_str(&json).ok());
        }
        let today = spent.get_or_insert_default();
        if today.day != day {
            *today = Spent {
                day,
                ..Spent::default()
            };
        }
        today
    }

    fn keep(&self, spent: &Spent) {
        let body = serde_json::to_string(spent).unwrap_or_default();
        // Kept in the order in which it was spent; nobody waits for it.
        drop(self.store.submit(vec![Record::Learned {
            name: NAME,
            body,
            at: Timestamp::now(),
        }]));
    }
}
