//! What a clause is made of: its verbs, quantities, values and noun phrases.

use super::Sentence;
use super::segment::{Lattice, Seg, View};
use crate::act::{Amount, Measure};
use crate::house::{Chunk, Entity, Gazetteer, Place};
use crate::lang::{Act, Attr, HouseMode, Language, Noun, Small, State, Tag, Way, Word};
use crate::text::Token;

/// A noun phrase.
#[derive(Debug, Clone, Default)]
pub(crate) struct Phrase {
    /// The words that name something.
    pub(crate) chunk: Chunk,
    /// Whether it stands behind a word for a place: “in the kitchen”.
    pub(crate) located: bool,
    /// All of them, every one.
    pub(crate) all: bool,
    /// Any of them.
    pub(crate) any: bool,
    /// Both of them.
    pub(crate) both: bool,
    /// “the bedroom one”.
    pub(crate) one: bool,
    /// “the other …”.
    pub(crate) other: bool,
    /// All there is of it, where a place is said.
    pub(crate) mass: bool,
    /// Places said by one word: upstairs, outside.
    pub(crate) places: Vec<Place>,
    /// Which words of the sentence it is.
    pub(crate) span: (usize, usize),
    /// Whether it is what an exception leaves out.
    pub(crate) except: bool,
}

/// A value with how it was introduced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Given {
    pub(crate) amount: Amount,
    pub(crate) by: bool,
    pub(crate) to: bool,
}

/// A clause.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts {
    pub(crate) put: bool,
    pub(crate) acts: Vec<Act>,
    pub(crate) states: Vec<State>,
    pub(crate) attrs: Vec<Attr>,
    pub(crate) more: Vec<(Attr, Way)>,
    pub(crate) most: Vec<(Attr, Way)>,
    pub(crate) ways: Vec<Way>,
    pub(crate) given: Vec<Given>,
    pub(crate) colours: Vec<(u16, u8)>,
    pub(crate) whites: Vec<u16>,
    pub(crate) words: Vec<Word>,
    pub(crate) choices: Vec<u32>,
    pub(crate) labels: Vec<u32>,
    pub(crate) modes: Vec<HouseMode>,
    pub(crate) scenarios: Vec<Entity>,
    pub(crate) people: Vec<u32>,
    pub(crate) phrases: Vec<Phrase>,
    pub(crate) small: Vec<Small>,
    /// Words that nothing explains.
    pub(crate) unknown: Vec<usize>,
    /// The small word that it begins with, fillers left out.
    pub(crate) first: Option<Small>,
    pub(crate) says_mode: bool,
    /// “Too loud”: it is told, and not asked for.
    pub(crate) complains: bool,
}

impl Parts {
    pub(crate) fn has(&self, small: Small) -> bool {
        self.small.contains(&small)
    }

    pub(crate) fn has_any(&self, small: &[Small]) -> bool {
        small.iter().any(|one| self.has(*one))
    }

    /// Whether it asks: a question's word stands in it, or it begins with a verb.
    pub(crate) fn asks(&self) -> bool {
        use Small::{
            Be, Count, Do, Have, How, HowLong, HowMany, HowMuch, Past, Show, What, When, Where,
            Which, Who, Why, Will,
        };
        self.has_any(&[
            How, HowLong, HowMany, HowMuch, What, When, Where, Which, Who, Why, Count,
        ]) || matches!(
            self.first,
            Some(Be | Do | Have | Past | Will | Show | Small::Whether)
        )
    }

    /// Whether anything in it says what to do.
    pub(crate) fn acts(&self) -> bool {
        !self.acts.is_empty()
            || !self.states.is_empty()
            || !self.more.is_empty()
            || !self.ways.is_empty()
            || !self.given.is_empty()
            || !self.colours.is_empty()
            || !self.whites.is_empty()
            || !self.words.is_empty()
            || !self.choices.is_empty()
    }
}

/// Which reading of a word comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Command,
    Question,
}

/// Reads the pieces of a clause.
pub(crate) fn read(
    segs: &[Seg<'_>],
    sentence: &Sentence<'_>,
    house: &Gazetteer,
    mood: Mood,
) -> Parts {
    let mut reader = Reader {
        tokens: sentence.tokens,
        words: &sentence.words,
        language: sentence.language,
        lattice: &sentence.lattice,
        house,
        mood,
        parts: Parts::default(),
        open: None,
        next: Phrase::default(),
        prep: None,
    };
    let mut at = 0;
    while at < segs.len() {
        at += reader.seg(&segs[at..]);
    }
    reader.close();
    if !reader.next.places.is_empty() {
        let phrase = std::mem::take(&mut reader.next);
        reader.finish(phrase);
    }
    reader.parts
}

struct Reader<'a> {
    lattice: &'a Lattice<'a>,
    tokens: &'a [Token],
    words: &'a [Option<u32>],
    language: &'a Language,
    house: &'a Gazetteer,
    mood: Mood,
    parts: Parts,
    open: Option<Phrase>,
    /// What is known of the next noun phrase before it begins.
    next: Phrase,
    /// The preposition before, with what it can mean.
    prep: Option<[bool; 3]>,
}

impl Reader<'_> {
    fn close(&mut self) {
        if let Some(phrase) = self.open.take() {
            self.finish(phrase);
        }
    }

    fn finish(&mut self, mut phrase: Phrase) {
        let last = phrase.chunk.words.len();
        // A noun knows whether it is a plural; any other word by its ending.
        if let Some((.., plural)) = phrase
            .chunk
            .nouns
            .iter()
            .rev()
            .find(|(_, to, ..)| *to == last)
        {
            phrase.chunk.plural = *plural;
        }
        phrase.except |= self.parts.has(Small::Except);
        self.parts.phrases.push(phrase);
    }

    fn first(&mut self, small: Small) {
        if self.parts.first.is_none()
            && self.parts.phrases.is_empty()
            && self.parts.people.is_empty()
            && self.open.is_none()
            && !self.parts.acts()
            && !self.parts.put
        {
            self.parts.first = Some(small);
        }
    }

    /// Reads a piece, and says how many pieces that took.
    fn seg(&mut self, segs: &[Seg<'_>]) -> usize {
        let seg = &segs[0];
        match seg.view {
            View::Unknown => {
                self.close();
                self.parts.unknown.extend(seg.from..seg.to);
                1
            }
            View::Number => {
                self.close();
                self.number(segs)
            }
            View::Name => {
                self.name(seg);
                1
            }
            View::Word => {
                let one = seg.is(Small::One);
                if one && let Some(phrase) = &mut self.open {
                    phrase.one = true;
                    self.close();
                    return 1;
                }
                self.close();
                self.word(segs)
            }
        }
    }

    fn name(&mut self, seg: &Seg<'_>) {
        // “In the bedroom everything …”: that is no name of one thing.
        if seg.tags.contains(&Tag::Noun(Noun::Everything, false)) {
            self.close();
        }
        if self.open.is_none() {
            for entity in seg.entities {
                match entity {
                    Entity::Person(person)
                        if seg.entities.len() == 1 || self.mood == Mood::Question =>
                    {
                        self.parts.people.push(*person);
                        if seg
                            .entities
                            .iter()
                            .all(|it| matches!(it, Entity::Person(_) | Entity::Thing(_)))
                        {
                            self.prep = None;
                            return;
                        }
                    }
                    Entity::Scenario(_) | Entity::Scene(_) => self.parts.scenarios.push(*entity),
                    _ => {}
                }
            }
            let own = |entity: &Entity| {
                matches!(
                    entity,
                    Entity::Thing(_) | Entity::Area(_) | Entity::Floor(_)
                )
            };
            let is_part =
                self.words[seg.from].is_some_and(|word| !self.house.posted(word).is_empty());
            let only_other = !seg.entities.is_empty() && !seg.entities.iter().any(own);
            let has_noun = seg.tags.iter().any(|tag| matches!(tag, Tag::Noun(..)));
            let after_to = self.prep.is_some_and(|[_, to, _]| to)
                && seg
                    .entities
                    .iter()
                    .any(|entity| matches!(entity, Entity::Choice(_)));
            if only_other && (after_to || !(seg.to - seg.from == 1 && (is_part || has_noun))) {
                for entity in seg.entities {
                    match entity {
                        Entity::Choice(choice) => self.parts.choices.push(*choice),
                        Entity::Label(label) => self.parts.labels.push(*label),
                        _ => {}
                    }
                }
                self.prep = None;
                return;
            }
            let [place, ..] = self.prep.take().unwrap_or_default();
            let mut phrase = std::mem::take(&mut self.next);
            phrase.located = place;
            phrase.span = (seg.from, seg.from);
            self.open = Some(phrase);
        }
        let Some(phrase) = &mut self.open else { return };
        let at = phrase.chunk.words.len();
        let length = seg.to - seg.from;
        phrase
            .chunk
            .words
            .extend_from_slice(&self.words[seg.from..seg.to]);
        phrase.span.1 = seg.to;
        phrase.mass = self.language.forms().is_mass(&self.tokens[seg.to - 1].text);
        for tag in seg.tags {
            let Tag::Noun(noun, plural) = tag else {
                continue;
            };
            // “Fenster” is one or several: what stands before it tells.
            if seg.tags.contains(&Tag::Noun(*noun, !plural)) {
                if !plural {
                    let many = one_or_many(self.tokens, seg.from, self.language, self.mood);
                    phrase.chunk.nouns.push((at, at + length, *noun, many));
                }
            } else {
                phrase.chunk.nouns.push((at, at + length, *noun, *plural));
            }
        }
        for entity in seg.entities {
            phrase.chunk.names.push((at, at + length, *entity));
        }
        if length > 1 {
            for inner in self.lattice.within(seg.from, seg.to) {
                let (from, to) = (at + inner.from - seg.from, at + inner.to - seg.from);
                for tag in inner.tags {
                    if let Tag::Noun(noun, plural) = tag {
                        let known = (from, to, *noun, *plural);
                        if !phrase.chunk.nouns.contains(&known) {
                            phrase.chunk.nouns.push(known);
                        }
                    }
                }
                for entity in inner.entities {
                    let known = (from, to, *entity);
                    if matches!(entity, Entity::Area(_) | Entity::Floor(_))
                        && !phrase.chunk.names.contains(&known)
                    {
                        phrase.chunk.names.push(known);
                    }
                }
            }
        }
        let last = &self.tokens[seg.to - 1].text;
        phrase.chunk.plural = self.house.is_plural(last);
    }

    fn number(&mut self, segs: &[Seg<'_>]) -> usize {
        let seg = &segs[0];
        let Some(value) = self.tokens[seg.from].number else {
            self.parts.unknown.push(seg.from);
            return 1;
        };
        let mut took = 1;
        let mut unit = Measure::Plain;
        while let Some(next) = segs.get(took).filter(|next| {
            next.view == View::Word || next.tags.contains(&Tag::Small(Small::Ampere))
        }) {
            let found = [
                (Small::Percent, Measure::Percent),
                (Small::Celsius, Measure::Celsius),
                (Small::Fahrenheit, Measure::Fahrenheit),
                (Small::Kelvin, Measure::Kelvin),
                (Small::Ampere, Measure::Ampere),
                (Small::Degree, Measure::Degree),
            ]
            .into_iter()
            .find(|(small, _)| next.tags.contains(&Tag::Small(*small)));
            match found {
                Some((_, measure)) if unit == Measure::Plain || unit == Measure::Degree => {
                    unit = measure
                }
                _ => break,
            }
            took += 1;
        }
        let [_, to, by] = self.prep.take().unwrap_or_default();
        self.parts.given.push(Given {
            amount: Amount { value, unit },
            by,
            to,
        });
        took
    }

    fn percent(&mut self, value: f64) {
        let [_, to, by] = self.prep.take().unwrap_or_default();
        self.parts.given.push(Given {
            amount: Amount {
                value,
                unit: Measure::Percent,
            },
            by,
            to,
        });
    }

    #[expect(clippy::too_many_lines, reason = "one line for each kind of word")]
    fn word(&mut self, segs: &[Seg<'_>]) -> usize {
        let seg = &segs[0];
        let has = |small: Small| seg.tags.contains(&Tag::Small(small));
        let after_to = self.prep.is_some_and(|[_, to, _]| to);
        let last = segs.len() == 1;
        // What can be a preposition is one before a name or a number.
        let is_prep = has(Small::In)
            || has(Small::To)
            || has(Small::By)
            || has(Small::Of)
            || has(Small::For)
            || has(Small::From);
        // “Whether the window open is”, where the verb comes last.
        let is_state = segs.get(1).is_some_and(|next| next.is(Small::Be))
            && seg.tags.iter().any(|tag| matches!(tag, Tag::State(_)))
            && !has(Small::Be);
        // “Turn the heating up in the bedroom”: the way, and then the place.
        if is_prep && seg.to - seg.from == 2 && self.parts.put && !self.parts.acts() {
            let way = self.language.meanings(&self.tokens[seg.from].text);
            if let Some(way) = way.iter().find_map(|tag| match tag {
                Tag::Way(way) => Some(*way),
                _ => None,
            }) {
                self.parts.ways.push(way);
            }
        }
        if is_prep && !last && !is_state {
            let mut ahead = segs[1..].iter().filter(|next| {
                !next.is(Small::Article)
                    && !next.is(Small::All)
                    && !next.is(Small::Filler)
                    && !next.is(Small::Both)
                    && !next.is(Small::Other)
            });
            let next = ahead.next();
            let can_state = seg.tags.contains(&Tag::State(State::On));
            let names_next = next.is_some_and(|next| {
                // “Which lights are on upstairs”: that one is nothing to be on.
                next.view == View::Name
                    || !can_state
                        && [
                            Small::Upstairs,
                            Small::Downstairs,
                            Small::Outside,
                            Small::Inside,
                            Small::House,
                            Small::Here,
                            Small::There,
                            Small::It,
                            Small::Other,
                        ]
                        .iter()
                        .any(|small| next.is(*small))
            });
            let value_next = next.is_some_and(|next| {
                next.view == View::Number
                    || next.tags.iter().any(|tag| match tag {
                        Tag::Small(small) => matches!(
                            small,
                            Small::Half
                                | Small::Quarter
                                | Small::ThreeQuarters
                                | Small::Full
                                | Small::Lowest
                        ),
                        Tag::Colour(..)
                        | Tag::White(_)
                        | Tag::Word(_)
                        | Tag::State(_)
                        | Tag::Mode(_) => true,
                        _ => false,
                    })
                    || next
                        .entities
                        .iter()
                        .any(|entity| matches!(entity, Entity::Choice(_)))
            });
            let place = has(Small::In) || has(Small::Of) || has(Small::From) || has(Small::For);
            // “on” is a place's word only where a name follows, and how it shall be was said already.
            // “put it on low”, “put it on 19 degrees”: no state, but what it is put to.
            let value = next.is_some_and(|next| {
                next.view == View::Number
                    || next
                        .tags
                        .iter()
                        .any(|tag| matches!(tag, Tag::Colour(..) | Tag::White(_) | Tag::Word(_)))
                    || next
                        .entities
                        .iter()
                        .any(|entity| matches!(entity, Entity::Choice(_)))
            });
            let told = !self.parts.phrases.is_empty() || self.parts.has(Small::It);
            let put_on = can_state && value && self.parts.put && told;
            let can_state = can_state && !put_on;
            if put_on {
                self.prep = Some([false, true, false]);
                return 1;
            }
            let said = self.parts.acts() || self.parts.asks() || !self.parts.attrs.is_empty();
            if (names_next && place && (!can_state || said))
                || (value_next && (has(Small::To) || has(Small::By)) && !can_state)
            {
                self.prep = Some([
                    names_next && place,
                    has(Small::To),
                    has(Small::By) && !has(Small::To),
                ]);
                if names_next && !value_next && !place {
                    self.prep = None;
                }
                return 1;
            }
            if has(Small::By) && !has(Small::In) && value_next {
                self.prep = Some([false, false, true]);
                return 1;
            }
            if !can_state && (has(Small::To) || has(Small::Of)) {
                // “brightness of it to …”, “set to warm”: it holds what follows together.
                self.prep = Some([place && names_next, has(Small::To), false]);
                return 1;
            }
        }
        // “Half a degree”.
        let behind = segs[1..].iter().position(|next| !next.is(Small::Article));
        if has(Small::Half)
            && let Some(behind) = behind.filter(|at| segs[at + 1].is(Small::Degree))
        {
            let [_, to, by] = self.prep.take().unwrap_or_default();
            let amount = Amount {
                value: 0.5,
                unit: Measure::Degree,
            };
            self.parts.given.push(Given { amount, by, to });
            return behind + 2;
        }
        for (small, value) in [
            (Small::Half, 50.0),
            (Small::Quarter, 25.0),
            (Small::ThreeQuarters, 75.0),
            (Small::Full, 100.0),
            (Small::Lowest, 1.0),
        ] {
            if has(small) && self.mood == Mood::Command {
                self.percent(value);
                // “half brightness”, “a quarter percent”
                return 1 + usize::from(segs.get(1).is_some_and(|next| next.is(Small::Percent)));
            }
        }
        // “Far too loud”.
        let more = |seg: &Seg<'_>| seg.tags.iter().any(|tag| matches!(tag, Tag::More(..)));
        if has(Small::Much) && self.mood == Mood::Command && segs.get(1).is_some_and(more) {
            self.parts.small.push(Small::Much);
            return 1;
        }
        if has(Small::Article) {
            return 1;
        }
        // “Are the blinds up”, in a language that says it as “upstairs”.
        if self.mood == Mood::Question
            && self.tells_covers()
            && let Some(state) = seg.tags.iter().find_map(|tag| match tag {
                Tag::State(state) => Some(*state),
                _ => None,
            })
            && (has(Small::Upstairs) || has(Small::Downstairs))
        {
            self.parts.states.push(state);
            return 1;
        }
        for (small, place) in [
            (Small::Upstairs, Place::Upstairs),
            (Small::Downstairs, Place::Downstairs),
            (Small::Outside, Place::Outside),
            (Small::Inside, Place::Inside),
            (Small::House, Place::House),
        ] {
            if has(small)
                && !(small == Small::House
                    && seg
                        .tags
                        .iter()
                        .any(|tag| matches!(tag, Tag::State(State::Home)))
                    && (self.mood == Mood::Question || after_to))
            {
                self.prep = None;
                self.place(place);
                return 1;
            }
        }
        if let Some(mode) = seg.tags.iter().find_map(|tag| match tag {
            Tag::Mode(mode) => Some(*mode),
            _ => None,
        }) {
            self.parts.modes.push(mode);
            self.prep = None;
            return 1;
        }
        if self.mood == Mood::Question {
            self.question_word(seg);
        } else {
            self.command_word(seg, after_to);
        }
        1
    }

    /// Whether coverings of windows were named last.
    fn tells_covers(&self) -> bool {
        let last = self.parts.phrases.last();
        last.is_some_and(|phrase| {
            nouns(&phrase.chunk).any(|noun| {
                matches!(
                    noun,
                    Noun::Cover | Noun::Blind | Noun::Curtain | Noun::Shutter | Noun::Awning
                )
            })
        })
    }

    fn place(&mut self, place: Place) {
        // “upstairs lights”: it belongs to what follows; “lights upstairs”: to what was said.
        match self
            .parts
            .phrases
            .last_mut()
            .filter(|phrase| !phrase.chunk.words.is_empty())
        {
            Some(phrase) => phrase.places.push(place),
            None => self.next.places.push(place),
        }
        if self.parts.phrases.is_empty() {
            self.parts.small.push(Small::There);
        }
    }

    fn command_word(&mut self, seg: &Seg<'_>, after_to: bool) {
        let mut word = None;
        let mut act = None;
        let mut state = None;
        let mut attr = None;
        for tag in seg.tags {
            match tag {
                Tag::Colour(hue, saturation) => {
                    return self.parts.colours.push((*hue, *saturation));
                }
                Tag::White(kelvin) => return self.parts.whites.push(*kelvin),
                Tag::More(more, way) => {
                    let first = self.language.meanings(&self.tokens[seg.from].text);
                    self.parts.complains |= first.contains(&Tag::Small(Small::Complaint));
                    return self.parts.more.push((*more, *way));
                }
                Tag::Word(it) => word = Some(*it),
                Tag::Act(it) => {
                    // The first that the file gives counts, but for words that are verbs and states.
                    act = act.or(Some(*it));
                }
                // People are out, lights go out.
                Tag::State(State::Off) => state = Some(State::Off),
                Tag::State(it) => state = state.or(Some(*it)),
                Tag::Attr(it) => attr = attr.or(Some(*it)),
                _ => {}
            }
        }
        let has = |small: Small| seg.tags.contains(&Tag::Small(small));
        // “The light burns” tells, in one word.
        if has(Small::Be) && state.is_some() && act.is_none() {
            self.prep = None;
            return self.small(seg);
        }
        let way = seg.tags.iter().find_map(|tag| match tag {
            Tag::Way(way) => Some(*way),
            _ => None,
        });
        self.prep = None;
        if let Some(word) = word.filter(|_| {
            after_to
                || act.is_none() && way.is_none() && !matches!(state, Some(State::On | State::Off))
        }) {
            self.parts.words.push(word);
            return;
        }
        if let Some(way) = way {
            self.parts.ways.push(way);
            return;
        }
        if let Some(act) =
            act.filter(|_| !(has(Small::Put) && (attr.is_some() || self.parts.acts())))
        {
            match act {
                Act::Raise => self.parts.ways.push(Way::Up),
                Act::Lower => self.parts.ways.push(Way::Down),
                act => self.parts.acts.push(act),
            }
            return;
        }
        if has(Small::Put) && !self.parts.put {
            self.parts.put = true;
            return;
        }
        if let Some(state) = state {
            self.parts.states.push(state);
            return;
        }
        if let Some(attr) = attr {
            self.parts.attrs.push(attr);
            return;
        }
        self.small(seg);
    }

    fn question_word(&mut self, seg: &Seg<'_>) {
        self.prep = None;
        let asks = [
            Small::What,
            Small::Which,
            Small::How,
            Small::HowMany,
            Small::HowMuch,
            Small::HowLong,
            Small::Who,
            Small::Where,
            Small::When,
            Small::Why,
        ];
        if let Some(small) = asks
            .into_iter()
            .find(|small| seg.tags.contains(&Tag::Small(*small)))
        {
            self.first(small);
            self.parts.small.push(small);
            if seg.tags.contains(&Tag::Small(Small::About)) {
                self.parts.small.push(Small::About);
            }
            return;
        }
        if seg.tags.contains(&Tag::Small(Small::Whether)) {
            self.first(Small::Whether);
            self.parts.small.push(Small::Whether);
            return;
        }
        let mut state = None;
        let mut attr = None;
        for tag in seg.tags {
            match tag {
                Tag::Most(most, way) => return self.parts.most.push((*most, *way)),
                Tag::State(State::Off)
                    if self.parts.people.is_empty() && !self.parts.has(Small::Everyone) =>
                {
                    state = Some(State::Off);
                }
                Tag::State(it) => state = state.or(Some(*it)),
                Tag::Attr(it) => attr = attr.or(Some(*it)),
                _ => {}
            }
        }
        let has = |small: Small| seg.tags.contains(&Tag::Small(small));
        let asked_how = self.parts.has_any(&[Small::How, Small::HowMuch]);
        if has(Small::Be)
            || has(Small::Do)
            || has(Small::Past)
            || has(Small::Will)
            // “Are the curtains drawn”.
            || has(Small::Use) && (state.is_none() || asked_how)
        {
            self.small(seg);
            if has(Small::Be) {
                self.parts.states.extend(state);
            }
            return;
        }
        match (state, attr) {
            (Some(state), Some(attr))
                if asked_how || matches!(state, State::Low) && !self.parts.attrs.is_empty() =>
            {
                let _ = state;
                self.parts.attrs.push(attr);
            }
            (Some(state), _) => self.parts.states.push(state),
            (None, Some(attr)) => self.parts.attrs.push(attr),
            (None, None) => self.small(seg),
        }
    }

    fn small(&mut self, seg: &Seg<'_>) {
        let smalls: Vec<Small> = seg
            .tags
            .iter()
            .filter_map(|tag| match tag {
                // What marks a clause is no word of its own.
                Tag::Small(Small::Complaint | Small::Keep | Small::Tell) => None,
                Tag::Small(small) => Some(*small),
                _ => None,
            })
            .collect();
        let has = |small: Small| smalls.contains(&small);
        if has(Small::Mode) {
            self.parts.says_mode = true;
            return;
        }
        for (small, mark) in [
            (Small::All, 0),
            (Small::Both, 1),
            (Small::Other, 2),
            (Small::Any, 3),
        ] {
            if has(small) {
                match mark {
                    0 => self.next.all = true,
                    1 => {
                        self.next.both = true;
                        self.next.all = true;
                    }
                    2 => self.next.other = true,
                    _ => self.next.any = true,
                }
                self.parts.small.push(small);
                return;
            }
        }
        if has(Small::Except) {
            self.parts.small.push(Small::Except);
            self.next = Phrase {
                except: true,
                ..Phrase::default()
            };
            return;
        }
        if has(Small::Filler)
            && !(self.mood == Mood::Question && (has(Small::Be) || has(Small::Show)))
        {
            return;
        }
        let Some(&small) = smalls
            .iter()
            .find(|small| !matches!(small, Small::Block))
            .or(smalls.first())
        else {
            self.parts.unknown.extend(seg.from..seg.to);
            return;
        };
        self.first(small);
        self.parts.small.extend(smalls.iter().copied().filter(|it| {
            *it == small
                || matches!(
                    it,
                    Small::Past
                        | Small::Be
                        | Small::Do
                        | Small::Show
                        | Small::Use
                        | Small::Least
                        | Small::Most
                        | Small::Not
                        | Small::Exists
                        | Small::Set
                )
        }));
    }
}

/// Whether a noun with one form for both numbers is a plural here.
fn one_or_many(tokens: &[Token], at: usize, language: &Language, mood: Mood) -> bool {
    let mut before = at;
    // Over what belongs to the noun: “die linken Fenster”.
    while before > 0 && tokens[before].gap == crate::text::Gap::Blank && at - before < 3 {
        before -= 1;
        let word = &tokens[before].text;
        if language.forms().is_plural_article(word) {
            return true;
        }
        let meanings = language.meanings(word);
        if meanings.contains(&Tag::Small(Small::Article)) {
            return false;
        }
        if !meanings.is_empty() {
            break;
        }
    }
    mood == Mood::Question
}

/// The nouns of a chunk.
pub(crate) fn nouns(chunk: &Chunk) -> impl Iterator<Item = Noun> + '_ {
    chunk.nouns.iter().map(|(_, _, noun, _)| *noun)
}
