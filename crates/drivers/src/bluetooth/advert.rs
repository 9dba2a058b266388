//! What an advert tells of its sender, and whether it is worth a sighting.
//!
//! Most of what advertises is a phone that passes. Worth a sighting is what says its name, speaks
//! BTHome, or bears the mark of a maker of things for houses. Whoever changes its address all the
//! time (a resolvable or unresolvable private address) is only seen by its name.

use super::bthome;
use crate::hardware::{Mac, plain};
use model::{About, Clue, Fact, Identity, Sighting};
use std::collections::BTreeMap;

/// What BlueZ knows of a device, as far as it is used here.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Props {
    pub(super) address: Option<String>,
    /// Whether the address is one that the device made up.
    pub(super) is_random: Option<bool>,
    pub(super) name: Option<String>,
    /// Only there where the device was heard since scanning began.
    pub(super) rssi: Option<i16>,
    pub(super) services: Option<Vec<String>>,
    pub(super) service_data: Option<BTreeMap<String, Vec<u8>>>,
    pub(super) maker_data: Option<BTreeMap<u16, Vec<u8>>>,
}

/// Makers of things for houses, by the number that they were given; phones, computers and beacons
/// are not among them.
static MAKERS: &[(u16, &str, &str)] = &[
    (0x0059, "", "device with a Nordic chip"),
    (0x0065, "HP", "printer"),
    (0x0087, "Garmin", "watch or sensor"),
    (0x009e, "Bose", "speaker or headphones"),
    (0x012d, "Sony", "audio or video device"),
    (0x0499, "Ruuvi", "sensor"),
    (0x038f, "Xiaomi", "sensor or smart device"),
    (0x05a7, "Sonos", "speaker"),
    (0x0600, "iRobot", "robot cleaner"),
    (0x07d0, "Tuya", "smart device"),
    (0x0969, "SwitchBot", "smart device"),
    (0x0ba9, "Shelly", "smart device"),
    (0xec88, "Govee", "sensor or light"),
];

/// Services that say what a device is.
static SERVICES: &[(&str, &str, &str)] = &[
    ("0000fe95", "Xiaomi", "sensor or smart device"),
    ("0000fd3d", "SwitchBot", "smart device"),
    ("0000fff6", "", "Matter device that waits to be set up"),
    ("0000181a", "", "sensor"),
    ("0000180d", "", "heart rate monitor"),
    ("00001816", "", "bicycle sensor"),
    ("0000181d", "", "scales"),
    ("00001812", "", "keyboard, mouse or remote control"),
];

/// How Shelly's Bluetooth devices begin their names.
const SHELLY: &[(&str, &str)] = &[
    ("SBBT-", "button"),
    ("SBDW-", "door or window sensor"),
    ("SBMO-", "motion sensor"),
    ("SBHT-", "thermometer"),
    ("SBRC-", "remote control"),
    ("SBWS-", "weather station"),
];

impl Props {
    /// Takes in what changed.
    pub(super) fn merge(&mut self, news: Self) {
        let Self {
            address,
            is_random,
            name,
            rssi,
            services,
            service_data,
            maker_data,
        } = news;
        self.address = address.or(self.address.take());
        self.is_random = is_random.or(self.is_random);
        self.name = name.or(self.name.take());
        self.rssi = rssi.or(self.rssi);
        self.services = services.or(self.services.take());
        self.service_data = service_data.or(self.service_data.take());
        self.maker_data = maker_data.or(self.maker_data.take());
    }

    /// Whether these are news of an advert that was heard.
    pub(super) fn is_advert(&self) -> bool {
        self.rssi.is_some() || self.service_data.is_some() || self.maker_data.is_some()
    }

    /// Its BTHome data.
    pub(super) fn bthome(&self) -> Option<&[u8]> {
        let data = self.service_data.as_ref()?.get(bthome::SERVICE)?;
        Some(data)
    }

    pub(super) fn mac(&self) -> Option<Mac> {
        Mac::parse(self.address.as_deref()?).filter(|mac| mac.0 != [0; 6])
    }

    /// The name that it gives itself; BlueZ makes one of the address where there is none.
    pub(super) fn own_name(&self) -> Option<String> {
        let name = plain(self.name.as_deref()?, 64)?;
        Mac::parse(&name).is_none().then_some(name)
    }

    /// Whether its address is another one soon. The two highest bits of a made-up address say so.
    fn is_fleeting(&self, mac: Mac) -> bool {
        self.is_random.unwrap_or(false) && mac.0[0] >> 6 != 0b11
    }

    /// What it is called for good, where it is worth a sighting.
    pub(super) fn native_id(&self) -> Option<String> {
        let mac = self.mac()?;
        let name = self.own_name();
        if self.is_fleeting(mac) {
            return name.map(|name| format!("name:{}", name.to_lowercase()));
        }
        let is_known = self.bthome().is_some() || name.is_some() || !self.hints().is_empty();
        is_known.then(|| mac.to_string())
    }

    /// What its marks say: brand, what it is, and how that is known.
    fn hints(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut all = Vec::new();
        for id in self.maker_data.iter().flat_map(BTreeMap::keys) {
            if let Some((_, brand, what)) = MAKERS.iter().find(|(known, ..)| known == id) {
                all.push((
                    *brand,
                    *what,
                    format!("the maker's number {id:#06x} in its adverts"),
                ));
            }
        }
        let data = self.service_data.iter().flat_map(BTreeMap::keys);
        for uuid in data.chain(self.services.iter().flatten()) {
            let known = SERVICES
                .iter()
                .find(|(known, ..)| uuid.get(..8) == Some(known));
            if let Some((short, brand, what)) = known {
                let short = short.trim_start_matches('0');
                all.push((*brand, *what, format!("the Bluetooth service 0x{short}")));
            }
        }
        if let Some(name) = self.own_name()
            && let Some((_, what)) = SHELLY.iter().find(|(begins, _)| name.starts_with(begins))
        {
            all.push(("Shelly", *what, format!("its name `{name}`")));
        }
        all
    }

    /// What there is to be said of it, `packet` being what its BTHome data says.
    pub(super) fn sighting(
        &self,
        native_id: &str,
        packet: Option<&bthome::Packet>,
    ) -> Option<Sighting> {
        let mac = self.mac()?;
        let is_fleeting = self.is_fleeting(mac);
        let name = self.own_name();
        let mut facts = Vec::new();
        let mut fact = |name: &str, value: Option<String>| {
            facts.extend(value.map(|value| Fact::new(name, value)));
        };
        let vendor = (self.is_random != Some(true))
            .then(|| mac.vendor())
            .flatten();
        fact("bluetooth.address", (!is_fleeting).then(|| mac.to_string()));
        fact("vendor", vendor.clone());
        fact("bluetooth.name", name.clone());
        let makers = self.maker_data.iter().flat_map(BTreeMap::keys);
        let makers: Vec<_> = makers.take(8).map(|id| format!("{id:#06x}")).collect();
        fact(
            "bluetooth.makers",
            (!makers.is_empty()).then(|| makers.join(", ")),
        );
        let mut services: Vec<&String> = self
            .service_data
            .iter()
            .flat_map(BTreeMap::keys)
            .chain(self.services.iter().flatten())
            .collect();
        services.sort();
        services.dedup();
        for uuid in services.into_iter().take(16) {
            fact("bluetooth.service", plain(uuid, 36));
        }
        let mut clues = Vec::new();
        let mut clue = |about, value: &str, weight, evidence: &str| {
            if !value.is_empty() {
                clues.push(Clue {
                    about,
                    value: value.to_owned(),
                    weight,
                    evidence: evidence.to_owned(),
                });
            }
        };
        for (brand, what, evidence) in self.hints() {
            clue(About::Brand, brand, 0.6, &evidence);
            clue(About::What, what, 0.5, &evidence);
        }
        if let Some(vendor) = vendor {
            let evidence = format!("its address is registered to {vendor}");
            clue(About::Brand, &vendor, 0.3, &evidence);
        }
        if let Some(packet) = packet {
            let evidence = "it advertises BTHome";
            let what = if packet.encrypted {
                "BTHome sensor that encrypts what it says"
            } else {
                "BTHome sensor"
            };
            clue(About::What, what, 0.7, evidence);
            clue(About::Kind, "sensor", 0.5, evidence);
            if !packet.encrypted {
                clue(About::Driver, super::NAME, 0.9, evidence);
            }
            let encrypted =
                "yes: its values cannot be read without its key, which is not supported";
            fact(
                "bthome.encrypted",
                packet.encrypted.then(|| encrypted.to_owned()),
            );
        }
        Some(Sighting {
            native_id: native_id.to_owned(),
            name,
            identities: if is_fleeting {
                Vec::new()
            } else {
                vec![Identity::Mac(mac.to_string())]
            },
            addresses: Vec::new(),
            facts,
            clues,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Props;
    use std::collections::BTreeMap;

    fn props(address: &str, is_random: bool, name: Option<&str>) -> Props {
        Props {
            address: Some(address.to_owned()),
            is_random: Some(is_random),
            name: name.map(str::to_owned),
            ..Props::default()
        }
    }

    #[test]
    fn passing_phones_are_not_seen() {
        for (address, is_random, name, id) in [
            (
                "A4:C1:38:11:22:33",
                false,
                Some("Kitchen"),
                Some("a4:c1:38:11:22:33"),
            ),
            ("A4:C1:38:11:22:33", false, None, None),
            ("A4:C1:38:11:22:33", false, Some("A4-C1-38-11-22-33"), None),
            (
                "C4:C1:38:11:22:33",
                true,
                Some("Band"),
                Some("c4:c1:38:11:22:33"),
            ),
            ("54:C1:38:11:22:33", true, None, None),
            (
                "54:C1:38:11:22:33",
                true,
                Some("LE Speaker"),
                Some("name:le speaker"),
            ),
            ("14:C1:38:11:22:33", true, None, None),
            ("nonsense", false, Some("Kitchen"), None),
        ] {
            assert_eq!(
                props(address, is_random, name).native_id().as_deref(),
                id,
                "{address} {name:?}"
            );
        }
        // A phone of Apple's, and an iBeacon.
        let mut phone = props("C4:C1:38:11:22:33", true, None);
        phone.maker_data = Some(BTreeMap::from([(0x004c, vec![2, 21])]));
        assert_eq!(phone.native_id(), None);
        phone.maker_data = Some(BTreeMap::from([(0x0499, vec![5])]));
        assert!(phone.native_id().is_some());
        // Even that is not seen under an address that changes.
        phone.address = Some("54:C1:38:11:22:33".to_owned());
        assert_eq!(phone.native_id(), None);
    }

    #[test]
    fn marks_suggest_what_it_is() {
        let mut button = props("A4:C1:38:11:22:33", false, Some("SBBT-002C"));
        button.services = Some(vec!["0000fcd2-0000-1000-8000-00805f9b34fb".to_owned()]);
        let id = button.native_id().expect("an id");
        let sighting = button.sighting(&id, None).expect("a sighting");
        let guess = model::Guess::from_clues(&sighting.clues);
        assert_eq!(guess.brand.expect("a brand").value, "Shelly");
        assert_eq!(guess.what.expect("what it is").value, "button");
    }
}
