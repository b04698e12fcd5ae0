//! Records uses off the requests' path. What is counted (last used, how often, by the hour) is summed in memory and always
//! exact; single uses are logged as well, so many a second at most. Written every second and at shutdown; a request never
//! waits for it.

use super::Record;
use domain::time::Timestamp;
use std::{
    collections::HashMap,
    mem,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use store::{KeyUses, RECORDED, Store, Use};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};

/// Single uses that may wait to be logged.
const QUEUE: usize = 20_000;
/// Single uses that are logged a second unless configured otherwise.
pub const USES_LOGGED: usize = 2_000;
/// The longest a use waits before it is written, unless the database is away.
const EVERY: Duration = Duration::from_secs(1);
/// Parts of the counts, so that requests on different threads seldom meet.
const SHARDS: usize = 16;

/// One request that carried a key whose secret was right.
pub(super) struct Used<'a> {
    pub at: Timestamp,
    pub record: &'a Arc<Record>,
    pub surface: &'static str,
    pub code: &'static str,
    pub ip: Option<IpAddr>,
    pub agent: &'a str,
}

/// What is recorded and not written yet.
pub struct Recorder {
    shared: Arc<Shared>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    store: Store,
    logged_a_second: usize,
    shards: [Mutex<Shard>; SHARDS],
    waiting: AtomicUsize,
    dropped: AtomicU64,
    written: AtomicU64,
    over: AtomicBool,
    wake: Notify,
}

#[derive(Default)]
struct Shard {
    counts: HashMap<u64, KeyUses>,
    uses: Vec<Logged>,
}

/// A use as it waits: what needs making for the database is made by the task.
struct Logged {
    at: Timestamp,
    record: Arc<Record>,
    surface: &'static str,
    code: &'static str,
    ip: Option<IpAddr>,
    agent: Box<str>,
}

impl Recorder {
    pub(crate) fn start(store: Store, logged_a_second: usize) -> Self {
        let shared = Arc::new(Shared {
            store,
            logged_a_second,
            shards: Default::default(),
            waiting: AtomicUsize::new(0),
            dropped: AtomicU64::new(0),
            written: AtomicU64::new(0),
            over: AtomicBool::new(false),
            wake: Notify::new(),
        });
        let task = tokio::spawn(Arc::clone(&shared).write());
        Self { shared, task: tokio::sync::Mutex::new(Some(task)) }
    }

    /// Counts a use, and logs it unless too many wait; never waits.
    pub(super) fn record(&self, used: &Used<'_>) {
        let Shared { waiting, dropped, .. } = &*self.shared;
        let number = used.record.id.number();
        let mut shard = lock(&self.shared.shards[usize::try_from(number % SHARDS as u64).unwrap_or_default()]);
        let counted = shard.counts.entry(number).or_insert_with(|| KeyUses::none(used.record.id));
        match used.ip {
            Some(ip) => counted.add(used.at, used.code, ip, used.agent),
            None => counted.add(used.at, used.code, "", used.agent),
        }
        if waiting.load(Ordering::Relaxed) < QUEUE {
            waiting.fetch_add(1, Ordering::Relaxed);
            shard.uses.push(Logged {
                at: used.at,
                record: Arc::clone(used.record),
                surface: used.surface,
                code: used.code,
                ip: used.ip,
                agent: used.agent.into(),
            });
        } else if dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!("more uses than are logged: some are only counted");
        }
    }

    /// Uses that were counted and not logged since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Uses that wait to be logged.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }

    /// Uses that were logged since the start.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.shared.written.load(Ordering::Relaxed)
    }

    /// Writes what is waiting and stops.
    pub(crate) async fn finish(&self) {
        self.shared.over.store(true, Ordering::SeqCst);
        self.shared.wake.notify_one();
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

impl Shared {
    async fn write(self: Arc<Self>) {
        // What a tick leaves waits for the next: that is the bound on what is logged a second.
        let budget = self.logged_a_second.max(1);
        while timeout(EVERY, self.wake.notified()).await.is_err() || !self.over.load(Ordering::SeqCst) {
            self.write_once(budget).await;
        }
        self.write_once(usize::MAX).await;
    }

    async fn write_once(&self, budget: usize) {
        let mut counts = self.take_counts();
        // Everybody who writes several keys takes them in this order.
        counts.sort_unstable_by_key(|counted| counted.key);
        let uses = self.take_uses(budget);
        let mut chunks = counts.chunks(RECORDED);
        let mut logs = uses.chunks(RECORDED);
        loop {
            let (counted, logged) = (chunks.next().unwrap_or_default(), logs.next().unwrap_or_default());
            if counted.is_empty() && logged.is_empty() {
                return;
            }
            match self.store.record(counted, logged).await {
                Ok(()) => drop(self.written.fetch_add(logged.len() as u64, Ordering::Relaxed)),
                Err(error) => {
                    tracing::error!(%error, kept = counted.len(), lost = logged.len(), "uses could not be written");
                    self.dropped.fetch_add(logged.len() as u64, Ordering::Relaxed);
                    counted.iter().cloned().for_each(|counted| self.give_back(counted));
                }
            }
        }
    }

    fn take_counts(&self) -> Vec<KeyUses> {
        self.shards.iter().flat_map(|shard| mem::take(&mut lock(shard).counts).into_values()).collect()
    }

    fn take_uses(&self, budget: usize) -> Vec<Use> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            let mut shard = lock(shard);
            let some = shard.uses.len().min(budget - taken.len());
            taken.extend(shard.uses.drain(..some).map(Use::from));
        }
        self.waiting.fetch_sub(taken.len(), Ordering::Relaxed);
        taken
    }

    /// Counts again what could not be written: the next tick tries it with what came since.
    fn give_back(&self, counted: KeyUses) {
        let number = counted.key.number();
        let mut shard = lock(&self.shards[usize::try_from(number % SHARDS as u64).unwrap_or_default()]);
        shard.counts.entry(number).or_insert_with(|| KeyUses::none(counted.key)).absorb(counted);
    }
}

impl From<Logged> for Use {
    fn from(logged: Logged) -> Self {
        Self {
            at: logged.at,
            workspace: logged.record.workspace().id.clone(),
            key: logged.record.id,
            surface: logged.surface,
            code: logged.code,
            address: logged.ip.map(|ip| ip.to_string()).unwrap_or_default(),
            agent: logged.agent.into(),
        }
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
