//! This room's settings.

use model::{Setting, SettingKind};

/// The table of this room's settings.
pub static SETTINGS: &[Setting] = &[Setting {
    name: "LOG_SENSITIVE_DATA",
    kind: SettingKind::Bool,
    default: "false",
    example: "false",
    doc: "Whether log lines may hold what is said in conversations. Without it they hold only what \
          was understood and how long it took.",
}];
