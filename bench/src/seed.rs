//! Fills a database: a person, workspaces and a gateway key in each by the use-cases that everybody calls, then the many
//! keys as copies of that one's row: a command for each would take hours.

use crate::{
    Outcome,
    database::{AnyConnection, Database, either},
    rows,
};
use domain::{
    access::Role,
    guardrail::{RawGuardrail, RawRule},
    key::{Limits, McpScope, NewKey, Permission, PlainKey, Prefix, Presented},
    time::DAY,
    workspace::{Plan, Settings},
};
use secrecy::{ExposeSecret, SecretString};
use server::{
    Clock, Config, Latchkey, Random,
    auth::Caller,
    guardrails, keys,
    models::{self, RawPrice, RawProvider},
    servers::{self, RawServer},
    users, workspaces,
};
use sqlx::{Connection, QueryBuilder};

/// The person's e-mail: an instance administrator who owns every key.
pub const EMAIL: &str = "bench@example.com";

/// Keys of a statement: six values each, of which a statement may have 32,766.
const BATCH: usize = 500;

/// A workspace to make.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// Its slug.
    pub slug: &'static str,
    /// Keys in it, its gateway key among them.
    pub keys: u32,
    /// Keys to look at, made by [`rows::keys`]: as in a workspace that has lived, and none of them can be used. Else all work,
    /// and their plain keys are kept.
    pub lived_in: bool,
}

/// What was made.
pub struct Seeded {
    /// The person's password.
    pub password: SecretString,
    /// The plain keys of each workspace, its gateway key first (and alone in one that is lived in).
    pub keys: Vec<Vec<String>>,
}

/// Latchkey without its surfaces, on that database.
async fn open(database: &Database) -> Outcome<Latchkey> {
    let config = Config {
        database: database.url().parse()?,
        public_url: "http://127.0.0.1:3000".into(),
        prefix: Prefix::default(),
        trusted_proxies: Vec::new(),
        cached_keys: server::CACHED_KEYS,
        usage_events_per_second: server::USAGE_EVENTS_PER_SECOND,
        usage_retention_days: server::USAGE_RETENTION_DAYS,
        master_key_file: database.folder().join("master.key"),
        allow_private_upstreams: false,
        ceilings: domain::model::Ceilings::default(),
        patience: server::Patience::default(),
        relay_memory: server::RELAY_MEMORY,
        metrics_token: None,
    };
    Ok(server::open(config, Clock::system(), Random::system()).await?)
}

/// Registers MCP servers, by slug and address, that every member of a workspace may use.
pub async fn register(database: &Database, workspace: &str, all: &[(&str, &str)]) -> Outcome<()> {
    let latchkey = open(database).await?;
    let grant = Caller::operator(&latchkey).in_workspace(workspace).await?.allow()?;
    for (slug, url) in all {
        let raw = RawServer { name: (*slug).into(), slug: (*slug).into(), url: (*url).into(), ..RawServer::default() };
        servers::register(&grant, &raw, true).await?;
    }
    latchkey.shut_down().await;
    Ok(())
}

/// Registers a provider of one model, which has a price.
pub async fn provide(database: &Database, workspace: &str, url: &str, model: &str) -> Outcome<()> {
    let latchkey = open(database).await?;
    let grant = Caller::operator(&latchkey).in_workspace(workspace).await?.allow()?;
    let (name, slug) = ("Bare".to_owned(), "bare".to_owned());
    let provider = RawProvider { name, slug, url: url.into(), models: model.into(), ..RawProvider::default() };
    models::register(&grant, &provider).await?;
    let (input_price, output_price) = ("2.50".to_owned(), "10".to_owned());
    models::set_price(&grant, &RawPrice { model: model.into(), input_price, output_price, ..RawPrice::default() })
        .await?;
    latchkey.shut_down().await;
    Ok(())
}

/// A guardrail of twenty rules, none of which finds anything in what the bench says: every built-in detector, patterns and words,
/// both ways.
pub fn twenty_rules() -> RawGuardrail {
    let detectors = ["email", "phone", "payment_card", "iban", "private_key", "api_key", "latchkey_key"];
    let patterns = [r"\bPROJ-\d{3,6}\b", r"(?i)invoice no\. \d+", r"\b\d{3}-\d{2}-\d{4}\b", r"(?i)internal use only"];
    let words = [
        "bluebird",
        "nightingale",
        "project x",
        "salary",
        "merger",
        "layoffs",
        "acquisition",
        "embargoed",
        "confidential",
    ];
    let rule = |find: &str, text: &str, effect: &str| RawRule {
        find: find.into(),
        text: text.into(),
        effect: effect.into(),
        side: "both".into(),
        ..RawRule::default()
    };
    let rules = detectors.map(|word| rule(word, "", "redact")).into_iter();
    let rules = rules.chain(patterns.map(|text| rule("pattern", text, "redact")));
    let rules = rules.chain(words.map(|text| rule("word", text, "deny")));
    RawGuardrail { name: "Twenty rules".into(), rules: rules.collect(), ..RawGuardrail::default() }
}

/// Puts a key under it.
pub async fn guard(database: &Database, workspace: &str, key: &str) -> Outcome<()> {
    let latchkey = open(database).await?;
    let place = Caller::operator(&latchkey).in_workspace(workspace).await?;
    let guardrail = guardrails::create(&place.clone().allow()?, &twenty_rules()).await?;
    let key = Presented::parse(key, &Prefix::default()).map_err(|_| "no key")?;
    keys::limit_models(&place.allow()?, key.id.as_str(), "", "", "", guardrail.as_str()).await?;
    latchkey.shut_down().await;
    Ok(())
}

/// Gives a key a spend cap that nothing here reaches.
pub async fn cap(database: &Database, workspace: &str, key: &str) -> Outcome<()> {
    let latchkey = open(database).await?;
    let place = Caller::operator(&latchkey).in_workspace(workspace).await?;
    let key = Presented::parse(key, &Prefix::default()).map_err(|_| "no key")?;
    keys::limit_models(&place.allow()?, key.id.as_str(), "", "100000", "total", "").await?;
    latchkey.shut_down().await;
    Ok(())
}

/// Fills an empty database.
pub async fn seed(database: &Database, wanted: &[Wanted]) -> Outcome<Seeded> {
    let latchkey = open(database).await?;
    let operator = Caller::operator(&latchkey);
    let password = SecretString::from(Random::system().with(|rng| domain::random::base62(rng, 24)));
    users::create(&operator.instance()?, EMAIL, "Bench", &password, true).await?;
    let mut gateways = Vec::new();
    for place in wanted {
        workspaces::create(&operator.instance()?, place.slug, place.slug, Plan::Pro, Settings::default()).await?;
        workspaces::put_member(&operator.in_workspace(place.slug).await?.allow()?, EMAIL, Role::Admin).await?;
        let grant = operator.in_workspace(place.slug).await?.allow()?;
        gateways.push(keys::create_for(&grant, EMAIL, gateway()).await?.key);
    }
    latchkey.shut_down().await;

    let mut connection = database.connect().await?;
    let mut keys = Vec::new();
    for (place, gateway) in wanted.iter().zip(gateways) {
        keys.push(if place.lived_in {
            rows::keys(&mut connection, place.slug, place.keys - 1, Clock::system().now()).await?;
            vec![gateway.expose().to_owned()]
        } else {
            multiply(&mut connection, place, &gateway).await?
        });
    }
    rows::settle(&mut connection).await?;
    either!(connection, on => on.close().await)?;
    Ok(Seeded { password, keys })
}

/// The password of [`Seeded`], to be typed into the form.
pub fn typed(password: &SecretString) -> &str {
    password.expose_secret()
}

fn gateway() -> NewKey {
    NewKey {
        name: "Gateway".into(),
        description: String::new(),
        environment: "prod".into(),
        permission: Permission::ReadWrite,
        expires_at: None,
        gateway: true,
        url_credential: false,
        limits: Limits::default(),
        mcp: McpScope::default(),
        model: domain::model::ModelLimits::default(),
    }
}

/// Keys that can be used, each with a secret of its own, many a statement and all in one transaction.
async fn multiply(connection: &mut AnyConnection, place: &Wanted, gateway: &PlainKey) -> Outcome<Vec<String>> {
    let now = Clock::system().now();
    let prefix = Prefix::default();
    let mut keys = vec![gateway.expose().to_owned()];
    either!(connection, on => {
        let mut transaction = on.begin().await?;
        let numbers: Vec<u32> = (1..place.keys).collect();
        for batch in numbers.chunks(BATCH) {
            let mut made = QueryBuilder::new("WITH made (id, name, hash, last4, created_at, last_used_at) AS (");
            made.push_values(batch, |mut row, number| {
                let key = Random::system().with(|rng| PlainKey::generate(&prefix, rng));
                row.push_bind(key.id().as_str().to_owned())
                    .push_bind(format!("key {number:07}"))
                    .push_bind(key.hash().as_bytes().to_vec())
                    .push_bind(key.last())
                    .push_bind(now.plus(-200 * DAY + i64::from(*number)).0)
                    .push_bind(now.plus(-i64::from(*number)).0);
                keys.push(key.expose().to_owned());
            });
            made.push(
                ") INSERT INTO keys (id, workspace_id, owner_id, created_by, name, name_folded, description, environment,
                   permission, gateway, hash, last4, disabled, created_at, last_used_at, last_used_address,
                   last_used_agent, uses)
                 SELECT m.id, k.workspace_id, k.owner_id, k.created_by, m.name, m.name, '', k.environment, k.permission,
                   FALSE, m.hash, m.last4, FALSE, m.created_at, m.last_used_at, '203.0.113.18', 'curl/8.14.1', 1
                 FROM made m, keys k WHERE k.id = ",
            );
            made.push_bind(gateway.id().as_str()).build().execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    });
    Ok(keys)
}
