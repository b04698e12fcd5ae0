//! Disable, enable and delete, one key or many: all or none. When one of these has returned, the next request with any of
//! the keys meets the change.

use super::{
    KeyView,
    change::{event, refusal},
    target, view,
};
use crate::{
    Error,
    auth::{Caller, ChangeKey, Grant, InstanceGrant},
};
use domain::{
    access::Reach,
    key::{KeyId, Status},
    time::{DAY, Timestamp},
};
use store::{Batch, Key, KeyChange, Scope};

/// Keys that one batch takes: two full sections of the list.
const MOST: usize = 100;

/// What is done to every key of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchAction {
    /// Pause.
    Disable,
    /// Let work again.
    Enable,
    /// Erase for ever.
    Delete,
}

impl BatchAction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Disable, Self::Enable, Self::Delete];

    /// As forms and URLs spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Delete => "delete",
        }
    }

    /// Reads [`word`](Self::word).
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == word)
    }

    fn audited(self) -> &'static str {
        match self {
            Self::Disable => "key.disable",
            Self::Enable => "key.enable",
            Self::Delete => "key.delete",
        }
    }
}

/// The keys of a batch, before it is confirmed.
#[derive(Clone, Debug)]
pub struct BatchView {
    /// The keys, by id.
    pub keys: Vec<KeyView>,
    /// How many of them were used in the last 24 hours.
    pub used_lately: usize,
}

/// Whose keys a batch is about, and which of them the caller may touch.
struct Bounds<'a> {
    caller: &'a Caller,
    scope: Scope<'a>,
    reach: Reach,
    most_active: Option<u32>,
}

impl<'a> From<&'a Grant<ChangeKey>> for Bounds<'a> {
    fn from(grant: &'a Grant<ChangeKey>) -> Self {
        let (caller, workspace) = (grant.caller(), grant.workspace());
        let most_active = caller.user_id().map(|_| workspace.settings.max_active_keys_per_member);
        Self { caller, scope: (&workspace.id).into(), reach: grant.reach(), most_active }
    }
}

impl<'a> From<&'a InstanceGrant> for Bounds<'a> {
    fn from(grant: &'a InstanceGrant) -> Self {
        Self { caller: grant.caller(), scope: Scope::Everywhere, reach: Reach::AllKeys, most_active: None }
    }
}

/// Whether a key would work if nobody had paused it; else what has to be mended first.
fn may_be_enabled(key: &Key, now: Timestamp) -> Result<(), Error> {
    let name = &key.name;
    let message = match (Key { disabled: false, ..key.clone() }).status(now) {
        Status::Expired => format!("“{name}” has expired. Give it a later expiry on its page first."),
        Status::Exhausted => match key.spend().and_then(|spend| spend.back(now)) {
            Some(back) => format!(
                "“{name}” has reached its spend cap, which counts anew on {}. Raise the cap on its page to enable it before.",
                back.human()
            ),
            None => format!("“{name}” has reached its spend cap. Raise the cap on its page first."),
        },
        Status::Disabled | Status::Enabled => return Ok(()),
    };
    Err(Error::Forbidden(message))
}

/// Pauses a key.
pub async fn disable(grant: &Grant<ChangeKey>, id: &str) -> Result<(), Error> {
    let bounds = Bounds::from(grant);
    let keys = bounds.find(&[id.to_owned()]).await?;
    bounds.apply(BatchAction::Disable, &keys).await
}

/// Lets a key work again, within the limit of active keys. An expired or exhausted key has to be mended first.
pub async fn enable(grant: &Grant<ChangeKey>, id: &str) -> Result<(), Error> {
    let bounds = Bounds::from(grant);
    let keys = bounds.find(&[id.to_owned()]).await?;
    bounds.apply(BatchAction::Enable, &keys).await
}

/// Deletes a key for ever. One that was used in the last 24 hours needs its name typed, unless the command line asks.
pub async fn delete(grant: &Grant<ChangeKey>, id: &str, typed_name: &str) -> Result<String, Error> {
    let bounds = Bounds::from(grant);
    let keys = bounds.find(&[id.to_owned()]).await?;
    let name = keys.first().map(|key| key.name.clone()).unwrap_or_default();
    if bounds.used_lately(&keys) > 0 && grant.caller().user_id().is_some() && typed_name.trim() != name {
        return Err(Error::field(
            "typed_name",
            "Type the key's name as it stands above: it was used in the last 24 hours.",
        ));
    }
    bounds.apply(BatchAction::Delete, &keys).await?;
    Ok(name)
}

/// What a batch of a workspace's keys would touch.
pub async fn review(grant: &Grant<ChangeKey>, ids: &[String]) -> Result<BatchView, Error> {
    Bounds::from(grant).review(ids).await
}

/// Does it to every key, or to none. Keys that were used in the last 24 hours are only deleted when their batch's number
/// of keys is typed. Returns how many keys there were.
pub async fn batch(
    grant: &Grant<ChangeKey>,
    action: BatchAction,
    ids: &[String],
    typed_count: &str,
) -> Result<usize, Error> {
    Bounds::from(grant).confirmed(action, ids, typed_count).await
}

/// Like [`review`], of keys anywhere.
pub async fn review_anywhere(grant: &InstanceGrant, ids: &[String]) -> Result<BatchView, Error> {
    Bounds::from(grant).review(ids).await
}

/// Like [`batch`], of keys anywhere. An administrator stops keys of others; to let one work again is for its workspace,
/// whose limits hold there.
pub async fn batch_anywhere(
    grant: &InstanceGrant,
    action: BatchAction,
    ids: &[String],
    typed_count: &str,
) -> Result<usize, Error> {
    if action == BatchAction::Enable {
        return Err(Error::Forbidden("Keys are enabled in their workspace, whose limits hold there.".into()));
    }
    Bounds::from(grant).confirmed(action, ids, typed_count).await
}

impl Bounds<'_> {
    /// The keys of these ids: each of them there, and within reach.
    async fn find(&self, ids: &[String]) -> Result<Vec<Key>, Error> {
        if ids.is_empty() {
            return Err(Error::field("key", "Select at least one key."));
        }
        if ids.len() > MOST {
            return Err(Error::field("key", format!("Select at most {MOST} keys at once.")));
        }
        let mut wanted = ids.iter().map(|id| KeyId::parse(id).ok_or(Error::NotFound)).collect::<Result<Vec<_>, _>>()?;
        wanted.sort();
        wanted.dedup();
        let keys = self.caller.latchkey().store.keys_of(self.scope, &wanted).await?;
        if keys.len() < wanted.len() {
            return Err(Error::NotFound);
        }
        match keys.iter().find(|key| !self.reach.covers(target(self.caller, key))) {
            Some(key) => Err(refusal(key)),
            None => Ok(keys),
        }
    }

    fn used_lately(&self, keys: &[Key]) -> usize {
        let now = self.caller.latchkey().now();
        keys.iter().filter(|key| key.last_used_at.is_some_and(|at| now.since(at) < DAY)).count()
    }

    async fn review(&self, ids: &[String]) -> Result<BatchView, Error> {
        let keys = self.find(ids).await?;
        let used_lately = self.used_lately(&keys);
        let keys = keys.into_iter().map(|key| view(self.caller, super::Reaches::change(self.reach), key)).collect();
        Ok(BatchView { keys, used_lately })
    }

    async fn confirmed(&self, action: BatchAction, ids: &[String], typed_count: &str) -> Result<usize, Error> {
        let keys = self.find(ids).await?;
        let used = self.used_lately(&keys);
        if action == BatchAction::Delete && used > 0 && typed_count.trim() != keys.len().to_string() {
            let message =
                format!("Type {}, the number of keys: {used} of them were used in the last 24 hours.", keys.len());
            return Err(Error::field("typed_count", message));
        }
        self.apply(action, &keys).await?;
        Ok(keys.len())
    }

    async fn apply(&self, action: BatchAction, keys: &[Key]) -> Result<(), Error> {
        let latchkey = self.caller.latchkey();
        if action == BatchAction::Enable {
            for key in keys {
                may_be_enabled(key, latchkey.now())?;
            }
        }
        let what = match action {
            BatchAction::Disable => Batch::Disable,
            BatchAction::Enable => Batch::Enable { most_active: self.most_active },
            BatchAction::Delete => Batch::Delete,
        };
        let changes: Vec<_> = keys
            .iter()
            .map(|key| KeyChange {
                workspace: key.workspace_id.clone(),
                key: key.id,
                event: event(self.caller, key, action.audited()),
            })
            .collect();
        Ok(latchkey.store.change_keys(what, &changes).await?)
    }
}
