//! What is told of somebody by name: “Ben likes his room cool”.

use super::{Context, Meaning};
use crate::house::Entity;
use crate::text::Text;

/// The topic of a sentence that somebody's name stands before.
const TOLD: &str = "somebody_likes";

/// What somebody likes; the whole message is what is kept.
pub(super) fn told(text: &Text, message: &str, context: &Context<'_>) -> Option<Meaning> {
    if text.asks {
        return None;
    }
    let tokens = super::without_fillers(&text.tokens, context);
    let words: Vec<_> = tokens
        .iter()
        .map(|token| context.house.word(token))
        .collect();
    let mut found = Vec::new();
    context.house.names(tokens, &words, &mut found);
    let (length, _) = found.iter().rev().find(|(_, entities)| {
        entities
            .iter()
            .any(|entity| matches!(entity, Entity::Person(_)))
    })?;
    let topic = context.language.topics().find(&tokens[*length..])?;
    let from = tokens.first()?.start;
    (topic.key == TOLD).then(|| {
        let said = message.get(from..).unwrap_or(message).to_owned();
        Meaning::Topic("likes_so".to_owned(), Some(said))
    })
}

/// Whether a topic says something only behind a name.
pub(super) fn needs_a_name(key: &str) -> bool {
    key == TOLD
}
