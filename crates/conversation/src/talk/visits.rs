//! Visits: somebody rings, or a door opens, while nobody is at home. Whom people told of is expected; who is
//! not is asked about.
//!
//! What was told of is in memory (visitors, guests); who is at home is the presence of people. Nothing is
//! guessed where nobody is known: a house without people cannot tell that nobody is at home.

use super::{Inner, words};
use crate::opening::{About, Candidate, Row};
use jiff::SignedDuration;
use mind::memory::Situation;
use model::{DeviceId, DeviceKind, Event, EventBody, Presence, Timestamp, Value};
use twin::Snapshot;

/// Who comes home opens the door before their presence is known.
const ARRIVING: SignedDuration = SignedDuration::from_mins(2);

/// After so long a visit is no longer asked about.
const OLD: SignedDuration = SignedDuration::from_mins(15);

/// Who rings again within this is the same visit, and who comes that much before or after the time that was
/// told is expected.
const AROUND: SignedDuration = SignedDuration::from_mins(30);

/// The most visits that wait to be asked about.
const MOST: usize = 20;

/// What a button beside a door is called.
const BELLS: [&str; 6] = [
    "doorbell",
    "bell",
    "klingel",
    "timbre",
    "sonnette",
    "campanello",
];

/// How a visit was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Rang,
    Opened,
}

/// A visit that was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visit {
    device: DeviceId,
    name: String,
    how: How,
    at: Timestamp,
}

/// What becomes of a visit now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ask,
    Wait,
    Drop,
}

/// Takes in what happened.
pub(super) fn notice(visits: &mut Vec<Visit>, event: &Event, snapshot: &Snapshot) {
    let Some(visit) = seen(event, snapshot) else {
        return;
    };
    let again = visits
        .iter()
        .any(|one| one.device == visit.device && visit.at.duration_since(one.at) < AROUND);
    if !again && visits.len() < MOST {
        visits.push(visit);
    }
}

fn seen(event: &Event, snapshot: &Snapshot) -> Option<Visit> {
    let (id, how) = match &event.body {
        EventBody::DeviceEvent {
            device,
            capability,
            event,
            ..
        } if capability == "Button" && event != "release" => (device, How::Rang),
        EventBody::PropertyChanged {
            device, path, new, ..
        } if path.capability.name == "Contact"
            && path.property.name == "open"
            && *new == Some(Value::Bool(true)) =>
        {
            (device, How::Opened)
        }
        _ => return None,
    };
    let device = &snapshot.devices.get(id)?.device;
    let name = crate::text::folded(&device.name);
    let is_one = match how {
        How::Rang => BELLS.iter().any(|bell| name.contains(bell)),
        How::Opened => device.kind == DeviceKind::Contact && name.contains("door"),
    };
    is_one.then(|| Visit {
        device: *id,
        name: device.name.clone(),
        how,
        at: event.at,
    })
}

/// Whether a visit is asked about now. Pure.
fn judge(visit: &Visit, home: Option<bool>, expected: bool, now: Timestamp) -> Verdict {
    let age = now.duration_since(visit.at);
    // Somebody at home looks for themselves; where nobody is known nothing is known.
    if home != Some(false) || expected || age > OLD {
        Verdict::Drop
    } else if visit.how == How::Opened && age < ARRIVING {
        Verdict::Wait
    } else {
        Verdict::Ask
    }
}

/// Whether somebody is at home; `None` where no person is known, or of none where they are.
fn home(snapshot: &Snapshot) -> Option<bool> {
    let mut any = None;
    for person in snapshot.people.values() {
        match person.presence {
            Presence::Home => return Some(true),
            Presence::Away => any = Some(false),
            _ => return None,
        }
    }
    any
}

/// The visits that are asked about now; the others go, or wait.
pub(super) async fn questioned(
    inner: &Inner,
    visits: &mut Vec<Visit>,
    now: Timestamp,
) -> Vec<Candidate> {
    let mut asked = Vec::new();
    if visits.is_empty() {
        return asked;
    }
    let home = home(&inner.wires.house.snapshot());
    let mut kept = Vec::new();
    for visit in visits.drain(..) {
        let expected = is_expected(inner, &visit).await;
        match judge(&visit, home, expected, now) {
            Verdict::Drop => continue,
            Verdict::Wait => {}
            Verdict::Ask => asked.push(candidate(&visit, inner, now)),
        }
        kept.push(visit);
    }
    *visits = kept;
    asked
}

/// Whether people told of somebody who comes about then.
async fn is_expected(inner: &Inner, visit: &Visit) -> bool {
    let Some(memory) = &inner.wires.memory else {
        return false;
    };
    let told = memory.contexts_between(visit.at - AROUND, visit.at + AROUND);
    told.await.is_ok_and(|entries| {
        entries.iter().any(|entry| {
            matches!(
                entry.situation(),
                Some(Situation::Visitor | Situation::Guests)
            )
        })
    })
}

fn candidate(visit: &Visit, inner: &Inner, now: Timestamp) -> Candidate {
    let when = words::moment(visit.at, now, &inner.wires.zone);
    let what = match visit.how {
        How::Rang => format!("Somebody rang at {} {when}", visit.name),
        How::Opened => format!("{} was opened {when}", visit.name),
    };
    Candidate {
        key: format!("visit:{}:{}", visit.device, visit.at.as_second()),
        about: About::Visit {
            device: visit.device,
            at: visit.at,
        },
        text: format!(
            "{what}. Nobody is at home, and I was told of nobody who comes. Do you know who that is?"
        ),
        choices: ["Yes", "No"].map(str::to_owned).to_vec(),
        rows: vec![Row {
            text: words::sentence(&what),
            device: Some(visit.device),
            ..Row::default()
        }],
        presses: 2,
    }
}

#[cfg(test)]
mod tests {
    use super::{How, Verdict, Visit, judge};
    use model::{DeviceId, Timestamp};

    #[test]
    fn only_who_is_unexpected_in_an_empty_house_is_asked_about() {
        let at = |seconds: i64| Timestamp::from_second(1_790_000_000 + seconds).unwrap();
        let visit = |how| Visit {
            device: DeviceId::new(),
            name: "Front door".into(),
            how,
            at: at(0),
        };
        let empty = Some(false);
        for (how, home, expected, age, verdict) in [
            (How::Rang, empty, false, 1, Verdict::Ask),
            (How::Rang, empty, true, 1, Verdict::Drop),
            (How::Rang, Some(true), false, 1, Verdict::Drop),
            (How::Rang, None, false, 1, Verdict::Drop),
            (How::Rang, empty, false, 1_000, Verdict::Drop),
            // Who comes home has two minutes until their presence is known.
            (How::Opened, empty, false, 60, Verdict::Wait),
            (How::Opened, empty, false, 121, Verdict::Ask),
            (How::Opened, Some(true), false, 121, Verdict::Drop),
        ] {
            let judged = judge(&visit(how), home, expected, at(age));
            assert_eq!(judged, verdict, "{how:?} {home:?} {expected} {age}");
        }
    }
}
