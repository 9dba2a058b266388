//! Rules in a sentence: “when the last person leaves, turn everything off”.

use super::meaning::{Meaning, Rule, Trigger};
use super::parts::{self, Mood};
use super::targets::{Want, targets};
use super::{Context, Problem, Sentence};
use crate::lang::{Attr, Small, State, Tag, Way};
use crate::reading::{self, Test};
use crate::text::{Gap, Text, Token};
use crate::time::{self, When};
use automation::document::{Comparison, Condition, Given, SunEvent, TriggerKind, Whose};
use model::{Presence, Value};

/// A rule; nothing where the sentence is none.
pub(crate) fn rule(text: &Text, context: &Context<'_>) -> Option<Result<Meaning, Problem>> {
    let tokens = &text.tokens[..];
    if text.asks {
        return None;
    }
    let (cause, effect) = halves(tokens, context)?;
    Some(read(&cause, &effect, context))
}

/// The length of a word such as “when” that begins here.
fn begins(tokens: &[Token], context: &Context<'_>) -> Option<usize> {
    let mut found = Vec::new();
    context.language.phrases(tokens, &mut found);
    found
        .iter()
        .rev()
        .find(|(_, tags)| tags.contains(&Tag::Small(Small::If)))
        .map(|(length, _)| *length)
}

/// What happens, and what is done then.
fn halves(tokens: &[Token], context: &Context<'_>) -> Option<(Vec<Token>, Vec<Token>)> {
    let bare = super::without_fillers(tokens, context);
    // “Since when is it open” asks.
    let mut found = Vec::new();
    context.language.phrases(bare, &mut found);
    let asks = |tags: &[Tag]| tags.contains(&Tag::Small(Small::HowLong));
    if found.iter().any(|(_, tags)| asks(tags)) {
        return None;
    }
    let events = context.language.events();
    if let Some(length) = begins(bare, context) {
        // “when X, do Y”, “if X then do Y”
        let rest = &bare[length..];
        let cut = rest
            .iter()
            .enumerate()
            .skip(1)
            .find(|(_, token)| token.gap == Gap::Comma || events.is("then", &token.text))
            .map(|(at, _)| at);
        if let Some(cut) = cut {
            let effect = &rest[cut..];
            let effect = if events.is("then", &effect.first()?.text) {
                &effect[1..]
            } else {
                effect
            };
            return Some((rest[..cut].to_vec(), effect.to_vec()));
        }
        // Without a comma: where a verb of a command begins.
        let verb = (2..rest.len()).find(|at| {
            let mut found = Vec::new();
            context.language.phrases(&rest[*at..], &mut found);
            found.iter().any(|(_, tags)| {
                tags.iter()
                    .any(|tag| matches!(tag, Tag::Act(_) | Tag::Small(Small::Put)))
                    && !tags.iter().any(|tag| {
                        matches!(tag, Tag::State(_) | Tag::Small(Small::Be | Small::Have))
                    })
            }) && read_trigger(&rest[..*at], context).is_ok()
        })?;
        return Some((rest[..verb].to_vec(), rest[verb..].to_vec()));
    }
    // “do Y when X”
    let cut = (1..bare.len()).find(|at| begins(&bare[*at..], context).is_some())?;
    let length = begins(&bare[cut..], context)?;
    Some((bare[cut + length..].to_vec(), bare[..cut].to_vec()))
}

fn read(cause: &[Token], effect: &[Token], context: &Context<'_>) -> Result<Meaning, Problem> {
    if cause.is_empty() || effect.is_empty() {
        return Err(Problem::NotThis);
    }
    let (cause, condition) = daylight(cause, context);
    let trigger = read_trigger(&cause, context)?;
    let (tokens, when) = super::timed(effect, true, context);
    // A time that is said of what is done is not left out.
    if only_lasting(&when) != when {
        return Err(Problem::NotThis);
    }
    // “… turn it off”: what the rule waits for is meant.
    let about = match &trigger {
        Trigger::Device { things, .. } => things
            .iter()
            .filter_map(|id| context.house.by_id(*id))
            .collect(),
        _ => context.last().to_vec(),
    };
    let context = &context.after(about);
    let sentence = Sentence::new(&tokens, false, when, context).out_of(effect);
    let deeds = match super::clause(&sentence, context)? {
        Meaning::Do(deeds, _) | Meaning::Confirm(deeds, _, _) => deeds,
        Meaning::Which { choices, .. } => {
            let things = choices
                .iter()
                .filter_map(|id| context.house.by_id(*id))
                .collect();
            return Err(Problem::Which(things));
        }
        _ => return Err(Problem::NotThis),
    };
    Ok(Meaning::Rule(Box::new(Rule {
        trigger,
        condition,
        deeds,
        lasting: when.lasting,
    })))
}

/// The same, but for how long something holds.
fn only_lasting(when: &When) -> When {
    When {
        lasting: when.lasting,
        ..When::default()
    }
}

/// “… at night”: what happens without that, and that the sun must be down.
fn daylight(cause: &[Token], context: &Context<'_>) -> (Vec<Token>, Option<Condition>) {
    let events = context.language.events();
    for (key, last) in [("dark", SunEvent::Sunset), ("light", SunEvent::Sunrise)] {
        for length in (1..=4.min(cause.len())).rev() {
            let mut places = cause.windows(length).enumerate();
            if let Some((at, _)) = places.find(|(_, some)| events.is(key, &joined(some)))
                && length < cause.len()
            {
                let rest = [&cause[..at], &cause[at + length..]].concat();
                return (rest, Some(Condition::Sun { last }));
            }
        }
    }
    (cause.to_vec(), None)
}

/// What makes a rule run.
fn read_trigger(tokens: &[Token], context: &Context<'_>) -> Result<Trigger, Problem> {
    let (tokens, when) = super::timed(tokens, true, context);
    let hold = when.lasting.unwrap_or(0);
    if let Some(trigger) = presence(&tokens, context).filter(|_| only_lasting(&when) == when) {
        return Ok(Trigger::Event(trigger, hold));
    }
    let events = context.language.events();
    let words = joined(&tokens);
    if events.is("sunset", &words) {
        return Ok(Trigger::Time(sun(time::SunLight::Set), None));
    }
    if events.is("sunrise", &words) {
        return Ok(Trigger::Time(sun(time::SunLight::Rise), None));
    }
    if words.is_empty() || events.is("clock", &words) {
        let at = when.at.ok_or(Problem::NotThis)?;
        return Ok(Trigger::Time(at, when.every));
    }
    // “When the door opens after ten” is more than the door that opens.
    if only_lasting(&when) != when {
        return Err(Problem::NotThis);
    }
    let sentence = Sentence::new(&tokens, false, When::default(), context);
    let first = sentence.lattice.cut(&[]);
    let mut cuts = vec![Vec::new()];
    cuts.extend(
        sentence
            .lattice
            .turns(&first)
            .into_iter()
            .map(|turn| vec![turn]),
    );
    let mut worst = Problem::NotThis;
    for turns in cuts.into_iter().take(16) {
        let segs = sentence.lattice.cut(&turns);
        match device(&segs, &sentence, hold, context) {
            Ok(trigger) => return Ok(trigger),
            Err(problem) if problem.rank() > worst.rank() => worst = problem,
            Err(_) => {}
        }
    }
    Err(worst)
}

fn sun(light: time::SunLight) -> time::Moment {
    time::Moment {
        sun: Some((light, 0)),
        ..time::Moment::default()
    }
}

/// The words of a sentence as one text.
fn joined(tokens: &[Token]) -> String {
    let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    words.join(" ")
}

/// Somebody comes or goes.
fn presence(tokens: &[Token], context: &Context<'_>) -> Option<TriggerKind> {
    let events = context.language.events();
    let sentence = joined(tokens);
    let ends = |key: &str| {
        let mut ends = events.list(key).iter();
        ends.find_map(|end| sentence.strip_suffix(end.as_str())?.strip_suffix(' '))
    };
    if events.is("nobody", &sentence) {
        return Some(TriggerKind::Presence {
            whose: Whose::Anyone,
            to: Presence::Away,
        });
    }
    let (who, to) = match (ends("leaves"), ends("comes")) {
        (Some(who), _) => (who, Presence::Away),
        (None, Some(who)) => (who, Presence::Home),
        (None, None) => return None,
    };
    let anyone = events.is(
        if to == Presence::Away {
            "last"
        } else {
            "first"
        },
        who,
    );
    if anyone {
        return Some(TriggerKind::Presence {
            whose: Whose::Anyone,
            to,
        });
    }
    let person = context
        .house
        .people
        .iter()
        .find(|person| context.language.forms().folded(&person.name) == who)?;
    Some(TriggerKind::Presence {
        whose: Whose::Person(person.name.clone()),
        to,
    })
}

/// A device comes to be so.
fn device(
    segs: &[super::Seg<'_>],
    sentence: &Sentence<'_>,
    hold: i64,
    context: &Context<'_>,
) -> Result<Trigger, Problem> {
    let parts = parts::read(segs, sentence, context.house, Mood::Question);
    if !parts.unknown.is_empty() {
        return Err(Problem::Unknown(parts.unknown));
    }
    if parts.has_any(&[Small::Not, Small::Except]) {
        return Err(Problem::NotThis);
    }
    if let Some(deed) = mode_trigger(&parts) {
        return Ok(Trigger::Event(deed, hold));
    }
    let house = context.house;
    // “Drops below 5 degrees”: of what else than temperatures are degrees?
    let degrees = parts.given.iter().any(|given| {
        use crate::act::Measure::{Celsius, Degree, Fahrenheit};
        matches!(given.amount.unit, Degree | Celsius | Fahrenheit)
    });
    let attr = parts.attrs.first().copied();
    let attr = attr.or((degrees && parts.states.is_empty()).then_some(Attr::Temperature));
    if let (Some(attr), [given]) = (attr, &parts.given[..]) {
        let mut numbers = parts.clone();
        numbers.given.clear();
        let want = Want::Attr(attr);
        let things = match super::places(&parts.phrases, house)[..] {
            [] => targets(&numbers, &parts.phrases, &want, context)?.things,
            ref scope => house
                .things_in(scope)
                .into_iter()
                .filter(|index| {
                    want.can(house.thing(*index))
                        && reading::is_of_the_room(attr, house.thing(*index))
                })
                .collect(),
        };
        let first = *things.first().ok_or(Problem::NothingThere((0, 0)))?;
        let path = reading::source(attr, house.thing(first)).ok_or(Problem::NotThis)?;
        let value = match attr {
            Attr::Temperature | Attr::Setpoint => given.amount.celsius(),
            _ => Some(given.amount.value),
        };
        let value = Given::Value(Value::Number(value.ok_or(Problem::NotThis)?));
        let events = context.language.events();
        let says = |key: &str| {
            sentence
                .tokens
                .iter()
                .any(|token| events.is(key, &token.text))
        };
        let below = parts.ways.contains(&Way::Down) || says("below");
        let above = parts.ways.contains(&Way::Up) || says("above");
        let to = match (below, above) {
            (true, false) => Comparison::Below(value),
            (false, true) => Comparison::Above(value),
            _ => return Err(Problem::NotThis),
        };
        return Ok(Trigger::Device {
            things: context.ids(&things),
            path,
            to,
            hold,
        });
    }
    let state = match (&parts.states[..], &parts.attrs[..]) {
        ([state], _) => *state,
        ([], [Attr::Motion]) => State::Occupied,
        ([], []) => verb_state(sentence.tokens, context).ok_or(Problem::NotThis)?,
        _ => return Err(Problem::NotThis),
    };
    let want = Want::State(state);
    let places = super::places(&parts.phrases, house);
    let things = match targets(&parts, &parts.phrases, &want, context) {
        Ok(found) => found.things,
        // “If smoke is detected”: by whatever tells it.
        Err(_)
            if parts.phrases.is_empty()
                && matches!(
                    state,
                    State::Wet
                        | State::Smoke
                        | State::CarbonMonoxide
                        | State::Gas
                        | State::Triggered
                        | State::Raining
                ) =>
        {
            (0..house.things.len() as u32)
                .filter(|index| want.can(house.thing(*index)))
                .collect()
        }
        Err(_) if !places.is_empty() => house
            .things_in(&places)
            .into_iter()
            .filter(|index| want.can(house.thing(*index)))
            .collect(),
        Err(problem) => return Err(problem),
    };
    let first = *things.first().ok_or(Problem::NothingThere((0, 0)))?;
    let (path, test) = reading::test(state, house.thing(first)).ok_or(Problem::NotThis)?;
    let to = match test {
        Test::Is(truth) => Comparison::Is(Given::Value(Value::Bool(truth))),
        Test::Word([word, ..]) => Comparison::Is(Given::Value((*word).into())),
        Test::NoWord([word, ..]) => Comparison::IsNot(Given::Value((*word).into())),
        Test::Above(limit) => Comparison::Above(Given::Value(Value::Number(limit))),
        Test::AtMost(limit) => Comparison::AtMost(Given::Value(Value::Number(limit))),
        Test::Word([]) | Test::NoWord([]) => return Err(Problem::NotThis),
    };
    Ok(Trigger::Device {
        things: context.ids(&things),
        path,
        to,
        hold,
    })
}

/// “the door opens”: a state in the form of a verb.
fn verb_state(tokens: &[Token], context: &Context<'_>) -> Option<State> {
    let events = context.language.events();
    tokens
        .iter()
        .rev()
        .find_map(|token| events.verb(&token.text))
}

fn mode_trigger(parts: &parts::Parts) -> Option<TriggerKind> {
    match parts.modes[..] {
        [mode] if parts.phrases.is_empty() => Some(TriggerKind::Mode(mode.key().to_owned())),
        _ => None,
    }
}
