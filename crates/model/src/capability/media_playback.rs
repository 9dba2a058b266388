//! Plays music or films.

use super::table::{Argument, Capability, Command, Constant, Property, Statistics};
use crate::Unit;

/// Plays music or films.
pub static MEDIA_PLAYBACK: Capability = Capability {
    name: "MediaPlayback",
    title: "Media",
    doc: "Plays music or films.",
    properties: &[Property::word("playback_state", "State", &["playing", "paused", "stopped", "buffering", "off"]).writable(10).dropped(),
 Property::measured("volume", "Volume", Unit::Percent, 0.0, 100.0, 1.0).writable(5).tolerance(1.0).statistics(Statistics::None),
 Property::truth("muted", "Muted").writable(5).statistics(Statistics::None),
 Property::word("source", "Source", &[]).writable(10),
 Property::text("title", "Playing"),],
    commands: &[Command::sets("play", "Play", &[("playback_state", Constant::Text("playing"))]),
 Command::sets("pause", "Pause", &[("playback_state", Constant::Text("paused"))]),
 Command::sets("stop", "Stop", &[("playback_state", Constant::Text("stopped"))]),
 Command::action("next", "Next"),
 Command::action("previous", "Previous"),
 Command::takes("set_volume", "Set the volume", &[Argument { name: "volume", property: "volume" }]),],
    events: &[],
};
