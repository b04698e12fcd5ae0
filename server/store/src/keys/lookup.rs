//! One key: for its page, for a command, and for the verifier, which asks on every request.

use super::{COLUMNS, JOINS, Key, Row, cap, condition::Scope, key_id, limits, models};
use crate::{
    Error, Store,
    db::read,
    sql::{Statement, bind_values},
    stored::{case, parse},
};
use domain::{
    decision::Facts,
    id::{GuardrailId, PolicyId, UserId, WorkspaceId},
    key::{KeyId, SecretHash},
    model::Spend,
    time::Timestamp,
};
use sqlx::AssertSqlSafe;

/// What decides about a key, as it stands at this moment.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Its public id.
    pub id: KeyId,
    /// What is kept of its secret.
    pub hash: SecretHash,
    /// Its name.
    pub name: Box<str>,
    /// Its environment, possibly empty.
    pub environment: Box<str>,
    /// Whether it may verify other keys.
    pub gateway: bool,
    /// The firewall policy over the MCP tools it calls.
    pub policy: Option<PolicyId>,
    /// The guardrail before what it sends to models and what comes back.
    pub guardrail: Option<GuardrailId>,
    /// What the decision is made of.
    pub facts: Facts,
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// The user.
    pub id: UserId,
    /// Their e-mail.
    pub email: Box<str>,
    /// Their name.
    pub name: Box<str>,
}

/// Where a key belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyWorkspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its slug.
    pub slug: Box<str>,
    /// Its name.
    pub name: Box<str>,
}

/// A live key with whose and where it is: all that a request with it needs.
#[derive(Clone, Debug)]
pub struct KeyRecord {
    /// The key.
    pub credential: Credential,
    /// Its owner.
    pub owner: KeyOwner,
    /// Its workspace.
    pub workspace: KeyWorkspace,
}

#[derive(sqlx::FromRow)]
struct CredentialRow {
    id: String,
    name: String,
    environment: String,
    gateway: bool,
    hash: Vec<u8>,
    disabled: bool,
    expires_at: Option<i64>,
    permission: String,
    allow_ip: String,
    rate_limit: Option<i64>,
    url_credential: bool,
    servers: String,
    policy_id: Option<String>,
    guardrail_id: Option<String>,
    models: Option<String>,
    spend_cap: Option<i64>,
    spend_period: Option<String>,
    exhausted_until: Option<i64>,
    owner_id: String,
    owner_email: String,
    owner_name: String,
    owner_role: Option<String>,
    workspace_id: String,
    workspace_slug: String,
    workspace_name: String,
    plan: String,
}

impl TryFrom<CredentialRow> for KeyRecord {
    type Error = Error;

    fn try_from(row: CredentialRow) -> Result<Self, Error> {
        Ok(Self {
            credential: Credential {
                id: key_id(&row.id)?,
                hash: SecretHash::from_bytes(&row.hash).ok_or(Error::Unreadable("hash"))?,
                name: row.name.into(),
                environment: row.environment.into(),
                gateway: row.gateway,
                policy: row.policy_id.map(PolicyId::from_text),
                guardrail: row.guardrail_id.map(GuardrailId::from_text),
                facts: Facts {
                    disabled: row.disabled,
                    expires_at: row.expires_at.map(Timestamp),
                    permission: case("permission", row.permission)?,
                    owner_role: row.owner_role.map(|role| case("role", role)).transpose()?,
                    plan: case("plan", row.plan)?,
                    limits: limits(&row.allow_ip, row.rate_limit)?,
                    servers: parse("server list", &row.servers)?,
                    models: models(row.models.as_deref())?,
                    spend: cap(row.spend_cap, row.spend_period)?
                        .map(|cap| Box::new(Spend { cap, exhausted_until: row.exhausted_until.map(Timestamp) })),
                    url_credential: row.url_credential,
                },
            },
            owner: KeyOwner {
                id: UserId::from_text(row.owner_id),
                email: row.owner_email.into(),
                name: row.owner_name.into(),
            },
            workspace: KeyWorkspace {
                id: WorkspaceId::from_text(row.workspace_id),
                slug: row.workspace_slug.into(),
                name: row.workspace_name.into(),
            },
        })
    }
}

macro_rules! credential {
    ($condition:literal) => {
        concat!(
            "SELECT k.id, k.name, k.environment, k.gateway, k.hash, k.disabled, k.expires_at, k.permission,
               k.allow_ip, k.rate_limit, k.url_credential, k.servers, k.policy_id, k.models, k.spend_cap, k.spend_period,
               k.exhausted_until, k.guardrail_id,
               u.id AS owner_id, u.email AS owner_email, u.name AS owner_name,
               CASE WHEN u.active THEN m.role END AS owner_role,
               w.id AS workspace_id, w.slug AS workspace_slug, w.name AS workspace_name, w.plan
             FROM keys k
             JOIN workspaces w ON w.id = k.workspace_id
             JOIN users u ON u.id = k.owner_id
             LEFT JOIN memberships m ON m.workspace_id = k.workspace_id AND m.user_id = k.owner_id
             WHERE k.id = $1 AND ",
            $condition
        )
    };
}

impl Store {
    /// The live key of that id, for a process that keeps it. One look-up by primary key.
    pub async fn key_record(&self, id: &KeyId) -> Result<Option<KeyRecord>, Error> {
        let row: Option<CredentialRow> = read!(self, pool => sqlx::query_as(credential!("k.hash IS NOT NULL"))
            .bind(id.as_str())
            .fetch_optional(pool)
            .await)?;
        row.map(KeyRecord::try_from).transpose()
    }

    /// The live key of that id and secret, for a request that is answered from the database.
    ///
    /// The database compares the hash too, so that an unknown id and a wrong secret take the same path and the same
    /// time: neither loads a row. What its comparison could leak is a prefix of SHA-256 over 190 random bits, which
    /// nobody can steer; the comparison that admits is the constant-time one here.
    pub async fn credential(&self, id: &KeyId, hash: &SecretHash) -> Result<Option<KeyRecord>, Error> {
        let row: Option<CredentialRow> = read!(self, pool => sqlx::query_as(credential!("k.hash = $2"))
            .bind(id.as_str())
            .bind(hash.as_bytes())
            .fetch_optional(pool)
            .await)?;
        let record = row.map(KeyRecord::try_from).transpose()?;
        Ok(record.filter(|record| record.credential.hash.matches(hash)))
    }

    /// The ids of all keys, deleted ones too, a page at a time in their order: the page after `after` (empty: the first).
    pub async fn key_ids(&self, after: &str, most: i64) -> Result<Vec<KeyId>, Error> {
        let rows: Vec<(String,)> = read!(self, pool => sqlx::query_as(
            "SELECT id FROM keys WHERE id > $1 ORDER BY id LIMIT $2",
        )
        .bind(after)
        .bind(most)
        .fetch_all(pool)
        .await)?;
        rows.iter().map(|(id,)| key_id(id)).collect()
    }

    /// A live key of a workspace.
    pub async fn key(&self, workspace: &WorkspaceId, id: &KeyId) -> Result<Option<Key>, Error> {
        Ok(self.key_or_tombstone(workspace, id).await?.filter(|key| key.deleted_at.is_none()))
    }

    /// A key of a workspace, even if it was deleted.
    pub async fn key_or_tombstone(&self, workspace: &WorkspaceId, id: &KeyId) -> Result<Option<Key>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM keys k {JOINS} WHERE k.id = $1 AND k.workspace_id = $2");
        // Only the constants above are put into the text.
        let row: Option<Row> = read!(self, pool => sqlx::query_as(AssertSqlSafe(sql))
            .bind(id.as_str()).bind(workspace.as_str()).fetch_optional(pool).await)?;
        row.map(Key::try_from).transpose()
    }

    /// Live keys by id, those that are there, in the order of their ids: what a batch is about.
    pub async fn keys_of(&self, scope: impl Into<Scope<'_>>, ids: &[KeyId]) -> Result<Vec<Key>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = Statement::default();
        all.text("SELECT ")
            .text(COLUMNS)
            .text(" FROM keys k ")
            .text(JOINS)
            .text(" WHERE k.deleted_at IS NULL AND k.id IN ");
        all.bind_all(ids.iter().map(KeyId::as_str));
        scope.into().narrow(&mut all);
        all.text(" ORDER BY k.id");
        let rows: Vec<Row> = read!(self, pool => bind_values!(sqlx::query_as(all.sql()), all).fetch_all(pool).await)?;
        rows.into_iter().map(Key::try_from).collect()
    }

    /// The slug of the workspace that a live key belongs to, for commands that take a key id alone.
    pub async fn workspace_of_key(&self, id: &KeyId) -> Result<Option<String>, Error> {
        let row: Option<(String,)> = read!(self, pool => sqlx::query_as(
            "SELECT w.slug FROM keys k JOIN workspaces w ON w.id = k.workspace_id
             WHERE k.id = $1 AND k.deleted_at IS NULL",
        )
        .bind(id.as_str())
        .fetch_optional(pool)
        .await)?;
        Ok(row.map(|(slug,)| slug))
    }
}
