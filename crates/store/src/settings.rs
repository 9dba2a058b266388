//! This room's settings.

use model::{Setting, SettingKind};

/// The schemes that `DATABASE_URL` may have.
pub const SCHEMES: &[&str] = &["sqlite", "sqlite+aiosqlite"];

/// The table of this room's settings.
pub static SETTINGS: &[Setting] = &[Setting {
    name: "DATABASE_URL",
    kind: SettingKind::Url(SCHEMES),
    default: "sqlite://consciousness.db",
    example: "sqlite:///var/lib/consciousness/consciousness.db",
    doc: "Where the house is kept. `sqlite://name.db` is relative to the working directory, \
          `sqlite:///folder/name.db` is absolute.",
}];
