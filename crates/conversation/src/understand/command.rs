//! Clauses that want something done.

use super::kept::{
    is_timed_behind, is_timed_in_part, is_timed_twice, own_places, start, stays, without_fillers,
};
use super::meaning::{Deed, Doubt, Meaning};
use super::op::{is_plain, ops};
use super::parts::{self, Mood, Parts, Phrase};
use super::segment::{Seg, View};
use super::targets::{Want, targets};
use super::{Context, Problem, Sentence};
use crate::act::{self, Measure, Op};
use crate::house::Entity;
use crate::lang::{Act, Attr, HouseMode, Noun, Small};
use crate::text::Gap;
use crate::time::When;

/// Something that is done with the same devices.
struct Group {
    ops: Vec<Op>,
    parts: Parts,
    phrases: Vec<Phrase>,
    /// Whether it goes on with what the clause before was said of.
    follows: bool,
    /// Whether it says how something stays: “keep the lamp at 20 %”.
    keeps: bool,
}

/// A command of one or more clauses: all of them are understood, or none is done.
pub(crate) fn command(
    segs: &[Seg<'_>],
    sentence: &Sentence<'_>,
    context: &Context<'_>,
) -> Result<Meaning, Problem> {
    // One thing or the other is for a person to choose.
    if segs
        .iter()
        .any(|seg| seg.view == View::Word && seg.is(Small::Or))
    {
        return Err(Problem::NotThis);
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut waiting: Vec<Phrase> = Vec::new();
    let mut waiting_parts: Option<Parts> = None;
    let mut deeds: Vec<(usize, Deed)> = Vec::new();
    // “… but leave the lamp on”: it stays as it is, whatever is done with the others.
    let mut kept: Vec<Phrase> = Vec::new();
    let mut after_kept = false;
    // Since where it was not said yet how: “leave the lamp and the spots on”.
    let mut bare_kept: Option<usize> = None;
    // Where the clauses begin that say how something stays.
    let mut keeps_at: Vec<usize> = Vec::new();
    let pieces: Vec<&[Seg<'_>]> = pieces(segs, sentence)
        .into_iter()
        .map(without_fillers)
        .filter(|piece| !piece.is_empty())
        .collect();
    // “Leave the lamp on” alone wants it on; where more is to be done, that is done without it.
    let does_more = pieces
        .iter()
        .skip(1)
        .any(|piece| stays(piece, true, sentence, context).is_none());
    for piece in &pieces {
        let mut keeps = piece.first().is_some_and(|first| first.is(Small::Keep));
        if keeps {
            keeps_at.extend(start(piece, sentence));
        }
        if (does_more || !groups.is_empty())
            && let Some((more, says_how)) =
                stays(piece, after_kept, sentence, context).or_else(|| {
                    // “But leave the lamp at 20 % and the fan on”.
                    let value = groups.len() > 1 && groups.last().is_some_and(|group| group.keeps);
                    let more = stays(piece, value, sentence, context);
                    more.filter(|(_, says_how)| *says_how)
                })
        {
            bare_kept = (!says_how).then(|| bare_kept.unwrap_or(kept.len()));
            kept.extend(more);
            after_kept = true;
            continue;
        }
        let went_before = std::mem::take(&mut after_kept);
        let kept_so = bare_kept.take();
        let mut parts = parts::read(piece, sentence, context.house, Mood::Command);
        if !parts.unknown.is_empty() {
            return Err(Problem::Unknown(parts.unknown));
        }
        // “No, turn it off” has a comma; without one it is a negation.
        let denied = parts.has(Small::No) && (parts.acts() || parts.put);
        if parts.has(Small::Not) || denied {
            return Err(Problem::Negated);
        }
        let leaves_out = parts.phrases.iter().any(|phrase| phrase.except);
        if parts.has(Small::Except) && !leaves_out {
            return Err(Problem::NotThis);
        }
        own_places(&mut parts.phrases, context);
        if !is_plain(&parts) || has_stray(&parts) || !parts.most.is_empty() {
            return Err(Problem::NotThis);
        }
        if let Some(deed) = other_deed(&parts, context) {
            deeds.push((groups.len(), deed));
            continue;
        }
        // What a scenario cannot do is not done with some device instead.
        let thing = |phrase: &Phrase| {
            let mut names = phrase.chunk.names.iter();
            names.any(|(_, _, entity)| matches!(entity, Entity::Thing(_)))
        };
        if !parts.scenarios.is_empty()
            && parts.phrases.iter().all(is_scenario)
            && !parts.phrases.iter().any(thing)
        {
            return Err(Problem::NotThis);
        }
        let empty = parts.phrases.is_empty()
            && !parts.acts()
            && parts.attrs.is_empty()
            && parts.small.is_empty();
        if empty && !parts.put {
            continue;
        }
        match ops(&parts, context.house) {
            Some(ops) => {
                // “Dim the lamp and the spots to 20 %”: the value is said once, at the end.
                if let Some(to) = same_change(&groups, &parts, &ops, context)?
                    && let Some(before) = groups.last_mut()
                {
                    before.ops = vec![to];
                    before.phrases.extend(parts.phrases);
                    continue;
                }
                let mut phrases = std::mem::take(&mut waiting);
                // “Leave the lamp and the spots at 20 %”.
                if went_before && parts.acts.is_empty() && !parts.put {
                    keeps = true;
                    let more = kept_so.map(|from| kept.split_off(from));
                    phrases.extend(more.into_iter().flatten().map(|phrase| Phrase {
                        except: false,
                        ..phrase
                    }));
                }
                phrases.extend(parts.phrases.iter().cloned());
                // “Dim the lamp and turn it off”, “open the blinds and stop”.
                let mut follows = false;
                if phrases.is_empty()
                    && !parts.has_any(&[Small::All, Small::Other])
                    && own_target(&ops).is_none()
                    && let Some(before) = groups.last()
                {
                    // “Leave the lamp on and dim it” means the lamp, and none of the others.
                    if went_before {
                        return Err(Problem::NotThis);
                    }
                    // “And leave it on”.
                    if before.ops == ops {
                        continue;
                    }
                    phrases.clone_from(&before.phrases);
                    follows = true;
                }
                groups.push(Group {
                    ops,
                    parts,
                    phrases,
                    follows,
                    keeps: keeps && !follows,
                });
            }
            None if parts.acts() || !parts.attrs.is_empty() => return Err(Problem::NotThis),
            None => match groups.last_mut() {
                Some(group) if !parts.put && !parts.phrases.is_empty() => {
                    group.phrases.extend(parts.phrases)
                }
                _ if !parts.phrases.is_empty() => {
                    waiting.extend(parts.phrases.iter().cloned());
                    waiting_parts = Some(parts);
                }
                Some(_) if !parts.put => return Err(Problem::NotThis),
                _ => waiting_parts = Some(parts),
            },
        }
    }
    if !waiting.is_empty() || (groups.is_empty() && deeds.is_empty()) {
        drop(waiting_parts);
        return Err(Problem::NotThis);
    }
    // “It is too cold, make it warmer”: what is wanted is said.
    if groups.iter().any(|group| !group.parts.complains) {
        groups.retain(|group| !group.parts.complains);
    }
    let own = groups.iter().filter(|group| !group.follows).count() + deeds.len();
    let keeps = !kept.is_empty() || own > 1 && groups.iter().any(|group| group.keeps);
    if keeps && is_timed_behind(&keeps_at, sentence)
        || own > 1 && is_timed_in_part(&pieces, sentence)
        || groups.len() + deeds.len() > 1 && is_timed_twice(&pieces, sentence)
    {
        return Err(Problem::Mixed);
    }
    for group in &mut groups {
        group.phrases.extend(kept.iter().cloned());
    }
    let mut all: Vec<Deed> = Vec::new();
    // How something is to stay, and what is done that it is left out of.
    let mut staying: Vec<model::DeviceId> = Vec::new();
    let mut changing: Vec<usize> = Vec::new();
    let mut unsure: Option<(Vec<u32>, Vec<Op>)> = None;
    let mut other = deeds.into_iter().peekable();
    for (index, group) in groups.iter().enumerate() {
        while let Some((_, deed)) = other.next_if(|(at, _)| *at <= index) {
            all.push(deed);
        }
        // The last op is the one that narrows down most: “turn the lamp on at 50 %”.
        let Some(main) = group.ops.last() else {
            continue;
        };
        match targets(&group.parts, &group.phrases, &Want::Do(main), context) {
            Ok(found) => {
                for op in &group.ops {
                    let things: Vec<u32> = found
                        .things
                        .iter()
                        .copied()
                        .filter(|index| act::can(op, context.house.thing(*index)))
                        .collect();
                    if !things.is_empty() {
                        if group.keeps {
                            staying.extend(context.ids(&things));
                        } else {
                            changing.push(all.len());
                        }
                        all.push(Deed::Devices {
                            op: op.clone(),
                            things: context.ids(&things),
                            // What stays open is not opened unasked.
                            named: found.named && !group.keeps,
                        });
                    }
                }
            }
            Err(Problem::Which(things)) if unsure.is_none() => {
                unsure = Some((things, group.ops.clone()))
            }
            Err(problem) => return Err(problem),
        }
    }
    all.extend(other.map(|(_, deed)| deed));
    for at in changing {
        if let Some(Deed::Devices { things, named, .. }) = all.get_mut(at) {
            let before = things.len();
            things.retain(|id| !staying.contains(id));
            *named &= things.len() == before;
            if things.is_empty() {
                return Err(Problem::NotThis);
            }
        }
    }
    if let Some((things, ops)) = unsure {
        return Ok(Meaning::Which {
            choices: context.ids(&things),
            ops,
            also: all,
            when: sentence.when,
        });
    }
    if sentence.when.past.is_some() || contradicts(&all) {
        return Err(Problem::NotThis);
    }
    if groups.iter().any(|group| group.parts.complains) {
        return Ok(Meaning::Confirm(all, sentence.when, Doubt::Told));
    }
    Ok(checked(all, sentence.when, context))
}

/// Whether a phrase names a scenario or a scene, and nothing else.
fn is_scenario(phrase: &Phrase) -> bool {
    let mut names = phrase.chunk.names.iter();
    phrase.chunk.nouns.is_empty()
        && names.any(|(_, _, entity)| matches!(entity, Entity::Scenario(_) | Entity::Scene(_)))
}

/// The change of the clause before with the value that this one brings, where it says nothing but that
/// and what else is meant. “Turn the music down and the lamp to 20 %” says two things.
fn same_change(
    groups: &[Group],
    parts: &Parts,
    ops: &[Op],
    context: &Context<'_>,
) -> Result<Option<Op>, Problem> {
    let Some(before) = groups.last() else {
        return Ok(None);
    };
    let ([Op::Step(attr, _, act::Step::Some)], [Op::Set(other, amount)]) = (&before.ops[..], ops)
    else {
        return Ok(None);
    };
    let bare = parts.acts.is_empty() && !parts.put && !parts.phrases.is_empty();
    if !bare {
        return Ok(None);
    }
    let to = Op::Set(*attr, *amount);
    let dims = *attr == Some(Attr::Level) && before.parts.acts == [Act::Dim];
    let heats = matches!(before.parts.acts[..], [Act::Heat | Act::Cool]);
    let fits = match amount.unit {
        Measure::Plain => dims || heats,
        Measure::Percent => dims,
        Measure::Degree | Measure::Celsius | Measure::Fahrenheit => heats,
        Measure::Kelvin | Measure::Ampere => false,
    };
    if fits && (other.is_none() || other == attr) {
        return Ok(Some(to));
    }
    // “Lower the blinds and the awning to 50 %”: a verb that wants a value as often as none.
    let verb = attr.is_none() && before.parts.acts.is_empty() && !before.parts.put;
    if !verb {
        return Ok(None);
    }
    let kinds = |phrases: &[Phrase]| -> Result<Vec<model::DeviceKind>, Problem> {
        let found = targets(parts, phrases, &Want::Do(&to), context)?;
        let kinds = found.things.iter();
        Ok(kinds
            .map(|index| context.house.thing(*index).device.kind)
            .collect())
    };
    let (mut all, more) = (kinds(&before.phrases)?, kinds(&parts.phrases)?);
    all.extend(more);
    all.dedup();
    match all[..] {
        [_] => Ok(Some(to)),
        _ => Err(Problem::NotThis),
    }
}

/// Whether one thing is to be so and otherwise at once.
fn contradicts(deeds: &[Deed]) -> bool {
    let other = |op: &Op| {
        Some(match op {
            Op::On => Op::Off,
            Op::Open => Op::Close,
            Op::Lock => Op::Unlock,
            Op::Mute => Op::Unmute,
            _ => return None,
        })
    };
    let wanted = |wanted: &Op, id: &model::DeviceId| {
        deeds.iter().any(
            |deed| matches!(deed, Deed::Devices { op, things, .. } if op == wanted && things.contains(id)),
        )
    };
    deeds.iter().any(|deed| match deed {
        Deed::Devices { op, things, .. } => {
            other(op).is_some_and(|other| things.iter().any(|id| wanted(&other, id)))
        }
        _ => false,
    })
}

/// What opens something that was only described needs a yes.
fn checked(deeds: Vec<Deed>, when: When, context: &Context<'_>) -> Meaning {
    let described = deeds.iter().any(|deed| match deed {
        Deed::Devices { op, things, named } => {
            (!named || things.len() > 1) && opens(op, things, context)
        }
        _ => false,
    });
    let unlikely = deeds.iter().any(|deed| match deed {
        Deed::Devices { op, .. } => is_unlikely(op),
        _ => false,
    });
    if described {
        Meaning::Confirm(deeds, when, Doubt::Described)
    } else if unlikely {
        Meaning::Confirm(deeds, when, Doubt::Unlikely)
    } else {
        Meaning::Do(deeds, when)
    }
}

/// Whether degrees of a scale that was only guessed come to more than a room is ever heated to.
fn is_unlikely(op: &Op) -> bool {
    let Op::Set(_, amount) = op else { return false };
    amount.unit == Measure::Degree && amount.value > 45.0 && amount.celsius() > Some(30.0)
}

/// Whether this unlocks, disarms, or opens what keeps people or water out.
pub(crate) fn opens(op: &Op, things: &[model::DeviceId], context: &Context<'_>) -> bool {
    things
        .iter()
        .filter_map(|id| context.house.by_id(*id))
        .any(|index| {
            let thing = context.house.thing(index);
            match op {
                Op::Unlock | Op::Disarm => true,
                Op::Open => thing.is(Noun::Door) || thing.is(Noun::Valve),
                Op::On | Op::Start => thing.is(Noun::Valve),
                Op::Water => true,
                Op::Off => thing.is(Noun::Alarm),
                _ => false,
            }
        })
}

/// A repaired sentence that opens something asks first.
pub(crate) fn careful(meaning: Meaning, context: &Context<'_>) -> Meaning {
    match meaning {
        Meaning::Do(deeds, when) if deeds.iter().any(|deed| matches!(deed, Deed::Devices { op, things, .. } if opens(op, things, context))) => {
            Meaning::Confirm(deeds, when, Doubt::Repaired)
        }
        other => other,
    }
}

/// Words that no command has.
fn has_stray(parts: &Parts) -> bool {
    use Small::{Be, Cancel, Do, Have, Least, Most, Show, There, Use, When};
    let make_sure = parts.put;
    parts.small.iter().any(|small| match small {
        Be => !(make_sure || parts.complains && parts.first != Some(Be)),
        Do | Have | Show | Use | Most | Least | When | Cancel | Small::I | Small::Happen => true,
        There => false,
        _ => false,
    }) || !parts.people.is_empty()
}

/// The kinds that an op means without saying so.
fn own_target(ops: &[Op]) -> Option<()> {
    let op = ops.last()?;
    matches!(
        op,
        Op::Play
            | Op::Pause
            | Op::Next
            | Op::Previous
            | Op::Mute
            | Op::Unmute
            | Op::ArmAway
            | Op::ArmHome
            | Op::ArmNight
            | Op::Disarm
            | Op::Set(Some(Attr::Volume | Attr::Temperature | Attr::Setpoint), _)
            | Op::Step(Some(Attr::Volume | Attr::Temperature | Attr::Setpoint), ..)
    )
    .then_some(())
}

/// A scenario, a scene or a mode of the house.
fn other_deed(parts: &Parts, context: &Context<'_>) -> Option<Deed> {
    let starts = parts.acts.iter().all(|act| {
        matches!(
            act,
            Act::Start | Act::On | Act::Open | Act::Play | Act::Resume
        )
    }) && parts
        .states
        .iter()
        .all(|state| matches!(state, crate::lang::State::On));
    let ends = !parts.acts.is_empty()
        && parts
            .acts
            .iter()
            .all(|act| matches!(act, Act::End | Act::Stop | Act::Off))
        || parts.states == [crate::lang::State::Off];
    let plain = parts.colours.is_empty()
        && parts.whites.is_empty()
        && parts.more.is_empty()
        && parts.ways.is_empty()
        && parts.words.is_empty();
    if !plain {
        return None;
    }
    let only_scenario = parts.phrases.iter().all(is_scenario);
    if let Some(entity) = parts.scenarios.first().filter(|_| only_scenario) {
        let named = parts
            .phrases
            .iter()
            .flat_map(|phrase| &phrase.chunk.names)
            .any(|(_, _, entity)| matches!(entity, Entity::Thing(_)));
        // A device of the same name is meant where something is done that devices do.
        if named && (parts.states.len() + parts.acts.len() > 0) && !parts.says_mode {
            return None;
        }
        return match entity {
            Entity::Scenario(index) => {
                let scenario = context.house.scenarios.get(*index as usize)?.slug.clone();
                if ends {
                    Some(Deed::End { scenario })
                } else {
                    let number = parts.given.first().map(|given| given.amount.value);
                    starts.then_some(Deed::Run {
                        scenario,
                        number,
                        text: None,
                    })
                }
            }
            Entity::Scene(index) if starts => Some(Deed::Scene {
                scene: context.house.scenes.get(*index as usize)?.slug.clone(),
            }),
            _ => None,
        };
    }
    let only_house = parts
        .phrases
        .iter()
        .all(|phrase| phrase.chunk.words.is_empty());
    if let [mode] = parts.modes[..]
        && only_house
        && parts.attrs.is_empty()
        && !parts
            .acts
            .iter()
            .any(|act| matches!(act, Act::Arm | Act::ArmAway | Act::ArmHome | Act::ArmNight))
    {
        let number = parts.given.first().map(|given| given.amount.value);
        let scenario = context
            .house
            .scenarios
            .iter()
            .find(|scenario| scenario.slug.starts_with(mode.key()));
        return match scenario.filter(|_| matches!(mode, HouseMode::Party | HouseMode::Vacation)) {
            Some(scenario) if ends => Some(Deed::End {
                scenario: scenario.slug.clone(),
            }),
            Some(scenario) if starts => Some(Deed::Run {
                scenario: scenario.slug.clone(),
                number,
                text: None,
            }),
            _ if ends => Some(Deed::Mode(HouseMode::Home.key().to_owned())),
            _ if starts && number.is_none() => Some(Deed::Mode(mode.key().to_owned())),
            _ => None,
        };
    }
    None
}

/// The clauses of a sentence: at “and”, commas and full stops.
pub(crate) fn pieces<'s, 'a>(segs: &'s [Seg<'a>], sentence: &Sentence<'_>) -> Vec<&'s [Seg<'a>]> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (index, seg) in segs.iter().enumerate() {
        let joins = seg.view == View::Word
            && (seg.is(Small::And) || seg.is(Small::Or))
            && !seg.is(Small::Except)
            || seg.is(Small::Except)
                && segs.get(index + 1).is_some_and(|next| next.is(Small::Keep));
        if joins {
            pieces.push(&segs[from..index]);
            from = index + 1;
        } else if index > from
            && sentence.tokens[seg.from].gap != Gap::Blank
            && !seg.is(Small::Except)
        {
            pieces.push(&segs[from..index]);
            from = index;
        }
    }
    pieces.push(&segs[from..]);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}
