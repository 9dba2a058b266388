//! Clauses that ask something of the house.

use super::command::pieces;
use super::meaning::{Asked, Quantity, Question};
use super::parts::{self, Mood, Parts, Phrase, nouns};
use super::segment::Seg;
use super::targets::{Targets, Want, targets};
use super::{Context, Problem, Sentence, places};
use crate::house::Place;
use crate::lang::{Attr, Noun, Small, State, Way};
use crate::reading;

/// A question; nothing where the sentence is none.
pub(crate) fn question(
    segs: &[Seg<'_>],
    sentence: &Sentence<'_>,
    context: &Context<'_>,
) -> Option<Result<Question, Problem>> {
    let pieces = pieces(segs, sentence);
    let mut joined: Vec<Seg<'_>> = Vec::new();
    for piece in &pieces {
        joined.extend(piece.iter().copied());
    }
    let parts = parts::read(&joined, sentence, context.house, Mood::Question);
    let is_short = !parts.attrs.is_empty()
        && parts.acts.is_empty()
        && parts.given.is_empty()
        && parts.states.is_empty();
    let is_question = parts.asks()
        || sentence.asks
        || is_short && !parts.phrases.is_empty()
        || is_short && !parts.has(Small::Put);
    if !is_question {
        return None;
    }
    // A wish in the form of a question begins with a filler and then a verb.
    Some(read(parts, segs, sentence, context))
}

fn read(
    parts: Parts,
    _segs: &[Seg<'_>],
    sentence: &Sentence<'_>,
    context: &Context<'_>,
) -> Result<Question, Problem> {
    if !parts.unknown.is_empty() {
        return Err(Problem::Unknown(parts.unknown));
    }
    use Small::{
        Be, Block, Count, Do, Ever, Happen, Have, How, HowLong, HowMany, HowMuch, If, Least, Most,
        Not, Past, Put, Show, Use, What, When, Where, Which, Who, Why, Will,
    };
    let has = |small: Small| parts.has(small);
    let history = parts.has_any(&[Past, Ever, Happen, Do, Have]) || sentence.when.past.is_some();
    let stray = parts.small.iter().any(|small| {
        matches!(
            small,
            If | Small::Yes | Small::No | Small::Cancel | Small::Correct
        )
    }) || has(Block)
        || !parts.choices.is_empty() && parts.attrs.is_empty()
        || !parts.given.is_empty()
        || !parts.colours.is_empty()
        || !parts.labels.is_empty() && parts.phrases.is_empty();
    if stray {
        return Err(Problem::NotThis);
    }
    // “What about the lamp?” goes on with something.
    if has(Small::About) && has(What) {
        return Err(Problem::NotThis);
    }
    let mut state = match parts.states[..] {
        [] => None,
        [state] => Some(state),
        [first, second] if first == second => Some(first),
        _ => return Err(Problem::NotThis),
    };
    // “The bath is too warm” tells, and does not ask.
    let tells = !sentence.asks
        && has(Be)
        && parts.first.is_none()
        && parts.attrs.len() == 1
        && parts.states.is_empty();
    if tells
        && !parts.has_any(&[
            What, Which, How, HowMuch, HowMany, Who, When, Where, Why, HowLong, Show,
        ])
    {
        return Err(Problem::NotThis);
    }
    // “Do not turn it on” is no question.
    if has(Not) && parts.first == Some(Do) && !sentence.asks {
        return Err(Problem::Negated);
    }
    if has(Not) {
        state = match state {
            Some(state) => Some(opposite(state).ok_or(Problem::NotThis)?),
            None => return Err(Problem::NotThis),
        };
    }
    let mut attr = parts.attrs.first().copied();
    if parts.attrs.len() > 1 && !parts.attrs.iter().all(|one| Some(*one) == attr) {
        // “battery level”, “power consumption”: the more telling one.
        attr = match parts.attrs[..] {
            [Attr::Status | Attr::Level, other] | [other, Attr::Status | Attr::Level] => {
                Some(other)
            }
            [Attr::Energy | Attr::Power, Attr::Power | Attr::Energy] => Some(Attr::Energy),
            _ => return Err(Problem::NotThis),
        };
    }
    let mut question = Question {
        asked: Asked::Is,
        state,
        attr,
        things: Vec::new(),
        quantity: Quantity::Each,
        scope: places(&parts.phrases, context.house),
        noun: parts
            .phrases
            .iter()
            .flat_map(|phrase| nouns(&phrase.chunk))
            .next(),
        people: parts
            .people
            .iter()
            .map(|person| context.house.people[*person as usize].id)
            .collect(),
        past: sentence.when.past,
        when: sentence.when,
    };
    if question.scope.is_empty() && parts.phrases.is_empty() && has(Small::Here) {
        question.scope.extend(context.area.map(Place::Room));
    }
    // The most and the least.
    let extreme = parts.most.first().copied().or_else(|| {
        let way = if has(Most) {
            Some(Way::Up)
        } else if has(Least) {
            Some(Way::Down)
        } else {
            None
        };
        way.and_then(|way| {
            let attr = attr.or_else(|| (has(Use)).then_some(Attr::Power))?;
            Some((attr, way))
        })
    });
    if let Some((attr, way)) = extreme {
        if has(Why) || state.is_some() && !matches!(state, Some(State::Low | State::On)) {
            return Err(Problem::NotThis);
        }
        question.asked = Asked::Extreme(way);
        question.attr = Some(
            if has(Use) && attr == Attr::Energy && sentence.when.past.is_none() {
                Attr::Power
            } else {
                attr
            },
        );
        question.state = None;
        let kind = question.noun.filter(|noun| {
            !matches!(
                noun,
                Noun::Room | Noun::Device | Noun::Everything | Noun::Floor
            )
        });
        question.things = of_attr(
            question.attr.unwrap_or(attr),
            kind,
            &question.scope,
            context,
        );
        if question.things.is_empty() {
            return Err(Problem::NothingThere((0, 0)));
        }
        return Ok(question);
    }
    if has(Why) || has(Who) && !question_is_presence(&parts, state) || has(When) || has(HowLong) {
        question.asked = if has(Why) {
            Asked::Why
        } else if has(When) {
            Asked::When
        } else if has(HowLong) {
            Asked::HowLong
        } else {
            Asked::Who
        };
        if has(Will) || has(HowMany) {
            return Err(Problem::NotThis);
        }
        return about_past(question, &parts, context);
    }
    // Who is at home?
    if has(Who) {
        question.asked = Asked::Present;
        return Ok(question);
    }
    let somebody = parts.has(Small::Everyone)
        || question.noun == Some(Noun::Person)
        || parts.has(Small::All) && parts.phrases.is_empty();
    if matches!(state, Some(State::Home | State::Away)) && (somebody || !question.people.is_empty())
        || somebody && state.is_none() && question.scope == [Place::House]
    {
        question.asked = if has(HowMany) || has(Count) {
            Asked::Count
        } else if has(What) || has(Which) || has(Show) {
            Asked::Present
        } else {
            Asked::Is
        };
        question.quantity = if parts.phrases.iter().any(|phrase| phrase.any) || somebody {
            Quantity::Any
        } else {
            Quantity::Each
        };
        return Ok(question);
    }
    // “Is anyone upstairs” asks what tells of motion there; who it is nobody sees.
    if somebody && state.is_none() && attr.is_none() && !question.scope.is_empty() && !has(Where) {
        if has(HowMany) || has(Count) {
            return Err(Problem::NotThis);
        }
        let want = Want::State(State::Occupied);
        let mut there = context.house.things_in(&question.scope);
        there.retain(|index| want.can(context.house.thing(*index)));
        question.things = context.ids(&there);
        question.state = Some(State::Occupied);
        question.quantity = Quantity::Any;
        return Ok(question);
    }
    if has(Where) {
        if !question.people.is_empty() {
            question.asked = Asked::Where;
            return Ok(question);
        }
        if state.is_some() || attr.is_some() {
            return Err(Problem::NotThis);
        }
        let found = targets(&parts, &parts.phrases, &Want::Any, context)?;
        // A thing that is only described is not asked for by its place.
        if !found.named {
            return Err(Problem::NotThis);
        }
        question.asked = Asked::Where;
        question.things = context.ids(&found.things);
        return Ok(question);
    }
    if has(Will) {
        return Err(Problem::NotThis);
    }
    // “Is the alarm set?”
    if has(Small::Set)
        && parts.first == Some(Be)
        && question.noun == Some(Noun::Alarm)
        && attr.is_none()
    {
        state = state.or(Some(State::Armed));
        question.state = state;
    }
    if has(Small::Set) && attr.is_none() && state.is_none() {
        let is_set =
            of_phrases(Attr::Setpoint, &parts, context).is_ok_and(|things| !things.is_empty());
        attr = Some(if is_set { Attr::Setpoint } else { Attr::Status });
        question.attr = attr;
    }
    let counts = has(HowMany) || has(Count);
    let asks_which = !counts && (has(Which) || has(What) || has(Show) || has(Small::Which));
    if has(How) && attr.is_none() && state.is_none() {
        attr = Some(Attr::Status);
        question.attr = attr;
    }
    if has(HowMuch) && has(Use) && attr.is_none() {
        attr = Some(Attr::Power);
        question.attr = attr;
    }
    // A state: is it so, which are, how many are.
    if let Some(state) = state {
        if attr.is_some_and(|attr| !goes_with(attr, state)) && !counts {
            return Err(Problem::NotThis);
        }
        question.attr = None;
        question.asked = if counts {
            Asked::Count
        } else if asks_which {
            Asked::Which
        } else {
            Asked::Is
        };
        let found = of_state(state, &parts, &question, context)?;
        question.quantity = quantity(&parts, &found);
        question.things = context.ids(&found.things);
        if history && has(Past) && sentence.when.past.is_none() && !has(Do) {
            question.past = None;
        }
        return Ok(question);
    }
    if counts || (asks_which && attr.is_none()) {
        // “how many lights are there”, “which devices are in the kitchen”
        let fits = parts
            .phrases
            .iter()
            .any(|phrase| !phrase.chunk.words.is_empty());
        if !fits || has(Use) || has(Happen) || history && sentence.when.past.is_some() {
            return Err(Problem::NotThis);
        }
        let has_noun = question.noun.is_some();
        if !has_noun && attr.is_none() {
            // “what is in the kitchen” means its devices; “what is the lamp” how it is.
            if parts
                .phrases
                .iter()
                .all(|phrase| phrase.located || context.house.place(&phrase.chunk).is_some())
                && (has(What) || counts)
                && !has(Show)
            {
                question.asked = if counts { Asked::Count } else { Asked::Which };
                question.things = context.ids(&context.house.things_in(&question.scope));
                return Ok(question);
            }
            let found = targets(&parts, &parts.phrases, &Want::Attr(Attr::Status), context)?;
            question.asked = Asked::Value;
            question.attr = Some(Attr::Status);
            question.things = context.ids(&found.things);
            return Ok(question);
        }
        if question.noun == Some(Noun::Room)
            || question.noun == Some(Noun::Floor)
            || question.noun == Some(Noun::Person)
        {
            question.asked = if counts { Asked::Count } else { Asked::Which };
            return Ok(question);
        }
        let mut many = parts.clone();
        for phrase in &mut many.phrases {
            phrase.any = true;
        }
        let found = targets(&many, &many.phrases, &Want::Any, context)?;
        question.things = context.ids(&found.things);
        let singular = parts
            .phrases
            .iter()
            .all(|phrase| !phrase.chunk.plural && !phrase.all);
        if !counts && has(What) && (found.named || singular) && !has(Which) {
            question.asked = Asked::Value;
            question.attr = Some(Attr::Status);
        } else {
            question.asked = if counts { Asked::Count } else { Asked::Which };
        }
        return Ok(question);
    }
    if let Some(attr) = attr {
        question.asked = Asked::Value;
        let known = parts.small.iter().all(|small| {
            matches!(
                small,
                Be | Do
                    | Have
                    | How
                    | HowMuch
                    | What
                    | Which
                    | Show
                    | Past
                    | Use
                    | Put
                    | Small::Here
                    | Small::There
                    | Small::All
                    | Small::Any
                    | Small::It
                    | Small::Set
                    | Small::One
                    | Small::Both
                    | Small::Other
                    | Small::Too
                    | Small::About
                    | Small::I
            )
        });
        if !known
            || has(Put)
                && !has(Use)
                && !has(Show)
                && !(has(What))
                && !parts.has_any(&[Be, Small::Set])
        {
            return Err(Problem::NotThis);
        }
        let set = has(Small::Set) && matches!(attr, Attr::Temperature);
        question.attr = Some(if set { Attr::Setpoint } else { attr });
        let attr = question.attr.unwrap_or(attr);
        let found = of_phrases(attr, &parts, context)?;
        question.quantity =
            if parts.first == Some(Be) && matches!(attr, Attr::Motion | Attr::Presence) {
                Quantity::Any
            } else {
                Quantity::Each
            };
        question.things = found;
        if question.things.is_empty() {
            return Err(Problem::NothingThere((0, 0)));
        }
        return Ok(question);
    }
    // “is there a light in the kitchen”
    if parts.first == Some(Be)
        && !parts.phrases.is_empty()
        && parts.small.iter().all(|small| {
            matches!(
                small,
                Be | Small::Exists | Small::Any | Small::There | Small::Here
            )
        })
        && has(Small::Exists)
    {
        let mut many = parts.clone();
        for phrase in &mut many.phrases {
            phrase.any = true;
        }
        if question.noun.is_some() {
            let found = targets(&many, &many.phrases, &Want::Any, context)?;
            question.asked = Asked::Which;
            question.quantity = Quantity::Any;
            question.things = context.ids(&found.things);
            return Ok(question);
        }
    }
    Err(Problem::NotThis)
}

fn question_is_presence(parts: &Parts, state: Option<State>) -> bool {
    matches!(state, Some(State::Home | State::Away))
        || state.is_none()
            && parts
                .phrases
                .iter()
                .all(|phrase| phrase.chunk.words.is_empty())
            && !parts.phrases.is_empty()
}

/// A quantity that only says what a state is of: “is the battery low”.
fn goes_with(attr: Attr, state: State) -> bool {
    matches!(
        (attr, state),
        (Attr::Battery, State::Low | State::Charging)
            | (
                Attr::Motion | Attr::Presence,
                State::Occupied | State::Empty
            )
            | (Attr::Status, _)
            | (Attr::Power, State::On | State::Off)
            | (Attr::Weather, State::Raining)
            | (Attr::Temperature, State::Heating | State::Cooling)
            | (Attr::Rain, State::Raining)
            | (Attr::Battery, State::Offline)
            | (Attr::Volume, State::Muted | State::On | State::Off)
    )
}

fn opposite(state: State) -> Option<State> {
    Some(match state {
        State::On => State::Off,
        State::Off => State::On,
        State::Open => State::Closed,
        State::Closed => State::Open,
        State::Locked => State::Unlocked,
        State::Unlocked => State::Locked,
        State::Online => State::Offline,
        State::Offline => State::Online,
        State::Home => State::Away,
        State::Away => State::Home,
        State::Armed => State::Disarmed,
        State::Occupied => State::Empty,
        _ => return None,
    })
}

fn quantity(parts: &Parts, found: &Targets) -> Quantity {
    let phrases = &parts.phrases;
    if phrases.iter().any(|phrase| phrase.all || phrase.both)
        || parts.has(Small::All) && phrases.is_empty()
    {
        return Quantity::All;
    }
    let any = parts.has_any(&[Small::Any, Small::There, Small::Exists])
        || phrases.iter().any(|phrase| phrase.any);
    let everything = phrases
        .iter()
        .flat_map(|phrase| nouns(&phrase.chunk))
        .any(|noun| noun == Noun::Everything);
    if any {
        Quantity::Any
    } else if everything
        || found.things.len() > 1 && phrases.iter().any(|phrase| phrase.chunk.plural)
    {
        Quantity::All
    } else if found.things.len() > 1 && !found.named {
        Quantity::Any
    } else {
        Quantity::Each
    }
}

/// The devices whose state is asked for.
fn of_state(
    state: State,
    parts: &Parts,
    question: &Question,
    context: &Context<'_>,
) -> Result<Targets, Problem> {
    let house = context.house;
    let want = Want::State(state);
    let mut many = parts.clone();
    for phrase in &mut many.phrases {
        // A battery is not a device but what each has.
        phrase.any |= question.asked != Asked::Is;
    }
    let named: Vec<&Phrase> = many
        .phrases
        .iter()
        .filter(|phrase| {
            !phrase.chunk.words.is_empty() && !phrase.except && house.place(&phrase.chunk).is_none()
        })
        .collect();
    let generic = |noun: Noun| {
        matches!(
            noun,
            Noun::Device
                | Noun::Everything
                | Noun::Room
                | Noun::Sensor
                | Noun::Appliance
                | Noun::Battery
        )
    };
    let only_generic = named.iter().all(|phrase| {
        let words: usize = phrase
            .chunk
            .nouns
            .iter()
            .map(|(from, to, ..)| to - from)
            .sum();
        words >= phrase.chunk.words.len() && nouns(&phrase.chunk).all(generic)
    });
    if only_generic && !parts.has_any(&[Small::It, Small::One, Small::Other]) {
        let scope = &question.scope;
        let usual = |index: &u32| {
            let thing = house.thing(*index);
            let fits = want.can(thing) && house.stands(thing, scope);
            let kind = match state {
                State::Open | State::Closed => !thing.is(Noun::Valve),
                State::On | State::Off | State::Running => {
                    thing.has("OnOff") || thing.has("MediaPlayback") || thing.has("FanControl")
                }
                _ => true,
            };
            fits && kind
        };
        let things: Vec<u32> = (0..house.things.len() as u32).filter(usual).collect();
        return if things.is_empty() {
            Err(Problem::NothingThere((0, 0)))
        } else {
            Ok(Targets {
                things,
                named: false,
                said: true,
            })
        };
    }
    let mut found = match targets(&many, &many.phrases, &want, context) {
        // A question may be answered for each of them.
        Err(Problem::Which(things)) => Targets {
            things,
            named: false,
            said: true,
        },
        other => other?,
    };
    // “are the windows open” does not ask the blinds before them.
    let windows = many
        .phrases
        .iter()
        .flat_map(|phrase| nouns(&phrase.chunk))
        .any(|noun| matches!(noun, Noun::Window | Noun::Door));
    if windows && !found.named && matches!(state, State::Open | State::Closed) {
        let contacts: Vec<u32> = found
            .things
            .iter()
            .copied()
            .filter(|index| {
                house.thing(*index).has("Contact") || house.thing(*index).is(Noun::Door)
            })
            .collect();
        if !contacts.is_empty() {
            found.things = contacts;
        }
    }
    Ok(found)
}

/// The devices that a quantity of is asked.
fn of_phrases(
    attr: Attr,
    parts: &Parts,
    context: &Context<'_>,
) -> Result<Vec<model::DeviceId>, Problem> {
    let house = context.house;
    let scope = places(&parts.phrases, house);
    let things = parts.phrases.iter().any(|phrase| {
        let words: usize = phrase
            .chunk
            .nouns
            .iter()
            .map(|(from, to, ..)| to - from)
            .sum();
        let only_room = words >= phrase.chunk.words.len()
            && nouns(&phrase.chunk)
                .all(|noun| matches!(noun, Noun::Room | Noun::Everything | Noun::Floor));
        !phrase.chunk.words.is_empty() && house.place(&phrase.chunk).is_none() && !only_room
    });
    if things || parts.has_any(&[Small::It, Small::Other, Small::One]) {
        // “How warm is it”: nothing that was named, but where one is, or anywhere.
        let anywhere = !things && scope.is_empty() && reading::is_ambient(attr);
        match targets(parts, &parts.phrases, &Want::Attr(attr), context) {
            // What a room's thing is set to is asked of the thing, how warm it is of the room.
            Err(Problem::Which(things)) => return Ok(context.ids(&things)),
            Ok(found) => return Ok(context.ids(&found.things)),
            Err(Problem::What) if anywhere => {}
            Err(problem) => return Err(problem),
        }
    }
    if !scope.is_empty() {
        let outside_weather = scope == [Place::Outside];
        let mut found = of_attr(attr, None, &scope, context);
        if outside_weather && found.is_empty() {
            found = of_attr(attr, Some(Noun::Sensor), &[], context);
        }
        // What a room is set to, where that is set elsewhere.
        if found.is_empty() && attr == Attr::Setpoint {
            let served = scope.iter().flat_map(|place| match place {
                Place::Room(room) => house.serving(*room),
                _ => &[],
            });
            let sets = |index: &u32| reading::source(attr, house.thing(*index)).is_some();
            found = context.ids(&served.copied().filter(sets).collect::<Vec<_>>());
        }
        // How warm it is outside the weather station tells, and not a greenhouse.
        let of_weather = |id: &model::DeviceId| {
            house
                .by_id(*id)
                .is_some_and(|index| house.thing(index).device.kind == model::DeviceKind::Weather)
        };
        if outside_weather && found.iter().any(of_weather) {
            found.retain(of_weather);
        }
        return Ok(found);
    }
    let here: Vec<Place> = context.area.map(Place::Room).into_iter().collect();
    let mut found = of_attr(attr, None, &here, context);
    if found.is_empty() {
        found = of_attr(attr, None, &[], context);
    }
    Ok(found)
}

/// All that know a quantity.
fn of_attr(
    attr: Attr,
    noun: Option<Noun>,
    scope: &[Place],
    context: &Context<'_>,
) -> Vec<model::DeviceId> {
    let house = context.house;
    let fits = |index: &u32| {
        let thing = house.thing(*index);
        reading::source(attr, thing).is_some()
            && house.stands(thing, scope)
            && noun.is_none_or(|noun| thing.is(noun))
            && reading::is_of_the_room(attr, thing)
    };
    let found: Vec<u32> = match scope {
        [Place::Room(room)] => house.in_room(*room).iter().copied().filter(fits).collect(),
        _ => (0..house.things.len() as u32).filter(fits).collect(),
    };
    context.ids(&found)
}

/// When, how long, who and why: one device and one of its properties.
fn about_past(
    mut question: Question,
    parts: &Parts,
    context: &Context<'_>,
) -> Result<Question, Problem> {
    let house = context.house;
    if let Some(state) = question.state {
        if question.attr.is_some_and(|attr| !goes_with(attr, state)) {
            return Err(Problem::NotThis);
        }
        if matches!(state, State::Home | State::Away) && !question.people.is_empty() {
            return Ok(question);
        }
        question.attr = None;
        let found = match targets(parts, &parts.phrases, &Want::State(state), context) {
            Ok(found) => found.things,
            Err(Problem::Which(things)) if question.asked != Asked::HowLong => {
                // Of several the ones that are so: “why is the light on in the hall”.
                let so: Vec<u32> = things
                    .iter()
                    .copied()
                    .filter(|index| {
                        context
                            .twin(*index)
                            .and_then(|twin| reading::holds(state, house.thing(*index), twin))
                            == Some(true)
                    })
                    .collect();
                if so.is_empty() { things } else { so }
            }
            Err(problem) => return Err(problem),
        };
        question.things = context.ids(&found);
        return Ok(question);
    }
    if let Some(attr) = question.attr {
        question.things = of_phrases(attr, parts, context)?;
        return if question.things.is_empty() {
            Err(Problem::NothingThere((0, 0)))
        } else {
            Ok(question)
        };
    }
    if !question.people.is_empty() {
        return Ok(question);
    }
    // “why did the lamp change”, “when was the coffee machine last used”
    if parts.has_any(&[
        Small::Happen,
        Small::Use,
        Small::Past,
        Small::Do,
        Small::Ever,
    ]) && !parts.phrases.is_empty()
    {
        let found = targets(parts, &parts.phrases, &Want::Attr(Attr::Status), context)?;
        question.attr = Some(Attr::Status);
        question.things = context.ids(&found.things);
        return Ok(question);
    }
    Err(Problem::NotThis)
}
