//! Who feels around on this server: many paths that do not exist, or many connections that ask nothing,
//! from one address within a short time. Pure: what happened and the time go in, a finding comes out.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// So many different paths that do not exist make a sweep, within [`PATHS_WITHIN`].
pub(crate) const PATHS: usize = 20;
const PATHS_WITHIN: Duration = Duration::from_secs(60);

/// So many connections without a request make a sweep, within [`CONNECTIONS_WITHIN`]. A health check that
/// only opens a connection, as load balancers do every second or two, stays below.
pub(crate) const CONNECTIONS: usize = 20;
const CONNECTIONS_WITHIN: Duration = Duration::from_secs(10);

/// So many requests that are refused are no mistake of somebody's, within [`REFUSALS_WITHIN`].
pub(crate) const REFUSALS: usize = 30;
const REFUSALS_WITHIN: Duration = Duration::from_secs(60);

/// A sweep that goes on is told again so late.
const AGAIN: Duration = Duration::from_secs(10 * 60);

/// How many addresses are looked at; further ones take the place of the one that was quiet the longest.
const ADDRESSES: usize = 1_000;

/// What was felt for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Paths that do not exist.
    Paths,
    /// An open port: connections that asked nothing.
    Connections,
    /// A right: requests that are refused.
    Refusals,
}

impl Kind {
    /// The word in the metrics and in the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Paths => "paths",
            Self::Connections => "connections",
            Self::Refusals => "refusals",
        }
    }

    /// What was seen, for people.
    pub(crate) const fn says(self) -> &'static str {
        match self {
            Self::Paths => "many paths that do not exist, within a minute",
            Self::Connections => "many connections that ask nothing, within seconds",
            Self::Refusals => "many requests that are refused, within a minute",
        }
    }
}

/// What is known of all addresses.
#[derive(Debug, Default)]
pub(crate) struct Sweeps(HashMap<IpAddr, Felt>);

#[derive(Debug, Default)]
struct Felt {
    /// When which path was missing: its hash, as the path itself may be long.
    paths: VecDeque<(Instant, u64)>,
    connections: VecDeque<Instant>,
    refusals: VecDeque<Instant>,
    told: [Option<Instant>; 3],
    last: Option<Instant>,
}

impl Sweeps {
    /// A path was asked for that does not exist; whether that makes it a sweep now.
    pub(crate) fn missing(&mut self, from: IpAddr, path: &str, now: Instant) -> bool {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        let felt = self.of(from, now);
        felt.paths.push_back((now, hasher.finish()));
        while felt.paths.len() > PATHS * 4
            || felt
                .paths
                .front()
                .is_some_and(|(at, _)| now.duration_since(*at) > PATHS_WITHIN)
        {
            felt.paths.pop_front();
        }
        let different: BTreeSet<u64> = felt.paths.iter().map(|(_, path)| *path).collect();
        different.len() >= PATHS && felt.tell(Kind::Paths, now)
    }

    /// A connection ended that asked nothing; whether that makes it a sweep now.
    pub(crate) fn silent(&mut self, from: IpAddr, now: Instant) -> bool {
        let felt = self.of(from, now);
        are_many(&mut felt.connections, CONNECTIONS, CONNECTIONS_WITHIN, now)
            && felt.tell(Kind::Connections, now)
    }

    /// A request was refused; whether that makes it unusual now.
    pub(crate) fn refused(&mut self, from: IpAddr, now: Instant) -> bool {
        let felt = self.of(from, now);
        are_many(&mut felt.refusals, REFUSALS, REFUSALS_WITHIN, now)
            && felt.tell(Kind::Refusals, now)
    }

    fn of(&mut self, from: IpAddr, now: Instant) -> &mut Felt {
        let from = from.to_canonical();
        if self.0.len() >= ADDRESSES && !self.0.contains_key(&from) {
            let quiet = self.0.iter().min_by_key(|(_, felt)| felt.last);
            if let Some(quiet) = quiet.map(|(address, _)| *address) {
                self.0.remove(&quiet);
            }
        }
        let felt = self.0.entry(from).or_default();
        felt.last = Some(now);
        felt
    }
}

/// Notes one more, and says whether there are so many within that time.
fn are_many(moments: &mut VecDeque<Instant>, many: usize, within: Duration, now: Instant) -> bool {
    moments.push_back(now);
    while moments.len() > many
        || moments
            .front()
            .is_some_and(|at| now.duration_since(*at) > within)
    {
        moments.pop_front();
    }
    moments.len() >= many
}

impl Felt {
    /// Whether it is time to tell of that, and then it is told.
    fn tell(&mut self, kind: Kind, now: Instant) -> bool {
        let told = &mut self.told[kind as usize];
        let is_new = told.is_none_or(|told| now.duration_since(told) >= AGAIN);
        if is_new {
            *told = Some(now);
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::{ADDRESSES, AGAIN, CONNECTIONS, PATHS, Sweeps};
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::{Duration, Instant};

    const SOMEBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 66));

    fn paths(sweeps: &mut Sweeps, count: usize, from: Instant, apart: Duration) -> usize {
        let mut now = from;
        (0..count)
            .filter(|number| {
                now += apart;
                sweeps.missing(SOMEBODY, &format!("/{number}.php"), now)
            })
            .count()
    }

    #[test]
    fn many_missing_paths_are_a_sweep_and_told_once() {
        let begin = Instant::now();
        let moment = Duration::from_millis(100);
        let mut sweeps = Sweeps::default();
        assert_eq!(paths(&mut sweeps, PATHS - 1, begin, moment), 0);
        let mut sweeps = Sweeps::default();
        assert_eq!(paths(&mut sweeps, PATHS, begin, moment), 1);
        assert_eq!(paths(&mut sweeps, 500, begin + moment * 20, moment), 0);
        assert_eq!(
            paths(&mut sweeps, PATHS, begin + AGAIN * 2, moment),
            1,
            "it goes on for long"
        );
        // Slowly, or the same one again and again, is no sweep: a broken link, a bookmark.
        let mut sweeps = Sweeps::default();
        assert_eq!(paths(&mut sweeps, 100, begin, Duration::from_secs(5)), 0);
        let again = (0..1_000).any(|_| sweeps.missing(SOMEBODY, "/favicon.ico", begin));
        assert!(!again);
    }

    #[test]
    fn connections_without_a_request_are_a_sweep() {
        let begin = Instant::now();
        let tries = |apart: Duration| {
            let mut sweeps = Sweeps::default();
            let mut now = begin;
            (0..CONNECTIONS * 5)
                .filter(|_| {
                    now += apart;
                    sweeps.silent(SOMEBODY, now)
                })
                .count()
        };
        assert_eq!(tries(Duration::from_millis(10)), 1);
        assert_eq!(tries(Duration::from_secs(1)), 0, "a load balancer's check");
    }

    #[test]
    fn addresses_are_counted_apart_and_bounded() {
        let now = Instant::now();
        let mut sweeps = Sweeps::default();
        for number in 0..u32::try_from(ADDRESSES).unwrap() * 2 {
            let address = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number));
            assert!(!sweeps.missing(address, &format!("/{number}"), now));
        }
        assert_eq!(sweeps.0.len(), ADDRESSES);
        let mapped: IpAddr = "::ffff:192.168.1.66".parse().unwrap();
        let told = (0..PATHS).any(|number| {
            let from = if number % 2 == 0 { SOMEBODY } else { mapped };
            sweeps.missing(from, &format!("/{number}"), now)
        });
        assert!(told, "both are one address");
    }
}
