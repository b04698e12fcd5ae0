//! The ids of all keys, as numbers: a request with an id that never was is refused from memory, so that a flood of invented
//! ones neither reaches the database nor throws a record out. Filled by a task when the process begins to follow the feed of
//! changes; kept up by that feed.

use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock, RwLockWriteGuard},
};

/// The ids.
#[derive(Default)]
pub(super) struct KnownIds(RwLock<Ids>);

#[derive(Default)]
struct Ids {
    known: HashSet<u64>,
    /// Whether all are here: before, an id that is not here says nothing.
    complete: bool,
    /// Which filling is under way.
    filling: u64,
}

impl KnownIds {
    /// Whether there is certainly no key of that id.
    pub fn lack(&self, id: u64) -> bool {
        let ids = self.0.read().unwrap_or_else(PoisonError::into_inner);
        ids.complete && !ids.known.contains(&id)
    }

    pub fn add(&self, some: impl IntoIterator<Item = u64>) {
        self.write().known.extend(some);
    }

    pub fn remove(&self, some: impl IntoIterator<Item = u64>) {
        let mut ids = self.write();
        for id in some {
            ids.known.remove(&id);
        }
    }

    /// Removes an id that the database does not have, if `still` holds once nobody can add it any more.
    pub fn remove_if(&self, id: u64, still: impl FnOnce() -> bool) {
        let mut ids = self.write();
        if still() {
            ids.known.remove(&id);
        }
    }

    /// Begins to fill anew; the number is for the calls that fill.
    pub fn begin(&self) -> u64 {
        let mut ids = self.write();
        ids.complete = false;
        ids.filling += 1;
        ids.filling
    }

    /// Ends a filling; another that has begun since goes on.
    pub fn finish(&self, filling: u64) {
        let mut ids = self.write();
        ids.complete = ids.filling == filling;
    }

    fn write(&self) -> RwLockWriteGuard<'_, Ids> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_no_only_when_it_has_them_all() {
        let ids = KnownIds::default();
        assert!(!ids.lack(1));
        let first = ids.begin();
        ids.add([1, 2]);
        ids.add([3]);
        assert!(!ids.lack(9));
        ids.finish(first);
        assert!(ids.lack(9));
        assert!([1, 2, 3].iter().all(|id| !ids.lack(*id)));
        ids.remove([2]);
        assert!(ids.lack(2));
        ids.remove_if(3, || false);
        assert!(!ids.lack(3));
        ids.remove_if(3, || true);
        assert!(ids.lack(3));
    }

    #[test]
    fn a_filling_that_was_overtaken_is_not_complete() {
        let ids = KnownIds::default();
        let first = ids.begin();
        let second = ids.begin();
        ids.finish(first);
        assert!(!ids.lack(9));
        ids.finish(second);
        assert!(ids.lack(9));
    }
}
