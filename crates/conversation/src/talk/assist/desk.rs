//! Where tools are used: each call goes through the same doors as what a person says.

use super::tools;
use super::trust::{self, Asker, Verdict};
use crate::act::{self, Amount, Measure, Op};
use crate::lang::{Attr, Noun, State, Way};
use crate::llm::Call;
use crate::talk::answer::{Action, Answer, Evidence, Outcome};
use crate::talk::{Turn, words};
use crate::text;
use crate::time::{Past, When};
use crate::understand::{
    Asked, Context, Deed, Dialogue, Meaning, Pending, Quantity, Question, understand,
};
use mind::memory::{Kind, Recall, Remember};
use model::DeviceId;
use serde_json::{Value as Json, json};

/// The longest result of a tool, in bytes.
const LONGEST: usize = 6_000;

/// How many devices one call may name.
const NAMES: usize = 25;

/// How many rows of evidence are carried along.
const ROWS: usize = 50;

/// Sentences that only ask something. Others may change what the house keeps or does, and are the person's.
const TELLING: &[&str] = &[
    "feeling",
    "pain",
    "worries",
    "leaving",
    "security",
    "learned",
    "alerts",
    "discovered",
    "happened",
    "clock",
    "date",
    "mode",
    "at_sunset",
    "will_last",
    "used",
    "insights",
    "saving",
    "wanted",
    "forecast",
    "recall",
];

/// What came of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// It, as JSON.
    pub json: Json,
    /// Whether it failed.
    pub failed: bool,
}

impl Output {
    pub(crate) fn of(json: Json) -> Self {
        Self {
            json,
            failed: false,
        }
    }

    pub(crate) fn fault(message: impl Into<String>) -> Self {
        Self {
            json: json!({ "error": message.into() }),
            failed: true,
        }
    }

    /// As text within its bound.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.json.to_string();
        if text.len() > LONGEST {
            let mut end = LONGEST;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push_str(" … cut: ask for less");
        }
        text
    }
}

/// What was done and found with tools within one turn.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) asker: Asker,
    /// What was done, with what became of it.
    pub(crate) actions: Vec<Action>,
    pub(crate) evidence: Vec<Evidence>,
    /// The house's own words for what it did.
    pub(crate) done: Vec<String>,
    /// What waits for the person's yes.
    pub(crate) waiting: Vec<Deed>,
    pub(crate) when: When,
    /// What is asked of the person, with answers to choose from.
    pub(crate) question: Option<(String, Vec<String>)>,
    /// What is known for what is said next.
    pub(crate) next: Dialogue,
}

type Arguments = serde_json::Map<String, Json>;

impl Desk {
    pub(crate) fn new(asker: Asker, next: Dialogue) -> Self {
        Self {
            asker,
            actions: Vec::new(),
            evidence: Vec::new(),
            done: Vec::new(),
            waiting: Vec::new(),
            when: When::default(),
            question: None,
            next,
        }
    }

    /// Keeps what an answer of the house's own engine brought.
    fn took(&mut self, answer: Answer) -> Json {
        let actions: Vec<Json> = answer.actions.iter().map(told).collect();
        if !answer.actions.is_empty() {
            self.done.push(answer.response.clone());
        }
        self.actions.extend(answer.actions);
        let room = ROWS.saturating_sub(self.evidence.len());
        self.evidence.extend(answer.evidence.into_iter().take(room));
        if actions.is_empty() {
            json!({ "answer": answer.response })
        } else {
            json!({ "answer": answer.response, "actions": actions })
        }
    }
}

fn told(action: &Action) -> Json {
    json!({ "name": action.name, "command": action.command, "outcome": action.outcome.as_str(), "note": action.note })
}

impl Turn<'_> {
    /// Uses a tool.
    pub(crate) async fn use_tool(&self, desk: &mut Desk, call: &Call) -> Output {
        let Some(tool) = tools::find(&call.name) else {
            let shown: String = call
                .name
                .chars()
                .filter(|c| !c.is_control())
                .take(60)
                .collect();
            return Output::fault(format!("there is no tool `{shown}`"));
        };
        if !self.grant.rights.has(tool.right) {
            return Output::fault(format!("{} may not do this", self.grant.who));
        }
        let Json::Object(arguments) = &call.arguments else {
            return Output::fault("the arguments are no JSON object");
        };
        let used = self.by_tool(desk, tool.name, arguments).await;
        used.unwrap_or_else(|fault| fault)
    }

    async fn by_tool(
        &self,
        desk: &mut Desk,
        tool: &str,
        given: &Arguments,
    ) -> Result<Output, Output> {
        match tool {
            "find" => self.find(given),
            "house" => Ok(Output::of(self.built())),
            "read" => self.read(desk, given),
            "history" => self.told_history(desk, given).await,
            "why" => self.told_why(desk, given).await,
            "condition" => {
                let about = text_of(given, "about")?;
                if !["feeling", "worries", "leaving", "security"].contains(&about) {
                    return Err(Output::fault(
                        "`about` is feeling, worries, leaving or security",
                    ));
                }
                let answer = self
                    .topic(about, None, &Dialogue::default(), &mut desk.next)
                    .await;
                Ok(Output::of(desk.took(answer)))
            }
            "scenarios" => Ok(Output::of(self.scenarios())),
            "switch" => {
                let op = match text_of(given, "to")? {
                    "on" => Op::On,
                    "off" => Op::Off,
                    "toggle" => Op::Toggle,
                    _ => return Err(Output::fault("`to` is on, off or toggle")),
                };
                self.wish_for(desk, op, given).await
            }
            "lock" => self.wish_for(desk, Op::Lock, given).await,
            "unlock" => self.wish_for(desk, Op::Unlock, given).await,
            "open" => self.wish_for(desk, Op::Open, given).await,
            "close" => self.wish_for(desk, Op::Close, given).await,
            "set" => {
                let (attr, unit) = settable(given)?;
                let value = number_of(given, "value")?;
                let amount = Amount { value, unit };
                self.wish_for(desk, Op::Set(Some(attr), amount), given)
                    .await
            }
            "change" => {
                let (attr, unit) = settable(given)?;
                let way = match text_of(given, "direction")? {
                    "up" => Way::Up,
                    "down" => Way::Down,
                    _ => return Err(Output::fault("`direction` is up or down")),
                };
                let step = match given.get("by") {
                    None | Some(Json::Null) => act::Step::Some,
                    Some(_) => act::Step::By(Amount {
                        value: number_of(given, "by")?,
                        unit,
                    }),
                };
                self.wish_for(desk, Op::Step(Some(attr), way, step), given)
                    .await
            }
            "run_scenario" => self.run_it(desk, given).await,
            "say" => self.said(desk, text_of(given, "sentence")?).await,
            "rehearse" => self.tried(text_of(given, "sentence")?).await,
            "recall" => self.recalled(text_of(given, "words")?).await,
            "remember" => self.kept(desk, given).await,
            "ask_person" => {
                let question = words::sentence(text_of(given, "question")?);
                desk.question = Some((question, list_of(given, "choices")?.unwrap_or_default()));
                Ok(Output::of(json!({ "status": "asked" })))
            }
            "edit_device" => self.edit_device(given).await,
            "add_area" => self.put_area(None, given).await,
            "edit_area" => self.put_area(Some(text_of(given, "area")?), given).await,
            _ => Err(Output::fault("there is no such tool")),
        }
    }

    fn find(&self, given: &Arguments) -> Result<Output, Output> {
        let wanted: Vec<String> = ["text", "area", "kind"]
            .into_iter()
            .filter_map(|key| given.get(key)?.as_str())
            .flat_map(|text| text::name_words(text, self.language))
            .map(|word| text::stem(&word).into_owned())
            .collect();
        let limit = given
            .get("limit")
            .and_then(Json::as_u64)
            .unwrap_or(20)
            .clamp(1, 50) as usize;
        let mut found: Vec<(usize, Json)> = Vec::new();
        for thing in &self.house.things {
            let device = &thing.device;
            let area = device.area.and_then(|area| self.snapshot.areas.get(&area));
            let floor = area
                .and_then(|area| area.floor)
                .and_then(|floor| self.snapshot.floors.get(&floor));
            let mut known: Vec<String> = Vec::new();
            let names = [
                Some(&device.name),
                area.map(|it| &it.name),
                floor.map(|it| &it.name),
            ];
            for name in names.into_iter().flatten().chain(&device.aliases) {
                known.extend(text::name_words(name, self.language));
            }
            known.extend(text::name_words(device.kind.as_str(), self.language));
            known.extend(
                Noun::ALL
                    .iter()
                    .filter(|noun| thing.is(**noun))
                    .map(|noun| noun.key().to_owned()),
            );
            let fits = wanted
                .iter()
                .filter(|word| known.iter().any(|known| *text::stem(known) == **word))
                .count();
            if fits > 0 || wanted.is_empty() {
                found.push((fits, json!({
                    "name": device.name, "slug": device.slug.as_str(), "aliases": device.aliases,
                    "room": area.map(|it| it.name.clone()), "floor": floor.map(|it| it.name.clone()),
                    "kind": device.kind.as_str(), "can": abilities(thing),
                })));
            }
        }
        let best = found.iter().map(|(fits, _)| *fits).max().unwrap_or(0);
        found.retain(|(fits, _)| *fits == best);
        let count = found.len();
        let devices: Vec<Json> = found
            .into_iter()
            .take(limit)
            .map(|(_, json)| json)
            .collect();
        Ok(Output::of(json!({ "devices": devices, "found": count })))
    }

    /// How the house is built.
    pub(crate) fn built(&self) -> Json {
        let floors: Vec<Json> = self
            .snapshot
            .floors
            .values()
            .map(|floor| json!({ "name": floor.name, "slug": floor.slug.as_str(), "level": floor.level }))
            .collect();
        let areas: Vec<Json> = self
            .snapshot
            .areas
            .values()
            .map(|area| {
                let neighbours = area.neighbours.iter().filter_map(|id| self.snapshot.areas.get(id));
                let floor = area.floor.and_then(|floor| self.snapshot.floors.get(&floor));
                let devices = self.snapshot.devices.values().filter(|twin| twin.device.area == Some(area.id));
                json!({
                    "name": area.name, "slug": area.slug.as_str(), "floor": floor.map(|floor| floor.name.clone()),
                    "doorways": neighbours.map(|area| area.name.clone()).collect::<Vec<_>>(),
                    "devices": devices.count(),
                })
            })
            .collect();
        let people: Vec<&str> = self
            .snapshot
            .people
            .values()
            .map(|person| person.name.as_str())
            .collect();
        json!({
            "name": &*self.wires.household.name(), "timezone": self.wires.zone.iana_name(), "floors": floors, "areas": areas,
            "people": people, "devices": self.snapshot.devices.len(),
        })
    }

    fn read(&self, desk: &mut Desk, given: &Arguments) -> Result<Output, Output> {
        let ids = self.resolved(&names_of(given)?)?;
        let devices: Vec<Json> = ids.iter().map(|id| self.living(*id, desk)).collect();
        Ok(Output::of(json!({ "devices": devices })))
    }

    /// How a device is, with the rows behind it.
    pub(crate) fn living(&self, id: DeviceId, desk: &mut Desk) -> Json {
        let Some(twin) = self.snapshot.devices.get(&id) else {
            return Json::Null;
        };
        let mut values = serde_json::Map::new();
        for instance in &twin.device.capabilities {
            for shape in &instance.properties {
                let Some(path) = instance.path(&shape.name) else {
                    continue;
                };
                let row = self.row(id, path);
                values.insert(path.to_string(), json!({
                    "value": row.value, "unit": row.unit, "since": row.since.map(|at| at.to_string()), "stale": row.stale,
                }));
                if desk.evidence.len() < ROWS && row.value.is_some() {
                    desk.evidence.push(row);
                }
            }
        }
        json!({
            "name": twin.device.name, "slug": twin.device.slug.as_str(),
            "connectivity": twin.connectivity.as_str(), "values": values,
        })
    }

    async fn told_history(&self, desk: &mut Desk, given: &Arguments) -> Result<Output, Output> {
        let id = self.one(given)?;
        let (state, attr) = self.about(id, given)?;
        let hours = given.get("hours").and_then(Json::as_f64);
        let seconds = (hours.unwrap_or(24.0).clamp(0.1, 8_760.0) * 3_600.0) as i64;
        let mut question = question(id, state, attr);
        // Without a stretch of time, a state is asked for its last time.
        let answer = if state.is_some() && hours.is_none() {
            question.asked = Asked::When;
            self.past(&question).await
        } else {
            question.past = Some(Past::Over(seconds));
            self.back_then(&question).await
        };
        Ok(Output::of(desk.took(answer)))
    }

    async fn told_why(&self, desk: &mut Desk, given: &Arguments) -> Result<Output, Output> {
        let id = self.one(given)?;
        let (state, attr) = self.about(id, given)?;
        let mut question = question(id, state, attr);
        question.asked = Asked::Why;
        let answer = self.past(&question).await;
        let evidence: Vec<Json> = answer
            .evidence
            .iter()
            .filter_map(|row| Some(json!({ "kind": row.kind, "text": row.text.as_ref()? })))
            .collect();
        let mut told = desk.took(answer);
        told["evidence"] = evidence.into();
        Ok(Output::of(told))
    }

    /// Which state or quantity of a device is meant; what it mainly tells where nothing is said.
    fn about(
        &self,
        id: DeviceId,
        given: &Arguments,
    ) -> Result<(Option<State>, Option<Attr>), Output> {
        let text = |key: &str| {
            given
                .get(key)
                .and_then(Json::as_str)
                .filter(|text| !text.is_empty())
        };
        let known = |word: &str, what: &str| {
            Output::fault(format!(
                "`{}` is no {what} that the house knows",
                word.chars().take(60).collect::<String>()
            ))
        };
        if let Some(word) = text("state") {
            return State::parse(word)
                .map(|state| (Some(state), None))
                .ok_or_else(|| known(word, "state"));
        }
        if let Some(word) = text("quantity") {
            return Attr::parse(word)
                .map(|attr| (None, Some(attr)))
                .ok_or_else(|| known(word, "quantity"));
        }
        let thing = self.thing(id).map(|(thing, _)| thing);
        let tells = |state: &State| {
            thing.is_some_and(|thing| crate::reading::test(*state, thing).is_some())
        };
        let state = [
            State::On,
            State::Open,
            State::Locked,
            State::Occupied,
            State::Playing,
            State::Wet,
        ];
        if let Some(state) = state.into_iter().find(tells) {
            return Ok((Some(state), None));
        }
        let measures = |attr: &&Attr| {
            thing.is_some_and(|thing| crate::reading::source(**attr, thing).is_some())
        };
        match Attr::ALL.iter().find(measures) {
            Some(attr) => Ok((None, Some(*attr))),
            None => Err(Output::fault("nothing of that device is recorded")),
        }
    }

    fn scenarios(&self) -> Json {
        let list = |all: &[crate::house::Named]| -> Vec<Json> {
            all.iter().map(|named| json!({ "name": named.name, "slug": named.slug, "numbers": named.numbers })).collect()
        };
        json!({ "scenarios": list(&self.house.scenarios), "scenes": list(&self.house.scenes) })
    }

    async fn wish_for(&self, desk: &mut Desk, op: Op, given: &Arguments) -> Result<Output, Output> {
        let things = self.resolved(&names_of(given)?)?;
        for id in &things {
            if self.plan(&op, *id) == Err(act::Cannot::Unable) {
                return Err(Output::fault(format!("{} cannot do that", self.name(*id))));
            }
        }
        desk.next.last.clone_from(&things);
        let deed = Deed::Devices {
            op,
            things,
            // What a model names is not what the person named.
            named: false,
        };
        self.wish(desk, vec![deed], When::default()).await
    }

    async fn run_it(&self, desk: &mut Desk, given: &Arguments) -> Result<Output, Output> {
        let wanted = text::folded(text_of(given, "scenario")?);
        let number = given.get("number").and_then(Json::as_f64);
        let called = |named: &&crate::house::Named| {
            named.slug == wanted || text::folded(&named.name) == wanted
        };
        let deed = if let Some(named) = self.house.scenarios.iter().find(called) {
            Deed::Run {
                scenario: named.slug.clone(),
                number,
                text: None,
            }
        } else if let Some(named) = self.house.scenes.iter().find(called) {
            Deed::Scene {
                scene: named.slug.clone(),
            }
        } else {
            return Err(Output::fault(
                "no scenario or scene is called so; `scenarios` lists them",
            ));
        };
        self.wish(desk, vec![deed], When::default()).await
    }

    /// Does what is wanted, or puts it before the person first.
    async fn wish(&self, desk: &mut Desk, deeds: Vec<Deed>, when: When) -> Result<Output, Output> {
        let critical = |op: &Op, thing: &crate::house::Thing| {
            self.plan(op, thing.id())
                .is_ok_and(|acts| acts.iter().any(act::Act::is_critical))
        };
        match trust::judge(&desk.asker, &deeds, self.house, self.language, &critical) {
            Verdict::Now if when.is_future() => {
                let answer = self.later(&deeds, &when, &mut desk.next).await;
                Ok(self.asked_back(desk, answer))
            }
            Verdict::Now => {
                let answer = self.deeds(&deeds, false).await;
                Ok(Output::of(desk.took(answer)))
            }
            Verdict::First(why) => match desk.asker {
                Asker::Person(_) => {
                    if !desk.waiting.is_empty()
                        && (desk.when != When::default() || when != When::default())
                    {
                        return Err(Output::fault(
                            "something else waits for the person's yes already",
                        ));
                    }
                    desk.waiting.extend(deeds);
                    desk.when = when;
                    Ok(Output::of(json!({ "status": "waits", "reason": why,
                        "what_follows": "the house asks the person and does it after their yes; it is not done yet" })))
                }
                Asker::Program => Err(Output::fault(format!(
                    "refused: {why}, and no program may do that by itself. A person can say it to the house: on its page, or with `consciousness say`"
                ))),
            },
        }
    }

    /// An answer that may ask for a yes by itself, as a rule does.
    fn asked_back(&self, desk: &mut Desk, mut answer: Answer) -> Output {
        if let (Some(pending), Asker::Program) = (&answer.pending, &desk.asker) {
            desk.next.pending = None;
            return Output::fault(format!(
                "refused: this needs a person's yes ({}), and no program may do that by itself. A person can say it to the house",
                pending.question
            ));
        }
        if let Some(pending) = answer.pending.take() {
            desk.question = Some((pending.question, pending.choices));
            // What is not done yet is no action of this turn.
            answer
                .actions
                .retain(|action| action.outcome != Outcome::Unconfirmed);
        }
        Output::of(desk.took(answer))
    }

    async fn said(&self, desk: &mut Desk, sentence: &str) -> Result<Output, Output> {
        let sentence =
            crate::talk::checked(sentence).map_err(|error| Output::fault(error.to_string()))?;
        let context = Context::new(
            self.house,
            Some(&self.snapshot),
            self.language,
            &desk.next,
            None,
        );
        let understood = understand(sentence, &context).meaning;
        drop(context);
        match understood {
            Meaning::Do(deeds, when) | Meaning::Confirm(deeds, when, _) => {
                let deeds = deeds.into_iter().map(described).collect();
                self.wish(desk, deeds, when).await
            }
            Meaning::Rule(rule) => {
                let answer = self.rule(&rule, &mut desk.next).await;
                Ok(self.asked_back(desk, answer))
            }
            Meaning::Ask(question) => {
                let answer = self.tell(&question).await;
                Ok(Output::of(desk.took(answer)))
            }
            Meaning::Topic(key, _) if !TELLING.contains(&key.as_str()) => Err(Output::fault(
                "not by this tool: only the person says that; `remember` and `run_scenario` are tools of their own",
            )),
            Meaning::Topic(key, free) => {
                let answer = self
                    .topic(&key, free.as_deref(), &Dialogue::default(), &mut desk.next)
                    .await;
                Ok(self.asked_back(desk, answer))
            }
            Meaning::Which { choices, .. } => {
                let names: Vec<String> = choices.iter().map(|id| self.name(*id)).collect();
                Err(Output::fault(format!(
                    "more than one fits: {}",
                    words::listed(&names, 8)
                )))
            }
            Meaning::Cannot(cannot) => Err(Output::fault(self.cannot(&cannot).response)),
            Meaning::Lost(lost) => Err(Output::fault(self.lost(&lost).response)),
            Meaning::Yes | Meaning::No | Meaning::Nothing => {
                Err(Output::fault("only the person answers what the house asks"))
            }
        }
    }

    async fn tried(&self, sentence: &str) -> Result<Output, Output> {
        let sentence =
            crate::talk::checked(sentence).map_err(|error| Output::fault(error.to_string()))?;
        let nothing = Dialogue::default();
        let context = Context::new(
            self.house,
            Some(&self.snapshot),
            self.language,
            &nothing,
            None,
        );
        let understood = understand(sentence, &context).meaning;
        drop(context);
        match understood {
            Meaning::Do(deeds, _) | Meaning::Confirm(deeds, ..) => self
                .rehearsed(&deeds)
                .await
                .map(Output::of)
                .map_err(Output::fault),
            Meaning::Rule(rule) => {
                let answer = self.rule(&rule, &mut Dialogue::default()).await;
                Ok(Output::of(json!({ "would": answer.response })))
            }
            Meaning::Cannot(cannot) => Err(Output::fault(self.cannot(&cannot).response)),
            _ => Err(Output::fault(
                "only something to do can be rehearsed; the house did not understand that as such",
            )),
        }
    }

    async fn recalled(&self, sought: &str) -> Result<Output, Output> {
        let Some(memory) = &self.wires.memory else {
            return Err(Output::fault("the house has no memory here"));
        };
        let recall = Recall {
            words: sought.to_owned(),
            ..Recall::default()
        };
        let found = memory
            .recall(&recall)
            .await
            .map_err(|fault| Output::fault(fault.to_string()))?;
        let found: Vec<Json> = found
            .into_iter()
            .map(|it| json!({ "kind": it.entry.kind.as_str(), "text": it.entry.text, "said_by": it.entry.who.to_string(),
                "since": it.entry.made.to_string(), "until": it.entry.until.map(|at| at.to_string()) }))
            .collect();
        Ok(Output::of(json!({ "memories": found })))
    }

    async fn kept(&self, desk: &mut Desk, given: &Arguments) -> Result<Output, Output> {
        let Some(memory) = &self.wires.memory else {
            return Err(Output::fault("the house has no memory here"));
        };
        let text = text_of(given, "text")?;
        if matches!(desk.asker, Asker::Person(_)) && !trust::wants_kept(self.message) {
            return Err(Output::fault(
                "refused: the person did not ask to have anything remembered",
            ));
        }
        let kind = match given.get("kind").and_then(Json::as_str).unwrap_or("note") {
            "fact" => Kind::Fact,
            "preference" => Kind::Preference,
            _ => Kind::Note,
        };
        if self.dry_run {
            return Ok(Output::of(json!({ "would_remember": text })));
        }
        let kept = memory
            .remember(Remember::new(kind, text), self.grant.who.clone())
            .await;
        let kept = kept.map_err(|fault| Output::fault(fault.to_string()))?;
        desk.done
            .push(format!("I keep in mind: {}", words::sentence(&kept.text)));
        Ok(Output::of(
            json!({ "kept": kept.text, "kind": kept.kind.as_str() }),
        ))
    }

    fn one(&self, given: &Arguments) -> Result<DeviceId, Output> {
        let ids = self.resolved(&[text_of(given, "name")?.to_owned()])?;
        Ok(ids[0])
    }

    /// The devices of names or slugs: exactly these, or a fault that says what there is.
    pub(crate) fn resolved(&self, names: &[String]) -> Result<Vec<DeviceId>, Output> {
        let mut ids = Vec::new();
        for name in names {
            let wanted = text::folded(name.trim());
            let called = |device: &model::Device| {
                device.slug.as_str() == wanted
                    || text::folded(&device.name) == wanted
                    || device
                        .aliases
                        .iter()
                        .any(|alias| text::folded(alias) == wanted)
            };
            let devices = self.snapshot.devices.values();
            let found: Vec<DeviceId> = devices
                .filter(|twin| called(&twin.device))
                .map(|twin| twin.device.id)
                .collect();
            match found[..] {
                [id] => ids.push(id),
                [] => {
                    let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
                    let near = self.near(name);
                    let near = if near.is_empty() {
                        "use `find`".to_owned()
                    } else {
                        format!("is it {}?", near.join(" or "))
                    };
                    return Err(Output::fault(format!(
                        "nothing is called `{shown}`; {near}"
                    )));
                }
                _ => {
                    let slugs = self.slugs(&found).join(", ");
                    return Err(Output::fault(format!(
                        "more than one is called so; use a slug: {slugs}"
                    )));
                }
            }
        }
        ids.dedup();
        Ok(ids)
    }
}

/// A deed that nobody named: it is confirmed by nothing but a yes.
fn described(deed: Deed) -> Deed {
    match deed {
        Deed::Devices { op, things, .. } => Deed::Devices {
            op,
            things,
            named: false,
        },
        other => other,
    }
}

fn question(id: DeviceId, state: Option<State>, attr: Option<Attr>) -> Question {
    Question {
        asked: Asked::Value,
        state,
        attr,
        things: vec![id],
        quantity: Quantity::Each,
        scope: Vec::new(),
        noun: None,
        people: Vec::new(),
        past: None,
        when: When::default(),
    }
}

/// What can be done with a device, in words of tools.
fn abilities(thing: &crate::house::Thing) -> Vec<&'static str> {
    let amount = Amount {
        value: 20.0,
        unit: Measure::Plain,
    };
    let set = |attr| Op::Set(Some(attr), amount);
    let tries = [
        ("switch", Op::On),
        ("open and close", Op::Open),
        ("lock and unlock", Op::Lock),
        ("set brightness", set(Attr::Level)),
        ("set temperature", set(Attr::Setpoint)),
        ("set position", set(Attr::Position)),
        ("set volume", set(Attr::Volume)),
        ("set speed", set(Attr::Speed)),
        ("set colour", Op::Colour(0, 100)),
        ("play", Op::Play),
    ];
    tries
        .into_iter()
        .filter(|(_, op)| act::can(op, thing))
        .map(|(word, _)| word)
        .collect()
}

fn settable(given: &Arguments) -> Result<(Attr, Measure), Output> {
    Ok(match text_of(given, "quantity")? {
        "brightness" => (Attr::Level, Measure::Percent),
        "temperature" => (Attr::Setpoint, Measure::Celsius),
        "position" => (Attr::Position, Measure::Percent),
        "volume" => (Attr::Volume, Measure::Percent),
        "speed" => (Attr::Speed, Measure::Percent),
        "colour_temperature" => (Attr::White, Measure::Kelvin),
        _ => {
            return Err(Output::fault(
                "`quantity` is brightness, temperature, position, volume, speed or colour_temperature",
            ));
        }
    })
}

pub(crate) fn text_of<'a>(given: &'a Arguments, key: &str) -> Result<&'a str, Output> {
    let text = given.get(key).and_then(Json::as_str).map(str::trim);
    let text = text.filter(|text| {
        !text.is_empty() && text.len() <= 2_000 && !text.chars().any(char::is_control)
    });
    text.ok_or_else(|| {
        Output::fault(format!(
            "`{key}` is missing or cannot be right; expected a short text"
        ))
    })
}

fn number_of(given: &Arguments, key: &str) -> Result<f64, Output> {
    let number = given
        .get(key)
        .and_then(Json::as_f64)
        .filter(|number| number.is_finite());
    number.ok_or_else(|| Output::fault(format!("`{key}` is missing; expected a number")))
}

/// A list of texts; `None` where there is none.
pub(crate) fn list_of(given: &Arguments, key: &str) -> Result<Option<Vec<String>>, Output> {
    let wrong = || {
        Output::fault(format!(
            "`{key}` cannot be right; expected a list of at most {NAMES} short texts"
        ))
    };
    match given.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Array(list)) if list.len() <= NAMES => {
            let texts = list.iter().map(|it| {
                it.as_str()
                    .filter(|text| text.len() <= 200)
                    .map(str::to_owned)
            });
            texts
                .collect::<Option<Vec<_>>>()
                .map(Some)
                .ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

fn names_of(given: &Arguments) -> Result<Vec<String>, Output> {
    let names = list_of(given, "names")?.filter(|names| !names.is_empty());
    names.ok_or_else(|| Output::fault("`names` is missing; expected a list of names of devices"))
}

/// What waits for a yes, as the conversation keeps it.
pub(crate) fn pending(desk: &Desk) -> Option<Pending> {
    (!desk.waiting.is_empty()).then(|| Pending::Confirm {
        deeds: desk.waiting.clone(),
        when: desk.when,
    })
}
