//! A record, and the parts that many records share.

use crate::sync::{AtomicBool, Mutex, Ordering, lock};
use std::{collections::HashMap, ops::Deref, sync::Arc};

/// What stands about one key: its own value, and what it shares with other keys. Reads as its own value.
#[derive(Debug)]
pub struct Record<V, O, W> {
    value: V,
    owner: Arc<Part<O>>,
    workspace: Arc<Part<W>>,
    /// Set once it is certain that nothing changed while it was loaded.
    kept: AtomicBool,
}

impl<V, O, W> Record<V, O, W> {
    pub(crate) fn new(value: V, owner: Arc<Part<O>>, workspace: Arc<Part<W>>) -> Self {
        Self { value, owner, workspace, kept: AtomicBool::new(false) }
    }

    /// What it shares with its owner's other keys.
    pub fn owner(&self) -> &O {
        &self.owner.value
    }

    /// What it shares with its workspace's other keys.
    pub fn workspace(&self) -> &W {
        &self.workspace.value
    }

    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_good(&self) -> bool {
        self.kept.load(Ordering::SeqCst) && !self.owner.is_stale() && !self.workspace.is_stale()
    }
}

impl<V, O, W> Deref for Record<V, O, W> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.value
    }
}

/// What many records share.
#[derive(Debug)]
pub struct Part<T> {
    value: T,
    stale: AtomicBool,
}

impl<T> Part<T> {
    fn is_stale(&self) -> bool {
        self.stale.load(Ordering::SeqCst)
    }
}

/// The shared parts in use, by the id of what they are about.
pub struct Parts<T>(Mutex<InUse<T>>);

struct InUse<T> {
    /// Nearly always one an id; two while a load that began before a change of it is still under way.
    by_id: HashMap<Box<str>, Vec<Arc<Part<T>>>>,
    /// Looked through for parts that no record has any more when there are this many.
    sweep_at: usize,
}

const FIRST_SWEEP: usize = 1_000;

impl<T: PartialEq> Parts<T> {
    pub fn new() -> Self {
        Self(Mutex::new(InUse { by_id: HashMap::new(), sweep_at: FIRST_SWEEP }))
    }

    /// The part of that id and value: the one in use, or a new one.
    pub fn share(&self, id: &str, value: T) -> Arc<Part<T>> {
        let mut in_use = lock(&self.0);
        in_use.sweep();
        let of_id = match in_use.by_id.get_mut(id) {
            Some(of_id) => of_id,
            None => in_use.by_id.entry(id.into()).or_default(),
        };
        if let Some(part) = of_id.iter().find(|part| part.value == value) {
            return Arc::clone(part);
        }
        let part = Arc::new(Part { value, stale: AtomicBool::new(false) });
        of_id.push(Arc::clone(&part));
        part
    }

    /// Makes every record that has a part of that id stale.
    pub fn forget(&self, id: &str) {
        let mut in_use = lock(&self.0);
        mark(&in_use.by_id.remove(id).unwrap_or_default());
    }

    /// Makes every record stale.
    pub fn forget_all(&self) {
        lock(&self.0).by_id.drain().for_each(|(_, parts)| mark(&parts));
    }
}

fn mark<T>(parts: &[Arc<Part<T>>]) {
    for part in parts {
        part.stale.store(true, Ordering::SeqCst);
    }
}

impl<T> InUse<T> {
    fn sweep(&mut self) {
        if self.by_id.len() < self.sweep_at {
            return;
        }
        self.by_id.retain(|_, parts| {
            parts.retain(|part| Arc::strong_count(part) > 1);
            !parts.is_empty()
        });
        self.sweep_at = FIRST_SWEEP.max(self.by_id.len() * 2);
    }
}
