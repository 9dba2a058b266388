//! Everyday words for commands: `turn_on` is the command `on` of `OnOff`.

use model::{Capability, capability};

/// A word for a command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verb {
    pub(crate) word: &'static str,
    pub(crate) capability: &'static Capability,
    pub(crate) command: &'static str,
    /// The argument or property that its value goes to.
    pub(crate) value: Option<&'static str>,
}

const fn verb(
    word: &'static str,
    capability: &'static Capability,
    command: &'static str,
    value: Option<&'static str>,
) -> Verb {
    Verb {
        word,
        capability,
        command,
        value,
    }
}

/// Every word. The sentence of a rule is made of them, too.
pub(crate) static VERBS: &[Verb] = &[
    verb("turn_on", &capability::ON_OFF, "on", None),
    verb("turn_off", &capability::ON_OFF, "off", None),
    verb("toggle", &capability::ON_OFF, "toggle", None),
    verb(
        "set_brightness",
        &capability::LEVEL_CONTROL,
        "set",
        Some("current_level"),
    ),
    verb(
        "set_color_temperature",
        &capability::COLOR_CONTROL,
        "set",
        Some("color_temperature"),
    ),
    verb(
        "set_temperature",
        &capability::THERMOSTAT,
        "set",
        Some("heating_setpoint"),
    ),
    verb(
        "set_cooling_temperature",
        &capability::THERMOSTAT,
        "set",
        Some("cooling_setpoint"),
    ),
    verb(
        "set_system_mode",
        &capability::THERMOSTAT,
        "set",
        Some("system_mode"),
    ),
    verb("lock", &capability::DOOR_LOCK, "lock", None),
    verb("unlock", &capability::DOOR_LOCK, "unlock", None),
    verb("open", &capability::WINDOW_COVERING, "open", None),
    verb("close", &capability::WINDOW_COVERING, "close", None),
    verb(
        "set_position",
        &capability::WINDOW_COVERING,
        "set",
        Some("position"),
    ),
    verb("set_fan", &capability::FAN_CONTROL, "set", Some("percent")),
    verb("play", &capability::MEDIA_PLAYBACK, "play", None),
    verb("pause", &capability::MEDIA_PLAYBACK, "pause", None),
    verb("stop_playing", &capability::MEDIA_PLAYBACK, "stop", None),
    verb(
        "set_volume",
        &capability::MEDIA_PLAYBACK,
        "set",
        Some("volume"),
    ),
    verb(
        "set_source",
        &capability::MEDIA_PLAYBACK,
        "set",
        Some("source"),
    ),
    verb(
        "set_charging",
        &capability::ENERGY_EVSE,
        "set",
        Some("charging_enabled"),
    ),
    verb("close_valve", &capability::VALVE, "close", None),
];

/// The verb of that word, or `Capability.command`.
///
/// # Errors
/// What would be right, in words.
pub(crate) fn find(text: &str) -> Result<Verb, String> {
    if let Some(known) = VERBS.iter().find(|verb| verb.word == text) {
        return Ok(*known);
    }
    if let Some((name, command)) = text.split_once('.') {
        let Some(capability) = Capability::find(name) else {
            return Err("a capability's command such as `OnOff.on`".into());
        };
        return match capability.command(command) {
            Some(command) => Ok(verb(command.name, capability, command.name, None)),
            None if command == "set" => Ok(verb("set", capability, "set", None)),
            None => {
                let names = capability.commands.iter().map(|it| it.name).chain(["set"]);
                let names: Vec<_> = names
                    .map(|it| format!("{}.{it}", capability.name))
                    .collect();
                Err(format!("one of {}", names.join(", ")))
            }
        };
    }
    let words = || VERBS.iter().map(|verb| verb.word);
    Err(match crate::document::nearest(text, words()) {
        Some(near) => format!("`{near}`?"),
        None => format!(
            "one of {}, or a capability's command such as `OnOff.on`",
            words().collect::<Vec<_>>().join(", ")
        ),
    })
}
