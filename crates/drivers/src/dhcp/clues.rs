//! What a client's words suggest that it is: vendor class, the order of its wishes, its name, the
//! maker of its address. All of it can be copied, so no weight is high.

use super::thing::Thing;
use crate::hardware::Mac;
use model::{About, Clue, DeviceKind};

/// What one word suggests.
struct Hint {
    /// How the word begins (in lower case), or all of it.
    begins: &'static str,
    what: &'static str,
    brand: &'static str,
    kind: Option<DeviceKind>,
    weight: f64,
}

const fn hint(begins: &'static str, what: &'static str, brand: &'static str, weight: f64) -> Hint {
    Hint {
        begins,
        what,
        brand,
        kind: None,
        weight,
    }
}

const fn kind(mut hint: Hint, kind: DeviceKind) -> Hint {
    hint.kind = Some(kind);
    hint
}

/// Vendor classes (option 60).
#[rustfmt::skip]
static CLASSES: &[Hint] = &[
    hint("android-dhcp", "phone or tablet with Android", "", 0.6),
    hint("msft 5.0", "computer with Windows", "", 0.6),
    hint("msft 98", "old computer with Windows", "", 0.5),
    hint("udhcp", "small device with Linux", "", 0.3),
    hint("dhcpcd", "computer with Linux", "", 0.3),
    hint("hewlett-packard jetdirect", "printer", "HP", 0.8),
    hint("hewlett-packard officejet", "printer", "HP", 0.8),
    hint("hewlett-packard laserjet", "printer", "HP", 0.8),
    hint("hp printer", "printer", "HP", 0.8),
    hint("mfg=hewlett packard;typ=printer", "printer", "HP", 0.8),
    hint("axis,network camera", "camera", "Axis", 0.8),
    kind(hint("shelly", "smart device", "Shelly", 0.7), DeviceKind::Switch),
    hint("ubnt", "network device", "Ubiquiti", 0.6),
    hint("arubaap", "access point", "Aruba", 0.7),
    hint("cisco ap", "access point", "Cisco", 0.7),
    hint("yealink", "telephone", "Yealink", 0.7),
    hint("polycom", "telephone", "Polycom", 0.7),
    hint("snom", "telephone", "Snom", 0.6),
    hint("aastraipphone", "telephone", "Aastra", 0.7),
    hint("esp", "smart device with an Espressif chip", "", 0.3),
    hint("linux", "device with Linux", "", 0.2),
];

/// Orders of wishes (option 55), whole.
#[rustfmt::skip]
static FINGERPRINTS: &[Hint] = &[
    hint("1,121,3,6,15,119,252", "phone or tablet with iOS", "Apple", 0.5),
    hint("1,121,3,6,15,114,119,252", "phone or tablet with iOS", "Apple", 0.5),
    hint("1,121,3,6,15,108,114,119,252", "phone or tablet with iOS", "Apple", 0.5),
    hint("1,121,3,6,15,108,114,119,162,252", "phone or tablet with iOS", "Apple", 0.5),
    hint("1,3,6,15,119,252", "phone or tablet with iOS", "Apple", 0.4),
    hint("1,121,3,6,15,119,252,95,44,46", "computer with macOS", "Apple", 0.5),
    hint("1,121,3,6,15,114,119,252,95,44,46", "computer with macOS", "Apple", 0.5),
    hint("1,121,3,6,15,108,114,119,162,252,95,44,46", "computer with macOS", "Apple", 0.5),
    hint("1,3,6,15,119,95,252,44,46", "computer with macOS", "Apple", 0.5),
    hint("1,3,6,15,26,28,51,58,59,43", "phone or tablet with Android", "", 0.5),
    hint("1,3,6,15,26,28,51,58,59,43,114", "phone or tablet with Android", "", 0.5),
    hint("1,3,6,15,26,28,51,58,59,43,114,108", "phone or tablet with Android", "", 0.5),
    hint("1,3,6,15,31,33,43,44,46,47,119,121,249,252", "computer with Windows", "", 0.5),
    hint("1,15,3,6,44,46,47,31,33,121,249,43", "computer with Windows", "", 0.5),
    hint("1,15,3,6,44,46,47,31,33,121,249,252,43", "computer with Windows", "", 0.5),
    hint("1,3,28,6", "smart device with an Espressif chip", "", 0.25),
    hint("1,3,28,6,15,44,46,47,31,33,121,43", "smart device with an Espressif chip", "", 0.4),
];

/// Names that factories and systems give (option 12).
#[rustfmt::skip]
static NAMES: &[Hint] = &[
    kind(hint("shelly", "smart device", "Shelly", 0.6), DeviceKind::Switch),
    hint("tasmota", "smart device with Tasmota", "", 0.5),
    kind(hint("wled-", "light", "", 0.5), DeviceKind::Light),
    hint("esp-", "smart device with an Espressif chip", "", 0.3),
    hint("esp_", "smart device with an Espressif chip", "", 0.3),
    hint("espressif", "smart device with an Espressif chip", "", 0.3),
    hint("iphone", "phone", "Apple", 0.6),
    hint("ipad", "tablet", "Apple", 0.6),
    hint("macbook", "computer", "Apple", 0.6),
    hint("imac", "computer", "Apple", 0.5),
    kind(hint("apple-tv", "television box", "Apple", 0.6), DeviceKind::MediaPlayer),
    kind(hint("appletv", "television box", "Apple", 0.6), DeviceKind::MediaPlayer),
    kind(hint("homepod", "speaker", "Apple", 0.6), DeviceKind::MediaPlayer),
    hint("galaxy-", "phone", "Samsung", 0.5),
    hint("pixel-", "phone", "Google", 0.5),
    hint("android-", "phone", "", 0.5),
    hint("oneplus", "phone", "OnePlus", 0.5),
    hint("xiaomi", "phone", "Xiaomi", 0.3),
    hint("redmi", "phone", "Xiaomi", 0.5),
    hint("desktop-", "computer with Windows", "", 0.5),
    hint("laptop-", "computer with Windows", "", 0.5),
    hint("npi", "printer", "HP", 0.4),
    hint("brw", "printer", "Brother", 0.4),
    hint("brn", "printer", "Brother", 0.4),
    hint("epson", "printer", "Epson", 0.5),
    hint("canon", "printer", "Canon", 0.4),
    kind(hint("lgwebostv", "television", "LG", 0.7), DeviceKind::MediaPlayer),
    kind(hint("bravia", "television", "Sony", 0.6), DeviceKind::MediaPlayer),
    kind(hint("roku", "television box", "Roku", 0.6), DeviceKind::MediaPlayer),
    kind(hint("chromecast", "television box", "Google", 0.6), DeviceKind::MediaPlayer),
    kind(hint("google-home", "speaker", "Google", 0.6), DeviceKind::MediaPlayer),
    kind(hint("sonos", "speaker", "Sonos", 0.6), DeviceKind::MediaPlayer),
    kind(hint("philips-hue", "bridge", "Philips Hue", 0.6), DeviceKind::Bridge),
    kind(hint("zigbee", "bridge", "", 0.3), DeviceKind::Bridge),
    hint("raspberrypi", "computer", "Raspberry Pi", 0.5),
    hint("homeassistant", "home automation server", "", 0.5),
    hint("octopi", "print server of a 3D printer", "", 0.5),
    hint("diskstation", "network storage", "Synology", 0.6),
    hint("synology", "network storage", "Synology", 0.6),
    hint("playstation", "games console", "Sony", 0.6),
    hint("ps4", "games console", "Sony", 0.4),
    hint("ps5", "games console", "Sony", 0.4),
    hint("xbox", "games console", "Microsoft", 0.6),
    hint("nintendo", "games console", "Nintendo", 0.6),
    hint("amazon-", "device of Amazon's", "Amazon", 0.5),
    hint("roborock", "robot cleaner", "Roborock", 0.6),
    hint("roomba", "robot cleaner", "iRobot", 0.6),
];

/// Makers of parts: their name stands for what is inside, not for the brand outside.
const PARTS: &[&str] = &[
    "espressif",
    "tuya",
    "azurewave",
    "liteon",
    "murata",
    "realtek",
    "hon hai",
    "foxconn",
    "usi",
    "universal global",
    "quectel",
    "ampak",
    "fn-link",
    "hi-flying",
    "mediatek",
    "broadcom",
    "qualcomm",
    "cloud network",
    "chicony",
    "texas instruments",
    "silicon lab",
];

/// What all that is known of a thing suggests.
pub(super) fn clues(mac: Mac, thing: &Thing) -> Vec<Clue> {
    let mut all = Vec::new();
    let mut add = |table: &[Hint], word: &str, whole: bool, source: &str| {
        let lower = word.to_lowercase();
        let found = table.iter().find(|hint| {
            if whole {
                lower == hint.begins
            } else {
                lower.starts_with(hint.begins)
            }
        });
        let Some(hint) = found else { return };
        let evidence = format!("{source} `{word}`");
        let kind = hint.kind.map_or("", DeviceKind::as_str);
        for (about, value) in [
            (About::What, hint.what),
            (About::Brand, hint.brand),
            (About::Kind, kind),
        ] {
            if !value.is_empty() {
                all.push(clue(about, value, hint.weight, &evidence));
            }
        }
    };
    if let Some(class) = &thing.class {
        add(CLASSES, class, false, "DHCP vendor class");
    }
    if !thing.parameters.is_empty() {
        let order = fingerprint(&thing.parameters);
        add(FINGERPRINTS, &order, true, "DHCP fingerprint");
    }
    if let Some(host) = &thing.host {
        add(NAMES, host, false, "its name in the network,");
    }
    match mac.vendor() {
        Some(vendor) => {
            let evidence = format!("its hardware address is registered to {vendor}");
            let lower = vendor.to_lowercase();
            if lower.starts_with("espressif") || lower.starts_with("tuya") {
                let what = "smart device";
                all.push(clue(About::What, what, 0.3, &evidence));
            } else if !PARTS.iter().any(|part| lower.starts_with(part)) {
                all.push(clue(About::Brand, &vendor, 0.5, &evidence));
            }
        }
        None if mac.is_private() => {
            let evidence = "it made up its hardware address, as phones and computers do";
            all.push(clue(About::What, "phone or computer", 0.15, evidence));
        }
        None => {}
    }
    all
}

/// A list of wishes, as people write it.
pub(super) fn fingerprint(parameters: &[u8]) -> String {
    let all: Vec<String> = parameters.iter().map(u8::to_string).collect();
    all.join(",")
}

fn clue(about: About, value: &str, weight: f64, evidence: &str) -> Clue {
    Clue {
        about,
        value: value.to_owned(),
        weight,
        evidence: evidence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, FINGERPRINTS, NAMES, clues};
    use crate::{dhcp::thing::Thing, hardware::Mac};
    use model::Guess;

    fn guess(mac: &str, thing: &Thing) -> String {
        let guess = Guess::from_clues(&clues(Mac::parse(mac).expect(mac), thing));
        let word = |opinion: &Option<model::Opinion>| {
            opinion
                .as_ref()
                .map_or("-".to_owned(), |it| it.value.clone())
        };
        format!("{} / {}", word(&guess.what), word(&guess.brand))
    }

    #[test]
    fn words_suggest_what_speaks() {
        let phone = Thing {
            class: Some("android-dhcp-14".to_owned()),
            host: Some("Pixel-8".to_owned()),
            ..Thing::default()
        };
        assert_eq!(
            guess("da:a1:19:00:00:01", &phone),
            "phone or tablet with Android / Google"
        );
        let tablet = Thing {
            parameters: vec![1, 121, 3, 6, 15, 114, 119, 252],
            ..Thing::default()
        };
        assert_eq!(
            guess("da:a1:19:00:00:01", &tablet),
            "phone or tablet with iOS / Apple"
        );
        let nothing = Thing::default();
        assert_eq!(guess("24:0a:c4:00:00:01", &nothing), "smart device / -");
        assert!(guess("b8:27:eb:00:00:01", &nothing).contains("Raspberry"));
    }

    #[test]
    fn hints_are_modest_and_in_lower_case() {
        for hint in CLASSES.iter().chain(FINGERPRINTS).chain(NAMES) {
            assert!(hint.weight > 0.0 && hint.weight <= 0.8, "{}", hint.begins);
            assert_eq!(hint.begins, hint.begins.to_lowercase());
        }
    }
}
