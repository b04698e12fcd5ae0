//! Many rows at once, made by the database itself out of numbers: people, keys, changes, workspaces of an installation that
//! has lived. One SQL text for both engines. Called when a database is filled; nobody signs in as these people, and no
//! request carries one of these keys.

use crate::{
    Outcome,
    database::{AnyConnection, either},
    seed::EMAIL,
};
use domain::time::{DAY, MINUTE, Timestamp};

/// Between two requests of [`uses`], in milliseconds.
const EVERY: i64 = 7_000;

/// The numbers from 1 to `$1` as rows: `i`; `number`, six digits in order; and `scattered`, seven digits in an order of their
/// own, for ids, which are random in life: neighbours of a list never lie side by side in the table's other indexes.
macro_rules! numbered {
    () => {
        "(WITH RECURSIVE counting (i) AS (
            SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM counting WHERE i < $1)
          SELECT i, SUBSTR(CAST(1000000 + i AS TEXT), 2) AS number,
            SUBSTR(CAST(10000000 + i * 7919 % 1000003 AS TEXT), 2) AS scattered FROM counting) AS numbered"
    };
}

/// Runs a statement that writes `$count` rows, with that number as its `$1` and the values from `$2` on.
macro_rules! fill {
    ($connection:expr, $count:expr, [$($value:expr),*], $sql:expr) => {
        if $count > 0 {
            either!($connection, on => {
                sqlx::query($sql).bind(i64::from($count))$(.bind($value))*.execute(on).await.map(drop)?;
            });
        }
    };
}

/// Users who are members of a workspace; a tenth administrate it.
pub async fn people(connection: &mut AnyConnection, slug: &str, count: u32, now: Timestamp) -> Outcome<()> {
    let begun = now.plus(-300 * DAY).0;
    fill!(
        connection,
        count,
        [begun, EMAIL],
        concat!(
            "INSERT INTO users (id, email, name, name_folded, password_hash, instance_admin, active, created_at)
             SELECT 'person000' || scattered, 'person' || number || '@example.com', 'Person ' || number,
               'person ' || number, u.password_hash, FALSE, TRUE, CAST($2 AS BIGINT) + i
             FROM users u, ",
            numbered!(),
            " WHERE u.email = $3"
        )
    );
    fill!(
        connection,
        count,
        [begun, slug],
        concat!(
            "INSERT INTO memberships (workspace_id, user_id, role, created_at)
             SELECT w.id, 'person000' || scattered,
               CASE i % 10 WHEN 0 THEN 'admin' WHEN 1 THEN 'viewer' ELSE 'developer' END, CAST($2 AS BIGINT) + i
             FROM workspaces w, ",
            numbered!(),
            " WHERE w.slug = $3"
        )
    );
    Ok(())
}

/// Keys of a workspace beside its gateway key, of which they take what is not their own. Every fifth is disabled or has
/// expired. A seventh belongs to the person who signs in, as do those whose owner is not there; the others to one each.
///
/// Those that stopped were used last before all that work: in the order "last used first" they come at the very end, which
/// is both how it is in life and the harder case for a list of what stopped.
pub async fn keys(connection: &mut AnyConnection, slug: &str, count: u32, now: Timestamp) -> Outcome<()> {
    fill!(
        connection,
        count,
        [now.0, slug, MINUTE, DAY],
        concat!(
            "INSERT INTO keys (id, workspace_id, owner_id, created_by, name, name_folded, description, environment, permission,
               gateway, hash, last4, disabled, created_at, expires_at, last_used_at, last_used_address, last_used_agent,
               uses, listed)
             SELECT SUBSTR(w.slug, 1, 1) || scattered, w.id,
               COALESCE((SELECT p.id FROM users p WHERE p.id = 'person000' || scattered AND i % 7 <> 0), g.owner_id),
               g.created_by, 'key ' || number, 'key ' || number,
               CASE i % 3 WHEN 0 THEN 'What this key is for, in a line of usual length.' ELSE '' END,
               CASE i % 4 WHEN 0 THEN 'prod' WHEN 1 THEN 'staging' WHEN 2 THEN 'dev' ELSE '' END,
               g.permission, FALSE, g.hash, SUBSTR(scattered, 4), i % 10 = 0, moment - 200 * day - apart,
               CASE WHEN i % 10 = 5 THEN moment - 31 * day
                    WHEN i % 5 <> 0 AND i % 4 = 1 THEN moment + 90 * day + apart END,
               CASE i % 5 WHEN 0 THEN moment - 60 * day - apart ELSE moment - apart END,
               '203.0.113.18', 'curl/8.14.1', i % 1000, CASE i % 10 WHEN 0 THEN 2 WHEN 5 THEN 1 ELSE 0 END
             FROM workspaces w JOIN keys g ON g.workspace_id = w.id AND g.gateway = TRUE, (
               SELECT i, number, scattered, CAST($2 AS BIGINT) AS moment, CAST($5 AS BIGINT) AS day,
                 (i * 7919 % 43200) * CAST($4 AS BIGINT) + i AS apart FROM ",
            // Over a month, without two in the same millisecond.
            numbered!(),
            ") AS lives WHERE w.slug = $3"
        )
    );
    Ok(())
}

/// What the person who signs in did in a workspace, one change a minute.
pub async fn changes(connection: &mut AnyConnection, slug: &str, count: u32, now: Timestamp) -> Outcome<()> {
    fill!(
        connection,
        count,
        [now.0, slug, MINUTE, EMAIL],
        concat!(
            "INSERT INTO audit_events (id, at, workspace_id, actor_id, actor, action, target, target_name, address)
             SELECT 'change000' || scattered, CAST($2 AS BIGINT) - i * CAST($4 AS BIGINT), w.id, u.id, u.email,
               CASE i % 4 WHEN 0 THEN 'key.create' WHEN 1 THEN 'key.rename' WHEN 2 THEN 'key.disable' ELSE 'key.delete' END,
               'l' || scattered, 'key ' || number, '203.0.113.18'
             FROM workspaces w, users u, ",
            numbered!(),
            " WHERE w.slug = $3 AND u.email = $5"
        )
    );
    Ok(())
}

/// Requests in a workspace's log, one every seven seconds up to `until`: a million are eighty-one days. With the keys of
/// [`keys`] by turns, as far as there are such, else with the gateway key; every twentieth was refused, every fourth was a
/// call of a model.
pub async fn uses(connection: &mut AnyConnection, slug: &str, count: u32, until: Timestamp) -> Outcome<()> {
    fill!(
        connection,
        count,
        [until.0, slug, EVERY],
        concat!(
            "INSERT INTO usage_events (at, workspace_id, key_id, surface, code, address, agent, model, provider, outcome,
               millis, input_tokens, cached_tokens, output_tokens, cost, estimated)
             SELECT CAST($2 AS BIGINT) - i * CAST($4 AS BIGINT), w.id, COALESCE((SELECT k.id FROM keys k WHERE k.id =
                 SUBSTR(w.slug, 1, 1) || SUBSTR(CAST(10000000 + (1 + i % 49) * 7919 AS TEXT), 2)), g.id),
               CASE i % 4 WHEN 0 THEN 'relay' ELSE 'me' END, CASE i % 20 WHEN 1 THEN 'RATE_LIMITED' ELSE 'VALID' END,
               '203.0.113.18', 'curl/8.14.1', CASE i % 4 WHEN 0 THEN 'gpt-4.1' ELSE '' END,
               CASE i % 4 WHEN 0 THEN 'openai' ELSE '' END, '', i % 900, 19, 0, 10, 138, 0
             FROM workspaces w JOIN keys g ON g.workspace_id = w.id AND g.gateway = TRUE, ",
            numbered!(),
            " WHERE w.slug = $3"
        )
    );
    Ok(())
}

/// The sums of each key of a workspace for so many days up to `until`: of every fourth those of calls of a model.
pub async fn days(connection: &mut AnyConnection, slug: &str, count: u32, until: Timestamp) -> Outcome<()> {
    let today = until.0 - until.0.rem_euclid(DAY);
    fill!(
        connection,
        count,
        [today, slug, DAY],
        concat!(
            "INSERT INTO usage_days (workspace_id, day, key_id, model, accepted, refused, input_tokens, cached_tokens,
               output_tokens, cost, estimated)
             SELECT workspace_id, day, key_id, CASE model WHEN 1 THEN 'gpt-4.1' ELSE '' END, requests, requests / 20,
               requests * 19 * model, 0, requests * 10 * model, requests * 138 * model, requests / 50 * model
             FROM (SELECT w.id AS workspace_id, CAST($2 AS BIGINT) - (i - 1) * CAST($4 AS BIGINT) AS day, k.id AS key_id,
                 1 + (k.uses * 7 + i) % 500 AS requests, CASE k.uses % 4 WHEN 0 THEN 1 ELSE 0 END AS model
               FROM workspaces w JOIN keys k ON k.workspace_id = w.id, ",
            numbered!(),
            // In the order of the table's key.
            " WHERE w.slug = $3) AS used ORDER BY day, key_id"
        )
    );
    Ok(())
}

/// Workspaces that are like one that is there, without anybody in them.
pub async fn workspaces(connection: &mut AnyConnection, slug: &str, count: u32) -> Outcome<()> {
    fill!(
        connection,
        count,
        [slug],
        concat!(
            "INSERT INTO workspaces (id, slug, name, name_folded, plan, settings, created_at)
             SELECT 'place0000' || scattered, 'place-' || number, 'Place ' || number, 'place ' || number, w.plan, w.settings,
               w.created_at
             FROM workspaces w, ",
            numbered!(),
            " WHERE w.slug = $2"
        )
    );
    Ok(())
}

/// What PostgreSQL's autovacuum does by itself within a minute; without it the first pages run on guesses. On SQLite there is
/// nothing that the program would do by itself.
pub async fn settle(connection: &mut AnyConnection) -> Outcome<()> {
    if let AnyConnection::Postgres(connection) = connection {
        sqlx::query("VACUUM ANALYZE").execute(connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        database::{Database, Engine},
        seed::{Wanted, seed},
    };
    use sqlx::Connection;

    async fn number(connection: &mut AnyConnection, sql: &'static str, now: Timestamp) -> Outcome<i64> {
        let (number,): (i64,) = either!(connection, on => sqlx::query_as(sql).bind(now.0).fetch_one(on).await?);
        Ok(number)
    }

    async fn an_installation_that_has_lived(engine: Engine) -> Outcome<()> {
        let database = Database::fresh(engine).await?;
        let done = async {
            seed(&database, &[Wanted { slug: "lived", keys: 1, lived_in: true }]).await?;
            let now = server::Clock::system().now();
            let mut connection = database.connect().await?;
            people(&mut connection, "lived", 99, now).await?;
            keys(&mut connection, "lived", 100, now).await?;
            changes(&mut connection, "lived", 100, now).await?;
            workspaces(&mut connection, "lived", 99).await?;
            uses(&mut connection, "lived", 200, now).await?;
            days(&mut connection, "lived", 30, now).await?;
            settle(&mut connection).await?;
            for (sql, wanted) in [
                // The gateway key is one of them; the other numbers are of those made here.
                ("SELECT COUNT(*) FROM keys WHERE $1 > 0 AND listed = 0", 81),
                ("SELECT COUNT(*) FROM keys WHERE $1 > 0 AND listed = 2 AND disabled = TRUE", 10),
                ("SELECT COUNT(*) FROM keys WHERE listed = 1 AND disabled = FALSE AND expires_at <= $1", 10),
                ("SELECT COUNT(*) FROM keys WHERE expires_at > $1 AND listed <> 0", 0),
                ("SELECT COUNT(*) FROM keys WHERE $1 > 0 AND environment = 'prod'", 26),
                ("SELECT COUNT(DISTINCT owner_id) FROM keys WHERE $1 > 0", 86),
                ("SELECT COUNT(DISTINCT last_used_at) FROM keys WHERE $1 > 0", 101),
                ("SELECT COUNT(*) FROM users u JOIN memberships m ON m.user_id = u.id WHERE $1 > 0", 100),
                ("SELECT COUNT(*) FROM audit_events WHERE at < $1 AND target_name LIKE 'key %'", 100),
                ("SELECT COUNT(*) FROM usage_events WHERE at < $1 AND code <> 'VALID'", 10),
                ("SELECT COUNT(DISTINCT key_id) FROM usage_events WHERE $1 > 0", 49),
                ("SELECT COUNT(*) FROM usage_days WHERE day <= $1 AND day % 86400000 = 0", 3_030),
                ("SELECT COUNT(DISTINCT day) FROM usage_days WHERE day > $1 - 30 * CAST(86400000 AS BIGINT)", 30),
                ("SELECT COUNT(DISTINCT key_id) FROM usage_days WHERE $1 > 0 AND model <> '' AND cost > 0", 26),
                ("SELECT COUNT(DISTINCT name_folded) FROM workspaces WHERE $1 > 0", 100),
            ] {
                assert_eq!(number(&mut connection, sql, now).await?, wanted, "{sql}");
            }
            either!(connection, on => on.close().await)?;
            Ok(())
        };
        let done: Outcome<()> = done.await;
        database.remove().await?;
        done
    }

    #[tokio::test]
    async fn rows_are_what_they_say_on_sqlite() -> Outcome<()> {
        an_installation_that_has_lived(Engine::Sqlite).await
    }

    #[tokio::test]
    async fn rows_are_what_they_say_on_postgres() -> Outcome<()> {
        if !Engine::Postgres.is_here() {
            return Ok(());
        }
        an_installation_that_has_lived(Engine::Postgres).await
    }
}
