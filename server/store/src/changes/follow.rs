//! An instance: a process that keeps records in memory. Its task reads the feed, applies what it reads and reports how far it
//! has come; as long as that succeeds, what the process holds can be trusted.

use super::{Apply, Changed, LEASE, Local, SteadyClock, trust::Trust, watch::Watch};
use crate::{Error, Store};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, Notify},
    task::JoinHandle,
    time::{sleep, timeout},
};

/// How often a lease is renewed when nothing happens.
const RENEW_EVERY: Duration = Duration::from_millis(500);
/// The pause after a round that failed.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// This process as an instance, for who asks whether its records can be trusted.
pub struct Follower {
    trust: Trust,
    applied: Arc<AtomicI64>,
    store: Store,
    instance: String,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Makes this process an instance of that id: `apply` is told of every change, in order, and some of them twice. Once a
    /// process.
    #[must_use]
    pub fn follow(&self, instance: String, clock: SteadyClock, apply: Apply) -> Follower {
        let wake = Arc::new(Notify::new());
        let local = Local { instance: instance.clone(), apply: Arc::clone(&apply), wake: Arc::clone(&wake) };
        let first = self.changes.local.set(local).is_ok();
        debug_assert!(first, "a process follows once");
        let (trust, applied) = (Trust::new(clock), Arc::new(AtomicI64::new(-1)));
        let rounds = Rounds {
            store: self.clone(),
            instance: instance.clone(),
            apply,
            trust: trust.clone(),
            applied: Arc::clone(&applied),
            beat: 0,
            entered: false,
        };
        let task = tokio::spawn(rounds.run(wake));
        Follower { trust, applied, store: self.clone(), instance, task: Mutex::new(Some(task)) }
    }
}

impl Follower {
    /// Whether what this process holds reflects every change that was acknowledged before this call.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.trust.holds()
    }

    /// The number of the last change that this process has applied; -1 before its first round.
    #[must_use]
    pub fn applied(&self) -> i64 {
        self.applied.load(Ordering::Relaxed)
    }

    /// How many changes this process has not applied yet.
    pub async fn lag(&self) -> Result<i64, Error> {
        Ok(self.store.change_head().await? - self.applied())
    }

    /// Stops following: nothing is trusted from here on, and nobody waits for this process.
    pub async fn stop(&self) {
        let Some(task) = self.task.lock().await.take() else { return };
        task.abort();
        let _ = task.await;
        self.trust.end();
        // If this fails, the next writer waits for the lease to run out.
        let _ = timeout(LEASE, self.store.changes.leases.leave(&self.instance)).await;
    }
}

struct Rounds {
    store: Store,
    instance: String,
    apply: Apply,
    trust: Trust,
    applied: Arc<AtomicI64>,
    beat: i64,
    entered: bool,
}

impl Rounds {
    async fn run(mut self, wake: Arc<Notify>) {
        let mut watch = None;
        let mut failing = false;
        loop {
            // A connection that hangs must not hang the task.
            let outcome = match timeout(LEASE, self.round(&mut watch)).await {
                Ok(done) => done.map_err(|error| error.to_string()),
                Err(_) => Err("the database does not answer".into()),
            };
            match &outcome {
                Err(error) if !failing => {
                    tracing::warn!(%error, "changes can't be followed: keys are read from the database");
                }
                Ok(()) if failing => tracing::info!("changes are followed again"),
                _ => {}
            }
            failing = outcome.is_err();
            let Some(watched) = watch.as_mut().filter(|_| !failing) else {
                watch = None;
                sleep(AGAIN_AFTER).await;
                continue;
            };
            tokio::select! {
                news = watched.news() => if news.is_err() { watch = None },
                () = wake.notified() => {}
                () = sleep(RENEW_EVERY) => {}
            }
        }
    }

    /// Reads the feed to its end, reports, and renews the trust. The order of the steps is the protocol.
    async fn round(&mut self, watch: &mut Option<Watch>) -> Result<(), Error> {
        if watch.is_none() {
            *watch = Some(Watch::begin(&self.store.db).await?);
        }
        self.beat += 1;
        if !self.entered {
            self.store.changes.leases.enter(&self.instance, self.beat).await?;
            self.beat += 1;
        }
        let began = self.trust.now();
        if !self.entered {
            let head = self.store.change_head().await?;
            (self.apply)(&Changed::Everything);
            self.applied.store(head, Ordering::Relaxed);
            self.entered = true;
        }
        loop {
            let read = self.store.changes_after(self.applied.load(Ordering::Relaxed)).await?;
            read.changes.iter().for_each(|changed| (self.apply)(changed));
            self.applied.store(read.upto, Ordering::Relaxed);
            if !read.more {
                break;
            }
        }
        let applied = self.applied.load(Ordering::Relaxed);
        self.entered = self.store.changes.leases.renew(&self.instance, self.beat, applied).await?;
        if !self.entered {
            self.trust.end();
            return Err(Error::LeaseLost);
        }
        self.trust.renew(began);
        Ok(())
    }
}
