//! The conversation itself: what is said is understood, done or answered, and kept.

mod answer;
pub(crate) mod assist;
mod doing;
mod effects;
mod keep;
mod lead;
mod openings;
mod past;
mod replies;
mod rules;
mod telling;
mod topics;
mod undo;
mod visits;
mod walk;
mod words;

pub(crate) use words::{moment, with_unit};

pub use answer::{
    Action, Answer, CannotSay, Evidence, Intent, Outcome, PendingQuestion, Piece, Undo,
};
pub use keep::Keeper;
pub use openings::{Initiative, Morning};
pub use walk::StartInterview;

use crate::act;
use crate::house::{Extra, Gazetteer, Named};
use crate::household::Household;
use crate::lang::Language;
use crate::llm::{Client, Outgoing};
use crate::reading;
use crate::site::{Geocoder, Site};
use crate::telemetry;
use crate::text::LONGEST;
use crate::understand::{Asked, Context, Dialogue, Meaning, understand};
use crate::voice;
use crate::wording;
use automation::run::Automation;
use jiff::tz::TimeZone;
use mind::{Mind, alerts::Alerts, insights::Insights, memory::Memory};
use model::{Cause, ConversationId, EventBody, Grant, RequestId, Timestamp, Who};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::Store;
use tokio::sync::mpsc;
use twin::{Delivery, Handle, Snapshot};

/// How many conversations are gone on with from memory; an older one begins without what was meant.
const TALKS: usize = 1_000;

/// How long “it” means what was meant last.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// How long a wish is waited for before the answer says that it is under way.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// What stands in the conversation where an answer's actions were taken back by pressing it.
const UNDO: &str = "undo that";

/// How many exchanges a model is told of, besides the message itself.
const TOLD: usize = 3;

/// What a conversation is wired to.
#[derive(Debug, Clone)]
pub struct Wires {
    /// The house.
    pub house: Handle,
    /// Scenarios and rules.
    pub automation: Automation,
    /// Where conversations and the past are kept.
    pub store: Store,
    /// Where the house is: its days begin at its midnight.
    pub zone: TimeZone,
    /// What the house is called, where it stands, and how it talks.
    pub household: Household,
    /// Who is asked where an address is, once a person agreed; nobody where that is switched off.
    pub geocoder: Option<Geocoder>,
    /// How the house is, where a mind runs.
    pub mind: Option<Mind>,
    /// What it remembers.
    pub memory: Option<Memory>,
    /// What its past comes to in figures.
    pub insights: Option<Insights>,
    /// Of what people want to be alarmed.
    pub alerts: Option<Alerts>,
    /// The language model that is asked about what is not understood, where one is set.
    pub model: Option<Arc<Client>>,
    /// When it speaks by itself.
    pub initiative: Initiative,
    /// Whether log lines may hold what was said.
    pub log_contents: bool,
}

impl Wires {
    /// The household says where the house stands, or that it is not known any more. Durable when this
    /// returns, and the sun is that of there.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn settle(&self, site: Option<Site>, who: Who) -> Result<(), store::StoreError> {
        let now = self.house.clock().now().house;
        let cause = Cause::first(who);
        self.household.set_site(site, cause, now).await?;
        self.automation.settle(self.household.location()).await;
        Ok(())
    }
}

/// By which way something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// A request of its own.
    Rest,
    /// The live socket.
    Live,
    /// The first walk through the house.
    Interview,
}

impl Channel {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Rest, Self::Live, Self::Interview];

    /// The word for it in the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Live => "live",
            Self::Interview => "interview",
        }
    }
}

/// Something that is said to the house.
#[derive(Debug, Clone)]
pub struct Said {
    /// The words.
    pub message: String,
    /// In which conversation; a new one where none is named.
    pub conversation: Option<ConversationId>,
    /// In which language: two letters.
    pub language: Option<String>,
    /// Where the person is: an area's id, slug or name.
    pub area: Option<String>,
    /// Only understand, and do nothing.
    pub dry_run: bool,
    /// Who says it, and what they may do.
    pub grant: Grant,
    /// By which way.
    pub channel: Channel,
}

/// The conversation; cloning shares it.
#[derive(Debug, Clone)]
pub struct Conversation {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    wires: Wires,
    keeper: keep::Keeper,
    /// Rises with every change of what has a name.
    changes: AtomicU64,
    index: tokio::sync::Mutex<HashMap<String, Index>>,
    talks: Mutex<HashMap<ConversationId, Talk>>,
    walks: walk::Walks,
    openings: openings::Openings,
}

/// The house as words, as of a number of changes.
#[derive(Debug, Clone)]
struct Index {
    changes: u64,
    scenarios: Vec<(String, u32)>,
    house: Arc<Gazetteer>,
}

/// What is known of a conversation besides what is kept.
#[derive(Debug, Clone)]
struct Talk {
    who: String,
    dialogue: Dialogue,
    /// What was done last, for who wants it undone.
    done: Vec<Action>,
    last: Instant,
    /// What was said last, oldest first.
    said: Vec<Exchange>,
    /// Whether a model asked something and waits for the person's words.
    asked: bool,
    /// In which language was spoken last.
    language: Option<&'static Language>,
}

/// In which something is said.
struct Scene {
    conversation: ConversationId,
    who: String,
    dialogue: Dialogue,
    done: Vec<Action>,
    said: Vec<Exchange>,
    asked: bool,
    /// In which language it is read.
    language: &'static Language,
    /// In which it is answered.
    speaks: &'static Language,
    /// Whether somebody said in which language they speak.
    fixed: bool,
    /// Whether nothing tells in which language they speak.
    unsure: bool,
    now: Timestamp,
    house: Arc<Gazetteer>,
    snapshot: Arc<Snapshot>,
    area: Option<model::AreaId>,
}

/// Something that was said, and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) person: String,
    pub(crate) house: String,
}

/// What would be sent to a language model for a message.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The provider and its model; `None` where none is set.
    pub engine: Option<String>,
    /// Whether anything would be sent.
    pub sent: bool,
    /// Why, or why not.
    pub reason: &'static str,
    /// What, to the letter; without the key. Where nothing would be sent: what it would be.
    pub outgoing: Option<Outgoing>,
}

/// The conversation, and the task that notices when something gets another name. It ends with the
/// house's stream of events.
#[must_use]
pub fn begin(wires: Wires) -> (Conversation, tokio::task::JoinHandle<()>) {
    let mut events = wires.house.subscribe_to("conversation", 1_024, |body| {
        names(body) || matches!(body, EventBody::RunEnded { .. })
    });
    let (_, heard) = wires.house.subscribe("openings", 1_024);
    let keeper = keep::Keeper::start(wires.store.clone());
    let inner = Arc::new(Inner {
        wires,
        keeper,
        changes: AtomicU64::new(1),
        index: tokio::sync::Mutex::default(),
        talks: Mutex::default(),
        walks: walk::Walks::default(),
        openings: openings::Openings::default(),
    });
    let conversation = Conversation {
        inner: Arc::clone(&inner),
    };
    let attending = tokio::spawn(openings::attend(Arc::clone(&inner), heard));
    let task = tokio::spawn(async move {
        while let Some(delivery) = events.recv().await {
            let (renamed, ended) = match delivery {
                Delivery::Events(batch) => (
                    batch.iter().any(|event| names(&event.body)),
                    batch
                        .iter()
                        .any(|event| matches!(event.body, EventBody::RunEnded { .. })),
                ),
                // What was missed may have been a name, or an end.
                _ => (true, true),
            };
            if renamed {
                inner.changes.fetch_add(1, Ordering::Release);
            }
            if ended {
                rules::tidy(&inner.wires).await;
            }
        }
        drop(attending.await);
    });
    (conversation, task)
}

/// Whether an event may give something another name.
const fn names(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::DeviceAdded { .. }
            | EventBody::DeviceEdited { .. }
            | EventBody::DeviceRemoved { .. }
            | EventBody::FloorChanged { .. }
            | EventBody::AreaChanged { .. }
            | EventBody::PersonChanged { .. }
            | EventBody::SceneChanged { .. }
            | EventBody::HouseStarted { .. }
    )
}

/// The language that is named.
fn named_language(code: Option<&str>) -> Result<Option<&'static Language>, CannotSay> {
    let Some(code) = code else {
        return Ok(None);
    };
    match Language::find(code) {
        Some(language) => Ok(Some(language)),
        None => Err(CannotSay::Language(code.chars().take(20).collect())),
    }
}

/// Whether a message came to nothing that could be done or answered.
const fn is_lost(meaning: &Meaning) -> bool {
    use crate::understand::Cannot;
    matches!(
        meaning,
        Meaning::Lost(_) | Meaning::Cannot(Cannot::NothingCalled(_) | Cannot::What)
    )
}

impl Conversation {
    /// Says something to the house, and gets its answer.
    ///
    /// # Errors
    /// When the message is empty, too long or no text, or the conversation is somebody else's.
    pub async fn say(&self, said: Said) -> Result<Answer, CannotSay> {
        self.turn(said, None, None).await
    }

    /// The same, where what can be told before the whole answer is there is told at once. Who does not
    /// listen fast enough misses pieces; the answer has them all.
    ///
    /// # Errors
    /// As [`Conversation::say`].
    pub async fn say_to(
        &self,
        said: Said,
        pieces: mpsc::Sender<Piece>,
    ) -> Result<Answer, CannotSay> {
        self.turn(said, None, Some(pieces)).await
    }

    /// Takes back what was done in a conversation: these actions, or all of the last answer.
    ///
    /// # Errors
    /// When there is no such conversation of that person.
    pub async fn undo(
        &self,
        conversation: ConversationId,
        actions: Vec<RequestId>,
        grant: Grant,
    ) -> Result<Answer, CannotSay> {
        let said = Said {
            message: UNDO.to_owned(),
            conversation: Some(conversation),
            language: None,
            area: None,
            dry_run: false,
            grant,
            channel: Channel::Rest,
        };
        self.turn(said, Some(actions), None).await
    }

    async fn turn(
        &self,
        said: Said,
        undo: Option<Vec<RequestId>>,
        pieces: Option<mpsc::Sender<Piece>>,
    ) -> Result<Answer, CannotSay> {
        let began = Instant::now();
        let message = checked(&said.message)?;
        let mut scene = self.scene(&said).await?;
        let mut done = std::mem::take(&mut scene.done);
        if let Some(named) = undo.as_deref().filter(|named| !named.is_empty())
            && !named.iter().all(|id| done.iter().any(|it| it.id == *id))
        {
            done = self.inner.keeper.done(scene.conversation, named).await?;
        }
        let (conversation, who) = (scene.conversation, scene.who.clone());
        let mut dialogue = scene.dialogue.clone();
        let area = self.room(&scene);
        let context = Context::new(
            &scene.house,
            Some(&scene.snapshot),
            scene.language,
            &dialogue,
            scene.area,
        );
        let mut understood = understand(message, &context);
        drop(context);
        // Who mixes languages is understood in the one in which it makes sense.
        if is_lost(&understood.meaning) && !scene.fixed {
            for other in Language::all() {
                if other.code == scene.language.code {
                    continue;
                }
                let house = self.house(other).await;
                let context =
                    Context::new(&house, Some(&scene.snapshot), other, &dialogue, scene.area);
                let read = understand(message, &context);
                drop(context);
                if !is_lost(&read.meaning) && read.repaired.is_empty() {
                    (understood, scene.language, scene.house) = (read, other, house);
                    if scene.unsure {
                        scene.speaks = other;
                    }
                    break;
                }
            }
        }
        let turn = Turn {
            repaired: &understood.repaired,
            done,
            pieces,
            ..self.stage(&scene, &said.grant, message, said.dry_run)
        };
        let next = dialogue.after(&understood.meaning);
        let before = std::mem::replace(&mut dialogue, next);
        let led = match undo {
            Some(_) => None,
            None => {
                self.led(&turn, conversation, &who, &understood.meaning, &before)
                    .await?
            }
        };
        let model = self.inner.wires.model.as_deref().filter(|_| {
            undo.is_none()
                && self
                    .inner
                    .wires
                    .house
                    .features()
                    .is_on(twin::Feature::LanguageModel)
                && assist::is_for_a_model(
                    &understood.meaning,
                    &before,
                    scene.asked,
                    !understood.repaired.is_empty(),
                )
        });
        let (mut answer, asked) = match (led, model) {
            (Some(answer), _) => (answer, false),
            (None, Some(model)) => {
                // Asking takes a while and much room; a turn without a model pays for neither.
                let around = assist::Around {
                    said: &scene.said,
                    area,
                };
                let assisted =
                    turn.assisted(model, &understood.meaning, &before, &mut dialogue, around);
                let assisted = Box::pin(assisted).await;
                (assisted.answer, assisted.asks)
            }
            (None, None) => {
                let answer = match undo.as_deref() {
                    Some(named) => turn.undo((!named.is_empty()).then_some(named)).await,
                    None => {
                        turn.answer(&understood.meaning, &before, &mut dialogue)
                            .await
                    }
                };
                if let Meaning::Ask(question) = &understood.meaning
                    && matches!(question.asked, Asked::Extreme(_))
                    && let Some(named) = answer.evidence.first().and_then(|row| row.device)
                {
                    dialogue.compared(named);
                }
                // “Which lights are on? Turn them off” is said of those.
                if let Meaning::Ask(question) = &understood.meaning
                    && matches!(question.asked, Asked::Which | Asked::Count)
                    && let (Some(state), None) = (question.state, question.past)
                {
                    let so = |id: &model::DeviceId| {
                        let thing = turn.thing(*id);
                        thing.and_then(|(thing, twin)| reading::holds(state, thing, twin))
                            == Some(true)
                    };
                    dialogue.told(&so);
                }
                (answer, false)
            }
        };
        answer.conversation = conversation;
        let personality = self.inner.wires.household.personality();
        let zone = &self.inner.wires.zone;
        answer = voice::speak(answer, &personality, message, scene.now, zone);
        let speaks = scene.speaks;
        if answer.engine == "embedded" {
            answer = wording::spoken(answer, speaks, || turn.all_names());
        } else {
            // A model chooses its words itself.
            let said = Language::recognised(&answer.response).unwrap_or(speaks);
            answer.language.clone_from(&said.code);
        }
        let did = answer.actions.iter().any(|action| {
            !matches!(
                action.outcome,
                Outcome::Planned | Outcome::Unconfirmed | Outcome::Refused
            )
        });
        // What changed nothing was done all the same: “undo that” means nothing older.
        let done = if said.dry_run || !did {
            turn.done
        } else {
            answer.actions.clone()
        };
        // What was meant is known for what is said next, even where nothing was done.
        let mut exchanges = scene.said;
        if self.inner.wires.model.is_some() {
            exchanges.push(Exchange {
                person: message.to_owned(),
                house: answer.response.clone(),
            });
            let old = exchanges.len().saturating_sub(TOLD);
            exchanges.drain(..old);
        }
        self.remember(
            conversation,
            Talk {
                who: who.clone(),
                dialogue,
                done,
                last: Instant::now(),
                said: exchanges,
                asked,
                language: Some(speaks),
            },
        );
        if !said.dry_run {
            self.inner.keeper.keep(
                conversation,
                &who,
                said.grant.who.clone(),
                message,
                &answer,
                scene.now,
            );
        }
        telemetry::said(
            &answer,
            said.channel,
            began.elapsed(),
            self.inner.wires.log_contents.then_some(message),
        );
        Ok(answer)
    }

    /// Whether a language model is asked about what the house does not understand.
    #[must_use]
    pub fn has_model(&self) -> bool {
        self.inner.wires.model.is_some()
    }

    /// The language model that is asked, where one is set.
    #[must_use]
    pub fn model(&self) -> Option<&Arc<Client>> {
        self.inner.wires.model.as_ref()
    }

    /// What would be sent to a language model for a message. Nothing is sent, done or kept.
    ///
    /// # Errors
    /// As [`say`](Self::say).
    pub async fn preview(&self, said: &Said) -> Result<Preview, CannotSay> {
        let message = checked(&said.message)?;
        let scene = self.scene(said).await?;
        let Some(model) = self.inner.wires.model.as_deref() else {
            return Ok(Preview {
                engine: None,
                sent: false,
                reason: "no language model is set",
                outgoing: None,
            });
        };
        let context = Context::new(
            &scene.house,
            Some(&scene.snapshot),
            scene.language,
            &scene.dialogue,
            scene.area,
        );
        let understood = understand(message, &context);
        drop(context);
        let sent = assist::is_for_a_model(
            &understood.meaning,
            &scene.dialogue,
            scene.asked,
            !understood.repaired.is_empty(),
        );
        let turn = self.stage(&scene, &said.grant, message, true);
        Ok(Preview {
            engine: Some(model.provider().engine()),
            sent,
            reason: if sent {
                "the house does not understand it by itself"
            } else {
                "the house understands it by itself"
            },
            outgoing: Some(turn.outgoing(model, &scene.said, self.room(&scene))),
        })
    }

    /// A program uses a tool, with the rights of who it speaks for. What only a person may decide is
    /// refused.
    pub async fn use_tool(
        &self,
        grant: &Grant,
        program: &str,
        name: &str,
        arguments: serde_json::Value,
    ) -> assist::Output {
        let program: String = program
            .chars()
            .filter(|c| !c.is_control())
            .take(60)
            .collect();
        let grant = Grant {
            who: model::Who::Service {
                name: format!("{program}, for {}", grant.who),
            },
            ..grant.clone()
        };
        let scene = self.idle_scene().await;
        let turn = self.stage(&scene, &grant, "", false);
        turn.program(name, arguments).await
    }

    /// How the house is built; and with `living`, how every device is.
    pub async fn described(&self, living: bool) -> serde_json::Value {
        let scene = self.idle_scene().await;
        let grant = Grant::house();
        let turn = self.stage(&scene, &grant, "", true);
        if living {
            turn.whole_state()
        } else {
            turn.built()
        }
    }

    /// A scene in which nobody said anything.
    async fn idle_scene(&self) -> Scene {
        let language = Language::english();
        Scene {
            conversation: ConversationId::new(),
            who: String::new(),
            dialogue: Dialogue::default(),
            done: Vec::new(),
            said: Vec::new(),
            asked: false,
            language,
            speaks: language,
            fixed: true,
            unsure: false,
            now: self.inner.wires.house.clock().now().house,
            house: self.house(language).await,
            snapshot: self.inner.wires.house.snapshot(),
            area: None,
        }
    }

    /// In which something is said.
    async fn scene(&self, said: &Said) -> Result<Scene, CannotSay> {
        let named = named_language(said.language.as_deref())?;
        let who = keep::key(&said.grant.who);
        let (conversation, talk) = self.dialogue(said, &who).await?;
        let recognised = Language::recognised(&said.message);
        // What is named counts, then what the words are, then what was spoken before.
        let language = named
            .or(recognised)
            .or(talk.language)
            .or_else(|| self.spoken_by(&who))
            .unwrap_or_else(Language::english);
        let now = self.inner.wires.house.clock().now().house;
        let house = self.house(language).await;
        let snapshot = self.inner.wires.house.snapshot();
        let area = match &said.area {
            Some(area) => Some(
                snapshot
                    .area(area)
                    .map(|area| area.id)
                    .ok_or_else(|| CannotSay::Area(area.chars().take(80).collect()))?,
            ),
            None => None,
        };
        Ok(Scene {
            conversation,
            who,
            dialogue: talk.dialogue,
            done: talk.done,
            said: talk.said,
            asked: talk.asked,
            language,
            speaks: language,
            fixed: named.is_some(),
            unsure: named.is_none() && recognised.is_none(),
            now,
            house,
            snapshot,
            area,
        })
    }

    /// Where the person is, by the index of the room.
    fn room(&self, scene: &Scene) -> Option<u32> {
        let rooms = &scene.house.rooms;
        let found = scene
            .area
            .and_then(|area| rooms.iter().position(|room| room.id == area));
        found.and_then(|index| u32::try_from(index).ok())
    }

    fn stage<'a>(
        &'a self,
        scene: &'a Scene,
        grant: &'a Grant,
        message: &'a str,
        dry_run: bool,
    ) -> Turn<'a> {
        Turn {
            wires: &self.inner.wires,
            house: &scene.house,
            snapshot: Arc::clone(&scene.snapshot),
            language: scene.language,
            speaks: scene.speaks,
            grant,
            dry_run,
            now: scene.now,
            message,
            repaired: &[],
            done: Vec::new(),
            pieces: None,
        }
    }

    /// What the household chose about the house itself.
    #[must_use]
    pub fn household(&self) -> &Household {
        &self.inner.wires.household
    }

    /// Who is asked where an address is; `None` where nobody is to be asked.
    #[must_use]
    pub fn geocoder(&self) -> Option<&Geocoder> {
        self.inner.wires.geocoder.as_ref()
    }

    /// The household says where the house stands.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn settle(&self, site: Option<Site>, who: Who) -> Result<(), store::StoreError> {
        self.inner.wires.settle(site, who).await
    }

    /// Conversations that were kept.
    #[must_use]
    pub fn kept(&self) -> &keep::Keeper {
        &self.inner.keeper
    }

    /// Forgets what was meant in a conversation, along with what was kept of it.
    ///
    /// # Errors
    /// When it cannot be removed from the database.
    pub async fn remove(
        &self,
        conversation: ConversationId,
        who: &model::Who,
    ) -> Result<bool, store::StoreError> {
        self.talks().remove(&conversation);
        self.inner
            .keeper
            .remove(conversation, &keep::key(who))
            .await
    }

    fn talks(&self) -> std::sync::MutexGuard<'_, HashMap<ConversationId, Talk>> {
        self.inner
            .talks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What was said before in this conversation.
    async fn dialogue(&self, said: &Said, who: &str) -> Result<(ConversationId, Talk), CannotSay> {
        let new = || Talk {
            who: who.to_owned(),
            dialogue: Dialogue::default(),
            done: Vec::new(),
            last: Instant::now(),
            said: Vec::new(),
            asked: false,
            language: None,
        };
        let Some(conversation) = said.conversation else {
            return Ok((ConversationId::new(), new()));
        };
        let known = self.talks().get(&conversation).cloned();
        if let Some(mut talk) = known {
            if talk.who != who {
                return Err(CannotSay::Unknown(conversation));
            }
            if talk.last.elapsed() > FRESH {
                talk.dialogue.fresh = false;
                talk.dialogue.pending = None;
                talk.said.clear();
                talk.asked = false;
            }
            return Ok((conversation, talk));
        }
        match self.inner.keeper.owner(conversation).await {
            Ok(Some(owner)) if owner == who => {
                // What was done before the server was started again can be taken back as well.
                let done = self.inner.keeper.done(conversation, &[]).await?;
                Ok((conversation, Talk { done, ..new() }))
            }
            // A client may choose the id of a new conversation itself.
            Ok(None) => Ok((conversation, new())),
            Ok(Some(_)) => Err(CannotSay::Unknown(conversation)),
            Err(error) => Err(CannotSay::Store(error)),
        }
    }

    /// In which language somebody spoke last, in whatever conversation.
    fn spoken_by(&self, who: &str) -> Option<&'static Language> {
        let talks = self.talks();
        let own = talks.values().filter(|talk| talk.who == who);
        own.max_by_key(|talk| talk.last)?.language
    }

    fn remember(&self, conversation: ConversationId, talk: Talk) {
        let mut talks = self.talks();
        if talks.len() >= TALKS && !talks.contains_key(&conversation) {
            let oldest = talks
                .iter()
                .min_by_key(|(_, talk)| talk.last)
                .map(|(id, _)| *id);
            if let Some(oldest) = oldest {
                talks.remove(&oldest);
            }
        }
        talks.insert(conversation, talk);
    }

    /// The house as words; read anew when something got another name.
    async fn house(&self, language: &'static Language) -> Arc<Gazetteer> {
        let changes = self.inner.changes.load(Ordering::Acquire);
        let view = self.inner.wires.automation.view();
        let scenarios: Vec<(String, u32)> = view
            .scenarios
            .iter()
            .map(|listed| (listed.document.slug.as_str().to_owned(), listed.version))
            .collect();
        let mut index = self.inner.index.lock().await;
        if let Some(known) = index.get(&language.code)
            && known.changes == changes
            && known.scenarios == scenarios
        {
            return Arc::clone(&known.house);
        }
        let named = view
            .scenarios
            .iter()
            .filter(|listed| !rules::is_once(&listed.document));
        let named = named.map(|listed| Named {
            slug: listed.document.slug.as_str().to_owned(),
            name: listed.document.name.clone(),
            numbers: listed
                .document
                .parameters
                .iter()
                .filter(|parameter| {
                    matches!(
                        parameter.kind,
                        automation::document::ParameterKind::Number(..)
                    )
                })
                .map(|parameter| parameter.name.clone())
                .collect(),
        });
        let scenes = self.inner.wires.store.scenes().await.unwrap_or_default();
        let scenes = scenes.into_iter().map(|(slug, body)| Named {
            name: body
                .get("name")
                .and_then(serde_json::Value::as_str)
                .unwrap_or(&slug)
                .to_owned(),
            slug,
            numbers: Vec::new(),
        });
        let extra = Extra {
            scenarios: named.collect(),
            scenes: scenes.collect(),
        };
        let snapshot = self.inner.wires.house.snapshot();
        // Ten thousand names take a while; other tasks go on meanwhile.
        let house = tokio::task::spawn_blocking(move || {
            Arc::new(Gazetteer::new(&snapshot, extra, language))
        });
        let house = house.await.unwrap_or_default();
        index.insert(
            language.code.clone(),
            Index {
                changes,
                scenarios,
                house: Arc::clone(&house),
            },
        );
        house
    }
}

/// A message that can be read: text, and not too much of it.
fn checked(message: &str) -> Result<&str, CannotSay> {
    if message.len() > LONGEST {
        return Err(CannotSay::TooLong(message.len()));
    }
    let trimmed = message.trim();
    if trimmed.is_empty() {
        return Err(CannotSay::Empty);
    }
    if trimmed
        .chars()
        .any(|c| c.is_control() && !c.is_whitespace())
    {
        return Err(CannotSay::Binary);
    }
    Ok(trimmed)
}

/// One message on its way to an answer.
pub(crate) struct Turn<'a> {
    pub(crate) wires: &'a Wires,
    pub(crate) house: &'a Gazetteer,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) language: &'static Language,
    /// In which it is answered.
    pub(crate) speaks: &'static Language,
    pub(crate) grant: &'a Grant,
    pub(crate) dry_run: bool,
    pub(crate) now: Timestamp,
    pub(crate) message: &'a str,
    pub(crate) repaired: &'a [(String, String)],
    /// What was done last in this conversation.
    pub(crate) done: Vec<Action>,
    /// Who hears what can be told before the whole answer is there.
    pub(crate) pieces: Option<mpsc::Sender<Piece>>,
}

impl Turn<'_> {
    async fn answer(&self, meaning: &Meaning, before: &Dialogue, next: &mut Dialogue) -> Answer {
        match meaning {
            Meaning::Do(deeds, when) if when.is_future() => self.later(deeds, when, next).await,
            Meaning::Do(deeds, _) => self.deeds(deeds, false).await,
            Meaning::Confirm(deeds, when, _) => self.confirm(deeds, when),
            Meaning::Yes => match self.prepare_said(true, before, next).await {
                Some(answer) => answer,
                None => self.yes(before, next).await,
            },
            Meaning::No => match self.prepare_said(false, before, next).await {
                Some(answer) => answer,
                None => self.no(before),
            },
            Meaning::Nothing => self.no(before),
            Meaning::Rule(rule) => self.rule(rule, next).await,
            Meaning::Ask(question) => self.tell(question).await,
            Meaning::Which {
                choices, ops, also, ..
            } => self.which(choices, ops, also),
            Meaning::Cannot(cannot) => self.cannot(cannot),
            Meaning::Topic(key, free) => self.topic(key, free.as_deref(), before, next).await,
            Meaning::Lost(lost) => self.lost(lost),
        }
    }

    /// Tells something at once, where anybody listens.
    pub(crate) fn tell_piece(&self, piece: impl FnOnce() -> Piece) {
        if let Some(pieces) = &self.pieces {
            // Who listens too slowly gets it with the whole answer.
            drop(pieces.try_send(piece()));
        }
    }

    /// All that has a name here, and stays as it is in every language.
    pub(crate) fn all_names(&self) -> Vec<String> {
        let snapshot = &self.snapshot;
        let named = |list: &[Named]| -> Vec<String> {
            list.iter().map(|named| named.name.clone()).collect()
        };
        let mut names: Vec<String> = Vec::new();
        names.extend(
            snapshot
                .devices
                .values()
                .map(|twin| twin.device.name.clone()),
        );
        names.extend(snapshot.areas.values().map(|area| area.name.clone()));
        names.extend(snapshot.floors.values().map(|floor| floor.name.clone()));
        names.extend(snapshot.people.values().map(|person| person.name.clone()));
        names.extend(named(&self.house.scenarios));
        names.extend(named(&self.house.scenes));
        names
    }

    /// What is told on the way, in the language of the answer.
    pub(crate) fn local(&self, kind: &str, text: String) -> String {
        if self.speaks.code == Language::english().code {
            return text;
        }
        wording::part(text, self.speaks, kind, &self.all_names())
    }

    /// A device's twin and its words.
    pub(crate) fn thing(
        &self,
        id: model::DeviceId,
    ) -> Option<(&crate::house::Thing, &Arc<twin::DeviceTwin>)> {
        let index = self.house.by_id(id)?;
        Some((self.house.thing(index), self.snapshot.devices.get(&id)?))
    }

    pub(crate) fn name(&self, id: model::DeviceId) -> String {
        self.snapshot.devices.get(&id).map_or_else(
            || "a device that is gone".to_owned(),
            |twin| twin.device.name.clone(),
        )
    }

    /// The commands for a device.
    pub(crate) fn plan(
        &self,
        op: &crate::act::Op,
        id: model::DeviceId,
    ) -> Result<Vec<act::Act>, act::Cannot> {
        let (thing, twin) = self.thing(id).ok_or(act::Cannot::Unable)?;
        act::plan(op, thing, Some(twin))
    }
}
