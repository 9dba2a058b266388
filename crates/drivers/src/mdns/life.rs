//! For how long what a record says holds, and when to ask for it again.

use std::time::Duration;

/// No record holds for less, or for more.
const SHORTEST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(75 * 60);
/// What is taken back may be said again at once, by a thing that has moved.
const GRACE: Duration = Duration::from_secs(2);
/// How long a thing has that does not answer.
const DOUBT: Duration = Duration::from_secs(10);

/// The life of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    until: Duration,
    span: Duration,
    /// How often it was asked for since it was heard.
    asked: u8,
    /// Why it ends sooner than it said at first.
    cut: Option<Cut>,
}

/// Why a record ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// It was taken back.
    Goodbye,
    /// It was asked for and did not answer.
    Doubt,
    /// What it was heard on is gone.
    Interface,
}

impl Life {
    pub(super) fn new(ttl: u32, now: Duration) -> Self {
        let span = Duration::from_secs(ttl.into()).clamp(SHORTEST, LONGEST);
        Self {
            until: now + span,
            span,
            asked: 0,
            cut: None,
        }
    }

    pub(super) fn is_over(&self, now: Duration) -> bool {
        now >= self.until
    }

    pub(super) fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// Ends it soon, for a reason.
    pub(super) fn shorten(&mut self, cut: Cut, now: Duration) {
        let left = match cut {
            Cut::Doubt => DOUBT,
            Cut::Goodbye | Cut::Interface => GRACE,
        };
        if now + left < self.until {
            (self.until, self.span) = (now + left, left);
            (self.asked, self.cut) = (0, Some(cut));
        }
    }

    /// Whether it is time to ask for it again: when a fifth, a tenth, a twentieth of it is left.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        let share = match self.asked {
            0 => 5,
            1 => 10,
            2 => 20,
            _ => return false,
        };
        let is_due = now + self.span / share >= self.until;
        if is_due {
            self.asked += 1;
        }
        is_due
    }
}

/// Something that was never heard and is asked for a few times.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Missing {
    asked: u8,
    next: Duration,
}

impl Missing {
    /// Whether to ask now: at once, after one second and after three more.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        if self.asked >= 3 || now < self.next {
            return false;
        }
        self.asked += 1;
        self.next = now + Duration::from_secs(if self.asked == 1 { 1 } else { 3 });
        true
    }
}
