//! The server of a story, its people and their keys. Everything is made by the use-cases, as the command line makes it.

use crate::{
    engine::{Engine, Place},
    logs,
};
use domain::{
    access::Role,
    key::{Limits, McpScope, NewKey, Permission, Prefix},
    time::Timestamp,
    workspace::{Plan, Settings},
};
use reqwest::{Client, Method, RequestBuilder};
use secrecy::SecretString;
use server::{
    Clock, Config, Latchkey, ManualClock, Random,
    auth::{Act, Caller, Grant, SeeKeys},
    http::{DataPlane, data_plane, listen},
    keys::{self, KeyView},
    open, users, workspaces,
};
use std::{sync::Mutex, time::Duration};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    time::{Instant, sleep},
};

/// The developer that every story begins with.
pub const MINA: &str = "mina@example.com";

pub struct World {
    pub latchkey: Latchkey,
    pub clock: ManualClock,
    pub config: Config,
    pub place: Place,
    pub http: Client,
    /// Where the data plane listens.
    pub base: String,
    now: Clock,
    secrets: Mutex<Vec<String>>,
}

/// A key that was made, with its whole text.
#[derive(Clone, Debug)]
pub struct Made {
    pub id: String,
    pub text: String,
}

/// A key's settings: read-write, for ever, ordinary, without limits.
pub fn new_key(name: &str) -> NewKey {
    NewKey {
        name: name.into(),
        description: String::new(),
        environment: String::new(),
        permission: Permission::ReadWrite,
        expires_at: None,
        gateway: false,
        url_credential: false,
        limits: Limits::default(),
        mcp: McpScope::default(),
        model: domain::model::ModelLimits::default(),
    }
}

/// A key with a list of addresses and a rate as forms have them; empty for none.
pub fn limited(name: &str, allow_ip: &str, rate_limit: &str) -> NewKey {
    NewKey { limits: Limits::check(allow_ip, rate_limit).unwrap(), ..new_key(name) }
}

pub fn gateway(name: &str) -> NewKey {
    NewKey { gateway: true, ..new_key(name) }
}

/// One that may stand in a URL.
pub fn for_urls(name: &str) -> NewKey {
    NewKey { url_credential: true, ..new_key(name) }
}

pub fn read_only(name: &str) -> NewKey {
    NewKey { permission: Permission::ReadOnly, ..new_key(name) }
}

/// An instance that follows the changes, and trusts what it holds: a story that came earlier would be about its beginning.
async fn running(config: Config, clock: &Clock) -> Latchkey {
    let latchkey = open(config, clock.clone(), Random::system()).await.unwrap();
    latchkey.keep_records();
    let until = Instant::now() + Duration::from_secs(30);
    while !latchkey.records().trusted {
        assert!(Instant::now() < until, "it does not follow the changes");
        sleep(Duration::from_millis(5)).await;
    }
    latchkey
}

impl World {
    pub async fn new(engine: Engine) -> Self {
        logs::listen();
        let place = Place::fresh(engine).await;
        let config = Config {
            database: place.url().parse().unwrap(),
            public_url: "http://127.0.0.1:3000".into(),
            prefix: Prefix::default(),
            trusted_proxies: Vec::new(),
            cached_keys: server::CACHED_KEYS,
            usage_events_per_second: server::USAGE_EVENTS_PER_SECOND,
            usage_retention_days: server::USAGE_RETENTION_DAYS,
            master_key_file: place.folder().join("master.key"),
            allow_private_upstreams: false,
            ceilings: domain::model::Ceilings::default(),
            // How long a busy machine takes to read a key is no story here.
            patience: server::Patience {
                database: Duration::from_mins(1),
                recheck: Duration::from_secs(10),
                ..server::Patience::default()
            },
            relay_memory: server::RELAY_MEMORY,
            metrics_token: None,
        };
        // It begins at the real time: the session cookie's lifetime is counted by it.
        let (now, clock) = Clock::manual(Clock::system().now());
        let latchkey = running(config.clone(), &now).await;
        let http = Client::builder().user_agent("latchkey-suite/1.0").build().unwrap();
        let base = serve(data_plane(&latchkey)).await;
        let world = Self { latchkey, clock, config, place, http, base, now, secrets: Mutex::default() };
        world.workspace("acme", Settings::default()).await;
        world.user(MINA).await;
        world.member("acme", MINA, Role::Developer).await;
        world
    }

    /// Another instance on the same database, with its configuration changed or not.
    pub async fn instance(&self, change: impl FnOnce(&mut Config)) -> Latchkey {
        let mut config = self.config.clone();
        change(&mut config);
        running(config, &self.now).await
    }

    pub fn operator(&self) -> Caller {
        Caller::operator(&self.latchkey)
    }

    /// The operator's permission in a workspace.
    pub async fn grant<A: Act>(&self, slug: &str) -> Grant<A> {
        grant(&self.latchkey, slug).await
    }

    pub async fn workspace(&self, slug: &str, settings: Settings) {
        let grant = self.operator().instance().unwrap();
        workspaces::create(&grant, slug, &slug.to_uppercase(), Plan::Pro, settings).await.unwrap();
    }

    /// Adds a user; the part of the e-mail before the `@` is their name. Answers the password.
    pub async fn user(&self, email: &str) -> String {
        let password = self.fresh_password();
        let grant = self.operator().instance().unwrap();
        let name = email.split('@').next().unwrap_or_default();
        users::create(&grant, email, name, &SecretString::from(password.clone()), false).await.unwrap();
        password
    }

    pub async fn member(&self, slug: &str, email: &str, role: Role) {
        workspaces::put_member(&self.grant(slug).await, email, role).await.unwrap();
    }

    /// A key of Mina's in `acme`.
    pub async fn key(&self, key: NewKey) -> Made {
        self.key_of("acme", MINA, key).await
    }

    pub async fn key_of(&self, slug: &str, owner: &str, key: NewKey) -> Made {
        let created = keys::create_for(&self.grant(slug).await, owner, key).await.unwrap();
        let made = Made { id: created.view.id.to_string(), text: created.key.expose().to_owned() };
        self.secret(&made.text[made.text.len() - 38..][..32]);
        made
    }

    /// The key as the list shows it.
    pub async fn view(&self, id: &str) -> KeyView {
        let keys = keys::all(&self.grant::<SeeKeys>("acme").await).await.unwrap();
        keys.into_iter().find(|key| key.id.as_str() == id).expect("the key is listed")
    }

    pub fn now(&self) -> Timestamp {
        self.now.now()
    }

    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.ask(Method::GET, path)
    }

    /// A text that no log may ever hold.
    pub fn secret(&self, text: &str) {
        self.secrets.lock().unwrap().push(text.to_owned());
    }

    /// 32 characters that nobody has used.
    pub fn fresh_password(&self) -> String {
        let password = Random::system().with(|rng| domain::random::base62(rng, 32));
        self.secret(&password);
        password
    }
}

/// The operator's permission in a workspace, at an instance.
pub async fn grant<A: Act>(latchkey: &Latchkey, slug: &str) -> Grant<A> {
    Caller::operator(latchkey).in_workspace(slug).await.unwrap().allow().unwrap()
}

/// Serves a router as the program does, on a free port. It ends with the test's runtime.
pub async fn serve(plane: DataPlane) -> String {
    serve_at("127.0.0.1:0", plane).await
}

/// Serves at an address, as the program does; asked for by IPv4.
pub async fn serve_at(address: &str, plane: DataPlane) -> String {
    serve_by(TcpListener::bind(address).await.unwrap(), plane)
}

/// Serves by a listener that has an address already.
pub fn serve_by(listener: TcpListener, plane: DataPlane) -> String {
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (_stop, stopped) = oneshot::channel();
        listen(listener, plane, 1_000, stopped).await;
    });
    format!("http://127.0.0.1:{port}")
}

/// Tells a story in a world of its own, and asserts at its end that no log holds a secret of it.
pub async fn tell(engine: Engine, story: impl AsyncFnOnce(&World)) {
    let world = World::new(engine).await;
    story(&world).await;
    world.latchkey.shut_down().await;
    let secrets = std::mem::take(&mut *world.secrets.lock().unwrap());
    assert!(!secrets.is_empty());
    for secret in secrets {
        assert!(!logs::heard(&secret), "a log holds a secret of this story, or what was said in it");
    }
    world.place.remove().await;
}
