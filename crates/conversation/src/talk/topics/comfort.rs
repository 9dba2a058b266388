//! Whether something runs; and who is cold.

use super::super::answer::Answer;
use super::super::{Turn, words};
use crate::act::{Op, Step};
use crate::house::Thing;
use crate::lang::{Attr, Noun, Way};
use crate::understand::{Deed, Dialogue, Pending};
use model::{DeviceId, Value};

/// What draws more runs, in W.
const RUNS: f64 = 10.0;

impl Turn<'_> {
    /// “Is the washing machine done?”: whether it draws power, or else whether it is on.
    pub(super) fn is_running(&self, said: &str, next: &mut Dialogue) -> Answer {
        let Some((id, twin)) = self
            .device_in(said)
            .and_then(|id| Some((id, self.snapshot.devices.get(&id)?)))
        else {
            return Answer::of(
                "unknown_name",
                format!("I know nothing that is called “{said}”."),
            );
        };
        next.last = vec![id];
        let name = &twin.device.name;
        let told = |capability: &str, property: &str| {
            let mut all = twin.device.capabilities.iter();
            let path = all
                .find_map(|it| (it.capability.name == capability).then(|| it.path(property))?)?;
            Some((path, twin.value(path)?.clone()))
        };
        let power = told("ElectricalPowerMeasurement", "power");
        // What is said of now must have been heard.
        let doubt = |path| self.doubt(twin, path);
        let (text, path) = match (power, told("OnOff", "on_off")) {
            (Some((path, Value::Number(watts))), _) => {
                let runs = if watts >= RUNS {
                    "runs"
                } else {
                    "does not run"
                };
                let drawn = words::with_unit(path, &Value::Number(watts), None);
                let text = match doubt(path) {
                    none if none.is_empty() => format!("{name} {runs} now: it draws {drawn}."),
                    doubt => format!("{name} drew {drawn}{doubt}."),
                };
                (text, path)
            }
            (_, Some((path, Value::Bool(on)))) => {
                let is = if on { "on" } else { "off" };
                let doubt = doubt(path);
                (
                    format!("{name} is {is}{doubt}; what it draws it does not say."),
                    path,
                )
            }
            _ => {
                return Answer::of(
                    "unknown",
                    format!("I don't know: {name} does not say whether it runs."),
                );
            }
        };
        let mut answer = Answer::of("question.state", text);
        answer.evidence = vec![self.row(id, path)];
        answer
    }

    /// “I'm cold”: the heating is offered a degree.
    pub(super) fn too_cold(&self, way: Way, next: &mut Dialogue) -> Answer {
        let heating: Vec<DeviceId> = self
            .house
            .of_noun(Noun::Thermostat)
            .iter()
            .map(|index| self.house.thing(*index))
            .filter(|thing| thing.has("Thermostat"))
            .map(Thing::id)
            .collect();
        let op = Op::Step(Some(Attr::Setpoint), way, Step::Some);
        let [one] = heating[..] else {
            if heating.is_empty() {
                return Answer::of("unable", "There is no heating here that I could set.");
            }
            let names = heating.iter().map(|id| self.name(*id)).collect();
            next.pending = Some(Pending::Which {
                choices: heating,
                ops: vec![op],
                also: Vec::new(),
                when: crate::time::When::default(),
            });
            return Answer::of("clarify", "In which room?").asking("which", names);
        };
        let (name, word) = (
            self.name(one),
            if way == Way::Up { "warmer" } else { "cooler" },
        );
        next.last = vec![one];
        next.pending = Some(Pending::Confirm {
            deeds: vec![Deed::Devices {
                op,
                things: vec![one],
                named: true,
            }],
            when: crate::time::When::default(),
        });
        Answer::of("comfort", format!("Shall I make {name} a little {word}?"))
            .slot("devices", self.slugs(&[one]))
            .asking("confirm", vec!["Yes".into(), "No".into()])
    }
}
