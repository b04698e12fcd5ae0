//! How many sums of usage are computed at once: those of a very large workspace take long, and a few people who look at them must
//! not take all connections to the database. Held by [`Latchkey`](crate::Latchkey), asked by the page and by its downloads.

use crate::Error;
use std::time::Duration;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// Computed at once in this process; SQLite has eight connections for reading, PostgreSQL sixteen for all.
const AT_ONCE: usize = 2;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Turns {
    free: Semaphore,
    patience: Duration,
}

impl Default for Turns {
    fn default() -> Self {
        Self { free: Semaphore::new(AT_ONCE), patience: PATIENCE }
    }
}

impl Turns {
    /// A turn, for as long as it is kept.
    pub async fn take(&self) -> Result<SemaphorePermit<'_>, Error> {
        if let Ok(Ok(turn)) = timeout(self.patience, self.free.acquire()).await {
            return Ok(turn);
        }
        tracing::warn!("usage was not summed up: {AT_ONCE} others were at it for too long");
        Err(Error::Unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_at_once_and_who_waits_too_long_is_told() {
        let turns = Turns { patience: Duration::from_millis(50), ..Turns::default() };
        let (first, second) = (turns.take().await.unwrap(), turns.take().await.unwrap());
        assert_eq!(turns.take().await.map(drop).unwrap_err().status(), 503);
        drop(first);
        let third = turns.take().await.unwrap();
        assert_eq!(turns.take().await.map(drop).unwrap_err().status(), 503);
        drop((second, third));
        drop(turns.take().await.unwrap());
    }

    #[tokio::test]
    async fn who_waits_gets_the_next_turn() {
        let turns = Turns::default();
        let (first, _second) = (turns.take().await.unwrap(), turns.take().await.unwrap());
        let (third, ()) = tokio::join!(turns.take(), async { drop(first) });
        drop(third.unwrap());
    }
}
