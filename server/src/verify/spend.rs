//! What a key may still spend, for the answers that say so. Whether it may spend at all is in its record; how much is left is
//! in its account, which only the database has. Called by `me` and the verify call; for a key without a cap it does nothing.

use super::{PATIENCE, Record};
use crate::{Error, Latchkey};
use domain::{
    model::{Cap, CapState, MicroUsd},
    refusal::Refusal,
};
use tokio::time::timeout;

impl Latchkey {
    /// What is left of a key's spend cap now; `None` without a cap. Refused where the database does not say.
    pub(crate) async fn left(&self, key: &Record) -> Result<Option<MicroUsd>, Refusal> {
        match &key.facts.spend {
            None => Ok(None),
            // In a box, so that requests with other keys stay small.
            Some(spend) => Box::pin(self.left_of(key, spend.cap)).await.map(Some),
        }
    }

    async fn left_of(&self, key: &Record, cap: Cap) -> Result<MicroUsd, Refusal> {
        let kept = match timeout(PATIENCE, self.store.account(&key.id)).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(error)) => {
                // The conversion writes the cause to the log.
                let _: Error = error.into();
                return Err(Refusal::Unavailable);
            }
            Err(_) => {
                tracing::error!("the database does not answer in time");
                return Err(Refusal::Unavailable);
            }
        };
        let now = self.now();
        let account = kept.map(|(since, account)| cap.current(since, account, now)).unwrap_or_default();
        Ok(match cap.state(account, now) {
            CapState::Open { left } => left,
            CapState::Exhausted { .. } => MicroUsd::ZERO,
        })
    }
}
