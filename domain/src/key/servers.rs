//! Which MCP servers a key reaches. Chosen at its creation and on its page; enforced by the decision.

use crate::{
    field::FieldError,
    id::{PolicyId, ServerId},
};
use serde::{Deserialize, Serialize};

/// The most servers that one key may name.
pub const MOST_SERVERS: usize = 100;

/// What a key may do over MCP, beside its permission: every server and tool, by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct McpScope {
    /// Which servers it reaches.
    pub servers: ServerScope,
    /// The firewall policy over the tools it calls.
    pub policy: Option<PolicyId>,
}

/// The servers that a key reaches, as far as it goes by the key: never one that its owner does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<Vec<ServerId>>", into = "Option<Vec<ServerId>>")]
pub enum ServerScope {
    /// Every one, also those that are registered later.
    #[default]
    All,
    /// These alone; an empty list reaches none. One that was removed stays named, and is of no use.
    These(Vec<ServerId>),
}

impl ServerScope {
    /// A list without repetitions.
    pub fn these(servers: impl IntoIterator<Item = ServerId>) -> Result<Self, FieldError> {
        let mut list: Vec<ServerId> = servers.into_iter().collect();
        list.sort();
        list.dedup();
        if list.len() > MOST_SERVERS {
            let message = format!("A key names {MOST_SERVERS} servers at most. Choose all of them, or fewer.");
            return Err(FieldError::new("servers", message));
        }
        Ok(Self::These(list))
    }

    /// Whether the key reaches that server.
    #[must_use]
    pub fn reaches(&self, server: &ServerId) -> bool {
        match self {
            Self::All => true,
            Self::These(list) => list.contains(server),
        }
    }
}

impl From<Option<Vec<ServerId>>> for ServerScope {
    fn from(list: Option<Vec<ServerId>>) -> Self {
        list.map_or(Self::All, Self::These)
    }
}

impl From<ServerScope> for Option<Vec<ServerId>> {
    fn from(scope: ServerScope) -> Self {
        match scope {
            ServerScope::All => None,
            ServerScope::These(list) => Some(list),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ServerId {
        ServerId::from_text(text)
    }

    #[test]
    fn all_or_a_list() {
        assert!(ServerScope::default().reaches(&id("a")));
        let two = ServerScope::these([id("b"), id("a"), id("b")]).unwrap();
        assert_eq!(two, ServerScope::These(vec![id("a"), id("b")]));
        assert!(two.reaches(&id("a")) && !two.reaches(&id("c")));
        assert!(!ServerScope::these([]).unwrap().reaches(&id("a")), "an empty list is not all");
        let many = |count: usize| ServerScope::these((0..count).map(|n| id(&n.to_string())));
        assert!(many(MOST_SERVERS).is_ok());
        assert_eq!(many(MOST_SERVERS + 1).unwrap_err().field, "servers");
    }

    #[test]
    fn is_kept_as_json() {
        for (scope, kept) in [(ServerScope::All, "null"), (ServerScope::these([id("a")]).unwrap(), r#"["a"]"#)] {
            assert_eq!(serde_json::to_string(&scope).unwrap(), kept);
            assert_eq!(serde_json::from_str::<ServerScope>(kept).unwrap(), scope);
        }
        assert!(serde_json::from_str::<ServerScope>("\"all\"").is_err());
    }
}
