//! What was found and what is searched for.

use super::super::answer::{Answer, Evidence};
use super::super::{Turn, words};
use jiff::SignedDuration;
use model::{DiscoveryState, EventBody, Request, RequestBody, Timestamp};
use std::time::Duration;
use store::EventFilter;

/// How many events are looked at, and told, of a day.
const HAPPENED: usize = 200;
const TOLD: usize = 8;

/// How long a search for devices is waited for.
const SEARCH: Duration = Duration::from_secs(3);

impl Turn<'_> {
    pub(super) async fn discovered(&self) -> Answer {
        let midnight = self.midnight();
        let found: Vec<_> = self
            .snapshot
            .discoveries
            .values()
            .filter(|found| found.first_seen >= midnight && found.state != DiscoveryState::Ignored)
            .collect();
        let filter = EventFilter {
            kinds: vec!["device_added".into()],
            from: Some(midnight),
            ..EventFilter::default()
        };
        let added = self
            .wires
            .store
            .events(&filter, 50)
            .await
            .map(|page| page.events)
            .unwrap_or_default();
        let added: Vec<(String, Timestamp, String)> = added
            .iter()
            .filter_map(|event| match &event.body {
                EventBody::DeviceAdded { name, .. } => {
                    Some((name.clone(), event.at, event.position.to_string()))
                }
                _ => None,
            })
            .collect();
        let waiting: Vec<_> = self
            .snapshot
            .discoveries
            .values()
            .filter(|found| found.state == DiscoveryState::New)
            .collect();
        let mut parts: Vec<String> = Vec::new();
        let names: Vec<String> = found
            .iter()
            .map(|found| found.announcement.name.clone())
            .collect();
        match names.len() {
            0 => parts.push("I found nothing new today.".into()),
            count => parts.push(format!(
                "Today I found {count}: {}.",
                words::listed(&names, 8)
            )),
        }
        if !added.is_empty() {
            let names: Vec<String> = added.iter().map(|it| it.0.clone()).collect();
            parts.push(format!(
                "{} became part of the house today: {}.",
                added.len(),
                words::listed(&names, 8)
            ));
        }
        if waiting.len()
            > found
                .iter()
                .filter(|found| found.state == DiscoveryState::New)
                .count()
        {
            parts.push(format!("{} found things wait in the inbox.", waiting.len()));
        }
        let mut answer = Answer::of("discovered", parts.join(" ")).slot("count", found.len());
        answer.evidence = found
            .iter()
            .map(|found| Evidence {
                kind: "discovery",
                name: found.announcement.name.clone(),
                at: Some(found.first_seen),
                reference: Some(found.id.to_string()),
                ..Evidence::default()
            })
            .chain(added.into_iter().map(|(name, at, position)| Evidence {
                kind: "event",
                name,
                at: Some(at),
                reference: Some(position),
                ..Evidence::default()
            }))
            .take(50)
            .collect();
        answer
    }

    /// “What happened last night?”: what deserves to be told of the timeline.
    pub(super) async fn happened(&self) -> Answer {
        let said = crate::text::folded(self.message);
        let midnight = self.midnight();
        let hours = SignedDuration::from_hours;
        let before = |at: Timestamp| {
            let local = at.to_zoned_datetime(self.wires.zone.clone());
            local
                .yesterday()
                .map_or(at - hours(24), |day| day.timestamp())
        };
        let (from, to, word) = if said.contains("last night") {
            (
                before(midnight) + hours(22),
                midnight + hours(6),
                "Last night",
            )
        } else if said.contains("yesterday") {
            (before(midnight), midnight, "Yesterday")
        } else {
            (midnight, self.now, "Today")
        };
        let filter = EventFilter {
            kinds: [
                "presence_changed",
                "mode_changed",
                "run_started",
                "concern_raised",
                "concern_ended",
                "alert_changed",
                "feeling_changed",
                "request_refused",
                "device_added",
                "device_removed",
                "house_started",
            ]
            .map(str::to_owned)
            .into(),
            from: Some(from),
            to: Some(to.min(self.now)),
            ..EventFilter::default()
        };
        let page = match self.wires.store.events(&filter, HAPPENED).await {
            Ok(page) => page,
            Err(error) => {
                return Answer::of(
                    "happened",
                    format!("I cannot read what was recorded: {error}."),
                );
            }
        };
        let mut lines: Vec<String> = Vec::new();
        let mut evidence: Vec<Evidence> = Vec::new();
        for event in page.events.iter().rev() {
            let text = history::sentence(event, &*self.snapshot);
            let at = event.at.to_zoned_datetime(self.wires.zone.clone());
            lines.push(format!("At {}: {text}", at.strftime("%H:%M")));
            evidence.push(Evidence {
                kind: "event",
                device: event.body.device(),
                name: event.cause.who.to_string(),
                at: Some(event.at),
                text: Some(text),
                reference: Some(event.position.to_string()),
                ..Evidence::default()
            });
        }
        let count = lines.len();
        // The last is the likeliest to be asked for.
        let more = count.saturating_sub(TOLD);
        let told = lines.split_off(more);
        let text = match (count, more, page.next.is_some()) {
            (0, ..) => format!(
                "{word} nothing happened that I would tell: nobody came or went, nothing ran, nothing worried me."
            ),
            (_, 0, _) => format!("{word}: {}", told.join(" ")),
            (_, more, false) => format!(
                "{word} {count} things are worth a word; after {more} others: {}",
                told.join(" ")
            ),
            _ => format!(
                "{word} more than {HAPPENED} things happened; the last of them: {}",
                told.join(" ")
            ),
        };
        let mut answer = Answer::of("happened", text).slot("count", count);
        evidence.reverse();
        evidence.truncate(50);
        answer.evidence = evidence;
        answer
    }

    pub(super) async fn search(&self) -> Answer {
        if self.dry_run {
            return Answer::of("scan", "I would search for new devices.");
        }
        let request = Request::new(
            self.grant.clone(),
            RequestBody::Scan {
                protocols: Vec::new(),
            },
        );
        match self.wires.house.request(request).await {
            Ok(twin::Answer::Scan(scan)) => match self.wires.house.searched(scan, SEARCH).await {
                Some(scan) if scan.ended.is_some() => Answer::of(
                    "scan",
                    format!("I searched, and found {} new things.", scan.new.len()),
                ),
                _ => Answer::of(
                    "scan",
                    "I search for devices now; what is found waits in the inbox.",
                ),
            },
            Ok(_) => Answer::of("scan", "I search for devices now."),
            Err(error) => Answer::of("scan", format!("I could not search: {error}.")),
        }
    }
}
