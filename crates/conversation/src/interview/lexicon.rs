//! What people call rooms, things and makers, as data.

use crate::text::folded;
use model::DeviceKind;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

#[derive(Debug, Deserialize)]
struct File {
    rooms: Rooms,
    floors: HashMap<String, i32>,
    things: HashMap<String, Vec<String>>,
    makers: Vec<MakerEntry>,
}

#[derive(Debug, Deserialize)]
struct Rooms {
    inside: Vec<String>,
    outside: Vec<String>,
    roofed: Vec<String>,
    before: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct MakerEntry {
    name: String,
    words: Vec<String>,
    kind: String,
    by: String,
    first: String,
}

/// How a maker's things are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Zigbee,
    ZWave,
    Mqtt,
    Lan,
    Cloud,
}

/// A maker, or a family of things.
#[derive(Debug)]
pub(crate) struct Maker {
    pub(crate) name: String,
    pub(crate) words: Vec<String>,
    pub(crate) kind: DeviceKind,
    pub(crate) by: By,
    /// What has to be done at the thing itself.
    pub(crate) first: String,
}

/// The words, ready to be looked up. The longest phrase has four words.
#[derive(Debug)]
pub(crate) struct Lexicon {
    rooms: HashMap<String, bool>,
    roofed: Vec<String>,
    before: Vec<String>,
    pub(crate) floors: HashMap<String, i32>,
    things: HashMap<String, DeviceKind>,
    makers_by_word: HashMap<String, usize>,
    pub(crate) makers: Vec<Maker>,
}

/// The most words of a phrase.
pub(crate) const LONGEST: usize = 4;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::load);

impl Lexicon {
    pub(crate) fn get() -> &'static Self {
        &LEXICON
    }

    /// Reads the file. One that cannot be read is a fault of the build; its test tells.
    fn load() -> Self {
        let file: Option<File> = toml::from_str(include_str!("lexicon.toml")).ok();
        let Some(file) = file else {
            return Self {
                rooms: HashMap::new(),
                roofed: Vec::new(),
                before: Vec::new(),
                floors: HashMap::new(),
                things: HashMap::new(),
                makers_by_word: HashMap::new(),
                makers: Vec::new(),
            };
        };
        let mut rooms: HashMap<String, bool> = HashMap::new();
        for (words, outside) in [(&file.rooms.inside, false), (&file.rooms.outside, true)] {
            rooms.extend(words.iter().map(|word| (folded(word), outside)));
        }
        let mut things = HashMap::new();
        for (kind, words) in &file.things {
            let kind = DeviceKind::parse(kind).unwrap_or(DeviceKind::Other);
            things.extend(words.iter().map(|word| (folded(word), kind)));
        }
        let mut makers_by_word = HashMap::new();
        let mut makers = Vec::new();
        for entry in file.makers {
            for word in &entry.words {
                makers_by_word.insert(folded(word), makers.len());
            }
            makers.push(Maker {
                kind: DeviceKind::parse(&entry.kind).unwrap_or(DeviceKind::Other),
                by: match entry.by.as_str() {
                    "zigbee" => By::Zigbee,
                    "zwave" => By::ZWave,
                    "mqtt" => By::Mqtt,
                    "lan" => By::Lan,
                    _ => By::Cloud,
                },
                name: entry.name,
                words: entry.words,
                first: entry.first,
            });
        }
        Self {
            rooms,
            roofed: file.rooms.roofed,
            before: file.rooms.before,
            floors: file.floors,
            things,
            makers_by_word,
            makers,
        }
    }

    /// Whether a phrase means an area, and then whether it lies outside.
    pub(crate) fn room(&self, phrase: &str) -> Option<bool> {
        self.rooms.get(phrase).copied()
    }

    /// Whether what an area is called says that it lies outside, under the sky.
    pub(crate) fn is_outside(&self, name: &str) -> bool {
        let name = folded(name);
        let words: Vec<&str> = name.split_whitespace().collect();
        (0..words.len()).any(|at| {
            let phrase = words[at..].join(" ");
            self.rooms.get(&phrase) == Some(&true)
        }) && !self
            .roofed
            .iter()
            .any(|roofed| name.ends_with(roofed.as_str()))
    }

    pub(crate) fn may_stand_before(&self, word: &str) -> bool {
        self.before.iter().any(|known| known == word)
    }

    pub(crate) fn thing(&self, phrase: &str) -> Option<DeviceKind> {
        self.things.get(phrase).copied()
    }

    pub(crate) fn maker(&self, phrase: &str) -> Option<&Maker> {
        self.makers_by_word
            .get(phrase)
            .and_then(|index| self.makers.get(*index))
    }

    /// The maker of that name.
    pub(crate) fn maker_called(&self, name: &str) -> Option<&Maker> {
        self.makers.iter().find(|maker| maker.name == name)
    }
}

/// What a kind of device is called: “a light”, “lights”.
pub(crate) const fn kind_word(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Light => "light",
        DeviceKind::Switch => "switch",
        DeviceKind::Outlet => "outlet",
        DeviceKind::Thermostat => "thermostat",
        DeviceKind::Lock => "lock",
        DeviceKind::Cover => "blind",
        DeviceKind::GarageDoor => "garage door",
        DeviceKind::Fan => "fan",
        DeviceKind::Valve => "valve",
        DeviceKind::MediaPlayer => "player",
        DeviceKind::Button => "button",
        DeviceKind::Contact => "door or window sensor",
        DeviceKind::Motion => "motion sensor",
        DeviceKind::Leak => "leak sensor",
        DeviceKind::Smoke => "smoke alarm",
        DeviceKind::Sensor => "sensor",
        DeviceKind::Meter => "meter",
        DeviceKind::Battery => "battery",
        DeviceKind::Charger => "charger",
        DeviceKind::Alarm => "alarm",
        DeviceKind::Weather => "weather station",
        DeviceKind::Appliance => "appliance",
        DeviceKind::Bridge => "bridge",
        DeviceKind::Person | DeviceKind::Other => "thing",
    }
}

#[cfg(test)]
mod tests {
    use super::Lexicon;
    use model::DeviceKind;

    #[test]
    fn the_file_is_read() {
        let lexicon = Lexicon::get();
        assert_eq!(lexicon.room("kitchen"), Some(false));
        assert_eq!(lexicon.room("garden"), Some(true));
        assert_eq!(
            lexicon.thing("washing machine"),
            Some(DeviceKind::Appliance)
        );
        assert_eq!(
            lexicon.maker("philips hue").map(|maker| maker.kind),
            Some(DeviceKind::Light)
        );
        assert!(lexicon.is_outside("Back garden") && !lexicon.is_outside("Garage"));
        assert_eq!(
            lexicon.maker_called("Nest").map(|it| it.by),
            Some(super::By::Cloud)
        );
    }
}
