//! Players of music and films.

use super::{
    build::Build,
    entity::{Heard, Parse, Read, View, Write},
};
use model::{Value, capability};

/// The features of a player.
const PAUSE: u64 = 1;
const VOLUME: u64 = 4;
const MUTE: u64 = 8;
const PREVIOUS: u64 = 16;
const NEXT: u64 = 32;
const TURN_ON: u64 = 128;
const TURN_OFF: u64 = 256;
const SOURCE: u64 = 2_048;
const STOP: u64 = 4_096;
const PLAY: u64 = 16_384;
const SOUND: u64 = 65_536;

pub(super) fn media_player(build: &mut Build<'_>) {
    let view = build.view;
    if view.can(TURN_ON) && view.can(TURN_OFF) {
        let part = build.part(&capability::ON_OFF);
        build.read(part, "on_off", Read::With(is_on));
        build.write(part, "on_off", Write::Switch("turn_on", "turn_off"));
    }
    let part = build.part(&capability::MEDIA_PLAYBACK);
    build.read(part, "playback_state", Read::With(playing));
    let mut takes = Vec::new();
    for (bit, service, word) in [
        (PLAY, "media_play", "playing"),
        (PAUSE, "media_pause", "paused"),
        (STOP, "media_stop", "stopped"),
        (TURN_OFF, "turn_off", "off"),
    ] {
        if view.can(bit) {
            takes.push((Value::from(word), service, None));
        }
    }
    if !takes.is_empty() {
        let words = takes.iter().map(|(word, ..)| word.to_string()).collect();
        let shape = build.write(part, "playback_state", Write::Words(takes));
        shape.values = Some(words);
    }
    for (bit, name, service) in [
        (NEXT, "next", "media_next_track"),
        (PREVIOUS, "previous", "media_previous_track"),
    ] {
        if view.can(bit) {
            build.action(part, name, service);
        }
    }
    if view.can(VOLUME) {
        // A player that is off says nothing of its volume.
        build.read(
            part,
            "volume",
            Read::With(|view| percent(view, "volume_level")),
        );
        let write = Write::Number("volume_set", "volume_level", 0.01, false);
        build.write(part, "volume", write);
    }
    if view.can(MUTE) {
        build.read(
            part,
            "muted",
            Read::With(|view| match view.flag("is_volume_muted") {
                Some(muted) => Heard::Value(muted.into(), None),
                None => Heard::Nothing,
            }),
        );
        build.write(
            part,
            "muted",
            Write::Plain("volume_mute", "is_volume_muted"),
        );
    }
    if view.can(SOURCE) {
        build.read(part, "source", Read::Attribute("source", Parse::Text));
        let write = Write::Plain("select_source", "source");
        build.write(part, "source", write).values = Some(view.words("source_list"));
    }
    build.read(part, "title", Read::Attribute("media_title", Parse::Text));
    if view.can(SOUND) {
        let words = view.words("sound_mode_list");
        let service = "select_sound_mode";
        build.choice("Sound", "sound_mode", words, service, "sound_mode");
    }
}

fn is_on(view: &View<'_>) -> Heard {
    Heard::Value((!matches!(view.state, "off" | "standby")).into(), None)
}

fn percent(view: &View<'_>, name: &str) -> Heard {
    match view.number(name) {
        // A fraction that a float cannot say exactly shall not show.
        Some(share) => Heard::Value(Value::Number((share * 10_000.0).round() / 100.0), None),
        None => Heard::Nothing,
    }
}

fn playing(view: &View<'_>) -> Heard {
    match view.state {
        "playing" | "paused" | "buffering" => Heard::word(view.state),
        "idle" | "on" => Heard::word("stopped"),
        "off" | "standby" => Heard::word("off"),
        _ => Heard::Unknown,
    }
}
