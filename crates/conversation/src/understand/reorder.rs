//! The same words in another order, for what makes no sense as it stands.

use super::{Context, without_fillers};
use crate::house::Entity;
use crate::lang::{Small, Tag};
use crate::text::{Gap, Text, Token};

/// How far a verb and its particle may stand apart.
const APART: usize = 8;

/// “Pull the blind up” as “pull up the blind”.
pub(super) fn particle(text: &Text, context: &Context<'_>) -> Option<Text> {
    let bare = without_fillers(&text.tokens, context);
    let verb = bare.first()?;
    let mut found = Vec::new();
    let mut clause = bare.iter().enumerate().skip(2).take(APART);
    let (at, particle) = clause
        .by_ref()
        .take_while(|(_, token)| token.gap == Gap::Blank)
        .find(|(_, token)| {
            let pair = [verb.clone(), (*token).clone()];
            context.language.phrases(&pair, &mut found);
            found.iter().any(|(length, tags)| {
                let is_verb = |tag: &Tag| matches!(tag, Tag::Act(_) | Tag::More(..));
                *length == 2 && tags.iter().any(is_verb)
            })
        })?;
    let mut tokens = vec![verb.clone(), particle.clone()];
    tokens.extend(bare[1..at].iter().cloned());
    tokens.extend(bare[at + 1..].iter().cloned());
    Some(Text {
        tokens,
        asks: text.asks,
    })
}

/// “Tell Gary to start” as “Gary start”, where that is the name of a device.
pub(super) fn told(text: &Text, context: &Context<'_>) -> Option<Text> {
    let bare = without_fillers(&text.tokens, context);
    let is = |token: &Token, small: Small| {
        let meanings = context.language.meanings(&token.text);
        meanings.contains(&Tag::Small(small))
    };
    let (first, mut rest) = bare.split_first()?;
    if !is(first, Small::Tell) {
        return None;
    }
    while rest.first().is_some_and(|token| is(token, Small::Article)) {
        rest = &rest[1..];
    }
    let words: Vec<_> = rest.iter().map(|token| context.house.word(token)).collect();
    let mut found = Vec::new();
    context.house.names(rest, &words, &mut found);
    let (length, _) = found.iter().rev().find(|(_, entities)| {
        entities
            .iter()
            .any(|entity| matches!(entity, Entity::Thing(_)))
    })?;
    let (name, rest) = rest.split_at(*length);
    let (to, order) = rest.split_first()?;
    (is(to, Small::To) && !order.is_empty()).then(|| Text {
        tokens: [name, order].concat(),
        asks: text.asks,
    })
}

/// What is said beside a command, and asks for nothing.
const COURTESY: [&str; 9] = [
    "greet",
    "good_morning",
    "good_night",
    "thanks",
    "goodbye",
    "leaving",
    "cold",
    "hot",
    "back",
];

/// “We are off, arm the alarm” as “arm the alarm”.
pub(super) fn without_courtesy(text: &Text, context: &Context<'_>) -> Option<Text> {
    let topics = context.language.topics();
    let mut pieces = text.tokens.chunk_by(|_, next| next.gap == Gap::Blank);
    let is_courtesy = |piece: &&[Token]| {
        let topic = topics.find(without_fillers(piece, context));
        topic.is_some_and(|topic| topic.slots.is_empty() && COURTESY.contains(&&*topic.key))
    };
    let (beside, rest): (Vec<_>, Vec<_>) = pieces.by_ref().partition(is_courtesy);
    (!text.asks && !beside.is_empty() && !rest.is_empty()).then(|| Text {
        tokens: rest.concat(),
        asks: false,
    })
}
