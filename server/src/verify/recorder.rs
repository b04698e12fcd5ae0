//! Writes uses off the requests' path: in batches, at least twice a second, and at shutdown. The queue is bounded; a full
//! one drops and counts, and never makes a request wait.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use store::{Store, Use};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
    time::timeout,
};

/// Uses that may wait.
const QUEUE: usize = 20_000;
/// Uses written in one transaction.
const BATCH: usize = 1_000;
/// The longest a use waits before its batch is written.
const EVERY: Duration = Duration::from_millis(500);

/// The queue's entrance.
pub struct Recorder {
    queue: std::sync::Mutex<Option<mpsc::Sender<Use>>>,
    sender: mpsc::WeakSender<Use>,
    dropped: AtomicU64,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Recorder {
    pub(crate) fn start(store: Store) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let task = tokio::spawn(write_batches(store, receiver));
        Self {
            sender: sender.downgrade(),
            queue: std::sync::Mutex::new(Some(sender)),
            dropped: AtomicU64::new(0),
            task: Mutex::new(Some(task)),
        }
    }

    /// Hands over a use; never waits.
    pub(crate) fn record(&self, used: Use) {
        let sent = self.sender.upgrade().is_some_and(|sender| sender.try_send(used).is_ok());
        if !sent && self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!("the usage queue is full: some uses are not recorded");
        }
    }

    /// Uses that were dropped since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Writes what is waiting and stops.
    pub(crate) async fn finish(&self) {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

async fn write_batches(store: Store, mut queue: mpsc::Receiver<Use>) {
    let mut batch = Vec::new();
    while let Some(first) = queue.recv().await {
        batch.push(first);
        // Gathers for a while, or until the batch is full, or until the queue is closed.
        let gather = async { while batch.len() < BATCH && queue.recv_many(&mut batch, BATCH).await > 0 {} };
        let _ = timeout(EVERY, gather).await;
        if let Err(error) = store.record_uses(&batch).await {
            tracing::error!(%error, lost = batch.len(), "uses could not be written");
        }
        batch.clear();
    }
}
