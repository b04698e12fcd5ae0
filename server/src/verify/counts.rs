//! What keys are used for, summed up in memory between two writes: exact, and without an allocation for a key that is already
//! there. Called by the recorder, on the request's thread.

use super::{ModelUsed, recorder::Used};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::{Added, KeyUses};

/// Parts with a lock each, so that requests seldom wait for one another.
const SHARDS: usize = 16;
/// Keys that a part keeps room for.
const KEPT: usize = 1_000;

/// The sums. There are at most as many as keys, however long they can't be written.
#[derive(Default)]
pub(super) struct Counts([Mutex<Shard>; SHARDS]);

struct Shard {
    by_key: HashMap<u64, KeyUses>,
    /// The user agent of some use before: most have the same one, and share its text.
    agent: Arc<str>,
}

impl Default for Shard {
    fn default() -> Self {
        Self { by_key: HashMap::new(), agent: "".into() }
    }
}

impl Counts {
    /// Adds a use.
    pub fn add(&self, used: Used<'_>) {
        let Used { at, key, code, address, agent, model, .. } = used;
        // A name that no provider has would be a row that nobody's workspace bounds.
        let model = model.filter(|model| model.known).map(ModelUsed::row);
        let Shard { by_key, agent: latest } = &mut *self.shard(key.id.number());
        let sum = by_key.entry(key.id.number()).or_insert_with(|| KeyUses::new(key.id, at));
        sum.add(Added { at, code, address, agent, model }, latest);
    }

    /// All sums, a part at a time, each in the order of its keys: so that what very many keys take twice, here and on the
    /// way to the database, is a part of it. The next ones begin at nothing.
    pub fn take(&self) -> impl Iterator<Item = Vec<KeyUses>> {
        self.0.iter().map(|shard| {
            let mut shard = lock(shard);
            let mut all: Vec<KeyUses> = shard.by_key.drain().map(|(_, uses)| uses).collect();
            // The same keys come again: but room for very many is given back.
            shard.by_key.shrink_to(KEPT);
            drop(shard);
            all.sort_unstable_by_key(|uses| uses.key.number());
            all
        })
    }

    /// Takes back what could not be written.
    pub fn take_back(&self, uses: impl IntoIterator<Item = KeyUses>) {
        for earlier in uses {
            match self.shard(earlier.key.number()).by_key.entry(earlier.key.number()) {
                Entry::Occupied(mut since) => since.get_mut().take_back(earlier),
                Entry::Vacant(place) => {
                    place.insert(earlier);
                }
            }
        }
    }

    fn shard(&self, number: u64) -> MutexGuard<'_, Shard> {
        // The last byte of an id is one of 62 characters: multiplied, they spread over all parts.
        let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60;
        lock(&self.0[usize::try_from(spread).unwrap_or_default() % SHARDS])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
