//! What a UPnP device suggests of itself, and what tells it from all others.

use super::description::Description;
use model::{
    About::{self, Brand, Kind, Model, What},
    Clue, Identity,
};

/// What something suggests: about what, which value, how strongly.
type Clues = &'static [(About, &'static str, f64)];

/// Device types, in lower case and without their version.
#[rustfmt::skip]
const TYPES: &[(&str, Clues)] = &[
    ("upnp-org:device:mediarenderer", &[(What, "media player", 0.5), (Kind, "media_player", 0.85)]),
    ("upnp-org:device:mediaserver", &[(What, "media server", 0.7)]),
    ("upnp-org:device:internetgatewaydevice", &[(What, "router", 0.9)]),
    ("upnp-org:device:wlanaccesspointdevice", &[(What, "Wi-Fi access point", 0.85)]),
    ("upnp-org:device:wandevice", &[(What, "router", 0.7)]),
    ("upnp-org:device:printer", &[(What, "printer", 0.9)]),
    ("upnp-org:device:scanner", &[(What, "scanner", 0.8)]),
    ("upnp-org:device:binarylight", &[(What, "lamp", 0.85), (Kind, "light", 0.9)]),
    ("upnp-org:device:dimmablelight", &[(What, "lamp", 0.85), (Kind, "light", 0.9)]),
    ("upnp-org:device:hvac_system", &[(What, "thermostat", 0.8), (Kind, "thermostat", 0.85)]),
    ("upnp-org:device:hvac_zonethermostat", &[(What, "thermostat", 0.85), (Kind, "thermostat", 0.9)]),
    ("upnp-org:device:digitalsecuritycamera", &[(What, "camera", 0.9)]),
    ("upnp-org:device:solarprotectionblind", &[(What, "blind", 0.85), (Kind, "cover", 0.9)]),
    ("upnp-org:device:zoneplayer", &[(What, "loudspeaker", 0.9), (Kind, "media_player", 0.9), (Brand, "Sonos", 0.9)]),
    ("upnp-org:device:networkinfrastructuredevice", &[(What, "network device", 0.5)]),
    ("dial-multiscreen-org:device:dial", &[(What, "television", 0.4), (Kind, "media_player", 0.8)]),
    ("dial-multiscreen-org:service:dial", &[(What, "television", 0.35), (Kind, "media_player", 0.7)]),
    ("roku-com:device:player", &[(What, "media streamer", 0.85), (Kind, "media_player", 0.9), (Brand, "Roku", 0.95)]),
    ("roku:ecp", &[(What, "media streamer", 0.85), (Kind, "media_player", 0.9), (Brand, "Roku", 0.95)]),
    ("belkin:device:controllee", &[(What, "outlet", 0.85), (Kind, "outlet", 0.85), (Brand, "Belkin WeMo", 0.8)]),
    ("belkin:device:insight", &[(What, "outlet", 0.9), (Kind, "outlet", 0.9), (Brand, "Belkin WeMo", 0.9)]),
    ("belkin:device:lightswitch", &[(What, "switch", 0.9), (Kind, "switch", 0.9), (Brand, "Belkin WeMo", 0.9)]),
    ("belkin:device:dimmer", &[(What, "dimmer", 0.9), (Kind, "light", 0.8), (Brand, "Belkin WeMo", 0.9)]),
    ("belkin:device:sensor", &[(What, "motion sensor", 0.85), (Kind, "motion", 0.85), (Brand, "Belkin WeMo", 0.9)]),
    ("belkin:device:bridge", &[(What, "lighting bridge", 0.85), (Kind, "bridge", 0.9), (Brand, "Belkin WeMo", 0.9)]),
    ("samsung.com:device:remotecontrolreceiver", &[(What, "television", 0.9), (Kind, "media_player", 0.9), (Brand, "Samsung", 0.95)]),
    ("samsung.com:device:maintvserver2", &[(What, "television", 0.9), (Kind, "media_player", 0.9), (Brand, "Samsung", 0.95)]),
    ("lge-com:service:webos-second-screen", &[(What, "television", 0.9), (Kind, "media_player", 0.9), (Brand, "LG", 0.95)]),
    ("lge:device:tv", &[(What, "television", 0.9), (Kind, "media_player", 0.9), (Brand, "LG", 0.95)]),
    ("panasonic-com:device:p00remotecontroller", &[(What, "television", 0.85), (Kind, "media_player", 0.9), (Brand, "Panasonic", 0.95)]),
    ("sony-com:service:irccc", &[(What, "television", 0.6), (Kind, "media_player", 0.85), (Brand, "Sony", 0.9)]),
    ("sony-com:service:scalarwebapi", &[(What, "television", 0.5), (Kind, "media_player", 0.8), (Brand, "Sony", 0.9)]),
    ("denon-com:device:aios", &[(What, "audio receiver", 0.7), (Kind, "media_player", 0.9), (Brand, "Denon", 0.8)]),
    ("denon-com:device:act-denon", &[(What, "audio receiver", 0.7), (Kind, "media_player", 0.9), (Brand, "Denon", 0.8)]),
    ("yamaha-com:service:x_yamaharemotecontrol", &[(What, "audio receiver", 0.8), (Kind, "media_player", 0.9), (Brand, "Yamaha", 0.9)]),
    ("microsoft-com:device:mediacenterextenderdevice", &[(What, "game console", 0.6), (Kind, "media_player", 0.7)]),
    ("openhome-org:service:product", &[(What, "music player", 0.6), (Kind, "media_player", 0.8)]),
    ("axis-com:service:basicservice", &[(What, "camera", 0.85), (Brand, "Axis", 0.9)]),
    ("synology.com:device:", &[(What, "file server", 0.8), (Brand, "Synology", 0.9)]),
];

/// Words in the names of maker, model and server; in lower case.
#[rustfmt::skip]
const WORDS: &[(Where, &str, Clues)] = &[
    (Where::Model, "philips hue bridge", &[(What, "lighting bridge", 0.95), (Kind, "bridge", 0.95), (Brand, "Philips Hue", 0.95)]),
    (Where::Model, "hue bridge", &[(What, "lighting bridge", 0.8), (Kind, "bridge", 0.85)]),
    (Where::Server, "ipbridge", &[(What, "lighting bridge", 0.6), (Kind, "bridge", 0.7), (Brand, "Philips Hue", 0.6)]),
    (Where::Maker, "sonos", &[(What, "loudspeaker", 0.85), (Kind, "media_player", 0.9)]),
    (Where::Maker, "roku", &[(What, "media streamer", 0.8), (Kind, "media_player", 0.85)]),
    (Where::Model, "chromecast", &[(What, "media streamer", 0.85), (Kind, "media_player", 0.9)]),
    (Where::Model, "eureka dongle", &[(What, "media streamer", 0.85), (Kind, "media_player", 0.9), (Brand, "Google", 0.9)]),
    (Where::Model, "fritz!box", &[(What, "router", 0.9), (Brand, "AVM", 0.95)]),
    (Where::Model, "fritz!repeater", &[(What, "Wi-Fi access point", 0.9), (Brand, "AVM", 0.95)]),
    (Where::Model, "windows media player", &[(What, "computer", 0.7)]),
    (Where::Model, "xbox", &[(What, "game console", 0.9), (Kind, "media_player", 0.7), (Brand, "Microsoft", 0.9)]),
    (Where::Model, "playstation", &[(What, "game console", 0.9), (Kind, "media_player", 0.7), (Brand, "Sony", 0.9)]),
    (Where::Model, "bravia", &[(What, "television", 0.85), (Kind, "media_player", 0.9), (Brand, "Sony", 0.9)]),
    (Where::Model, "viera", &[(What, "television", 0.85), (Kind, "media_player", 0.9), (Brand, "Panasonic", 0.9)]),
    (Where::Model, "lg tv", &[(What, "television", 0.9), (Kind, "media_player", 0.9), (Brand, "LG", 0.9)]),
    (Where::Server, "webos", &[(What, "television", 0.85), (Kind, "media_player", 0.9), (Brand, "LG", 0.9)]),
    (Where::Model, "philips tv", &[(What, "television", 0.9), (Kind, "media_player", 0.9), (Brand, "Philips", 0.9)]),
    (Where::Server, "minidlna", &[(What, "media server", 0.8)]),
    (Where::Maker, "synology", &[(What, "file server", 0.7)]),
    (Where::Maker, "qnap", &[(What, "file server", 0.7)]),
    (Where::Maker, "axis", &[(What, "camera", 0.6)]),
    (Where::Maker, "hikvision", &[(What, "camera", 0.75)]),
    (Where::Maker, "dahua", &[(What, "camera", 0.75)]),
    (Where::Maker, "ubiquiti", &[(What, "network device", 0.6)]),
    (Where::Model, "ip camera", &[(What, "camera", 0.85)]),
    (Where::Model, "network camera", &[(What, "camera", 0.85)]),
    (Where::Model, "laserjet", &[(What, "printer", 0.9)]),
    (Where::Model, "officejet", &[(What, "printer", 0.9)]),
    (Where::Model, "linksys smart wi-fi", &[(What, "router", 0.8)]),
];

/// Where a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Maker,
    Model,
    Server,
}

/// What is known of a device.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) uuid: &'a str,
    /// What it announces that it is or offers.
    pub(super) targets: &'a [String],
    pub(super) server: Option<&'a str>,
    pub(super) hue: Option<&'a str>,
    pub(super) description: Option<&'a Description>,
}

/// What a device suggests.
pub(super) fn clues(known: Known<'_>) -> Vec<Clue> {
    let mut all: Vec<Clue> = Vec::new();
    let mut add = |about: About, value: &str, weight: f64, evidence: &str| {
        let clue = Clue {
            about,
            value: value.to_owned(),
            weight,
            evidence: evidence.to_owned(),
        };
        if !all.contains(&clue) {
            all.push(clue);
        }
    };
    let mut types: Vec<&String> = known.targets.iter().collect();
    if let Some(description) = known.description {
        types.extend(&description.device_type);
        types.extend(&description.parts);
        types.extend(&description.services);
    }
    // Each of them once, whether it was announced or stands in the description.
    types.sort();
    types.dedup();
    for one in types {
        let lower = one.to_lowercase();
        for (fragment, clues) in TYPES {
            if lower.contains(&fragment.to_lowercase()) {
                let evidence = format!("UPnP type {one}");
                for (about, value, weight) in *clues {
                    add(*about, value, *weight, &evidence);
                }
            }
        }
    }
    let description = known.description;
    let maker = description.and_then(|it| it.manufacturer.as_deref());
    let model = description.and_then(|it| it.model_name.as_deref());
    let says = |place: Where| match place {
        Where::Maker => ("manufacturer", maker),
        Where::Model => ("model name", model),
        Where::Server => ("server", known.server),
    };
    for (place, word, clues) in WORDS {
        if let (field, Some(text)) = says(*place)
            && text.to_lowercase().contains(word)
        {
            let evidence = format!("UPnP {field} {text}");
            for (about, value, weight) in *clues {
                add(*about, value, *weight, &evidence);
            }
        }
    }
    if known.hue.is_some() {
        let evidence = "SSDP header hue-bridgeid";
        add(What, "lighting bridge", 0.9, evidence);
        add(Kind, "bridge", 0.9, evidence);
        add(Brand, "Philips Hue", 0.85, evidence);
    }
    if let Some(maker) = maker {
        add(Brand, maker, 0.85, &format!("UPnP manufacturer {maker}"));
    }
    if let Some(model) = model {
        add(Model, model, 0.85, &format!("UPnP model name {model}"));
    }
    all
}

/// What tells a device from all others.
pub(super) fn identities(known: Known<'_>) -> Vec<Identity> {
    let is_somebody = known
        .uuid
        .bytes()
        .any(|byte| !matches!(byte, b'0' | b'-' | b'f'));
    let mut all = Vec::new();
    if is_somebody {
        all.push(Identity::Uuid(known.uuid.to_owned()));
    }
    if let Some(id) = known.hue {
        all.push(Identity::Serial(format!("hue:{id}")));
    }
    let field = |of: fn(&Description) -> &Option<String>| {
        known.description.and_then(|it| of(it).as_deref())
    };
    let maker = field(|it| &it.manufacturer);
    if let (Some(maker), Some(serial)) = (maker, field(|it| &it.serial_number))
        && is_serial(serial)
    {
        let serial = format!("{maker}:{serial}").to_lowercase();
        all.push(Identity::Serial(serial));
    }
    all
}

/// Whether it can be the number of one thing, and not what a maker left in for all of them.
fn is_serial(text: &str) -> bool {
    const FILLERS: &[&str] = &[
        "unknown",
        "none",
        "n/a",
        "serial",
        "0123456789",
        "1234567890",
    ];
    let lower = text.to_lowercase();
    let first = lower.chars().next();
    lower.len() >= 5
        && !lower.chars().all(|c| Some(c) == first)
        && !FILLERS.iter().any(|filler| lower.starts_with(filler))
        && !"12345678901234567890".starts_with(&lower)
}

#[cfg(test)]
mod tests {
    use super::{TYPES, WORDS, is_serial};
    use model::{About, DeviceKind};

    #[test]
    fn the_tables_make_sense() {
        let types = TYPES.iter().flat_map(|(_, clues)| *clues);
        let words = WORDS.iter().flat_map(|(.., clues)| *clues);
        for (about, value, weight) in types.chain(words) {
            assert!((0.05..=0.95).contains(weight), "{value}");
            if *about == About::Kind {
                assert!(DeviceKind::parse(value).is_some(), "{value}");
            }
        }
        assert!(
            WORDS
                .iter()
                .all(|(_, word, _)| *word == word.to_lowercase())
        );
    }

    #[test]
    fn fillers_are_no_serial_numbers() {
        for (text, expected) in [
            ("001788a1b2c3", true),
            ("F00D-12", true),
            ("1234", false),
            ("12345678", false),
            ("00000000", false),
            ("Unknown", false),
            ("", false),
        ] {
            assert_eq!(is_serial(text), expected, "{text}");
        }
    }
}
