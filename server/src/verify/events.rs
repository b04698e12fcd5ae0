//! Single requests on their way into the log: a bounded queue and a budget of requests a second. What goes beyond either is
//! dropped and counted. Filled by the recorder on the request's thread, emptied by its task.

use super::{McpUsed, ModelUsed, Record, recorder::Used};
use crate::budget::Budget;
use domain::time::Timestamp;
use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};
use store::Use;

/// Requests that may wait.
pub(super) const QUEUE: usize = 20_000;

/// A request that waits to be written.
pub(super) struct Waiting {
    at: Timestamp,
    key: Arc<Record>,
    surface: &'static str,
    code: &'static str,
    address: Option<IpAddr>,
    agent: Box<str>,
    /// In a box: most requests have none.
    mcp: Option<Box<McpUsed>>,
    model: Option<Box<ModelUsed>>,
}

impl Waiting {
    fn new(used: Used<'_>) -> Self {
        let Used { at, key, surface, code, address, agent, mcp, model } = used;
        let (mcp, model) = (mcp.cloned().map(Box::new), model.cloned().map(Box::new));
        Self { at, key: Arc::clone(key), surface, code, address, agent: agent.into(), mcp, model }
    }

    /// Its row in the log.
    pub fn row(&self) -> Use<'_> {
        Use {
            at: self.at,
            workspace: &self.key.workspace().id,
            key: self.key.id,
            surface: self.surface,
            code: self.code,
            address: self.address,
            agent: &self.agent,
            mcp: self.mcp.as_ref().map(|mcp| mcp.row()),
            model: self.model.as_ref().map(|model| model.row()),
        }
    }
}

/// The queue.
pub(super) struct Events {
    waiting: Mutex<VecDeque<Waiting>>,
    /// Those that wait and those that are being written.
    depth: AtomicUsize,
    budget: Budget,
    dropped: AtomicU64,
    written: AtomicU64,
}

impl Events {
    pub fn new(budget: u32) -> Self {
        Self {
            waiting: Mutex::default(),
            depth: AtomicUsize::new(0),
            budget: Budget::new(budget),
            dropped: AtomicU64::new(0),
            written: AtomicU64::new(0),
        }
    }

    /// Takes a request, or drops it.
    pub fn offer(&self, used: Used<'_>) {
        if !self.budget.admits(used.at) {
            if self.drop_some(1) == 0 {
                let budget = self.budget.most();
                tracing::warn!(
                    budget,
                    "more requests a second than the usage log takes: some are counted and not listed"
                );
            }
        } else if self.depth.fetch_add(1, Ordering::Relaxed) >= QUEUE {
            self.depth.fetch_sub(1, Ordering::Relaxed);
            if self.drop_some(1) == 0 {
                tracing::warn!("the usage queue is full: some requests are counted and not listed");
            }
        } else {
            self.lock().push_back(Waiting::new(used));
        }
    }

    /// The oldest that wait, at most as many. They count as waiting until they are [settled](Self::written_some).
    pub fn take(&self, most: usize) -> Vec<Waiting> {
        let mut waiting = self.lock();
        let many = waiting.len().min(most);
        waiting.drain(..many).collect()
    }

    /// Those taken were written.
    pub fn written_some(&self, many: usize) {
        self.depth.fetch_sub(many, Ordering::Relaxed);
        self.written.fetch_add(many as u64, Ordering::Relaxed);
    }

    /// Those taken could not be written.
    pub fn lost_some(&self, many: usize) {
        self.depth.fetch_sub(many, Ordering::Relaxed);
        self.drop_some(many as u64);
    }

    pub fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// How many were dropped before.
    fn drop_some(&self, many: u64) -> u64 {
        self.dropped.fetch_add(many, Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
