//! Which devices a clause means.

use super::parts::{Parts, Phrase, nouns};
use super::{Context, Problem};
use crate::act::{self, Op};
use crate::house::{Chunk, Found, Gazetteer, Place, Thing};
use crate::lang::{Attr, Noun, Small, State};
use crate::reading;

/// The devices that are meant.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Targets {
    pub(crate) things: Vec<u32>,
    /// Whether each was named, and not only described by its kind.
    pub(crate) named: bool,
    /// Whether the sentence itself said which; otherwise it follows from what was said before.
    pub(crate) said: bool,
}

/// A phrase with where it is looked for.
struct Target<'a> {
    phrase: &'a Phrase,
    scope: Vec<Place>,
    nouns: Option<&'a Chunk>,
}

/// What a test of devices is for.
pub(crate) enum Want<'a> {
    /// To do this.
    Do(&'a Op),
    /// To tell of a state.
    State(State),
    /// To tell of a quantity.
    Attr(Attr),
    /// Anything.
    Any,
}

impl Want<'_> {
    pub(crate) fn can(&self, thing: &Thing) -> bool {
        match self {
            Self::Do(op) => act::can(op, thing),
            Self::State(state) => reading::tells(*state, thing),
            Self::Attr(attr) => reading::source(*attr, thing).is_some(),
            Self::Any => true,
        }
    }

    /// The kinds that are meant where only a place is said.
    fn kinds(&self) -> &'static [Noun] {
        match self {
            Self::Do(op) => match op {
                Op::On | Op::Off | Op::Toggle | Op::Colour(..) | Op::White(_) => &[Noun::Light],
                Op::Set(Some(Attr::Level), _) | Op::Step(Some(Attr::Level), ..) => &[Noun::Light],
                Op::Open | Op::Close => &[Noun::Cover, Noun::Blind, Noun::Awning],
                Op::Set(Some(Attr::Position | Attr::Tilt), _)
                | Op::Step(Some(Attr::Position | Attr::Tilt), ..) => {
                    &[Noun::Cover, Noun::Blind, Noun::Awning]
                }
                Op::Lock | Op::Unlock => &[Noun::Lock],
                Op::Water => &[Noun::Valve],
                Op::Set(Some(Attr::Temperature | Attr::Setpoint), _)
                | Op::Step(Some(Attr::Temperature | Attr::Setpoint), ..) => &[Noun::Thermostat],
                Op::Set(Some(Attr::Speed), _) | Op::Step(Some(Attr::Speed), ..) | Op::Swing(_) => {
                    &[Noun::Fan]
                }
                Op::Set(Some(Attr::Volume), _) | Op::Step(Some(Attr::Volume), ..) => &[Noun::Media],
                Op::Play | Op::Pause | Op::Next | Op::Previous | Op::Mute | Op::Unmute => {
                    &[Noun::Media]
                }
                Op::Set(None, amount)
                    if amount.celsius().is_some() && amount.percent().is_none() =>
                {
                    &[Noun::Thermostat]
                }
                Op::Set(None, _) | Op::Step(None, ..) => &[Noun::Light],
                _ => &[],
            },
            _ => &[],
        }
    }

    /// Those of some things that are meant where only a place is said.
    fn of_place(&self, scope: &[Place], house: &Gazetteer) -> Vec<u32> {
        let fits = |index: &u32, kinds: &[Noun]| {
            let thing = house.thing(*index);
            (kinds.is_empty() || kinds.iter().any(|noun| thing.is(*noun))) && self.can(thing)
        };
        let things = house.things_in(scope);
        let of = |kinds: &[Noun]| -> Vec<u32> {
            let mut some: Vec<u32> = things
                .iter()
                .copied()
                .filter(|it| fits(it, kinds))
                .collect();
            // What heats a room may stand elsewhere.
            if some.is_empty() && kinds == [Noun::Thermostat] {
                let served = scope.iter().flat_map(|place| match place {
                    Place::Room(room) => house.serving(*room),
                    _ => &[],
                });
                some.extend(served.copied().filter(|it| fits(it, kinds)));
                some.sort_unstable();
                some.dedup();
            }
            some
        };
        // “Set the office to 21” is said of its heating, “to 60” of its lights.
        if let Self::Do(Op::Set(None, amount)) = self
            && amount.is_of_a_room()
        {
            let heating = of(&[Noun::Thermostat]);
            if !heating.is_empty() {
                return heating;
            }
        }
        of(self.kinds())
    }

    /// The kinds that are meant where nothing is said.
    fn implied(&self) -> &'static [Noun] {
        match self {
            Self::Do(op) => match op {
                Op::Set(Some(Attr::Temperature | Attr::Setpoint), _)
                | Op::Step(Some(Attr::Temperature | Attr::Setpoint), ..) => &[Noun::Thermostat],
                Op::Set(None, amount) if amount.percent().is_none() => &[Noun::Thermostat],
                Op::Set(Some(Attr::Volume), _) | Op::Step(Some(Attr::Volume), ..) => &[Noun::Media],
                Op::Play | Op::Pause | Op::Next | Op::Previous | Op::Mute | Op::Unmute => {
                    &[Noun::Media]
                }
                Op::ArmAway | Op::ArmHome | Op::ArmNight | Op::Disarm => &[Noun::Alarm],
                Op::Lock | Op::Unlock => &[Noun::Lock],
                Op::Set(Some(Attr::Speed), _) | Op::Step(Some(Attr::Speed), ..) => &[Noun::Fan],
                Op::Set(Some(Attr::MaxCurrent), _) => &[Noun::Charger],
                _ => &[],
            },
            _ => &[],
        }
    }
}

/// Finds what the phrases of a clause mean.
pub(crate) fn targets(
    parts: &Parts,
    phrases: &[Phrase],
    want: &Want<'_>,
    context: &Context<'_>,
) -> Result<Targets, Problem> {
    let house = context.house;
    let can = |thing: &Thing| want.can(thing);
    let mut found = Targets {
        named: true,
        said: true,
        ..Targets::default()
    };
    let (list, places) = arranged(phrases, house);
    if list.is_empty() {
        let scope: Vec<Place> = places.clone();
        return untold(parts, &scope, want, context)
            .and_then(|found| without(found, phrases, want, context));
    }
    for (index, target) in list.iter().enumerate() {
        let one = single(
            target,
            list.get(index + 1).map(|next| next.phrase),
            parts,
            want,
            context,
            &can,
        )?;
        found.named &= one.named;
        found.things.extend(one.things);
    }
    found.things.sort_unstable();
    found.things.dedup();
    without(found, phrases, want, context)
}

/// Phrases with the places that belong to them, and places that stand alone.
fn arranged<'a>(phrases: &'a [Phrase], house: &Gazetteer) -> (Vec<Target<'a>>, Vec<Place>) {
    let mut list: Vec<Target<'a>> = Vec::new();
    let mut before: Vec<Place> = Vec::new();
    let mut bare: Vec<(Place, &'a Phrase)> = Vec::new();
    for phrase in phrases.iter().filter(|phrase| !phrase.except) {
        if phrase.chunk.words.is_empty() {
            before.extend(&phrase.places);
            continue;
        }
        let place = house.place(&phrase.chunk).filter(|_| !phrase.one);
        match (place, list.last_mut()) {
            (Some(place), Some(last)) if phrase.located || !last.scope.is_empty() => {
                last.scope.push(place)
            }
            (Some(place), None) if phrase.located => before.push(place),
            (Some(place), _) => bare.push((place, phrase)),
            (None, _) => {
                let mut scope = phrase.places.clone();
                scope.append(&mut before);
                list.push(Target {
                    phrase,
                    scope,
                    nouns: None,
                });
            }
        }
    }
    // “the kitchen and hall lights”
    let described = list.iter().find(|target| {
        !target.phrase.chunk.nouns.is_empty()
            && target
                .phrase
                .chunk
                .names
                .iter()
                .any(|(_, _, entity)| matches!(entity, crate::house::Entity::Area(_)))
    });
    let described = described.map(|target| &target.phrase.chunk);
    for (place, phrase) in bare {
        match described {
            Some(chunk) => list.push(Target {
                phrase,
                scope: vec![place],
                nouns: Some(chunk),
            }),
            None => before.push(place),
        }
    }
    // “the lights and the fan in the kitchen”
    if list.len() > 1
        && let Some(last) = list
            .last()
            .map(|target| target.scope.clone())
            .filter(|scope| !scope.is_empty())
    {
        for target in list
            .iter_mut()
            .filter(|target| target.scope.is_empty() && target.phrase.chunk.names.is_empty())
        {
            target.scope.clone_from(&last);
        }
    }
    if list.len() == 1 && !before.is_empty() {
        list[0].scope.append(&mut before);
    }
    (list, before)
}

fn single(
    target: &Target<'_>,
    next: Option<&Phrase>,
    parts: &Parts,
    want: &Want<'_>,
    context: &Context<'_>,
    can: &dyn Fn(&Thing) -> bool,
) -> Result<Targets, Problem> {
    let house = context.house;
    let phrase = target.phrase;
    let many = phrase.all
        || phrase.both
        || phrase.any && !matches!(want, Want::Do(_))
        || phrase.other && phrase.chunk.plural;
    let things = |things: Vec<u32>, named: bool| {
        Ok(Targets {
            things,
            named,
            said: true,
        })
    };
    if let Some(chunk) = target.nouns {
        let kinds: Vec<Noun> = nouns(chunk).collect();
        let all = house.things_in(&target.scope).into_iter().filter(|index| {
            let thing = house.thing(*index);
            kinds.iter().any(|noun| thing.is(*noun)) && can(thing)
        });
        let all: Vec<u32> = all.collect();
        return if all.is_empty() {
            Err(Problem::NothingThere(phrase.span))
        } else {
            things(all, false)
        };
    }
    let everything = nouns(&phrase.chunk).any(|noun| noun == Noun::Everything)
        || (phrase.all && nouns(&phrase.chunk).any(|noun| noun == Noun::Device));
    if everything {
        let all = everything_in(&target.scope, want, context);
        return if all.is_empty() {
            Err(Problem::NothingThere(phrase.span))
        } else {
            things(all, false)
        };
    }
    let nouns_only = phrase.chunk.names.is_empty()
        && phrase
            .chunk
            .nouns
            .iter()
            .map(|(from, to, ..)| to - from)
            .sum::<usize>()
            >= phrase.chunk.words.len();
    let mut scope = target.scope.clone();
    let mut result = Found::Nothing;
    // In the room where somebody stands, before the whole house.
    if scope.is_empty()
        && nouns_only
        && let Some(area) = context.area
    {
        result = house.find(&phrase.chunk, &[Place::Room(area)], many, can);
        if matches!(result, Found::Nothing | Found::Unable(_)) {
            result = Found::Nothing;
        }
    }
    if result == Found::Nothing {
        scope.retain(|place| *place != Place::House);
        result = house.find(&phrase.chunk, &scope, many, can);
    }
    // “the front and the back door”: the kind is said once, at the end.
    if matches!(result, Found::Nothing | Found::Unable(_))
        && let Some(next) = next
        && let Some(longer) = with_kind_of(&phrase.chunk, &next.chunk)
        && let longer @ (Found::Things { .. } | Found::OneOf(_)) =
            house.find(&longer, &scope, many, can)
    {
        result = longer;
    }
    match result {
        Found::Things {
            things: list,
            named,
        } => things(chosen(list, phrase, context), named),
        Found::Place(place) => in_place(place, phrase, want, context),
        Found::OneOf(list) if phrase.other => {
            let rest = chosen(list, phrase, context);
            if rest.len() == 1 {
                things(rest, false)
            } else {
                Err(Problem::Which(rest))
            }
        }
        Found::OneOf(list) if phrase.mass && says_where(target) => things(list, false),
        Found::OneOf(list) => {
            // A number of them that a word like “both” names is all of them.
            match context.narrowed(&list, want) {
                Some(one) => things(vec![one], false),
                None => Err(Problem::Which(list)),
            }
        }
        Found::Unable(list) => related(&list, parts, want, context)
            .map_or(Err(Problem::Unable(list)), |one| things(vec![one], false)),
        Found::Nothing => Err(Problem::NothingCalled(phrase.span)),
    }
}

/// Whether a phrase says where.
fn says_where(target: &Target<'_>) -> bool {
    use crate::house::Entity;
    !target.scope.is_empty()
        || target
            .phrase
            .chunk
            .names
            .iter()
            .any(|(_, _, entity)| matches!(entity, Entity::Area(_) | Entity::Floor(_)))
}

/// Without those that were meant before, for “the other”.
fn chosen(list: Vec<u32>, phrase: &Phrase, context: &Context<'_>) -> Vec<u32> {
    if !phrase.other {
        return list;
    }
    list.into_iter()
        .filter(|index| !context.last().contains(index))
        .collect()
}

/// A lock for a door, when the door itself is only a contact.
fn related(list: &[u32], _parts: &Parts, want: &Want<'_>, context: &Context<'_>) -> Option<u32> {
    let lock = matches!(
        want,
        Want::Do(Op::Lock | Op::Unlock) | Want::State(State::Locked | State::Unlocked)
    );
    let [one] = list else { return None };
    let thing = context.house.thing(*one);
    if !lock || !thing.is(Noun::Door) {
        return None;
    }
    let room = thing.area?;
    let mut locks = context
        .house
        .in_room(room)
        .iter()
        .copied()
        .filter(|index| want.can(context.house.thing(*index)));
    locks.next().filter(|_| locks.next().is_none())
}

fn with_kind_of(chunk: &Chunk, next: &Chunk) -> Option<Chunk> {
    let (from, to, noun, plural) = *next.nouns.last()?;
    let mut longer = chunk.clone();
    let at = longer.words.len();
    longer.words.extend_from_slice(&next.words[from..to]);
    longer.nouns.push((at, at + to - from, noun, plural));
    longer.plural = false;
    Some(longer)
}

/// What is meant where only a place is said: “turn off the kitchen”.
fn in_place(
    place: Place,
    phrase: &Phrase,
    want: &Want<'_>,
    context: &Context<'_>,
) -> Result<Targets, Problem> {
    let house = context.house;
    let kinds = want.kinds();
    let mut here = want.of_place(&[place], house);
    if phrase.one || phrase.other {
        let same = context.same_kind(&here);
        if !same.is_empty() {
            here = same;
        }
    }
    if here.is_empty() || (kinds.is_empty() && here.len() > 1 && matches!(want, Want::Do(_))) {
        return Err(Problem::NothingThere(phrase.span));
    }
    if phrase.one && here.len() > 1 && !phrase.chunk.plural {
        return Err(Problem::Which(here));
    }
    Ok(Targets {
        things: here,
        named: false,
        said: true,
    })
}

/// Everything in some places that it makes sense for.
fn everything_in(scope: &[Place], want: &Want<'_>, context: &Context<'_>) -> Vec<u32> {
    let house = context.house;
    let all = house.things_in(scope).into_iter().filter(|index| {
        let thing = house.thing(*index);
        want.can(thing)
            && match want {
                Want::Do(op @ (Op::Open | Op::Close)) => {
                    act::is_for_everything(op, thing)
                        && !thing.is(Noun::Valve)
                        && (matches!(op, Op::Close) || !thing.is(Noun::Door))
                }
                Want::Do(op) => act::is_for_everything(op, thing),
                _ => true,
            }
    });
    all.collect()
}

/// What is meant where no device is named.
fn untold(
    parts: &Parts,
    scope: &[Place],
    want: &Want<'_>,
    context: &Context<'_>,
) -> Result<Targets, Problem> {
    let house = context.house;
    if parts.has(Small::All) && !parts.has(Small::It)
        || parts.has(Small::All) && context.last().is_empty()
    {
        let all = everything_in(scope, want, context);
        return if all.is_empty() {
            Err(Problem::What)
        } else {
            Ok(Targets {
                things: all,
                named: false,
                said: true,
            })
        };
    }
    if !scope.is_empty() {
        let kinds = want.kinds();
        let house_wide = scope == [Place::House];
        let mut here = want.of_place(scope, house);
        if house_wide && kinds.is_empty() {
            here = everything_in(scope, want, context);
        }
        if !here.is_empty()
            && (!kinds.is_empty() || here.len() == 1 || house_wide || !matches!(want, Want::Do(_)))
        {
            return Ok(Targets {
                things: here,
                named: false,
                said: true,
            });
        }
        let rooms: Vec<u32> = scope
            .iter()
            .filter_map(|place| match place {
                Place::Room(room) => Some(*room),
                _ => None,
            })
            .collect();
        if rooms.is_empty() || !matches!(want, Want::Do(_)) {
            return Err(Problem::NothingThere((0, 0)));
        }
        let mut instead: Vec<u32> = kinds
            .iter()
            .flat_map(|noun| house.of_noun(*noun))
            .copied()
            .filter(|index| want.can(house.thing(*index)))
            .collect();
        instead.sort_unstable();
        instead.dedup();
        return Err(Problem::NothingIn { rooms, instead });
    }
    let last: Vec<u32> = context
        .last()
        .iter()
        .copied()
        .filter(|index| want.can(house.thing(*index)))
        .collect();
    let pronoun = parts.has_any(&[Small::It, Small::One, Small::Both]);
    if parts.has(Small::Other) {
        let rest = context.others(want);
        return match rest.len() {
            0 => Err(Problem::What),
            _ if parts.has(Small::Other) && rest.len() > 1 && !parts.has(Small::All) => {
                Err(Problem::Which(rest))
            }
            _ => Ok(Targets {
                things: rest,
                named: false,
                said: false,
            }),
        };
    }
    if pronoun || !last.is_empty() && context.is_recent() {
        // “Make it warmer” means no thing but the room.
        if last.is_empty() && pronoun && want.implied().is_empty() {
            return Err(Problem::What);
        }
        if !last.is_empty() {
            return Ok(Targets {
                things: last,
                named: true,
                said: false,
            });
        }
        if pronoun && want.implied().is_empty() && matches!(want, Want::Do(_)) {
            return Err(Problem::Unable(context.last().to_vec()));
        }
    }
    let implied = want.implied();
    let place = if parts.has(Small::Here) {
        context.area
    } else {
        None
    };
    let mut some: Vec<u32> = implied
        .iter()
        .flat_map(|noun| house.of_noun(*noun))
        .copied()
        .filter(|index| want.can(house.thing(*index)))
        .collect();
    some.sort_unstable();
    some.dedup();
    if let Some(area) = place.or(context.area) {
        let here: Vec<u32> = some
            .iter()
            .copied()
            .filter(|index| house.thing(*index).area == Some(area))
            .collect();
        if !here.is_empty() {
            some = here;
        } else if place.is_some() {
            some.clear();
        }
        if some.is_empty()
            && implied.is_empty()
            && !matches!(want, Want::Do(Op::Open | Op::Close | Op::Unlock | Op::Lock))
        {
            let kinds = want.kinds();
            some = house
                .in_room(area)
                .iter()
                .copied()
                .filter(|index| {
                    kinds.iter().any(|noun| house.thing(*index).is(*noun))
                        && want.can(house.thing(*index))
                })
                .collect();
        }
    }
    match some.len() {
        0 => Err(Problem::What),
        1 => Ok(Targets {
            things: some,
            named: false,
            said: true,
        }),
        _ if parts.has(Small::Here) || context.area.is_some() && place.is_some() => Ok(Targets {
            things: some,
            named: false,
            said: true,
        }),
        _ => match context.narrowed(&some, want) {
            Some(one) => Ok(Targets {
                things: vec![one],
                named: false,
                said: true,
            }),
            None => Err(Problem::Which(some)),
        },
    }
}

/// Takes out what the sentence leaves out.
fn without(
    mut found: Targets,
    phrases: &[Phrase],
    want: &Want<'_>,
    context: &Context<'_>,
) -> Result<Targets, Problem> {
    let house = context.house;
    for phrase in phrases.iter().filter(|phrase| phrase.except) {
        let can = |thing: &Thing| want.can(thing);
        let kept: Vec<u32> = if phrase.chunk.words.is_empty() {
            let places = &phrase.places;
            let there = |index: &u32| house.stands(house.thing(*index), places);
            let there: Vec<u32> = found.things.iter().copied().filter(there).collect();
            if there.is_empty() && !places.is_empty() {
                // Nothing that is meant stands there anyway.
                continue;
            }
            there
        } else {
            // One thing that is called just so is left out alone, whatever else is of its kind.
            let one = house.find(&phrase.chunk, &phrase.places, false, &can);
            let left_out = match one {
                Found::Things { named: true, .. } if !phrase.all => one,
                _ => house.find(&phrase.chunk, &phrase.places, true, &can),
            };
            match left_out {
                Found::Place(place) => {
                    let there = |index: &u32| house.stands(house.thing(*index), &[place]);
                    let there: Vec<u32> = found.things.iter().copied().filter(there).collect();
                    if there.is_empty() {
                        continue;
                    }
                    there
                }
                Found::Things { things, .. } | Found::OneOf(things) | Found::Unable(things) => {
                    things
                }
                Found::Nothing => return Err(Problem::NothingCalled(phrase.span)),
            }
        };
        if kept.is_empty() {
            return Err(Problem::NothingCalled(phrase.span));
        }
        let before = found.things.len();
        found.things.retain(|index| !kept.contains(index));
        found.named &= found.things.len() == before;
    }
    if found.things.is_empty() {
        Err(Problem::What)
    } else {
        Ok(found)
    }
}
