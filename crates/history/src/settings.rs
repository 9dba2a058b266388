//! This room's settings.

use model::{Setting, SettingKind};

/// The table of this room's settings.
pub static SETTINGS: &[Setting] = &[
    Setting {
        name: "HISTORY_RETENTION_DAYS",
        kind: SettingKind::Integer(1, 36_500),
        default: "90",
        example: "30",
        doc: "For how many days every sample is kept. Hourly and daily statistics are kept longer.",
    },
    Setting {
        name: "HISTORY_HOURLY_RETENTION_DAYS",
        kind: SettingKind::Integer(1, 36_500),
        default: "730",
        example: "365",
        doc: "For how many days hourly statistics are kept. Daily statistics stay for good.",
    },
    Setting {
        name: "EVENTS_RETENTION_DAYS",
        kind: SettingKind::Integer(1, 36_500),
        default: "365",
        example: "180",
        doc: "For how many days the timeline, ended wishes, runs of scenarios and gaps are kept.",
    },
    Setting {
        name: "CONFIGURATION_RETENTION_DAYS",
        kind: SettingKind::Integer(1, 36_500),
        default: "3650",
        example: "730",
        doc: "For how many days it is kept what the house was set up as, at most 100 000 changes. What stood at \
              the oldest kept moment stays.",
    },
];
