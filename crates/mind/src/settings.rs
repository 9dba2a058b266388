//! This room's settings.

use model::{Setting, SettingKind};

/// The table of this room's settings.
pub static SETTINGS: &[Setting] = &[
    Setting {
        name: "EMOTION_UPDATE_INTERVAL",
        kind: SettingKind::Integer(1, 86_400),
        default: "300",
        example: "600",
        doc: "How often the house thinks about how it is, in seconds of house time. What matters (an alarm, a device \
              that goes away, a rule that fails) is felt at once.",
    },
    Setting {
        name: "MEMORY_RETENTION_DAYS",
        kind: SettingKind::Integer(0, 36_500),
        default: "365",
        example: "30",
        doc: "For how many days the house keeps what it learned by itself (episodes, patterns, predictions, \
              alerts that ended) and contexts that are over; 0 keeps them for good. What people told it stays \
              until they forget it.",
    },
];
