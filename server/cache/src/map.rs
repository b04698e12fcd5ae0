//! The map that holds the records: bounded, concurrent, and it throws out what is not asked for. Called by the cache alone.

use std::sync::Arc;

/// Records by the number of their key.
#[cfg(not(loom))]
pub struct Map<R>(quick_cache::sync::Cache<u64, Arc<R>>);

#[cfg(not(loom))]
impl<R> Map<R> {
    /// A map of at most about that many records. It grows as they come.
    pub fn new(most: usize) -> Self {
        let most_weight = u64::try_from(most.max(1)).unwrap_or(u64::MAX);
        let options = quick_cache::OptionsBuilder::new()
            .estimated_items_capacity(most.clamp(1, 1_024))
            .weight_capacity(most_weight)
            .build();
        let made = options.map(|options| {
            let (weighter, hasher, lifecycle) = <_>::default();
            quick_cache::sync::Cache::with_options(options, weighter, hasher, lifecycle)
        });
        Self(made.unwrap_or_else(|_| quick_cache::sync::Cache::new(most.max(1))))
    }

    pub fn get(&self, key: u64) -> Option<Arc<R>> {
        self.0.get(&key)
    }

    pub fn insert(&self, key: u64, record: Arc<R>) {
        self.0.insert(key, record);
    }

    pub fn remove(&self, key: u64) {
        self.0.remove(&key);
    }

    pub fn clear(&self) {
        self.0.clear();
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// For the model checker: each operation is one step, as those of the concurrent map look to its callers.
#[cfg(loom)]
pub struct Map<R>(crate::sync::Mutex<std::collections::HashMap<u64, Arc<R>>>);

#[cfg(loom)]
impl<R> Map<R> {
    pub fn new(_most: usize) -> Self {
        Self(crate::sync::Mutex::new(std::collections::HashMap::new()))
    }

    pub fn get(&self, key: u64) -> Option<Arc<R>> {
        crate::sync::lock(&self.0).get(&key).cloned()
    }

    pub fn insert(&self, key: u64, record: Arc<R>) {
        crate::sync::lock(&self.0).insert(key, record);
    }

    pub fn remove(&self, key: u64) {
        crate::sync::lock(&self.0).remove(&key);
    }

    pub fn clear(&self) {
        crate::sync::lock(&self.0).clear();
    }

    pub fn len(&self) -> usize {
        crate::sync::lock(&self.0).len()
    }
}
