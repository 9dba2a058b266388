//! What happens to the security of the house: kept, logged and counted.

use model::{CauseId, Timestamp};
use store::KeptSecurityEvent;

/// How grave something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Perhaps somebody tries something.
    Warning,
    /// Somebody should look at once.
    Critical,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $severity:ident, $says:literal;)*) => {
        /// What can happen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind { $($(#[$doc])* $variant),* }

        impl EventKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word for it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// How grave it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }

            /// What the log says.
            pub(crate) const fn says(self) -> &'static str {
                match self { $(Self::$variant => $says),* }
            }
        }
    };
}

kinds! {
    /// Somebody signed in.
    SignedIn = "signed_in", Info, "signed in";
    /// Somebody did not get in.
    SignInFailed = "sign_in_failed", Warning, "sign-in failed";
    /// Tries have to wait.
    LockedOut = "locked_out", Warning, "sign-in denied: too many failed before";
    /// Somebody signed out.
    SignedOut = "signed_out", Info, "signed out";
    /// A session was ended by somebody.
    SessionRevoked = "session_revoked", Info, "session revoked";
    /// A refresh token came a second time: it was stolen, by one of the two.
    RefreshReused = "refresh_reused", Critical, "a spent refresh token was used again; its session was revoked, access denied";
    /// A request was refused.
    Denied = "denied", Warning, "request denied";
    /// Too many requests.
    RateLimited = "rate_limited", Warning, "request denied: too many";
    /// The owner was made.
    OwnerMade = "owner_made", Warning, "owner account made";
    /// An account was made.
    AccountMade = "account_made", Info, "account made";
    /// An account's role, areas, end or name changed.
    AccountChanged = "account_changed", Info, "account changed";
    /// An account was removed.
    AccountRemoved = "account_removed", Info, "account removed";
    /// A password was changed.
    PasswordChanged = "password_changed", Info, "password changed";
    /// A second factor was switched on or off.
    SecondFactorChanged = "second_factor_changed", Info, "second factor changed";
    /// A long-lived token was made.
    TokenMade = "token_made", Info, "token made";
    /// A long-lived token was revoked.
    TokenRevoked = "token_revoked", Info, "token revoked";
    /// A program registered itself, to ask people for access.
    ProgramRegistered = "program_registered", Info, "program registered";
    /// Somebody gave a program access.
    AccessGranted = "access_granted", Info, "access granted to a program";
    /// The access of a program was ended.
    AccessEnded = "access_ended", Info, "access of a program ended";
    /// A code of a program came a second time: it was stolen, by one of the two.
    CodeReused = "code_reused", Critical, "a spent code was used again; what came of it was revoked, access denied";
    /// A safety constraint was changed.
    SafetyChanged = "safety_changed", Warning, "safety constraint changed";
    /// Something was unlocked or opened that guards the house.
    Unlocked = "unlocked", Info, "unlocked";
    /// An alarm was disarmed.
    Disarmed = "disarmed", Info, "disarmed";
    /// Somebody had a backup of the whole house taken.
    BackupAsked = "backup_asked", Info, "backup asked for";
    /// A credential in the vault was put, changed or removed.
    VaultChanged = "vault_changed", Info, "credential changed";
    /// Somebody feels around on this server.
    Swept = "swept", Warning, "somebody sweeps over this server";
    /// Somebody asks very much more than is usual, or is refused again and again.
    UnusualRequests = "unusual_requests", Warning, "unusual requests";
    /// A device was found that was never there.
    DeviceNew = "device_new", Info, "new device";
    /// A device was removed.
    DeviceGone = "device_gone", Info, "device removed";
    /// A device that was there does not answer any more.
    DeviceLost = "device_lost", Info, "device vanished";
    /// How the house or its server works was changed.
    SettingChanged = "setting_changed", Info, "setting changed";
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    /// What.
    pub kind: EventKind,
    /// Who it was, or the name that was tried; empty where nobody knows.
    pub who: String,
    /// From where; empty where from nowhere.
    pub address: String,
    /// What and why.
    pub detail: String,
    /// Its cause in the timeline.
    pub cause: Option<CauseId>,
}

impl SecurityEvent {
    /// An event; texts are cut to what is readable in a line.
    #[must_use]
    pub fn new(kind: EventKind, who: &str, address: &str, detail: &str) -> Self {
        Self {
            kind,
            who: line(who, 64),
            address: line(address, 64),
            detail: line(detail, 300),
            cause: None,
        }
    }

    /// With its cause in the timeline.
    #[must_use]
    pub const fn because(mut self, cause: CauseId) -> Self {
        self.cause = Some(cause);
        self
    }

    pub(crate) fn kept(self, at: Timestamp) -> KeptSecurityEvent {
        KeptSecurityEvent {
            number: 0,
            at,
            kind: self.kind.name().to_owned(),
            severity: self.kind.severity().name().to_owned(),
            who: self.who,
            address: self.address,
            detail: self.detail,
            cause: self.cause,
        }
    }
}

/// A text without what could make two lines of one, or turn its direction.
pub(crate) fn line(text: &str, longest: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'))
        .take(longest)
        .collect()
}

/// Of kinds that strangers can cause, how many a minute are kept; the others are logged and counted.
#[derive(Debug, Default)]
pub(crate) struct Flood {
    minute: i64,
    kept: std::collections::HashMap<EventKind, u32>,
}

/// The most of one kind that is kept in a minute.
const A_MINUTE: u32 = 60;

impl Flood {
    pub(crate) fn admits(&mut self, kind: EventKind, now: Timestamp) -> bool {
        let minute = now.as_second() / 60;
        if minute != self.minute {
            self.minute = minute;
            self.kept.clear();
        }
        let kept = self.kept.entry(kind).or_default();
        *kept += 1;
        *kept <= A_MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::{EventKind, Flood, SecurityEvent};
    use model::Timestamp;

    #[test]
    fn one_event_is_one_line() {
        let event = SecurityEvent::new(
            EventKind::SignInFailed,
            "anna\r\n2026-01-01 signed in user=owner\u{202e}",
            "10.0.0.1",
            &"x".repeat(10_000),
        );
        assert_eq!(event.who, "anna2026-01-01 signed in user=owner");
        assert_eq!(event.detail.len(), 300);
    }

    #[test]
    fn a_flood_is_not_kept_whole() {
        let mut flood = Flood::default();
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let kept = (0..1_000)
            .filter(|_| flood.admits(EventKind::Denied, at(0)))
            .count();
        assert_eq!(kept, 60);
        assert!(flood.admits(EventKind::SignedIn, at(0)));
        assert!(flood.admits(EventKind::Denied, at(61)));
    }
}
