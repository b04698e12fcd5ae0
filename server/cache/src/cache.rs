//! The cache itself: look up, load, forget. The order of the steps in [`Cache::keep`] and [`Cache::forget`] is the protocol;
//! `docs/consistency.md` says why each stands where it does.

use crate::{
    map::Map,
    shared::{Parts, Record},
    sync::{AtomicU64, Ordering},
};
use std::sync::Arc;

/// Records by the number of their key: values `V`, owners `O`, workspaces `W`.
pub struct Cache<V, O, W> {
    records: Map<Record<V, O, W>>,
    owners: Parts<O>,
    workspaces: Parts<W>,
    /// How many changes were applied.
    changes: AtomicU64,
}

/// A load that is under way: taken before the database is read, handed back with what was read.
#[derive(Debug)]
pub struct Load {
    changes: u64,
}

impl<V, O: PartialEq, W: PartialEq> Cache<V, O, W> {
    /// A cache of at most about `most` records.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { records: Map::new(most), owners: Parts::new(), workspaces: Parts::new(), changes: AtomicU64::new(0) }
    }

    /// The record of a key, if it is here and nothing it is made of was changed.
    pub fn get(&self, key: u64) -> Option<Arc<Record<V, O, W>>> {
        self.records.get(key).filter(|record| record.is_good())
    }

    /// Begins a load. What is read afterwards may be kept.
    pub fn load(&self) -> Load {
        Load { changes: self.changes.load(Ordering::SeqCst) }
    }

    /// Whether nothing changed since the load began.
    pub fn is_current(&self, load: &Load) -> bool {
        self.changes.load(Ordering::SeqCst) == load.changes
    }

    /// Ends a load: makes a record of what was read, and keeps it for later readers unless anything changed since the load
    /// began. The caller may use the record in either case: it asked before the change was acknowledged.
    #[expect(clippy::needless_pass_by_value, reason = "a load is used once")]
    pub fn keep(&self, load: Load, key: u64, value: V, owner: (&str, O), workspace: (&str, W)) -> Arc<Record<V, O, W>> {
        let owner = self.owners.share(owner.0, owner.1);
        let workspace = self.workspaces.share(workspace.0, workspace.1);
        let record = Arc::new(Record::new(value, owner, workspace));
        // Not good yet: readers who meet it load for themselves.
        self.records.insert(key, Arc::clone(&record));
        if self.is_current(&load) {
            // A change that is counted from here on finds the record, or its parts, in their places and forgets them.
            record.keep();
        } else {
            self.records.remove(key);
        }
        record
    }

    /// Forgets the records of these keys.
    pub fn forget(&self, keys: impl IntoIterator<Item = u64>) {
        self.count_change();
        keys.into_iter().for_each(|key| self.records.remove(key));
    }

    /// Forgets the records of an owner's keys.
    pub fn forget_owner(&self, id: &str) {
        self.count_change();
        self.owners.forget(id);
    }

    /// Forgets the records of a workspace's keys.
    pub fn forget_workspace(&self, id: &str) {
        self.count_change();
        self.workspaces.forget(id);
    }

    /// Forgets everything.
    pub fn forget_all(&self) {
        self.count_change();
        self.owners.forget_all();
        self.records.clear();
    }

    /// About how many records are held.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// First of all: a load that began before the change must not pass for one that began after it.
    fn count_change(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }
}
