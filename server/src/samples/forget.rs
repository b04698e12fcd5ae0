//! Erases samples whose time is over, soon after and one by one, so that nobody waits for it.

use crate::Latchkey;
use std::time::Duration;
use store::Error;
use tokio::time::sleep;

/// How often it is looked for them: they are gone within a minute after their end.
const EVERY: Duration = Duration::from_secs(20);
/// How many are looked for at a time, and the pause before the next: others write in between.
const BATCH: i64 = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// Goes on for as long as the process does. Several instances do no harm: each erases what the others left.
pub(crate) async fn forget(latchkey: Latchkey) {
    loop {
        if let Err(error) = latchkey.forget_samples().await {
            tracing::warn!(%error, "samples of calls whose time is over can't be erased: tried again in a moment");
        }
        sleep(EVERY).await;
    }
}

impl Latchkey {
    /// Erases the samples whose time is over: how many.
    pub async fn forget_samples(&self) -> Result<usize, Error> {
        let mut erased = 0;
        loop {
            let ended = self.store.ended_samples(self.now(), BATCH).await?;
            if ended.is_empty() {
                return Ok(erased);
            }
            for id in &ended {
                self.store.erase_sample(id).await?;
            }
            erased += ended.len();
            sleep(PAUSE).await;
        }
    }
}
