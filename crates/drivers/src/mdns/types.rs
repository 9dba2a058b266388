//! Well-known service types, and what each suggests of the thing that offers it.
//!
//! A type says at most what its maker or its standard says of it. How sure that makes us is judgement:
//! near 0.9 where only one sort of thing offers it, near 0.3 where anybody might.

use model::About::{self, Brand, Driver, Kind, Model, What};

/// What something suggests: about what, which value, how strongly.
pub(super) type Clues = &'static [(About, &'static str, f64)];

/// A service type.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) name: &'static str,
    /// How good its instances' names are as names of the thing: 9 a person chose it, 0 never.
    pub(super) naming: u8,
    /// What it suggests.
    pub(super) clues: Clues,
}

const fn of(name: &'static str, naming: u8, clues: &'static [(About, &'static str, f64)]) -> Type {
    Type {
        name,
        naming,
        clues,
    }
}

/// Every type that is asked for by name; others are asked for when somebody offers them.
#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    // Players, televisions, loudspeakers.
    of("_googlecast._tcp", 9, &[(What, "media streamer", 0.5), (Kind, "media_player", 0.85)]),
    of("_airplay._tcp", 8, &[(What, "AirPlay receiver", 0.4), (Kind, "media_player", 0.7)]),
    of("_raop._tcp", 6, &[(What, "AirPlay receiver", 0.4), (Kind, "media_player", 0.6)]),
    of("_spotify-connect._tcp", 5, &[(What, "loudspeaker", 0.35), (Kind, "media_player", 0.6)]),
    of("_sonos._tcp", 4, &[(What, "loudspeaker", 0.85), (Kind, "media_player", 0.9), (Brand, "Sonos", 0.95)]),
    of("_soundtouch._tcp", 8, &[(What, "loudspeaker", 0.85), (Kind, "media_player", 0.9), (Brand, "Bose", 0.95)]),
    of("_heos-audio._tcp", 8, &[(What, "audio receiver", 0.7), (Kind, "media_player", 0.9), (Brand, "Denon", 0.6)]),
    of("_linkplay._tcp", 7, &[(What, "loudspeaker", 0.7), (Kind, "media_player", 0.85)]),
    of("_musc._tcp", 7, &[(What, "loudspeaker", 0.8), (Kind, "media_player", 0.9), (Brand, "Bluesound", 0.7)]),
    of("_beoremote._tcp", 8, &[(What, "loudspeaker", 0.7), (Kind, "media_player", 0.85), (Brand, "Bang & Olufsen", 0.9)]),
    of("_bangolufsen._tcp", 8, &[(What, "loudspeaker", 0.7), (Kind, "media_player", 0.85), (Brand, "Bang & Olufsen", 0.9)]),
    of("_volumio._tcp", 8, &[(What, "music player", 0.9), (Kind, "media_player", 0.9), (Brand, "Volumio", 0.8)]),
    of("_slimdevices._tcp", 6, &[(What, "music server", 0.7), (Brand, "Logitech", 0.4)]),
    of("_xbmc-jsonrpc-h._tcp", 8, &[(What, "media player", 0.85), (Kind, "media_player", 0.9), (Brand, "Kodi", 0.7)]),
    of("_androidtvremote2._tcp", 8, &[(What, "television", 0.75), (Kind, "media_player", 0.9)]),
    of("_amzn-wplay._tcp", 7, &[(What, "television stick", 0.6), (Kind, "media_player", 0.85), (Brand, "Amazon", 0.95)]),
    of("_amzn-alexa._tcp", 4, &[(What, "voice assistant", 0.4)]),
    of("_philipstv_rpc._tcp", 8, &[(What, "television", 0.95), (Kind, "media_player", 0.9), (Brand, "Philips", 0.95)]),
    of("_philipstv_s_rpc._tcp", 8, &[(What, "television", 0.95), (Kind, "media_player", 0.9), (Brand, "Philips", 0.95)]),
    of("_viziocast._tcp", 8, &[(What, "television", 0.9), (Kind, "media_player", 0.9), (Brand, "Vizio", 0.95)]),
    of("_roku-rcp._tcp", 7, &[(What, "media streamer", 0.85), (Kind, "media_player", 0.9), (Brand, "Roku", 0.95)]),
    of("_mediaremotetv._tcp", 8, &[(What, "media streamer", 0.8), (Kind, "media_player", 0.9), (Brand, "Apple", 0.9)]),
    of("_touch-able._tcp", 5, &[(What, "media player", 0.5), (Brand, "Apple", 0.5)]),
    of("_appletv-v2._tcp", 5, &[(What, "media streamer", 0.6), (Brand, "Apple", 0.8)]),
    of("_daap._tcp", 5, &[(What, "music server", 0.6)]),
    of("_nvstream_dbd._tcp", 6, &[(What, "computer", 0.6), (Brand, "NVIDIA", 0.4)]),
    of("_plexmediasvr._tcp", 5, &[(What, "media server", 0.85), (Brand, "Plex", 0.6)]),
    // Phones and computers.
    of("_companion-link._tcp", 7, &[(Brand, "Apple", 0.9)]),
    of("_apple-mobdev2._tcp", 0, &[(What, "phone", 0.7), (Brand, "Apple", 0.95)]),
    of("_rdlink._tcp", 5, &[(Brand, "Apple", 0.8)]),
    of("_sleep-proxy._udp", 0, &[(Brand, "Apple", 0.7)]),
    of("_device-info._tcp", 3, &[]),
    of("_workstation._tcp", 4, &[(What, "computer", 0.6)]),
    of("_ssh._tcp", 3, &[(What, "computer", 0.4)]),
    of("_sftp-ssh._tcp", 3, &[(What, "computer", 0.4)]),
    of("_rfb._tcp", 4, &[(What, "computer", 0.6)]),
    of("_rdp._tcp", 4, &[(What, "computer", 0.7)]),
    of("_udisks-ssh._tcp", 3, &[(What, "computer", 0.5)]),
    // Storage.
    of("_smb._tcp", 4, &[(What, "file server", 0.45)]),
    of("_afpovertcp._tcp", 4, &[(What, "file server", 0.5)]),
    of("_nfs._tcp", 3, &[(What, "file server", 0.55)]),
    of("_adisk._tcp", 4, &[(What, "backup disk", 0.55)]),
    of("_webdav._tcp", 2, &[(What, "file server", 0.3)]),
    of("_ftp._tcp", 1, &[(What, "file server", 0.25)]),
    of("_qdiscover._tcp", 6, &[(What, "file server", 0.9), (Brand, "QNAP", 0.95)]),
    of("_readynas._tcp", 6, &[(What, "file server", 0.9), (Brand, "Netgear", 0.9)]),
    // Paper.
    of("_ipp._tcp", 7, &[(What, "printer", 0.85)]),
    of("_ipps._tcp", 7, &[(What, "printer", 0.85)]),
    of("_printer._tcp", 6, &[(What, "printer", 0.8)]),
    of("_pdl-datastream._tcp", 6, &[(What, "printer", 0.85)]),
    of("_scanner._tcp", 5, &[(What, "scanner", 0.6)]),
    of("_uscan._tcp", 5, &[(What, "scanner", 0.55)]),
    of("_uscans._tcp", 5, &[(What, "scanner", 0.55)]),
    // Hubs and bridges.
    of("_hap._tcp", 7, &[(What, "HomeKit accessory", 0.3)]),
    of("_hap._udp", 7, &[(What, "HomeKit accessory", 0.3)]),
    of("_homekit._tcp", 3, &[(What, "home hub", 0.6), (Brand, "Apple", 0.7)]),
    of("_hue._tcp", 6, &[(What, "lighting bridge", 0.95), (Kind, "bridge", 0.95), (Brand, "Philips Hue", 0.95)]),
    of("_ihsp._tcp", 6, &[(What, "home hub", 0.9), (Kind, "bridge", 0.9), (Brand, "IKEA", 0.9)]),
    of("_home-assistant._tcp", 6, &[(What, "home server", 0.95), (Kind, "bridge", 0.7), (Driver, "home_assistant", 0.9)]),
    of("_mqtt._tcp", 3, &[(What, "MQTT broker", 0.6), (Driver, "mqtt", 0.8)]),
    of("_matter._tcp", 0, &[(What, "Matter device", 0.4)]),
    of("_matterc._udp", 3, &[(What, "Matter device to be set up", 0.5)]),
    of("_matterd._udp", 0, &[(What, "Matter controller", 0.5)]),
    of("_meshcop._udp", 4, &[(What, "Thread border router", 0.6)]),
    of("_trel._udp", 0, &[(What, "Thread border router", 0.4)]),
    of("_zigbee-coordinator._tcp", 5, &[(What, "Zigbee coordinator", 0.95), (Kind, "bridge", 0.95)]),
    of("_slzb-06._tcp", 5, &[(What, "Zigbee coordinator", 0.9), (Kind, "bridge", 0.95), (Brand, "SMLIGHT", 0.9)]),
    of("_uzg-01._tcp", 5, &[(What, "Zigbee coordinator", 0.9), (Kind, "bridge", 0.95)]),
    of("_zigate-zigbee-gateway._tcp", 5, &[(What, "Zigbee coordinator", 0.9), (Kind, "bridge", 0.95), (Brand, "ZiGate", 0.9)]),
    of("_lutron._tcp", 4, &[(What, "lighting bridge", 0.85), (Kind, "bridge", 0.9), (Brand, "Lutron", 0.95)]),
    of("_leap._tcp", 4, &[(What, "lighting bridge", 0.8), (Kind, "bridge", 0.9), (Brand, "Lutron", 0.9)]),
    of("_kizbox._tcp", 4, &[(What, "home hub", 0.85), (Kind, "bridge", 0.9), (Brand, "Somfy", 0.85)]),
    of("_kizboxdev._tcp", 4, &[(What, "home hub", 0.85), (Kind, "bridge", 0.9), (Brand, "Somfy", 0.85)]),
    of("_powerview._tcp", 4, &[(What, "blind hub", 0.85), (Kind, "bridge", 0.9), (Brand, "Hunter Douglas", 0.9)]),
    of("_powerview-g3._tcp", 4, &[(What, "blind hub", 0.85), (Kind, "bridge", 0.9), (Brand, "Hunter Douglas", 0.9)]),
    of("_plugwise._tcp", 4, &[(What, "home hub", 0.6), (Brand, "Plugwise", 0.95)]),
    // Lights, plugs, sensors, machines.
    of("_esphomelib._tcp", 6, &[(What, "ESPHome device", 0.85), (Brand, "ESPHome", 0.7)]),
    of("_shelly._tcp", 6, &[(What, "Shelly device", 0.6), (Brand, "Shelly", 0.95)]),
    of("_wled._tcp", 7, &[(What, "LED strip", 0.9), (Kind, "light", 0.95), (Brand, "WLED", 0.7)]),
    of("_elg._tcp", 7, &[(What, "lamp", 0.85), (Kind, "light", 0.9), (Brand, "Elgato", 0.95)]),
    of("_nanoleafapi._tcp", 7, &[(What, "light panels", 0.85), (Kind, "light", 0.95), (Brand, "Nanoleaf", 0.95)]),
    of("_ewelink._tcp", 4, &[(What, "switch", 0.5), (Kind, "switch", 0.6), (Brand, "Sonoff", 0.8)]),
    of("_miio._udp", 3, &[(Brand, "Xiaomi", 0.9)]),
    of("_arduino._tcp", 2, &[(What, "microcontroller", 0.6)]),
    of("_hwenergy._tcp", 6, &[(What, "energy meter", 0.7), (Kind, "meter", 0.7), (Brand, "HomeWizard", 0.95)]),
    of("_homewizard._tcp", 6, &[(What, "energy meter", 0.6), (Kind, "meter", 0.6), (Brand, "HomeWizard", 0.95)]),
    of("_enphase-envoy._tcp", 5, &[(What, "solar gateway", 0.95), (Kind, "meter", 0.7), (Brand, "Enphase", 0.95)]),
    of("_fronius-se-inverter._tcp", 5, &[(What, "solar inverter", 0.95), (Kind, "meter", 0.6), (Brand, "Fronius", 0.95)]),
    of("_nut._tcp", 4, &[(What, "uninterruptible power supply", 0.7), (Kind, "battery", 0.5)]),
    of("_dkapi._tcp", 3, &[(What, "air conditioner", 0.85), (Kind, "thermostat", 0.8), (Brand, "Daikin", 0.9)]),
    of("_dyson_mqtt._tcp", 4, &[(What, "fan", 0.8), (Kind, "fan", 0.8), (Brand, "Dyson", 0.95)]),
    of("_360eye_mqtt._tcp", 4, &[(What, "vacuum cleaner", 0.9), (Kind, "appliance", 0.9), (Brand, "Dyson", 0.95)]),
    of("_octoprint._tcp", 7, &[(What, "3D printer", 0.9), (Kind, "appliance", 0.8), (Brand, "OctoPrint", 0.5)]),
    // Cameras.
    of("_axis-video._tcp", 7, &[(What, "camera", 0.95), (Brand, "Axis", 0.95)]),
    of("_rtsp._tcp", 5, &[(What, "camera", 0.6)]),
    // Anything.
    of("_airport._tcp", 6, &[(What, "Wi-Fi access point", 0.9), (Brand, "Apple", 0.95)]),
    of("_coap._udp", 2, &[]),
    of("_webthing._tcp", 5, &[(What, "web thing", 0.4)]),
    of("_http._tcp", 2, &[]),
    of("_https._tcp", 2, &[]),
    of("_telnet._tcp", 1, &[]),
];

/// What is known of a type.
pub(super) fn known(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|one| one.name == name)
}

/// The categories that an accessory of HomeKit announces (`ci`).
#[rustfmt::skip]
pub(super) const HOMEKIT: &[(&str, Clues)] = &[
    ("2", &[(What, "HomeKit bridge", 0.8), (Kind, "bridge", 0.85)]),
    ("3", &[(What, "fan", 0.85), (Kind, "fan", 0.9)]),
    ("4", &[(What, "garage door", 0.85), (Kind, "cover", 0.9)]),
    ("5", &[(What, "lamp", 0.85), (Kind, "light", 0.9)]),
    ("6", &[(What, "door lock", 0.85), (Kind, "lock", 0.9)]),
    ("7", &[(What, "outlet", 0.85), (Kind, "outlet", 0.9)]),
    ("8", &[(What, "switch", 0.8), (Kind, "switch", 0.85)]),
    ("9", &[(What, "thermostat", 0.85), (Kind, "thermostat", 0.9)]),
    ("10", &[(What, "sensor", 0.85), (Kind, "sensor", 0.9)]),
    ("11", &[(What, "security system", 0.85), (Kind, "alarm", 0.9)]),
    ("12", &[(What, "door", 0.8), (Kind, "cover", 0.8)]),
    ("13", &[(What, "window", 0.8), (Kind, "cover", 0.8)]),
    ("14", &[(What, "blind", 0.85), (Kind, "cover", 0.9)]),
    ("15", &[(What, "button", 0.85), (Kind, "button", 0.9)]),
    ("17", &[(What, "camera", 0.9)]),
    ("18", &[(What, "doorbell", 0.9)]),
    ("19", &[(What, "air purifier", 0.85), (Kind, "fan", 0.7)]),
    ("20", &[(What, "heater", 0.85), (Kind, "thermostat", 0.8)]),
    ("21", &[(What, "air conditioner", 0.85), (Kind, "thermostat", 0.85)]),
    ("22", &[(What, "humidifier", 0.85), (Kind, "appliance", 0.8)]),
    ("23", &[(What, "dehumidifier", 0.85), (Kind, "appliance", 0.8)]),
    ("26", &[(What, "loudspeaker", 0.85), (Kind, "media_player", 0.9)]),
    ("28", &[(What, "sprinkler", 0.85), (Kind, "valve", 0.85)]),
    ("29", &[(What, "faucet", 0.85), (Kind, "valve", 0.85)]),
    ("31", &[(What, "television", 0.85), (Kind, "media_player", 0.9)]),
    ("33", &[(What, "router", 0.85)]),
    ("34", &[(What, "audio receiver", 0.85), (Kind, "media_player", 0.9)]),
    ("35", &[(What, "set-top box", 0.85), (Kind, "media_player", 0.9)]),
    ("36", &[(What, "television stick", 0.85), (Kind, "media_player", 0.9)]),
];

/// What the name of an instance of a common type gives away by how it begins.
#[rustfmt::skip]
pub(super) const NAMED: &[(&str, &str, Clues)] = &[
    ("_http._tcp", "shelly", &[(What, "Shelly device", 0.6), (Brand, "Shelly", 0.9)]),
    ("_http._tcp", "tasmota", &[(What, "Tasmota device", 0.7), (Brand, "Tasmota", 0.7)]),
    ("_http._tcp", "bosch shc", &[(What, "home hub", 0.9), (Kind, "bridge", 0.9), (Brand, "Bosch", 0.9)]),
    ("_http._tcp", "philips hue", &[(What, "lighting bridge", 0.8), (Kind, "bridge", 0.8), (Brand, "Philips Hue", 0.9)]),
    ("_coap._udp", "gw-", &[(What, "lighting bridge", 0.7), (Kind, "bridge", 0.7), (Brand, "IKEA", 0.7), (Model, "TRÅDFRI gateway", 0.6)]),
];
