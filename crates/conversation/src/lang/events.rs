//! Phrases that are looked for as they are: in the causes of rules (the sun, people who come and go,
//! doors that open), under `[rule]` in a language's file, stretches of the past, under `[period]`, and what
//! figures are asked about, under `[subject]`.

use super::{Forms, State};
use std::collections::HashMap;
use toml::{Table, Value};

/// Phrases by their keys.
#[derive(Debug, Default)]
pub struct Events {
    lists: HashMap<String, Vec<String>>,
    verbs: HashMap<String, State>,
}

impl Events {
    pub(super) fn read(table: &Table, section: &str, forms: &Forms) -> Self {
        let mut events = Self::default();
        let section = table.get(section).and_then(Value::as_table);
        for (key, value) in section.into_iter().flatten() {
            if let Some(verbs) = value.as_table() {
                for (key, words) in verbs {
                    let Some(state) = State::parse(key) else {
                        continue;
                    };
                    for word in words
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                    {
                        events.verbs.insert(forms.folded(word), state);
                    }
                }
                continue;
            }
            let words = value
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            let mut words: Vec<String> = words.map(|word| forms.folded(word)).collect();
            // The longest ending first.
            words.sort_by_key(|word| std::cmp::Reverse(word.len()));
            events.lists.insert(key.clone(), words);
        }
        events
    }

    /// The phrases of that key, the longest first.
    #[must_use]
    pub fn list(&self, key: &str) -> &[String] {
        self.lists.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether words are one of the phrases of that key.
    #[must_use]
    pub fn is(&self, key: &str, words: &str) -> bool {
        self.list(key).iter().any(|known| known == words)
    }

    /// Whether a text holds one of the phrases of that key.
    #[must_use]
    pub fn within(&self, key: &str, text: &str) -> bool {
        self.list(key)
            .iter()
            .any(|known| text.contains(known.as_str()))
    }

    /// A state in the form of a verb: “opens”.
    #[must_use]
    pub fn verb(&self, word: &str) -> Option<State> {
        self.verbs.get(word).copied()
    }
}
