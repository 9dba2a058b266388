//! How long a provider may take to say its first byte. Who takes the connection and then says nothing
//! must not keep a person waiting; a small machine that thinks before it speaks is not ill. So the first
//! wait is short, and what a provider was late with is waited for behind the person's back: one that does
//! come is given more patience from then on.

use std::time::Duration;

/// How long a first byte is waited for, until a provider has shown that it needs longer.
pub const FIRST: Duration = Duration::from_millis(1_500);

/// How fast a provider is known to begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    first: Duration,
    seen: Option<Duration>,
}

impl Pace {
    pub(super) const fn new(first: Duration) -> Self {
        Self { first, seen: None }
    }

    /// How long its first byte is waited for now: twice what it took, and never less than is set.
    pub(super) fn patience(&self) -> Duration {
        self.seen
            .map_or(self.first, |seen| self.first.max(seen * 2))
    }

    /// It began after so long. What it took before counts less and less.
    pub(super) fn began_after(&mut self, took: Duration) {
        let before = self.seen.map_or(Duration::ZERO, |seen| seen * 3 / 4);
        self.seen = Some(took.max(before));
    }

    /// It did not begin at all: what it took before says nothing any more.
    pub(super) const fn never_began(&mut self) {
        self.seen = None;
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use std::time::Duration;

    #[test]
    fn patience_follows_what_was_seen() {
        let ms = Duration::from_millis;
        let mut pace = Pace::new(ms(1_500));
        assert_eq!(pace.patience(), ms(1_500));
        pace.began_after(ms(200));
        assert_eq!(pace.patience(), ms(1_500));
        pace.began_after(ms(4_000));
        assert_eq!(pace.patience(), ms(8_000));
        pace.began_after(ms(400));
        assert_eq!(pace.patience(), ms(6_000));
        pace.never_began();
        assert_eq!(pace.patience(), ms(1_500));
    }
}
