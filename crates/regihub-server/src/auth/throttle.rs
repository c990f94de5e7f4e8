//! Slows guessing down: failed log-ins are counted in memory, by login from an address and by address.

use std::{collections::BTreeMap, net::IpAddr, sync::Mutex, time::Duration};

/// Failures are forgotten this long after the last one.
const WINDOW_US: i64 = 15 * 60 * 1_000_000;
/// Failures of one login from one address until it must wait for the window to pass.
const PER_LOGIN: u32 = 8;
/// The same for an address with any logins; higher, because many people may stand behind one proxy.
const PER_ADDRESS: u32 = 60;
/// More keys than this are not remembered; the oldest go first, so memory is bounded.
const MOST_KEYS: usize = 10_000;

#[derive(Default)]
pub(crate) struct Throttle(Mutex<BTreeMap<Key, Failures>>);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    address: Option<IpAddr>,
    login: Option<String>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last_at: i64,
}

impl Throttle {
    /// How long this person must wait before another try is looked at; `None` when it may be tried now.
    pub(super) fn must_wait(&self, address: Option<IpAddr>, login: &str, now: i64) -> Option<Duration> {
        let failures = self.lock();
        let limits = [(by_login(address, login), PER_LOGIN), (by_address(address), PER_ADDRESS)];
        let until = limits
            .iter()
            .filter_map(|(key, limit)| failures.get(key).filter(|found| found.count >= *limit))
            .map(|found| found.last_at + WINDOW_US)
            .max()?;
        u64::try_from(until - now).ok().filter(|left| *left > 0).map(Duration::from_micros)
    }

    /// Counts a failure and tells how long the answer is to be held back: a quarter of a second, doubling up to four seconds.
    pub(super) fn failed(&self, address: Option<IpAddr>, login: &str, now: i64) -> Duration {
        let mut failures = self.lock();
        failures.retain(|_, found| now - found.last_at < WINDOW_US);
        let mut count = 0;
        for key in [by_address(address), by_login(address, login)] {
            let found = failures.entry(key).or_insert(Failures { count: 0, last_at: now });
            *found = Failures { count: found.count.saturating_add(1), last_at: now };
            count = found.count;
        }
        while failures.len() > MOST_KEYS {
            let oldest = failures.iter().min_by_key(|(_, found)| found.last_at).map(|(key, _)| key.clone());
            oldest.map(|key| failures.remove(&key));
        }
        Duration::from_millis(250 << count.saturating_sub(1).min(4))
    }

    pub(super) fn succeeded(&self, address: Option<IpAddr>, login: &str) {
        self.lock().remove(&by_login(address, login));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Key, Failures>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn by_login(address: Option<IpAddr>, login: &str) -> Key {
    Key { address, login: Some(login.chars().take(200).collect()) }
}

fn by_address(address: Option<IpAddr>) -> Key {
    Key { address, login: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    #[test]
    fn after_eight_wrong_passwords_a_login_waits_a_quarter_of_an_hour() {
        let throttle = Throttle::default();
        let waits: Vec<u128> = (0..8).map(|_| throttle.failed(HERE, "tencho", 0).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 4000, 4000, 4000]);
        assert_eq!(throttle.must_wait(HERE, "tencho", 60_000_000), Some(Duration::from_secs(14 * 60)));
        assert_eq!(throttle.must_wait(HERE, "another", 0), None, "other people are not locked out with them");
        assert_eq!(throttle.must_wait(None, "tencho", 0), None, "nor the same person elsewhere");
        assert_eq!(throttle.must_wait(HERE, "tencho", WINDOW_US), None);
    }

    #[test]
    fn one_address_cannot_try_many_logins_for_ever() {
        let throttle = Throttle::default();
        for n in 0..PER_ADDRESS {
            throttle.failed(HERE, &n.to_string(), 0);
        }
        assert!(throttle.must_wait(HERE, "fresh", 1).is_some());
    }

    #[test]
    fn the_right_password_clears_the_slate() {
        let throttle = Throttle::default();
        for _ in 0..PER_LOGIN {
            throttle.failed(HERE, "tencho", 0);
        }
        throttle.succeeded(HERE, "tencho");
        assert_eq!(throttle.must_wait(HERE, "tencho", 1), None);
    }
}
