//! Everything in the house that has a name, indexed by its words, so that a sentence costs the same
//! in a house of ten or ten thousand devices.

use super::kind::{Nouns, nouns};
use crate::lang::{Language, Noun, Stems, Tag};
use crate::spelling;
use crate::text::{self, Token};
use model::{AreaId, Device, DeviceId, FloorId, PersonId};
use std::collections::HashMap;
use std::sync::Arc;
use twin::Snapshot;

/// The most variants of one name that synonyms add.
const VARIANTS: usize = 10;

/// Something with a name, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    /// A device.
    Thing(u32),
    /// An area.
    Area(u32),
    /// A floor.
    Floor(u32),
    /// A person.
    Person(u32),
    /// A scenario.
    Scenario(u32),
    /// A scene.
    Scene(u32),
    /// A word that some device has for one of its modes or sources.
    Choice(u32),
    /// What a device calls one of its settings.
    Label(u32),
}

/// A name as words.
#[derive(Debug, Clone, PartialEq)]
pub struct Spelling {
    /// The words without plural endings, by their numbers.
    pub words: Vec<u32>,
    /// Whether its last word has a plural ending.
    pub plural: bool,
    /// Whether it was written so by somebody, and is no synonym.
    pub own: bool,
}

/// A device.
#[derive(Debug)]
pub struct Thing {
    /// What it is.
    pub device: Arc<Device>,
    /// The index of its area.
    pub area: Option<u32>,
    /// The index of that one's floor.
    pub floor: Option<u32>,
    /// The indexes of the areas that it serves.
    pub serves: Vec<u32>,
    /// What it is called.
    pub names: Vec<Spelling>,
    pub(crate) nouns: Nouns,
}

impl Thing {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        self.device.id
    }

    /// Whether people would call it that.
    #[must_use]
    pub fn is(&self, noun: Noun) -> bool {
        match noun {
            Noun::Everything => true,
            Noun::Light | Noun::Lamp => self.nouns.has(Noun::Light) || self.nouns.has(Noun::Lamp),
            noun => self.nouns.has(noun),
        }
    }

    /// Whether it can do this at all.
    #[must_use]
    pub fn has(&self, capability: &str) -> bool {
        self.device
            .capabilities
            .iter()
            .any(|it| it.capability.name == capability)
    }
}

/// An area.
#[derive(Debug)]
pub struct Room {
    /// Its id.
    pub id: AreaId,
    /// What people call it.
    pub name: String,
    /// The index of its floor.
    pub floor: Option<u32>,
    /// Whether it lies outside.
    pub outside: bool,
}

/// A floor.
#[derive(Debug)]
pub struct Storey {
    /// Its id.
    pub id: FloorId,
    /// What people call it.
    pub name: String,
    /// 0 is the ground floor.
    pub level: i32,
}

/// A person.
#[derive(Debug)]
pub struct Human {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
}

/// A scenario or scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Its readable name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// The numbers that it can be run with.
    pub numbers: Vec<String>,
}

/// What a device calls one of its settings: “Reserve”.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Of which device.
    pub thing: u32,
    /// On which endpoint.
    pub endpoint: u16,
    /// Of which capability.
    pub capability: &'static str,
    /// As it is written.
    pub text: String,
}

/// What has a name and is not in the snapshot.
#[derive(Debug, Clone, Default)]
pub struct Extra {
    /// The scenarios.
    pub scenarios: Vec<Named>,
    /// The scenes.
    pub scenes: Vec<Named>,
}

/// The house as words.
#[derive(Debug, Default)]
pub struct Gazetteer {
    /// The devices.
    pub things: Vec<Thing>,
    /// The areas.
    pub rooms: Vec<Room>,
    /// The floors.
    pub storeys: Vec<Storey>,
    /// The people.
    pub people: Vec<Human>,
    /// The scenarios.
    pub scenarios: Vec<Named>,
    /// The scenes.
    pub scenes: Vec<Named>,
    /// Words for modes and sources, as the devices write them.
    pub choices: Vec<String>,
    /// Settings that devices name themselves.
    pub labels: Vec<Label>,
    words: HashMap<String, u32>,
    spelled: Vec<String>,
    steps: HashMap<(u32, u32), u32>,
    ends: Vec<Vec<Entity>>,
    postings: Vec<Vec<u32>>,
    by_room: Vec<Vec<u32>>,
    /// Those that serve a room from elsewhere.
    by_served: Vec<Vec<u32>>,
    by_noun: HashMap<Noun, Vec<u32>>,
    near: HashMap<String, Vec<u32>>,
    alike: HashMap<Edges, Vec<u32>>,
    /// Compounds in names, in one word and in parts.
    compounds: Vec<(String, String)>,
    near_compounds: HashMap<String, Vec<u32>>,
    by_id: HashMap<DeviceId, u32>,
    stems: Arc<Stems>,
}

impl Gazetteer {
    /// Reads the house.
    #[must_use]
    pub fn new(snapshot: &Snapshot, extra: Extra, language: &Language) -> Self {
        let mut house = Self {
            ends: vec![Vec::new()],
            stems: Arc::clone(language.stems()),
            ..Self::default()
        };
        let mut later: Vec<(Vec<u32>, Entity)> = Vec::new();
        let mut floors = HashMap::new();
        for (id, floor) in &snapshot.floors {
            let index = house.storeys.len() as u32;
            floors.insert(*id, index);
            house.storeys.push(Storey {
                id: *id,
                name: floor.name.clone(),
                level: floor.level,
            });
            house.call(
                [floor.name.as_str(), floor.slug.as_str()],
                Entity::Floor(index),
                language,
                &mut later,
            );
        }
        let mut rooms = HashMap::new();
        for (id, area) in &snapshot.areas {
            let index = house.rooms.len() as u32;
            rooms.insert(*id, index);
            let words = text::name_words(&area.name, language);
            let outside = language
                .outside()
                .iter()
                .any(|name| words.windows(name.len()).any(|some| some == name));
            let floor = area.floor.and_then(|floor| floors.get(&floor).copied());
            house.rooms.push(Room {
                id: *id,
                name: area.name.clone(),
                floor,
                outside,
            });
            house.by_room.push(Vec::new());
            house.by_served.push(Vec::new());
            house.call(
                [area.name.as_str(), area.slug.as_str()],
                Entity::Area(index),
                language,
                &mut later,
            );
        }
        house.shorten(language, &mut later);
        for (id, person) in &snapshot.people {
            let index = house.people.len() as u32;
            house.people.push(Human {
                id: *id,
                name: person.name.clone(),
            });
            house.call(
                [person.name.as_str(), person.slug.as_str()],
                Entity::Person(index),
                language,
                &mut later,
            );
        }
        for twin in snapshot.devices.values() {
            let area = twin.device.area.and_then(|area| rooms.get(&area).copied());
            let serves = twin.device.serves.iter();
            let serves = serves.filter_map(|area| rooms.get(area).copied()).collect();
            house.add_thing(&twin.device, (area, serves), language, &mut later);
        }
        for (list, scene) in [(&extra.scenarios, false), (&extra.scenes, true)] {
            for (index, named) in list.iter().enumerate() {
                let index = index as u32;
                let entity = if scene {
                    Entity::Scene(index)
                } else {
                    Entity::Scenario(index)
                };
                house.call(
                    [named.name.as_str(), named.slug.as_str()],
                    entity,
                    language,
                    &mut later,
                );
            }
        }
        (house.scenarios, house.scenes) = (extra.scenarios, extra.scenes);
        for (words, entity) in later {
            let node = house.node(&words);
            if house.ends[node as usize].is_empty() {
                house.ends[node as usize].push(entity);
            }
        }
        house.spell();
        house
    }

    fn add_thing(
        &mut self,
        device: &Arc<Device>,
        (area, serves): (Option<u32>, Vec<u32>),
        language: &Language,
        later: &mut Vec<(Vec<u32>, Entity)>,
    ) {
        let index = self.things.len() as u32;
        let names = [device.name.as_str()]
            .into_iter()
            .chain(device.aliases.iter().map(String::as_str))
            .chain([device.slug.as_str()]);
        let names = self.call(names, Entity::Thing(index), language, later);
        let mut called = Vec::new();
        for name in [device.name.as_str()]
            .into_iter()
            .chain(device.aliases.iter().map(String::as_str))
        {
            called.extend(nouns_in(name, language));
        }
        let fit = nouns(device, &called);
        for noun in Noun::ALL.iter().filter(|noun| fit.has(**noun)) {
            self.by_noun.entry(*noun).or_default().push(index);
        }
        for name in &names {
            for word in &name.words {
                let list = &mut self.postings[*word as usize];
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
        if let Some(area) = area {
            self.by_room[area as usize].push(index);
        }
        for served in serves.iter().filter(|served| Some(**served) != area) {
            self.by_served[*served as usize].push(index);
        }
        for instance in &device.capabilities {
            for shape in &instance.properties {
                for value in shape.values.iter().flatten() {
                    self.choice(value, language);
                }
            }
            if let Some(label) = &instance.label {
                let entity = Entity::Label(self.labels.len() as u32);
                self.labels.push(Label {
                    thing: index,
                    endpoint: instance.endpoint,
                    capability: instance.capability.name,
                    text: label.clone(),
                });
                let words = self.numbered(text::name_words(label, language));
                let node = self.node(&words);
                if node != 0 {
                    self.ends[node as usize].push(entity);
                }
            }
        }
        let floor = area.and_then(|area| self.rooms[area as usize].floor);
        self.by_id.insert(device.id, index);
        self.things.push(Thing {
            device: Arc::clone(device),
            area,
            floor,
            serves,
            names,
            nouns: fit,
        });
    }

    /// A word that a device has for one of its modes.
    fn choice(&mut self, value: &str, language: &Language) {
        if self.choices.iter().any(|known| known == value) || self.choices.len() >= 4_096 {
            return;
        }
        let words = self.numbered(text::name_words(value, language));
        let node = self.node(&words);
        if node != 0 {
            self.ends[node as usize].push(Entity::Choice(self.choices.len() as u32));
        }
        self.choices.push(value.to_owned());
    }

    /// Notes names of something, and afterwards what synonyms make of them.
    fn call<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
        entity: Entity,
        language: &Language,
        later: &mut Vec<(Vec<u32>, Entity)>,
    ) -> Vec<Spelling> {
        let mut spelled: Vec<Spelling> = Vec::new();
        let mut variants = 0;
        for name in names {
            self.note_compounds(name, language);
            let mut words = text::name_words(name, language);
            words.truncate(12);
            while words.len() > 1 && is_article(&words[0], language) {
                words.remove(0);
            }
            if words.is_empty() {
                continue;
            }
            let plural = words.last().is_some_and(|word| is_plural(word, language));
            let own = self.numbered(words.clone());
            if spelled.iter().any(|known| known.words == own) {
                continue;
            }
            let node = self.node(&own);
            if !self.ends[node as usize].contains(&entity) {
                self.ends[node as usize].push(entity);
            }
            spelled.push(Spelling {
                words: own,
                plural,
                own: true,
            });
            for other in synonyms(&words, language) {
                if variants >= VARIANTS {
                    break;
                }
                let plural = other.last().is_some_and(|word| is_plural(word, language));
                let other = self.numbered(other);
                if !spelled.iter().any(|known| known.words == other) {
                    variants += 1;
                    later.push((other.clone(), entity));
                    spelled.push(Spelling {
                        words: other,
                        plural,
                        own: false,
                    });
                }
            }
        }
        spelled
    }

    /// “The den” for “Rufus's den”, where there is one: a room by the end of its name.
    fn shorten(&mut self, language: &Language, later: &mut Vec<(Vec<u32>, Entity)>) {
        let mut ends: HashMap<Vec<String>, Option<u32>> = HashMap::new();
        for (index, room) in self.rooms.iter().enumerate() {
            let words = text::name_words(&room.name, language);
            for from in 1..words.len().min(12) {
                let end = &words[from..];
                // “Room” and “house” are no name of one of them.
                let telling = end
                    .iter()
                    .any(|word| word.chars().count() > 2 && language.meanings(word).is_empty());
                if telling {
                    let known = ends.entry(end.to_vec());
                    known
                        .and_modify(|room| *room = None)
                        .or_insert(Some(index as u32));
                }
            }
        }
        let mut ends: Vec<_> = ends
            .into_iter()
            .filter_map(|(end, room)| Some((end, room?)))
            .collect();
        ends.sort();
        for (end, room) in ends {
            later.push((self.numbered(end), Entity::Area(room)));
        }
    }

    fn numbered(&mut self, words: Vec<String>) -> Vec<u32> {
        let stems = Arc::clone(&self.stems);
        words
            .into_iter()
            .map(|word| {
                let root = stems.stem(&word);
                if let Some(known) = self.words.get(&*root) {
                    return *known;
                }
                let next = self.spelled.len() as u32;
                self.words.insert(root.clone().into_owned(), next);
                self.spelled.push(word);
                self.postings.push(Vec::new());
                next
            })
            .collect()
    }

    fn node(&mut self, words: &[u32]) -> u32 {
        let mut node = 0;
        for word in words {
            let fresh = self.ends.len() as u32;
            node = *self.steps.entry((node, *word)).or_insert(fresh);
            if node == fresh {
                self.ends.push(Vec::new());
            }
        }
        node
    }

    /// Words of a name that are read in parts may be mistyped as a whole.
    fn note_compounds(&mut self, name: &str, language: &Language) {
        if !language.forms().has_compounds() {
            return;
        }
        let tokens = text::read(name, language).tokens;
        for parts in tokens.chunk_by(|a, b| a.start == b.start) {
            if parts.len() < 2 {
                continue;
            }
            let parts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
            let whole = parts.concat();
            let known = self.near_compounds.contains_key(&whole);
            if !known {
                self.near_compounds.insert(whole.clone(), Vec::new());
                self.compounds.push((whole, parts.join(" ")));
            }
        }
    }

    fn spell(&mut self) {
        for (index, (whole, _)) in self.compounds.iter().enumerate() {
            for rest in spelling::without_one(whole) {
                let near = self.near_compounds.entry(rest).or_default();
                near.push(index as u32);
            }
        }
        for (index, word) in self.spelled.iter().enumerate() {
            if let Some(edges) = edges(word) {
                self.alike.entry(edges).or_default().push(index as u32);
            }
            if word.len() < 4 || word.bytes().any(|byte| byte.is_ascii_digit()) {
                continue;
            }
            for rest in spelling::without_one(word) {
                self.near.entry(rest).or_default().push(index as u32);
            }
        }
    }

    /// The words of the house whose rest without a letter is this.
    pub(crate) fn near<'a>(&'a self, rest: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let words = self.near.get(rest).map(Vec::as_slice).unwrap_or_default();
        words
            .iter()
            .map(|word| self.spelled[*word as usize].as_str())
    }

    /// Things with this word in their names, or with one that begins and ends like it; so many of each word.
    pub(crate) fn alike(&self, word: &str, most: usize) -> impl Iterator<Item = u32> {
        let alike = edges(word).and_then(|edges| self.alike.get(&edges));
        let words = self.word_of(word);
        let words = words
            .into_iter()
            .chain(alike.into_iter().flatten().copied());
        words.flat_map(move |word| self.posted(word).iter().take(most).copied())
    }

    /// The compounds of the house whose rest without a letter is this: in one word, and in parts.
    pub(crate) fn near_compounds<'a>(
        &'a self,
        rest: &str,
    ) -> impl Iterator<Item = &'a (String, String)> + use<'a> {
        let found = self.near_compounds.get(rest).map(Vec::as_slice);
        let found = found.unwrap_or_default();
        found.iter().map(|index| &self.compounds[*index as usize])
    }

    /// The number of a word, where something is called so.
    #[must_use]
    pub fn word(&self, token: &Token) -> Option<u32> {
        let root = self.stems.stem(&token.text);
        self.words.get(&*root).copied()
    }

    /// The number of a plain word, where something is called so.
    #[must_use]
    pub fn word_of(&self, word: &str) -> Option<u32> {
        self.words.get(&*self.stems.stem(word)).copied()
    }

    /// Whether a word is part of some name.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        self.words.contains_key(&*self.stems.stem(word))
    }

    /// Whether the ending of a word makes it a plural.
    #[must_use]
    pub fn is_plural(&self, word: &str) -> bool {
        self.stems.is_plural(word)
    }

    /// The names that begin here: how many words they have, and what they mean. Longest last.
    pub fn names<'a>(
        &'a self,
        tokens: &[Token],
        words: &[Option<u32>],
        found: &mut Vec<(usize, &'a [Entity])>,
    ) {
        found.clear();
        let mut node = 0;
        for (index, word) in words.iter().enumerate() {
            let Some(word) = word else { break };
            if index > 0 && tokens[index].gap == text::Gap::Stop {
                break;
            }
            let Some(next) = self.steps.get(&(node, *word)) else {
                break;
            };
            node = *next;
            let ends = &self.ends[node as usize];
            if !ends.is_empty() {
                found.push((index + 1, ends));
            }
        }
    }

    /// The things that have this word in a name.
    pub(crate) fn posted(&self, word: u32) -> &[u32] {
        &self.postings[word as usize]
    }

    /// The things of an area.
    #[must_use]
    pub fn in_room(&self, room: u32) -> &[u32] {
        &self.by_room[room as usize]
    }

    /// The things that serve an area and stand elsewhere.
    #[must_use]
    pub fn serving(&self, room: u32) -> &[u32] {
        &self.by_served[room as usize]
    }

    /// The things that people would call that.
    #[must_use]
    pub fn of_noun(&self, noun: Noun) -> &[u32] {
        let noun = if noun == Noun::Lamp {
            Noun::Light
        } else {
            noun
        };
        self.by_noun
            .get(&noun)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The thing of that id.
    #[must_use]
    pub fn by_id(&self, id: DeviceId) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    /// A thing by its index.
    #[must_use]
    pub fn thing(&self, index: u32) -> &Thing {
        &self.things[index as usize]
    }
}

/// The three letters that a longer word begins with, and the two that it ends with.
type Edges = [char; 5];

fn edges(word: &str) -> Option<Edges> {
    let mut begin = word.chars();
    let (one, two, three) = (begin.next()?, begin.next()?, begin.next()?);
    begin.next()?;
    let mut end = word.chars().rev();
    Some([one, two, three, end.next()?, end.next()?])
}

fn is_article(word: &str, language: &Language) -> bool {
    language
        .meanings(word)
        .contains(&Tag::Small(crate::lang::Small::Article))
}

/// The nouns that a name contains.
fn nouns_in(name: &str, language: &Language) -> Vec<Noun> {
    let text = text::read(name, language);
    let mut nouns = Vec::new();
    let mut found = Vec::new();
    for at in 0..text.tokens.len() {
        language.phrases(&text.tokens[at..], &mut found);
        for (_, tags) in &found {
            nouns.extend(tags.iter().filter_map(|tag| match tag {
                Tag::Noun(noun, _) => Some(*noun),
                _ => None,
            }));
        }
    }
    nouns
}

/// The name with one of its parts called otherwise.
fn synonyms(words: &[String], language: &Language) -> Vec<Vec<String>> {
    let mut variants = Vec::new();
    for group in language.synonyms() {
        for one in group {
            let Some(at) = words
                .windows(one.len())
                .position(|some| same(some, one, language))
            else {
                continue;
            };
            for other in group.iter().filter(|other| *other != one) {
                let mut variant = words[..at].to_vec();
                variant.extend(other.iter().cloned());
                variant.extend(words[at + one.len()..].iter().cloned());
                variants.push(variant);
            }
            break;
        }
    }
    variants
}

fn same(some: &[String], other: &[String], language: &Language) -> bool {
    let stems = language.stems();
    some.iter()
        .zip(other)
        .all(|(a, b)| stems.stem(a) == stems.stem(b))
}

/// Whether a word is a plural, by its ending or by the lexicon.
fn is_plural(word: &str, language: &Language) -> bool {
    language.stems().is_plural(word)
        || language.forms().has_own_plurals()
            && language
                .meanings(word)
                .iter()
                .any(|tag| matches!(tag, Tag::Noun(_, true)))
}
