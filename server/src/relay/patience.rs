//! Waiting for a provider: as long as the key may, and no longer than is said. Called for the head of an answer, for each part
//! of it (`upstream`) and for each of a stream (`stream`).

use super::watch::{LOOK, Watch};
use domain::refusal::Refusal;
use std::{pin::pin, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Why nothing comes any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Stopped(Refusal),
    Slow,
}

/// What a call waits with: its key.
pub(super) trait Holds: Send {
    /// Whether it still may; else what is to be said.
    fn holds(&mut self) -> impl Future<Output = Result<(), Refusal>> + Send;
}

impl Holds for Watch {
    async fn holds(&mut self) -> Result<(), Refusal> {
        Self::holds(self).await
    }
}

/// Waits for what a provider does next: that long, and never beyond the `end` of the whole call.
pub(super) async fn in_time<T>(
    key: &mut impl Holds,
    patience: Duration,
    end: Instant,
    awaited: impl Future<Output = T>,
) -> Result<T, Cut> {
    let mut awaited = pin!(awaited);
    let now = Instant::now();
    // Also where something is always there at once: a busy stream would go on for ever.
    if now >= end {
        return Err(Cut::Slow);
    }
    let until = end.min(now + patience);
    let mut look = interval_at(now + LOOK, LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            done = &mut awaited => return Ok(done),
            _ = look.tick() => {
                key.holds().await.map_err(Cut::Stopped)?;
                if Instant::now() >= until {
                    return Err(Cut::Slow);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use tokio::time::sleep;

    const LONG: Duration = Duration::from_mins(1);
    /// Beside `LOOK`, the most that a busy machine takes; half of what is long.
    const LATER: Duration = Duration::from_secs(30);

    /// A key that answers that.
    struct Key(Result<(), Refusal>);

    impl Holds for Key {
        async fn holds(&mut self) -> Result<(), Refusal> {
            self.0
        }
    }

    #[tokio::test]
    async fn a_call_ends_though_something_comes_all_the_time() {
        let (begun, all) = (Instant::now(), LOOK * 2);
        while in_time(&mut Key(Ok(())), LONG, begun + all, sleep(LOOK / 20)).await == Ok(()) {
            assert!(begun.elapsed() < all + LATER, "it never ends");
        }
        assert!(begun.elapsed() >= all);
    }

    #[tokio::test]
    async fn who_is_silent_is_waited_for_no_longer_than_is_said() {
        let short = Duration::from_millis(100);
        for (patience, end) in [(short, LONG), (LONG, short)] {
            let begun = Instant::now();
            assert_eq!(in_time(&mut Key(Ok(())), patience, begun + end, pending::<()>()).await, Err(Cut::Slow));
            assert!((short..short + LOOK + LATER).contains(&begun.elapsed()), "{:?}", begun.elapsed());
        }
    }

    #[tokio::test]
    async fn a_key_that_may_not_any_more_ends_the_waiting() {
        let begun = Instant::now();
        let mut key = Key(Err(Refusal::KeyDisabled));
        let stopped = in_time(&mut key, LONG, begun + LONG, pending::<()>()).await;
        assert_eq!(stopped, Err(Cut::Stopped(Refusal::KeyDisabled)));
        assert!(begun.elapsed() < LOOK + LATER);
    }
}
