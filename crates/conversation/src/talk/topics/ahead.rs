//! What is to come: rules that wait, a battery, the weather.

use super::super::answer::{Answer, Evidence};
use super::super::{Turn, rules, words};
use crate::lang::Noun;
use automation::document::{SunEvent, TriggerKind};
use history::{Range, Resolution};
use jiff::SignedDuration;
use mind::insights::{Counts, counts};
use model::{Value, capability as c};

impl Turn<'_> {
    /// What the house will do by itself.
    pub(super) fn planned(&self, free: Option<&str>) -> Answer {
        let view = self.wires.automation.view();
        let about = free.map(crate::text::folded).unwrap_or_default();
        let sun = |kind: &TriggerKind| match kind {
            TriggerKind::Sun {
                event: SunEvent::Sunset,
                ..
            } => about.contains("sunset") || about.contains("dark") || about.contains("evening"),
            TriggerKind::Sun {
                event: SunEvent::Sunrise,
                ..
            } => about.contains("sunrise") || about.contains("morning"),
            TriggerKind::Presence { .. } => {
                about.contains("leave") || about.contains("home") || about.contains("arrive")
            }
            _ => false,
        };
        let narrow = ["sunset", "sunrise", "dark", "leave", "arrive"]
            .iter()
            .any(|word| about.contains(word));
        let rules: Vec<_> = view
            .scenarios
            .iter()
            .filter(|listed| listed.document.enabled && !listed.document.when.is_empty())
            .filter(|listed| {
                !narrow
                    || listed
                        .document
                        .when
                        .iter()
                        .any(|trigger| sun(&trigger.kind))
            })
            .collect();
        let once: Vec<_> = view
            .scenarios
            .iter()
            .filter(|listed| rules::is_once(&listed.document) && !narrow)
            .collect();
        let mut lines: Vec<String> = rules
            .iter()
            .take(8)
            .map(|listed| self.by_name(&automation::sentence::sentence(&listed.document)))
            .collect();
        lines.extend(
            once.iter()
                .take(4)
                .map(|listed| format!("Once: {}.", listed.document.name)),
        );
        let text = if lines.is_empty() {
            if narrow {
                "Nothing that I know of: no rule waits for that.".to_owned()
            } else {
                "Nothing by itself: no rule is active.".to_owned()
            }
        } else {
            lines.join(" ")
        };
        let mut answer = Answer::of("future", text).slot("count", rules.len() + once.len());
        answer.evidence = rules
            .iter()
            .chain(&once)
            .take(20)
            .map(|listed| Evidence {
                kind: "rule",
                name: listed.document.name.clone(),
                reference: Some(listed.document.slug.as_str().to_owned()),
                text: Some(automation::sentence::sentence(&listed.document)),
                ..Evidence::default()
            })
            .collect();
        answer
    }

    /// Whether a battery lasts: from how it went in the last hours.
    pub(super) async fn will_last(&self, _free: Option<&str>) -> Answer {
        let battery = self
            .house
            .of_noun(Noun::Battery)
            .first()
            .map(|index| self.house.thing(*index).id())
            // One that only says what it takes and gives is a meter by kind.
            .or_else(|| {
                let mut all = self.snapshot.devices.values();
                all.find(|twin| {
                    let stores = twin
                        .device
                        .capabilities
                        .iter()
                        .any(|it| it.capability.name == "PowerSource");
                    stores && counts(&twin.device) == Counts::Source
                })
                .map(|twin| twin.device.id)
            });
        let Some(id) = battery else {
            return Answer::of(
                "future",
                "I don't know: there is no battery that I could look at.",
            );
        };
        let path = c::POWER_SOURCE.at(1, "battery");
        let Some(level) = self
            .snapshot
            .devices
            .get(&id)
            .and_then(|twin| twin.value(path))
            .and_then(Value::as_number)
        else {
            return Answer::of(
                "future",
                format!(
                    "I don't know: {} has not said how full it is.",
                    self.name(id)
                ),
            );
        };
        let range = Range {
            device: id,
            path,
            from: self.now - SignedDuration::from_hours(3),
            to: self.now,
            resolution: Resolution::Raw,
            limit: 5_000,
        };
        let series = history::series(&self.wires.store, &self.wires.zone, &range, self.now)
            .await
            .ok()
            .flatten();
        let first = series.as_ref().and_then(|series| {
            series
                .points
                .iter()
                .find_map(|point| Some((point.at, point.value.as_ref()?.as_number()?)))
        });
        let name = self.name(id);
        let row = self.row(id, path);
        let text = match first {
            Some((at, then)) if self.now.duration_since(at).as_secs() > 1_200 => {
                let hours = self.now.duration_since(at).as_secs_f64() / 3_600.0;
                let slope = (level - then) / hours;
                if slope < -0.1 {
                    let lasts = level / -slope;
                    #[expect(clippy::cast_possible_truncation, reason = "some hours")]
                    let empty = self.now
                        + SignedDuration::from_secs((lasts * 3_600.0).min(2_592_000.0) as i64);
                    format!(
                        "{name} is at {} % and went down by {} % an hour in the last {}. If that goes on, it is empty {}.",
                        words::rounded(level, 0),
                        words::rounded(-slope, 1),
                        words::span(self.now.duration_since(at).as_secs()),
                        words::moment(empty, self.now, &self.wires.zone)
                    )
                } else if slope > 0.1 {
                    format!(
                        "{name} is at {} % and is being charged: it went up by {} % an hour lately.",
                        words::rounded(level, 0),
                        words::rounded(slope, 1)
                    )
                } else {
                    format!(
                        "{name} is at {} % and hardly changed in the last {}.",
                        words::rounded(level, 0),
                        words::span(self.now.duration_since(at).as_secs())
                    )
                }
            }
            _ => format!(
                "{name} is at {} %. I have not recorded it for long enough to say how long that lasts.",
                words::rounded(level, 0)
            ),
        };
        let mut answer = Answer::of("future.battery", text);
        answer.evidence = vec![row];
        answer
    }

    /// What the weather will be, where something in the house knows.
    pub(super) fn forecast(&self) -> Answer {
        let tomorrow = crate::text::folded(self.message).contains("tomorrow");
        let endpoint = if tomorrow { 2 } else { 1 };
        let knows = self.snapshot.devices.values().find(|twin| {
            let mut instances = twin.device.capabilities.iter();
            instances.any(|it| it.capability.name == "WeatherForecast")
        });
        let Some(twin) = knows else {
            let text = "I have no forecast of the weather, so I don't know.";
            return Answer::of("forecast", text);
        };
        let mut parts: Vec<String> = Vec::new();
        let mut evidence: Vec<Evidence> = Vec::new();
        for (property, word) in [
            ("condition", ""),
            ("temperature_min", "from "),
            ("temperature_max", "to "),
            ("rain", "rain "),
            ("rain_chance", "chance of rain "),
            ("wind_gust", "gusts of "),
        ] {
            let path = c::WEATHER_FORECAST.at(endpoint, property);
            let Some(value) = twin.value(path) else {
                continue;
            };
            parts.push(format!("{word}{}", words::with_unit(path, value, None)));
            evidence.push(self.row(twin.device.id, path));
        }
        let when = if tomorrow {
            "Tomorrow"
        } else {
            "In the next 24 hours"
        };
        let text = if parts.is_empty() {
            format!(
                "I don't know: {} has said nothing of it yet.",
                twin.device.name
            )
        } else {
            format!("{when}: {}.", parts.join(", "))
        };
        let mut answer = Answer::of("forecast", text);
        answer.evidence = evidence;
        answer
    }
}
