//! Counts the requests of keys that have a rate limit. A key may make its whole minute's worth at once; each request comes back
//! evenly over the minute (the generic cell rate algorithm). In memory: each instance counts for itself.

use crate::Clock;
use domain::key::{KeyId, RateLimit};
use governor::{
    Quota, RateLimiter, clock, middleware::StateInformationMiddleware, state::keyed::DefaultKeyedStateStore,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A limiter's bucket is full again after a minute: it is looked for those as often.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

type Limiter = RateLimiter<KeyId, DefaultKeyedStateStore<KeyId>, Clock, StateInformationMiddleware>;

impl clock::Clock for Clock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.steady()
    }
}

/// The counts of this instance: a limiter for each rate in use.
pub struct Rates {
    clock: Clock,
    limiters: Mutex<Limiters>,
}

struct Limiters {
    by_rate: HashMap<RateLimit, Arc<Limiter>>,
    swept: Duration,
}

/// Whole seconds until the next request may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub u64);

impl Rates {
    pub(crate) fn new(clock: Clock) -> Self {
        let limiters = Limiters { by_rate: HashMap::new(), swept: clock.steady() };
        Self { clock, limiters: Mutex::new(limiters) }
    }

    /// Takes one request of a key; answers how many it has left at once, or how long it has to wait. A rate that was changed
    /// counts anew.
    pub(crate) fn take(&self, key: &KeyId, rate: RateLimit) -> Result<u32, Wait> {
        match self.limiter(rate).check_key(key) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.steady());
                Err(Wait((wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)))
            }
        }
    }

    fn limiter(&self, rate: RateLimit) -> Arc<Limiter> {
        let mut limiters = self.lock();
        let now = self.clock.steady();
        if now.saturating_sub(limiters.swept) >= SWEEP_EVERY {
            limiters.swept = now;
            limiters.sweep();
        }
        let made = limiters.by_rate.entry(rate);
        Arc::clone(made.or_insert_with(|| {
            let quota = Quota::per_minute(rate.per_minute());
            Arc::new(RateLimiter::new(quota, DefaultKeyedStateStore::default(), self.clock.clone()))
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Limiters> {
        self.limiters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Limiters {
    /// Forgets keys whose bucket is full again: they are as if they had never been counted. What is kept is what was used
    /// within the last two minutes.
    fn sweep(&mut self) {
        self.by_rate.retain(|_, limiter| {
            limiter.retain_recent();
            limiter.shrink_to_fit();
            // Somebody who holds it is about to count in it.
            Arc::strong_count(limiter) > 1 || !limiter.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{key::ID_LENGTH, time::Timestamp};

    fn rate(per_minute: u32) -> RateLimit {
        RateLimit::try_from(per_minute).unwrap()
    }

    fn key(n: usize) -> KeyId {
        KeyId::parse(&format!("{n:0ID_LENGTH$}")).unwrap()
    }

    #[test]
    fn a_minutes_worth_at_once_then_evenly() {
        let (clock, hand) = Clock::manual(Timestamp(1_000_000));
        let (rates, key) = (Rates::new(clock), key(1));
        assert_eq!(
            (0..6).map(|_| rates.take(&key, rate(6))).filter_map(Result::ok).collect::<Vec<_>>(),
            [5, 4, 3, 2, 1, 0]
        );
        assert_eq!(rates.take(&key, rate(6)), Err(Wait(10)));
        hand.advance(2_500);
        assert_eq!(rates.take(&key, rate(6)), Err(Wait(8)), "rounded up");
        hand.advance(7_499);
        assert_eq!(rates.take(&key, rate(6)), Err(Wait(1)));
        hand.advance(1);
        assert_eq!(rates.take(&key, rate(6)), Ok(0));
        assert_eq!(rates.take(&key, rate(6)), Err(Wait(10)), "a refused request takes nothing");
        hand.advance(60_000);
        assert_eq!(rates.take(&key, rate(6)), Ok(5));
    }

    #[test]
    fn keys_and_rates_are_counted_apart() {
        let (clock, _hand) = Clock::manual(Timestamp(0));
        let rates = Rates::new(clock);
        assert_eq!(rates.take(&key(1), rate(1)), Ok(0));
        assert_eq!(rates.take(&key(2), rate(1)), Ok(0));
        assert!(rates.take(&key(1), rate(1)).is_err());
        assert_eq!(rates.take(&key(1), rate(2)), Ok(1));
    }

    #[test]
    fn the_fastest_rate_is_exact() {
        let (clock, _hand) = Clock::manual(Timestamp(0));
        let rates = Rates::new(clock);
        assert_eq!((0..100_001).filter(|_| rates.take(&key(1), rate(100_000)).is_ok()).count(), 100_000);
        assert_eq!(rates.take(&key(1), rate(100_000)), Err(Wait(1)));
    }

    #[test]
    fn what_is_idle_is_forgotten() {
        let (clock, hand) = Clock::manual(Timestamp(0));
        let rates = Rates::new(clock);
        for n in 0..1_000 {
            let _ = rates.take(&key(n), rate(60));
        }
        hand.advance(120_000);
        let _ = rates.take(&key(7), rate(30));
        let kept: usize = rates.lock().by_rate.values().map(|limiter| limiter.len()).sum();
        assert_eq!((kept, rates.lock().by_rate.len()), (1, 1));
    }
}
