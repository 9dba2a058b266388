//! The steps that are more than a table: standby power, empty rooms, a house that lives on alone.

use super::act::spared;
use super::judge::{Asked, Question, offered, resolved};
use super::run::{RunState, Waits};
use super::{Effect, Engine};
use crate::builtin::{Builtin, STANDBY};
use crate::document::{Given, Statistic};
use crate::habit::Plan;
use jiff::SignedDuration;
use model::{DeviceKind, Now, Path, RunId, Value, capability};
use std::collections::BTreeMap;
use std::sync::Arc;
use twin::{DeviceTwin, Snapshot};

/// What draws no more than this (in watts), and no less than the other, is on standby.
const STANDBY_MOST: f64 = 15.0;
const STANDBY_LEAST: f64 = 0.2;

/// For how long it must have drawn that, in seconds.
const STANDBY_FOR: i64 = 3_600;

/// A room in which nobody has moved for so long is empty.
const EMPTY: SignedDuration = SignedDuration::from_mins(30);

impl Engine {
    #[expect(
        clippy::too_many_arguments,
        reason = "a step and all that it may look at"
    )]
    pub(super) fn builtin(
        &mut self,
        id: RunId,
        number: usize,
        builtin: &Builtin,
        place: &str,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        match builtin {
            Builtin::SwitchOffStandby => {
                self.switch_off_standby(id, number, place, house, now, effects);
            }
            Builtin::LightsOfEmptyRooms => self.empty_rooms(id, place, house, now, effects),
            Builtin::StayAway { days, simulate } => {
                self.stay_away(id, number, (days, simulate), place, house, now, effects);
            }
        }
    }

    fn switch_off_standby(
        &mut self,
        id: RunId,
        number: usize,
        place: &str,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let power = capability::ELECTRICAL_POWER.at(1, "power");
        let on = capability::ON_OFF.at(1, "on_off");
        let all = house
            .devices
            .values()
            .filter(|twin| STANDBY.contains(&twin.device.kind));
        let candidates: Vec<_> = all
            .filter_map(|twin| {
                let is_on =
                    offered(twin, on).is_some_and(|on| twin.value(on) == Some(&Value::Bool(true)));
                let meter = offered(twin, power)?;
                is_on.then(|| (Arc::clone(twin), meter))
            })
            .collect();
        let question = |twin: &DeviceTwin, meter: Path, statistic: Statistic| Question {
            device: twin.device.id,
            path: meter.to_string(),
            asked: Asked::Statistic(statistic as u8, STANDBY_FOR),
        };
        let asks: Vec<_> = candidates
            .iter()
            .flat_map(|(twin, meter)| {
                [Statistic::Mean, Statistic::Max].map(|it| question(twin, *meter, it))
            })
            .filter(|question| !self.answers.contains_key(question))
            .collect();
        if !asks.is_empty() {
            self.look(asks, effects);
            return self.ask_history(id, number);
        }
        let mut found = Vec::new();
        for (twin, meter) in candidates {
            let answer = |statistic| {
                let answer = self.answers.get(&question(&twin, meter, statistic));
                answer.copied().flatten()
            };
            let (Some(mean), Some(most)) = (answer(Statistic::Mean), answer(Statistic::Max)) else {
                continue;
            };
            let on_standby = mean >= STANDBY_LEAST && most <= STANDBY_MOST;
            if on_standby {
                found.push((twin, mean));
            }
        }
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        // What is left alone saves nothing.
        let goes = |twin: &DeviceTwin| {
            spared(run, twin, &capability::ON_OFF, "off", &[], now.house).is_none()
        };
        let total: f64 = found
            .iter()
            .filter(|(twin, _)| goes(twin))
            .map(|(_, mean)| mean)
            .sum();
        let words = if found.is_empty() {
            "nothing that is measured has only drawn standby power over the last hour".to_owned()
        } else {
            format!(
                "what only drew standby power over the last hour is switched off: {total:.1} W together, {:.2} kWh a day",
                total * 24.0 / 1_000.0
            )
        };
        let Some(line) = run.tell(now.house, place, words) else {
            return;
        };
        for (twin, mean) in &found {
            run.trace[line].looked.push(super::Looked {
                what: format!("{}: power over the last hour", twin.device.name),
                saw: format!("{mean:.1} W"),
                holds: Some(true),
            });
        }
        for (twin, _) in found {
            self.switch(id, line, &twin, false, now, effects);
        }
    }

    fn empty_rooms(
        &mut self,
        id: RunId,
        place: &str,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let occupied = capability::OCCUPANCY_SENSING.at(1, "occupied");
        // A room is empty where every sensor in it has said so for long enough.
        let mut rooms: BTreeMap<model::AreaId, bool> = BTreeMap::new();
        for twin in house.devices.values() {
            let Some((area, path)) = twin.device.area.zip(offered(twin, occupied)) else {
                continue;
            };
            let is_empty = twin.reported(path).is_some_and(|reported| {
                reported.value == Some(Value::Bool(false))
                    && !reported.stale
                    && now.house.duration_since(reported.since) >= EMPTY
            });
            *rooms.entry(area).or_insert(true) &= is_empty;
        }
        let on = capability::ON_OFF.at(1, "on_off");
        let lights: Vec<_> = house
            .devices
            .values()
            .filter(|twin| twin.device.kind == DeviceKind::Light)
            .filter(|twin| {
                let area = twin.device.area;
                area.is_some_and(|area| rooms.get(&area) == Some(&true))
            })
            .filter(|twin| {
                offered(twin, on).is_some_and(|on| twin.value(on) == Some(&Value::Bool(true)))
            })
            .cloned()
            .collect();
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let words = match lights.len() {
            0 => "no light is on in a room in which nobody has moved for half an hour".to_owned(),
            _ => "the lights of rooms in which nobody has moved for half an hour go off".to_owned(),
        };
        if let Some(line) = run.tell(now.house, place, words) {
            for twin in lights {
                self.switch(id, line, &twin, false, now, effects);
            }
        }
    }

    /// Days go by; the lights are switched as a plan says that is made of the household's history.
    #[expect(
        clippy::too_many_arguments,
        reason = "a step and all that it may look at"
    )]
    fn stay_away(
        &mut self,
        id: RunId,
        number: usize,
        (days, simulate): (&Given, &Given),
        place: &str,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let Some(plan) = &mut run.plan else {
            let days = match resolved(days, None, &run.arguments) {
                Some(Value::Number(days)) => days.clamp(0.0, 365.0),
                _ => 7.0,
            };
            let simulate = resolved(simulate, None, &run.arguments) != Some(Value::Bool(false));
            let until = now.house + SignedDuration::from_secs_f64(days * 86_400.0);
            run.plan = Some(Plan::new(until));
            let words = format!("it waits {days} days");
            run.tell(now.house, place, words);
            run.threads[number].at -= 1;
            if simulate {
                run.threads[number].waits = Waits::Habits;
                effects.push(Effect::Recall {
                    run: id,
                    until: now.house,
                });
            } else {
                run.threads[number].waits = Waits::Time(until);
            }
            run.moved = true;
            return;
        };
        let due = plan.come(now.house);
        let next = plan.next();
        let is_over = plan.until <= now.house;
        if is_over {
            run.plan = None;
        } else {
            run.threads[number].at -= 1;
            run.threads[number].waits = Waits::Time(next);
        }
        for switch in due {
            let twin = house.devices.get(&switch.device);
            let (Some(twin), Some(run)) = (twin, self.runs.get_mut(&id)) else {
                continue;
            };
            let words = format!(
                "{} goes {}, as on {}",
                twin.device.name,
                if switch.on { "on" } else { "off" },
                switch.like
            );
            // Long stays must not fill the trace so that nothing else finds room.
            if let Some(line) = run.tell(now.house, place, words) {
                self.switch(id, line, &Arc::clone(twin), switch.on, now, effects);
            } else {
                self.switch_untold(id, &Arc::clone(twin), switch.on, now, effects);
            }
        }
        if let Some(run) = self.runs.get_mut(&id) {
            run.moved = true;
        }
    }

    /// What history knows of how the household switched its lights; a run waits for that.
    pub fn recalled(
        &mut self,
        id: RunId,
        habits: &[crate::habit::Habit],
        house: &Snapshot,
        now: Now,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let zone = self.setting.zone.clone();
        if let Some(run) = self.runs.get_mut(&id)
            && let Some(plan) = &mut run.plan
        {
            let lit = plan.fill(id, habits, &zone, now.house);
            let words = match lit {
                (0, _) => "history knows no evening on which somebody switched a light: nothing is simulated".to_owned(),
                (switches, 1) => format!("{switches} switchings are planned, like those of the only day of the last four weeks that history knows"),
                (switches, days) => format!("{switches} switchings are planned, like those of the {days} days of the last four weeks that history knows"),
            };
            run.tell(now.house, "", words);
            for thread in &mut run.threads {
                if thread.waits == Waits::Habits {
                    thread.waits = Waits::Nothing;
                }
            }
        }
        self.go_on(house, now, &mut effects);
        effects
    }

    fn switch(
        &mut self,
        id: RunId,
        line: usize,
        twin: &DeviceTwin,
        on: bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let command = if on { "on" } else { "off" };
        self.command(
            id,
            line,
            twin,
            (&capability::ON_OFF, command, None),
            &[],
            now,
            effects,
        );
    }

    fn switch_untold(
        &mut self,
        id: RunId,
        twin: &DeviceTwin,
        on: bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let command = if on { "on" } else { "off" };
        let asks = self.runs.get(&id).is_some_and(|run| {
            run.state == RunState::Running
                && spared(run, twin, &capability::ON_OFF, command, &[], now.house).is_none()
        });
        if asks {
            let body = model::RequestBody::Command(model::CommandRequest {
                device: twin.device.id.to_string().into(),
                endpoint: None,
                capability: capability::ON_OFF.name.to_owned(),
                command: command.to_owned(),
                args: Vec::new(),
                confirmed: false,
            });
            self.send(id, None, body, effects);
        }
    }

    /// Asks history what it was not asked yet.
    pub(super) fn look(&mut self, asks: Vec<Question>, effects: &mut Vec<Effect>) {
        for question in asks {
            if self.outstanding.insert(question.clone()) {
                effects.push(Effect::Look(question));
            }
        }
    }
}
