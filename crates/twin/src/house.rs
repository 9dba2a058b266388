//! The spine: what is known, what is wanted, and what follows from each input.

use crate::constraints::watch::Watch;
use crate::door::Counters;
use crate::search::Search;
use crate::{Answer, Effects, Input, Refusal, RefusalCode, Snapshot};
use model::{
    Cause, CauseId, DeviceId, Event, EventBody, Goal, Now, Request, RequestBody, RequestId,
    Searcher, Timestamp, Who, Wish, WishId,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use store::{Record, Version};

/// How much a house holds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Devices that are ours.
    pub devices: usize,
    /// Things in the inbox.
    pub discoveries: usize,
    /// Wishes that have not ended.
    pub pending: usize,
    /// Ended wishes that can still be asked for by id.
    pub ended: usize,
    /// Outcomes that a repeated request can still get.
    pub outcomes: usize,
    /// Wishes for one device within ten seconds.
    pub wishes_in_ten_seconds: usize,
    /// How long a wish waits for a device that is away.
    pub waits_for_device: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            devices: 20_000,
            discoveries: 1_000,
            pending: 10_000,
            ended: 1_024,
            outcomes: 20_000,
            wishes_in_ten_seconds: 100,
            waits_for_device: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// A house: its state, and the counters that nobody outside needs to see.
#[derive(Debug, Clone)]
pub struct House {
    pub(crate) state: Snapshot,
    pub(crate) limits: Limits,
    /// What safety constraints need to find at once.
    pub(crate) watch: Watch,
    /// Whether nobody lives in it.
    pub(crate) imagined: bool,
    pub(crate) pending: BTreeMap<WishId, Pending>,
    /// The same by device: a report of one must not look at the wishes for all.
    pub(crate) pending_of: HashMap<DeviceId, BTreeSet<WishId>>,
    pub(crate) ended: VecDeque<WishId>,
    pub(crate) echoes: Vec<Echo>,
    pub(crate) counters: Counters,
    pub(crate) outcomes: HashMap<String, Arc<Wish>>,
    /// Their keys, oldest first.
    pub(crate) outcome_order: VecDeque<String>,
    pub(crate) manual: HashMap<RequestId, Duration>,
    /// The search that is under way.
    pub(crate) search: Option<Search>,
}

/// A wish that has not ended.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    /// When it was made, on the steady clock.
    pub(crate) made: Duration,
    /// When it times out, on the steady clock.
    pub(crate) deadline: Duration,
    /// Whether it waits for its device to come back.
    pub(crate) waits: bool,
}

/// An action that was just acknowledged: what its device reports next is its doing.
#[derive(Debug, Clone)]
pub(crate) struct Echo {
    pub(crate) wish: Arc<Wish>,
    pub(crate) until: Duration,
}

impl House {
    /// What is known.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.state
    }

    /// Replaces the protocols that take part in searches.
    pub fn search_with(&mut self, searchers: Vec<Searcher>) {
        self.state.searchers = searchers.into();
    }

    /// What follows from an input, at this time.
    pub fn apply(&mut self, input: Input, now: Now) -> Effects {
        let mut effects = Effects::default();
        match input {
            Input::Report(report) => self.report(report, now, &mut effects),
            Input::Request(request) => {
                let id = request.id;
                match self.request(*request, now, &mut effects) {
                    Ok(None) => {}
                    Ok(Some(answer)) => effects.answer = Some((id, Ok(answer))),
                    Err(refusal) => effects.answer = Some((id, Err(refusal))),
                }
            }
            Input::Tick => self.tick(now, &mut effects),
            Input::NotKept { undo, reason } => self.undo(undo, &reason, now, &mut effects),
        }
        // What the set-up becomes is kept with the change itself, as a version of its own.
        let versions: Vec<Record> = effects
            .keep
            .iter()
            .filter_map(|record| Version::of(record, &effects.events, now.house))
            .map(|version| Record::Version(Box::new(version)))
            .collect();
        effects.keep.extend(versions);
        effects
    }

    /// Carries out a request; `None` while a driver has yet to answer it.
    fn request(
        &mut self,
        request: Request,
        now: Now,
        effects: &mut Effects,
    ) -> Result<Option<Answer>, Refusal> {
        let Request {
            id,
            client_id,
            cause,
            grant,
            body,
        } = request;
        let answer = match body {
            RequestBody::Command(command) => {
                let asked = crate::command::Asked {
                    id,
                    client_id,
                    cause: &cause,
                    grant: &grant,
                };
                Some(self.command(&asked, &command, now, effects)?)
            }
            other => {
                crate::door::may_manage(&grant).inspect_err(|refusal| {
                    self.refused(None, refusal, &cause, now, effects);
                })?;
                self.manage(id, other, &cause, now, effects)?
            }
        };
        if let Some(answer) = &answer {
            // What is acknowledged is kept together with the events that tell of it.
            let told = effects
                .events
                .iter()
                .filter(|event| event.body.is_for_timeline());
            if !matches!(answer, Answer::Wish(_)) || !effects.keep.is_empty() {
                effects
                    .keep
                    .extend(told.cloned().map(|event| Record::Event(Box::new(event))));
            }
        }
        Ok(answer)
    }

    /// The requests that are not commands.
    fn manage(
        &mut self,
        id: RequestId,
        body: RequestBody,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<Option<Answer>, Refusal> {
        Ok(Some(match body {
            RequestBody::EditDevice { device, edit } => {
                Answer::Device(self.edit_device(&device, edit, cause, now, effects)?)
            }
            RequestBody::RemoveDevice { device } => {
                self.remove_device(&device, cause, now, effects)?;
                Answer::Done
            }
            RequestBody::Adopt {
                discovery,
                name,
                area,
            } => Answer::Device(self.adopt_found(discovery, name, area, cause, now, effects)?),
            RequestBody::Ignore { discovery } => {
                self.ignore_found(discovery, cause, now, effects)?;
                Answer::Done
            }
            RequestBody::Reconsider { discovery } => {
                self.reconsider_found(discovery, cause, now, effects)?;
                Answer::Done
            }
            RequestBody::SetMode { mode } => {
                self.set_mode(&mode, cause, now, effects)?;
                Answer::Done
            }
            RequestBody::Tell { note } => {
                if note.is_note() {
                    self.emit(cause, *note, now.house, effects);
                    effects.soon = true;
                }
                Answer::Done
            }
            RequestBody::Scan { protocols } => {
                Answer::Scan(self.scan(id, &protocols, cause, now, effects)?)
            }
            RequestBody::AddManual {
                driver,
                description,
            } => {
                self.add_manual(id, &driver, description, now, effects)?;
                return Ok(None);
            }
            RequestBody::PutFloor { floor, edit } => {
                Answer::Floor(self.put_floor(floor, edit, cause, now, effects)?)
            }
            RequestBody::RemoveFloor { floor } => {
                self.remove_floor(&floor, cause, now, effects)?;
                Answer::Done
            }
            RequestBody::PutArea { area, edit } => {
                Answer::Area(self.put_area(area, edit, cause, now, effects)?)
            }
            RequestBody::RemoveArea { area } => {
                self.remove_area(&area, cause, now, effects)?;
                Answer::Done
            }
            RequestBody::PutPerson { person, edit } => {
                Answer::Person(self.put_person(person, edit, cause, now, effects)?)
            }
            RequestBody::RemovePerson { person } => {
                self.remove_person(&person, cause, now, effects)?;
                Answer::Done
            }
            RequestBody::PutConstraint { constraint, before } => {
                self.put_constraint(*constraint, before.as_deref(), cause, now, effects)?;
                Answer::Done
            }
            RequestBody::RemoveConstraint { constraint } => {
                self.remove_constraint(&constraint, cause, now, effects)?;
                Answer::Done
            }
            RequestBody::Together { edits } => {
                self.together(id, edits, cause, now, effects)?;
                Answer::Done
            }
            RequestBody::Command(_) => {
                return Err(Refusal::new(
                    RefusalCode::UnsupportedCommand,
                    "a command took the wrong turn",
                    "a request about the house itself",
                    "send it again",
                ));
            }
        }))
    }

    /// Several edits: they are made in a copy, which takes the house's place when none was refused.
    fn together(
        &mut self,
        id: RequestId,
        edits: Vec<RequestBody>,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let mut house = self.clone();
        let mut led = Effects::default();
        for edit in edits {
            let is_edit = matches!(
                edit,
                RequestBody::EditDevice { .. }
                    | RequestBody::PutFloor { .. }
                    | RequestBody::PutArea { .. }
                    | RequestBody::PutPerson { .. }
            );
            if !is_edit {
                return Err(Refusal::new(
                    RefusalCode::UnsupportedCommand,
                    "this cannot be asked together with others",
                    "edits of devices, floors, areas and people",
                    "ask for it by itself",
                ));
            }
            house.manage(id, edit, cause, now, &mut led)?;
        }
        *self = house;
        effects.events.append(&mut led.events);
        effects.keep.append(&mut led.keep);
        effects.undo.append(&mut led.undo);
        effects.orders.append(&mut led.orders);
        Ok(())
    }

    /// Publishes an event.
    pub(crate) fn emit(
        &mut self,
        cause: &Cause,
        body: EventBody,
        at: Timestamp,
        effects: &mut Effects,
    ) {
        self.state.position.seq += 1;
        self.state.at = at;
        effects.events.push(Event {
            position: self.state.position,
            at,
            cause: cause.clone(),
            body,
        });
    }

    /// Tells everyone that a request was refused.
    pub(crate) fn refused(
        &mut self,
        device: Option<model::DeviceId>,
        refusal: &Refusal,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) {
        if !self.imagined {
            crate::telemetry::refused(refusal, &cause.who.to_string());
        }
        let body = EventBody::RequestRefused {
            device,
            code: refusal.code.as_str().to_owned(),
            reason: refusal.message.clone(),
            constraint: refusal.constraint.clone(),
        };
        self.emit(cause, body, now.house, effects);
        if refusal.constraint.is_some()
            && let Some(event) = effects.events.last()
        {
            self.remember_refusal(event);
        }
    }

    /// A cause that starts with the house itself.
    pub(crate) fn own_cause() -> Cause {
        Cause {
            id: CauseId::new(),
            parent: None,
            who: Who::House,
        }
    }

    /// Whether a goal is an action.
    pub(crate) const fn is_action(goal: &Goal) -> bool {
        matches!(goal, Goal::Action { .. })
    }
}
