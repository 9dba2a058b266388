//! Whether a device answers: lists of topics, each with its words and a template, and a mode.

use super::{
    config::Config,
    entity::Read,
    payload::Payload,
    template::{Engine, Rendered, Template},
};
use std::collections::BTreeMap;

/// When an entity counts as available.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Availability {
    pub(super) mode: Mode,
    pub(super) sources: Vec<Source>,
}

/// How the answers of several topics become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// All must say yes.
    All,
    /// One yes is enough.
    Any,
    /// The last word counts.
    Latest,
}

/// One topic that says whether the device answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    pub(super) topic: String,
    template: Option<Template>,
    yes: String,
    no: String,
}

/// What the topics have said so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    said: BTreeMap<usize, bool>,
    latest: Option<bool>,
}

impl Availability {
    /// Reads the availability of an entity's message; `None` where it has none.
    pub(super) fn read(config: &Config, engine: &mut Engine) -> Result<Option<Self>, String> {
        let mode = match config.text("availability_mode").as_deref() {
            Some("all") => Mode::All,
            Some("any") => Mode::Any,
            _ => Mode::Latest,
        };
        let mut sources = Vec::new();
        for entry in config.availability() {
            let Some(topic) = entry.topic("topic")? else {
                continue;
            };
            sources.push(Source {
                topic,
                template: entry.template("value_template", engine)?,
                yes: entry.word("payload_available", "online"),
                no: entry.word("payload_not_available", "offline"),
            });
        }
        Ok((!sources.is_empty()).then_some(Self { mode, sources }))
    }
}

impl Source {
    /// What the payload says; `None` where it says neither.
    pub(super) fn read(
        &self,
        payload: &Payload<'_>,
        engine: &mut Engine,
    ) -> Result<Option<bool>, String> {
        match engine.render(self.template.as_ref(), payload)? {
            Rendered::Text(text) => {
                let said = Read::truth(self.yes.as_str(), self.no.as_str()).value(Some(&text))?;
                if let Some(Some(value)) = said {
                    return Ok(value.as_bool());
                }
                // zigbee2mqtt and others moved from `online` to `{"state":"online"}`; a message
                // without a template may meet either.
                let state = payload.json().and_then(|json| json.get("state")?.as_str());
                Ok(state.and_then(|state| {
                    let read = Read::truth(self.yes.as_str(), self.no.as_str());
                    read.value(Some(state)).ok()??.as_ref()?.as_bool()
                }))
            }
            Rendered::Missing | Rendered::Null => Ok(None),
        }
    }
}

impl Known {
    /// Keeps what one topic said.
    pub(super) fn say(&mut self, source: usize, yes: bool) {
        self.said.insert(source, yes);
        self.latest = Some(yes);
    }

    /// Whether the entity is available; `None` where nobody has said enough.
    pub(super) fn verdict(&self, availability: &Availability) -> Option<bool> {
        let all_said = self.said.len() == availability.sources.len();
        match availability.mode {
            Mode::Latest => self.latest,
            Mode::All if self.said.values().any(|yes| !yes) => Some(false),
            Mode::All => all_said.then_some(true),
            Mode::Any if self.said.values().any(|yes| *yes) => Some(true),
            Mode::Any => all_said.then_some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Availability, Known, Mode, Source};

    #[test]
    fn modes_join_what_the_topics_say() {
        let source = Source {
            topic: "a".to_owned(),
            template: None,
            yes: "online".to_owned(),
            no: "offline".to_owned(),
        };
        for (mode, said, expected) in [
            (Mode::All, &[][..], None),
            (Mode::All, &[(0, true)], None),
            (Mode::All, &[(0, true), (1, true)], Some(true)),
            (Mode::All, &[(1, false)], Some(false)),
            (Mode::Any, &[(0, false)], None),
            (Mode::Any, &[(0, false), (1, true)], Some(true)),
            (Mode::Any, &[(0, false), (1, false)], Some(false)),
            (Mode::Latest, &[(0, true), (1, false)], Some(false)),
            (Mode::Latest, &[(1, false), (0, true)], Some(true)),
        ] {
            let availability = Availability {
                mode,
                sources: vec![source.clone(), source.clone()],
            };
            let mut known = Known::default();
            for (at, yes) in said {
                known.say(*at, *yes);
            }
            assert_eq!(known.verdict(&availability), expected, "{mode:?} {said:?}");
        }
    }
}
