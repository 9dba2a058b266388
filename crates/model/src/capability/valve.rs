//! A water or gas valve. Closing is free; opening needs a yes and is never sent late.

use super::table::{Capability, Command, Constant, Property, Safety};
use crate::Unit;

/// A water or gas valve. Closing is free; opening needs a yes and is never sent late.
pub static VALVE: Capability = Capability {
    name: "ValveConfigurationAndControl",
    title: "Valve",
    doc: "A water or gas valve. Closing is free; opening needs a yes and is never sent late.",
    properties: &[Property::truth("open", "Open").writable(30).guarded(Safety::Confirm, &[Constant::Bool(false)]),
 Property::measured("position", "Open by", Unit::Percent, 0.0, 100.0, 1.0).writable(30).tolerance(2.0).guarded(Safety::Confirm, &[Constant::Number(0.0)]),],
    commands: &[Command::sets("open", "Open", &[("open", Constant::Bool(true))]),
 Command::sets("close", "Close", &[("open", Constant::Bool(false))]),],
    events: &[],
};
