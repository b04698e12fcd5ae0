//! Use-cases about keys: one file each. Called by the console and the command line.

mod change;
mod create;
mod list;
mod requests;
mod show;
mod usage;

pub use change::{delete, describe, disable, enable, rename};
pub use create::{Created, create, create_for};
pub use list::{KeyList, KeyQuery, OwnerChoice, SectionView, SortBy, StatusFilter, all, environments, list};
pub use requests::{RequestList, RequestQuery, requests};
pub use show::{ChangeView, KeyPageView, UseView, show, workspace_of};
pub use usage::{UsageBar, UsageRange, usage};

use crate::{Latchkey, auth::Caller};
use domain::{
    access::{Reach, Target},
    key::{KeyId, Permission, Status, masked},
    time::{DAY, Timestamp},
};
use store::Key;

/// A key as lists and pages show it.
#[derive(Clone, Debug)]
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

fn view(caller: &Caller, change: Option<Reach>, key: Key) -> KeyView {
    let latchkey: &Latchkey = caller.latchkey();
    let target = target(caller, &key);
    KeyView {
        masked: masked(latchkey.prefix(), &key.id, &key.last4),
        status: key.status(latchkey.now()),
        own: target.own,
        may_change: change.is_some_and(|reach| reach.covers(target)),
        id: key.id,
        name: key.name,
        description: key.description,
        environment: key.environment,
        permission: key.permission,
        gateway: key.gateway,
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
