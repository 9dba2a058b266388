//! From a message to what it means. Pure: the house, the language and what was said before go in.

mod command;
mod dialogue;
mod follow;
mod kept;
mod meaning;
mod op;
mod parts;
mod prepare;
mod question;
mod reorder;
mod rule;
mod segment;
mod serve;
mod targets;
mod told;

pub use dialogue::{Dialogue, Pending};
pub(crate) use follow::which_site;
pub use meaning::{
    Asked, Cannot, Deed, Doubt, Lost, Meaning, Quantity, Question, Rule, Trigger, Understood,
};
pub use prepare::{Heard, Prepare, Slot, Stage, heard};
pub use serve::{device as serving_device, rooms as served_rooms};

use crate::act::Op;
use crate::house::{Gazetteer, Place};
use crate::lang::{Language, Small, Tag};
use crate::spelling;
use crate::text::{self, Text, Token};
use crate::time::{self, When};
use model::DeviceId;
use segment::{Lattice, Seg};
use std::collections::BTreeMap;
use targets::Want;
use twin::Snapshot;

/// The most ways in which a sentence is cut before it counts as not understood.
const CUTS: usize = 40;

/// The most corrections of one sentence that are tried.
const REPAIRS: usize = 12;

/// What a message is understood with.
#[derive(Debug)]
pub struct Context<'a> {
    /// The house as words.
    pub house: &'a Gazetteer,
    /// The house as it is.
    pub snapshot: Option<&'a Snapshot>,
    /// The language.
    pub language: &'a Language,
    /// What was said before.
    pub dialogue: &'a Dialogue,
    /// Where the person is.
    pub area: Option<u32>,
    /// The devices that were meant last, by their index.
    last: Vec<u32>,
}

impl<'a> Context<'a> {
    /// With what was said before.
    #[must_use]
    pub fn new(
        house: &'a Gazetteer,
        snapshot: Option<&'a Snapshot>,
        language: &'a Language,
        dialogue: &'a Dialogue,
        area: Option<model::AreaId>,
    ) -> Self {
        let last = dialogue
            .last
            .iter()
            .filter_map(|id| house.by_id(*id))
            .collect();
        let area = area
            .and_then(|id| house.rooms.iter().position(|room| room.id == id))
            .map(|index| index as u32);
        Self {
            house,
            snapshot,
            language,
            dialogue,
            area,
            last,
        }
    }

    pub(crate) fn last(&self) -> &[u32] {
        &self.last
    }

    pub(crate) fn is_recent(&self) -> bool {
        self.dialogue.fresh
    }

    /// The same where other devices were meant last.
    pub(crate) fn after(&self, last: Vec<u32>) -> Self {
        Self {
            house: self.house,
            snapshot: self.snapshot,
            language: self.language,
            dialogue: self.dialogue,
            area: self.area,
            last,
        }
    }

    pub(crate) fn ids(&self, things: &[u32]) -> Vec<DeviceId> {
        things
            .iter()
            .map(|index| self.house.thing(*index).id())
            .collect()
    }

    pub(crate) fn twin(&self, index: u32) -> Option<&'a twin::DeviceTwin> {
        self.snapshot?
            .devices
            .get(&self.house.thing(index).id())
            .map(|twin| &**twin)
    }

    /// Those of the same kind as what was meant last.
    pub(crate) fn same_kind(&self, things: &[u32]) -> Vec<u32> {
        let kind = |index: u32| self.house.thing(index).device.kind;
        let kinds: Vec<_> = self.last.iter().map(|index| kind(*index)).collect();
        things
            .iter()
            .copied()
            .filter(|index| kinds.contains(&kind(*index)))
            .collect()
    }

    /// The others of the same kind in the same room as what was meant last.
    pub(crate) fn others(&self, want: &Want<'_>) -> Vec<u32> {
        let Some(&one) = self.last.first() else {
            return Vec::new();
        };
        let house = self.house;
        let (kind, area) = (house.thing(one).device.kind, house.thing(one).area);
        // The one that is called the same comes before its neighbours.
        let name = &house.thing(one).device.name;
        let same: Vec<u32> = (0..house.things.len() as u32)
            .filter(|index| {
                house.thing(*index).device.name == *name
                    && !self.last.contains(index)
                    && want.can(house.thing(*index))
            })
            .collect();
        if !same.is_empty() {
            return same;
        }
        let fits = |index: &u32| {
            let thing = house.thing(*index);
            thing.device.kind == kind && !self.last.contains(index) && want.can(thing)
        };
        let here: Vec<u32> = match area {
            Some(area) => house.in_room(area).iter().copied().filter(fits).collect(),
            None => Vec::new(),
        };
        if here.is_empty() {
            (0..house.things.len() as u32).filter(fits).collect()
        } else {
            here
        }
    }

    /// The one of several players that plays, for what only makes sense there.
    pub(crate) fn narrowed(&self, things: &[u32], want: &Want<'_>) -> Option<u32> {
        use crate::lang::{Attr, State};
        let Want::Do(op) = want else { return None };
        let playing = matches!(
            op,
            Op::Pause
                | Op::Next
                | Op::Previous
                | Op::Mute
                | Op::Set(Some(Attr::Volume), _)
                | Op::Step(Some(Attr::Volume), ..)
        );
        let muted = **op == Op::Unmute;
        let paused = **op == Op::Play;
        if !playing && !muted && !paused {
            return None;
        }
        let state = if muted {
            State::Muted
        } else if paused {
            State::Paused
        } else {
            State::Playing
        };
        let mut so = things.iter().copied().filter(|index| {
            self.twin(*index)
                .and_then(|twin| crate::reading::holds(state, self.house.thing(*index), twin))
                == Some(true)
        });
        so.next().filter(|_| so.next().is_none())
    }
}

/// Why a clause could not be read so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Problem {
    /// It is no clause of this kind.
    NotThis,
    /// These words are not known.
    Unknown(Vec<usize>),
    /// It is said not to do it.
    Negated,
    /// One of these.
    Which(Vec<u32>),
    /// These cannot do that.
    Unable(Vec<u32>),
    /// These words name nothing.
    NothingCalled((usize, usize)),
    /// Nothing of the kind is where these words say.
    NothingThere((usize, usize)),
    /// Nothing in these rooms can do that; these elsewhere could.
    NothingIn {
        /// The rooms.
        rooms: Vec<u32>,
        /// What could.
        instead: Vec<u32>,
    },
    /// It was not said what with.
    What,
    /// What is said of one clause would be done with another.
    Mixed,
}

impl Problem {
    /// How near to being understood it was.
    const fn rank(&self) -> u8 {
        match self {
            Self::NotThis | Self::Mixed => 0,
            Self::Unknown(_) => 1,
            Self::Negated => 2,
            Self::NothingCalled(_) => 3,
            Self::NothingThere(_) | Self::NothingIn { .. } => 4,
            Self::What => 5,
            Self::Unable(_) => 6,
            Self::Which(_) => 7,
        }
    }
}

/// A sentence, ready to be read in several ways.
pub(crate) struct Sentence<'a> {
    pub(crate) tokens: &'a [Token],
    pub(crate) words: Vec<Option<u32>>,
    pub(crate) lattice: Lattice<'a>,
    pub(crate) language: &'a Language,
    pub(crate) asks: bool,
    pub(crate) when: When,
    /// Where the words of the time stood in the message.
    pub(crate) taken: Vec<usize>,
}

impl<'a> Sentence<'a> {
    pub(crate) fn new(tokens: &'a [Token], asks: bool, when: When, context: &Context<'a>) -> Self {
        let words: Vec<_> = tokens
            .iter()
            .map(|token| context.house.word(token))
            .collect();
        let lattice = Lattice::new(tokens, &words, context.house, context.language);
        Self {
            tokens,
            words,
            lattice,
            language: context.language,
            asks,
            when,
            taken: Vec::new(),
        }
    }

    /// The same, with where the time stood among these words.
    fn out_of(mut self, whole: &[Token]) -> Self {
        let starts = whole.iter().map(|token| token.start);
        self.taken = starts
            .filter(|start| self.tokens.iter().all(|token| token.start != *start))
            .collect();
        self
    }
}

/// Understands a message.
#[must_use]
pub fn understand(message: &str, context: &Context<'_>) -> Understood {
    let text = text::read(message, context.language);
    let plain = |meaning| Understood {
        meaning,
        repaired: Vec::new(),
    };
    if text.tokens.is_empty() {
        return plain(Meaning::Lost(Lost::default()));
    }
    // What somebody else said, or a text, is not for the house to do.
    if quotes_something(&text, context) {
        return plain(Meaning::Lost(Lost::default()));
    }
    if let Some(meaning) = follow::answer(&text, context) {
        return plain(meaning);
    }
    if let Some(meaning) = spoken(&text, message, context).filter(is_certain) {
        return plain(meaning);
    }
    if let Some(meaning) = told::told(&text, message, context) {
        return plain(meaning);
    }
    let (first, problem) = read(&text, context);
    if let Some(meaning) = first {
        return plain(meaning);
    }
    // The same in another order of words.
    let others = [reorder::particle, reorder::told, reorder::without_courtesy];
    for other in others.map(|other| other(&text, context)) {
        let meaning = other.and_then(|other| read(&other, context).0);
        if let Some(meaning) = meaning.filter(is_useful) {
            return plain(meaning);
        }
    }
    let repaired = repair(&text, context, &problem);
    if let Some((meaning, repaired)) = repaired {
        return Understood { meaning, repaired };
    }
    if let Some(meaning) = spoken(&text, message, context) {
        return plain(meaning);
    }
    plain(lost(&text, &problem, context))
}

/// Whether a sentence can mean nothing else, whatever its free words name.
fn is_certain(meaning: &Meaning) -> bool {
    const CERTAIN: [&str; 15] = [
        "called_then",
        "drop_rule",
        "lives_at",
        "party",
        "prepare_room",
        "prepare_scene",
        "promote",
        "recall_about",
        "rule_off",
        "rule_on",
        "rule_told",
        "served_by",
        "serves",
        "serves_told",
        "setup_changes",
    ];
    matches!(meaning, Meaning::Topic(key, Some(_)) if CERTAIN.contains(&key.as_str()))
}

/// Whether words stand in quotation marks that are no name of the house.
fn quotes_something(text: &Text, context: &Context<'_>) -> bool {
    let quoted: Vec<&Token> = text.tokens.iter().filter(|token| token.quoted).collect();
    quoted.len() > 1
        && !quoted
            .iter()
            .all(|token| context.house.word(token).is_some())
}

/// Reads a message as it stands; or says what stood against it.
fn read(text: &Text, context: &Context<'_>) -> (Option<Meaning>, Problem) {
    let topics = context.language.topics();
    let bare = without_fillers(&text.tokens, context);
    if follow::goes_on(text, context)
        && let Some(meaning) = follow::ellipsis(text, context)
    {
        return (Some(meaning), Problem::NotThis);
    }
    let topic = topics.find(&text.tokens).or_else(|| topics.find(bare));
    if let Some(topic) = topic.as_ref().filter(|topic| topic.slots.is_empty()) {
        return (
            Some(Meaning::Topic(topic.key.clone(), None)),
            Problem::NotThis,
        );
    }
    if let Some(rule) = rule::rule(text, context) {
        return match rule {
            Ok(meaning) => (Some(meaning), Problem::NotThis),
            Err(problem) => (None, problem),
        };
    }
    let mut worst = Problem::NotThis;
    for sure_only in [false, true] {
        let (tokens, when) = timed(&text.tokens, sure_only, context);
        if sure_only && when.unsure || tokens.is_empty() {
            continue;
        }
        let sentence = Sentence::new(&tokens, text.asks, when, context).out_of(&text.tokens);
        match clause(&sentence, context) {
            Ok(meaning) => return (Some(meaning), Problem::NotThis),
            Err(Problem::Mixed) => {
                return (Some(Meaning::Lost(Lost::default())), Problem::NotThis);
            }
            Err(problem) => {
                let problem = restored(problem, &tokens, text);
                if problem.rank() > worst.rank() {
                    worst = problem;
                }
            }
        }
        // Only “at 20” could be something else than a time.
        let unsure = sentence.when.unsure || sentence.when.at.is_some();
        if !unsure {
            break;
        }
    }
    if let Some(meaning) = follow::ellipsis(text, context) {
        return (Some(meaning), worst);
    }
    // A note may name what the house does not have.
    let meaning = if spoken(text, "", context).is_some() {
        None
    } else {
        problem_meaning(&worst, text, context)
    };
    (meaning, worst)
}

/// A whole sentence with free text in it: a note, a question for what was noted.
/// The free text is as it stands in the message.
fn spoken(text: &Text, message: &str, context: &Context<'_>) -> Option<Meaning> {
    let topics = context.language.topics();
    let bare = without_fillers(&text.tokens, context);
    let whole = topics
        .find(&text.tokens)
        .map(|topic| (topic, &text.tokens[..]));
    let (topic, tokens) = whole
        .or_else(|| topics.find(bare).map(|topic| (topic, bare)))
        .filter(|(topic, _)| !told::needs_a_name(&topic.key))?;
    let free = topic.slots.first().map(|(_, (from, to))| (*from, *to));
    let words = free.and_then(|(from, to)| {
        let tokens = tokens.get(from..to)?;
        let (first, last) = (tokens.first()?, tokens.last()?);
        message.get(first.start..last.end).map(str::to_owned)
    });
    if topic.key == "prepare_room" && words.as_deref().is_some_and(|it| is_a_device(it, context)) {
        return None;
    }
    // What serves rooms is a device of the house, and what is served are its rooms.
    if matches!(&*topic.key, "serves" | "served_by" | "serves_told") {
        let slot = |name: &str| {
            let (_, (from, to)) = topic.slots.iter().find(|(slot, _)| slot == name)?;
            tokens.get(*from..*to)
        };
        let device = slot("text").map(|it| !serve::device(it, context).is_empty());
        let rooms = slot("more").map(|it| serve::rooms(it, context).is_some());
        if device == Some(false) || rooms == Some(false) {
            return None;
        }
        let both = [slot("text"), slot("more")].into_iter().flatten();
        let both: Vec<String> = both.map(serve::said).collect();
        return Some(Meaning::Topic(topic.key, Some(both.join(" / "))));
    }
    Some(Meaning::Topic(topic.key, words))
}

/// Whether words name a device, and no room.
fn is_a_device(words: &str, context: &Context<'_>) -> bool {
    let wanted = text::folded(words);
    let mut rooms = context.house.rooms.iter();
    !rooms.any(|room| text::folded(&room.name) == wanted) && !things(words, context).is_empty()
}

/// The devices that a few words mean, such as “the plug in the shed”; none where a word is not explained.
#[must_use]
pub fn things(words: &str, context: &Context<'_>) -> Vec<model::DeviceId> {
    let text = text::read(words, context.language);
    let sentence = Sentence::new(&text.tokens, false, When::default(), context);
    let segs = sentence.lattice.cut(&[]);
    let parts = parts::read(&segs, &sentence, context.house, parts::Mood::Command);
    if !parts.unknown.is_empty() || parts.acts() || parts.phrases.is_empty() {
        return Vec::new();
    }
    targets::targets(&parts, &parts.phrases, &targets::Want::Any, context)
        .map(|found| context.ids(&found.things))
        .unwrap_or_default()
}

/// The words without what is said out of politeness, at both ends.
fn without_fillers<'t>(tokens: &'t [Token], context: &Context<'_>) -> &'t [Token] {
    let mut found = Vec::new();
    let mut from = 0;
    let mut to = tokens.len();
    let is_filler = |tags: &[Tag]| {
        tags.contains(&Tag::Small(Small::Filler)) || tags.contains(&Tag::Small(Small::Whether))
    };
    while from < to {
        context.language.phrases(&tokens[from..to], &mut found);
        let Some((length, _)) = found.iter().rev().find(|(_, tags)| is_filler(tags)) else {
            break;
        };
        if from + length >= to {
            break;
        }
        from += length;
    }
    'ends: while to > from + 1 {
        for length in (1..=3.min(to - from - 1)).rev() {
            context
                .language
                .phrases(&tokens[to - length..to], &mut found);
            if found
                .iter()
                .any(|(found, tags)| *found == length && is_filler(tags))
            {
                to -= length;
                continue 'ends;
            }
        }
        break;
    }
    &tokens[from..to]
}

/// Takes the times out of a sentence, but not out of the names of the house.
pub(crate) fn timed(
    tokens: &[Token],
    sure_only: bool,
    context: &Context<'_>,
) -> (Vec<Token>, When) {
    let words: Vec<_> = tokens
        .iter()
        .map(|token| context.house.word(token))
        .collect();
    let mut fixed = vec![false; tokens.len()];
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        context.house.names(&tokens[at..], &words[at..], &mut found);
        if let Some((length, _)) = found.last().filter(|(length, _)| *length > 1) {
            fixed[at..at + length].fill(true);
        }
    }
    time::take(tokens, context.language, sure_only, &fixed)
}

/// A problem in terms of the words of the whole message.
fn restored(problem: Problem, tokens: &[Token], text: &Text) -> Problem {
    let place = |at: usize| {
        let token = tokens.get(at)?;
        text.tokens
            .iter()
            .position(|other| other.start == token.start && other.text == token.text)
    };
    let span = |(from, to): (usize, usize)| {
        let first = place(from).unwrap_or(0);
        (
            first,
            to.checked_sub(1)
                .and_then(place)
                .map_or(first, |last| last + 1),
        )
    };
    match problem {
        Problem::Unknown(words) => Problem::Unknown(words.into_iter().filter_map(place).collect()),
        Problem::NothingCalled(words) => Problem::NothingCalled(span(words)),
        Problem::NothingThere(words) => Problem::NothingThere(span(words)),
        other => other,
    }
}

/// Reads a sentence in all the ways in which it can be cut, the best first.
fn clause(sentence: &Sentence<'_>, context: &Context<'_>) -> Result<Meaning, Problem> {
    let mut worst = Problem::NotThis;
    let mut tried = 0;
    let first = sentence.lattice.cut(&[]);
    let turns = sentence.lattice.turns(&first);
    let mut cuts: Vec<Vec<segment::Turn>> = vec![Vec::new()];
    cuts.extend(turns.iter().map(|turn| vec![*turn]));
    for (index, one) in turns.iter().enumerate() {
        for other in &turns[index + 1..] {
            if one.0 != other.0 {
                cuts.push(vec![*one, *other]);
            }
        }
    }
    for turns in cuts {
        tried += 1;
        if tried > CUTS {
            break;
        }
        let segs = sentence.lattice.cut(&turns);
        match whole(&segs, sentence, context) {
            Ok(meaning) => return Ok(meaning),
            // What is said not to be done is not done by reading it otherwise.
            Err(problem @ (Problem::Negated | Problem::Mixed)) => return Err(problem),
            Err(problem) => {
                // The first cut is the likeliest: what stands against it is what is said.
                if problem.rank() > worst.rank() {
                    worst = problem;
                }
            }
        }
    }
    Err(worst)
}

fn whole(
    segs: &[Seg<'_>],
    sentence: &Sentence<'_>,
    context: &Context<'_>,
) -> Result<Meaning, Problem> {
    // “Get the blind up” brings something about, “get the temperature” shows it.
    let brings = segs.iter().find(|seg| !seg.is(Small::Filler));
    if brings.is_some_and(|seg| seg.is(Small::Show) && seg.is(Small::Put) && seg.is(Small::Be))
        && let Ok(meaning @ (Meaning::Do(..) | Meaning::Confirm(..))) =
            command::command(segs, sentence, context)
    {
        return Ok(meaning);
    }
    match question::question(segs, sentence, context) {
        Some(Ok(question)) => return Ok(Meaning::Ask(Box::new(question))),
        Some(Err(problem)) => {
            // “can you …” begins like a question and is none.
            return command::command(segs, sentence, context).map_err(|other| {
                if other.rank() > problem.rank() {
                    other
                } else {
                    problem
                }
            });
        }
        None => {}
    }
    command::command(segs, sentence, context)
}

/// What a problem comes to as an answer, where it is a matter of the house and not of the words.
fn problem_meaning(problem: &Problem, text: &Text, context: &Context<'_>) -> Option<Meaning> {
    let words = |(from, to): (usize, usize)| {
        let tokens = text.tokens.get(from..to).unwrap_or_default();
        tokens
            .iter()
            .map(|token| token.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    Some(match problem {
        Problem::Which(things) => Meaning::Which {
            choices: context.ids(things),
            ops: Vec::new(),
            also: Vec::new(),
            when: When::default(),
        },
        Problem::Unable(things) => Meaning::Cannot(Cannot::Unable {
            op: None,
            things: context.ids(things),
        }),
        Problem::NothingCalled(span) => {
            // A mistyped name may be repaired yet.
            let unknown = text.tokens.get(span.0..span.1).is_some_and(|tokens| {
                tokens.iter().any(|token| {
                    !context.house.knows(&token.text) && !context.language.knows(&token.text)
                })
            });
            if unknown {
                return None;
            }
            Meaning::Cannot(Cannot::NothingCalled(words(*span)))
        }
        Problem::NothingThere(span) => Meaning::Cannot(Cannot::NothingThere(words(*span))),
        Problem::NothingIn { rooms, instead } => Meaning::Cannot(Cannot::NothingIn {
            rooms: rooms
                .iter()
                .map(|room| context.house.rooms[*room as usize].name.clone())
                .collect(),
            instead: context.ids(instead),
        }),
        Problem::What => Meaning::Cannot(Cannot::What),
        Problem::Negated => Meaning::Lost(Lost {
            unknown: Vec::new(),
            negated: true,
        }),
        Problem::Unknown(_) | Problem::NotThis | Problem::Mixed => return None,
    })
}

fn lost(text: &Text, problem: &Problem, context: &Context<'_>) -> Meaning {
    if let Some(meaning) = problem_meaning(problem, text, context) {
        return meaning;
    }
    let unknown = text.tokens.iter().filter(|token| {
        token.number.is_none()
            && !context.house.knows(&token.text)
            && !context.language.knows(&token.text)
    });
    Meaning::Lost(Lost {
        unknown: unknown.map(|token| token.text.clone()).collect(),
        negated: false,
    })
}

/// Corrects mistyped words, one edit each, and reads again. Only what comes out in one way counts.
fn repair(
    text: &Text,
    context: &Context<'_>,
    _problem: &Problem,
) -> Option<(Meaning, Vec<(String, String)>)> {
    let is_known = |word: &str| context.house.knows(word) || context.language.knows(word);
    let mut versions: Vec<Vec<Token>> = vec![Vec::new()];
    let mut changed = 0;
    let mut at = 0;
    while at < text.tokens.len() {
        let token = &text.tokens[at];
        let joined = text
            .tokens
            .get(at + 1)
            .map(|next| format!("{}{}", token.text, next.text));
        let mut options: Vec<(Vec<Token>, usize)> = Vec::new();
        let plain = token.number.is_some() || is_known(&token.text);
        if plain {
            options.push((vec![token.clone()], 1));
        }
        // “bed room” where the house says “bedroom”.
        if let Some(joined) =
            joined.filter(|joined| context.house.knows(joined) && token.number.is_none())
            && !(plain
                && is_known(&text.tokens[at + 1].text)
                && context.house.knows(&token.text)
                && context.house.knows(&text.tokens[at + 1].text))
        {
            let mut one = token.clone();
            one.text = joined;
            one.end = text.tokens[at + 1].end;
            options.insert(0, (vec![one], 2));
        }
        if !plain {
            for candidate in corrections(&token.text, context) {
                let parts = candidate.split(' ').map(|part| Token {
                    text: part.to_owned(),
                    ..token.clone()
                });
                options.push((parts.collect(), 1));
            }
        }
        if options.is_empty() {
            return None;
        }
        let took = options[0].1;
        options.retain(|option| option.1 == took);
        if !(plain && options.len() == 1 && took == 1) {
            changed += 1;
        }
        if versions.len() * options.len() > REPAIRS {
            options.truncate(REPAIRS / versions.len().max(1));
        }
        versions = versions
            .into_iter()
            .flat_map(|version| {
                options.iter().map(move |(tokens, _)| {
                    let mut longer = version.clone();
                    longer.extend(tokens.iter().cloned());
                    longer
                })
            })
            .collect();
        at += took;
    }
    if changed == 0 {
        return None;
    }
    // Every reading that makes sense, with how it came about; one alone is taken.
    let mut readings: Vec<(Meaning, Vec<Token>)> = Vec::new();
    for tokens in versions {
        let version = Text {
            tokens,
            asks: text.asks,
        };
        let meaning = follow::answer(&version, context).or_else(|| read(&version, context).0);
        let meaning = meaning.and_then(|meaning| sound(meaning, &version.tokens, text, context));
        if let Some(meaning) = meaning.filter(is_useful)
            && !readings.iter().any(|(known, _)| *known == meaning)
        {
            readings.push((meaning, version.tokens));
        }
    }
    // A reading that says all there is to say comes before those that leave a question open.
    let whole = |meaning: &Meaning| !matches!(meaning, Meaning::Which { .. } | Meaning::Cannot(_));
    if readings.len() > 1
        && readings
            .iter()
            .filter(|(meaning, _)| whole(meaning))
            .count()
            == 1
    {
        readings.retain(|(meaning, _)| whole(meaning));
    }
    let (meaning, tokens) = match readings.len() {
        1 => readings.pop()?,
        _ => return None,
    };
    // Parts of a compound stand at one place.
    let at_place = |tokens: &[Token], start: usize| {
        let parts = tokens.iter().filter(|token| token.start == start);
        let parts: Vec<&str> = parts.map(|token| token.text.as_str()).collect();
        parts.join(" ")
    };
    let mut repaired: BTreeMap<usize, (String, String)> = BTreeMap::new();
    for token in &text.tokens {
        let was = at_place(&text.tokens, token.start);
        let now = at_place(&tokens, token.start);
        if !now.is_empty() && now != was {
            repaired.insert(token.start, (was, now));
        }
    }
    Some((
        command::careful(meaning, context),
        repaired.into_values().collect(),
    ))
}

/// A reading that a corrected word makes act. A word that nothing explains may be a maker's name as well
/// as a mistyped verb: “two LIFX lamps” lifts no lamp. So a verb stands where verbs stand, at the beginning
/// of its clause; and where a letter was put for another, it is asked first.
fn sound(
    meaning: Meaning,
    tokens: &[Token],
    text: &Text,
    context: &Context<'_>,
) -> Option<Meaning> {
    let acts = matches!(
        meaning,
        Meaning::Do(..) | Meaning::Confirm(..) | Meaning::Rule(_)
    );
    if !acts {
        return Some(meaning);
    }
    let mut found = Vec::new();
    let mut guessed = false;
    for (at, token) in tokens.iter().enumerate() {
        let was = text.tokens.iter().find(|was| was.start == token.start);
        let Some(was) = was.filter(|was| was.text != token.text) else {
            continue;
        };
        context
            .language
            .phrases(std::slice::from_ref(token), &mut found);
        let is = |kind: fn(&Tag) -> bool| found.iter().any(|(_, tags)| tags.iter().any(kind));
        if !is(|tag| matches!(tag, Tag::Act(_))) {
            continue;
        }
        let is_noun = is(|tag| matches!(tag, Tag::Noun(..)));
        let begins = clause_begin(tokens, at, context);
        let clause = without_fillers(&tokens[begins..], context);
        if clause.first().map(|first| first.start) != Some(token.start) {
            // “Die Lampe ausschalten”: in some languages the verb stands at the end of its clause.
            let ends = tokens.get(at + 1).is_none_or(|next| {
                let joins = context.language.meanings(&next.text);
                next.gap != text::Gap::Blank || joins.contains(&Tag::Small(Small::And))
            });
            if is_noun || ends && context.language.forms().verb_final {
                continue;
            }
            return None;
        }
        let same = was.text.chars().count() == token.text.chars().count();
        guessed |= same && sorted(&was.text) != sorted(&token.text);
    }
    match meaning {
        Meaning::Do(deeds, when) if guessed => Some(Meaning::Confirm(deeds, when, Doubt::Repaired)),
        Meaning::Rule(_) | Meaning::Do(..) | Meaning::Confirm(..) => Some(meaning),
        other => Some(other),
    }
}

/// Where the clause begins in which a word stands: after “and”, a comma, a full stop.
fn clause_begin(tokens: &[Token], at: usize, context: &Context<'_>) -> usize {
    let mut found = Vec::new();
    (1..=at)
        .rev()
        .find(|&begin| {
            context
                .language
                .phrases(&tokens[begin - 1..begin], &mut found);
            let joined = found
                .iter()
                .any(|(_, tags)| tags.contains(&Tag::Small(Small::And)));
            joined || tokens[begin].gap != text::Gap::Blank
        })
        .unwrap_or(0)
}

/// Whether a reading says something that can be answered.
fn is_useful(meaning: &Meaning) -> bool {
    !matches!(
        meaning,
        Meaning::Lost(_) | Meaning::Cannot(Cannot::What | Cannot::NothingCalled(_))
    )
}

/// The words that a mistyped one may have been.
fn corrections(word: &str, context: &Context<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let length = word.chars().count();
    if !(3..=24).contains(&length) || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return found;
    }
    for rest in spelling::without_one(word) {
        for (whole, parts) in context.house.near_compounds(&rest) {
            if spelling::one_edit(word, whole) && !found.contains(parts) {
                found.push(parts.clone());
            }
        }
        let house = context.house.near(&rest);
        for near in house.chain(context.language.near(&rest)) {
            // Short words look alike: only letters that changed places are taken for a slip.
            let near_length = near.chars().count();
            let left_out = length == 3 && near_length == 4;
            let short = (length <= 3 || near_length <= 3) && !left_out;
            let swapped = near_length == length && sorted(near) == sorted(word);
            let doubled = length == near_length + 1 && near_length >= 2 && is_doubled(word, near);
            if short && !swapped && !doubled {
                continue;
            }
            if spelling::one_edit(word, near) && !found.iter().any(|known| known == near) {
                found.push(near.to_owned());
            }
        }
    }
    // Two words run together: “livingroom”, “turnoff”.
    if found.is_empty() {
        for at in 2..word.len().saturating_sub(1) {
            let (Some(left), Some(right)) = (word.get(..at), word.get(at..)) else {
                continue;
            };
            let known = |part: &str| context.house.knows(part) || context.language.knows(part);
            if known(left) && known(right) {
                found.push(format!("{left} {right}"));
            }
        }
    }
    found.sort();
    found.truncate(6);
    found
}

fn sorted(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

/// Whether a word is another with one of its letters twice.
fn is_doubled(word: &str, near: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    (1..letters.len()).any(|at| {
        letters[at] == letters[at - 1] && {
            let mut one = letters.clone();
            one.remove(at);
            one.into_iter().collect::<String>() == near
        }
    })
}

/// The places of a context's phrases, for questions.
pub(crate) fn places(phrases: &[parts::Phrase], house: &Gazetteer) -> Vec<Place> {
    let mut places = Vec::new();
    for phrase in phrases {
        places.extend(&phrase.places);
        places.extend(house.place(&phrase.chunk));
    }
    places
}
