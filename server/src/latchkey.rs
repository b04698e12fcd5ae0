//! The running program: store, clock, generator, configuration and the parts that live as long as it does. Handlers and
//! use-cases get a clone of [`Latchkey`].

use crate::{
    Clock, Error, Random,
    auth::{Passwords, SetUpLink, Throttle},
    gateway::{HubService, SessionSeal, Targets, hub},
    http::RequestIds,
    logs,
    metrics::Metrics,
    models,
    relay::{self, Guardrails, Room, Settling},
    samples::{self, Samples},
    upstream::Upstreams,
    usage,
    verify::{Rates, Recorder, Records, RecordsState},
};
use cookie::Key;
use domain::{key::Prefix, model::Ceilings};
use ipnet::IpNet;
use secrecy::SecretString;
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, atomic::AtomicBool},
    time::Duration,
};
use store::{DatabaseUrl, Store};

/// Keys whose records are kept in memory unless configured otherwise: about 100 MiB when all are in use.
pub const CACHED_KEYS: usize = 250_000;

/// How many days the log of uses keeps a request unless configured otherwise.
pub const USAGE_RETENTION_DAYS: u32 = 90;

/// How long a request waits for others before it is over. [`Patience::default`] is what an installation wants; tests wait longer, for
/// their machine may stand still.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For an MCP server: that its answer begins, and between two parts of it. Tools may take minutes.
    pub upstream: Duration,
    /// For the database: what a request needs to be judged.
    pub database: Duration,
    /// For the same while a request is under way and something of its key was changed: a key that can't be judged any more is one
    /// that may not. Beside a look every 400 ms, such a request ends within a second.
    pub recheck: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let (upstream, database) = (Duration::from_mins(5), Duration::from_secs(5));
        Self { upstream, database, recheck: Duration::from_millis(500) }
    }
}

/// What the binary read from flags and environment.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the data lies: a `postgres://` URL, or `sqlite:` and a file.
    pub database: DatabaseUrl,
    /// The address that people use, such as `https://keys.example.com`; decides about cookies and shown URLs.
    pub public_url: String,
    /// The installation's key prefix.
    pub prefix: Prefix,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Keys whose records are kept in memory at most; each takes some hundred bytes ([`CACHED_KEYS`] is a good number).
    pub cached_keys: usize,
    /// Requests that the log of uses takes in a second; more are counted and not listed
    /// ([`USAGE_EVENTS_PER_SECOND`](crate::USAGE_EVENTS_PER_SECOND) is a good number).
    pub usage_events_per_second: u32,
    /// How many days the log of uses keeps a request; 0 for ever ([`USAGE_RETENTION_DAYS`] is a good number).
    pub usage_retention_days: u32,
    /// The file of the master key, made if it is not there.
    pub master_key_file: PathBuf,
    /// MCP servers and providers of models may stand at private addresses too: this machine's, and those of its network.
    pub allow_private_upstreams: bool,
    /// How long a request waits for others.
    pub patience: Patience,
    /// What is held of a spend cap for a model call that does not say how much it may be.
    pub ceilings: Ceilings,
    /// Bytes of requests' bodies that the model relay holds at a time ([`RELAY_MEMORY`](crate::RELAY_MEMORY)).
    pub relay_memory: usize,
    /// What `GET /metrics` takes as a bearer token; without one it answers this machine alone.
    pub metrics_token: Option<SecretString>,
}

/// The running program. Cheap to clone.
#[derive(Clone)]
pub struct Latchkey(Arc<Parts>);

/// What lives as long as the program. Public only for `Deref`: its fields are the crate's.
pub struct Parts {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) config: Config,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) set_up_link: SetUpLink,
    pub(crate) cookie_key: Key,
    pub(crate) recorder: Recorder,
    pub(crate) rates: Rates,
    pub(crate) records: Records,
    pub(crate) request_ids: RequestIds,
    pub(crate) upstreams: Upstreams,
    pub(crate) targets: Targets,
    pub(crate) models: models::Held,
    pub(crate) guardrails: Guardrails,
    pub(crate) settling: Settling,
    pub(crate) relay_room: Room,
    pub(crate) samples: Samples,
    pub(crate) streams: logs::Streams,
    pub(crate) usage_turns: usage::Turns,
    pub(crate) sessions: SessionSeal,
    pub(crate) hub: HubService,
    pub(crate) metrics: Metrics,
    pub(crate) openapi: OnceLock<serde_json::Value>,
    pub(crate) is_set_up: AtomicBool,
}

impl std::ops::Deref for Latchkey {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Opens the database and starts what works in the background.
pub async fn open(config: Config, clock: Clock, random: Random) -> Result<Latchkey, store::Error> {
    let store = Store::open(&config.database).await?;
    let master = crate::sealing::read_or_make(&config.master_key_file, &random)?;
    let metrics = Metrics::new(clock.now()).map_err(std::io::Error::other)?;
    Ok(Latchkey(Arc::new(Parts {
        recorder: Recorder::start(store.clone(), config.usage_events_per_second),
        rates: Rates::new(clock.clone()),
        request_ids: RequestIds::new(&random),
        metrics,
        openapi: OnceLock::new(),
        records: Records::new(config.cached_keys),
        upstreams: Upstreams::new(config.allow_private_upstreams),
        targets: Targets::default(),
        models: models::Held::default(),
        guardrails: Guardrails::default(),
        settling: Settling::default(),
        relay_room: Room::of(config.relay_memory),
        samples: Samples::default(),
        streams: logs::Streams::default(),
        usage_turns: usage::Turns::default(),
        sessions: SessionSeal::of(&master),
        hub: hub(),
        passwords: Passwords::new(random.clone()),
        throttle: Throttle::default(),
        set_up_link: SetUpLink::new(&random),
        is_set_up: AtomicBool::new(false),
        cookie_key: Key::derive_from(&master),
        store,
        clock,
        random,
        config,
    })))
}

impl Latchkey {
    /// What is read for a request, or an error, which is logged, if the database does not answer in time.
    pub(crate) async fn in_time<T>(&self, reading: impl Future<Output = Result<T, store::Error>>) -> Result<T, Error> {
        let read = tokio::time::timeout(self.config.patience.database, reading).await.map_err(|_| {
            tracing::error!("the database does not answer in time");
            Error::Unavailable
        })?;
        Ok(read?)
    }

    /// Whether the address people use is HTTPS: cookies are then `Secure` and `__Host-`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.config.public_url.starts_with("https://")
    }

    /// The address that people use, without a trailing slash.
    #[must_use]
    pub fn public_url(&self) -> &str {
        self.config.public_url.trim_end_matches('/')
    }

    /// The installation's key prefix.
    #[must_use]
    pub fn prefix(&self) -> &Prefix {
        &self.config.prefix
    }

    /// This moment.
    #[must_use]
    pub fn now(&self) -> domain::time::Timestamp {
        self.clock.now()
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> Result<(), Error> {
        Ok(self.store.ping().await?)
    }

    /// The one-time set-up link, as long as nobody administers the installation.
    pub async fn set_up_url(&self) -> Result<Option<String>, Error> {
        if self.store.has_instance_admin().await? {
            return Ok(None);
        }
        Ok(Some(format!("{}/setup?token={}", self.public_url(), self.set_up_link.token())))
    }

    /// Makes this process an instance that keeps keys' records in memory. For a process that serves; once.
    pub fn keep_records(&self) {
        let (targets, models, guardrails) = (self.targets.clone(), self.models.clone(), self.guardrails.clone());
        self.records.follow(&self.store, &self.clock, &self.random, move |changed| {
            targets.apply(changed);
            models.apply(changed);
            guardrails.apply(changed);
        });
        tokio::spawn(relay::recover(self.clone()));
        tokio::spawn(logs::forget(self.clone()));
        tokio::spawn(samples::forget(self.clone()));
    }

    /// How the records in memory do.
    #[must_use]
    pub fn records(&self) -> RecordsState {
        self.records.state()
    }

    /// How the log of uses does.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// How many changes this process has not applied yet.
    pub async fn change_lag(&self) -> Result<i64, Error> {
        Ok(self.records.lag().await?)
    }

    /// Ends the streams that would go on for as long as somebody looks: whoever waits for requests under way would wait for them.
    pub fn end_streams(&self) {
        self.streams.end();
    }

    /// Writes what is still waiting and closes the database. Nothing works afterwards.
    pub async fn shut_down(&self) {
        self.end_streams();
        self.settling.finish().await;
        self.records.stop().await;
        self.recorder.finish().await;
        self.store.close().await;
    }
}
