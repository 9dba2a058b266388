//! What only makes sense after what was said before: answers, “the other one”, “and the bedroom?”.

use super::meaning::{Asked, Deed, Meaning, Question};
use super::parts::{self, Mood};
use super::targets::{Want, targets};
use super::{Context, Pending, Prepare, Sentence, Stage, heard, without_fillers};
use crate::act::{self, Op, Step};
use crate::lang::{Language, Small, Tag};
use crate::site::Site;
use crate::text::{Text, Token};
use crate::time::When;

/// Whether the words are one phrase of this meaning.
fn is(tokens: &[Token], small: Small, context: &Context<'_>) -> bool {
    let mut found = Vec::new();
    context.language.phrases(tokens, &mut found);
    let whole = |found: &[(usize, &[Tag])]| {
        found
            .iter()
            .any(|(length, tags)| *length == tokens.len() && tags.contains(&Tag::Small(small)))
    };
    if whole(&found) {
        return true;
    }
    // “yes, please”: the phrase, and fillers.
    let Some((length, _)) = found
        .iter()
        .rev()
        .find(|(_, tags)| tags.contains(&Tag::Small(small)))
    else {
        return false;
    };
    let rest = &tokens[*length..];
    let mut at = 0;
    while at < rest.len() {
        context.language.phrases(&rest[at..], &mut found);
        let filler = found.iter().rev().find(|(_, tags)| {
            tags.contains(&Tag::Small(Small::Filler)) || tags.contains(&Tag::Small(small))
        });
        match filler {
            Some((length, _)) => at += length,
            None => return false,
        }
    }
    true
}

/// Whether a message begins as if it went on with what was said before: “and …”, “what about …”.
pub(crate) fn goes_on(text: &Text, context: &Context<'_>) -> bool {
    let mut found = Vec::new();
    context.language.phrases(&text.tokens, &mut found);
    context.dialogue.fresh
        && found.iter().any(|(_, tags)| {
            tags.iter()
                .any(|tag| matches!(tag, Tag::Small(Small::And | Small::About)))
        })
}

/// An answer to what the house asked, and other short words that need no question.
pub(crate) fn answer(text: &Text, context: &Context<'_>) -> Option<Meaning> {
    let tokens = &text.tokens[..];
    if tokens.len() <= 6 && is(tokens, Small::Cancel, context) {
        return Some(Meaning::Nothing);
    }
    let pending = context.dialogue.pending.as_ref();
    if let Some(meaning) = even_more(tokens, context) {
        return Some(meaning);
    }
    if tokens.len() <= 8 {
        if is(tokens, Small::Yes, context)
            && !matches!(
                pending,
                Some(Pending::Which { .. } | Pending::Target { .. } | Pending::Sites(_))
            )
            && pending.is_some()
        {
            return Some(Meaning::Yes);
        }
        if is(tokens, Small::No, context) {
            return Some(Meaning::No);
        }
        if pending.is_none()
            && is(tokens, Small::Yes, context)
            && !is(tokens, Small::Filler, context)
        {
            return Some(Meaning::Yes);
        }
    }
    match pending? {
        Pending::Which {
            choices,
            ops,
            also,
            when,
        } => {
            let chosen = choice(text, choices, context)?;
            if ops.is_empty() {
                let mut question = context.dialogue.question.clone()?;
                question.things = chosen;
                return Some(Meaning::Ask(Box::new(question)));
            }
            let mut deeds = also.clone();
            for op in ops {
                let able: Vec<_> = chosen
                    .iter()
                    .copied()
                    .filter(|id| {
                        context
                            .house
                            .by_id(*id)
                            .is_some_and(|index| act::can(op, context.house.thing(index)))
                    })
                    .collect();
                if !able.is_empty() {
                    deeds.push(Deed::Devices {
                        op: op.clone(),
                        things: able,
                        named: true,
                    });
                }
            }
            Some(Meaning::Do(deeds, *when))
        }
        Pending::Target { ops, when } => {
            let (sentence_tokens, _) = super::timed(tokens, true, context);
            let sentence = Sentence::new(&sentence_tokens, text.asks, When::default(), context);
            let segs = sentence.lattice.cut(&[]);
            let parts = parts::read(&segs, &sentence, context.house, Mood::Command);
            if !parts.unknown.is_empty() || parts.acts() || parts.put || parts.phrases.is_empty() {
                return None;
            }
            let found = targets(&parts, &parts.phrases, &Want::Do(ops.last()?), context).ok()?;
            let things = context.ids(&found.things);
            let deeds = ops.iter().map(|op| Deed::Devices {
                op: op.clone(),
                things: things.clone(),
                named: found.named,
            });
            Some(Meaning::Do(deeds.collect(), *when))
        }
        Pending::Prepare(prepare) => preparing(text, prepare, context),
        Pending::Sites(sites) => which_site(tokens, sites, context.language)
            .map(|_| Meaning::Topic("this_site".to_owned(), None)),
        Pending::Until(..) => {
            let (left, stay) = crate::stay::read(tokens, context.language);
            let bare = crate::stay::bare(tokens, context.language);
            let whole = !stay.is_nothing() && super::without_fillers(&left, context).is_empty();
            (whole || bare.is_some()).then(|| Meaning::Topic("until".to_owned(), None))
        }
        _ => None,
    }
}

/// “A bit more”: the change of before once more.
fn even_more(tokens: &[Token], context: &Context<'_>) -> Option<Meaning> {
    let dialogue = context.dialogue;
    let [Op::Step(attr, way, step)] = dialogue.ops[..] else {
        return None;
    };
    if !dialogue.fresh || tokens.len() > 5 || !is(tokens, Small::Even, context) {
        return None;
    }
    let mut found = Vec::new();
    context.language.phrases(tokens, &mut found);
    let little = found
        .iter()
        .any(|(_, tags)| tags.contains(&Tag::Small(Small::Little)));
    let step = if little { Step::Little } else { step };
    Some(repeat(&[Op::Step(attr, way, step)], &dialogue.last))
}

/// An answer about a room that is made ready.
fn preparing(text: &Text, prepare: &Prepare, context: &Context<'_>) -> Option<Meaning> {
    let tokens = &text.tokens[..];
    let more = || Meaning::Topic("prepare_more".to_owned(), None);
    if tokens.len() > 16 {
        return None;
    }
    match prepare.stage {
        Stage::Where => {
            let name: Vec<&str> = tokens.iter().map(|token| &*token.text).collect();
            let name = name.join(" ");
            let mut rooms = context.house.rooms.iter();
            rooms
                .any(|room| name.ends_with(&crate::text::folded(&room.name)))
                .then(more)
        }
        Stage::Asking(slot) => {
            let said = heard(tokens, Some(slot), context.language);
            (said.whole && !said.told.is_empty()).then(more)
        }
        Stage::Set if tokens.len() > 2 && matches!(&*tokens[0].text, "call" | "nenn") => {
            Some(Meaning::Topic("prepare_named".to_owned(), None))
        }
        Stage::Shown | Stage::Set => {
            let said = heard(tokens, None, context.language);
            (said.whole && !said.told.is_empty()).then(more)
        }
    }
}

/// Which of the places an answer means: by its number, or as it is called.
pub(crate) fn which_site(tokens: &[Token], sites: &[Site], language: &Language) -> Option<usize> {
    let same = |site: &Site| {
        let name = crate::text::read(&site.words(), language).tokens;
        let words = |tokens: &[Token]| -> Vec<String> {
            tokens.iter().map(|token| token.text.to_string()).collect()
        };
        words(&name) == words(tokens)
    };
    let named = sites.iter().position(same);
    named.or_else(|| which_of(tokens, sites.len(), language))
}

/// “The second”, “2”, “number two”: which of so many it is, from 0.
pub(crate) fn which_of(tokens: &[Token], count: usize, language: &Language) -> Option<usize> {
    if tokens.len() > 4 {
        return None;
    }
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        language.phrases(&tokens[at..], &mut found);
        let small = |small: Small| {
            found
                .iter()
                .any(|(_, tags)| tags.contains(&Tag::Small(small)))
        };
        let ordinals = [(Small::First, 1), (Small::Second, 2), (Small::Third, 3)];
        let ordinal = ordinals.into_iter().find(|(word, _)| small(*word));
        let number = tokens[at].number.filter(|number| number.fract() == 0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is not one of them is none"
        )]
        let place = match (ordinal, number) {
            (Some((_, place)), _) => place,
            (None, Some(number)) => number.clamp(0.0, 1e6) as usize,
            (None, None) if small(Small::Last) => count,
            (None, None) => continue,
        };
        return (1..=count).contains(&place).then(|| place - 1);
    }
    None
}

/// Which of the choices an answer means.
fn choice(
    text: &Text,
    choices: &[model::DeviceId],
    context: &Context<'_>,
) -> Option<Vec<model::DeviceId>> {
    let tokens = without_fillers(&text.tokens, context);
    let first = tokens.first()?;
    let number = first.number.filter(|_| tokens.len() == 1);
    for (small, index) in [(Small::First, 0_u8), (Small::Second, 1), (Small::Third, 2)] {
        let by_number = number == Some(f64::from(index) + 1.0);
        if by_number || is(tokens, small, context) {
            return choices.get(usize::from(index)).map(|id| vec![*id]);
        }
    }
    if is(tokens, Small::Last, context) {
        return choices.last().map(|id| vec![*id]);
    }
    if is(tokens, Small::All, context)
        || is(tokens, Small::Both, context)
        || is(tokens, Small::It, context) && tokens.len() > 1
        || is_everything(tokens, context)
    {
        return Some(choices.to_vec());
    }
    // A name, a part of one, or a room.
    let words: Vec<_> = tokens
        .iter()
        .map(|token| context.house.word(token))
        .collect();
    let small_word = |token: &Token| {
        let mut found = Vec::new();
        context
            .language
            .phrases(std::slice::from_ref(token), &mut found);
        found.iter().any(|(_, tags)| {
            tags.iter().any(|tag| {
                matches!(
                    tag,
                    Tag::Small(
                        Small::Article
                            | Small::One
                            | Small::In
                            | Small::Of
                            | Small::Filler
                            | Small::And
                            | Small::Correct
                            | Small::No
                    )
                )
            })
        })
    };
    let telling: Vec<u32> = tokens
        .iter()
        .zip(&words)
        .filter(|(token, _)| !small_word(token))
        .map(|(_, word)| *word)
        .collect::<Option<Vec<u32>>>()?;
    if telling.is_empty() {
        return None;
    }
    let fits = |id: &model::DeviceId| {
        let Some(index) = context.house.by_id(*id) else {
            return false;
        };
        let thing = context.house.thing(index);
        let room = thing.area.map(|area| {
            crate::text::name_words(&context.house.rooms[area as usize].name, context.language)
        });
        let room: Vec<u32> = room
            .into_iter()
            .flatten()
            .filter_map(|word: String| context.house.word_of(&word))
            .collect();
        let floor = thing.floor.map(|floor| {
            crate::text::name_words(
                &context.house.storeys[floor as usize].name,
                context.language,
            )
        });
        let floor: Vec<u32> = floor
            .into_iter()
            .flatten()
            .filter_map(|word: String| context.house.word_of(&word))
            .collect();
        telling.iter().all(|word| {
            thing.names.iter().any(|name| name.words.contains(word))
                || room.contains(word)
                || floor.contains(word)
        })
    };
    let chosen: Vec<_> = choices.iter().copied().filter(fits).collect();
    match chosen.len() {
        0 => None,
        1 => Some(chosen),
        _ => {
            // The one whose name is just that.
            let exact: Vec<_> = chosen
                .iter()
                .copied()
                .filter(|id| {
                    context.house.by_id(*id).is_some_and(|index| {
                        context
                            .house
                            .thing(index)
                            .names
                            .iter()
                            .any(|name| name.words == telling)
                    })
                })
                .collect();
            (exact.len() == 1).then_some(exact)
        }
    }
}

fn is_everything(tokens: &[Token], context: &Context<'_>) -> bool {
    let mut found = Vec::new();
    context.language.phrases(tokens, &mut found);
    found.iter().any(|(length, tags)| {
        *length == tokens.len() && tags.contains(&Tag::Noun(crate::lang::Noun::Everything, false))
    })
}

/// “And the bedroom?”, “the other one too”, “no, the bedroom one”, “again”, “more”.
pub(crate) fn ellipsis(text: &Text, context: &Context<'_>) -> Option<Meaning> {
    let dialogue = context.dialogue;
    if !dialogue.fresh {
        return None;
    }
    let tokens = &text.tokens[..];
    if tokens.len() <= 5
        && is(tokens, Small::Again, context)
        && !dialogue.ops.is_empty()
        && !dialogue.last.is_empty()
    {
        return Some(repeat(&dialogue.ops, &dialogue.last));
    }
    let mut from = 0;
    let mut found = Vec::new();
    let mut opens = false;
    // What introduces it: “and”, “what about”, “no,”, “I meant”.
    while from < tokens.len() {
        context.language.phrases(&tokens[from..], &mut found);
        let intro = found.iter().rev().find(|(_, tags)| {
            tags.iter().any(|tag| {
                matches!(
                    tag,
                    Tag::Small(
                        Small::And
                            | Small::About
                            | Small::Correct
                            | Small::Too
                            | Small::No
                            | Small::Filler
                            | Small::What
                    )
                )
            })
        });
        match intro {
            Some((length, _)) if from + length < tokens.len() => {
                from += length;
                opens = true;
            }
            _ => break,
        }
    }
    let (rest, when) = super::timed(&tokens[from..], true, context);
    if rest.is_empty() || rest.len() > 10 {
        return None;
    }
    if let Some(question) = asked_on(&rest, context) {
        return Some(Meaning::Ask(Box::new(question)));
    }
    let sentence = Sentence::new(&rest, text.asks, when, context);
    let first = sentence.lattice.cut(&[]);
    let mut cuts = vec![Vec::new()];
    cuts.extend(
        sentence
            .lattice
            .turns(&first)
            .into_iter()
            .map(|turn| vec![turn]),
    );
    for turns in cuts.into_iter().take(12) {
        let segs = sentence.lattice.cut(&turns);
        let parts = parts::read(&segs, &sentence, context.house, Mood::Command);
        // “Then lock it” says itself what to do.
        if turns.is_empty() && parts.acts() && parts.has(Small::It) {
            return None;
        }
        let again = parts.has_any(&[Small::Too, Small::Other, Small::One]) || opens || text.asks;
        let stray = parts.small.iter().any(|small| {
            !matches!(
                small,
                Small::Too
                    | Small::One
                    | Small::Other
                    | Small::All
                    | Small::Both
                    | Small::It
                    | Small::And
                    | Small::There
                    | Small::In
                    | Small::Of
                    | Small::For
                    | Small::Any
                    | Small::Correct
                    | Small::Filler
                    | Small::About
                    | Small::Here
            )
        });
        if !parts.unknown.is_empty()
            || parts.put
            || stray
            || !parts.people.is_empty() && dialogue.question.is_none()
        {
            continue;
        }
        if let Some(question) = &dialogue.question {
            if parts.acts() || !again {
                continue;
            }
            let mut question = question.clone();
            if !parts.people.is_empty() {
                question.people = parts
                    .people
                    .iter()
                    .map(|person| context.house.people[*person as usize].id)
                    .collect();
                return Some(Meaning::Ask(Box::new(question)));
            }
            if let [attr] = parts.attrs[..] {
                question.attr = Some(attr);
                question.state = None;
                question.asked = Asked::Value;
                question.things.retain(|id| {
                    context.house.by_id(*id).is_some_and(|index| {
                        crate::reading::source(attr, context.house.thing(index)).is_some()
                    })
                });
                if parts.phrases.is_empty() {
                    if question.things.is_empty() {
                        let here: Vec<u32> = context
                            .house
                            .things_in(&question.scope)
                            .into_iter()
                            .filter(|index| {
                                crate::reading::source(attr, context.house.thing(*index)).is_some()
                            })
                            .collect();
                        question.things = context.ids(&here);
                    }
                    return (!question.things.is_empty()).then(|| Meaning::Ask(Box::new(question)));
                }
            }
            let want = match (question.state, question.attr) {
                (Some(state), _) => Want::State(state),
                (None, Some(attr)) => Want::Attr(attr),
                (None, None) => Want::Any,
            };
            let places = super::places(&parts.phrases, context.house);
            let all_places = !places.is_empty()
                && parts.phrases.iter().all(|phrase| {
                    phrase.chunk.words.is_empty() || context.house.place(&phrase.chunk).is_some()
                });
            if all_places {
                let noun = question
                    .noun
                    .filter(|noun| !matches!(noun, crate::lang::Noun::Room));
                let here: Vec<u32> = context
                    .house
                    .things_in(&places)
                    .into_iter()
                    .filter(|index| {
                        let thing = context.house.thing(*index);
                        want.can(thing)
                            && noun.is_none_or(|noun| thing.is(noun))
                            && question
                                .attr
                                .is_none_or(|attr| crate::reading::is_of_the_room(attr, thing))
                    })
                    .collect();
                if here.is_empty() {
                    continue;
                }
                question.scope = places;
                question.things = context.ids(&here);
                return Some(Meaning::Ask(Box::new(question)));
            }
            if parts.phrases.is_empty() && !parts.has(Small::Other) {
                continue;
            }
            match targets(&parts, &parts.phrases, &want, context) {
                Ok(found) => {
                    question.things = context.ids(&found.things);
                    return Some(Meaning::Ask(Box::new(question)));
                }
                Err(_) => continue,
            }
        }
        if dialogue.ops.is_empty() || !again && parts.phrases.is_empty() {
            continue;
        }
        if parts.acts() || !parts.attrs.is_empty() {
            continue;
        }
        let want = Want::Do(dialogue.ops.last()?);
        match targets(&parts, &parts.phrases, &want, context) {
            Ok(found) => {
                let meaning = repeat(&dialogue.ops, &context.ids(&found.things));
                if let Meaning::Do(deeds, when) = &meaning
                    && deeds.iter().any(|deed| matches!(deed, Deed::Devices { op, things, .. } if super::command::opens(op, things, context)))
                {
                    return Some(Meaning::Confirm(deeds.clone(), *when, super::Doubt::Described));
                }
                // A bare name without any sign that it goes on is a question of what to do with it.
                if !again {
                    return None;
                }
                return Some(meaning);
            }
            Err(super::Problem::Which(things)) if again => {
                return Some(Meaning::Which {
                    choices: context.ids(&things),
                    ops: dialogue.ops.clone(),
                    also: Vec::new(),
                    when: When::default(),
                });
            }
            Err(_) => continue,
        }
    }
    None
}

/// “Since when?”, “why?”, after a question for a state.
fn asked_on(tokens: &[Token], context: &Context<'_>) -> Option<Question> {
    let question = context.dialogue.question.as_ref()?;
    question.state.filter(|_| !question.things.is_empty())?;
    let (_, asked) = [
        (Small::HowLong, Asked::HowLong),
        (Small::Why, Asked::Why),
        (Small::When, Asked::When),
        (Small::Who, Asked::Who),
    ]
    .into_iter()
    .find(|(small, _)| is(tokens, *small, context))?;
    Some(Question {
        asked,
        past: None,
        ..question.clone()
    })
}

fn repeat(ops: &[crate::act::Op], things: &[model::DeviceId]) -> Meaning {
    let deeds = ops.iter().map(|op| Deed::Devices {
        op: op.clone(),
        things: things.to_vec(),
        named: true,
    });
    Meaning::Do(deeds.collect(), When::default())
}
