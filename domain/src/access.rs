//! Who may do what in a workspace (design §4): one table, asked by the server's grants and by pages that show or hide a
//! button. What may be done with a key afterwards is narrowed by [`Reach`].

use crate::{
    field::FieldError,
    key::Permission,
    workspace::{Settings, ViewerKeys},
};
use serde::{Deserialize, Serialize};

/// A member's role, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks on.
    Viewer,
    /// Makes and changes keys.
    Developer,
    /// Also decides about the workspace.
    Admin,
}

impl Role {
    /// Every role, in rising order.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Developer, Self::Admin];

    /// The role as forms, commands and the database spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Admin => "admin",
        }
    }

    /// The role of a word, or what is wrong with it.
    pub fn parse(word: &str) -> Result<Self, FieldError> {
        let found = Self::ALL.into_iter().find(|role| role.word() == word.trim());
        found.ok_or_else(|| FieldError::new("role", "The role is viewer, developer or admin."))
    }
}

/// Something that a caller asks to do in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the list of keys, masked, and each key's page.
    SeeKeys,
    /// Create a key.
    CreateKey,
    /// Rename, edit, disable, enable, rotate or delete a key.
    ChangeKey,
    /// See the secret of a key again, where the workspace keeps it.
    RevealKey,
    /// See the members, invite one, change a role, remove a member.
    ManageMembers,
    /// Change name, plan and settings.
    ChangeSettings,
    /// Read the audit log.
    SeeAudit,
    /// See the MCP servers, their tools, and the firewall policies.
    SeeServers,
    /// Register, edit and remove MCP servers, say who may use them, and manage firewall policies.
    ManageServers,
    /// See, register, edit and remove providers of models, and set what models cost.
    ManageModels,
    /// Read what was said in sampled model calls, where the workspace keeps samples.
    ReadSamples,
}

/// How far an allowed action goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every key of the workspace.
    AllKeys,
    /// Every key that is not a gateway key.
    OrdinaryKeys,
    /// The caller's own read-only keys.
    OwnReadOnlyKeys,
}

/// What of a key decides whether a [`Reach`] covers it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// It belongs to the caller.
    pub own: bool,
    /// Its permission.
    pub permission: Permission,
    /// It may verify other keys.
    pub gateway: bool,
}

impl Reach {
    /// Whether an action of this reach may touch that key.
    #[must_use]
    pub fn covers(self, key: Target) -> bool {
        match self {
            Self::AllKeys => true,
            Self::OrdinaryKeys => !key.gateway,
            Self::OwnReadOnlyKeys => key.own && !key.gateway && key.permission == Permission::ReadOnly,
        }
    }
}

/// The table: how far `role` may go with `action`; `None` is a refusal.
#[must_use]
pub fn reach(role: Role, action: Action, settings: &Settings) -> Option<Reach> {
    match (action, role) {
        (Action::SeeKeys | Action::SeeServers, _) | (_, Role::Admin) => Some(Reach::AllKeys),
        (Action::CreateKey | Action::ChangeKey | Action::RevealKey, Role::Developer) => Some(Reach::OrdinaryKeys),
        (Action::CreateKey | Action::ChangeKey, Role::Viewer) => {
            (settings.viewer_keys == ViewerKeys::ReadOnly).then_some(Reach::OwnReadOnlyKeys)
        }
        (Action::RevealKey, Role::Viewer)
        | (
            Action::ManageMembers
            | Action::ChangeSettings
            | Action::SeeAudit
            | Action::ManageServers
            | Action::ManageModels
            | Action::ReadSamples,
            _,
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [Target; 4] = [
        Target { own: true, permission: Permission::ReadOnly, gateway: false },
        Target { own: true, permission: Permission::ReadWrite, gateway: false },
        Target { own: false, permission: Permission::ReadOnly, gateway: false },
        Target { own: true, permission: Permission::ReadOnly, gateway: true },
    ];

    fn covered(role: Role, viewer_keys: ViewerKeys) -> Option<[bool; 4]> {
        let settings = Settings { viewer_keys, ..Settings::default() };
        let create = reach(role, Action::CreateKey, &settings);
        assert_eq!(create, reach(role, Action::ChangeKey, &settings));
        create.map(|r| KEYS.map(|k| r.covers(k)))
    }

    #[test]
    fn the_table_of_design_section_4() {
        assert_eq!(covered(Role::Viewer, ViewerKeys::None), None);
        assert_eq!(covered(Role::Viewer, ViewerKeys::ReadOnly), Some([true, false, false, false]));
        assert_eq!(covered(Role::Developer, ViewerKeys::None), Some([true, true, true, false]));
        assert_eq!(covered(Role::Admin, ViewerKeys::None), Some([true, true, true, true]));
        let reveal = |role| {
            let settings = Settings { viewer_keys: ViewerKeys::ReadOnly, ..Settings::default() };
            reach(role, Action::RevealKey, &settings).map(|r| KEYS.map(|k| r.covers(k)))
        };
        assert_eq!(reveal(Role::Viewer), None, "not even an own one");
        assert_eq!(reveal(Role::Developer), Some([true, true, true, false]));
        assert_eq!(reveal(Role::Admin), Some([true; 4]));
        for role in [Role::Viewer, Role::Developer, Role::Admin] {
            assert_eq!(reach(role, Action::SeeKeys, &Settings::default()), Some(Reach::AllKeys));
            assert_eq!(reach(role, Action::SeeServers, &Settings::default()), Some(Reach::AllKeys));
            for action in [
                Action::ManageMembers,
                Action::ChangeSettings,
                Action::SeeAudit,
                Action::ManageServers,
                Action::ManageModels,
                Action::ReadSamples,
            ] {
                let allowed =
                    reach(role, action, &Settings { viewer_keys: ViewerKeys::ReadOnly, ..Settings::default() });
                assert_eq!(allowed.is_some(), role == Role::Admin, "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn roles_have_one_spelling() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.word()), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.word());
        }
        for bad in ["", "Admin", "owner"] {
            assert_eq!(Role::parse(bad).unwrap_err().field, "role", "{bad}");
        }
    }
}
