//! How often somebody may try to sign in: counted by account and by address, apart from each other, so that guessing at
//! one account shuts out nobody else. A try that succeeds is given back. Keeps no more than it has to.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock as Ticks,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{StateStore, keyed::ShrinkableKeyedStateStore},
};

use crate::domain::clock::Clock;

/// Tries at one account, in a minute and in a row.
const BY_ACCOUNT: u32 = 10;
/// Tries from one address, in a minute and in a row. Many people may share one.
const BY_ADDRESS: u32 = 30;
/// How many accounts or addresses are remembered at most.
const MOST: usize = 10_000;

/// All limits of signing in.
pub(super) struct Limits {
    accounts: Limit<String>,
    addresses: Limit<Option<IpAddr>>,
    notes: Limit<String>,
}

impl Limits {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            accounts: Limit::new(BY_ACCOUNT, clock.clone()),
            addresses: Limit::new(BY_ADDRESS, clock.clone()),
            notes: Limit::new(1, clock),
        }
    }

    /// Counts a try. Answers whether it may be made.
    pub(super) fn attempt(&self, account: &str, from: Option<IpAddr>) -> bool {
        // Both, always: a try that one refuses counts with the other, too.
        let (by_account, by_address) = (self.accounts.take(&key(account)), self.addresses.take(&from.map(network)));
        by_account && by_address
    }

    /// Gives back a try that succeeded.
    pub(super) fn succeeded(&self, account: &str, from: Option<IpAddr>) {
        self.accounts.give_back(&key(account));
        self.addresses.give_back(&from.map(network));
    }

    /// Whether a refusal of that account is to be noted: one in a minute is.
    pub(super) fn worth_noting(&self, account: &str) -> bool {
        self.notes.take(&key(account))
    }
}

/// An account's name in any case, cut so that what is remembered stays small.
fn key(account: &str) -> String {
    account.chars().take(128).collect::<String>().to_lowercase()
}

/// Whoever has one IPv6 address has its whole network.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
    }
}

/// One limit for each key.
struct Limit<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, Ledger<K>, Watch, NoOpMiddleware<Nanos>>,
    ledger: Ledger<K>,
    /// How long one try takes to come back.
    each: Nanos,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(in_a_minute: u32, clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(in_a_minute).unwrap_or(NonZeroU32::MIN));
        let ledger = Ledger(Arc::default());
        let limiter = RateLimiter::new(quota, ledger.clone(), Watch(clock));
        Self { limiter, ledger, each: Duration::from_secs(60).checked_div(in_a_minute).unwrap_or_default().into() }
    }

    fn take(&self, key: &K) -> bool {
        if self.ledger.len() >= MOST {
            self.limiter.retain_recent();
            self.ledger.make_room();
        }
        self.limiter.check_key(key).is_ok()
    }

    fn give_back(&self, key: &K) {
        if let Some(at) = self.ledger.entries().get_mut(key) {
            *at = at.saturating_sub(self.each);
        }
    }
}

/// When each key has all its tries back.
struct Ledger<K>(Arc<Mutex<HashMap<K, Nanos>>>);

impl<K> Clone for Ledger<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Hash + Eq + Clone> Ledger<K> {
    fn entries(&self) -> MutexGuard<'_, HashMap<K, Nanos>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets whoever is the least limited where too many are remembered.
    fn make_room(&self) {
        let mut entries = self.entries();
        if entries.len() >= MOST {
            let mut all: Vec<Nanos> = entries.values().copied().collect();
            let (_, least, _) = all.select_nth_unstable(MOST / 4);
            entries.retain(|_, at| *at > *least);
        }
    }
}

impl<K: Hash + Eq + Clone> StateStore for Ledger<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut entries = self.entries();
        let (answer, next) = measure(entries.get(key).copied())?;
        entries.insert(key.clone(), next);
        Ok(answer)
    }
}

impl<K: Hash + Eq + Clone> ShrinkableKeyedStateStore<K> for Ledger<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        self.entries().retain(|_, at| *at > drop_below);
    }

    fn len(&self) -> usize {
        self.entries().len()
    }

    fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }
}

/// Our clock, as the limiter reads it.
#[derive(Clone)]
struct Watch(Arc<dyn Clock>);

impl Ticks for Watch {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.now().timestamp_nanos_opt().and_then(|nanos| u64::try_from(nanos).ok()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use chrono::{DateTime, Utc};

    use super::*;

    struct Hands(AtomicI64);

    impl Clock for Hands {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp(1_000_000 + self.0.load(Ordering::Relaxed), 0).unwrap()
        }
    }

    fn limits() -> (Limits, Arc<Hands>) {
        let clock = Arc::new(Hands(AtomicI64::new(0)));
        (Limits::new(clock.clone()), clock)
    }

    fn from(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn guessing_at_one_account_shuts_that_one_and_no_other() {
        let (limits, clock) = limits();
        for _ in 0..BY_ACCOUNT {
            assert!(limits.attempt("ada", from(1)));
        }
        assert!(!limits.attempt("ADA", from(2)), "from anywhere, in any case");
        assert!(limits.attempt("grace", from(2)));
        clock.0.store(60, Ordering::Relaxed);
        assert!(limits.attempt("ada", from(1)), "a minute later");
    }

    #[test]
    fn guessing_from_one_address_shuts_that_one_and_no_other() {
        let (limits, _) = limits();
        for i in 0..BY_ADDRESS {
            assert!(limits.attempt(&format!("account-{i}"), from(1)));
        }
        assert!(!limits.attempt("ada", from(1)));
        assert!(limits.attempt("ada", from(2)));
    }

    #[test]
    fn a_whole_network_of_ipv6_is_one_address() {
        let (limits, _) = limits();
        for i in 0..BY_ADDRESS {
            assert!(limits.attempt(&format!("account-{i}"), Some(format!("2001:db8::{i:x}").parse().unwrap())));
        }
        assert!(!limits.attempt("ada", Some("2001:db8::ffff".parse().unwrap())));
        assert!(limits.attempt("ada", Some("2001:db8:0:1::1".parse().unwrap())));
    }

    #[test]
    fn whoever_succeeds_may_sign_in_as_often_as_they_like() {
        let (limits, _) = limits();
        for _ in 0..10 * BY_ADDRESS {
            assert!(limits.attempt("ada", from(1)));
            limits.succeeded("ada", from(1));
        }
    }

    #[test]
    fn a_refusal_is_noted_once_in_a_minute() {
        let (limits, clock) = limits();
        assert!(limits.worth_noting("ada"));
        assert!(!limits.worth_noting("ada"));
        assert!(limits.worth_noting("grace"));
        clock.0.store(61, Ordering::Relaxed);
        assert!(limits.worth_noting("ada"));
    }

    #[test]
    fn names_without_end_take_no_more_memory_than_is_allowed() {
        let (limits, _) = limits();
        for _ in 0..BY_ACCOUNT + 1 {
            limits.attempt("ada", None);
        }
        for i in 0..2 * MOST {
            limits.accounts.take(&format!("account-{i}"));
        }
        assert!(limits.accounts.ledger.len() <= MOST);
        assert!(!limits.accounts.take(&"ada".into()), "who is shut out longest is remembered longest");
    }
}
