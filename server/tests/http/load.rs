//! Load on the three surfaces of the data plane with one key, and the one question it asks: was a request accepted that
//! began after the key's end had been acknowledged?

use crate::{
    verify::ada,
    wire::{Wire, me},
    world::World,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet, time::timeout};

/// Runs all calls at once and gathers what they answered.
pub async fn together<T: Send + 'static>(
    calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    calls.into_iter().collect::<JoinSet<T>>().join_all().await
}

/// Between two requests of a task, unless something happens. Without a pause the suite would mostly test its own machine.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Clone, Copy)]
enum Surface {
    Me,
    Verify,
    ForwardAuth,
}

/// On which surfaces, and what is asked there.
#[derive(Clone, Copy)]
pub enum Asking {
    /// Everywhere, whether the key may read.
    Everywhere,
    /// Where a service or a proxy asks: whether the key may write.
    ToWrite,
    /// Only as the key itself: where no gateway key works either.
    WithoutGateway,
}

/// What holds about the key, from one change to the next.
#[derive(Clone, Default)]
struct Phase {
    number: u64,
    key: String,
    /// The key's end is acknowledged, and nothing that would revive it has begun.
    ended: bool,
}

#[derive(Default)]
struct Counts {
    /// Requests that began and ended within one phase in which the key had ended, by surface.
    ended: [AtomicU64; 3],
    accepted: AtomicU64,
    violations: AtomicU64,
}

/// Two tasks on each surface, which ask again and again, and at once when the phase changes.
pub struct Load {
    phase: watch::Sender<Phase>,
    counts: Arc<Counts>,
    surfaces: Vec<Surface>,
    _tasks: JoinSet<()>,
}

impl Load {
    pub async fn start(world: &World) -> Self {
        Self::asking(world, Asking::Everywhere).await
    }

    pub async fn asking(world: &World, asking: Asking) -> Self {
        let surfaces = match asking {
            Asking::Everywhere => vec![Surface::Me, Surface::Verify, Surface::ForwardAuth],
            Asking::ToWrite => vec![Surface::Verify, Surface::ForwardAuth],
            Asking::WithoutGateway => vec![Surface::Me],
        };
        let (gateway, writes) = (ada(world).await.text, matches!(asking, Asking::ToWrite));
        let (phase, counts, mut tasks) = (watch::Sender::default(), Arc::new(Counts::default()), JoinSet::new());
        for surface in surfaces.repeat(2) {
            let asker = Asker { wire: Wire::connect(&world.base).await, gateway: gateway.clone(), surface, writes };
            tasks.spawn(asker.go_on(phase.subscribe(), Arc::clone(&counts)));
        }
        Self { phase, counts, surfaces, _tasks: tasks }
    }

    /// The key is good (again): waits until a request with it was accepted.
    pub async fn good(&self, key: &str) {
        self.counts.accepted.store(0, SeqCst);
        self.begin(Some(key), false);
        self.until("no request was accepted", |counts| counts.accepted.load(SeqCst) > 0).await;
    }

    /// The key's end has been acknowledged: waits until a request on every surface began and ended since.
    pub async fn ended(&self) {
        self.counts.ended.iter().for_each(|count| count.store(0, SeqCst));
        self.begin(None, true);
        let all =
            |counts: &Counts| self.surfaces.iter().all(|surface| counts.ended[*surface as usize].load(SeqCst) > 0);
        self.until("no request was answered", all).await;
        self.begin(None, false);
    }

    fn begin(&self, key: Option<&str>, ended: bool) {
        self.phase.send_if_modified(|phase| {
            let wake = ended || key.is_some();
            phase.number += 1;
            phase.ended = ended;
            if let Some(key) = key {
                key.clone_into(&mut phase.key);
            }
            wake
        });
    }

    async fn until(&self, complaint: &str, condition: impl Fn(&Counts) -> bool) {
        for _ in 0..20_000 {
            if condition(&self.counts) {
                return;
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        assert!(condition(&self.counts), "{complaint} for a long time");
    }

    /// How many requests were accepted that must not have been.
    pub fn violations(&self) -> u64 {
        self.counts.violations.load(SeqCst)
    }
}

struct Asker {
    wire: Wire,
    gateway: String,
    surface: Surface,
    writes: bool,
}

impl Asker {
    async fn go_on(mut self, mut phases: watch::Receiver<Phase>, counts: Arc<Counts>) {
        loop {
            let phase = phases.borrow_and_update().clone();
            let accepted = self.ask(&phase.key).await;
            counts.accepted.fetch_add(u64::from(accepted), SeqCst);
            if phase.ended && phases.borrow().number == phase.number {
                counts.violations.fetch_add(u64::from(accepted), SeqCst);
                counts.ended[self.surface as usize].fetch_add(1, SeqCst);
            }
            let _ = timeout(PAUSE, phases.changed()).await;
        }
    }

    /// Whether the key is accepted.
    async fn ask(&mut self, key: &str) -> bool {
        let gateway = &self.gateway;
        match self.surface {
            Surface::Me => self.wire.ask(&me(key)).await.0 == 200,
            Surface::Verify => {
                let access = if self.writes { "write" } else { "read" };
                let body = format!(r#"{{"key":"{key}","access":"{access}"}}"#);
                let request = format!(
                    "POST /api/v1/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway}\r\n\
                     Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let (status, answer) = self.wire.ask(&request).await;
                assert_eq!(status, 200, "the gateway key stays good");
                answer.contains(r#""valid":true"#)
            }
            Surface::ForwardAuth => {
                let method = if self.writes { "POST" } else { "GET" };
                let request = format!(
                    "GET /api/v1/forward-auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\
                     X-Latchkey-Gateway-Key: {gateway}\r\nX-Forwarded-Method: {method}\r\n\r\n"
                );
                self.wire.ask(&request).await.0 == 204
            }
        }
    }
}
