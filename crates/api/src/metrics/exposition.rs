//! The text format 0.0.4, for what is read off at a scrape.

use std::fmt::Write;

/// Families in the text format.
#[derive(Debug, Default)]
pub(crate) struct Exposition(String);

impl Exposition {
    /// Begins a family; its samples follow.
    pub(crate) fn family(&mut self, name: &str, sort: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {sort}");
    }

    /// One sample.
    pub(crate) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            self.0.push(if index == 0 { '{' } else { ',' });
            let _ = write!(self.0, "{label}=\"");
            for character in text.chars() {
                match character {
                    '\\' => self.0.push_str("\\\\"),
                    '"' => self.0.push_str("\\\""),
                    '\n' => self.0.push_str("\\n"),
                    character => self.0.push(character),
                }
            }
            self.0.push('"');
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }

    /// A family of one sample without labels; nothing where the value is not known.
    pub(crate) fn single(&mut self, name: &str, sort: &str, help: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.family(name, sort, help);
            self.sample(name, &[], value);
        }
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Exposition;

    #[test]
    fn labels_are_escaped() {
        let mut text = Exposition::default();
        text.family("a", "gauge", "Help.");
        text.sample("a", &[("b", "say \"hi\"\\\n"), ("c", "d")], f64::NAN);
        let expected =
            "# HELP a Help.\n# TYPE a gauge\na{b=\"say \\\"hi\\\"\\\\\\n\",c=\"d\"} NaN\n";
        assert_eq!(text.finish(), expected);
    }
}
