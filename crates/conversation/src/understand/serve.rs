//! Which rooms a device serves: “the furnace heats the bedroom and the office”.

use super::parts::{self, Mood};
use super::targets::{Want, targets};
use super::{Context, Sentence};
use crate::house::Place;
use crate::lang::Small;
use crate::text::Token;
use crate::time::When;

/// The words as they are read.
pub(super) fn said(tokens: &[Token]) -> String {
    let words: Vec<&str> = tokens.iter().map(|token| &*token.text).collect();
    words.join(" ")
}

/// The devices that some words mean.
#[must_use]
pub fn device(tokens: &[Token], context: &Context<'_>) -> Vec<u32> {
    let sentence = Sentence::new(tokens, false, When::default(), context);
    let segs = sentence.lattice.cut(&[]);
    let parts = parts::read(&segs, &sentence, context.house, Mood::Command);
    if !parts.unknown.is_empty() || parts.phrases.is_empty() {
        return Vec::new();
    }
    let found = targets(&parts, &parts.phrases, &Want::Any, context);
    found.map(|found| found.things).unwrap_or_default()
}

/// The rooms that a list of names means; nothing where one of them is no room.
#[must_use]
pub fn rooms(tokens: &[Token], context: &Context<'_>) -> Option<Vec<u32>> {
    let sentence = Sentence::new(tokens, false, When::default(), context);
    let segs = sentence.lattice.cut(&[]);
    let mut rooms = Vec::new();
    for piece in super::command::pieces(&segs, &sentence) {
        let parts = parts::read(piece, &sentence, context.house, Mood::Command);
        if !parts.unknown.is_empty() || parts.has(Small::Not) {
            return None;
        }
        for phrase in &parts.phrases {
            match context.house.place(&phrase.chunk) {
                Some(Place::Room(room)) => rooms.push(room),
                _ => return None,
            }
        }
    }
    (!rooms.is_empty()).then_some(rooms)
}
