//! A running console with two workspaces and a person in every role, and clients that are signed in as them.

use super::{guardrails, mcp, models};
use domain::{
    access::Role,
    key::{Limits, NewKey, Permission},
    workspace::{Plan, Reveal, Settings},
};
use leptos::config::LeptosOptions;
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use secrecy::SecretString;
use server::{Clock, Config, Latchkey, Random, auth::Caller, invites, keys, users, workspaces};
use tempfile::TempDir;

pub const PASSWORD: &str = "a long passphrase";

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Nobody,
    Viewer,
    Developer,
    Admin,
    /// Administers the installation; member of no workspace.
    Instance,
    /// Administers another workspace.
    Other,
}

pub const EVERYBODY: [Who; 6] = [Who::Nobody, Who::Viewer, Who::Developer, Who::Admin, Who::Instance, Who::Other];

impl Who {
    pub fn email(self) -> String {
        format!("{self:?}@example.com").to_lowercase()
    }
}

/// The running console.
pub struct World {
    pub url: String,
    pub latchkey: Latchkey,
    _folder: TempDir,
}

impl World {
    /// Workspaces `acme` and `other`, everybody with the same password.
    pub async fn new() -> Self {
        let world = Self::empty().await;
        let operator = Caller::operator(&world.latchkey);
        let instance = operator.instance().unwrap();
        for slug in ["acme", "other"] {
            // Room for the table's many keys; the hourly limit stays as it is.
            let settings = Settings { max_active_keys_per_member: 1_000, ..Settings::default() };
            workspaces::create(&instance, slug, slug, Plan::Pro, settings).await.unwrap();
        }
        let password = SecretString::from(PASSWORD);
        for who in EVERYBODY.into_iter().filter(|who| *who != Who::Nobody) {
            let name = format!("{who:?}");
            users::create(&instance, &who.email(), &name, &password, who == Who::Instance).await.unwrap();
        }
        for (slug, who, role) in [
            ("acme", Who::Viewer, Role::Viewer),
            ("acme", Who::Developer, Role::Developer),
            ("acme", Who::Admin, Role::Admin),
            ("other", Who::Other, Role::Admin),
        ] {
            let grant = operator.in_workspace(slug).await.unwrap().allow().unwrap();
            workspaces::put_member(&grant, &who.email(), role).await.unwrap();
        }
        world
    }

    /// `acme` keeps secrets from here on, and those who may reveal them.
    pub async fn keep_secrets(&self) {
        let settings =
            Settings { max_active_keys_per_member: 1_000, reveal: Reveal::Recoverable, ..Settings::default() };
        let grant = Caller::operator(&self.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
        workspaces::update(&grant, Plan::Pro, settings).await.unwrap();
    }

    /// A console that nobody has set up.
    pub async fn empty() -> Self {
        away_from_the_hours_end().await;
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let config = Config {
            database: format!("sqlite:{}", folder.path().join("latchkey.db").display()).parse().unwrap(),
            public_url: url.clone(),
            prefix: domain::key::Prefix::default(),
            trusted_proxies: Vec::new(),
            cached_keys: server::CACHED_KEYS,
            usage_events_per_second: server::USAGE_EVENTS_PER_SECOND,
            usage_retention_days: server::USAGE_RETENTION_DAYS,
            master_key_file: folder.path().join("master.key"),
            // The servers of the stories stand on this machine.
            allow_private_upstreams: true,
            ceilings: domain::model::Ceilings::default(),
            // How long a busy machine takes to read a key is no story here.
            patience: server::Patience {
                database: std::time::Duration::from_mins(1),
                recheck: std::time::Duration::from_secs(10),
                ..server::Patience::default()
            },
            relay_memory: server::RELAY_MEMORY,
            metrics_token: None,
        };
        let latchkey = server::open(config, Clock::system(), Random::system()).await.unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir(&site).unwrap();
        std::fs::write(site.join("favicon.svg"), "<svg/>").unwrap();
        let options = LeptosOptions::builder().output_name("latchkey").site_root(site.display().to_string()).build();
        let surfaces = app::surfaces(latchkey.clone(), options);
        tokio::spawn(async move {
            let (_stop, stopped) = tokio::sync::oneshot::channel();
            server::http::listen(listener, surfaces, 1_000, stopped).await;
        });
        Self { url, latchkey, _folder: folder }
    }

    /// A key of somebody in `acme`.
    pub async fn key(&self, owner: Who, name: &str, permission: Permission, gateway: bool) -> (String, String) {
        self.made(owner, NewKey { permission, gateway, ..plain(name) }).await
    }

    /// A read-only key of theirs that may stand in a URL.
    pub async fn key_for_urls(&self, owner: Who, name: &str) -> (String, String) {
        self.made(owner, NewKey { url_credential: true, ..plain(name) }).await
    }

    /// A key of somebody in `acme` with such settings: its id and its text.
    pub async fn made(&self, owner: Who, new: NewKey) -> (String, String) {
        let grant = Caller::operator(&self.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
        let made = keys::create_for(&grant, &owner.email(), new).await.unwrap();
        (made.view.id.to_string(), made.key.expose().to_owned())
    }

    /// Somebody and something to do things to: a server, a policy, an ordinary member of `acme`, again as they were, and an open invite.
    pub async fn spare(&self) -> Spare {
        let operator = Caller::operator(&self.latchkey);
        let (instance, email) = (operator.instance().unwrap(), "spare@example.com");
        let user = match users::by_email(&instance, email).await {
            Ok(user) => user,
            Err(_) => users::create(&instance, email, "Spare", &PASSWORD.into(), false).await.unwrap(),
        };
        let id = user.id.as_str();
        users::set_active(&instance, id, true).await.unwrap();
        users::set_instance_admin(&instance, id, false).await.unwrap();
        let grant = operator.in_workspace("acme").await.unwrap().allow().unwrap();
        workspaces::put_member(&grant, email, Role::Viewer).await.unwrap();
        let open = invites::open(&grant).await.unwrap();
        // The table makes more of them than may be open at once.
        for invite in open {
            invites::revoke(&grant, invite.id.as_str()).await.unwrap();
        }
        invites::create(&grant, Role::Viewer).await.unwrap();
        let invite = invites::open(&grant).await.unwrap()[0].id.to_string();
        let server = "spare".to_owned();
        mcp::register(self, &server, "http://127.0.0.1:9/mcp").await;
        let manage = operator.in_workspace("acme").await.unwrap().allow().unwrap();
        server::servers::choose(&manage, &server, id).await.unwrap();
        let see = operator.in_workspace("acme").await.unwrap().allow().unwrap();
        let policies = server::policies::list(&see, "").await.unwrap().policies;
        let there = policies.into_iter().find(|policy| policy.name == "Spare");
        let policy = match there {
            Some(policy) => policy.id.to_string(),
            None => mcp::policy(self, "Spare", "").await,
        };
        let grant = operator.in_workspace("acme").await.unwrap().allow().unwrap();
        let listed = server::guardrails::list(&grant, "").await.unwrap().guardrails;
        let guardrail = match listed.into_iter().find(|guardrail| guardrail.name == "Spare") {
            Some(guardrail) => guardrail.id.to_string(),
            None => guardrails::guardrail(self, "Spare").await,
        };
        let provider = "spare".to_owned();
        models::register(self, &provider, "http://127.0.0.1:9/v1", "o3").await;
        let price_from = models::price_to_come(self, "spare").await;
        Spare { user: id.to_owned(), invite, server, policy, guardrail, provider, price_from }
    }

    /// A browser that is signed in (or not).
    pub async fn browser(&self, who: Who) -> Browser {
        let client = Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap();
        let browser = Browser { client, url: self.url.clone() };
        if who != Who::Nobody {
            let form = [("email", who.email()), ("password", PASSWORD.into())];
            let answer = browser.post("/console/sign_in", &form).send().await.unwrap();
            assert_eq!(answer.status(), 303, "{who:?} signs in");
        }
        browser
    }
}

/// Somebody to do things to.
pub struct Spare {
    pub user: String,
    pub invite: String,
    /// The slug of a server that nobody answers at, for which the user is chosen.
    pub server: String,
    /// The id of a policy without rules.
    pub policy: String,
    /// The id of a guardrail.
    pub guardrail: String,
    /// The slug of a provider that nobody answers at, with one model.
    pub provider: String,
    /// When a price of the model `spare` begins that can still be taken back, in Unix milliseconds.
    pub price_from: String,
}

/// What a page says.
pub trait Page {
    /// Its HTML, without the marks that the framework leaves between two parts of it (`<!>`).
    async fn html(self) -> String;
}

impl Page for Response {
    async fn html(self) -> String {
        self.text().await.unwrap().replace("<!>", "")
    }
}

/// A client that keeps cookies and follows nothing.
pub struct Browser {
    pub client: Client,
    pub url: String,
}

impl Browser {
    pub async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).header("accept", "text/html").send().await.unwrap()
    }

    /// A form posted without script.
    pub fn post(&self, path: &str, form: &[(&str, String)]) -> RequestBuilder {
        self.client
            .post(format!("{}{path}", self.url))
            .header("accept", "text/html")
            .header("origin", &self.url)
            .form(form)
    }

    /// A form posted by the script.
    pub fn fetch(&self, path: &str, form: &[(&str, String)]) -> RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.url));
        request.header("accept", "application/json").header("origin", &self.url).form(form)
    }
}

pub fn location(answer: &Response) -> String {
    answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// A read-only key's settings: for ever, ordinary, without limits.
pub fn plain(name: &str) -> NewKey {
    NewKey {
        name: name.into(),
        description: String::new(),
        environment: String::new(),
        permission: Permission::ReadOnly,
        expires_at: None,
        gateway: false,
        url_credential: false,
        limits: Limits::default(),
        mcp: domain::key::McpScope::default(),
        model: domain::model::ModelLimits::default(),
    }
}

/// Consoles of stories live in the real time, and their charts and days end with the hour: none begins in its last half minute.
async fn away_from_the_hours_end() {
    let left = domain::time::HOUR - Clock::system().now().0 % domain::time::HOUR;
    if left < 30_000 {
        tokio::time::sleep(std::time::Duration::from_millis(left.unsigned_abs())).await;
    }
}
