//! What a change is about, and how that is written in the feed.

use crate::Error;
use domain::{
    id::{UserId, WorkspaceId},
    key::KeyId,
};

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// These keys were made or changed.
    Keys(Vec<KeyId>),
    /// These keys were deleted.
    Deleted(Vec<KeyId>),
    /// A user, or one of their memberships: all their keys.
    Owner(UserId),
    /// A workspace: all its keys.
    Workspace(WorkspaceId),
    /// Unknown: whatever is held may be wrong. Never written; an instance that lost the thread tells itself.
    Everything,
}

impl Changed {
    /// One key.
    pub(crate) fn key(key: KeyId) -> Self {
        Self::Keys(vec![key])
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Keys(_) => "keys",
            Self::Deleted(_) => "deleted",
            Self::Owner(_) => "owner",
            Self::Workspace(_) => "workspace",
            Self::Everything => "everything",
        }
    }

    pub(crate) fn target(&self) -> String {
        match self {
            Self::Keys(keys) | Self::Deleted(keys) => keys.iter().map(KeyId::as_str).collect::<Vec<_>>().join(" "),
            Self::Owner(user) => user.as_str().into(),
            Self::Workspace(workspace) => workspace.as_str().into(),
            Self::Everything => String::new(),
        }
    }

    /// Reads what was written. What a newer program wrote and this one does not know is everything.
    pub(crate) fn read(kind: &str, target: &str) -> Result<Self, Error> {
        let keys = || {
            let ids = target.split_ascii_whitespace().map(KeyId::parse);
            ids.collect::<Option<Vec<_>>>().ok_or(Error::Unreadable("change"))
        };
        Ok(match kind {
            "keys" => Self::Keys(keys()?),
            "deleted" => Self::Deleted(keys()?),
            "owner" => Self::Owner(UserId::from_text(target)),
            "workspace" => Self::Workspace(WorkspaceId::from_text(target)),
            _ => Self::Everything,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let key = |text| KeyId::parse(text).unwrap();
        for changed in [
            Changed::Keys(vec![key("abcdefgh"), key("ABCDEFGH")]),
            Changed::Deleted(vec![key("12345678")]),
            Changed::Owner(UserId::from_text("u")),
            Changed::Workspace(WorkspaceId::from_text("w")),
            Changed::Everything,
        ] {
            assert_eq!(Changed::read(changed.kind(), &changed.target()).unwrap(), changed);
        }
        assert_eq!(Changed::read("of the future", "x").unwrap(), Changed::Everything);
        assert!(Changed::read("keys", "no key").is_err());
    }
}
