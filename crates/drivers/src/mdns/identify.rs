//! What the services of a host suggest of the thing behind it, and what tells it from all others.
//!
//! An identity is taken only from where its type's documentation says what it is: a wrong one would
//! make one thing of two.

use super::types::{HOMEKIT, NAMED, known};
use crate::hardware::Mac;
use model::{About, Clue, Identity};

/// A service of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Service {
    /// Its type, such as `_http._tcp`.
    pub(super) service: Box<str>,
    /// The name of the instance.
    pub(super) instance: String,
    pub(super) port: u16,
    /// Its TXT record, keys in lower case.
    pub(super) text: Vec<(String, String)>,
}

impl Service {
    /// What a key says, where it says anything.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.text
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }
}

/// Keys that name the model, by type; and how sure that is.
const MODELS: &[(&str, &str, f64)] = &[
    ("_googlecast._tcp", "md", 0.9),
    ("_airplay._tcp", "model", 0.85),
    ("_raop._tcp", "am", 0.8),
    ("_device-info._tcp", "model", 0.6),
    ("_companion-link._tcp", "rpmd", 0.7),
    ("_hap._tcp", "md", 0.85),
    ("_hap._udp", "md", 0.85),
    ("_hue._tcp", "modelid", 0.8),
    ("_shelly._tcp", "app", 0.8),
    ("_ipp._tcp", "ty", 0.9),
    ("_ipps._tcp", "ty", 0.9),
    ("_printer._tcp", "ty", 0.85),
    ("_pdl-datastream._tcp", "ty", 0.85),
    ("_uscan._tcp", "ty", 0.85),
    ("_uscans._tcp", "ty", 0.85),
    ("_scanner._tcp", "ty", 0.85),
    ("_nanoleafapi._tcp", "md", 0.9),
    ("_elg._tcp", "md", 0.9),
    ("_meshcop._udp", "mn", 0.8),
    ("_soundtouch._tcp", "model", 0.85),
    ("_hwenergy._tcp", "product_name", 0.9),
    ("_homewizard._tcp", "product_name", 0.9),
    ("_plugwise._tcp", "product_name", 0.85),
    ("_esphomelib._tcp", "project_name", 0.7),
    ("_http._tcp", "model", 0.5),
];

/// Keys that name the maker, by type.
const MAKERS: &[(&str, &str, f64)] = &[
    ("_airplay._tcp", "manufacturer", 0.9),
    ("_ipp._tcp", "usb_mfg", 0.9),
    ("_ipps._tcp", "usb_mfg", 0.9),
    ("_pdl-datastream._tcp", "usb_mfg", 0.9),
    ("_uscan._tcp", "mfg", 0.85),
    ("_scanner._tcp", "mfg", 0.85),
    ("_meshcop._udp", "vn", 0.85),
    ("_elg._tcp", "mf", 0.9),
    ("_soundtouch._tcp", "manufacturer", 0.9),
    ("_http._tcp", "vendor", 0.6),
];

/// Keys that hold a hardware address, by type.
const MACS: &[(&str, &str)] = &[
    ("_airplay._tcp", "deviceid"),
    ("_esphomelib._tcp", "mac"),
    ("_wled._tcp", "mac"),
    ("_axis-video._tcp", "macaddress"),
    ("_soundtouch._tcp", "mac"),
    ("_lutron._tcp", "macaddr"),
];

/// Keys that hold a UUID, by type.
const UUIDS: &[(&str, &str)] = &[
    ("_googlecast._tcp", "id"),
    ("_home-assistant._tcp", "uuid"),
    ("_ipp._tcp", "uuid"),
    ("_ipps._tcp", "uuid"),
    ("_printer._tcp", "uuid"),
    ("_pdl-datastream._tcp", "uuid"),
    ("_uscan._tcp", "uuid"),
    ("_uscans._tcp", "uuid"),
    ("_octoprint._tcp", "uuid"),
    ("_xbmc-jsonrpc-h._tcp", "uuid"),
    ("_volumio._tcp", "uuid"),
    ("_linkplay._tcp", "uuid"),
];

/// Keys that hold an id of the maker's, by type; and whose it is.
const SERIALS: &[(&str, &str, &str)] = &[
    ("_hap._tcp", "id", "hap"),
    ("_hap._udp", "id", "hap"),
    ("_hue._tcp", "bridgeid", "hue"),
    ("_sonos._tcp", "uuid", "sonos"),
    ("_nanoleafapi._tcp", "id", "nanoleaf"),
    ("_elg._tcp", "id", "elgato"),
    ("_ewelink._tcp", "id", "ewelink"),
    ("_enphase-envoy._tcp", "serialnum", "enphase"),
    ("_hwenergy._tcp", "serial", "homewizard"),
    ("_homewizard._tcp", "serial", "homewizard"),
    ("_kizbox._tcp", "gateway_pin", "somfy"),
    ("_kizboxdev._tcp", "gateway_pin", "somfy"),
];

/// What a service suggests.
pub(super) fn clues(service: &Service) -> Vec<Clue> {
    let name = service.service.as_ref();
    let mut all = Vec::new();
    let by_type = format!("mDNS service {name}");
    let mut add = |about: About, value: &str, weight: f64, evidence: &str| {
        all.push(Clue {
            about,
            value: value.to_owned(),
            weight,
            evidence: evidence.to_owned(),
        });
    };
    for (about, value, weight) in known(name).map_or(&[][..], |known| known.clues) {
        match (about, *value) {
            (About::Driver, "home_assistant") => {
                let how = format!("{by_type}; set HA_URL and HA_TOKEN to mirror its devices");
                add(*about, value, *weight, &how);
            }
            (About::Driver, "mqtt") => {
                let how = format!("{by_type}; set MQTT_URL to use this broker");
                add(*about, value, *weight, &how);
            }
            _ => add(*about, value, *weight, &by_type),
        }
    }
    let instance = service.instance.to_lowercase();
    for (of, start, clues) in NAMED {
        if *of == name && instance.starts_with(start) {
            let evidence = format!("mDNS name {} of {name}", service.instance);
            for (about, value, weight) in *clues {
                add(*about, value, *weight, &evidence);
            }
        }
    }
    for (table, about) in [(MODELS, About::Model), (MAKERS, About::Brand)] {
        for (of, key, weight) in table {
            if *of == name
                && let Some(value) = service.text(key)
            {
                let evidence = format!("mDNS {name} says {key}={value}");
                add(about, value, *weight, &evidence);
            }
        }
    }
    if name.starts_with("_hap._")
        && let Some(category) = service.text("ci")
        && let Some((_, clues)) = HOMEKIT.iter().find(|(ci, _)| *ci == category)
    {
        let evidence = format!("HomeKit category {category} in mDNS {name}");
        for (about, value, weight) in *clues {
            add(*about, value, *weight, &evidence);
        }
    }
    all.extend(apple(service));
    all
}

/// Apple's model ids begin with what the thing is.
fn apple(service: &Service) -> Vec<Clue> {
    const FAMILIES: &[(&str, &str, Option<&str>)] = &[
        ("AppleTV", "media streamer", Some("media_player")),
        ("AudioAccessory", "loudspeaker", Some("media_player")),
        ("iPhone", "phone", None),
        ("iPad", "tablet", None),
        ("MacBook", "computer", None),
        ("Macmini", "computer", None),
        ("MacPro", "computer", None),
        ("iMac", "computer", None),
        ("Mac1", "computer", None),
        ("Watch", "watch", None),
    ];
    let key = match service.service.as_ref() {
        "_airplay._tcp" | "_device-info._tcp" => "model",
        "_raop._tcp" => "am",
        "_companion-link._tcp" => "rpmd",
        _ => return Vec::new(),
    };
    let Some(model) = service.text(key) else {
        return Vec::new();
    };
    let family = FAMILIES.iter().find(|(start, ..)| model.starts_with(start));
    let Some((_, what, kind)) = family else {
        return Vec::new();
    };
    let evidence = format!("mDNS {} says {key}={model}", service.service);
    let clue = |about, value: &str, weight| Clue {
        about,
        value: value.to_owned(),
        weight,
        evidence: evidence.clone(),
    };
    let mut all = vec![
        clue(About::What, what, 0.9),
        clue(About::Brand, "Apple", 0.95),
    ];
    all.extend(kind.map(|kind| clue(About::Kind, kind, 0.9)));
    all
}

/// What tells the thing behind a service from all others.
pub(super) fn identities(service: &Service) -> Vec<Identity> {
    let name = service.service.as_ref();
    let of = |table: &[(&str, &'static str)]| -> Vec<&str> {
        let keys = table.iter().filter(|(of, _)| *of == name);
        keys.filter_map(|(_, key)| service.text(key)).collect()
    };
    let mut all = Vec::new();
    all.extend(of(MACS).into_iter().filter_map(mac).map(Identity::Mac));
    all.extend(of(UUIDS).into_iter().filter_map(uuid).map(Identity::Uuid));
    for (of, key, whose) in SERIALS {
        if *of == name
            && let Some(value) = service.text(key)
        {
            all.push(Identity::Serial(format!(
                "{whose}:{}",
                value.to_lowercase()
            )));
        }
    }
    let instance = service.instance.as_str();
    let in_name = match name {
        // `AABBCCDDEEFF@Kitchen`
        "_raop._tcp" => instance.split_once('@').map(|(mac, _)| mac),
        // `ShellyPlus1-A8032ABE54DC`; older ones bear half of it only.
        "_shelly._tcp" => instance.rsplit_once('-').map(|(_, mac)| mac),
        // `desk [aa:bb:cc:dd:ee:ff]`, `Bosch SHC [aa-bb-cc-dd-ee-ff]`
        "_workstation._tcp" | "_http._tcp" => instance
            .split_once(" [")
            .and_then(|(_, rest)| rest.strip_suffix(']')),
        _ => None,
    };
    all.extend(in_name.and_then(mac).map(Identity::Mac));
    if name == "_sonos._tcp"
        && let Some(id) = service.text("uuid")
    {
        // UPnP calls the same player by the same name.
        all.push(Identity::Uuid(id.to_lowercase()));
    }
    all
}

/// The name that people gave it, as far as a service tells; and how good it is.
pub(super) fn name(service: &Service) -> Option<(u8, String)> {
    let given = match service.service.as_ref() {
        "_googlecast._tcp" => service.text("fn"),
        "_esphomelib._tcp" => service.text("friendly_name"),
        "_home-assistant._tcp" => service.text("location_name"),
        "_volumio._tcp" => service.text("volumioname"),
        "_amzn-wplay._tcp" => service.text("n"),
        "_matterc._udp" => service.text("dn"),
        _ => None,
    };
    let naming = known(&service.service).map_or(1, |known| known.naming);
    if naming == 0 {
        return None;
    }
    let instance = service.instance.as_str();
    let own = match service.service.as_ref() {
        "_raop._tcp" | "_sonos._tcp" => instance.split_once('@').map_or(instance, |(_, name)| name),
        "_workstation._tcp" => instance.split(" [").next().unwrap_or(instance),
        _ => instance,
    };
    let name = given.unwrap_or(own).trim();
    (!name.is_empty()).then(|| (naming, name.to_owned()))
}

/// A hardware address as `aa:bb:cc:dd:ee:ff`, however it is written; none where it is nobody's.
fn mac(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ':' | '-' | '.'))
        .collect();
    if digits.len() != 12 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u64::from_str_radix(&digits, 16).ok()?;
    let mac = Mac::of(number.to_be_bytes().get(2..)?)?;
    mac.is_somebodys().then(|| mac.to_string())
}

/// A UUID with dashes in lower case; none where it is none, or nobody's.
fn uuid(text: &str) -> Option<String> {
    let text = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let digits: String = text
        .chars()
        .filter(|c| *c != '-')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_uuid = digits.len() == 32
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && digits.bytes().any(|byte| byte != b'0');
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    is_uuid.then(|| {
        format!(
            "{}-{}-{}-{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32)
        )
    })
}
