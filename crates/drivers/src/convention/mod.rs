//! What the words of Home Assistant's world mean in our tables.
//!
//! MQTT discovery and Home Assistant itself speak of the same components, device classes, units and
//! modes; whoever of the two says them, they become the same capabilities on the same endpoints.
//!
//! **Entry types:** [`Laid`] and [`Face`] (what an entity shows of itself), [`lay_out`] (which
//! entity becomes which endpoint), [`kind`] (what people would call the device), [`Sense`] (what a
//! sensor measures).

mod kind;
mod layout;
mod words;

pub(crate) use kind::kind;
pub(crate) use layout::{Face, Laid, Part, Pin, lay_out, sort};
pub(crate) use words::{
    ALARM_STATES, CLIMATE_ACTIONS, Sense, binary, climate_modes, colour_mode, cut_to, label, press,
    sensor,
};
