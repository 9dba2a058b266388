//! Why a model did not answer, for people and for counting.

use std::time::Duration;

/// Why there is no answer of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It cannot be reached.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("it did not answer in time")]
    Slow,
    /// It took the question and said nothing.
    #[error("it said nothing within {} seconds", .0.as_secs_f64())]
    Mute(Duration),
    /// It does not take the key.
    #[error("it does not take the key")]
    Key,
    /// It was asked too often.
    #[error("it was asked too often")]
    TooOften(Option<Duration>),
    /// It refused for another reason.
    #[error("it answers with status {0}")]
    Status(u16),
    /// What it answers cannot be read.
    #[error("what it answers cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// The answer broke off.
    #[error("its answer broke off")]
    Cut,
    /// It went round in circles.
    #[error("it found no end")]
    Loop,
    /// Who asked has gone.
    #[error("who asked has gone")]
    Left,
    /// The tokens of the day are used up.
    #[error("the tokens of the day are used up")]
    Spent,
    /// It failed a moment ago and is not asked again yet.
    #[error("it failed a moment ago: {0}")]
    Resting(&'static str),
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A piece of it is no JSON.
    #[error("a piece of it is no JSON")]
    Json,
    /// There is too much of it.
    #[error("there is too much of it")]
    TooMuch,
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// The provider says that something is wrong.
    #[error("the provider reports `{0}`")]
    Reported(String),
}

impl Failure {
    /// The word for counting.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Slow | Self::Mute(_) => "timeout",
            Self::Key => "key",
            Self::TooOften(_) => "rate_limited",
            Self::Status(_) => "status",
            Self::Malformed(_) => "malformed",
            Self::Cut => "cut",
            Self::Loop => "loop",
            Self::Left => "left",
            Self::Spent => "budget",
            Self::Resting(kind) => kind,
        }
    }

    /// Whether another try may help.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Cut => true,
            Self::Status(status) => *status >= 500,
            Self::TooOften(wait) => match wait {
                Some(wait) => wait.as_secs() <= 1,
                None => true,
            },
            _ => false,
        }
    }

    /// How long a provider rests after its so-manieth failure in a row.
    #[must_use]
    pub fn rest(&self, in_a_row: u32) -> Duration {
        let grown = Duration::from_secs(15 << in_a_row.saturating_sub(1).min(5));
        match self {
            // Budget and circles are no faults of the provider.
            Self::Spent | Self::Loop | Self::Left | Self::Resting(_) => Duration::ZERO,
            Self::Key => Duration::from_secs(300),
            Self::TooOften(Some(wait)) => (*wait).min(Duration::from_secs(3_600)),
            _ => grown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;
    use std::time::Duration;

    #[test]
    fn a_provider_rests_longer_and_longer_but_not_for_ever() {
        let rest = |times| Failure::Slow.rest(times).as_secs();
        assert_eq!([1, 2, 3, 6, 100].map(rest), [15, 30, 60, 480, 480]);
        let told = Failure::TooOften(Some(Duration::from_secs(40)));
        assert_eq!(told.rest(1), Duration::from_secs(40));
        assert!(!told.may_pass());
        assert_eq!(Failure::Spent.rest(3), Duration::ZERO);
    }
}
