//! Writing samples: one after the other, so many a second, and only so many calls sampled at a time. What goes beyond is not
//! sampled, and nobody waits.

use super::take::Taken;
use crate::{Latchkey, budget::Budget};
use domain::{id::SampleId, time::Timestamp};
use std::sync::Arc;
use store::{Error, NewSample};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

/// Calls that are sampled at a time, those included whose sample waits to be written: with 128 KiB each, 16 MiB of memory.
const AT_ONCE: usize = 128;
/// Samples that are written in a second.
const PER_SECOND: u32 = 5;

/// A place among the calls that are sampled.
pub(super) type Place = OwnedSemaphorePermit;

/// What is sampled at the moment.
pub(crate) struct Samples {
    places: Arc<Semaphore>,
    budget: Budget,
    /// Whose sample is being written; and whether the one before could not be.
    turn: Mutex<bool>,
}

impl Default for Samples {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), budget: Budget::new(PER_SECOND), turn: Mutex::default() }
    }
}

impl Samples {
    /// A place, if one is free.
    pub fn place(&self) -> Option<Place> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Whether another one may be written in this second.
    pub fn admits(&self, now: Timestamp) -> bool {
        self.budget.admits(now)
    }
}

/// Seals a sample and writes it. It is not tried again.
pub(super) async fn keep(latchkey: Latchkey, id: SampleId, taken: Taken) {
    let mut failing = latchkey.samples.turn.lock().await;
    let (workspace, key, at) = (taken.workspace.clone(), taken.key, taken.at);
    let model = taken.model.to_string();
    let (said, _place) = taken.said();
    // Why it can't be sealed is in the log by then.
    let Ok(sealed) = latchkey.seal_sample(&workspace, &id, &said).await else { return };
    let kept = latchkey.store.keep_sample(&NewSample { id, workspace, key, model, at, sealed }).await;
    // Turned off, or its key deleted, since the call: that is no failure.
    let failed = kept.err().filter(|error| !matches!(error, Error::Changed));
    // Told once, however long it lasts.
    match (&failed, *failing) {
        (Some(error), false) => tracing::warn!(%error, "samples of calls can't be kept"),
        (None, true) => tracing::info!("samples of calls are kept again"),
        _ => {}
    }
    *failing = failed.is_some();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_calls_are_sampled_at_a_time() {
        let samples = Samples::default();
        let mut places: Vec<_> = (0..AT_ONCE).filter_map(|_| samples.place()).collect();
        assert!(places.len() == AT_ONCE && samples.place().is_none());
        places.pop();
        assert!(samples.place().is_some());
    }

    #[test]
    fn only_so_many_are_written_in_a_second() {
        let samples = Samples::default();
        let written = (0..100).filter(|_| samples.admits(Timestamp(1_786_000_000_000))).count();
        assert_eq!(written, PER_SECOND as usize);
        assert!(samples.admits(Timestamp(1_786_000_001_000)));
    }
}
