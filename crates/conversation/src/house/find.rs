//! Which things a noun phrase means.

use super::{Entity, Gazetteer, Thing};
use crate::lang::Noun;

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An area.
    Room(u32),
    /// A floor.
    Storey(u32),
    /// All above the ground floor.
    Upstairs,
    /// The ground floor.
    Downstairs,
    /// What lies outside.
    Outside,
    /// What lies inside.
    Inside,
    /// The whole house.
    House,
}

/// Where things are looked for: in any of these places; nowhere in particular where there are none.
pub type Scope = Vec<Place>;

/// Neighbouring words of a sentence that name something.
#[derive(Debug, Clone, Default)]
pub struct Chunk {
    /// The words, without plural endings; `None` for one that is in no name.
    pub words: Vec<Option<u32>>,
    /// Kinds: where they stand among the words, and which.
    pub nouns: Vec<(usize, usize, Noun, bool)>,
    /// Full names: where they stand, and whose.
    pub names: Vec<(usize, usize, Entity)>,
    /// Whether the last word has a plural ending.
    pub plural: bool,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// These.
    Things {
        /// Which.
        things: Vec<u32>,
        /// Whether they were named, and not only described.
        named: bool,
    },
    /// One of these, it is not clear which.
    OneOf(Vec<u32>),
    /// Only a place.
    Place(Place),
    /// Something is called so, but it cannot do what is asked.
    Unable(Vec<u32>),
    /// Nothing is called so.
    Nothing,
}

/// How well a name fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    whole: bool,
    matched: usize,
    own: bool,
    plural: bool,
}

impl Gazetteer {
    /// Whether a thing stands in one of the places.
    #[must_use]
    pub fn stands(&self, thing: &Thing, scope: &[Place]) -> bool {
        scope.is_empty() || scope.iter().any(|place| self.stands_in(thing, *place))
    }

    fn stands_in(&self, thing: &Thing, place: Place) -> bool {
        let room = thing.area.map(|area| &self.rooms[area as usize]);
        let level = thing.floor.map(|floor| self.storeys[floor as usize].level);
        match place {
            Place::House => true,
            Place::Room(index) => thing.area == Some(index),
            Place::Storey(index) => thing.floor == Some(index),
            Place::Outside => {
                room.is_some_and(|room| room.outside)
                    || thing.device.kind == model::DeviceKind::Weather
            }
            Place::Inside => room.is_some_and(|room| !room.outside),
            Place::Upstairs => level.is_some_and(|level| level > 0),
            Place::Downstairs => {
                level.is_some_and(|level| level == 0) && room.is_some_and(|room| !room.outside)
            }
        }
    }

    /// All things of some places.
    #[must_use]
    pub fn things_in(&self, scope: &[Place]) -> Vec<u32> {
        match scope {
            [Place::Room(room)] => self.in_room(*room).to_vec(),
            _ => (0..self.things.len() as u32)
                .filter(|index| self.stands(self.thing(*index), scope))
                .collect(),
        }
    }

    /// The place that a chunk is, where it is nothing else.
    #[must_use]
    pub fn place(&self, chunk: &Chunk) -> Option<Place> {
        let all = chunk.words.len();
        chunk
            .names
            .iter()
            .find_map(|(from, to, entity)| match entity {
                Entity::Area(room) if (*from, *to) == (0, all) => Some(Place::Room(*room)),
                Entity::Floor(storey) if (*from, *to) == (0, all) => Some(Place::Storey(*storey)),
                _ => None,
            })
    }

    /// Which things a chunk means, among those of the scope that can do what is asked.
    #[must_use]
    pub fn find(
        &self,
        chunk: &Chunk,
        scope: &[Place],
        many: bool,
        can: &dyn Fn(&Thing) -> bool,
    ) -> Found {
        let all = chunk.words.len();
        let place = self.place(chunk);
        let mut fits: Vec<(Fit, u32)> = Vec::new();
        let mut unable: Vec<(Fit, u32)> = Vec::new();
        for index in self.candidates(chunk) {
            let thing = self.thing(index);
            if !self.stands(thing, scope) {
                continue;
            }
            let Some(fit) = self.fit(chunk, thing) else {
                continue;
            };
            if can(thing) { &mut fits } else { &mut unable }.push((fit, index));
        }
        // Where some are called curtains, a hatch that does not say what it is is none.
        let certain = |index: u32| !self.thing(index).nouns.is_vague();
        let of_kind = chunk
            .nouns
            .iter()
            .any(|(.., noun, _)| matches!(noun, Noun::Blind | Noun::Curtain | Noun::Shutter));
        if of_kind && fits.iter().any(|(_, index)| certain(*index)) {
            fits.retain(|(fit, index)| certain(*index) || fit.whole);
        }
        let many = many || chunk.plural;
        if place.is_some()
            && !fits
                .iter()
                .any(|(fit, _)| fit.whole && fit.matched == all && fit.own)
        {
            return place.map_or(Found::Nothing, Found::Place);
        }
        if fits.is_empty() {
            let best = unable.iter().map(|(fit, _)| *fit).max();
            let unable: Vec<u32> = unable
                .into_iter()
                .filter(|(fit, _)| Some(*fit) == best)
                .map(|(_, index)| index)
                .collect();
            return if unable.is_empty() {
                Found::Nothing
            } else {
                Found::Unable(unable)
            };
        }
        let things = |list: Vec<(Fit, u32)>, named: bool| {
            let mut things: Vec<u32> = list.into_iter().map(|(_, index)| index).collect();
            things.sort_unstable();
            Found::Things { things, named }
        };
        // A name that is said as it is written means just that, unless the sentence asks for several
        // and the name is one thing's.
        let exact: Vec<_> = fits
            .iter()
            .copied()
            .filter(|(fit, _)| fit.whole && fit.matched == all && fit.own)
            .collect();
        let same_number =
            |fit: &Fit| !many || fit.plural || (chunk.nouns.is_empty() && !chunk.plural);
        match exact.len() {
            0 => {}
            1 if same_number(&exact[0].0) => return things(exact, true),
            _ if many && exact.iter().all(|(fit, _)| same_number(fit)) => {
                return things(exact, true);
            }
            1 if many && !self.described(chunk) => return things(exact, true),
            1 => {}
            _ if !many => return Found::OneOf(exact.into_iter().map(|(_, index)| index).collect()),
            _ => {}
        }
        let described = self.described(chunk);
        if many {
            return things(self.special(chunk, fits), !described);
        }
        let whole: Vec<_> = fits.iter().copied().filter(|(fit, _)| fit.whole).collect();
        let best = whole.iter().map(|(fit, _)| (fit.matched, fit.own)).max();
        let whole: Vec<_> = whole
            .into_iter()
            .filter(|(fit, _)| Some((fit.matched, fit.own)) == best)
            .collect();
        // A kind alone is no name, even where something is called just that in the room.
        if whole.len() == 1 {
            return things(whole, true);
        }
        let rest = if whole.len() > 1 { whole } else { fits };
        // “the chandelier”, where one thing is called so and others are of its kind.
        let generic = chunk.nouns.iter().any(|(_, _, noun, _)| {
            matches!(
                noun,
                Noun::Light
                    | Noun::Door
                    | Noun::Window
                    | Noun::Sensor
                    | Noun::Device
                    | Noun::Everything
                    | Noun::Room
            )
        });
        if described && !generic {
            let most = rest.iter().map(|(fit, _)| fit.matched).max().unwrap_or(0);
            let called: Vec<_> = rest
                .iter()
                .copied()
                .filter(|(fit, _)| fit.matched == most && most > 0)
                .collect();
            if called.len() == 1 {
                return things(called, false);
            }
        }
        match rest.len() {
            1 => things(rest, !described),
            _ => Found::OneOf(rest.into_iter().map(|(_, index)| index).collect()),
        }
    }

    /// Whether a chunk names nothing, but says a kind, and perhaps where.
    fn described(&self, chunk: &Chunk) -> bool {
        (0..chunk.words.len()).all(|at| {
            let inside = |from: usize, to: usize| (from..to).contains(&at);
            chunk.nouns.iter().any(|(from, to, ..)| inside(*from, *to))
                || chunk.names.iter().any(|(from, to, entity)| {
                    matches!(entity, Entity::Area(_) | Entity::Floor(_)) && inside(*from, *to)
                })
        })
    }

    /// Of several coverings those that are called as the sentence calls them.
    fn special(&self, chunk: &Chunk, fits: Vec<(Fit, u32)>) -> Vec<(Fit, u32)> {
        let most = fits.iter().map(|(fit, _)| fit.matched).max().unwrap_or(0);
        if self.described(chunk) || fits.iter().all(|(fit, _)| fit.matched == most) {
            return fits;
        }
        fits.into_iter()
            .filter(|(fit, _)| fit.matched == most)
            .collect()
    }

    /// The things that a chunk could mean at all.
    fn candidates(&self, chunk: &Chunk) -> Vec<u32> {
        let explained = |at: usize| {
            let inside = |from: usize, to: usize| (from..to).contains(&at);
            chunk.nouns.iter().any(|(from, to, ..)| inside(*from, *to))
                || chunk.names.iter().any(|(from, to, entity)| {
                    matches!(entity, Entity::Area(_) | Entity::Floor(_)) && inside(*from, *to)
                })
        };
        let mut rarest: Option<&[u32]> = None;
        for (at, word) in chunk.words.iter().enumerate() {
            if explained(at) {
                continue;
            }
            let Some(word) = word else { return Vec::new() };
            let posted = self.posted(*word);
            if rarest.is_none_or(|known| posted.len() < known.len()) {
                rarest = Some(posted);
            }
        }
        if let Some(rarest) = rarest {
            return rarest.to_vec();
        }
        // Only kinds and places: all of the kind, and what has the words in its name.
        let mut found: Vec<u32> = Vec::new();
        let rooms: Vec<u32> = chunk
            .names
            .iter()
            .filter_map(|(_, _, entity)| match entity {
                Entity::Area(room) => Some(*room),
                _ => None,
            })
            .collect();
        for (_, _, noun, _) in &chunk.nouns {
            let of_noun = self.of_noun(*noun);
            match rooms[..] {
                [room] if self.in_room(room).len() < of_noun.len() => {
                    found.extend(
                        self.in_room(room)
                            .iter()
                            .filter(|index| self.thing(**index).is(*noun)),
                    );
                }
                _ => found.extend(of_noun),
            }
        }
        let words = chunk.words.iter().flatten();
        if let Some(posted) = words
            .map(|word| self.posted(*word))
            .filter(|posted| !posted.is_empty())
            .min_by_key(|posted| posted.len())
        {
            found.extend(posted);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// How well a thing fits a chunk; `None` where a word of it stays unexplained.
    fn fit(&self, chunk: &Chunk, thing: &Thing) -> Option<Fit> {
        let mut best: Option<Fit> = None;
        for name in &thing.names {
            let mut matched = 0;
            let explained = chunk.words.iter().enumerate().all(|(at, word)| {
                if word.is_some_and(|word| name.words.contains(&word)) {
                    matched += 1;
                    return true;
                }
                let inside = |from: usize, to: usize| (from..to).contains(&at);
                chunk
                    .nouns
                    .iter()
                    .any(|(from, to, noun, _)| inside(*from, *to) && thing.is(*noun))
                    || chunk.names.iter().any(|(from, to, entity)| {
                        inside(*from, *to)
                            && match entity {
                                Entity::Area(room) => thing.area == Some(*room),
                                Entity::Floor(storey) => thing.floor == Some(*storey),
                                _ => false,
                            }
                    })
            });
            if !explained {
                continue;
            }
            let covered = name
                .words
                .iter()
                .all(|word| chunk.words.contains(&Some(*word)));
            // Of a synonym nothing may be left out: it is no name that somebody gave.
            if !name.own && !covered {
                continue;
            }
            let fit = Fit {
                whole: covered && matched > 0,
                matched,
                own: name.own,
                plural: name.plural,
            };
            if best.is_none_or(|best| fit > best) {
                best = Some(fit);
            }
        }
        best
    }
}
