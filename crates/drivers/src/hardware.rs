//! Hardware addresses: how they are written, whether they mean anything, and who they are
//! registered to.

use macaddr_ouidb::OUI_DB_BUNDLED;
use std::fmt;

/// A hardware address of six bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Mac(pub(crate) [u8; 6]);

impl Mac {
    /// Reads `aa:bb:cc:dd:ee:ff`, with `-` or `_` between the bytes as well, in any case.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 6];
        let mut parts = text.split([':', '-', '_']);
        for byte in &mut bytes {
            let part = parts.next()?;
            if part.is_empty() || part.len() > 2 || !part.bytes().all(|c| c.is_ascii_hexdigit()) {
                return None;
            }
            *byte = u8::from_str_radix(part, 16).ok()?;
        }
        parts.next().is_none().then_some(Self(bytes))
    }

    /// The six bytes at the start of a slice.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.get(..6)?.try_into().ok()?))
    }

    /// Whether it can be one thing's: neither of a group nor of nobody.
    pub(crate) fn is_somebodys(self) -> bool {
        self.0[0] & 1 == 0 && self.0 != [0; 6]
    }

    /// Whether its owner made it up, as phones do against being followed; then no maker is
    /// registered for it.
    pub(crate) fn is_private(self) -> bool {
        self.0[0] & 2 != 0
    }

    /// Whom it is registered to.
    pub(crate) fn vendor(self) -> Option<String> {
        if self.is_private() || !self.is_somebodys() {
            return None;
        }
        let entry = OUI_DB_BUNDLED.lookup(&self.0)?;
        let name = entry.name().trim();
        // What the registry keeps for itself, or does not tell, is nobody's name.
        let is_name = !name.is_empty()
            && !name.eq_ignore_ascii_case("private")
            && !name.starts_with("IEEE Registration");
        is_name.then(|| name.to_owned())
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A stranger's text, fit to be shown: one line, without control characters, not endless.
pub(crate) fn plain(text: &str, longest: usize) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(longest)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Mac, plain};

    #[test]
    fn addresses_are_read_in_any_dress() {
        for text in [
            "A4:C1:38:11:22:33",
            "a4-c1-38-11-22-33",
            "A4_C1_38_11_22_33",
        ] {
            assert_eq!(
                Mac::parse(text).expect(text).to_string(),
                "a4:c1:38:11:22:33"
            );
        }
        for text in [
            "",
            "a4",
            "a4:c1:38:11:22",
            "a4:c1:38:11:22:33:44",
            "+4:c1:38:11:22:33",
        ] {
            assert_eq!(Mac::parse(text), None, "{text}");
        }
    }

    #[test]
    fn makers_are_known_and_private_addresses_have_none() {
        let vendor = |text| Mac::parse(text).and_then(Mac::vendor);
        // Blocks of 24, 28 and 36 bits.
        assert_eq!(vendor("24:0a:c4:00:00:01").as_deref(), Some("Espressif"));
        assert!(vendor("b8:27:eb:00:00:01").is_some_and(|name| name.contains("Raspberry")));
        assert_eq!(vendor("da:a1:19:00:00:01"), None);
        assert_eq!(vendor("00:00:00:00:00:00"), None);
        assert!(Mac([0xda, 0xa1, 0x19, 0, 0, 1]).is_private());
    }

    #[test]
    fn words_of_strangers_are_tamed() {
        assert_eq!(plain(" tv\u{7}\n ", 10).as_deref(), Some("tv"));
        assert_eq!(plain("\u{0}", 10), None);
        assert_eq!(plain("abcdef", 3).as_deref(), Some("abc"));
    }
}
