//! A house of twins that nobody lives in: a scenario or rule runs in it, in simulated time, before it
//! touches the real one. The same door judges, the same engine runs; devices do at once what they are
//! told.

mod energy;
mod past;

pub use energy::{Draw, Energy};
pub use past::{Happened, Past};

use crate::engine::{Effect, Engine, Outcome, Question, Run, RunState};
use jiff::SignedDuration;
use model::{
    Cause, DeviceId, Event, EventBody, Goal, Grant, Now, Order, Path, Reading, Report, ReportBody,
    Request, RequestBody, RequestId, RunId, Timestamp, Value, Who, WishState,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;
use twin::{Answer, House, Input};

/// How many things may follow from each other without time passing.
const CASCADE: usize = 10_000;

/// Two rules that set one property differently within this time fight over it.
const FIGHT: SignedDuration = SignedDuration::from_mins(10);

/// The most lines of a report.
const LINES: usize = 1_000;

/// When somebody set a property, who, and to what.
type Written = (Timestamp, String, Value);

/// A house of twins, with an engine of its own.
pub struct Rehearsal {
    house: House,
    engine: Engine,
    now: Now,
    /// What history would say; what is not in here it would not know.
    pub answers: HashMap<Question, f64>,
    /// How the household switched its lights, as history would say.
    pub habits: Vec<crate::Habit>,
    /// What devices draw while they are on, in watts, where that was measured.
    pub draws: HashMap<DeviceId, Draw>,
    meter: energy::Meter,
    unanswered: BTreeSet<Question>,
    events: VecDeque<Event>,
    effects: VecDeque<Effect>,
    report: Rehearsed,
    /// Who set which property to what, when: to see fights.
    writers: BTreeMap<(DeviceId, Path), Vec<Written>>,
    budget: usize,
    silent: Vec<String>,
    /// The runs of which it was told that they began.
    begun: BTreeSet<RunId>,
    questions: Vec<Posed>,
}

/// A question that a run asks a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posed {
    /// Which run.
    pub run: RunId,
    /// Which of its threads waits for the answer.
    pub thread: usize,
    /// Whom; nobody in particular where none is named.
    pub person: Option<String>,
    /// What.
    pub question: String,
}

/// What would happen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rehearsed {
    /// What would happen when, for people, in order.
    pub lines: Vec<(Timestamp, String)>,
    /// The runs that would end, in order.
    pub runs: Vec<Run>,
    /// What the house would refuse: what was asked, and the refusal in the door's own words.
    pub refusals: Vec<(Timestamp, String)>,
    /// Rules that would set each other off in a circle, or too often.
    pub loops: Vec<String>,
    /// Rules that would fight over a property.
    pub conflicts: Vec<String>,
    /// What people would be told or asked.
    pub messages: Vec<(Timestamp, String)>,
    /// The scenarios that others would set off, each once.
    pub sets_off: Vec<String>,
    /// What the devices that it switches would take, where that is known.
    pub energy: Option<Energy>,
    /// Lines and runs that found no room here.
    pub untold: usize,
    /// It was ended early: too much followed from each other without time passing.
    pub cut: bool,
}

impl Rehearsal {
    /// A rehearsal in a copy of a house.
    #[must_use]
    pub fn new(house: House, engine: Engine, at: Timestamp) -> Self {
        Self {
            house,
            engine,
            now: Now::new(at, Duration::ZERO),
            answers: HashMap::new(),
            habits: Vec::new(),
            draws: HashMap::new(),
            meter: energy::Meter::default(),
            unanswered: BTreeSet::new(),
            events: VecDeque::new(),
            effects: VecDeque::new(),
            report: Rehearsed::default(),
            writers: BTreeMap::new(),
            budget: CASCADE,
            silent: Vec::new(),
            begun: BTreeSet::new(),
            questions: Vec::new(),
        }
    }

    /// The house as it is in the rehearsal.
    #[must_use]
    pub const fn house(&self) -> &House {
        &self.house
    }

    /// The engine as it is in the rehearsal.
    pub const fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// What history was asked and was not in [`Rehearsal::answers`].
    pub fn unanswered(&self) -> impl Iterator<Item = &Question> {
        self.unanswered.iter()
    }

    /// The moment that it is.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now.house
    }

    /// A device that takes orders and does nothing.
    pub fn silence(&mut self, native_id: &str) {
        self.silent.push(native_id.to_owned());
    }

    /// It does again what it is told.
    pub fn let_speak(&mut self, native_id: &str) {
        self.silent.retain(|silent| silent != native_id);
    }

    /// What people were asked, the oldest first; those that were answered as well.
    #[must_use]
    pub fn questions(&self) -> &[Posed] {
        &self.questions
    }

    /// The house goes down; at `at` another stands in its place, with what followed from its start.
    pub fn restart(
        &mut self,
        at: Timestamp,
        begin: impl FnOnce(Now) -> (House, Engine, Vec<Event>),
    ) {
        self.events.clear();
        self.effects.clear();
        self.go_to(at);
        let (house, engine, events) = begin(self.now);
        self.house = house;
        self.engine = engine;
        self.events.extend(events);
    }

    /// Rules that fought over a property so far.
    #[must_use]
    pub fn conflicts(&self) -> Vec<String> {
        self.fights()
    }

    /// Lets something come in by the house's door.
    pub fn input(&mut self, input: Input) -> Option<Result<Answer, twin::Refusal>> {
        self.budget = CASCADE;
        let answer = self.apply(input);
        self.cascade();
        answer
    }

    /// Lets the engine do something, such as run a scenario.
    pub fn with_engine<T>(
        &mut self,
        act: impl FnOnce(&mut Engine, &twin::Snapshot, Now) -> (T, Vec<Effect>),
    ) -> T {
        self.budget = CASCADE;
        let (result, effects) = act(&mut self.engine, self.house.snapshot(), self.now);
        self.effects.extend(effects);
        self.cascade();
        result
    }

    /// Lets time pass until `at`, unless it has passed already.
    pub(crate) fn pass_to(&mut self, at: Timestamp) {
        if at > self.now.house {
            self.pass(at);
        }
    }

    /// What happened so far was only to set the stage.
    pub(crate) fn forget_what_happened(&mut self) {
        self.report = Rehearsed::default();
        self.writers.clear();
        self.meter = energy::Meter::default();
        self.house.forget_starts();
        self.engine.begin_anew(self.house.snapshot(), self.now);
    }

    /// Lets time pass until nothing runs any more, at most until `limit`.
    pub fn until_quiet(&mut self, limit: Timestamp) {
        while self.engine.runs().next().is_some() && self.now.house < limit && !self.report.cut {
            let next = self.next_due().unwrap_or(limit).min(limit);
            // What waits for a device's patience to end waits for no time of the engine's.
            self.pass(
                next.max(self.now.house + SignedDuration::from_secs(1))
                    .min(limit),
            );
        }
    }

    /// Lets time pass until `until`; everything that is due on the way happens when it is due.
    pub fn pass(&mut self, until: Timestamp) {
        while let Some(due) = self.next_due().filter(|due| *due <= until) {
            self.go_to(due);
            self.budget = CASCADE;
            self.apply(Input::Tick);
            let effects = self.engine.tick(self.house.snapshot(), self.now);
            self.effects.extend(effects);
            self.cascade();
            if self.report.cut {
                break;
            }
            // What is due and does not go away must not hold up time.
            if self.next_due().is_some_and(|next| next <= due) {
                self.go_to(due + SignedDuration::from_millis(100));
            }
        }
        self.go_to(until);
        self.budget = CASCADE;
        self.apply(Input::Tick);
        let effects = self.engine.tick(self.house.snapshot(), self.now);
        self.effects.extend(effects);
        self.cascade();
    }

    /// What happened.
    #[must_use]
    pub fn finish(mut self) -> Rehearsed {
        self.report.conflicts = self.fights();
        self.report.energy = self
            .meter
            .finish(&self.draws, self.house.snapshot(), self.now.house);
        self.report
    }

    /// What happened so far.
    #[must_use]
    pub const fn report(&self) -> &Rehearsed {
        &self.report
    }

    /// When something is due next: a time of the engine's, or the end of the patience with a device.
    fn next_due(&self) -> Option<Timestamp> {
        let patience = self.house.next_deadline().and_then(|deadline| {
            let left = deadline.saturating_sub(self.now.steady);
            self.now.house.checked_add(left).ok()
        });
        self.engine.due().into_iter().chain(patience).min()
    }

    fn go_to(&mut self, at: Timestamp) {
        if at > self.now.house {
            let passed = at.duration_since(self.now.house).unsigned_abs();
            self.now = Now::new(at, self.now.steady + passed);
        }
    }

    fn apply(&mut self, input: Input) -> Option<Result<Answer, twin::Refusal>> {
        let effects = self.house.apply(input, self.now);
        self.events.extend(effects.events);
        for (driver, order) in effects.orders {
            self.echo(&driver, order);
        }
        effects.answer.map(|(_, answer)| answer)
    }

    /// Devices do at once what they are told.
    fn echo(&mut self, driver: &str, order: Order) {
        let Order::Command(command) = order else {
            return;
        };
        if self.silent.contains(&command.native_id) {
            return;
        }
        let mut bodies = vec![ReportBody::Delivered { wish: command.wish }];
        if let Goal::Target { values } = &command.goal
            && let Some(capability) = model::Capability::find(&command.capability)
        {
            let readings = values
                .iter()
                .filter_map(|(name, value)| {
                    let property = capability.property(name)?;
                    let path = Path {
                        endpoint: command.endpoint,
                        capability,
                        property,
                    };
                    Some(Reading::new(path, value.clone()))
                })
                .collect();
            bodies.push(ReportBody::Values {
                native_id: command.native_id.clone(),
                readings,
            });
        }
        for body in bodies {
            let driver = driver.to_owned();
            self.apply(Input::Report(Report { driver, body }));
        }
    }

    /// Follows everything to its end, as far as no time passes.
    fn cascade(&mut self) {
        loop {
            if self.budget == 0 {
                self.report.cut = true;
                self.events.clear();
                self.effects.clear();
                return;
            }
            self.budget -= 1;
            if let Some(event) = self.events.pop_front() {
                self.note(&event);
                let effects = self.engine.on(&event, self.house.snapshot(), self.now);
                self.effects.extend(effects);
            } else if let Some(effect) = self.effects.pop_front() {
                self.perform(effect);
            } else {
                return;
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Request {
                run,
                place,
                request,
            } => {
                if let Some(begun) = self.engine.on_its_way(run).cloned() {
                    self.begins(&begun);
                }
                let answer = self.apply(Input::Request(request));
                let answer = match answer {
                    Some(Ok(Answer::Wish(wish))) => Ok(wish),
                    Some(Ok(_)) | None => return,
                    Some(Err(refusal)) => Err(refusal.message),
                };
                if let Err(reason) = &answer {
                    self.say_refused(reason.clone());
                }
                let answer = answer.as_deref().map_err(Clone::clone);
                let effects =
                    self.engine
                        .answered(run, place, answer, self.house.snapshot(), self.now);
                self.effects.extend(effects);
            }
            Effect::Look(question) => {
                let answer = self.answers.get(&question).copied();
                if answer.is_none() {
                    self.unanswered.insert(question.clone());
                }
                let effects = self
                    .engine
                    .found(question, answer, self.house.snapshot(), self.now);
                self.effects.extend(effects);
            }
            Effect::Recall { run, .. } => {
                let habits = std::mem::take(&mut self.habits);
                let effects = self
                    .engine
                    .recalled(run, &habits, self.house.snapshot(), self.now);
                self.habits = habits;
                self.effects.extend(effects);
            }
            Effect::Notify { run, notice } => {
                self.say(notice.message.clone());
                self.line(format!("people are told: {}", notice.message));
                let note = EventBody::Notified {
                    run,
                    title: notice.title,
                    message: notice.message,
                    urgent: notice.urgent,
                };
                self.tell(self.cause_of(run), note);
            }
            Effect::Ask {
                run,
                thread,
                person,
                question,
                choices,
                until,
            } => {
                self.say(question.clone());
                self.line(format!("a person is asked: {question}"));
                if self.questions.len() < LINES {
                    self.questions.push(Posed {
                        run,
                        thread,
                        person: person.clone(),
                        question: question.clone(),
                    });
                }
                let note = EventBody::Asked {
                    run,
                    thread: u32::try_from(thread).unwrap_or(0),
                    person,
                    question,
                    choices,
                    until,
                };
                self.tell(self.cause_of(run), note);
            }
            Effect::Ails => {}
            // The report looks for fights itself, over all of it.
            Effect::Conflict { .. } => {}
            Effect::Ran(run) => self.ran(*run),
            Effect::HeldBack { scenario, reason } => {
                let words = format!("{scenario} is held back: {reason}");
                if !self.report.loops.contains(&words) && self.report.loops.len() < LINES {
                    self.report.loops.push(words.clone());
                }
                self.line(words);
                let rule = self.engine.rule(&scenario);
                let note = EventBody::ScenarioChanged {
                    name: rule
                        .map(|rule| rule.document.name.clone())
                        .unwrap_or_default(),
                    scenario: scenario.to_string(),
                    what: format!("it is held back: {reason}"),
                };
                self.tell(Cause::first(Who::House), note);
            }
        }
    }

    fn ran(&mut self, run: Run) {
        if run.state != RunState::Skipped {
            self.begins(&run);
        }
        if run.state.is_over() {
            self.begun.remove(&run.id);
            if run.state != RunState::Skipped {
                let note = run.note.clone().unwrap_or_default();
                self.line(format!(
                    "{} ended ({}): {note}",
                    run.name,
                    run.state.as_str()
                ));
                let body = EventBody::RunEnded {
                    run: run.id,
                    scenario: run.scenario.clone(),
                    name: run.name.clone(),
                    state: run.state.as_str().to_owned(),
                    note,
                };
                self.tell(run.cause.clone(), body);
            }
            if self.report.runs.len() < LINES {
                self.report.runs.push(run);
            } else {
                self.report.untold += 1;
            }
        }
    }

    /// Tells once that a run begins, and who set it off.
    fn begins(&mut self, run: &Run) {
        if !self.begun.insert(run.id) {
            return;
        }
        if !run.chain.is_empty() && !self.report.sets_off.contains(&run.scenario) {
            self.report.sets_off.push(run.scenario.clone());
        }
        self.line(format!("{} runs: {}", run.name, run.trigger));
    }

    /// Says something to everyone by the door, as the running house does: a rule may listen for that.
    fn tell(&mut self, cause: Cause, note: EventBody) {
        let note = Box::new(note);
        let mut request = Request::new(Grant::house(), RequestBody::Tell { note });
        request.cause = cause;
        self.apply(Input::Request(Box::new(request)));
    }

    /// The cause of what a run says.
    fn cause_of(&self, run: RunId) -> Cause {
        let cause = self.engine.cause_of(run);
        cause.unwrap_or_else(|| Cause::first(Who::House))
    }

    fn say(&mut self, message: String) {
        if self.report.messages.len() < LINES {
            self.report.messages.push((self.now.house, message));
        } else {
            self.report.cut = true;
        }
    }

    fn say_refused(&mut self, reason: String) {
        if self.report.refusals.len() < LINES {
            self.report.refusals.push((self.now.house, reason.clone()));
        }
        self.line(format!("refused: {reason}"));
    }

    /// Notes what an event changes.
    fn note(&mut self, event: &Event) {
        match &event.body {
            EventBody::PropertyChanged {
                device, path, new, ..
            } => self.meter.note(*device, *path, new.as_ref(), event.at),
            EventBody::WishMade { wish } => {
                if let Goal::Action { .. } = &wish.goal {
                    let name = self.name(wish.device);
                    return self.line(format!("{name}: {} ({})", wish.command, wish.cause.who));
                }
                let Goal::Target { values } = &wish.goal else {
                    return;
                };
                let name = self.name(wish.device);
                for (property, value) in values {
                    let capability = model::Capability::find(&wish.capability);
                    let known = capability.and_then(|it| it.property(property));
                    if let (Some(capability), Some(property)) = (capability, known) {
                        let path = Path {
                            endpoint: wish.endpoint,
                            capability,
                            property,
                        };
                        let writers = self.writers.entry((wish.device, path)).or_default();
                        if writers.len() < LINES {
                            let who = wish.cause.who.to_string();
                            writers.push((self.now.house, who, value.clone()));
                        }
                        self.line(format!(
                            "{name}: {} shall be {value} ({})",
                            property.title, wish.cause.who
                        ));
                    }
                }
            }
            EventBody::WishEnded { wish } if wish.state == WishState::TimedOut => {
                let name = self.name(wish.device);
                self.line(format!("{name} does not do it in time"));
            }
            EventBody::ModeChanged { new, .. } => {
                self.line(format!("the house's mode becomes {new}"))
            }
            _ => {}
        }
    }

    fn name(&self, device: DeviceId) -> String {
        let twin = self.house.snapshot().devices.get(&device);
        twin.map_or_else(|| "a device".to_owned(), |twin| twin.device.name.clone())
    }

    fn line(&mut self, text: String) {
        if self.report.lines.len() < LINES {
            self.report.lines.push((self.now.house, text));
        } else {
            self.report.untold += 1;
        }
    }

    /// Who fights over what.
    fn fights(&self) -> Vec<String> {
        let mut fights = Vec::new();
        for ((device, path), writers) in &self.writers {
            let fight = writers.windows(2).find(|pair| {
                let [(before, one, was), (after, other, is)] = pair else {
                    return false;
                };
                one != other && was != is && after.duration_since(*before) <= FIGHT
            });
            if let Some([(_, one, was), (_, other, is)]) = fight {
                let name = self.name(*device);
                let what = path.property.title;
                fights.push(format!(
                    "{one} sets {what} of {name} to {was}, {other} to {is}"
                ));
            }
        }
        fights
    }
}

impl Rehearsed {
    /// Whether anything would be changed.
    #[must_use]
    pub fn does_something(&self) -> bool {
        let mut requests = self
            .runs
            .iter()
            .flat_map(|run| &run.trace)
            .flat_map(|entry| &entry.requests);
        requests.any(|sent| matches!(sent.outcome, Outcome::Reached | Outcome::Pending))
    }
}

/// A request id for what is asked in a rehearsal.
#[must_use]
pub fn request_id() -> RequestId {
    RequestId::new()
}
