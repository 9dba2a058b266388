//! The properties of a device, in the order of their paths.

use crate::snapshot::PropertyTwin;
use model::Path;

/// A list that is searched from one end to the other: a device has a handful of properties, and a
/// list of them takes no more memory than they do and is quick to copy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Properties(Vec<(Path, PropertyTwin)>);

impl Properties {
    /// What is known of a property; `None` where it was never reported nor wished.
    #[must_use]
    pub fn get(&self, path: Path) -> Option<&PropertyTwin> {
        self.0
            .iter()
            .find(|(known, _)| *known == path)
            .map(|(_, property)| property)
    }

    /// Every property with its path, in the order of the paths.
    pub fn iter(&self) -> impl Iterator<Item = (Path, &PropertyTwin)> {
        self.0.iter().map(|(path, property)| (*path, property))
    }

    /// Every property.
    pub fn values(&self) -> impl Iterator<Item = &PropertyTwin> {
        self.0.iter().map(|(_, property)| property)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut PropertyTwin> {
        self.0.iter_mut().map(|(_, property)| property)
    }

    /// A property, which begins to be known where it was not.
    pub(crate) fn of(&mut self, path: Path) -> &mut PropertyTwin {
        let known = self.0.iter().position(|(known, _)| *known == path);
        let at = known.unwrap_or_else(|| {
            let at = self.0.partition_point(|(known, _)| *known < path);
            self.0.insert(at, (path, PropertyTwin::default()));
            at
        });
        &mut self.0[at].1
    }

    /// Drops what is wished and not reached.
    pub(crate) fn forget_wishes(&mut self) {
        for property in self.values_mut() {
            property.desired = None;
        }
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(Path) -> bool) {
        self.0.retain(|(path, _)| keep(*path));
    }
}

#[cfg(test)]
mod tests {
    use super::Properties;
    use model::Path;

    #[test]
    fn they_stand_in_order_and_each_once() {
        let path = |text: &str| text.parse::<Path>().unwrap();
        let mut all = Properties::default();
        for text in [
            "OnOff.on_off",
            "2:OnOff.on_off",
            "LevelControl.current_level",
            "OnOff.on_off",
        ] {
            all.of(path(text));
        }
        let order: Vec<String> = all.iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(
            order,
            [
                "LevelControl.current_level",
                "OnOff.on_off",
                "2:OnOff.on_off"
            ]
        );
        assert!(all.get(path("2:OnOff.on_off")).is_some());
        all.retain(|path| path.endpoint == 1);
        assert!(all.get(path("2:OnOff.on_off")).is_none());
        assert_eq!(all.values().count(), 2);
    }
}
