//! The colour of a light, by hue and saturation or by colour temperature.

use super::table::{Argument, Capability, Command, Property, Statistics};
use crate::Unit;

/// The colour of a light, by hue and saturation or by colour temperature.
pub static COLOR_CONTROL: Capability = Capability {
    name: "ColorControl",
    title: "Colour",
    doc: "The colour of a light, by hue and saturation or by colour temperature.",
    properties: &[Property::measured("hue", "Hue", Unit::Degree, 0.0, 360.0, 1.0).writable(5).tolerance(4.0).statistics(Statistics::None),
 Property::measured("saturation", "Saturation", Unit::Percent, 0.0, 100.0, 1.0).writable(5).tolerance(3.0).statistics(Statistics::None),
 Property::measured("color_temperature", "Colour temperature", Unit::ColourKelvin, 1_000.0, 20_000.0, 1.0).writable(5).tolerance(60.0).statistics(Statistics::None),
 Property::word("color_mode", "Colour mode", &["hs", "ct"]),],
    commands: &[Command::takes("move_to_hue_and_saturation", "Set the colour", &[Argument { name: "hue", property: "hue" }, Argument { name: "saturation", property: "saturation" }]),
 Command::takes("move_to_color_temperature", "Set the colour temperature", &[Argument { name: "color_temperature", property: "color_temperature" }]),],
    events: &[],
};
