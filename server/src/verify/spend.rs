//! What a key may still spend, for the answers that say so. Whether it may spend at all is in its record; how much is left is
//! in its account, which only the database has. Called by `me` and the verify call; for a key without a cap it does nothing.

use super::Record;
use crate::Latchkey;
use domain::{
    model::{Cap, CapState, MicroUsd},
    refusal::Refusal,
};

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
        let kept = self.in_time(self.store.account(&key.id)).await.map_err(|_| Refusal::Unavailable)?;
        let now = self.now();
        let account = kept.map(|(since, account)| cap.current(since, account, now)).unwrap_or_default();
        Ok(match cap.state(account, now) {
            CapState::Open { left } => left,
            CapState::Exhausted { .. } => MicroUsd::ZERO,
        })
    }
}
