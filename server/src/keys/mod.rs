//! Use-cases about keys: one file each. Called by the console and the command line.

mod batch;
mod change;
mod create;
mod guardrail;
mod list;
mod notices;
mod requests;
mod reveal;
mod rotate;
mod scope;
mod show;
mod usage;

pub use batch::{BatchAction, BatchView, batch, batch_anywhere, delete, disable, enable, review, review_anywhere};
pub use change::{describe, expire, limit, limit_models, permit, rename};
pub use create::{Created, create, create_for};
pub use guardrail::{GuardrailChoices, guardrail_choices, guardrail_named};
pub use list::{
    AllKeys, Choice, KeyList, KeyQuery, SectionView, SortBy, StatusFilter, all, environments, list, list_anywhere,
    owners,
};
pub use notices::{Noticed, NoticedView, Notices, notices};
pub use requests::{RequestList, RequestQuery, requests};
pub use reveal::{Revealed, reveal};
pub use rotate::{RotationView, review_rotation, rotate};
pub use scope::{RawScope, ScopeChoices, ServerChoice, scope, scope_choices};
pub use show::{ChangeView, KeyPageView, Link, Links, McpUse, ModelUse, UseView, show, workspace_of};
pub use usage::{UsageBar, UsageRange, usage};

use crate::{
    Latchkey,
    auth::{Caller, ChangeKey, InWorkspace, RevealKey},
};
use domain::{
    access::{Reach, Target},
    key::{KeyId, Limits, McpScope, Permission, Status, masked},
    model::{Account, ModelLimits},
    time::{DAY, Timestamp},
};
use store::Key;

/// A key as lists and pages show it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct KeyView {
    /// Its public id.
    pub id: KeyId,
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
    /// Which MCP servers it reaches, and under which firewall policy.
    pub mcp: McpScope,
    /// Which models it may use, for how much money, and under which guardrail.
    pub model: ModelLimits,
    /// What it has spent in the running period of its cap; nothing without one.
    pub account: Account,
    /// When it is back by itself; `None` if it is not exhausted, or only a higher cap helps.
    pub back_at: Option<Timestamp>,
    /// `lk_BRTRKFsL_••••3f9Q`.
    pub masked: String,
    /// What it is at this moment.
    pub status: Status,
    /// The owner's name.
    pub owner_name: String,
    /// The owner's e-mail.
    pub owner_email: String,
    /// It is the caller's own.
    pub own: bool,
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
    /// The caller may change it.
    pub may_change: bool,
    /// Its secret is kept sealed, and the caller may see it again.
    pub may_reveal: bool,
    /// Since when only its tombstone is left.
    pub deleted_at: Option<Timestamp>,
    /// Its workspace's slug.
    pub workspace: String,
    /// Its workspace's name.
    pub workspace_name: String,
}

impl KeyView {
    /// Whether it was used in the 24 hours before `now`: deleting it then needs more care.
    #[must_use]
    pub fn used_lately(&self, now: Timestamp) -> bool {
        self.last_used_at.is_some_and(|at| now.since(at) < DAY)
    }
}

fn target(caller: &Caller, key: &Key) -> Target {
    let own = caller.user_id() == Some(&key.owner_id);
    Target { own, permission: key.permission, gateway: key.gateway }
}

/// How far a caller may go with the keys of a list.
#[derive(Clone, Copy, Debug, Default)]
struct Reaches {
    change: Option<Reach>,
    reveal: Option<Reach>,
}

impl Reaches {
    /// In a workspace.
    fn of(place: &InWorkspace) -> Self {
        Self { change: place.reach::<ChangeKey>(), reveal: place.reach::<RevealKey>() }
    }

    /// Of a caller who may change that far, on a page where nothing is revealed.
    fn change(reach: Reach) -> Self {
        Self { change: Some(reach), reveal: None }
    }
}

fn view(caller: &Caller, reaches: Reaches, key: Key) -> KeyView {
    let latchkey: &Latchkey = caller.latchkey();
    let target = target(caller, &key);
    let now = latchkey.now();
    KeyView {
        account: key.account(now),
        back_at: key.spend().and_then(|spend| spend.back(now)),
        masked: masked(latchkey.prefix(), &key.id, &key.last4),
        status: key.status(now),
        own: target.own,
        may_change: key.deleted_at.is_none() && reaches.change.is_some_and(|reach| reach.covers(target)),
        may_reveal: key.recoverable && reaches.reveal.is_some_and(|reach| reach.covers(target)),
        deleted_at: key.deleted_at,
        workspace: key.workspace_slug,
        workspace_name: key.workspace_name,
        id: key.id,
        name: key.name,
        description: key.description,
        environment: key.environment,
        permission: key.permission,
        gateway: key.gateway,
        url_credential: key.url_credential,
        limits: key.limits,
        mcp: key.mcp,
        model: key.model,
        owner_name: key.owner_name,
        owner_email: key.owner_email,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        last_used_address: key.last_used_address,
        last_used_agent: key.last_used_agent,
        uses: key.uses,
    }
}
