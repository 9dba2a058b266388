//! The settings of this crate.

use model::{Setting, SettingKind};

/// The settings of accounts and keys, for the joined table.
pub static SETTINGS: &[Setting] = &[
    Setting {
        name: "SECRET_KEY",
        kind: SettingKind::Secret,
        default: "",
        example: "what `openssl rand -base64 32` prints",
        doc: "Signs the cookies of browsers; another one signs everybody out. Needed in production, where \
              samples and short ones are refused; in development one is made and kept beside the database.",
    },
    Setting {
        name: "JWT_SECRET_KEY",
        kind: SettingKind::Secret,
        default: "",
        example: "what `openssl rand -base64 32` prints",
        doc: "Signs the access and refresh tokens of programs; another one ends them all. Long-lived API \
              tokens go on. Needed in production, as SECRET_KEY is.",
    },
    Setting {
        name: "ENCRYPTION_KEY_FILE",
        kind: SettingKind::Path,
        default: "",
        example: "/etc/consciousness/encryption.key",
        doc: "A file that holds ENCRYPTION_KEY, where that is not set; outside the folder of the database. \
              systemd's credential `encryption_key` is taken where neither is set.",
    },
    Setting {
        name: "ENCRYPTION_KEY",
        kind: SettingKind::Secret,
        default: "",
        example: "what `openssl rand -base64 32` prints",
        doc: "Opens the vault of credentials, and encrypts second factors. Samples and short ones are refused; \
              without it the vault is closed, and SECRET_KEY encrypts second factors and must then stay the \
              same.",
    },
    Setting {
        name: "MAX_FAILED_AUTH_ATTEMPTS",
        kind: SettingKind::Integer(1, 1_000),
        default: "5",
        example: "5",
        doc: "How often a password may be wrong, by account and by address, before each further try has to \
              wait, longer each time: at most half a minute for an account, a quarter of an hour for an \
              address.",
    },
    Setting {
        name: "OAUTH_REGISTRATION",
        kind: SettingKind::Bool,
        default: "true",
        example: "true",
        doc: "Whether programs may register themselves to ask people for access (OAuth). Without it those that \
              are known go on; a registration that nobody says yes to is forgotten after an hour.",
    },
];

/// The settings in effect.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `MAX_FAILED_AUTH_ATTEMPTS`
    pub attempts: u32,
    /// `OAUTH_REGISTRATION`
    pub takes_programs: bool,
}

impl Settings {
    /// From checked texts: `get` gives the value of a setting of [`SETTINGS`].
    #[must_use]
    pub fn read(get: impl Fn(&str) -> String) -> Self {
        let defaults = Self::default();
        Self {
            attempts: get("MAX_FAILED_AUTH_ATTEMPTS")
                .trim()
                .parse()
                .unwrap_or(defaults.attempts),
            takes_programs: get("OAUTH_REGISTRATION").trim() != "false",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            attempts: 5,
            takes_programs: true,
        }
    }
}
