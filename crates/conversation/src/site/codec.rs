//! The words of a geocoder's interface: the search of [Nominatim](https://nominatim.org/release-docs/latest/api/Search/).
//! Pure.

use super::Site;
use serde::Deserialize;

/// The most places of one answer.
pub(super) const MOST: usize = 5;

/// A place as it comes. Degrees come as text.
#[derive(Deserialize)]
struct Place {
    lat: String,
    lon: String,
    #[serde(default)]
    display_name: String,
}

/// The places of an answer, the likeliest first. One that is nowhere, or has a name twice, is left out.
///
/// # Errors
/// When the answer is none, for people.
pub fn decode(body: &[u8]) -> Result<Vec<Site>, String> {
    let places: Vec<Place> = serde_json::from_slice(body)
        .map_err(|error| format!("its answer is not a list of places: {error}"))?;
    let mut found: Vec<Site> = Vec::new();
    for place in places.into_iter().take(20) {
        let (Ok(latitude), Ok(longitude)) = (place.lat.parse(), place.lon.parse()) else {
            continue;
        };
        let name: String = place
            .display_name
            .chars()
            .filter(|c| !c.is_control())
            .take(super::LONGEST)
            .collect();
        let Ok(site) = Site::at(latitude, longitude, Some(&name)) else {
            continue;
        };
        if !found.iter().any(|known| known.name == site.name) {
            found.push(site);
        }
    }
    found.truncate(MOST);
    Ok(found)
}

/// Where to ask, and what.
pub(super) fn question(base: &str, address: &str) -> String {
    use std::fmt::Write as _;
    let mut asked = String::new();
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            asked.push(char::from(byte));
        } else {
            let _ = write!(asked, "%{byte:02X}");
        }
    }
    let base = base.trim_end_matches('/');
    format!("{base}/search?q={asked}&format=jsonv2&limit={MOST}")
}

#[cfg(test)]
mod tests {
    use super::{decode, question};

    #[test]
    fn places_are_read() {
        let body = r#"[
            {"place_id": 1, "lat": "48.8556", "lon": "2.3583", "display_name": "12, Rue de Rivoli, Paris"},
            {"lat": "48.8557", "lon": "2.3584", "display_name": "12, Rue de Rivoli, Paris"},
            {"lat": "95", "lon": "2", "display_name": "Nowhere"},
            {"lat": "north", "lon": "2", "display_name": "Nowhere"},
            {"lat": "1", "lon": "2"}
        ]"#;
        let found = decode(body.as_bytes()).unwrap();
        let told: Vec<_> = found
            .iter()
            .map(|site| (site.words(), site.timezone.as_deref()))
            .collect();
        let paris = "12, Rue de Rivoli, Paris".to_owned();
        assert_eq!(told, [(paris, Some("Europe/Paris"))]);
        assert_eq!(decode(b"[]"), Ok(Vec::new()));
        for broken in ["", "{}", "[1]", "<html>"] {
            let fault = decode(broken.as_bytes()).unwrap_err();
            assert!(fault.contains("not a list of places"), "{fault}");
        }
    }

    #[test]
    fn an_address_is_one_value_of_the_question() {
        assert_eq!(
            question("https://geo.example/", "Köln & Umland?limit=9"),
            "https://geo.example/search?q=K%C3%B6ln%20%26%20Umland%3Flimit%3D9&format=jsonv2&limit=5"
        );
    }
}
