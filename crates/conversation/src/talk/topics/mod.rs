//! Whole sentences that are about the house itself: how it is, what deserves a look, what it knows.

mod ahead;
mod alerts;
mod comfort;
mod faults;
mod felt;
mod figures;
mod found;
mod how;
mod matters;
mod memory;
mod prepare;
mod routines;
mod serve;
mod setup;
mod site;
mod stay;

use super::answer::Answer;
use super::{Turn, words};
use crate::house::Thing;
use crate::lang::{Noun, State, Way};
use crate::reading;
use crate::understand::{Context, Dialogue, things};
use mind::memory::{Kind, Remember, Situation};
use model::{DeviceId, Timestamp};
use routines::Fate;
use twin::DeviceTwin;

impl Turn<'_> {
    pub(super) async fn topic(
        &self,
        key: &str,
        free: Option<&str>,
        before: &Dialogue,
        next: &mut Dialogue,
    ) -> Answer {
        let name = self.wires.household.name();
        if let (Some(mind), "pain" | "worries" | "leaving" | "security") = (&self.wires.mind, key) {
            // What is answered from the mind is as of now.
            drop(mind.look().await);
        }
        let answer = match key {
            "greet" => Answer::of("greet", format!("Hello. {}", self.short_state())).suggesting(["How are you?".into(), "Which lights are on?".into()]),
            "good_morning" => Answer::of("greet", format!("Good morning. {}", self.short_state())),
            "good_night" => self.good_night(next),
            "thanks" => Answer::of("thanks", "You are welcome."),
            "goodbye" => Answer::of("goodbye", "Goodbye."),
            "who" => Answer::of("who", format!("I am {name}: the house itself. I know {} devices, do what you say with them, and can tell how they are and why.", self.snapshot.devices.len())),
            "help" => self.help(),
            "feeling" => self.feeling().await,
            "felt" => self.felt().await,
            "pain" => self.pain(),
            "worries" => self.concerns(false),
            "leaving" => self.concerns(true),
            "security" => self.security(),
            "learned" => self.learned(next).await,
            "alerts" => self.alerts().await,
            "discovered" => self.discovered().await,
            "happened" => self.happened().await,
            "scan" => self.search().await,
            "clock" => Answer::of("clock", format!("It is {}.", self.now.to_zoned_datetime(self.wires.zone.clone()).strftime("%H:%M"))),
            "date" => Answer::of("date", format!("It is {}.", self.now.to_zoned_datetime(self.wires.zone.clone()).strftime("%A, %-d %B %Y"))),
            "mode" => Answer::of("mode", format!("The house is in the mode {}.", self.snapshot.mode)).slot("mode", self.snapshot.mode.to_string()),
            "serves" => self.serves(free.unwrap_or_default(), next),
            "served_by" => self.served_by(free.unwrap_or_default(), next),
            "serves_told" => self.serves_told(free.unwrap_or_default(), next).await,
            "at_sunset" => self.planned(free),
            "delete_rules" => self.rules_stay(),
            "rule_told" => self.rule_told(free),
            "rule_off" => self.rule_fate(Fate::Off, free, next).await,
            "rule_on" => self.rule_fate(Fate::On, free, next).await,
            "drop_rule" => self.rule_fate(Fate::Gone, free, next).await,
            "will_last" => self.will_last(free).await,
            "used" => self.used().await,
            "used_by" => self.used_by(free.unwrap_or_default(), next).await,
            "is_running" => self.is_running(free.unwrap_or_default(), next),
            "cold" => self.too_cold(Way::Up, next),
            "hot" => self.too_cold(Way::Down, next),
            "party_over" => self.party_over().await,
            "insights" => self.insights().await,
            "saving" => self.saving().await,
            "wanted" => self.wanted(),
            "forecast" => self.forecast(),
            "vacation" => self.holds(Situation::Away, self.message, next).await,
            "guests" => self.holds(Situation::Guests, self.message, next).await,
            "visitor" => self.holds(Situation::Visitor, self.message, next).await,
            "fault_in_hand" => self.fault_in_hand().await,
            "fault_fixed" => self.fault_fixed().await,
            "fault_asked" => self.fault_asked().await,
            "until" => self.until(before, next).await,
            "expected" => self.expected(next).await,
            "back" => self.back_home(next).await,
            "guests_left" => self.guests_left().await,
            "likes_so" => self.likes_so(free, next).await,
            "remember" => self.remember(free.unwrap_or_default(), next).await,
            "notes" => self.notes(next).await,
            "likes" => self.likes(next).await,
            "party" => self.party(free).await,
            "condition" => self.condition(free.unwrap_or_default(), next).await,
            "prepare_room" => self.prepare_room(free.unwrap_or_default(), next).await,
            "prepare_scene" => self.prepare_scene(free.unwrap_or_default(), next).await,
            "prepare_more" => self.prepare_more(before, next).await,
            "prepare_named" => self.prepare_named(before).await,
            "recall_about" => self.recall_about(free.unwrap_or_default(), next).await,
            "setup_changes" => self.setup_changes().await,
            "called_then" => self.setup_was(free.unwrap_or_default(), next).await,
            "promote" => self.promote(free.unwrap_or_default(), next).await,
            "recall" => self.recall(free.unwrap_or(self.message), next).await,
            "forget" => self.forget(free, next).await,
            "lives_at" => self.lives_at(free.unwrap_or_default(), next),
            "this_site" => self.this_site(before, next),
            "our_place" => self.where_we_are(),
            "sun_today" => Answer::of("sun", self.sun_today()),
            "drop_place" => self.forget_site().await,
            "undo" => self.undo(None).await,
            "broadcast" | "timer" | "shopping" => Answer::of("unable", "I cannot do that. I can switch and watch what is in the house, at a time if you like.").suggesting(["Turn on the light at 7".into()]),
            _ => Answer::of("small_talk", "I am only a house: I can tell how I am, and do what you say with what is in me.").suggesting(["How are you?".into(), "What can you do?".into()]),
        };
        match free {
            Some(free) => answer.slot("text", free),
            None => answer,
        }
    }

    /// The devices that are so.
    fn so(&self, state: State, which: impl Fn(&Thing) -> bool) -> Vec<DeviceId> {
        let holds = |thing: &Thing, twin: &DeviceTwin| {
            which(thing) && reading::holds(state, thing, twin) == Some(true)
        };
        self.snapshot
            .devices
            .keys()
            .copied()
            .filter(|id| {
                self.thing(*id)
                    .is_some_and(|(thing, twin)| holds(thing, twin))
            })
            .collect()
    }

    /// The devices that a few words mean, and nothing but them.
    fn devices_called(&self, said: &str, dialogue: &Dialogue) -> Vec<DeviceId> {
        let snapshot = Some(&*self.snapshot);
        let context = Context::new(self.house, snapshot, self.language, dialogue, None);
        things(said, &context)
    }

    /// The device that is named somewhere in a text.
    fn device_in(&self, text: &str) -> Option<DeviceId> {
        let mut about = Remember::new(Kind::Note, text);
        self.link(&mut about);
        about.device
    }

    fn names(&self, ids: &[DeviceId]) -> String {
        words::listed(&ids.iter().map(|id| self.name(*id)).collect::<Vec<_>>(), 8)
    }

    fn help(&self) -> Answer {
        let mut examples: Vec<String> = Vec::new();
        let first = |noun: Noun| {
            self.house
                .of_noun(noun)
                .first()
                .map(|index| self.house.thing(*index).device.name.clone())
        };
        if let Some(light) = first(Noun::Light) {
            examples.push(format!("Turn on {light}"));
        }
        if let Some(cover) = first(Noun::Cover) {
            examples.push(format!("Close {cover}"));
        }
        examples.push("Which windows are open?".into());
        examples.push("Why is it warm in here?".into());
        examples.push("When the last person leaves, turn everything off".into());
        let text = format!(
            "I switch, dim, lock, open and set what is in the house, now or at a time; I tell how things are, how they were and why; I make rules of sentences; and I tell how I am. For example: {}.",
            examples
                .iter()
                .map(|example| format!("“{example}”"))
                .collect::<Vec<_>>()
                .join(", ")
        );
        Answer::of("help", text).suggesting(examples)
    }

    fn midnight(&self) -> Timestamp {
        self.now
            .to_zoned_datetime(self.wires.zone.clone())
            .start_of_day()
            .map_or(self.now, |day| day.timestamp())
    }
}
