//! What the clauses of a command say of one another: what is left as it is, and which of them a time is
//! said of.

use super::parts::{self, Mood, Phrase};
use super::segment::Seg;
use super::{Context, Sentence};
use crate::lang::{Act, Hour, Small, Tag};
use crate::text::Token;

/// What a clause says to leave as it is, and whether it says how that is: “leave the lamp on”, and behind
/// that “and the fan”.
pub(crate) fn stays(
    piece: &[Seg<'_>],
    after_kept: bool,
    sentence: &Sentence<'_>,
    context: &Context<'_>,
) -> Option<(Vec<Phrase>, bool)> {
    let (first, rest) = piece.split_first()?;
    let begins = first.is(Small::Keep);
    if !begins && !after_kept {
        return None;
    }
    let rest = match rest.split_first() {
        _ if !begins => piece,
        // “Lass aber die Lampe an”.
        Some((but, rest)) if but.is(Small::Except) => rest,
        _ => rest,
    };
    let mut parts = parts::read(rest, sentence, context.house, Mood::Command);
    // Some languages say it in one word: “anlassen”.
    let says_how = begins && first.tags.iter().any(|tag| matches!(tag, Tag::Act(_)));
    // “Open” is a verb only where it begins its clause.
    let opens = parts.acts == [Act::Open]
        && !rest
            .first()
            .is_some_and(|first| first.tags.contains(&Tag::Act(Act::Open)));
    let states = parts.states.len() + usize::from(opens) + usize::from(says_how);
    let plain = parts.unknown.is_empty()
        && states <= 1
        && (parts.acts.is_empty() || opens)
        && !parts.put
        && parts.given.is_empty()
        && parts.ways.is_empty()
        && parts.more.is_empty()
        && parts.colours.is_empty()
        && parts.whites.is_empty()
        && parts.words.is_empty()
        && parts.choices.is_empty()
        && !parts.has_any(&[Small::Not, Small::Except])
        && !parts.phrases.is_empty();
    if !plain {
        return None;
    }
    for phrase in &mut parts.phrases {
        phrase.except = true;
    }
    own_places(&mut parts.phrases, context);
    Some((parts.phrases, states == 1))
}

/// What is left out by its kind is of the place that is said with it: “all lights except the ones in the
/// study”. With a name, the place is that of all.
pub(crate) fn own_places(phrases: &mut Vec<Phrase>, context: &Context<'_>) {
    let mut at = 1;
    while at < phrases.len() {
        let (before, rest) = phrases.split_at_mut(at);
        let (last, phrase) = (&mut before[at - 1], &rest[0]);
        let place = context.house.place(&phrase.chunk).filter(|_| {
            last.except && last.chunk.names.is_empty() && phrase.located && !phrase.one
        });
        match place {
            Some(place) => {
                last.places.push(place);
                phrases.remove(at);
            }
            None => at += 1,
        }
    }
}

pub(crate) fn without_fillers<'s, 'a>(piece: &'s [Seg<'a>]) -> &'s [Seg<'a>] {
    let first = piece.iter().position(|seg| !seg.is(Small::Filler));
    &piece[first.unwrap_or(piece.len())..]
}

/// Where a clause begins in the message.
pub(crate) fn start(piece: &[Seg<'_>], sentence: &Sentence<'_>) -> Option<usize> {
    let first = piece.iter().find(|seg| !seg.is(Small::Filler))?;
    Some(sentence.tokens.get(first.from)?.start)
}

/// Whether a time was said with, or behind, what is to stay as it is. “But leave the lamp on until ten”
/// is said of the lamp, and for the others it would be the opposite.
pub(crate) fn is_timed_behind(keeps_at: &[usize], sentence: &Sentence<'_>) -> bool {
    let mut taken = sentence.taken.iter();
    sentence.when.is_future() && taken.any(|time| keeps_at.iter().any(|at| at < time))
}

/// Whether one time was said before a clause and another with it: “open the blinds at seven and close them
/// at nine”.
pub(crate) fn is_timed_twice(pieces: &[&[Seg<'_>]], sentence: &Sentence<'_>) -> bool {
    let (Some(first), Some(last)) = (sentence.taken.first(), sentence.taken.last()) else {
        return false;
    };
    let starts = pieces
        .iter()
        .skip(1)
        .filter_map(|piece| start(piece, sentence));
    let mut between = starts.filter(|at| first < at && at < last);
    sentence.when.is_future() && between.next().is_some()
}

/// Whether a time was said of one of several clauses alone: “turn off the fan and at ten lock the doors”,
/// “lock the doors and turn on the lamp for an hour”.
pub(crate) fn is_timed_in_part(pieces: &[&[Seg<'_>]], sentence: &Sentence<'_>) -> bool {
    let when = &sentence.when;
    if !when.is_future() {
        return false;
    }
    let begin = pieces.first().and_then(|piece| start(piece, sentence));
    let ends = when.until.is_some() || when.lasting.is_some();
    let behind = |time: &usize| begin.is_some_and(|begin| *time > begin);
    if ends && sentence.taken.iter().any(behind) {
        return true;
    }
    // “Turn off the fan now and lock the doors in an hour”.
    let now = |token: &Token| sentence.language.is_hour(&token.text, Hour::Now);
    if sentence.tokens.iter().any(now) {
        return true;
    }
    // Behind “and”, with more of the clause to come.
    pieces.windows(2).any(|pair| {
        let [before, piece] = pair else { return false };
        let (Some(before), Some(first), Some(last)) = (before.last(), piece.first(), piece.last())
        else {
            return false;
        };
        let joint = sentence.tokens.get(before.to..first.from);
        let from = joint
            .and_then(<[_]>::last)
            .or_else(|| sentence.tokens.get(before.to - 1))
            .map(|token| token.start);
        let to = sentence.tokens.get(last.to - 1).map(|token| token.start);
        let (Some(from), Some(to)) = (from, to) else {
            return false;
        };
        sentence.taken.iter().any(|time| (from..to).contains(time))
    })
}
