//! The address of a property on a device: `OnOff.on_off`, or `2:OnOff.on_off` on endpoint 2.

use super::{Capability, Property};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// One property of one endpoint. It cannot name what no table has.
#[derive(Clone, Copy)]
pub struct Path {
    /// The endpoint; 1 is the device's main one.
    pub endpoint: u16,
    /// The capability.
    pub capability: &'static Capability,
    /// The property of it.
    pub property: &'static Property,
}

/// The text names no property.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no property; expected Capability.property such as OnOff.on_off, or 2:OnOff.on_off for endpoint 2"
)]
pub struct PathError {
    /// What was given, shortened.
    pub text: String,
}

impl Path {
    /// What identifies it.
    fn key(&self) -> (u16, &'static str, &'static str) {
        (self.endpoint, self.capability.name, self.property.name)
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        // Tables stand in one place each, so that names rarely need to be compared.
        let same = std::ptr::eq(self.property, other.property)
            && std::ptr::eq(self.capability, other.capability);
        self.endpoint == other.endpoint && (same || self.key() == other.key())
    }
}

impl Eq for Path {}

impl PartialOrd for Path {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Path {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The capability adds little to tell paths apart, and hashing names is what lookups cost.
        (self.endpoint, self.property.name).hash(state);
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.endpoint != 1 {
            write!(f, "{}:", self.endpoint)?;
        }
        write!(f, "{}.{}", self.capability.name, self.property.name)
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let parse = || {
            let (endpoint, rest) = match text.split_once(':') {
                Some((endpoint, rest)) => (endpoint.parse().ok()?, rest),
                None => (1, text),
            };
            let (capability, property) = rest.split_once('.')?;
            let capability = Capability::find(capability)?;
            Some(Self {
                endpoint,
                capability,
                property: capability.property(property)?,
            })
        };
        parse().ok_or_else(|| PathError {
            text: text.chars().take(80).collect(),
        })
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_path_reads_back() {
        for text in [
            "OnOff.on_off",
            "2:OnOff.on_off",
            "TemperatureMeasurement.temperature",
        ] {
            assert_eq!(
                text.parse::<Path>().map(|path| path.to_string()).as_deref(),
                Ok(text)
            );
        }
        for text in [
            "",
            "OnOff",
            "OnOff.colour",
            "x:OnOff.on_off",
            "70000:OnOff.on_off",
        ] {
            assert!(text.parse::<Path>().is_err(), "{text}");
        }
    }
}
