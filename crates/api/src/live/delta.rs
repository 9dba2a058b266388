//! A delta: written once for all, and in parts for who is limited to some rooms.

use super::changes::Placed;
use super::hub::text;
use crate::access::{Place, sees};
use crate::wire::{Change, Message};
use axum::extract::ws::Utf8Bytes;
use model::{AreaId, Grant, Position};
use std::sync::Arc;

/// What a run of events changed, ready to send.
#[derive(Debug, Clone)]
pub(crate) struct Delta {
    /// The first event that it covers.
    pub(super) first: u64,
    /// The last.
    pub(super) last: Position,
    /// All of it.
    pub(super) whole: Utf8Bytes,
    /// What of it stands in rooms; `None` where nobody was limited to some when it was written.
    rooms: Option<Arc<[Part]>>,
}

/// A change that stands in a room.
#[derive(Debug)]
struct Part {
    place: Place,
    text: String,
    /// The room that it left, and what is told there of it.
    left: Option<(AreaId, String)>,
}

impl Delta {
    /// Writes changes down, `in_parts` for who is limited to some rooms too.
    pub(super) fn write(
        first: Position,
        last: Position,
        placed: Vec<Placed>,
        in_parts: bool,
    ) -> Option<Self> {
        let rooms = in_parts.then(|| placed.iter().filter_map(Part::of).collect());
        let whole = text(&Message::Delta {
            epoch: last.epoch,
            from: first.seq,
            seq: last.seq,
            changes: placed.into_iter().map(|it| it.change).collect(),
        })?;
        Some(Self {
            first: first.seq,
            last,
            whole,
            rooms,
        })
    }

    /// How much it takes to keep.
    pub(super) fn len(&self) -> usize {
        let rooms = self.rooms.iter().flat_map(|rooms| rooms.iter());
        self.whole.len() + rooms.map(Part::len).sum::<usize>()
    }

    /// Whether it can be told to who is limited to some rooms.
    pub(super) const fn is_in_parts(&self) -> bool {
        self.rooms.is_some()
    }

    /// What of it somebody sees who has everything up to `at`; `None` where that is nothing.
    pub(super) fn seen_by(&self, grant: &Grant, at: Position) -> Option<Utf8Bytes> {
        let seen: Vec<&str> = self
            .rooms
            .iter()
            .flat_map(|rooms| rooms.iter())
            .filter_map(|part| part.seen_by(grant))
            .collect();
        (!seen.is_empty()).then(|| written(at, self.last, &seen.join(",")))
    }
}

/// A delta that says nothing but how far one is.
pub(super) fn nothing(at: Position, last: Position) -> Utf8Bytes {
    written(at, last, "")
}

fn written(at: Position, last: Position, changes: &str) -> Utf8Bytes {
    let (epoch, from, seq) = (last.epoch, at.seq + 1, last.seq);
    format!(r#"{{"type":"delta","epoch":{epoch},"from":{from},"seq":{seq},"changes":[{changes}]}}"#)
        .into()
}

impl Part {
    fn of(placed: &Placed) -> Option<Self> {
        if placed.place == Place::House {
            return None;
        }
        let left = placed.left.and_then(|(area, device)| {
            let gone = Change::DeviceRemoved { device };
            Some((area, serde_json::to_string(&gone).ok()?))
        });
        Some(Self {
            place: placed.place,
            text: serde_json::to_string(&placed.change.clone().narrowed()).ok()?,
            left,
        })
    }

    fn len(&self) -> usize {
        self.text.len() + self.left.as_ref().map_or(0, |(_, text)| text.len())
    }

    fn seen_by(&self, grant: &Grant) -> Option<&str> {
        if sees(grant, self.place) {
            return Some(&self.text);
        }
        let (area, text) = self.left.as_ref()?;
        sees(grant, Place::In(Some(*area))).then_some(text)
    }
}
