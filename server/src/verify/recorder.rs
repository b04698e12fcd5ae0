//! Records uses off the requests' path. Counts and "last used" are exact: they are summed up in memory, written every moment
//! and at shutdown, and kept where that fails. The log of single requests has a budget and a bounded queue; what goes
//! beyond is dropped and counted. Neither ever makes a request wait for the database.

use super::{
    McpUsed, ModelUsed, Record,
    counts::Counts,
    events::{Events, Waiting},
};
use domain::time::Timestamp;
use std::{net::IpAddr, sync::Arc, time::Duration};
use store::{Error, KeyUses, Store, Use};
use tokio::{
    sync::{Mutex, Notify},
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Requests that the log of uses takes in a second unless configured otherwise.
/// 500 a second are 43 million rows a day.
pub const USAGE_EVENTS_PER_SECOND: u32 = 500;

/// The pause between two writes. In the database within two seconds is the promise: the rest of them is for the writing itself, on
/// a machine that has much to do.
const EVERY: Duration = Duration::from_millis(750);
/// Keys, or requests, written in one transaction: on SQLite each waits for the disk, on PostgreSQL each holds the keys' rows.
const BATCH: usize = 1_000;
/// How often the last sums are tried at shutdown.
const LAST_TRIES: usize = 3;

/// One request that carried a key whose secret was right.
#[derive(Clone, Copy)]
pub(super) struct Used<'a> {
    pub at: Timestamp,
    pub key: &'a Arc<Record>,
    pub surface: &'static str,
    pub code: &'static str,
    pub address: Option<IpAddr>,
    pub agent: &'a str,
    /// What it was for, where it went through the gateway or asked about it.
    pub mcp: Option<&'a McpUsed>,
    /// What it was for, where it went through the model relay.
    pub model: Option<&'a ModelUsed>,
}

/// What takes uses. Its task ends with [`finish`](Self::finish).
pub struct Recorder {
    parts: Arc<Parts>,
    task: Mutex<Option<JoinHandle<()>>>,
}

struct Parts {
    store: Store,
    counts: Counts,
    events: Events,
    stop: Notify,
}

impl Recorder {
    /// Starts with a budget of requests a second for the log.
    pub(crate) fn start(store: Store, budget: u32) -> Self {
        let parts = Parts { store, counts: Counts::default(), events: Events::new(budget), stop: Notify::new() };
        let parts = Arc::new(parts);
        let task = tokio::spawn(write_now_and_then(Arc::clone(&parts)));
        Self { parts, task: Mutex::new(Some(task)) }
    }

    /// Takes a use; never waits.
    pub(super) fn record(&self, used: Used<'_>) {
        self.parts.counts.add(used);
        self.parts.events.offer(used);
    }

    /// Requests that the log lacks since the start: beyond the budget or the queue, or the database did not take them. They are
    /// counted all the same.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.parts.events.dropped()
    }

    /// Requests that wait to be written into the log.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.parts.events.depth()
    }

    /// Requests that were written into the log since the start.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.parts.events.written()
    }

    /// Writes what is waiting and stops.
    pub(crate) async fn finish(&self) {
        // Kept until the task looks for it.
        self.parts.stop.notify_one();
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

async fn write_now_and_then(parts: Arc<Parts>) {
    let mut failing = false;
    while timeout(EVERY, parts.stop.notified()).await.is_err() {
        let failed = parts.write().await.err();
        // Told once, however long it lasts.
        match (&failed, failing) {
            (Some(error), false) => tracing::error!(%error, "uses can't be written: they are kept and tried again"),
            (None, true) => tracing::info!("uses are written again"),
            _ => {}
        }
        failing = failed.is_some();
    }
    parts.write_the_last().await;
}

impl Parts {
    /// Writes what there is now: the counts first, which must not be lost.
    async fn write(&self) -> Result<(), Error> {
        self.write_counts().await?;
        // What comes in meanwhile is for the next time: the counts must not wait.
        let mut left = self.events.depth();
        while left > 0 {
            let batch = self.events.take(left.min(BATCH));
            if batch.is_empty() {
                break;
            }
            left -= batch.len();
            self.write_events(&batch).await?;
        }
        Ok(())
    }

    /// Writes all sums, and takes back those that could not be written.
    async fn write_counts(&self) -> Result<(), Error> {
        let mut waiting = Vec::new();
        for sums in self.counts.take() {
            waiting.extend(sums);
            // Few at a time would be as many transactions, which write the same pages of the database over and over.
            while waiting.len() >= BATCH {
                let rest = waiting.split_off(BATCH);
                self.write_sums(waiting, &rest).await?;
                waiting = rest;
            }
        }
        self.write_sums(waiting, &[]).await
    }

    /// Writes these; where that fails, they are taken back, and the rest with them.
    async fn write_sums(&self, sums: Vec<KeyUses>, rest: &[KeyUses]) -> Result<(), Error> {
        let written = self.store.count_uses(&sums).await;
        if written.is_err() {
            self.counts.take_back(sums.into_iter().chain(rest.iter().cloned()));
        }
        written
    }

    /// Writes requests into the log. They are not tried again: where an answer got lost, they would stand there twice.
    async fn write_events(&self, batch: &[Waiting]) -> Result<(), Error> {
        let rows: Vec<Use> = batch.iter().map(Waiting::row).collect();
        let written = self.store.log_uses(&rows).await;
        match &written {
            Ok(()) => self.events.written_some(batch.len()),
            Err(_) => self.events.lost_some(batch.len()),
        }
        written
    }

    async fn write_the_last(&self) {
        for _ in 0..LAST_TRIES {
            match self.write().await {
                Ok(()) => return,
                Err(error) => tracing::error!(%error, "the last uses can't be written"),
            }
            sleep(EVERY).await;
        }
        let lost: i64 = self.counts.take().flatten().map(|uses| uses.count()).sum();
        if lost > 0 {
            tracing::error!(lost, "uses were not counted: the database did not take them before the end");
        }
    }
}
