//! The one door: range, right, safety and house-wide constraints, judged by a pure function.
//!
//! Range is checked where a command is resolved against the device's shape (`command`); what is left
//! is judged here, from values alone.

use crate::constraints::judge::{self, Sight};
use crate::{Refusal, RefusalCode};
use model::{
    Connectivity, Constraint, Device, DeviceId, Goal, Grant, OnReconnect, Property, Right, Safety,
    Value, Who,
};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// Wishes of the last ten seconds, by device: a loop between a rule and a device ends here.
#[derive(Debug, Default, Clone)]
pub struct Counters {
    recent: HashMap<DeviceId, VecDeque<Duration>>,
}

/// How far back [`Counters`] look.
const WINDOW: Duration = Duration::from_secs(10);

impl Counters {
    /// Counts a wish.
    pub fn count(&mut self, device: DeviceId, steady: Duration) {
        self.recent.entry(device).or_default().push_back(steady);
    }

    /// Forgets what is too old.
    pub fn forget(&mut self, steady: Duration) {
        self.recent.retain(|_, times| {
            while times.front().is_some_and(|&time| time + WINDOW < steady) {
                times.pop_front();
            }
            !times.is_empty()
        });
    }

    /// Wishes for a device within the last ten seconds.
    #[must_use]
    pub fn recent(&self, device: DeviceId, steady: Duration) -> usize {
        self.recent.get(&device).map_or(0, |times| {
            times
                .iter()
                .filter(|&&time| time + WINDOW >= steady)
                .count()
        })
    }
}

/// A wish that stands before the door.
#[derive(Debug)]
pub struct Petition<'a> {
    /// What who asks may do.
    pub grant: &'a Grant,
    /// Who caused it.
    pub who: &'a Who,
    /// Of which device.
    pub device: &'a Device,
    /// Whether that one answers.
    pub connectivity: Connectivity,
    /// What is wanted.
    pub goal: &'a Goal,
    /// The tables of the wished properties, in the goal's order.
    pub properties: &'a [&'static Property],
    /// The capability's name.
    pub capability: &'static str,
    /// On which endpoint.
    pub endpoint: u16,
    /// What the device freshly says of the wished properties, in the goal's order; `None` where it
    /// says nothing.
    pub known: &'a [Option<Value>],
    /// Whether the device is freshly known to be on.
    pub is_on: Option<bool>,
    /// Whether a person said yes.
    pub confirmed: bool,
}

/// What the door knows of the house.
#[derive(Debug)]
pub struct View<'a> {
    /// The safety constraints that concern this request, each with what it sees.
    pub constraints: &'a [(Arc<Constraint>, Sight)],
    /// Wishes for this device within the last ten seconds.
    pub recent: usize,
    /// How many there may be.
    pub recent_limit: usize,
}

/// Whether what is asked may happen: right first, then safety, then constraints, then sense.
///
/// # Errors
/// With the first thing that stands against it: which, with the value and why.
pub fn judge(petition: &Petition<'_>, view: &View<'_>) -> Result<(), Refusal> {
    let writes: Vec<(&'static Property, &Value)> = match petition.goal {
        Goal::Target { values } => petition
            .properties
            .iter()
            .copied()
            .zip(values.iter().map(|(_, value)| value))
            .collect(),
        Goal::Action { .. } => Vec::new(),
    };
    let safety = writes
        .iter()
        .map(|(property, value)| property.safety_of(value))
        .max_by_key(|safety| match safety {
            Safety::Free => 0,
            Safety::Confirm => 1,
            Safety::Never => 2,
        })
        .unwrap_or(Safety::Free);
    right(petition, safety)?;
    safe(petition, safety)?;
    for (constraint, sight) in view.constraints {
        judge::judge(petition, constraint, sight)?;
    }
    reachable(petition, &writes)?;
    if view.recent >= view.recent_limit {
        return Err(Refusal::new(
            RefusalCode::TooManyWishes,
            format!(
                "{} got {} wishes within ten seconds",
                petition.device.name, view.recent
            ),
            format!("at most {} within ten seconds", view.recent_limit),
            "look for a rule or program that repeats itself, and wait a moment",
        ));
    }
    Ok(())
}

/// Whether who asks may edit the house.
///
/// # Errors
/// When they may not.
pub fn may_manage(grant: &Grant) -> Result<(), Refusal> {
    // Editing the house is never limited to an area: it would let somebody move a device into theirs.
    if grant.rights.has(Right::ManageHouse) && grant.areas.is_none() {
        return Ok(());
    }
    Err(not_allowed(&grant.who, "edit the house"))
}

fn right(petition: &Petition<'_>, safety: Safety) -> Result<(), Refusal> {
    let needed = match safety {
        Safety::Free => Right::Control,
        Safety::Confirm | Safety::Never => Right::ControlCritical,
    };
    if petition.grant.covers(needed, petition.device.area) {
        return Ok(());
    }
    Err(not_allowed(
        &petition.grant.who,
        &format!("control {}", petition.device.name),
    ))
}

fn not_allowed(who: &Who, what: &str) -> Refusal {
    Refusal::new(
        RefusalCode::NotAllowed,
        format!("{who} may not {what}"),
        "somebody with the right to do that",
        "ask the owner of the house for the right, or ask them to do it",
    )
}

fn safe(petition: &Petition<'_>, safety: Safety) -> Result<(), Refusal> {
    let person = matches!(petition.who, Who::Operator | Who::Person { .. });
    let name = &petition.device.name;
    match safety {
        Safety::Free => Ok(()),
        Safety::Never if !person => Err(Refusal::new(
            RefusalCode::ConfirmationNeeded,
            format!(
                "{} asked for what only a person may do at {name}",
                petition.who
            ),
            "a request by a person",
            "let the house ask somebody, and let them do it",
        )),
        Safety::Confirm | Safety::Never if person && petition.confirmed => Ok(()),
        Safety::Confirm | Safety::Never => Err(Refusal::new(
            RefusalCode::ConfirmationNeeded,
            format!("this needs a person's yes: {name} guards something"),
            "the same request with \"confirm\": true",
            "make sure that it is safe, and confirm",
        )),
    }
}

fn reachable(
    petition: &Petition<'_>,
    writes: &[(&'static Property, &Value)],
) -> Result<(), Refusal> {
    let waits = !writes.is_empty()
        && writes
            .iter()
            .all(|(property, _)| property.on_reconnect == OnReconnect::Replay);
    if petition.connectivity != Connectivity::Offline || waits {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::DeviceOffline,
        format!(
            "{} is offline, and this is never sent late",
            petition.device.name
        ),
        "a device that answers",
        "see why it is away (power, battery, distance), and ask again when it is back",
    ))
}
