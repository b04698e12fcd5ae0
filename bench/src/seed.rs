//! Fills a database: a person, workspaces and a gateway key in each by the use-cases that everybody calls, then the many
//! keys as copies of that one's row, all in one transaction, since a command for each would take hours.

use crate::{
    Outcome,
    database::{AnyConnection, Database, either},
};
use domain::{
    access::Role,
    key::{Limits, NewKey, Permission, PlainKey, Prefix},
    time::{DAY, MINUTE, Timestamp},
    workspace::{Plan, Settings},
};
use secrecy::{ExposeSecret, SecretString};
use server::{Clock, Config, Random, auth::Caller, keys, users, workspaces};
use sqlx::Connection;

/// The person's e-mail: an instance administrator who owns every key.
pub const EMAIL: &str = "bench@example.com";

/// A workspace to make.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// Its slug.
    pub slug: &'static str,
    /// Keys in it, its gateway key among them.
    pub keys: u32,
    /// Every fifth key is disabled or has expired, as in a workspace that has lived; else all work.
    pub lived_in: bool,
}

/// What was made.
pub struct Seeded {
    /// The person's password.
    pub password: SecretString,
    /// The plain keys of each workspace, its gateway key first.
    pub keys: Vec<Vec<String>>,
}

/// Fills an empty database.
pub async fn seed(database: &Database, wanted: &[Wanted]) -> Outcome<Seeded> {
    let config = Config {
        database: database.url().parse()?,
        public_url: "http://127.0.0.1:3000".into(),
        prefix: Prefix::default(),
        trusted_proxies: Vec::new(),
        master_key_file: database.folder().join("master.key"),
    };
    let latchkey = server::open(config, Clock::system(), Random::system()).await?;
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
        keys.push(multiply(&mut connection, place, &gateway).await?);
    }
    if let AnyConnection::Postgres(connection) = &mut connection {
        // What its autovacuum does by itself within a minute; without it the first pages run on guesses.
        sqlx::query("VACUUM ANALYZE").execute(connection).await?;
    }
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
        limits: Limits::default(),
    }
}

async fn multiply(connection: &mut AnyConnection, place: &Wanted, gateway: &PlainKey) -> Outcome<Vec<String>> {
    let now = Clock::system().now();
    let prefix = Prefix::default();
    let mut keys = vec![gateway.expose().to_owned()];
    either!(connection, on => {
        let mut transaction = on.begin().await?;
        for number in 1..place.keys {
            let key = Random::system().with(|rng| PlainKey::generate(&prefix, rng));
            let Life { environment, disabled, created, expires, used, uses } = life(number, place.lived_in, now);
            sqlx::query(
                "INSERT INTO keys (id, workspace_id, owner_id, created_by, name, name_folded, description, environment,
                   permission, gateway, hash, last4, disabled, created_at, expires_at, last_used_at, last_used_address,
                   last_used_agent, uses, listed)
                 SELECT $1, workspace_id, owner_id, created_by, $2, $2, $3, $4, permission, FALSE, $5, $6, $7, $8, $9, $10,
                   $11, $12, $13, $14 FROM keys WHERE id = $15",
            )
            .bind(key.id().as_str())
            .bind(format!("key {number:06}"))
            .bind(if number.is_multiple_of(3) { "What this key is for, in a line of usual length." } else { "" })
            .bind(environment)
            .bind(key.hash().as_bytes())
            .bind(key.last())
            .bind(disabled)
            .bind(created.0)
            .bind(expires.map(|at| at.0))
            .bind(used.0)
            .bind("203.0.113.18")
            .bind("curl/8.14.1")
            .bind(uses)
            .bind(if disabled { 2_i64 } else { i64::from(expires.is_some_and(|at| at <= now)) })
            .bind(gateway.id().as_str())
            .execute(&mut *transaction)
            .await?;
            keys.push(key.expose().to_owned());
        }
        transaction.commit().await?;
    });
    Ok(keys)
}

/// The history of one key.
struct Life {
    environment: &'static str,
    disabled: bool,
    created: Timestamp,
    expires: Option<Timestamp>,
    used: Timestamp,
    uses: i64,
}

/// Those that stopped were used last before all that work: in the order "last used first" they come at the very end, which
/// is both how it is in life and the harder case for a list of what stopped.
fn life(number: u32, lived_in: bool, now: Timestamp) -> Life {
    let n = i64::from(number);
    // Spread over a month, without two in the same millisecond.
    let scattered = (n * 7_919 % 43_200) * MINUTE + n;
    let stopped = lived_in && number.is_multiple_of(5);
    let disabled = stopped && number.is_multiple_of(10);
    let expires = match (stopped && !disabled, number % 4) {
        (true, _) => Some(now.plus(-31 * DAY)),
        (false, 1) => Some(now.plus(90 * DAY + scattered)),
        _ => None,
    };
    Life {
        environment: ["prod", "staging", "dev", ""][number as usize % 4],
        disabled,
        created: now.plus(-200 * DAY - scattered),
        expires,
        used: now.plus(if stopped { -60 * DAY - scattered } else { -scattered }),
        uses: n % 1_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::key::{Status, status};

    #[test]
    fn four_fifths_of_a_workspace_that_has_lived_work() {
        let now = Clock::system().now();
        let working = |lived_in| {
            let lives = (1..=100).map(|number| life(number, lived_in, now));
            lives.filter(|life| status(life.disabled, life.expires, now) == Status::Enabled).count()
        };
        assert_eq!((working(true), working(false)), (80, 100));
    }
}
