//! What somebody sees: one rule for every route and for the live stream.
//!
//! Who is limited to some rooms sees what stands in them and nothing else, the house as a whole neither.
//! What they see may name what they do not (a rule by its devices, the bridge of a lamp in another room):
//! `wire::narrow` leaves that out.

use crate::error::{ApiError, ErrorCode};
use model::{AreaId, Grant, Right};

/// How far a route's answer reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The whole house: not for who is limited to some rooms.
    House,
    /// What stands in a room: the handler shows and does only what the grant covers.
    Rooms,
}

/// To what something belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// To the house as a whole.
    House,
    /// To where it stands; `None` where that is no room.
    In(Option<AreaId>),
}

/// Whether who asks sees what belongs to `place`.
pub(crate) fn sees(grant: &Grant, place: Place) -> bool {
    match place {
        Place::House => grant.rights.has(Right::ReadHouse) && !is_limited(grant),
        Place::In(area) => grant.covers(Right::ReadHouse, area),
    }
}

/// Whether who asks is limited to some rooms.
pub(crate) const fn is_limited(grant: &Grant) -> bool {
    grant.areas.is_some()
}

/// Whether who asks has a right, as far as an answer reaches.
///
/// # Errors
/// When they have not.
pub(crate) fn allowed(grant: &Grant, right: Right, reach: Reach) -> Result<(), ApiError> {
    if !grant.rights.has(right) {
        let message = format!("{} may not do this", grant.who);
        return Err(ApiError::new(ErrorCode::NotAllowed, message)
            .expected(format!("the right {}", right.name()))
            .lacking(right));
    }
    if reach == Reach::House && is_limited(grant) {
        let message = format!(
            "{} is limited to some rooms, and this concerns the house",
            grant.who
        );
        return Err(ApiError::new(ErrorCode::LimitedToRooms, message)
            .expected("somebody who may in the whole house"));
    }
    Ok(())
}
