//! How the house is: a word for a greeting, its feeling, what hurts.

use super::super::answer::{Answer, Evidence};
use super::super::{Turn, words};
use super::matters::concern_row;
use crate::lang::{Noun, State};
use crate::understand::Dialogue;
use mind::Urgency;
use model::{Connectivity, DeviceId};
use twin::DeviceTwin;

impl Turn<'_> {
    /// A sentence for a greeting: what is worth a word now.
    pub(super) fn short_state(&self) -> String {
        let lights = self.so(State::On, |thing| thing.is(Noun::Light)).len();
        let open = self
            .so(State::Open, |thing| {
                thing.is(Noun::Door) || thing.is(Noun::Window)
            })
            .len();
        let lights = match lights {
            0 => "no light is on".to_owned(),
            1 => "one light is on".to_owned(),
            count => format!("{count} lights are on"),
        };
        let open = match open {
            0 => "nothing is open".to_owned(),
            1 => "one door or window is open".to_owned(),
            count => format!("{count} doors or windows are open"),
        };
        words::sentence(&format!("{lights} and {open}"))
    }

    /// How the house is, from its mind; without one, what the twins say.
    pub(super) fn feeling(&self) -> Answer {
        if let Some(mind) = &self.wires.mind {
            let view = mind.view();
            let feeling = &view.feeling;
            let said = |wanted: bool| -> Vec<String> {
                view.reasons
                    .iter()
                    .filter(|reason| (reason.contribution > 0.0) == wanted)
                    .take(3)
                    .map(|reason| reason.text.trim_end_matches('.').to_owned())
                    .collect()
            };
            let (good, bad) = (said(true), said(false));
            let troubled = matches!(
                feeling.label,
                mind::Label::Pain | mind::Label::Stressed | mind::Label::Worried
            );
            let still = feeling
                .since
                .map(|since| {
                    let since = words::moment(since, self.now, &self.wires.zone);
                    format!(", since {}", since.trim_start_matches("at "))
                })
                .unwrap_or_default();
            let good = (!good.is_empty()).then(|| format!(" What is good: {}.", good.join("; ")));
            let weighs =
                (!bad.is_empty()).then(|| format!(" What weighs on me: {}.", bad.join("; ")));
            let (good, weighs) = (good.unwrap_or_default(), weighs.unwrap_or_default());
            let because = match troubled {
                // A feeling outlasts its reasons for a while.
                true if bad.is_empty() => {
                    format!("{still}. Nothing that I see now keeps that up, so it will pass.{good}")
                }
                true => format!("{still}.{weighs}{good}"),
                false => format!(".{good}{weighs}"),
            };
            let better = view
                .better
                .first()
                .map(|better| format!(" What would help: {better}"))
                .unwrap_or_default();
            let label = feeling.label.as_str();
            let share = view
                .awareness
                .share()
                .map(|share| {
                    format!(
                        " I sense {} % of the house freshly.",
                        (share * 100.0).round()
                    )
                })
                .unwrap_or_default();
            let glad: Vec<String> = view
                .glad
                .iter()
                .take(2)
                .map(|mended| mended.note.trim_end_matches('.').to_owned())
                .collect();
            let glad = if glad.is_empty() {
                String::new()
            } else {
                format!(" I am glad: {}.", words::listed(&glad, 2))
            };
            let text = format!("I feel {label}{because}{glad}{better}{share}");
            let mut answer = Answer::of("feeling", text)
                .slot("feeling", label)
                .slot("intensity", feeling.intensity)
                .slot("confidence", feeling.confidence)
                .slot("valence", feeling.valence);
            answer.evidence = view
                .reasons
                .iter()
                .take(5)
                .map(|reason| Evidence {
                    kind: "reason",
                    name: reason.factor.to_owned(),
                    value: Some(reason.contribution.into()),
                    text: Some(reason.text.clone()),
                    at: Some(view.at),
                    ..Evidence::default()
                })
                .collect();
            return answer.suggesting([
                "What hurts?".into(),
                "Are there any security concerns?".into(),
            ]);
        }
        let (problems, evidence) = self.problems(false);
        let online = self
            .snapshot
            .devices
            .values()
            .filter(|twin| twin.connectivity == Connectivity::Online)
            .count();
        let text = if problems.is_empty() {
            format!(
                "I have no feelings running, but all that I see is well: {online} of {} devices answer. {}",
                self.snapshot.devices.len(),
                self.short_state()
            )
        } else {
            format!(
                "I have no feelings running; what I see is this: {}",
                problems.join(" ")
            )
        };
        let mut answer = Answer::of("feeling", text);
        answer.evidence = evidence;
        answer
    }

    /// “Is the freezer ok?”: how a device is, what is known to be wrong with it, and what was mended.
    pub(super) async fn condition(&self, said: &str, next: &mut Dialogue) -> Answer {
        let mut about = mind::memory::Remember::new(mind::memory::Kind::Note, said);
        self.link(&mut about);
        let Some((id, twin)) = about
            .device
            .and_then(|id| Some((id, self.snapshot.devices.get(&id)?)))
        else {
            return self.recall(said, next).await;
        };
        next.last = vec![id];
        let name = &twin.device.name;
        let mut parts: Vec<String> = Vec::new();
        let mut evidence: Vec<Evidence> = Vec::new();
        if let Some(mind) = &self.wires.mind {
            let view = mind.view();
            let about = |it: &&mind::Concern| it.device == Some(id) && it.expires > self.now;
            for concern in view.concerns.iter().filter(about) {
                parts.push(words::sentence(&concern.title));
                if !concern.detail.is_empty() {
                    parts.push(words::sentence(&concern.detail));
                }
                if let Some(suggestion) = &concern.suggestion {
                    parts.push(words::sentence(&suggestion.text));
                }
                evidence.push(concern_row(concern));
            }
            for mended in view
                .glad
                .iter()
                .filter(|it| it.title.starts_with(name.as_str()))
            {
                parts.push(words::sentence(&format!("I am glad: {}", mended.note)));
            }
        }
        let wrong = !evidence.is_empty();
        let mut values: Vec<String> = Vec::new();
        for path in self.telling_paths(id) {
            let row = self.row(id, path);
            if let Some(value) = &row.value {
                let stale = if row.stale {
                    " (from before the restart)"
                } else {
                    ""
                };
                values.push(format!(
                    "{} {}{stale}",
                    path.property.name.replace('_', " "),
                    words::with_unit(path, value, None)
                ));
            }
            evidence.push(row);
        }
        match twin.connectivity {
            Connectivity::Offline => {
                parts.push(format!("{name} does not answer."));
                evidence.push(self.silence(twin));
            }
            _ if !wrong => parts.insert(0, format!("I know of nothing wrong with {name}.")),
            _ => {}
        }
        if !values.is_empty() {
            parts.push(format!("It says: {}.", words::listed(&values, 5)));
        }
        let mut answer =
            Answer::of("condition", parts.join(" ")).slot("devices", self.slugs(&[id]));
        answer.evidence = evidence;
        answer
    }

    pub(super) fn pain(&self) -> Answer {
        let away: Vec<DeviceId> = self
            .snapshot
            .devices
            .iter()
            .filter(|(_, twin)| twin.connectivity == Connectivity::Offline)
            .map(|(id, _)| *id)
            .collect();
        let jammed = self.so(State::Jammed, |_| true);
        let mut parts: Vec<String> = Vec::new();
        if !away.is_empty() {
            parts.push(format!(
                "{} {} not answer.",
                self.names(&away),
                if away.len() == 1 { "does" } else { "do" }
            ));
        }
        if !jammed.is_empty() {
            parts.push(format!("{} is jammed.", self.names(&jammed)));
        }
        let mut evidence: Vec<Evidence> = away
            .iter()
            .filter_map(|id| self.snapshot.devices.get(id))
            .map(|twin| self.silence(twin))
            .collect();
        if let Some(mind) = &self.wires.mind {
            for concern in mind
                .view()
                .concerns
                .iter()
                .filter(|concern| self.worries(concern) && concern.urgency >= Urgency::High)
            {
                parts.push(words::sentence(&concern.title));
                evidence.push(concern_row(concern));
            }
        }
        let text = if parts.is_empty() {
            "Nothing hurts: every device that I know of answers or has not been heard yet."
                .to_owned()
        } else {
            parts.join(" ")
        };
        let mut answer = Answer::of("pain", text);
        answer.evidence = evidence;
        answer
    }

    pub(super) fn silence(&self, twin: &DeviceTwin) -> Evidence {
        Evidence {
            kind: "connectivity",
            device: Some(twin.device.id),
            name: twin.device.name.clone(),
            value: Some(twin.connectivity.as_str().into()),
            since: Some(twin.connectivity_since),
            text: twin.connectivity_reason.clone(),
            ..Evidence::default()
        }
    }
}
