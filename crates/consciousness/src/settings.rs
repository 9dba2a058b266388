//! The settings of all rooms as one table, read from the environment, `.env` and `config/<ENVIRONMENT>.yaml`.
//!
//! The environment wins over `.env`, `.env` over the YAML file, and that over the default. All faults are
//! listed at once.

mod files;

use model::{Setting, SettingKind};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// The binary's own rows.
static OWN: &[Setting] = &[
    Setting {
        name: "HOUSE_NAME",
        kind: SettingKind::Text,
        default: "Home",
        example: "Hazel House",
        doc: "What the house is called on the page.",
    },
    Setting {
        name: "TIMEZONE",
        kind: SettingKind::Text,
        default: "",
        example: "Europe/Berlin",
        doc: "The IANA time zone of the house. Empty means that of the place that the household chose, else the \
              machine's own.",
    },
    Setting {
        name: "HOUSE_LATITUDE",
        kind: SettingKind::Text,
        default: "",
        example: "52.37",
        doc: "Degrees north of the house, for sunrise and sunset. It never leaves the house by itself. A place that \
              the household chose on the page or in a conversation counts more.",
    },
    Setting {
        name: "HOUSE_LONGITUDE",
        kind: SettingKind::Text,
        default: "",
        example: "4.90",
        doc: "Degrees east of the house.",
    },
    Setting {
        name: "ENVIRONMENT",
        kind: SettingKind::OneOf(&["development", "production"]),
        default: "development",
        example: "development",
        doc: "In development the operator on this machine needs no password. In production everybody signs \
              in, SECRET_KEY and JWT_SECRET_KEY are needed, and the server may listen for other machines.",
    },
    Setting {
        name: "DEBUG",
        kind: SettingKind::Bool,
        default: "false",
        example: "true",
        doc: "Logs more (as LOG_LEVEL=debug does) and tells more in error answers.",
    },
    Setting {
        name: "LOG_LEVEL",
        kind: SettingKind::OneOf(&["error", "warn", "info", "debug", "trace"]),
        default: "info",
        example: "debug",
        doc: "How much is logged.",
    },
    Setting {
        name: "LOG_FILE",
        kind: SettingKind::Path,
        default: "logs/consciousness.log",
        example: "/var/log/consciousness/consciousness.log",
        doc: "Where the log goes besides the console. security.log (sign-ins, denials, new devices) and \
              access.log (a line a request) stand beside it.",
    },
    Setting {
        name: "LOG_FORMAT",
        kind: SettingKind::OneOf(&["text", "json"]),
        default: "text",
        example: "json",
        doc: "Lines for people, or JSON lines for programs. access.log has the common log format in any case.",
    },
    Setting {
        name: "LOG_REQUESTS",
        kind: SettingKind::Bool,
        default: "true",
        example: "false",
        doc: "Whether access.log is written.",
    },
    Setting {
        name: "LOG_MAX_MIB",
        kind: SettingKind::Integer(1, 65_536),
        default: "64",
        example: "16",
        doc: "The size, in MiB, at which a log file that nobody rotates is put aside as `<name>.1`. What bore \
              that name before is gone.",
    },
    Setting {
        name: "FEATURES_OFF",
        kind: SettingKind::Text,
        default: "",
        example: "learning,initiative",
        doc: "Features that are off unless somebody switches them on over the API, separated by commas: rules, \
              initiative, language_model, discovery, learning. A reload takes it up.",
    },
    Setting {
        name: "SIM_PORT",
        kind: SettingKind::Integer(0, 65_535),
        default: "8001",
        example: "8001",
        doc: "The port of the simulator's page, with `serve --simulate`. 0 means any free one.",
    },
];

/// The chapters of the table: whose rows they are, for the reference page.
pub fn chapters() -> Vec<(&'static str, &'static [Setting])> {
    vec![
        ("The house", OWN),
        ("API", api::SETTINGS),
        ("Accounts", auth::SETTINGS),
        ("Database", store::SETTINGS),
        ("Backups", crate::keep::SETTINGS),
        ("History", history::SETTINGS),
        ("Conversation", conversation::SETTINGS),
        ("Devices", drivers::SETTINGS),
        ("Messages", automation::notify::SETTINGS),
        ("The mind", mind::SETTINGS),
    ]
}

/// Settings that were read and are right.
#[derive(Debug, Clone)]
pub struct Settings {
    values: BTreeMap<&'static str, String>,
    given: Vec<&'static str>,
    /// Those that the vault gave.
    filled: Vec<&'static str>,
}

/// All that is wrong with the settings.
#[derive(Debug, thiserror::Error)]
#[error("{}", rendered(.0))]
pub struct Faults(Vec<Fault>);

#[derive(Debug)]
struct Fault {
    name: &'static str,
    value: String,
    wrong: String,
    example: &'static str,
}

impl Settings {
    /// Reads the environment and the files of a folder.
    pub fn read(folder: &Path) -> Result<Self, Faults> {
        let (env_file, mut broken) = files::env_file(&folder.join(".env"));
        let near = |name: &str| {
            let set = std::env::var(name).ok().filter(|value| !value.is_empty());
            set.or_else(|| env_file.get(name).cloned())
        };
        let (yaml, wrong) = files::yaml_file(folder, near("ENVIRONMENT").as_deref());
        broken.extend(wrong);
        let read = Self::from(|name| near(name).or_else(|| yaml.get(name).cloned()));
        match read {
            Ok(read) if broken.is_empty() => Ok(read),
            Ok(_) => Err(Faults(broken)),
            Err(mut faults) => {
                faults.0.append(&mut broken);
                Err(faults)
            }
        }
    }

    /// Reads from anywhere.
    pub fn from(look_up: impl Fn(&str) -> Option<String>) -> Result<Self, Faults> {
        let mut values = BTreeMap::new();
        let mut given = Vec::new();
        let mut faults = Vec::new();
        for setting in chapters().into_iter().flat_map(|(_, rows)| rows) {
            let found = look_up(setting.name)
                .map(|v| v.trim().to_owned())
                .filter(|v| !v.is_empty());
            let Some(value) = found else {
                values.insert(setting.name, setting.default.to_owned());
                continue;
            };
            given.push(setting.name);
            match checked(setting, &value) {
                Ok(value) => {
                    values.insert(setting.name, value);
                }
                Err(wrong) => {
                    let value = if is_secret(setting) {
                        "(hidden)".to_owned()
                    } else {
                        value
                    };
                    faults.push(Fault {
                        name: setting.name,
                        value,
                        wrong,
                        example: setting.example,
                    });
                }
            }
        }
        if faults.is_empty() {
            Ok(Self {
                values,
                given,
                filled: Vec::new(),
            })
        } else {
            Err(Faults(faults))
        }
    }

    /// The text of a setting; empty where it is unset and has no default.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// The truth of a setting.
    pub fn truth(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// The number of a setting; checked when it was read.
    pub fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_default()
    }

    /// A number that cannot be below zero.
    pub fn whole(&self, name: &str) -> u64 {
        u64::try_from(self.number(name)).unwrap_or_default()
    }

    /// The names of the settings whose values differ in `other`.
    pub fn differ(&self, other: &Self) -> Vec<&'static str> {
        let differs = |name: &&'static str| self.text(name) != other.text(name);
        self.values.keys().copied().filter(differs).collect()
    }

    /// A setting's value for people, with secrets and credentials hidden.
    pub(crate) fn said(&self, name: &str) -> String {
        let mut rows = chapters().into_iter().flat_map(|(_, rows)| rows);
        let row = rows.find(|row| row.name == name);
        match self.text(name) {
            "" => "(not set)".to_owned(),
            _ if row.is_none_or(is_secret) => "(hidden)".to_owned(),
            value => without_credentials(value),
        }
    }

    /// The same for what is kept: of an address on the web only where that is. What follows may be all that
    /// guards it, as with the webhooks of chat rooms.
    pub(crate) fn noted(&self, name: &str) -> String {
        let said = self.said(name);
        let Some((scheme, rest)) = said.split_once("://").filter(|it| it.0.starts_with("http"))
        else {
            return said;
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        match rest.len() > host.len() + 1 {
            true => format!("{scheme}://{host}/…"),
            false => said,
        }
    }

    /// The port of a setting.
    pub fn port(&self, name: &str) -> u16 {
        u16::try_from(self.number(name)).unwrap_or_default()
    }

    /// Takes what the vault has for a setting that nobody set.
    pub(crate) fn fill(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
        self.filled.push(name);
    }

    /// Whether somebody set it (and it is not the default that applies).
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains(&name)
    }

    /// The settings in effect, a line each, with secrets and credentials hidden.
    pub fn shown(&self) -> String {
        let mut text = String::new();
        for setting in chapters().into_iter().flat_map(|(_, rows)| rows) {
            let value = self.said(setting.name);
            let origin = if self.is_given(setting.name) {
                ""
            } else if self.filled.contains(&setting.name) {
                "   # vault"
            } else {
                "   # default"
            };
            let _ = writeln!(text, "{}={value}{origin}", setting.name);
        }
        text
    }
}

const fn is_secret(setting: &Setting) -> bool {
    matches!(setting.kind, SettingKind::Secret)
}

/// A URL without user and password.
fn without_credentials(value: &str) -> String {
    match value.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, place)) => format!("{scheme}://(hidden)@{place}"),
            None => value.to_owned(),
        },
        // A URL whose scheme was forgotten may hold a password all the same.
        None => match value.rsplit_once('@') {
            Some((_, place)) => format!("(hidden)@{place}"),
            None => value.to_owned(),
        },
    }
}

/// The value in its plain form, or what is wrong with it.
fn checked(setting: &Setting, value: &str) -> Result<String, String> {
    match setting.kind {
        SettingKind::Text | SettingKind::Path | SettingKind::Secret => Ok(value.to_owned()),
        SettingKind::Bool => match value.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok("true".to_owned()),
            "false" | "0" | "no" | "off" => Ok("false".to_owned()),
            _ => Err("expected true or false".to_owned()),
        },
        SettingKind::Integer(min, max) => match value.parse::<i64>() {
            Ok(number) if (min..=max).contains(&number) => Ok(number.to_string()),
            _ => Err(format!("expected a whole number from {min} to {max}")),
        },
        SettingKind::OneOf(words) => {
            let word = value.to_ascii_lowercase();
            // Python's word for it is in many an old `.env`.
            let word = if word == "warning" {
                "warn".to_owned()
            } else {
                word
            };
            if words.contains(&word.as_str()) {
                Ok(word)
            } else {
                Err(format!("expected one of {}", words.join(", ")))
            }
        }
        SettingKind::Url(schemes) => {
            let scheme = value
                .split_once("://")
                .map(|(scheme, _)| scheme.to_ascii_lowercase());
            if scheme.is_some_and(|scheme| schemes.contains(&scheme.as_str())) {
                Ok(value.to_owned())
            } else {
                Err(format!(
                    "expected a URL that begins with {}",
                    schemes.join(":// or ") + "://"
                ))
            }
        }
    }
}

fn rendered(faults: &[Fault]) -> String {
    let mut text = match faults.len() {
        1 => "One setting is wrong:".to_owned(),
        number => format!("{number} settings are wrong:"),
    };
    for Fault {
        name,
        value,
        wrong,
        example,
    } in faults
    {
        let value = without_credentials(value);
        let _ = write!(
            text,
            "\n  {name}={value}\n    {wrong}; for example {name}={example}"
        );
    }
    text.push_str("\nSet them in the environment, in the file .env or in config/<environment>.yaml; `consciousness config \
         reference` explains each.");
    text
}

/// `.env.example`: every setting with its default and what it is for.
pub fn example_file() -> String {
    let mut text = String::from(
        "# The settings of Consciousness. Copy this file to .env and change what you need;\n\
         # the environment wins over this file. Generated by `consciousness config example`.\n",
    );
    for (chapter, rows) in chapters() {
        let _ = write!(text, "\n# --- {chapter} ---\n");
        for setting in rows {
            let _ = writeln!(text, "\n# {}\n# {}", plain(setting.doc), takes(setting));
            let _ = writeln!(text, "#{}={}", setting.name, setting.default);
        }
    }
    text
}

/// The reference page of the settings.
pub fn reference_page() -> String {
    let mut text = String::from(
        "# Settings\n\nRead from the environment, then from `.env` in the working directory, then from \
         `config/development.yaml` or `config/production.yaml` there (by `ENVIRONMENT`; the same names, a list \
         stands for values with commas between), then the default. \
         Generated by `consciousness config reference`.\n",
    );
    for (chapter, rows) in chapters() {
        let _ = write!(
            text,
            "\n## {chapter}\n\n| Setting | Takes | Default | What it is for |\n|---|---|---|---|\n"
        );
        for setting in rows {
            let default = if setting.default.is_empty() {
                "not set".to_owned()
            } else {
                format!("`{}`", setting.default)
            };
            let _ = writeln!(
                text,
                "| `{}` | {} | {default} | {} |",
                setting.name,
                takes(setting),
                plain(setting.doc)
            );
        }
    }
    text
}

fn plain(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn takes(setting: &Setting) -> String {
    match setting.kind {
        SettingKind::Text => format!("A text, such as {}", setting.example),
        SettingKind::Path => format!("A path, such as {}", setting.example),
        SettingKind::Secret => "A secret text".to_owned(),
        SettingKind::Bool => "true or false".to_owned(),
        SettingKind::Integer(min, max) => format!("A whole number from {min} to {max}"),
        SettingKind::OneOf(words) => format!("One of {}", words.join(", ")),
        SettingKind::Url(_) => format!("A URL, such as {}", setting.example),
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    fn read(rows: &[(&str, &str)]) -> Result<Settings, String> {
        let rows: Vec<(String, String)> = rows
            .iter()
            .map(|(n, v)| ((*n).into(), (*v).into()))
            .collect();
        Settings::from(|name| rows.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
            .map_err(|faults| faults.to_string())
    }

    #[test]
    fn defaults_apply() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.text("DATABASE_URL"), "sqlite://consciousness.db");
        assert_eq!(
            (settings.text("API_HOST"), settings.port("API_PORT")),
            ("127.0.0.1", 8000)
        );
        assert!(!settings.is_given("API_PORT"));
    }

    #[test]
    fn all_faults_are_listed_at_once_with_an_example() {
        let faults = read(&[
            ("API_PORT", "eighty"),
            ("LOG_LEVEL", "loud"),
            ("DEBUG", "perhaps"),
        ])
        .unwrap_err();
        for part in [
            "3 settings are wrong",
            "API_PORT=eighty",
            "from 0 to 65535",
            "LOG_LEVEL=loud",
            "DEBUG=perhaps",
        ] {
            assert!(faults.contains(part), "{part} is missing in:\n{faults}");
        }
    }

    #[test]
    fn credentials_are_never_shown() {
        let settings = read(&[("MQTT_URL", "mqtt://anna:hunter2@broker:1883")]).unwrap();
        assert!(!settings.shown().contains("hunter2"));
        assert!(
            !read(&[("MQTT_URL", "http://anna:hunter2@broker")])
                .unwrap_err()
                .contains("hunter2")
        );
    }
}
