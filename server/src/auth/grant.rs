//! Grants: permission as a type. A use-case asks for the grant of its action; a grant is only had from
//! [`InWorkspace::allow`](super::InWorkspace::allow), so authorization can't be forgotten.

use super::Caller;
use domain::access::{Action, Reach};
use std::marker::PhantomData;
use store::Workspace;

/// An action as a type.
pub trait Act {
    /// The row of the permission table.
    const ACTION: Action;
    /// What a caller without permission is told.
    const REFUSAL: &'static str;
}

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident: $refusal:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Act for $name {
            const ACTION: Action = Action::$name;
            const REFUSAL: &'static str = $refusal;
        }
    )+};
}

acts! {
    /// See the keys.
    SeeKeys: "You can't see the keys of this workspace.",
    /// Create a key.
    CreateKey: "Viewers can't create keys here. Ask an administrator of the workspace for the developer role.",
    /// Rename, edit, disable, enable, rotate or delete a key.
    ChangeKey: "Viewers can't change keys here. Ask an administrator of the workspace for the developer role.",
    /// See a secret again.
    RevealKey: "Viewers can't reveal keys. Ask an administrator of the workspace for the developer role.",
    /// See and invite members, change roles, end memberships.
    ManageMembers: "Only an administrator of the workspace sees and manages its members. Ask one of them.",
    /// Change name, plan and settings.
    ChangeSettings: "Only an administrator of the workspace sees and changes its settings. Ask one of them.",
    /// Read the audit log.
    SeeAudit: "The audit log is for administrators of the workspace. One of them can read it for you, or make you one.",
    /// See servers and firewall policies.
    SeeServers: "You can't see the servers of this workspace.",
    /// Register and change servers and firewall policies.
    ManageServers: "Only an administrator of the workspace changes its servers and firewall policies. Ask one of them.",
    /// See and change providers of models, what models cost, and guardrails.
    ManageModels: "Only an administrator of the workspace sees and changes its model providers, prices and guardrails. Ask one of them.",
    /// Read samples of model calls.
    ReadSamples: "Only an administrator of the workspace reads samples of its calls. Ask one of them.",
}

/// Permission for one action in one workspace.
#[derive(Clone)]
pub struct Grant<A> {
    caller: Caller,
    workspace: Workspace,
    reach: Reach,
    action: PhantomData<A>,
}

impl<A> Grant<A> {
    pub(super) fn new(caller: Caller, workspace: Workspace, reach: Reach) -> Self {
        Self { caller, workspace, reach, action: PhantomData }
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }
}

/// Permission for what concerns the installation as a whole: users and workspaces.
#[derive(Clone)]
pub struct InstanceGrant {
    caller: Caller,
}

impl InstanceGrant {
    pub(super) fn new(caller: Caller) -> Self {
        Self { caller }
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }
}
