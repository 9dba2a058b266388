//! A story is played: what happens in it happens, and what is expected is looked at.

use super::base::{self, Base, Built};
use super::entry::{Entry, Recorded};
use super::expect::Expect;
use super::{Fault, Part, Stage, Story, When, Wrong, fault, read, see, wrong};
use crate::Habit;
use crate::document::{Arguments, Document, ScenarioSlug};
use crate::engine::{Asked, Engine, Question, Run, Scene, Setting};
use crate::rehearse::Rehearsal;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use model::{
    Cause, Change, CommandRequest, DeviceEdit, Grant, Path, PersonEdit, Preferences, Reading,
    Report, ReportBody, Request, RequestBody, Rights, Value, Who,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use twin::{DeviceTwin, House, Input, Limits};

/// The longest time that a story takes.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366 * 10);

/// What a story came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// How much was expected.
    pub expectations: usize,
    /// What was not as expected.
    pub failures: Vec<Failure>,
}

/// Something that was not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In which line it is expected.
    pub line: usize,
    /// When that was, by the house's clock.
    pub at: String,
    /// What was expected, as it is written.
    pub expected: String,
    /// What was seen.
    pub saw: String,
}

impl Story {
    /// Plays it. `find` gives the house that a file describes.
    ///
    /// # Errors
    /// When something in it cannot happen in this house: a device that is not there, a time that is over.
    pub fn play(&self, find: &dyn Fn(&str) -> Result<Base, String>) -> Result<Played, Vec<Fault>> {
        let (stage, mut lines) = self.base(find)?;
        lines.extend(self.setup.iter().cloned());
        let built = base::build(stage, lines).map_err(|fault| vec![fault])?;
        let mut play = Play::new(built).map_err(|fault| vec![fault])?;
        for (line, part) in &self.parts {
            play.part(*line, part)
                .map_err(|(message, expected)| vec![fault(*line, message, expected)])?;
        }
        Ok(Played {
            expectations: play.expectations,
            failures: play.failures,
        })
    }

    #[expect(clippy::type_complexity, reason = "a house, and its lines")]
    fn base(
        &self,
        find: &dyn Fn(&str) -> Result<Base, String>,
    ) -> Result<(Option<Stage>, Vec<(usize, super::setup::Setup)>), Vec<Fault>> {
        let Some((line, file)) = &self.house else {
            return Ok((None, Vec::new()));
        };
        match find(file) {
            Err(reason) => Err(vec![fault(
                *line,
                format!("{file}: {reason}"),
                "a house file that can be read",
            )]),
            Ok(Base::Stage(stage)) => Ok((Some(*stage), Vec::new())),
            Ok(Base::Lines(text)) => {
                let mut faults = Vec::new();
                let all: Vec<_> = text
                    .lines()
                    .enumerate()
                    .map(|(place, line)| (place + 1, line))
                    .collect();
                let lines = read::setup_lines(&all, &mut faults);
                if faults.is_empty() {
                    return Ok((
                        None,
                        lines.into_iter().map(|(_, setup)| (*line, setup)).collect(),
                    ));
                }
                Err(faults
                    .into_iter()
                    .map(|wrong| {
                        let there = wrong.line.unwrap_or(0);
                        fault(
                            *line,
                            format!("{file}, line {there}: {}", wrong.message),
                            wrong.expected,
                        )
                    })
                    .collect())
            }
        }
    }
}

/// A story that is being played.
pub(super) struct Play {
    pub(super) world: Rehearsal,
    pub(super) setting: Setting,
    begin: Timestamp,
    documents: BTreeMap<ScenarioSlug, (Document, u32)>,
    scenes: Vec<Scene>,
    /// What people were refused.
    pub(super) refusals: Vec<String>,
    /// How many of the questions have been answered.
    pub(super) answered: usize,
    expectations: usize,
    failures: Vec<Failure>,
}

impl Play {
    fn new(built: Built) -> Result<Self, Fault> {
        let Built {
            house,
            setting,
            begin,
            rest,
        } = built;
        let world = Rehearsal::new(house, Engine::new(setting.clone()), begin);
        let mut play = Self {
            world,
            setting,
            begin,
            documents: BTreeMap::new(),
            scenes: Vec::new(),
            refusals: Vec::new(),
            answered: 0,
            expectations: 0,
            failures: Vec::new(),
        };
        for (line, entry) in rest {
            play.entry(&entry)
                .map_err(|(message, expected)| fault(line, message, expected))?;
        }
        // That was how it was, and no news.
        play.world.forget_what_happened();
        for document in crate::shipped() {
            play.put(document);
        }
        Ok(play)
    }

    fn part(&mut self, line: usize, part: &Part) -> Result<(), Wrong> {
        match part {
            Part::Scenario(document) => self.put((**document).clone()),
            Part::Scene(scene) => {
                self.scenes.retain(|known| known.slug != scene.slug);
                self.scenes.push(scene.clone());
                self.world.engine().put_scene(scene.clone());
            }
            Part::Moment(when) => self.pass(*when)?,
            Part::Entry {
                entry: Entry::Expect(expect),
                text,
            } => self.expect(line, expect, text)?,
            Part::Entry { entry, .. } => self.entry(entry)?,
        }
        if self.world.report().cut {
            return Err(wrong(
                "more followed from this than a story follows",
                "at most 1,000 runs, messages and refusals, and no rules that go round without end",
            ));
        }
        Ok(())
    }

    fn expect(&mut self, line: usize, expect: &Expect, text: &str) -> Result<(), Wrong> {
        self.expectations += 1;
        if let Err(saw) = see::see(self, expect)? {
            let at = self.setting.zone.to_datetime(self.world.now());
            let expected = text.trim_start().strip_prefix("expect").unwrap_or(text);
            self.failures.push(Failure {
                line,
                at: at.strftime("%F %T").to_string(),
                expected: expected.trim().to_owned(),
                saw,
            });
        }
        Ok(())
    }

    fn pass(&mut self, when: When) -> Result<(), Wrong> {
        let now = self.world.now();
        let zone = &self.setting.zone;
        let moment = |date: jiff::civil::DateTime| {
            let zoned = zone.to_ambiguous_zoned_datetime(date).compatible();
            zoned
                .map(|zoned| zoned.timestamp())
                .map_err(|error| wrong(error.to_string(), "a time that comes"))
        };
        let until = match when {
            When::Exact(at) => at,
            When::Later(seconds) => now + SignedDuration::from_secs(seconds),
            When::Date(date) => moment(date)?,
            When::Clock(time) => {
                let today = zone.to_datetime(now).date();
                let at = moment(today.to_datetime(time))?;
                if at < now {
                    let tomorrow = today
                        .checked_add(1.day())
                        .map_err(|error| wrong(error.to_string(), "a date"))?;
                    moment(tomorrow.to_datetime(time))?
                } else {
                    at
                }
            }
        };
        if until < now {
            let shown = zone.to_datetime(now).strftime("%F %T").to_string();
            return Err(wrong(
                "that time is over",
                format!("a moment from {shown} on"),
            ));
        }
        if until.duration_since(self.begin) > LONGEST {
            return Err(wrong("a story takes too long", "at most ten years"));
        }
        self.world.pass(until);
        Ok(())
    }

    /// Writes a scenario, or replaces it.
    fn put(&mut self, document: Document) {
        let before = self.documents.get(&document.slug);
        let version = before.map_or(1, |(_, version)| version + 1);
        self.documents
            .insert(document.slug.clone(), (document.clone(), version));
        self.world.with_engine(|engine, house, now| {
            engine.put(document, version, house, now);
            ((), Vec::new())
        });
    }

    fn entry(&mut self, entry: &Entry) -> Result<(), Wrong> {
        match entry {
            Entry::Report {
                device,
                path,
                value,
                unit,
            } => {
                let twin = self.device(device)?;
                let Some(path) = crate::engine::offered(&twin, *path) else {
                    return Err(wrong(format!("{device} has no {path}"), see::offers(&twin)));
                };
                let reading = Reading {
                    path,
                    value: value.clone(),
                    unit: *unit,
                };
                self.report(&twin, |native_id| ReportBody::Values {
                    native_id,
                    readings: vec![reading],
                });
            }
            Entry::DeviceEvent {
                device,
                capability,
                event,
            } => {
                let twin = self.device(device)?;
                self.report(&twin, |native_id| ReportBody::DeviceEvent {
                    native_id,
                    endpoint: 1,
                    capability: capability.clone(),
                    event: event.clone(),
                });
            }
            Entry::Connectivity { device, to } => {
                let twin = self.device(device)?;
                let connectivity = *to;
                self.report(&twin, |native_id| ReportBody::Connectivity {
                    native_id,
                    connectivity,
                    reason: None,
                });
            }
            Entry::Silent { device, silent } => {
                let native_id = self.device(device)?.device.key.native_id.clone();
                if *silent {
                    self.world.silence(&native_id);
                } else {
                    self.world.let_speak(&native_id);
                }
            }
            Entry::Edit { device, edit } => self.edit(device, edit.clone())?,
            Entry::Prefer {
                device,
                name,
                value,
            } => self.prefer(device, name, value)?,
            Entry::Remove { device } => {
                let device = device.as_str().into();
                self.manage(RequestBody::RemoveDevice { device })?;
            }
            Entry::Presence { person, to } => self.manage(RequestBody::PutPerson {
                person: Some(person.as_str().into()),
                edit: PersonEdit {
                    presence: Change::Set(*to),
                    ..PersonEdit::default()
                },
            })?,
            Entry::Mode(mode) => self.manage(RequestBody::SetMode { mode: mode.clone() })?,
            Entry::Webhook(name) => {
                let cause = Cause::first(Who::Service {
                    name: "a webhook".into(),
                });
                self.world.with_engine(|engine, house, now| {
                    ((), engine.webhook(name, &cause, house, now))
                });
            }
            Entry::Restart(after) => self.restart(after.0),
            Entry::Run {
                by,
                scenario,
                arguments,
                fails,
            } => self.run(by.as_deref(), scenario, arguments.clone(), fails.as_deref())?,
            Entry::Stop(slug) => {
                self.known(slug)?;
                self.world.with_engine(|engine, house, now| {
                    engine.stop(slug, &Who::Operator, house, now)
                });
            }
            Entry::Able(slug, enabled) => {
                let mut document = self.known(slug)?.clone();
                document.enabled = *enabled;
                self.put(document);
            }
            Entry::Forget(slug) => {
                self.known(slug)?;
                self.documents.remove(slug);
                self.world
                    .with_engine(|engine, _, _| (engine.remove(slug), Vec::new()));
            }
            Entry::Answer(answer) => self.answer(answer)?,
            Entry::Ask {
                person,
                verb,
                device,
                value,
                confirmed,
            } => {
                let args = match (verb.value, value) {
                    (Some(name), Some(value)) => vec![(name.to_owned(), value.clone())],
                    (None, None) => Vec::new(),
                    (Some(name), None) => {
                        return Err(wrong("it needs a value", format!("a value for {name}")));
                    }
                    (None, Some(value)) => {
                        return Err(wrong(format!("`{value}` is too much"), "no value"));
                    }
                };
                self.device(device)?;
                let body = RequestBody::Command(CommandRequest {
                    device: device.as_str().into(),
                    endpoint: None,
                    capability: verb.capability.name.to_owned(),
                    command: verb.command.to_owned(),
                    args,
                    confirmed: *confirmed,
                });
                let grant = self.person(person)?;
                let answer = self
                    .world
                    .input(Input::Request(Box::new(Request::new(grant, body))));
                if let Some(Err(refusal)) = answer {
                    self.refusals.push(refusal.message);
                }
            }
            Entry::History {
                device,
                path,
                asked,
                answer,
            } => self.history(device, *path, *asked, *answer)?,
            Entry::Habit { device, on, at } => {
                let device = self.device(device)?.device.id;
                let at = self
                    .setting
                    .zone
                    .to_ambiguous_zoned_datetime(*at)
                    .compatible();
                let at = at
                    .map_err(|error| wrong(error.to_string(), "a time that was"))?
                    .timestamp();
                self.world.habits.push(Habit {
                    device,
                    at,
                    on: *on,
                });
            }
            Entry::Times(times, entry) => {
                for _ in 0..*times {
                    self.entry(entry)?;
                }
            }
            Entry::Expect(_) => {
                return Err(wrong(
                    "it is not here that something is expected",
                    "a line of its own",
                ));
            }
        }
        Ok(())
    }

    pub(super) fn device(&self, name: &str) -> Result<Arc<DeviceTwin>, Wrong> {
        let house = self.world.house().snapshot();
        crate::engine::device(house, name).ok_or_else(|| {
            let all = house
                .devices
                .values()
                .map(|twin| twin.device.slug.to_string());
            wrong(
                format!("no device is called `{name}`"),
                format!("one of {}", all.collect::<Vec<_>>().join(", ")),
            )
        })
    }

    fn person(&self, name: &str) -> Result<Grant, Wrong> {
        let person = self.world.house().snapshot().person(name);
        let person = person.ok_or_else(|| {
            wrong(
                format!("nobody is called `{name}`"),
                "somebody of the house",
            )
        })?;
        Ok(Grant {
            who: Who::Person {
                id: person.id,
                name: person.name.clone(),
            },
            rights: Rights::all(),
            areas: None,
        })
    }

    fn known(&self, slug: &ScenarioSlug) -> Result<&Document, Wrong> {
        let known = self.documents.get(slug).map(|(document, _)| document);
        known.ok_or_else(|| {
            wrong(
                format!("no scenario is called `{slug}`"),
                "one of the story's, or one that comes with the house",
            )
        })
    }

    fn report(&mut self, twin: &DeviceTwin, body: impl FnOnce(String) -> ReportBody) {
        let key = &twin.device.key;
        self.world.input(Input::Report(Report {
            driver: key.driver.clone(),
            body: body(key.native_id.clone()),
        }));
    }

    fn manage(&mut self, body: RequestBody) -> Result<(), Wrong> {
        let request = Request::new(Grant::operator(), body);
        match self.world.input(Input::Request(Box::new(request))) {
            Some(Err(refusal)) => Err((refusal.message, refusal.expected)),
            _ => Ok(()),
        }
    }

    fn edit(&mut self, device: &str, edit: DeviceEdit) -> Result<(), Wrong> {
        let device = self.device(device)?.device.id.to_string().into();
        self.manage(RequestBody::EditDevice { device, edit })
    }

    fn prefer(&mut self, device: &str, name: &str, value: &Value) -> Result<(), Wrong> {
        let preferences = self.device(device)?.device.preferences;
        let expected = "auto_adjust, learning_enabled or override_protection = true or false, or priority = low, normal or high";
        let json = serde_json::to_value(preferences).and_then(|mut json| {
            json[name] = serde_json::to_value(value)?;
            serde_json::from_value::<Preferences>(json)
        });
        let preferences = json.map_err(|error| wrong(error.to_string(), expected))?;
        let edit = DeviceEdit {
            preferences: Change::Set(preferences),
            ..DeviceEdit::default()
        };
        self.edit(device, edit)
    }

    fn run(
        &mut self,
        by: Option<&str>,
        slug: &ScenarioSlug,
        arguments: Arguments,
        fails: Option<&str>,
    ) -> Result<(), Wrong> {
        let who = match by {
            Some(person) => self.person(person)?.who,
            None => Who::Operator,
        };
        let begun = self.world.with_engine(|engine, house, now| {
            match engine.run(slug, arguments, Cause::first(who), house, now) {
                Ok((_, effects)) => (Ok(()), effects),
                Err(error) => (Err(error.to_string()), Vec::new()),
            }
        });
        match (begun, fails) {
            (Ok(()), None) => Ok(()),
            (Err(reason), Some(words)) if reason.contains(words) => Ok(()),
            (Ok(()), Some(_)) => Err(wrong("it began to run", "that it cannot be run")),
            (Err(reason), Some(words)) => Err(wrong(
                format!("it cannot be run: {reason}"),
                format!("a reason with “{words}”"),
            )),
            (Err(reason), None) => Err(wrong(
                format!("it cannot be run: {reason}"),
                "that it begins; or `fails \"...\"` behind it",
            )),
        }
    }

    /// Answers the oldest question that waits.
    fn answer(&mut self, answer: &str) -> Result<(), Wrong> {
        while let Some(posed) = self.world.questions().get(self.answered).cloned() {
            self.answered += 1;
            let run = self.world.engine().on_its_way(posed.run);
            if let Some(asked) = run.and_then(|run| run.question(posed.thread)) {
                if asked.meant(answer).is_none() {
                    return Err(wrong(
                        format!("“{}” cannot be answered so", asked.question),
                        format!("one of {}", asked.choices.join(", ")),
                    ));
                }
                self.world.with_engine(|engine, house, now| {
                    (
                        (),
                        engine.replied(
                            posed.run,
                            posed.thread,
                            (answer, &Who::Operator),
                            house,
                            now,
                        ),
                    )
                });
                return Ok(());
            }
        }
        Err(wrong(
            "nobody was asked anything that waits",
            "a question before its answer",
        ))
    }

    fn history(
        &mut self,
        device: &str,
        path: Path,
        asked: Recorded,
        answer: f64,
    ) -> Result<(), Wrong> {
        let twin = self.device(device)?;
        let path = crate::engine::offered(&twin, path)
            .ok_or_else(|| wrong(format!("{device} has no {path}"), see::offers(&twin)))?;
        let asked = match asked {
            Recorded::Usual => Asked::Usual,
            Recorded::Over(statistic, span) => Asked::Statistic(statistic as u8, span.0),
        };
        let question = Question {
            device: twin.device.id,
            path: path.to_string(),
            asked,
        };
        self.world.answers.insert(question, answer);
        Ok(())
    }

    /// The house goes down and comes up again: what a database keeps is all that is left.
    fn restart(&mut self, seconds: i64) {
        let snapshot = self.world.house().snapshot().clone();
        let runs: Vec<_> = self
            .world
            .engine()
            .runs()
            .map(serde_json::to_value)
            .collect();
        let runs: Vec<Run> = runs
            .into_iter()
            .filter_map(|json| serde_json::from_value(json.ok()?).ok())
            .collect();
        let (setting, scenes) = (self.setting.clone(), self.scenes.clone());
        let documents: Vec<_> = self.documents.values().cloned().collect();
        let at = self.world.now() + SignedDuration::from_secs(seconds);
        self.world.restart(at, |now| {
            let (house, start) = House::restore(base::kept(&snapshot), Limits::default(), now);
            let mut engine = Engine::new(setting);
            for scene in scenes {
                engine.put_scene(scene);
            }
            for (document, version) in documents {
                engine.put(document, version, house.snapshot(), now);
            }
            (house, engine, start.events)
        });
        self.world
            .with_engine(|engine, house, now| ((), engine.resume(runs, house, now)));
        // Their drivers find the devices again; what they were like is stale until they say so.
        for twin in snapshot.devices.values() {
            let connectivity = twin.connectivity;
            self.report(twin, |native_id| ReportBody::Connectivity {
                native_id,
                connectivity,
                reason: None,
            });
        }
    }
}
