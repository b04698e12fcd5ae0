//! The clock that everything in `server` is given, so that tests can turn it.

use domain::time::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Tells the time: the machine's, or a test's.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

/// The hand of a test's clock.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `start` until its hand is moved.
    #[must_use]
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let hand = Arc::new(AtomicI64::new(start.0));
        (Self(Some(Arc::clone(&hand))), ManualClock(hand))
    }

    /// This moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Some(hand) => Timestamp(hand.load(Ordering::SeqCst)),
            None => system_now(),
        }
    }

    /// The time since some fixed moment, for measuring how much of it has passed: setting the machine's clock does not
    /// move it, and a machine that slept counts its sleep.
    #[must_use]
    pub fn steady(&self) -> Duration {
        match &self.0 {
            Some(hand) => Duration::from_millis(u64::try_from(hand.load(Ordering::SeqCst)).unwrap_or_default()),
            None => since_boot(),
        }
    }

    /// The same for leases, which several processes keep by clocks of their own: a test's moves with its hand, and as time passes.
    #[must_use]
    pub fn of_leases(&self) -> Duration {
        match &self.0 {
            Some(_) => self.steady() + since_boot(),
            None => since_boot(),
        }
    }
}

/// The only clock of Linux that sleep does not stop; elsewhere the steady clock, as it is.
fn since_boot() -> Duration {
    #[cfg(target_os = "linux")]
    const KIND: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    const KIND: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    Duration::try_from(rustix::time::clock_gettime(KIND)).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
fn system_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl ManualClock {
    /// Moves the hand by that many milliseconds.
    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}
