//! The writer's end of a change: it returns when no instance can use what stood before.

use super::{Changed, Changes, LEASE, leases::Behind};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

/// The first pause between two looks at the leases; it doubles up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LAST_PAUSE: Duration = Duration::from_millis(10);

impl Changes {
    /// Waits, after the commit of change `number`, until every instance has applied it or has lost its lease.
    ///
    /// Whatever goes wrong here, waiting for the length of a lease is enough: an instance trusts what it holds for less than
    /// that after it last read the feed, and what it reads from the commit on holds this change.
    pub(crate) async fn settle(&self, number: i64, changed: &Changed) {
        let local = self.local.get();
        if let Some(local) = local {
            (local.apply)(changed);
            local.wake.notify_one();
        }
        let own = local.map_or("", |local| local.instance.as_str());
        let Some(behind) = self.first_look(number, own).await else { return };
        // From here on: a beat that was read just now and stands a lease later belongs to an instance that has lost it.
        let end = Instant::now() + LEASE;
        let mut pause = FIRST_PAUSE;
        loop {
            let next = Instant::now() + pause;
            if next >= end {
                sleep_until(end).await;
                return self.give_up(&behind).await;
            }
            sleep_until(next).await;
            pause = (pause * 2).min(LAST_PAUSE);
            if let Ok(Ok(still)) = timeout_at(end, self.leases.behind(number, own)).await
                && still.is_empty()
            {
                return;
            }
        }
    }

    /// Who is behind; `None` when nobody is, or when nobody can be any more.
    async fn first_look(&self, number: i64, own: &str) -> Option<Vec<Behind>> {
        let end = Instant::now() + LEASE;
        loop {
            match timeout_at(end, self.leases.behind(number, own)).await {
                Ok(Ok(behind)) if behind.is_empty() => return None,
                Ok(Ok(behind)) => return Some(behind),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the leases can't be read: waiting until they have run out");
                    sleep(LAST_PAUSE * 10).await;
                }
                Err(_) => {}
            }
            if Instant::now() >= end {
                return None;
            }
        }
    }

    async fn give_up(&self, behind: &[Behind]) {
        for lapsed in behind {
            match self.leases.give_up(lapsed).await {
                Ok(()) => tracing::warn!(instance = lapsed.instance, "an instance did not renew its lease in time"),
                Err(error) => tracing::warn!(%error, "a lease that ran out can't be taken away"),
            }
        }
    }
}
