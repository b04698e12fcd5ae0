//! What a call may cost at most, held of its key's spend cap until it is known what it did cost. Made before anything is
//! sent; settled once, also if the client goes away, or nobody asks for it any more.

use crate::{Error, Latchkey, verify::Record};
use domain::{
    id::ReserveId,
    model::{Failure, MicroUsd},
    refusal::Refusal,
};
use std::{sync::Arc, time::Duration};
use store::NewReserve;
use tokio::{
    sync::{Semaphore, SemaphorePermit, oneshot},
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

/// The longest that a call waits for its part, others that go first included. A database that does not answer says so earlier.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many parts are taken or settled at once. More of one key would only wait for each other in the database, and hold its
/// connections meanwhile, which everybody else needs.
const AT_ONCE: usize = 4;
/// How often a settlement is tried that the database does not take, and the pause before the next try.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);
/// How long the end of the program waits for settlements.
const LAST: Duration = Duration::from_secs(10);
/// Settlements under way, and whose turn it is.
#[derive(Clone)]
pub(crate) struct Settling {
    tasks: TaskTracker,
    turns: Arc<Semaphore>,
}

impl Default for Settling {
    fn default() -> Self {
        Self { tasks: TaskTracker::new(), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Settling {
    /// Waits for those under way, for a while: what is not settled then is recovered later.
    pub async fn finish(&self) {
        self.tasks.close();
        if timeout(LAST, self.tasks.wait()).await.is_err() {
            tracing::warn!("some calls could not be settled: they count as what was reserved for them");
        }
    }

    /// Does something that must come to its end, also if nobody waits for it.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
        self.tasks.spawn(work)
    }

    /// Waits for one's turn, which ends with what is answered.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed, so never an error.
        self.turns.acquire().await.ok()
    }
}

/// A part of a key's spend cap; dropped before anything was sent, it is given back.
pub(super) struct Hold(Option<Part>);

struct Part {
    latchkey: Latchkey,
    id: ReserveId,
    amount: MicroUsd,
}

impl Hold {
    /// Holds that much of the key's cap; nothing for a key without one.
    pub async fn take(latchkey: &Latchkey, key: &Record, amount: MicroUsd) -> Result<Option<Self>, Failure> {
        let Some(spend) = &key.facts.spend else { return Ok(None) };
        let unavailable = Failure::Refused(Refusal::Unavailable);
        let id = latchkey.random.with(|rng| ReserveId::generate(rng));
        let instance = latchkey.records.instance();
        let new = NewReserve { id, key: key.id, cap: spend.cap, amount, at: latchkey.now(), instance };
        let (told, taken) = oneshot::channel();
        // By itself: what the database has written must be given back, also if the client went away in that moment.
        let taking = {
            let latchkey = latchkey.clone();
            async move {
                let turn = latchkey.settling.turn().await;
                if told.is_closed() {
                    return;
                }
                let reserved = latchkey.store.reserve(&new).await;
                drop(turn);
                let part = Part { latchkey: latchkey.clone(), id: new.id, amount };
                let _nobody_waits = told.send(reserved.map(|room| room.map(|()| Self(Some(part)))));
            }
        };
        latchkey.settling.spawn(taking);
        match timeout(PATIENCE, taken).await {
            Ok(Ok(Ok(Ok(hold)))) => Ok(Some(hold)),
            Ok(Ok(Ok(Err(no)))) => Err(Failure::KeyExhausted(no)),
            // It was taken off a moment ago.
            Ok(Ok(Err(store::Error::Changed))) => Ok(None),
            Ok(Ok(Err(store::Error::NotFound))) => Err(Failure::Refused(Refusal::Unauthorized)),
            Ok(Ok(Err(error))) => {
                // The conversion writes the cause to the log.
                let _: Error = error.into();
                Err(unavailable)
            }
            Ok(Err(_)) | Err(_) => {
                tracing::error!("the database does not answer in time");
                Err(unavailable)
            }
        }
    }

    /// How much it is.
    pub fn amount(&self) -> MicroUsd {
        self.0.as_ref().map_or(MicroUsd::ZERO, |part| part.amount)
    }

    /// Settles it at that cost.
    pub async fn settle(mut self, cost: MicroUsd) {
        if let Some(part) = self.0.take() {
            part.settle(cost).await;
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(part) = self.0.take() {
            let settling = part.latchkey.settling.clone();
            settling.spawn(part.settle(MicroUsd::ZERO));
        }
    }
}

impl Part {
    async fn settle(self, cost: MicroUsd) {
        let store = &self.latchkey.store;
        for again in 1..=TRIES {
            let turn = self.latchkey.settling.turn().await;
            let settled = store.settle_reserve(&self.id, Some(cost), self.latchkey.now()).await;
            drop(turn);
            match settled {
                Ok(_) => return,
                Err(error) if again == TRIES => {
                    tracing::error!(%error, "a call can't be settled: it will count as what was reserved for it");
                }
                Err(_) => sleep(PAUSE * again).await,
            }
        }
    }
}
