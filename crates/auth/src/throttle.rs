//! Guessing is slowed down: by address and by account. Pure; time is a parameter.
//!
//! After a number of failures each further try has to wait, longer each time. For an account that is at
//! most half a minute, so that a stranger cannot keep somebody out; and from an address where the account
//! is signed in it does not count at all. For an address it is at most a quarter of an hour.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// The longest wait of an account and of an address.
const LONGEST_OF_ACCOUNT: Duration = Duration::from_secs(30);
const LONGEST_OF_ADDRESS: Duration = Duration::from_secs(15 * 60);

/// Failures this old are forgotten.
const MEMORY: Duration = Duration::from_secs(60 * 60);

/// How many addresses are remembered.
const ADDRESSES: usize = 10_000;

/// Names are remembered in so many places, whether there is such an account or not: what is asked does
/// not show which names there are, and no flood of names takes more room.
const NAMES: usize = 16_384;

#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    count: u32,
    last: Duration,
}

impl Failures {
    /// How long the next try has to wait.
    fn wait(&self, free: u32, longest: Duration, now: Duration) -> Duration {
        if self.count < free || self.is_old(now) {
            return Duration::ZERO;
        }
        let delay = Duration::from_secs(1 << (self.count - free).min(20)).min(longest);
        (self.last + delay).saturating_sub(now)
    }

    fn add(&mut self, now: Duration) {
        if self.is_old(now) {
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        self.last = now;
    }

    fn is_old(&self, now: Duration) -> bool {
        now.saturating_sub(self.last) > MEMORY
    }
}

/// Who failed how often.
#[derive(Debug)]
pub(crate) struct Throttle {
    free: u32,
    addresses: HashMap<IpAddr, Failures>,
    names: Vec<Failures>,
    hasher: RandomState,
}

/// Why a try has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    /// How long.
    pub(crate) wait: Duration,
    /// Whether it is because of the account, and not of the address.
    pub(crate) is_of_account: bool,
}

impl Throttle {
    /// A throttle that lets `free` failures pass.
    pub(crate) fn new(free: u32) -> Self {
        Self {
            free: free.max(1),
            addresses: HashMap::new(),
            names: vec![Failures::default(); NAMES],
            hasher: RandomState::new(),
        }
    }

    /// Begins a try, which counts as failed until it has not: many at once are many. `is_known` says that
    /// the account is signed in from there.
    pub(crate) fn begin(
        &mut self,
        name: &str,
        address: Option<IpAddr>,
        is_known: bool,
        now: Duration,
    ) -> Result<(), Wait> {
        let place = self.place(name);
        if let Some(address) = address.map(network) {
            let failures = self.addresses.get(&address).copied().unwrap_or_default();
            let wait = failures.wait(self.free, LONGEST_OF_ADDRESS, now);
            if !wait.is_zero() {
                return Err(Wait {
                    wait,
                    is_of_account: false,
                });
            }
        }
        if !is_known {
            let wait = self.names[place].wait(self.free, LONGEST_OF_ACCOUNT, now);
            if !wait.is_zero() {
                return Err(Wait {
                    wait,
                    is_of_account: true,
                });
            }
            self.names[place].add(now);
        }
        if let Some(address) = address.map(network) {
            self.room(address, now);
            self.addresses.entry(address).or_default().add(now);
        }
        Ok(())
    }

    /// It was the right password. The address gets back what this try had counted and no more: who has an
    /// account of their own cannot guess at others' in between.
    pub(crate) fn succeeded(&mut self, name: &str, address: Option<IpAddr>) {
        let place = self.place(name);
        self.names[place] = Failures::default();
        self.back(address);
    }

    /// Nothing was tried after all.
    pub(crate) fn back(&mut self, address: Option<IpAddr>) {
        if let Some(failures) =
            address.and_then(|address| self.addresses.get_mut(&network(address)))
        {
            failures.count = failures.count.saturating_sub(1);
        }
    }

    fn place(&self, name: &str) -> usize {
        let hash = self.hasher.hash_one(name.to_lowercase());
        usize::try_from(hash % NAMES as u64).unwrap_or(0)
    }

    /// Makes room for an address: old ones go, and then the one that has been quiet longest.
    fn room(&mut self, address: IpAddr, now: Duration) {
        if self.addresses.len() < ADDRESSES || self.addresses.contains_key(&address) {
            return;
        }
        self.addresses.retain(|_, failures| !failures.is_old(now));
        if self.addresses.len() >= ADDRESSES {
            let quiet = self
                .addresses
                .iter()
                .min_by_key(|(_, failures)| failures.last)
                .map(|(address, _)| *address);
            quiet.map(|address| self.addresses.remove(&address));
        }
    }
}

/// What counts as one address: of IPv6 the network of 64 bits, of which one machine has all.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::{ADDRESSES, Throttle};
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use std::time::Duration;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(10_000 + seconds)
    }

    fn from(number: u32) -> Option<IpAddr> {
        Some(Ipv4Addr::from(0x0a00_0000 + number).into())
    }

    #[test]
    fn an_address_waits_longer_each_time() {
        let mut throttle = Throttle::new(3);
        for number in 0..3 {
            let name = format!("name {number}");
            assert!(throttle.begin(&name, from(1), false, at(0)).is_ok());
        }
        let wait = throttle
            .begin("another", from(1), false, at(0))
            .unwrap_err();
        assert_eq!((wait.wait.as_secs(), wait.is_of_account), (1, false));
        assert!(throttle.begin("another", from(2), false, at(0)).is_ok());
        let (mut now, mut tries) = (0, 0);
        while now < 24 * 3600 {
            match throttle.begin(&format!("n{tries}"), from(1), false, at(now)) {
                Ok(()) => tries += 1,
                Err(wait) => now += wait.wait.as_secs().max(1),
            }
        }
        assert!(tries < 120, "{tries} tries a day from one address");
    }

    #[test]
    fn many_addresses_get_few_tries_at_an_account_and_never_lock_out_its_own() {
        let mut throttle = Throttle::new(5);
        let (mut tries, mut longest) = (0, 0);
        for second in 0..3600_u32 {
            match throttle.begin("Anna", from(second), false, at(second.into())) {
                Ok(()) => tries += 1,
                Err(wait) => longest = longest.max(wait.wait.as_secs()),
            }
        }
        assert!(tries < 140, "{tries} tries in an hour");
        assert!(longest <= 30, "Anna herself waits {longest} s at most");
        // From where she is signed in she can always try.
        assert!(
            throttle
                .begin("anna", from(1 << 20), true, at(3600))
                .is_ok()
        );
        throttle.succeeded("ANNA", from(1 << 20));
        assert!(
            throttle
                .begin("anna", from(1 << 21), false, at(3600))
                .is_ok()
        );
    }

    #[test]
    fn an_own_account_does_not_wash_an_address_clean() {
        let mut throttle = Throttle::new(3);
        let mut refused = false;
        for _ in 0..5 {
            refused |= throttle.begin("owner", from(1), false, at(0)).is_err();
            if throttle.begin("guest", from(1), false, at(0)).is_ok() {
                throttle.succeeded("guest", from(1));
            }
        }
        assert!(refused);
    }

    #[test]
    fn one_machine_has_all_of_its_ipv6_network_and_room_is_bounded() {
        let mut throttle = Throttle::new(1);
        let v6 = |low: u64| {
            let bits = (0x2001_0db8_u128 << 96) | u128::from(low);
            Some(IpAddr::from(Ipv6Addr::from(bits)))
        };
        assert!(throttle.begin("a", v6(1), false, at(0)).is_ok());
        assert!(throttle.begin("b", v6(2), false, at(0)).is_err());
        for number in 0..(ADDRESSES as u32 + 500) {
            let _ = throttle.begin(&number.to_string(), from(number), false, at(1));
        }
        assert!(throttle.addresses.len() <= ADDRESSES);
    }
}
