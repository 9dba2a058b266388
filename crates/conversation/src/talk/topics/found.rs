//! What was found and what is searched for.

use super::super::answer::{Answer, Evidence};
use super::super::{Turn, words};
use model::{DiscoveryState, EventBody, Request, RequestBody, Timestamp};
use std::time::Duration;
use store::EventFilter;

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
