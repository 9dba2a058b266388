//! The loop of five stages: sense, analyze, feedback, learn, act.
//!
//! Each stage is a pure function of what the one before it found and of what is remembered; one turn runs
//! them all. What each got and made of it last can be looked at ([`Turn`]).

pub mod act;
pub mod analyze;
pub mod feedback;
pub mod learn;
pub mod recall;
pub mod rhythm;
pub mod sense;
pub mod status;

mod say;

use crate::concerns::Concerns;
use crate::season::Place;
use crate::view::Attention;
use act::{Deeds, Heart};
use jiff::tz::TimeZone;
use model::Timestamp;
use recall::Recall;
use sense::Component;
use status::Stage;
use std::collections::HashSet;
use std::time::Instant;
use twin::Snapshot;

/// All that goes from one turn to the next.
#[derive(Debug, Clone, Default)]
pub struct Brain {
    /// What is remembered.
    pub recall: Recall,
    /// What deserves a person.
    pub concerns: Concerns,
    /// What feels.
    pub heart: Heart,
    /// Where the house stands, and its zone; `None` where that is not known.
    pub place: Option<(Place, TimeZone)>,
}

/// What one turn came to.
#[derive(Debug)]
pub struct Turn {
    /// What is to be done.
    pub deeds: Deeds,
    /// What each stage got and made of it.
    pub stages: [Stage; 5],
    /// What was sensed, for who looks things up.
    pub things: Vec<sense::Thing>,
}

impl Brain {
    /// One turn.
    pub fn turn(
        &mut self,
        snapshot: &Snapshot,
        components: Vec<Component>,
        now: Timestamp,
    ) -> Turn {
        let mut clock = Instant::now();
        let mut took = || {
            let took = clock.elapsed();
            clock = Instant::now();
            took
        };
        let offered = components.len();
        let mut sensed = sense::sense(snapshot, components, &self.recall, now);
        let place = self.place.as_ref();
        sensed.year = place.map(|(place, zone)| place.year(zone.to_datetime(now).date()));
        let sense = Stage::sense(snapshot, offered, &sensed, took());
        let known: HashSet<_> = self
            .concerns
            .list()
            .into_iter()
            .filter(|concern| concern.attention == Attention::Known)
            .filter_map(|concern| concern.device)
            .collect();
        let mut analysis = analyze::analyze(&sensed, &self.recall, &known);
        let analyze = Stage::analyze(&sensed, &analysis, took());
        let findings = std::mem::take(&mut analysis.findings);
        let found = findings.len();
        let outcome = feedback::weigh(findings, &mut self.concerns, &sensed, &self.recall);
        let feedback = Stage::feedback(found, &outcome, took());
        learn::learn_from(&sensed, &mut self.recall);
        let learn = Stage::learn(&self.recall, &self.heart, took());
        let evidence = analysis.items.len() + outcome.items.len();
        let deeds = act::act(
            &mut self.heart,
            &sensed,
            analysis,
            outcome,
            &self.concerns,
            &self.recall,
        );
        let act = Stage::act(evidence, &deeds, took());
        Turn {
            deeds,
            stages: [sense, analyze, feedback, learn, act],
            things: sensed.things,
        }
    }
}
