//! Keys: created within limits, listed by page, changed, deleted to a tombstone, looked up by the verifier.

mod batch;
mod change;
mod condition;
mod create;
mod labels;
mod list;
mod lookup;
mod notices;
mod rotate;
pub(crate) mod sealed;
mod settle;

pub use batch::{Batch, KeyChange};
pub use condition::Scope;
pub use create::{CreationLimits, InsertKey, LimitHit};
pub(crate) use list::COUNT_MOST;
pub use list::{Cursor, KeyFilter, KeyPage, Section, SectionCount, Sort};
pub use lookup::{Credential, KeyOwner, KeyRecord, KeyWorkspace};
pub use notices::{Notice, NoticedKey};
pub use rotate::{Link, Links, Rotation};
pub use sealed::Sealed;

use crate::{
    Error,
    spend::sums,
    stored::{case, json, parse},
};
use domain::{
    id::{GuardrailId, PolicyId, UserId, WorkspaceId},
    key::{KeyId, Limits, McpScope, Permission, RateLimit, Status, status},
    model::{Account, Cap, MicroUsd, ModelLimits, ModelScope, Period, Spend},
    time::Timestamp,
};

/// A key as lists and pages show it: no secret, no hash.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Key {
    /// Its public id.
    pub id: KeyId,
    /// Whose it is.
    pub owner_id: UserId,
    /// The owner's e-mail.
    pub owner_email: String,
    /// The owner's name.
    pub owner_name: String,
    /// Its name.
    pub name: String,
    /// What it is for, possibly empty.
    pub description: String,
    /// Its environment, possibly empty.
    pub environment: String,
    /// What it may do at most.
    pub permission: Permission,
    /// Whether it may verify other keys.
    pub gateway: bool,
    /// Whether it may stand in a URL.
    pub url_credential: bool,
    /// From where and how often it may be used.
    pub limits: Limits,
    /// Which MCP servers it reaches, and under which policy.
    pub mcp: McpScope,
    /// Which models it may use, for how much money, and under which guardrail.
    pub model: ModelLimits,
    /// Its spend cap is reached until then.
    pub exhausted_until: Option<Timestamp>,
    /// What it had spent when its account was last touched, and since when that counted.
    pub kept_account: Option<(Timestamp, Account)>,
    /// The last four characters of the whole key.
    pub last4: String,
    /// Paused by a person.
    pub disabled: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// When it was last accepted.
    pub last_used_at: Option<Timestamp>,
    /// From where; empty if never.
    pub last_used_address: String,
    /// By what; empty if never.
    pub last_used_agent: String,
    /// How often it was accepted.
    pub uses: i64,
    /// Its secret is kept sealed: it can be revealed again.
    pub recoverable: bool,
    /// Since when only its tombstone is left.
    pub deleted_at: Option<Timestamp>,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Its workspace's slug.
    pub workspace_slug: String,
    /// Its workspace's name.
    pub workspace_name: String,
}

impl Key {
    /// Its status at a moment.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        status(self.disabled, self.expires_at, self.spend().is_some_and(|spend| spend.is_exhausted(now)), now)
    }

    /// What it has spent in the running period of its cap; nothing without one.
    #[must_use]
    pub fn account(&self, now: Timestamp) -> Account {
        let kept = self.model.cap.zip(self.kept_account);
        kept.map(|(cap, (since, account))| cap.current(since, account, now)).unwrap_or_default()
    }

    /// How it stands towards its cap; `None` without one.
    #[must_use]
    pub fn spend(&self) -> Option<Spend> {
        self.model.cap.map(|cap| Spend { cap, exhausted_until: self.exhausted_until })
    }
}

/// What [`COLUMNS`] needs beside `keys k`: owner, workspace and account.
const JOINS: &str = "JOIN users u ON u.id = k.owner_id JOIN workspaces w ON w.id = k.workspace_id
    LEFT JOIN accounts a ON a.key_id = k.id";

/// The columns of [`Row`].
const COLUMNS: &str = "k.id, k.owner_id, u.email AS owner_email, u.name AS owner_name, k.name, k.description,
    k.environment, k.permission, k.gateway, k.url_credential, k.allow_ip, k.rate_limit, k.servers, k.policy_id, k.models, k.spend_cap,
    k.spend_period, k.exhausted_until, k.guardrail_id, a.start AS account_start, a.settled, a.reserved, k.last4,
    k.disabled, k.created_at, k.expires_at, k.last_used_at, k.last_used_address, k.last_used_agent, k.uses,
    k.sealed IS NOT NULL AS recoverable, k.deleted_at, k.workspace_id, w.slug AS workspace_slug,
    w.name AS workspace_name";

#[derive(sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "they are the table's")]
struct Row {
    id: String,
    owner_id: String,
    owner_email: String,
    owner_name: String,
    name: String,
    description: String,
    environment: String,
    permission: String,
    gateway: bool,
    url_credential: bool,
    allow_ip: String,
    rate_limit: Option<i64>,
    servers: String,
    policy_id: Option<String>,
    models: Option<String>,
    spend_cap: Option<i64>,
    spend_period: Option<String>,
    exhausted_until: Option<i64>,
    guardrail_id: Option<String>,
    account_start: Option<i64>,
    settled: Option<i64>,
    reserved: Option<i64>,
    last4: String,
    disabled: bool,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: i64,
    last_used_address: String,
    last_used_agent: String,
    uses: i64,
    recoverable: bool,
    deleted_at: Option<i64>,
    workspace_id: String,
    workspace_slug: String,
    workspace_name: String,
}

impl TryFrom<Row> for Key {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: key_id(&row.id)?,
            owner_id: UserId::from_text(row.owner_id),
            owner_email: row.owner_email,
            owner_name: row.owner_name,
            name: row.name,
            description: row.description,
            environment: row.environment,
            permission: case("permission", row.permission)?,
            gateway: row.gateway,
            url_credential: row.url_credential,
            limits: limits(&row.allow_ip, row.rate_limit)?,
            mcp: McpScope {
                servers: parse("server list", &row.servers)?,
                policy: row.policy_id.map(PolicyId::from_text),
            },
            model: ModelLimits {
                models: models(row.models.as_deref())?,
                cap: cap(row.spend_cap, row.spend_period)?,
                guardrail: row.guardrail_id.map(GuardrailId::from_text),
            },
            exhausted_until: row.exhausted_until.map(Timestamp),
            kept_account: match (row.account_start, row.settled, row.reserved) {
                (Some(start), Some(settled), Some(reserved)) => Some((Timestamp(start), sums(settled, reserved)?)),
                _ => None,
            },
            last4: row.last4,
            disabled: row.disabled,
            created_at: Timestamp(row.created_at),
            expires_at: row.expires_at.map(Timestamp),
            last_used_at: (row.last_used_at > 0).then_some(Timestamp(row.last_used_at)),
            last_used_address: row.last_used_address,
            last_used_agent: row.last_used_agent,
            uses: row.uses,
            recoverable: row.recoverable,
            deleted_at: row.deleted_at.map(Timestamp),
            workspace_id: WorkspaceId::from_text(row.workspace_id),
            workspace_slug: row.workspace_slug,
            workspace_name: row.workspace_name,
        })
    }
}

/// A key's limits as its row has them. What no version wrote is no limit that could be left out: it is unreadable.
fn limits(allow_ip: &str, rate_limit: Option<i64>) -> Result<Limits, Error> {
    let rate = |count: i64| u32::try_from(count).ok().and_then(|count| RateLimit::try_from(count).ok());
    Ok(Limits {
        addresses: parse("address list", allow_ip)?,
        rate: rate_limit.map(|count| rate(count).ok_or(Error::Unreadable("rate limit"))).transpose()?,
    })
}

/// The models that a key may use, as its row has them.
fn models(list: Option<&str>) -> Result<ModelScope, Error> {
    list.map_or(Ok(ModelScope::All), |list| parse("model list", list).map(ModelScope::These))
}

/// Models as their column has them: nothing for all of them.
pub(crate) fn models_column(models: &ModelScope) -> Option<String> {
    match models {
        ModelScope::All => None,
        ModelScope::These(list) => Some(json(list)),
    }
}

/// A spend cap as its two columns have it.
pub(crate) fn cap(amount: Option<i64>, period: Option<String>) -> Result<Option<Cap>, Error> {
    let Some((amount, period)) = amount.zip(period) else { return Ok(None) };
    let amount = MicroUsd::new(amount).ok_or(Error::Unreadable("spend cap"))?;
    Ok(Some(Cap { amount, period: crate::keys::period(&period)? }))
}

/// The period of a cap.
pub(crate) fn period(word: &str) -> Result<Period, Error> {
    Period::parse(word).map_err(|_| Error::Unreadable("spend period"))
}

/// A rate limit as its column has it.
fn rate_column(limits: &Limits) -> Option<i64> {
    limits.rate.map(|rate| i64::from(u32::from(rate)))
}

pub(crate) fn key_id(text: &str) -> Result<KeyId, Error> {
    KeyId::parse(text).ok_or(Error::Unreadable("key id"))
}
