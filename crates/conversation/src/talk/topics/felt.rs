//! How the house felt on a day that is over, from what was kept of it.

use super::super::answer::{Answer, Evidence};
use super::super::{Turn, words};
use super::figures::Days;
use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use model::Timestamp;
use store::KeptFeeling;

/// Rows that are read at most: more than a month of one each ten minutes.
const ROWS: usize = 5_000;

/// What is felt is kept at least each ten minutes; for longer than this nothing is known after it.
const LASTS: SignedDuration = SignedDuration::from_mins(30);

/// Hard times that are told, at most.
const TOLD: usize = 3;

/// One feeling, from when to when.
struct Stretch<'a> {
    label: &'a str,
    from: Timestamp,
    to: Timestamp,
    /// The strongest reason as it began, on the side of the feeling.
    because: Option<&'a str>,
}

impl Stretch<'_> {
    fn seconds(&self) -> i64 {
        self.to.duration_since(self.from).as_secs()
    }

    fn is_hard(&self) -> bool {
        matches!(self.label, "worried" | "stressed" | "pain")
    }
}

/// What is kept, as stretches of one feeling each.
fn stretches(kept: &[KeptFeeling], end: Timestamp) -> Vec<Stretch<'_>> {
    let mut all: Vec<Stretch<'_>> = Vec::new();
    for (at, row) in kept.iter().enumerate() {
        let next = kept.get(at + 1).map_or(end, |next| next.at);
        let to = next.min(row.at + LASTS);
        match all.last_mut() {
            Some(last) if last.label == row.label && last.to == row.at => last.to = to,
            _ => all.push(Stretch {
                label: &row.label,
                from: row.at,
                to,
                because: because(row),
            }),
        }
    }
    all
}

fn because(row: &KeptFeeling) -> Option<&str> {
    // They were kept in the order in which they are told.
    row.reasons.as_array()?.first()?.get("text")?.as_str()
}

impl Turn<'_> {
    /// “How did you feel yesterday?”
    pub(super) async fn felt(&self) -> Answer {
        let Some(mind) = &self.wires.mind else {
            return Answer::of("felt", "I don't know: I have no feelings running here.");
        };
        let days = self.days();
        let Some((from, to)) = self.bounds(&days) else {
            return Answer::of("felt", "I don't know when that was.");
        };
        let kept = match mind.feelings(from, to, ROWS).await {
            Ok(kept) => kept,
            Err(error) => {
                return Answer::of("felt", format!("I cannot read what I felt: {error}."));
            }
        };
        let all = stretches(&kept, to);
        let known: i64 = all.iter().map(Stretch::seconds).sum();
        let mut by_label: Vec<(&str, i64)> = Vec::new();
        for one in &all {
            match by_label.iter_mut().find(|(label, _)| *label == one.label) {
                Some((_, seconds)) => *seconds += one.seconds(),
                None => by_label.push((one.label, one.seconds())),
            }
        }
        by_label.sort_by_key(|(_, seconds)| std::cmp::Reverse(*seconds));
        let word = &days.word;
        let Some(&(most, seconds)) = by_label.first() else {
            let text = format!("{word}: I don't know, nothing that I felt then is kept.");
            return Answer::of("felt", text);
        };
        let others = by_label.iter().skip(1);
        let others: Vec<String> = others
            .map(|(label, seconds)| format!("{label} for {}", words::span(*seconds)))
            .collect();
        let mut text = if others.is_empty() {
            format!(
                "{word} I felt {most}, all the time that I know of ({}).",
                words::span(known)
            )
        } else {
            format!(
                "{word} I felt {most} for {} of the {} that I know of, and {}.",
                words::span(seconds),
                words::span(known),
                words::listed(&others, 4)
            )
        };
        let mut hard: Vec<&Stretch<'_>> = all.iter().filter(|one| one.is_hard()).collect();
        hard.sort_by_key(|one| std::cmp::Reverse(one.seconds()));
        hard.truncate(TOLD);
        hard.sort_by_key(|one| one.from);
        for one in &hard {
            let since = words::moment(one.from, self.now, &self.wires.zone);
            let lasted = words::span(one.seconds());
            let why = one.because.map_or(String::new(), |why| {
                format!(": {}", why.trim_end_matches('.'))
            });
            text.push_str(&format!(" I was {} {since} for {lasted}{why}.", one.label));
        }
        let mut answer = Answer::of("felt", text).slot("feeling", most);
        answer.evidence = all
            .iter()
            .filter(|one| hard.is_empty() || one.is_hard())
            .take(20)
            .map(|one| Evidence {
                kind: "feeling",
                name: one.label.to_owned(),
                since: Some(one.from),
                at: Some(one.to),
                text: one.because.map(str::to_owned),
                ..Evidence::default()
            })
            .collect();
        answer.suggesting(["How are you?".into()])
    }

    /// From when to when some days are, and no later than now.
    fn bounds(&self, days: &Days) -> Option<(Timestamp, Timestamp)> {
        let starts = |day: Date| {
            let start = day.to_datetime(Time::midnight());
            Some(
                start
                    .to_zoned_datetime(self.wires.zone.clone())
                    .ok()?
                    .timestamp(),
            )
        };
        let end = starts(days.last.tomorrow().ok()?)?;
        Some((starts(days.first)?, end.min(self.now)))
    }
}
