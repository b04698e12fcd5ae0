//! What keys are used for, summed up in memory between two writes: exact, and without an allocation for a key that is already
//! there. Called by the recorder, on the request's thread.

use super::recorder::Used;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};
use store::KeyUses;

/// Parts with a lock each, so that requests seldom wait for one another.
const SHARDS: usize = 16;
/// Keys that a part keeps room for.
const KEPT: usize = 1_000;

/// The sums. There are at most as many as keys, however long they can't be written.
#[derive(Default)]
pub(super) struct Counts([Mutex<HashMap<u64, KeyUses>>; SHARDS]);

impl Counts {
    /// Adds a use.
    pub fn add(&self, used: Used<'_>) {
        let id = used.key.id;
        let mut shard = self.shard(id.number());
        let sum = shard.entry(id.number()).or_insert_with(|| KeyUses::new(id));
        sum.add(used.at, used.code, used.address, used.agent);
    }

    /// All sums, in the order of their keys; the next ones begin at nothing.
    pub fn take(&self) -> Vec<KeyUses> {
        let mut all = Vec::new();
        for shard in &self.0 {
            let mut shard = lock(shard);
            all.extend(shard.drain().map(|(_, uses)| uses));
            // The same keys come again: but room for very many is given back.
            shard.shrink_to(KEPT);
        }
        all.sort_unstable_by_key(|uses| uses.key.number());
        all
    }

    /// Takes back what could not be written.
    pub fn take_back(&self, uses: impl IntoIterator<Item = KeyUses>) {
        for earlier in uses {
            match self.shard(earlier.key.number()).entry(earlier.key.number()) {
                Entry::Occupied(mut since) => since.get_mut().take_back(earlier),
                Entry::Vacant(place) => {
                    place.insert(earlier);
                }
            }
        }
    }

    fn shard(&self, number: u64) -> MutexGuard<'_, HashMap<u64, KeyUses>> {
        // The last byte of an id is one of 62 characters: multiplied, they spread over all parts.
        let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60;
        lock(&self.0[usize::try_from(spread).unwrap_or_default() % SHARDS])
    }
}

fn lock(shard: &Mutex<HashMap<u64, KeyUses>>) -> MutexGuard<'_, HashMap<u64, KeyUses>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
