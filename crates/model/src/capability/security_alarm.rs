//! An alarm system. Arming is free; disarming needs a yes and is never sent late.

use super::table::{Capability, Command, Constant, Property, Safety};

/// An alarm system. Arming is free; disarming needs a yes and is never sent late.
pub static SECURITY_ALARM: Capability = Capability {
    name: "SecurityAlarm",
    title: "Alarm",
    doc: "An alarm system. Arming is free; disarming needs a yes and is never sent late.",
    properties: &[Property::word("alarm_state", "Alarm", &["disarmed", "armed_home", "armed_away", "armed_night", "armed_vacation", "arming", "disarming", "pending", "triggered"]).writable(30).guarded(Safety::Never, &[Constant::Text("armed_home"), Constant::Text("armed_away"), Constant::Text("armed_night"), Constant::Text("armed_vacation")]),],
    commands: &[Command::sets("arm_home", "Arm at home", &[("alarm_state", Constant::Text("armed_home"))]),
 Command::sets("arm_away", "Arm and leave", &[("alarm_state", Constant::Text("armed_away"))]),
 Command::sets("arm_night", "Arm for the night", &[("alarm_state", Constant::Text("armed_night"))]),
 Command::sets("disarm", "Disarm", &[("alarm_state", Constant::Text("disarmed"))]),],
    events: &[],
};
