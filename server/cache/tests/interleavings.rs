//! The protocol in every interleaving of its threads, by the model checker loom: a reader who asks after a change was
//! applied never gets what stood before it. Runs with `--cfg loom` (see `scripts/test.sh`).

#![cfg(loom)]
#![expect(clippy::unwrap_used, reason = "a thread of the model that panics fails the test")]

use cache::{Cache, Load};
use loom::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
};

const KEY: u64 = 7;

/// The versions of a key, its owner and its workspace as they stand in the database.
struct World {
    cache: Cache<u64, u64, u64>,
    key: AtomicU64,
    owner: AtomicU64,
    workspace: AtomicU64,
}

impl World {
    fn new() -> Arc<Self> {
        let row = || AtomicU64::new(0);
        Arc::new(Self { cache: Cache::new(10), key: row(), owner: row(), workspace: row() })
    }

    /// A request: from memory, or else from the database.
    fn ask(&self) -> (u64, u64, u64) {
        if let Some(record) = self.cache.get(KEY) {
            return (**record, *record.owner(), *record.workspace());
        }
        let load: Load = self.cache.load();
        let read = (self.key.load(SeqCst), self.owner.load(SeqCst), self.workspace.load(SeqCst));
        let record = self.cache.keep(load, KEY, read.0, ("o", read.1), ("w", read.2));
        (**record, *record.owner(), *record.workspace())
    }
}

/// Runs `change` beside requests; a request after its end has to see it. Beside one request every interleaving is tried;
/// beside two, those in which threads are interrupted twice at most, or it would take days.
fn never_slips_past(change: fn(&World), seen: fn((u64, u64, u64)) -> u64) {
    for (askers, interruptions) in [(1, None), (2, Some(2))] {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = interruptions;
        model.check(move || {
            let world = World::new();
            let askers: Vec<_> = (0..askers)
                .map(|_| {
                    let world = Arc::clone(&world);
                    thread::spawn(move || world.ask())
                })
                .collect();
            change(&world);
            assert_eq!(seen(world.ask()), 1, "what stood before the change came back");
            askers.into_iter().for_each(|asker| {
                asker.join().unwrap();
            });
            assert_eq!(seen(world.ask()), 1, "what stood before the change was kept");
        });
    }
}

#[test]
fn a_change_of_the_key() {
    let change = |world: &World| {
        world.key.store(1, SeqCst);
        world.cache.forget([KEY]);
    };
    never_slips_past(change, |seen| seen.0);
}

#[test]
fn a_change_of_the_owner() {
    let change = |world: &World| {
        world.owner.store(1, SeqCst);
        world.cache.forget_owner("o");
    };
    never_slips_past(change, |seen| seen.1);
}

#[test]
fn a_change_of_the_workspace() {
    let change = |world: &World| {
        world.workspace.store(1, SeqCst);
        world.cache.forget_workspace("w");
    };
    never_slips_past(change, |seen| seen.2);
}

#[test]
fn everything_is_forgotten() {
    let change = |world: &World| {
        world.workspace.store(1, SeqCst);
        world.cache.forget_all();
    };
    never_slips_past(change, |seen| seen.2);
}

/// Two changes side by side, each acknowledged by itself.
#[test]
fn changes_beside_each_other() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let world = World::new();
        let other = {
            let world = Arc::clone(&world);
            thread::spawn(move || {
                world.owner.store(1, SeqCst);
                world.cache.forget_owner("o");
                assert_eq!(world.ask().1, 1);
            })
        };
        world.key.store(1, SeqCst);
        world.cache.forget([KEY]);
        assert_eq!(world.ask().0, 1);
        other.join().unwrap();
        assert_eq!(world.ask(), (1, 1, 0));
    });
}
