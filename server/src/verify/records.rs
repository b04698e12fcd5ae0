//! The records of keys in memory, and the database behind them. Called by the verifier on every request; changed by the feed
//! of changes. `docs/consistency.md` says why a change is never missed.

use super::known::KnownIds;
use crate::{Clock, Random, herd::Herd};
use cache::Cache;
use domain::{
    id::EventId,
    key::{KeyId, Presented, SecretHash},
};
use std::{
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::{Changed, Credential, Error, Follower, KeyOwner, KeyWorkspace, Store};
use tokio::{sync::Notify, time::sleep};

/// A key whose record is read from memory: reads as the key's own [`Credential`].
pub type Record = cache::Record<Credential, KeyOwner, KeyWorkspace>;

/// Ids that are read from the database at a time.
const PAGE: i64 = 10_000;
/// The pause before ids are read again after that failed.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// What an unknown id's secret is compared with.
static NOBODY: LazyLock<SecretHash> = LazyLock::new(|| SecretHash::of(""));

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Records(Arc<Parts>);

struct Parts {
    cache: Cache<Credential, KeyOwner, KeyWorkspace>,
    herd: Herd<Record>,
    known: KnownIds,
    refill: Notify,
    follower: OnceLock<Follower>,
    instance: OnceLock<String>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// What memory says to what was shown.
pub(super) enum Memory {
    /// It is this key.
    Key(Arc<Record>),
    /// It is none: no such id, or another secret.
    NoKey,
    /// The database has to be asked.
    Unsure,
}

/// How the records do.
#[derive(Clone, Copy, Debug)]
pub struct RecordsState {
    /// Records held.
    pub held: usize,
    /// Requests answered from memory, an unknown id included, and those that took what another one read meanwhile.
    pub hits: u64,
    /// Requests that asked the database.
    pub misses: u64,
    /// Whether what is held can be trusted now: the lease holds.
    pub trusted: bool,
    /// The number of the last change applied; -1 before the first round.
    pub applied: i64,
}

impl Records {
    /// Nothing is held, and everything comes from the database, until the process follows the changes.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Parts {
            cache: Cache::new(most),
            herd: Herd::default(),
            known: KnownIds::default(),
            refill: Notify::new(),
            follower: OnceLock::new(),
            instance: OnceLock::new(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }))
    }

    /// Makes this process an instance that keeps records. Once a process. `also` is told of every change too, before it is
    /// acknowledged.
    pub fn follow(
        &self,
        store: &Store,
        clock: &Clock,
        random: &Random,
        also: impl Fn(&Changed) + Send + Sync + 'static,
    ) {
        let instance = random.with(|rng| EventId::generate(rng)).to_string();
        let (records, clock) = (self.clone(), clock.clone());
        let apply = Arc::new(move |changed: &Changed| {
            records.apply(changed);
            also(changed);
        });
        let _ = self.0.instance.set(instance.clone());
        let follower = store.follow(instance, Arc::new(move || clock.of_leases()), apply);
        if self.0.follower.set(follower).is_ok() {
            tokio::spawn(self.clone().fill(store.clone()));
        }
    }

    /// The name of this process among the instances; empty where it is none.
    pub fn instance(&self) -> String {
        self.0.instance.get().cloned().unwrap_or_default()
    }

    /// Stops trusting what is held and tells the other instances not to wait for this one.
    pub async fn stop(&self) {
        if let Some(follower) = self.0.follower.get() {
            follower.stop().await;
        }
    }

    /// The key of that id, if its secret is the one shown.
    pub(super) fn in_memory(&self, shown: &Presented) -> Memory {
        let (Parts { cache, known, hits, .. }, id) = (&*self.0, shown.id.number());
        if !self.is_trusted() {
            return Memory::Unsure;
        }
        let answer = match cache.get(id) {
            Some(record) if record.hash.matches(&shown.hash) => Memory::Key(record),
            Some(_) => Memory::NoKey,
            None if known.lack(id) => {
                // The comparison takes the time it takes for a wrong secret.
                let _ = NOBODY.matches(&shown.hash);
                Memory::NoKey
            }
            None => return Memory::Unsure,
        };
        hits.fetch_add(1, Ordering::Relaxed);
        answer
    }

    /// The same from the database, kept for the next request if nothing changed meanwhile.
    pub async fn in_database(&self, store: &Store, shown: &Presented) -> Result<Option<Arc<Record>>, Error> {
        let Parts { herd, hits, .. } = &*self.0;
        let mut asked = false;
        let reading = async {
            asked = true;
            self.read(store, shown).await
        };
        let found = herd.read(place(shown), |record| record.id == shown.id, reading).await?;
        if !asked {
            hits.fetch_add(1, Ordering::Relaxed);
        }
        Ok(found.filter(|record| record.hash.matches(&shown.hash)))
    }

    /// The key of that id, from the database; where nothing held can be trusted, only if its secret is the one shown.
    async fn read(&self, store: &Store, shown: &Presented) -> Result<Option<Arc<Record>>, Error> {
        let (Parts { cache, known, misses, .. }, id) = (&*self.0, shown.id.number());
        let trusted = self.is_trusted();
        misses.fetch_add(1, Ordering::Relaxed);
        let load = cache.load();
        let read =
            if trusted { store.key_record(&shown.id).await? } else { store.credential(&shown.id, &shown.hash).await? };
        let Some(read) = read else {
            if trusted {
                known.remove_if(id, || cache.is_current(&load));
            }
            return Ok(None);
        };
        let (owner, workspace) = (read.owner.id.clone(), read.workspace.id.clone());
        let (owner, workspace) = ((owner.as_str(), read.owner), (workspace.as_str(), read.workspace));
        Ok(Some(cache.keep(load, id, read.credential, owner, workspace)))
    }

    /// Whether nothing that this record is made of was changed: what was read stands.
    pub fn is_current(&self, record: &Arc<Record>) -> bool {
        let kept = || self.0.cache.get(record.id.number());
        self.is_trusted() && kept().is_some_and(|kept| Arc::ptr_eq(&kept, record))
    }

    /// How the records do.
    pub fn state(&self) -> RecordsState {
        let parts = &*self.0;
        RecordsState {
            held: parts.cache.len(),
            hits: parts.hits.load(Ordering::Relaxed),
            misses: parts.misses.load(Ordering::Relaxed),
            trusted: self.is_trusted(),
            applied: parts.follower.get().map_or(-1, Follower::applied),
        }
    }

    /// How many changes this process has not applied yet; 0 in one that keeps no records.
    pub async fn lag(&self) -> Result<i64, Error> {
        match self.0.follower.get() {
            Some(follower) => follower.lag().await,
            None => Ok(0),
        }
    }

    /// Whether what was read and not announced as changed since is right.
    pub fn is_trusted(&self) -> bool {
        self.0.follower.get().is_some_and(Follower::is_trusted)
    }

    fn apply(&self, changed: &Changed) {
        let Parts { cache, known, refill, .. } = &*self.0;
        let numbers = |keys: &[KeyId]| keys.iter().map(|key| key.number()).collect::<Vec<_>>();
        match changed {
            Changed::Keys(keys) => {
                cache.forget(numbers(keys));
                // After the cache counted the change: see `remove_if`.
                known.add(numbers(keys));
            }
            Changed::Deleted(keys) => {
                cache.forget(numbers(keys));
                known.remove(numbers(keys));
            }
            Changed::Owner(user) => cache.forget_owner(user.as_str()),
            Changed::Workspace(workspace) => cache.forget_workspace(workspace.as_str()),
            Changed::Everything => {
                cache.forget_all();
                known.begin();
                refill.notify_one();
            }
        }
    }

    /// Reads all ids whenever the thread of changes is taken up anew.
    async fn fill(self, store: Store) {
        loop {
            self.0.refill.notified().await;
            let filling = self.0.known.begin();
            while let Err(error) = self.fill_once(&store).await {
                tracing::warn!(%error, "the keys' ids can't be read");
                sleep(AGAIN_AFTER).await;
            }
            self.0.known.finish(filling);
        }
    }

    async fn fill_once(&self, store: &Store) -> Result<(), Error> {
        let mut after = String::new();
        loop {
            let ids = store.key_ids(&after, PAGE).await?;
            let Some(last) = ids.last() else { return Ok(()) };
            after = last.to_string();
            self.0.known.add(ids.iter().map(|id| id.number()));
        }
    }
}

/// Where a key's herd waits: chosen by its secret, so that nobody who knows its id alone keeps it waiting behind wrong ones.
fn place(shown: &Presented) -> u64 {
    shown.hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_guesses_waits_elsewhere() {
        let id = Random::seeded(1).with(|rng| KeyId::generate(rng));
        let at = |secret: &str| place(&Presented { id, hash: SecretHash::of(secret) }) % crate::herd::PLACES;
        let places: std::collections::HashSet<u64> = (0..1_000).map(|n| at(&n.to_string())).collect();
        assert!(places.len() > 200, "{}", places.len());
        assert_eq!(at("its own"), at("its own"));
    }

    /// Very many are held: with the two counts of its `Arc` one fits what allocators hand out as 256 bytes. What few keys have
    /// belongs into a box.
    #[test]
    fn a_record_is_small() {
        let size = size_of::<Record>() + 2 * size_of::<usize>();
        assert!(size <= 256, "{size} bytes");
    }
}
