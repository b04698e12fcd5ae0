//! Slows down guessing: so many sign-ins per address and per account, then one every few seconds.

use crate::Error;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Tries per account: a burst of 10, then one every 6 seconds.
const ACCOUNT: (u32, u64) = (10, 6);
/// Tries per address, behind which a whole office may sit: a burst of 30, then one every 2 seconds.
const ADDRESS: (u32, u64) = (30, 2);
/// Accounts and addresses that were quiet are forgotten after that many tries, so that memory stays bounded.
const SWEEP_EVERY: u32 = 1_000;

/// Counts tries in memory; each instance counts its own.
pub struct Throttle {
    accounts: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<String>,
    tries: AtomicU32,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { accounts: limiter(ACCOUNT), addresses: limiter(ADDRESS), tries: AtomicU32::new(0) }
    }
}

fn limiter((burst, seconds): (u32, u64)) -> DefaultKeyedRateLimiter<String> {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(Duration::from_secs(seconds)).unwrap_or_else(|| Quota::per_minute(burst));
    RateLimiter::keyed(quota.allow_burst(burst))
}

impl Throttle {
    /// Counts one try for an account from an address; refuses once either has had too many. It asks before any password
    /// is hashed, and answers alike whether the account exists or not.
    pub fn count(&self, account: &str, address: &str) -> Result<(), Error> {
        if self.tries.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.accounts.retain_recent();
            self.addresses.retain_recent();
        }
        for (limiter, key) in [(&self.addresses, address), (&self.accounts, account)] {
            if let Err(wait) = limiter.check_key(&key.to_owned()) {
                return Err(Error::Throttled(wait.wait_time_from(DefaultClock::default().now()).as_secs() + 1));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// How many of `most` quick tries are refused. A round that took until another try was due says nothing: it is made anew.
    fn refused((_, seconds): (u32, u64), most: u32, is_refused: impl Fn(&Throttle, u32) -> bool) -> usize {
        loop {
            let (throttle, began) = (Throttle::default(), Instant::now());
            let refused = (0..most).filter(|n| is_refused(&throttle, *n)).count();
            if began.elapsed() < Duration::from_secs(seconds) {
                return refused;
            }
        }
    }

    #[test]
    fn an_account_is_throttled_from_many_addresses() {
        let refused = refused(ACCOUNT, 12, |throttle, n| {
            let refused = throttle.count("mina@x.org", &format!("10.0.0.{n}")).is_err();
            assert!(throttle.count(&format!("other{n}@x.org"), "10.0.1.1").is_ok());
            refused
        });
        assert_eq!(refused, 2);
    }

    #[test]
    fn an_address_is_throttled_over_many_accounts() {
        let refused = refused(ADDRESS, 32, |throttle, n| throttle.count(&format!("{n}@x.org"), "10.0.0.1").is_err());
        assert_eq!(refused, 2);
    }
}
