//! The servers that keys ask for and the policies that keys are under, in memory. The protocol is that of the keys' records
//! (`docs/consistency.md`): a change of a server, of who may use it, or of a policy is announced, and what was read before is
//! not used again.

use super::tools::{ServerTools, ToolLists};
use crate::{
    Error, Latchkey,
    herd::Herd,
    servers::{ask, conversation::Credential},
    verify::Record,
};
use cache::Cache;
use domain::{
    id::{PolicyId, ServerId, UserId, WorkspaceId},
    mcp::{Firewall, Marks},
};
use std::{
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::Arc,
};
use store::{Changed, Upstream};

/// Servers, one for each member that uses it, and policies that are kept at most.
const MOST: usize = 2_000;

/// A server as one member uses it.
#[derive(Debug)]
pub(crate) struct Target {
    workspace: WorkspaceId,
    user: UserId,
    slug: Box<str>,
    /// Names it.
    pub id: ServerId,
    /// It is enabled, and the member may use it.
    pub open: bool,
    /// Where it is reached.
    pub url: Box<str>,
    /// What it is asked with; or why that is not at hand.
    pub credential: Result<Credential, &'static str>,
    /// What an administrator says of its tools.
    pub marks: Marks,
    /// What it says of them itself.
    pub tools: Arc<ServerTools>,
}

/// A target in memory.
pub(crate) type Held = cache::Record<Target, (), ()>;

/// A policy that was read for a key.
struct Kept {
    id: PolicyId,
    firewall: Arc<Firewall>,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Targets(Arc<Parts>);

struct Parts {
    targets: Cache<Target, (), ()>,
    asked_targets: Herd<Held>,
    policies: Cache<Kept, (), ()>,
    asked_policies: Herd<cache::Record<Kept, (), ()>>,
    lists: ToolLists,
}

impl Default for Targets {
    fn default() -> Self {
        Self(Arc::new(Parts {
            targets: Cache::new(MOST),
            asked_targets: Herd::default(),
            policies: Cache::new(MOST),
            asked_policies: Herd::default(),
            lists: ToolLists::default(),
        }))
    }
}

impl Targets {
    /// Forgets what a change is about.
    pub fn apply(&self, changed: &Changed) {
        let Parts { targets, policies, .. } = &*self.0;
        match changed {
            Changed::Keys(_) | Changed::Deleted(_) => {}
            Changed::Owner(user) => targets.forget_owner(user.as_str()),
            Changed::Workspace(workspace) => {
                targets.forget_workspace(workspace.as_str());
                policies.forget_workspace(workspace.as_str());
            }
            Changed::Everything => {
                targets.forget_all();
                policies.forget_all();
            }
        }
    }

    /// Whether nothing that this target is made of was changed. Only meant where what is held can be trusted.
    pub fn is_current(&self, target: &Arc<Held>) -> bool {
        let kept = self.0.targets.get(number((target.workspace.as_str(), target.user.as_str(), &*target.slug)));
        kept.is_some_and(|kept| Arc::ptr_eq(&kept, target))
    }
}

impl Latchkey {
    /// The server of that slug in the key's workspace, as the key's owner uses it; `None` if there is none. One whose credential
    /// can't be opened is none that can be asked now.
    pub(crate) async fn target(&self, key: &Record, slug: &str) -> Result<Option<Arc<Held>>, Error> {
        match self.target_as_it_is(key, slug).await? {
            Some(target) if target.credential.is_err() => Err(Error::Unavailable),
            found => Ok(found),
        }
    }

    /// The same, also where its credential can't be opened: beside others, that is the matter of that server alone.
    pub(crate) async fn target_as_it_is(&self, key: &Record, slug: &str) -> Result<Option<Arc<Held>>, Error> {
        let (workspace, user) = (&key.workspace().id, &key.owner().id);
        let (number, Parts { targets, asked_targets, lists, .. }) =
            (number((workspace.as_str(), user.as_str(), slug)), &*self.targets.0);
        // Two that share a number take the place from each other, and nothing worse.
        let is_it = |held: &Held| held.workspace == *workspace && held.user == *user && *held.slug == *slug;
        if self.records.is_trusted()
            && let Some(held) = targets.get(number).filter(|held| is_it(held))
        {
            return Ok(Some(held));
        }
        let reading = async {
            let load = targets.load();
            let Some(found) = self.store.upstream(workspace, slug, user).await? else { return Ok(None) };
            let tools = lists.of(&found.server.id, &found.server.url);
            if let Some(listed) = &found.listed {
                tools.remember(listed, self.now(), self.clock.steady());
            }
            let target = Target::new(self, workspace, user, found, tools);
            if target.credential.is_err() {
                // The master key's file may be back in a moment, which nobody announces: this one is not kept.
                targets.forget([number]);
            }
            Ok(Some(targets.keep(load, number, target, (user.as_str(), ()), (workspace.as_str(), ()))))
        };
        self.in_time(asked_targets.read(number, is_it, reading)).await
    }

    /// The firewall policy that a key is under, if it is under one.
    pub(crate) async fn firewall(&self, key: &Record) -> Result<Option<Arc<Firewall>>, Error> {
        let Some(id) = &key.policy else { return Ok(None) };
        let workspace = &key.workspace().id;
        let (number, Parts { policies, asked_policies, .. }) =
            (number((workspace.as_str(), id.as_str(), "")), &*self.targets.0);
        if self.records.is_trusted()
            && let Some(kept) = policies.get(number).filter(|kept| kept.id == *id)
        {
            return Ok(Some(Arc::clone(&kept.firewall)));
        }
        let reading = async {
            let load = policies.load();
            let Some(policy) = self.store.policy(workspace, id).await? else { return Ok(None) };
            let kept = Kept { id: id.clone(), firewall: Arc::new(policy.firewall) };
            Ok(Some(policies.keep(load, number, kept, ("", ()), (workspace.as_str(), ()))))
        };
        let kept = self.in_time(asked_policies.read(number, |kept| kept.id == *id, reading)).await?;
        // A policy is not deleted as long as a key is under it: this key was changed since it was read.
        Ok(Some(Arc::clone(&kept.ok_or(Error::Changed)?.firewall)))
    }
}

impl Target {
    fn new(
        latchkey: &Latchkey,
        workspace: &WorkspaceId,
        user: &UserId,
        found: Upstream,
        tools: Arc<ServerTools>,
    ) -> Self {
        let credential = ask::credential(latchkey, &found).unwrap_or(Err("its credential can't be opened"));
        if let Err(why) = credential {
            tracing::error!(server = found.server.slug, why, "a server can't be asked");
        }
        Self {
            workspace: workspace.clone(),
            user: user.clone(),
            slug: found.server.slug.into(),
            id: found.server.id,
            open: found.server.enabled && found.open_to_user,
            url: found.server.url.into(),
            credential,
            marks: found.server.marks,
            tools,
        }
    }

    /// The workspace that it belongs to.
    pub fn workspace(&self) -> &WorkspaceId {
        &self.workspace
    }

    /// Its name in URLs.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Whether it is reached as the other is: at the same address, with the same credential.
    pub fn is_reached_like(&self, other: &Self) -> bool {
        (&self.id, &self.url, &self.credential) == (&other.id, &other.url, &other.credential)
    }
}

/// What a place in a cache is numbered by.
pub(crate) fn number(of: (&str, &str, &str)) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(of)
}
