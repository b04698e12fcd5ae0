//! How long an instance may trust what it holds.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A writer waits at most this long for an instance that does not report.
pub const LEASE: Duration = Duration::from_secs(2);
/// An instance trusts what it holds for a little less, in case its clock runs slow against the writer's.
const TRUST: Duration = Duration::from_millis(1_900);

/// The time since some fixed moment, which no setting of the clock moves.
pub type SteadyClock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The end of the trust, shared between the task that renews it and the requests that ask.
#[derive(Clone)]
pub(crate) struct Trust {
    clock: SteadyClock,
    until: Arc<AtomicU64>,
}

impl Trust {
    pub fn new(clock: SteadyClock) -> Self {
        Self { clock, until: Arc::default() }
    }

    pub fn now(&self) -> Duration {
        (self.clock)()
    }

    /// Trusts what was read of the feed after that moment.
    pub fn renew(&self, began: Duration) {
        self.until.store(nanoseconds(began + TRUST), Ordering::SeqCst);
    }

    pub fn end(&self) {
        self.until.store(0, Ordering::SeqCst);
    }

    pub fn holds(&self) -> bool {
        nanoseconds(self.now()) < self.until.load(Ordering::SeqCst)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn ends_by_itself_and_counts_from_before_the_reading() {
        let time = Arc::new(Mutex::new(Duration::from_secs(10)));
        let hand = Arc::clone(&time);
        let trust = Trust::new(Arc::new(move || *hand.lock().unwrap()));
        assert!(!trust.holds());
        trust.renew(Duration::from_secs(9));
        assert!(trust.holds());
        *time.lock().unwrap() = Duration::from_secs(9) + TRUST;
        assert!(!trust.holds());
        trust.renew(trust.now());
        assert!(trust.holds());
        trust.end();
        assert!(!trust.holds());
        const { assert!(TRUST.as_millis() < LEASE.as_millis()) };
    }
}
