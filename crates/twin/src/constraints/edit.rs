//! Constraints as people edit them.

use super::{Constraints, REMEMBERED, Refused, shipped};
use crate::places::room_for_one_more;
use crate::registry::{invalid, slug_taken};
use crate::{Effects, House, Refusal, RefusalCode};
use model::{Cause, Constraint, Event, EventBody, Now, Reference, Slug};
use std::sync::Arc;
use store::Record;

impl House {
    /// Adds or edits a constraint.
    pub(crate) fn put_constraint(
        &mut self,
        constraint: Constraint,
        before: Option<&Constraint>,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let there = self
            .state
            .constraints
            .get(constraint.slug.as_str())
            .cloned();
        match (&there, before) {
            (Some(_), None) => return Err(slug_taken(&constraint.slug)),
            (None, Some(before)) => return Err(unknown(before.slug.as_str())),
            (Some(there), Some(before)) if **there != *before => {
                return Err(Refusal::new(
                    RefusalCode::EditedMeanwhile,
                    format!("“{}” was edited by somebody else meanwhile", there.name),
                    "an edit of what is there now",
                    "read it again, and edit that",
                ));
            }
            _ => {}
        }
        room_for_one_more(there.is_none(), self.state.constraints.len())?;
        constraint.check().map_err(|fault| {
            invalid(
                format!("{}: {}", fault.field, fault.message),
                fault.expected,
            )
        })?;
        self.find_all(&constraint, before)?;
        if there.as_deref() == Some(&constraint) {
            return Ok(());
        }
        let what = told(there.as_deref(), &constraint);
        effects
            .undo
            .push(record(there.as_deref(), &constraint.slug));
        effects
            .keep
            .push(record(Some(&constraint), &constraint.slug));
        let body = EventBody::ConstraintChanged {
            constraint: constraint.slug.to_string(),
            name: constraint.name.clone(),
            what,
        };
        self.state.constraints = Arc::new(self.state.constraints.with(constraint));
        self.emit(cause, body, now.house, effects);
        Ok(())
    }

    /// Whether all that it newly names is part of the house.
    fn find_all(
        &self,
        constraint: &Constraint,
        before: Option<&Constraint>,
    ) -> Result<(), Refusal> {
        let named = |constraint: &Constraint| {
            let mut devices = constraint.scope.devices.clone();
            match &constraint.form {
                model::Form::ClosesWhileObstructed { sensors, .. } => devices.extend(sensors),
                model::Form::LoadAbove { meter, .. } => devices.extend(meter),
                _ => {}
            }
            devices
        };
        let old = before.map(named).unwrap_or_default();
        for device in named(constraint) {
            if !old.contains(&device) {
                self.find_device(&Reference(device.to_string()))?;
            }
        }
        let old = before.map(|before| before.scope.areas.as_slice());
        for area in &constraint.scope.areas {
            if !old.unwrap_or_default().contains(area) {
                self.find_area(&Reference(area.to_string()))?;
            }
        }
        Ok(())
    }

    /// Removes one of the household's own constraints.
    pub(crate) fn remove_constraint(
        &mut self,
        slug: &str,
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let there = self.state.constraints.get(slug).cloned();
        let there = there.ok_or_else(|| unknown(slug))?;
        if shipped(&there.slug).is_some() {
            return Err(Refusal::new(
                RefusalCode::ShippedConstraint,
                format!(
                    "“{}” comes with the house and cannot be removed",
                    there.name
                ),
                "one of the household's own constraints",
                "switch it off instead, or reset it to how it came",
            ));
        }
        effects
            .undo
            .push(Record::Constraint(Box::new(Constraint::clone(&there))));
        effects
            .keep
            .push(Record::ConstraintGone(there.slug.clone()));
        self.state.constraints = Arc::new(self.state.constraints.without(&there.slug));
        self.state.refused.remove(slug);
        let body = EventBody::ConstraintChanged {
            constraint: there.slug.to_string(),
            name: there.name.clone(),
            what: "it was removed".to_owned(),
        };
        self.emit(cause, body, now.house, effects);
        Ok(())
    }

    /// Brings back a version from before: that of `slug` as it came, where there is none.
    pub(crate) fn constraint_back(
        &mut self,
        slug: &Slug,
        constraint: Option<Constraint>,
    ) -> EventBody {
        let name = |all: &Constraints| all.get(slug.as_str()).map(|it| it.name.clone());
        let before = name(&self.state.constraints);
        let all = match constraint {
            Some(constraint) => self.state.constraints.with(constraint),
            None => self.state.constraints.without(slug),
        };
        self.state.constraints = Arc::new(all);
        EventBody::ConstraintChanged {
            constraint: slug.to_string(),
            name: name(&self.state.constraints).or(before).unwrap_or_default(),
            what: "the edit could not be kept".to_owned(),
        }
    }

    /// Remembers a refusal with its constraint.
    pub(crate) fn remember_refusal(&mut self, event: &Event) {
        let EventBody::RequestRefused {
            device,
            reason,
            constraint: Some(constraint),
            ..
        } = &event.body
        else {
            return;
        };
        let refused = Refused {
            at: event.at,
            device: *device,
            who: event.cause.who.to_string(),
            reason: reason.clone(),
        };
        let before = self.state.refused.get(constraint);
        let before = before.into_iter().flat_map(|list| list.iter().cloned());
        let list: Vec<_> = std::iter::once(refused)
            .chain(before)
            .take(REMEMBERED)
            .collect();
        self.state.refused.insert(constraint.clone(), list.into());
    }
}

/// What the store shall have of a constraint: nothing where it is as it came.
fn record(constraint: Option<&Constraint>, slug: &Slug) -> Record {
    match constraint.filter(|constraint| shipped(slug) != Some(*constraint)) {
        Some(constraint) => Record::Constraint(Box::new(constraint.clone())),
        None => Record::ConstraintGone(slug.clone()),
    }
}

fn told(before: Option<&Constraint>, now: &Constraint) -> String {
    let Some(before) = before else {
        return format!("it was added: {}", now.said());
    };
    let switched = Constraint {
        enabled: now.enabled,
        ..before.clone()
    };
    if shipped(&now.slug) == Some(now) {
        "it is as it came with the house".to_owned()
    } else if switched == *now {
        let word = if now.enabled { "on" } else { "off" };
        format!("it was switched {word}")
    } else {
        format!("it was changed: {}", now.said())
    }
}

fn unknown(slug: &str) -> Refusal {
    let shown: String = slug.chars().take(80).collect();
    Refusal::new(
        RefusalCode::UnknownConstraint,
        format!("no constraint is called `{shown}`"),
        "the slug of a constraint of this house",
        "look it up with GET /api/automation/constraints",
    )
}
