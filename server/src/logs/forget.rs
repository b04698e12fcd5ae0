//! Deletes requests from the log that are older than the installation keeps them, a few at a time, so that nobody waits for it.

use crate::Latchkey;
use domain::time::DAY;
use std::time::Duration;
use tokio::time::sleep;

/// How often it is looked for them, and the first time after the start.
const EVERY: Duration = Duration::from_hours(1);
const FIRST: Duration = Duration::from_secs(10);
/// Requests that are deleted at once, or as many as the log takes in a second where that is more; and the pause before the next:
/// others write in between, and the processor is theirs.
const BATCH: usize = 500;
const PAUSE: Duration = Duration::from_millis(250);

/// Goes on for as long as the process does. Several instances do no harm: each deletes what the others left.
pub(crate) async fn forget(latchkey: Latchkey) {
    let days = latchkey.config.usage_retention_days;
    if days == 0 {
        return;
    }
    sleep(FIRST).await;
    loop {
        match latchkey.forget_uses(days).await {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(deleted, days, "requests that are older than they are kept were deleted"),
            Err(error) => tracing::warn!(%error, "old requests can't be deleted from the log: tried again in an hour"),
        }
        sleep(EVERY).await;
    }
}

impl Latchkey {
    /// Deletes the requests that are older than so many days: how many they were.
    pub async fn forget_uses(&self, days: u32) -> Result<u64, store::Error> {
        let now = self.now();
        let before = now.plus(-i64::from(days) * DAY);
        // Four times as fast as they may come.
        let most = usize::try_from(self.config.usage_events_per_second).map_or(BATCH, |taken| taken.max(BATCH));
        let (mut deleted, mut after) = (0, i64::MIN);
        loop {
            let batch = self.store.forget_uses(before, now, after, most).await?;
            deleted += batch.deleted;
            let Some(last) = batch.next else { return Ok(deleted) };
            after = last;
            sleep(PAUSE).await;
        }
    }
}
