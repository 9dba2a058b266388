//! What is done later, for a while, or whenever something happens: as scenarios of the house.

use super::answer::{Action, Answer, Outcome, Undo};
use super::doing::op_word;
use super::{Turn, Wires, words};
use crate::act::{Act, Op};
use crate::time::{Moment, SunLight, When};
use crate::understand::{Deed, Dialogue, Pending, Rule, Trigger};
use automation::document::{
    self, Clock, Comparison, Condition, Daily, Document, Given, Mode, OnRestart, ScenarioSlug,
    Span, Step, SunEvent, Target, TriggerKind, read_value, to_json,
};
use automation::rehearsal::Wanted;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use model::{Cause, DeviceId, Right, Value};
use std::collections::BTreeMap;

/// What begins the slug of a scenario that runs once and is gone then.
const ONCE: &str = "once-";

/// The most scenarios of that kind at a time.
const MOST: usize = 50;

/// Whether a scenario runs only once and is gone then.
pub(super) fn is_once(document: &Document) -> bool {
    document.slug.as_str().starts_with(ONCE)
}

/// Removes those that have run.
pub(super) async fn tidy(wires: &Wires) {
    let view = wires.automation.view();
    for listed in view
        .scenarios
        .iter()
        .filter(|listed| is_once(&listed.document))
    {
        let slug = listed.document.slug.as_str();
        let runs = view.runs.iter().any(|run| run.scenario.as_str() == slug);
        if listed.last_run.is_some() && !runs {
            // One that is gone already is gone.
            drop(
                wires
                    .automation
                    .remove(
                        listed.document.slug.clone(),
                        Cause::first(model::Who::House),
                    )
                    .await,
            );
        }
    }
}

/// Why something cannot be a scenario.
enum No {
    Critical(String),
    Nothing,
}

impl Turn<'_> {
    /// The steps that deeds come to.
    fn steps(&self, deeds: &[Deed]) -> Result<Vec<Step>, No> {
        let mut steps: Vec<(Act, Vec<DeviceId>)> = Vec::new();
        let mut all: Vec<Step> = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Devices { op, things, .. } => {
                    for id in things {
                        for act in self.plan(op, *id).unwrap_or_default() {
                            if act.is_critical() {
                                return Err(No::Critical(self.name(*id)));
                            }
                            match steps.iter_mut().find(|(known, _)| {
                                (known.capability, known.command, &known.args)
                                    == (act.capability, act.command, &act.args)
                            }) {
                                Some((_, things)) => things.push(*id),
                                None => steps.push((act, vec![*id])),
                            }
                        }
                    }
                }
                Deed::Run { scenario, .. } => {
                    let arguments = self.arguments(deed).into_iter();
                    let arguments = arguments
                        .map(|(name, value)| (name, Given::Value(value)))
                        .collect();
                    all.push(plain(document::Act::Scenario {
                        scenario: scenario.clone(),
                        arguments,
                    }));
                }
                Deed::Scene { scene } => all.push(plain(document::Act::Scene(scene.clone()))),
                Deed::Mode(mode) => all.push(plain(document::Act::Mode(mode.clone()))),
                Deed::End { .. } => {}
            }
        }
        let devices = steps.into_iter().filter_map(|(act, things)| {
            let capability = model::Capability::find(act.capability)?;
            let slugs = things
                .iter()
                .filter_map(|id| self.snapshot.devices.get(id))
                .map(|twin| twin.device.slug.as_str().to_owned());
            Some(plain(document::Act::Command {
                target: Target {
                    devices: slugs.collect(),
                    ..Target::default()
                },
                capability,
                command: act.command.to_owned(),
                args: act
                    .args
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), Given::Value(value.clone())))
                    .collect(),
            }))
        });
        let mut steps: Vec<Step> = devices.collect();
        steps.extend(all);
        if steps.is_empty() {
            Err(No::Nothing)
        } else {
            Ok(steps)
        }
    }

    /// What brings things back to how they are.
    fn back(&self, deeds: &[Deed]) -> Vec<Deed> {
        let mut back = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Devices { op, things, named } => {
                    let other = match op {
                        Op::On => Some(Op::Off),
                        Op::Off => Some(Op::On),
                        Op::Open | Op::Water => Some(Op::Close),
                        Op::Close => Some(Op::Open),
                        Op::Mute => Some(Op::Unmute),
                        Op::Play => Some(Op::Pause),
                        Op::Pause => Some(Op::Play),
                        Op::Start | Op::Charge => Some(Op::End),
                        Op::Unlock => Some(Op::Lock),
                        _ => None,
                    };
                    match other {
                        Some(op) => back.push(Deed::Devices {
                            op,
                            things: things.clone(),
                            named: *named,
                        }),
                        None => {
                            for id in things {
                                back.extend(self.as_it_is(op, *id));
                            }
                        }
                    }
                }
                Deed::Run { .. } | Deed::Mode(_) => {
                    back.push(Deed::Mode(self.snapshot.mode.to_string()))
                }
                Deed::Scene { .. } | Deed::End { .. } => {}
            }
        }
        back
    }

    /// The value that a device has now, as a wish.
    fn as_it_is(&self, op: &Op, id: DeviceId) -> Option<Deed> {
        let (thing, twin) = self.thing(id)?;
        let act = self.plan(op, id).ok()?.into_iter().next()?;
        let capability = model::Capability::find(act.capability)?;
        let (argument, _) = act.args.first()?;
        let property = capability
            .command(act.command)
            .and_then(|command| command.arguments.iter().find(|one| one.name == *argument))
            .map_or(*argument, |one| one.property);
        let instance = thing
            .device
            .capabilities
            .iter()
            .find(|it| it.capability.name == act.capability)?;
        let op = match twin.value(instance.path(property)?)? {
            Value::Number(number) => match op {
                Op::Set(attr, amount) => Op::Set(
                    *attr,
                    crate::act::Amount {
                        value: *number,
                        ..*amount
                    },
                ),
                Op::Step(attr, ..) => Op::Set(
                    *attr,
                    crate::act::Amount {
                        value: *number,
                        unit: crate::act::Measure::Plain,
                    },
                ),
                _ => return None,
            },
            Value::Text(word) => Op::Choice(word.clone()),
            Value::Bool(_) => return None,
        };
        Some(Deed::Devices {
            op,
            things: vec![id],
            named: true,
        })
    }

    /// The moment that is meant, from now on.
    pub(super) fn at(&self, moment: &Moment) -> Option<Timestamp> {
        let now = self.now.to_zoned_datetime(self.wires.zone.clone());
        let mut date = now.date();
        if let Some(day) = moment.day.filter(|day| *day != i32::MIN) {
            date = date.checked_add(i64::from(day).days()).ok()?;
        }
        if let Some(weekday) = moment.weekday {
            for _ in 0..7 {
                if date.weekday() == weekday && (date != now.date() || moment.day.is_some()) {
                    break;
                }
                date = date.tomorrow().ok()?;
            }
        }
        let fixed = moment.day.is_some() || moment.weekday.is_some();
        if let Some((light, offset)) = moment.sun {
            let event = match light {
                SunLight::Rise => SunEvent::Sunrise,
                SunLight::Set => SunEvent::Sunset,
            };
            for _ in 0..3 {
                let at = self.wires.household.location()?.sun(event, date)?
                    + SignedDuration::from_secs(offset);
                if at > self.now {
                    return Some(at);
                }
                date = date.tomorrow().ok()?;
            }
            return None;
        }
        let clock = i64::from(moment.clock.unwrap_or(8 * 3_600));
        let on = |date: jiff::civil::Date, seconds: i64| -> Option<Timestamp> {
            let time = jiff::civil::Time::midnight()
                .checked_add(SignedDuration::from_secs(seconds))
                .ok()?;
            date.to_datetime(time)
                .to_zoned_datetime(self.wires.zone.clone())
                .ok()
                .map(|moment| moment.timestamp())
        };
        let mut candidates = vec![on(date, clock)?];
        // “At seven” is the next seven o'clock.
        if moment.either_half && clock < 12 * 3_600 && (!fixed || moment.day == Some(0)) {
            candidates.push(on(date, clock + 12 * 3_600)?);
        }
        if !fixed {
            candidates.push(on(date.tomorrow().ok()?, clock)?);
        }
        candidates.into_iter().find(|at| *at > self.now)
    }

    /// Something that is done later, for a while, or again and again.
    pub(super) async fn later(&self, deeds: &[Deed], when: &When, next: &mut Dialogue) -> Answer {
        if let Some(days) = when.every {
            let Some(moment) = when.at else {
                return Answer::of("clarify", "At what time?").asking("what", Vec::new());
            };
            let rule = Rule {
                trigger: Trigger::Time(moment, Some(days)),
                condition: None,
                deeds: deeds.to_vec(),
                lasting: when.lasting,
            };
            return self.rule(&rule, next).await;
        }
        let begin = match (when.after, when.at) {
            (Some(seconds), _) => Some(self.now + SignedDuration::from_secs(seconds)),
            (None, Some(moment)) => match self.at(&moment) {
                Some(at) => Some(at),
                None => {
                    return Answer::of(
                        "command.timed",
                        "I don't know when that is: that time is over, or I don't know where the house stands.",
                    );
                }
            },
            (None, None) => None,
        };
        let end = match (when.lasting, when.until) {
            (Some(seconds), _) => {
                Some(begin.unwrap_or(self.now) + SignedDuration::from_secs(seconds))
            }
            (None, Some(moment)) => self.at(&moment),
            (None, None) => None,
        };
        let first = match self.steps(deeds) {
            Ok(steps) => steps,
            Err(No::Critical(name)) => return self.never_alone(&name),
            Err(No::Nothing) => return Answer::of("command.timed", "I cannot do that at a time."),
        };
        let mut steps: Vec<Step> = Vec::new();
        let wait = |until: Timestamp, from: Timestamp| {
            plain(document::Act::Wait(Span(
                until.duration_since(from).as_secs().max(1),
            )))
        };
        if let Some(begin) = begin {
            steps.push(wait(begin, self.now));
            steps.extend(first);
        }
        let mut now_too = Vec::new();
        let mut after = "undo it".to_owned();
        if let Some(end) = end {
            let opposite = self.back(deeds);
            // What a scenario set is not set back; what is done then is said.
            if deeds
                .iter()
                .any(|deed| !matches!(deed, Deed::Devices { .. }))
            {
                let words: Vec<String> =
                    opposite.iter().map(|deed| self.deed_words(deed)).collect();
                after = words::listed(&words, 4);
            }
            let back = match self.steps(&opposite) {
                Ok(back) => back,
                Err(No::Critical(name)) => return self.never_alone(&name),
                Err(No::Nothing) => {
                    return Answer::of(
                        "command.timed",
                        "I don't know what to do when that time is over.",
                    );
                }
            };
            if begin.is_none() {
                now_too = deeds.to_vec();
            }
            steps.push(wait(end, begin.unwrap_or(self.now)));
            steps.extend(back);
        }
        let what = words::listed(
            &deeds
                .iter()
                .map(|deed| self.deed_words(deed))
                .collect::<Vec<_>>(),
            4,
        );
        let text = match (begin, end) {
            (Some(begin), Some(end)) => format!(
                "I will {what} {} and {after} {}.",
                words::moment(begin, self.now, &self.wires.zone),
                words::moment(end, self.now, &self.wires.zone)
            ),
            (Some(begin), None) => format!(
                "I will {what} {}.",
                words::moment(begin, self.now, &self.wires.zone)
            ),
            (None, Some(end)) => format!(
                "I will {after} {}.",
                words::moment(end, self.now, &self.wires.zone)
            ),
            (None, None) => return self.deeds(deeds, false).await,
        };
        let mut answer = if now_too.is_empty() {
            Answer::of("command.timed", String::new())
        } else {
            self.deeds(&now_too, false).await
        };
        answer.intent.name = "command.timed".into();
        let mut answer = self.describe(deeds, answer);
        let slug = format!("{ONCE}{}", model::RunId::new().to_string().replace('-', ""));
        let document = Document {
            name: words::sentence(&if begin.is_some() {
                what.clone()
            } else {
                let end = end.map(|end| words::moment(end, self.now, &self.wires.zone));
                let end = end.unwrap_or_default();
                format!("{what}, until {}", end.trim_start_matches("at "))
            })
            .trim_end_matches('.')
            .chars()
            .take(100)
            .collect(),
            slug: ScenarioSlug::parse(&slug[..slug.len().min(64)])
                .unwrap_or_else(|| ScenarioSlug::from_name("once")),
            description: "Said in conversation; it runs once and is gone then.".into(),
            enabled: true,
            area: None,
            mode: Mode::Skip,
            on_restart: OnRestart::Resume,
            saves_energy: false,
            parameters: Vec::new(),
            when: Vec::new(),
            condition: Condition::Always,
            then: steps,
        };
        let mut action = Action {
            device: None,
            name: document.name.clone(),
            slug: document.slug.as_str().to_owned(),
            endpoint: None,
            capability: "Scenario".into(),
            command: "schedule".into(),
            args: begin
                .or(end)
                .map(|at| ("at".to_owned(), Value::Text(at.to_string())))
                .into_iter()
                .collect(),
            outcome: Outcome::Planned,
            ..Action::default()
        };
        // What will be done is told as actions, too: each by its device.
        if begin.is_some() {
            for deed in deeds {
                if let Deed::Devices { op, things, .. } = deed {
                    for id in things {
                        for act in self.plan(op, *id).unwrap_or_default() {
                            answer.actions.push(self.scheduled(*id, &act));
                        }
                    }
                }
            }
        }
        if self.dry_run {
            answer.response = words::sentence(&format!("{} {text}", answer.response));
            answer.actions.push(action);
            return answer;
        }
        match self.once(document).await {
            Ok(run) => {
                action.run = Some(run);
                action.outcome = Outcome::Scheduled;
                action.undo = Some(Undo::Remove);
                answer.response =
                    self.with_repairs(&words::sentence(&format!("{} {text}", answer.response)));
            }
            Err(note) => {
                action.outcome = Outcome::Refused;
                answer.response = words::sentence(&format!(
                    "{} I could not plan that: {note}",
                    answer.response
                ));
                for planned in answer
                    .actions
                    .iter_mut()
                    .filter(|planned| planned.outcome == Outcome::Scheduled)
                {
                    planned.outcome = Outcome::Refused;
                }
                action.note = Some(note);
            }
        }
        answer.actions.push(action);
        answer
    }

    fn scheduled(&self, id: DeviceId, act: &Act) -> Action {
        let device = self.snapshot.devices.get(&id).map(|twin| &twin.device);
        Action {
            device: Some(id),
            name: device.map(|device| device.name.clone()).unwrap_or_default(),
            slug: device
                .map(|device| device.slug.as_str().to_owned())
                .unwrap_or_default(),
            endpoint: act.endpoint,
            capability: act.capability.to_owned(),
            command: act.command.to_owned(),
            args: act
                .args
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            outcome: if self.dry_run {
                Outcome::Planned
            } else {
                Outcome::Scheduled
            },
            ..Action::default()
        }
    }

    fn never_alone(&self, name: &str) -> Answer {
        Answer::of(
            "command.timed",
            format!(
                "I don't do that by myself: {name} guards something, so a person has to say it at the time."
            ),
        )
    }

    /// Keeps a scenario and runs it at once.
    async fn once(&self, document: Document) -> Result<model::RunId, String> {
        if !self.grant.covers(Right::Control, None) {
            return Err(format!("{} may not do that", self.grant.who));
        }
        let waiting = self
            .wires
            .automation
            .view()
            .scenarios
            .iter()
            .filter(|listed| is_once(&listed.document))
            .count();
        if waiting >= MOST {
            return Err(format!("{MOST} things wait for their time already"));
        }
        let slug = document.slug.clone();
        let cause = Cause::first(self.grant.who.clone());
        self.wires
            .automation
            .put(document, None, cause.clone())
            .await
            .map_err(|error| error.to_string())?;
        match self
            .wires
            .automation
            .run(slug, BTreeMap::new(), cause)
            .await
        {
            Some(Ok(run)) => Ok(run),
            Some(Err(error)) => Err(error.to_string()),
            None => Err("the house is shutting down".into()),
        }
    }

    /// Brings a scene back.
    pub(super) async fn scene(&self, scene: &str) -> Result<(), String> {
        let slug = format!("{ONCE}{}", model::RunId::new().to_string().replace('-', ""));
        let document = Document {
            name: format!("Scene {scene}"),
            slug: ScenarioSlug::parse(&slug[..slug.len().min(64)])
                .ok_or("it has no name that I can use")?,
            description: String::new(),
            enabled: true,
            area: None,
            mode: Mode::Skip,
            on_restart: OnRestart::End,
            saves_energy: false,
            parameters: Vec::new(),
            when: Vec::new(),
            condition: Condition::Always,
            then: vec![plain(document::Act::Scene(scene.to_owned()))],
        };
        self.once(document).await.map(|_| ())
    }

    fn scenario_name<'s>(&'s self, slug: &'s str) -> &'s str {
        let mut all = self.house.scenarios.iter();
        all.find(|named| named.slug == slug)
            .map_or(slug, |named| &named.name)
    }

    pub(super) fn deed_words(&self, deed: &Deed) -> String {
        match deed {
            Deed::Devices { op, things, .. } => {
                let acts: Vec<Act> = things
                    .iter()
                    .flat_map(|id| self.plan(op, *id).unwrap_or_default())
                    .collect();
                let names: Vec<String> = things.iter().map(|id| self.name(*id)).collect();
                words::todo(op, &acts).replace("{}", &words::listed(&names, 6))
            }
            Deed::Run { scenario, .. } => {
                let arguments: Vec<String> = self
                    .arguments(deed)
                    .into_iter()
                    .map(|(name, value)| format!("{} {value}", name.replace('_', " ")))
                    .collect();
                let with = if arguments.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", arguments.join(", "))
                };
                format!("run “{}”{with}", self.scenario_name(scenario))
            }
            Deed::End { scenario } => format!("stop “{}”", self.scenario_name(scenario)),
            Deed::Scene { scene } => format!("bring the scene “{scene}” back"),
            Deed::Mode(mode) => format!("put the house into the mode {mode}"),
        }
    }

    /// A rule: written, rehearsed, read back, and kept only after a yes.
    pub(super) async fn rule(&self, rule: &Rule, next: &mut Dialogue) -> Answer {
        let mut steps = match self.steps(&rule.deeds) {
            Ok(steps) => steps,
            Err(No::Critical(name)) => return self.never_alone(&name),
            Err(No::Nothing) => return Answer::of("rule", "I cannot make a rule of that."),
        };
        if let Some(seconds) = rule.lasting {
            match self.steps(&self.back(&rule.deeds)) {
                Ok(back) => {
                    steps.push(plain(document::Act::Wait(Span(seconds))));
                    steps.extend(back);
                }
                Err(_) => {
                    return Answer::of("rule", "I don't know what to do when that time is over.");
                }
            }
        }
        let (kind, hold) = match &rule.trigger {
            Trigger::Time(moment, days) => {
                let days = days.unwrap_or(Daily::ALL);
                let kind = match moment.sun {
                    Some((light, offset)) => TriggerKind::Sun {
                        event: light.into(),
                        offset: Span(offset),
                        days,
                    },
                    None => TriggerKind::Time {
                        at: Clock(moment.clock.unwrap_or(8 * 3_600)),
                        days,
                    },
                };
                (kind, 0)
            }
            Trigger::Event(kind, hold) => (kind.clone(), *hold),
            Trigger::Device {
                things,
                path,
                to,
                hold,
            } => {
                let target = Target {
                    devices: self.slugs(things),
                    ..Target::default()
                };
                (
                    TriggerKind::Property {
                        target,
                        path: *path,
                        to: Some(to.clone()),
                        from: None::<Comparison>,
                    },
                    *hold,
                )
            }
        };
        let mut document = Document {
            name: String::new(),
            slug: ScenarioSlug::from_name("rule"),
            description: self.message.chars().take(500).collect(),
            enabled: true,
            area: None,
            mode: Mode::Skip,
            on_restart: OnRestart::End,
            saves_energy: false,
            parameters: Vec::new(),
            when: vec![document::Trigger {
                kind,
                hold: Span(hold),
            }],
            condition: rule.condition.clone().unwrap_or(Condition::Always),
            then: steps,
        };
        let sentence = self.by_name(&automation::sentence::sentence(&document));
        document.name = words::cut(sentence.trim_end_matches('.'), 80);
        document.slug = self.free_slug(&document.name);
        let json = to_json(&document);
        // What cannot be read back cannot be kept.
        if let Err(faults) = read_value(&json) {
            let fault = faults.first().map(ToString::to_string).unwrap_or_default();
            return Answer::of("rule", format!("I cannot make a rule of that: {fault}."));
        }
        let wanted = Wanted {
            scenario: document.slug.clone(),
            document: Some(document),
            arguments: BTreeMap::new(),
            at: None,
            days: Some(7),
        };
        let mut rehearsed = String::new();
        if let Ok(report) = self.wires.automation.rehearse(wanted).await {
            let runs = report.rehearsed.runs.len();
            rehearsed = match runs {
                0 => " In the last seven days it would not have run.".to_owned(),
                1 => " In the last seven days it would have run once.".to_owned(),
                runs => format!(" In the last seven days it would have run {runs} times."),
            };
            if let Some((_, refusal)) = report.rehearsed.refusals.first() {
                rehearsed.push_str(&format!(" It would be refused: {refusal}."));
            }
            if let Some(conflict) = report.rehearsed.conflicts.first() {
                rehearsed.push_str(&format!(" {}", words::sentence(conflict)));
            }
        }
        let text = self.with_repairs(&format!(
            "I understood: {sentence}{rehearsed} Shall I keep this rule?"
        ));
        next.pending = Some(Pending::Rule(json.to_string()));
        let mut answer = Answer::of("rule", text)
            .slot("sentence", sentence)
            .slot("document", json)
            .asking("confirm", vec!["Yes".into(), "No".into()]);
        for deed in &rule.deeds {
            if let Deed::Devices { op, things, .. } = deed {
                for id in things {
                    for act in self.plan(op, *id).unwrap_or_default() {
                        let mut action = self.scheduled(*id, &act);
                        action.outcome = Outcome::Unconfirmed;
                        answer.actions.push(action);
                    }
                }
            }
        }
        let ops: Vec<String> = rule
            .deeds
            .iter()
            .filter_map(|deed| match deed {
                Deed::Devices { op, .. } => Some(op_word(op)),
                _ => None,
            })
            .collect();
        answer.slot("action", ops.join(", "))
    }

    /// A rule's sentence with the devices called as people call them.
    pub(super) fn by_name(&self, sentence: &str) -> String {
        let mut devices: Vec<_> = self
            .snapshot
            .devices
            .values()
            .map(|twin| {
                let slug = twin.device.slug.as_str().replace('_', " ");
                (format!("the {slug}"), twin.device.name.as_str())
            })
            .filter(|(slug, _)| sentence.contains(slug))
            .collect();
        // “the hall light” stands in “the hall light sensor”.
        devices.sort_by_key(|(slug, _)| std::cmp::Reverse(slug.len()));
        let mut text = sentence.to_owned();
        for (slug, name) in devices {
            let mut rest = std::mem::take(&mut text);
            while let Some(at) = rest.find(&slug) {
                let after = rest.split_off(at + slug.len());
                rest.truncate(at);
                text.push_str(&rest);
                let is_whole = !after.starts_with(|c: char| c.is_alphanumeric());
                text.push_str(if is_whole { name } else { &slug });
                rest = after;
            }
            text.push_str(&rest);
        }
        text
    }

    fn free_slug(&self, name: &str) -> ScenarioSlug {
        let view = self.wires.automation.view();
        let short: String = name.chars().take(50).collect();
        let wanted = ScenarioSlug::from_name(&short);
        let taken = |slug: &ScenarioSlug| {
            view.scenarios
                .iter()
                .any(|listed| listed.document.slug == *slug)
        };
        if !taken(&wanted) {
            return wanted;
        }
        (2..1_000)
            .map(|number| ScenarioSlug::from_name(&format!("{short} {number}")))
            .find(|slug| !taken(slug))
            .unwrap_or(wanted)
    }

    /// What would come of deeds, tried on the house's twins.
    pub(super) async fn rehearsed(&self, deeds: &[Deed]) -> Result<serde_json::Value, String> {
        let steps = match self.steps(deeds) {
            Ok(steps) => steps,
            Err(No::Critical(name)) => {
                return Err(format!(
                    "{name} guards something: only a person's yes does that"
                ));
            }
            Err(No::Nothing) => return Err("there is nothing to do".into()),
        };
        let document = Document {
            name: "Rehearsal".into(),
            slug: self.free_slug("rehearsal"),
            description: String::new(),
            enabled: true,
            area: None,
            mode: Mode::Skip,
            on_restart: OnRestart::End,
            saves_energy: false,
            parameters: Vec::new(),
            when: Vec::new(),
            condition: Condition::Always,
            then: steps,
        };
        let wanted = Wanted {
            scenario: document.slug.clone(),
            document: Some(document),
            arguments: BTreeMap::new(),
            at: None,
            days: None,
        };
        let report = self.wires.automation.rehearse(wanted).await;
        let rehearsed = report.map_err(|error| error.to_string())?.rehearsed;
        let texts = |lines: Vec<(Timestamp, String)>| -> Vec<String> {
            lines.into_iter().take(50).map(|(_, text)| text).collect()
        };
        Ok(serde_json::json!({
            "would": texts(rehearsed.lines), "refused": texts(rehearsed.refusals),
            "sets_off": rehearsed.sets_off, "conflicts": rehearsed.conflicts,
        }))
    }

    /// Keeps a rule after a yes.
    pub(super) async fn save_rule(&self, json: &str) -> Answer {
        if self.dry_run {
            return Answer::of("rule.save", "I would keep the rule.");
        }
        if !self.grant.covers(Right::ManageHouse, None) {
            return Answer::of(
                "rule.save",
                format!(
                    "{} may not make rules; ask the owner of the house.",
                    self.grant.who
                ),
            );
        }
        let document = serde_json::from_str(json)
            .ok()
            .and_then(|json| read_value(&json).ok());
        let Some(document) = document else {
            return Answer::of("rule.save", "The rule can no longer be read; say it again.");
        };
        let (slug, name) = (document.slug.as_str().to_owned(), document.name.clone());
        match self
            .wires
            .automation
            .put(document, None, Cause::first(self.grant.who.clone()))
            .await
        {
            Ok(_) => {
                let mut answer = Answer::of("rule.save", "I keep the rule. It is among the rules of the house, where you can change or switch it off.").slot("scenario", slug.clone());
                answer.actions.push(Action {
                    device: None,
                    name,
                    slug,
                    endpoint: None,
                    capability: "Scenario".into(),
                    command: "put".into(),
                    outcome: Outcome::Reached,
                    undo: Some(Undo::Remove),
                    ..Action::default()
                });
                answer
            }
            Err(error) => Answer::of("rule.save", format!("I could not keep the rule: {error}.")),
        }
    }
}

const fn plain(act: document::Act) -> Step {
    Step {
        delay: Span(0),
        act,
    }
}
