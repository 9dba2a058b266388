//! The settings of the ways out. Each way is off until its target is set.

use super::Quiet;
use crate::document::Clock;
use model::{Setting, SettingKind};

/// The settings of notifications, for the joined table.
pub static SETTINGS: &[Setting] = &[
    Setting {
        name: "NOTIFY_WEBHOOK_URL",
        kind: SettingKind::Url(&["http", "https"]),
        default: "",
        example: "https://example.com/house",
        doc: "Where what a scenario tells people is posted as JSON. Unset, nothing is posted.",
    },
    Setting {
        name: "NOTIFY_WEBHOOK_TOKEN",
        kind: SettingKind::Secret,
        default: "",
        example: "a token",
        doc: "What is sent along as `Authorization: Bearer`.",
    },
    Setting {
        name: "NOTIFY_PUSH_URL",
        kind: SettingKind::Url(&["http", "https"]),
        default: "",
        example: "https://ntfy.example.com/our-house",
        doc: "The topic of an ntfy server that messages are pushed to. Unset, nothing is pushed.",
    },
    Setting {
        name: "NOTIFY_PUSH_TOKEN",
        kind: SettingKind::Secret,
        default: "",
        example: "tk_a_token",
        doc: "The access token for that topic.",
    },
    Setting {
        name: "NOTIFY_SMTP_URL",
        kind: SettingKind::Secret,
        default: "",
        example: "smtp://user:password@mail.example.com:587",
        doc: "The mail server that messages go out by: smtp:// (with STARTTLS) or smtps://. Without TLS only to this \
              machine, or where `?tls=none` says so. Unset, no mail is sent.",
    },
    Setting {
        name: "NOTIFY_EMAIL_FROM",
        kind: SettingKind::Text,
        default: "",
        example: "house@example.com",
        doc: "Whom mail comes from.",
    },
    Setting {
        name: "NOTIFY_EMAIL_TO",
        kind: SettingKind::Text,
        default: "",
        example: "anna@example.com, ben@example.com",
        doc: "Whom mail goes to, separated by commas.",
    },
    Setting {
        name: "NOTIFY_MQTT_TOPIC",
        kind: SettingKind::Text,
        default: "",
        example: "house/messages",
        doc: "The topic of the house's MQTT broker that messages are published to as JSON. Unset, none are.",
    },
    Setting {
        name: "NOTIFY_QUIET_FROM",
        kind: SettingKind::Text,
        default: "",
        example: "22:00",
        doc: "From when messages that are not urgent wait, in the house's own time. Unset, none wait.",
    },
    Setting {
        name: "NOTIFY_QUIET_TO",
        kind: SettingKind::Text,
        default: "",
        example: "07:00",
        doc: "Until when they wait.",
    },
];

/// What is set up. Its `Debug` shows no secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Where messages are posted.
    pub webhook: Option<String>,
    /// The token for that.
    pub webhook_token: Option<String>,
    /// The topic that they are pushed to.
    pub push: Option<String>,
    /// The token for that.
    pub push_token: Option<String>,
    /// The mail server, whom mail comes from, and whom it goes to.
    pub email: Option<(String, String, Vec<String>)>,
    /// The MQTT topic.
    pub mqtt: Option<String>,
    /// The quiet hours.
    pub quiet: Option<Quiet>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan")
            .field("webhook", &self.webhook.is_some())
            .field("push", &self.push.is_some())
            .field("email", &self.email.is_some())
            .field("mqtt", &self.mqtt)
            .field("quiet", &self.quiet)
            .finish_non_exhaustive()
    }
}

impl Plan {
    /// Reads the settings.
    ///
    /// # Errors
    /// Every fault at once, a line each, without the values of secrets.
    pub fn read(get: impl Fn(&str) -> String) -> Result<Self, Vec<String>> {
        let full = |name: &str| Some(get(name).trim().to_owned()).filter(|text| !text.is_empty());
        let mut faults = Vec::new();
        let to: Vec<String> = full("NOTIFY_EMAIL_TO")
            .unwrap_or_default()
            .split(',')
            .map(|one| one.trim().to_owned())
            .filter(|one| !one.is_empty())
            .collect();
        let email = match (full("NOTIFY_SMTP_URL"), full("NOTIFY_EMAIL_FROM")) {
            (None, None) if to.is_empty() => None,
            (Some(server), Some(from)) if !to.is_empty() => Some((server, from, to)),
            _ => {
                faults.push(
                    "NOTIFY_SMTP_URL, NOTIFY_EMAIL_FROM and NOTIFY_EMAIL_TO belong together; expected all of them or none"
                        .to_owned(),
                );
                None
            }
        };
        let mqtt = full("NOTIFY_MQTT_TOPIC");
        if mqtt
            .as_ref()
            .is_some_and(|topic| topic.contains(['+', '#', '\0']) || topic.len() > 1_000)
        {
            faults.push("NOTIFY_MQTT_TOPIC is no topic; expected one without + and #, such as house/messages".to_owned());
        }
        let mut clock = |name: &str| {
            let text = full(name)?;
            let clock = Clock::parse(&text);
            if clock.is_none() {
                faults.push(format!(
                    "{name}={text} is no time of the day; expected one such as 22:00"
                ));
            }
            Some(clock)
        };
        let quiet = match (clock("NOTIFY_QUIET_FROM"), clock("NOTIFY_QUIET_TO")) {
            (Some(Some(from)), Some(Some(to))) => Some(Quiet { from, to }),
            (Some(_), None) | (None, Some(_)) => {
                faults.push("NOTIFY_QUIET_FROM and NOTIFY_QUIET_TO belong together; expected both or neither".to_owned());
                None
            }
            _ => None,
        };
        let plan = Self {
            webhook: full("NOTIFY_WEBHOOK_URL"),
            webhook_token: full("NOTIFY_WEBHOOK_TOKEN"),
            push: full("NOTIFY_PUSH_URL"),
            push_token: full("NOTIFY_PUSH_TOKEN"),
            email,
            mqtt,
            quiet,
        };
        if faults.is_empty() {
            Ok(plan)
        } else {
            Err(faults)
        }
    }
}
