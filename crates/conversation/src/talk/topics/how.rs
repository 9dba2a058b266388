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

    /// Whether a reason is that devices are silent of which another reason speaks by name: "the freezer may
    /// be without power" has said that it does not answer.
    fn is_said(&self, reason: &mind::Reason, all: &[mind::Reason]) -> bool {
        let named = |device: model::DeviceId| {
            let twin = self.snapshot.devices.get(&device);
            twin.is_some_and(|twin| {
                all.iter()
                    .any(|one| one.factor == "anomalies" && one.text.contains(&twin.device.name))
            })
        };
        let mut devices = reason.evidence.iter().map(mind::Evidence::device);
        reason.factor == "devices_silent"
            && reason.more == 0
            && devices.all(|device| device.is_some_and(named))
    }

    /// How the house is, from its mind; without one, what the twins say.
    pub(super) async fn feeling(&self) -> Answer {
        if let Some(mind) = &self.wires.mind {
            let view = mind.look().await;
            let feeling = &view.feeling;
            // The reasons on the side of the feeling stand first; the others are no reasons for it.
            let side = view.reasons.first().map(|reason| reason.contribution < 0.0);
            let (own, other): (Vec<_>, Vec<_>) = view
                .reasons
                .iter()
                .filter(|reason| !self.is_said(reason, &view.reasons))
                .partition(|reason| Some(reason.contribution < 0.0) == side);
            let said = |reasons: &[&mind::Reason]| {
                let mut texts = reasons
                    .iter()
                    .map(|reason| reason.text.trim_end_matches('.'));
                let first: Vec<String> = texts.by_ref().take(3).map(str::to_owned).collect();
                words::listed(&first, 3)
            };
            let mut because = if own.is_empty() {
                ", and nothing in particular speaks for it".to_owned()
            } else {
                format!(": {}", said(&own))
            };
            if let Some(worst) = other.first().filter(|reason| reason.contribution < -0.02) {
                because = format!("{because}; only {}", worst.text.trim_end_matches('.'));
            } else if let Some(best) = other.first().filter(|_| side == Some(true)) {
                because = format!("{because}. Still, {}", best.text.trim_end_matches('.'));
            }
            let better = view
                .better
                .first()
                .map(|better| format!(" What would help: {}.", better.trim_end_matches('.')))
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
            let glad = view
                .glad
                .first()
                .map(|mended| format!(" I am glad of this: {}.", mended.note.trim_end_matches('.')))
                .unwrap_or_default();
            let text = format!("I feel {label}{because}.{glad}{better}{share}");
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
        let Some((id, twin)) = self
            .device_in(said)
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
