//! The caller of a use-case: a signed-in user (read from the session on every request, so that a deactivated one is out at
//! once) or the operator at the command line.

use super::{Act, Grant, InstanceGrant, sessions::UserSession};
use crate::{Client, Error, Latchkey};
use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use domain::{
    access::{Reach, Role, reach},
    id::{EventId, UserId, WorkspaceId},
};
use store::{AuditEvent, User, Workspace};

/// Somebody who asks for something.
#[derive(Clone)]
pub struct Caller {
    latchkey: Latchkey,
    who: Who,
    address: String,
}

#[derive(Clone)]
enum Who {
    User(Box<User>),
    Operator,
}

impl Caller {
    /// The person at the command line, who holds the database itself and may do everything.
    #[must_use]
    pub fn operator(latchkey: &Latchkey) -> Self {
        Self { latchkey: latchkey.clone(), who: Who::Operator, address: String::new() }
    }

    /// The program this caller talks to.
    #[must_use]
    pub fn latchkey(&self) -> &Latchkey {
        &self.latchkey
    }

    pub(super) fn new(latchkey: &Latchkey, user: User, address: String) -> Self {
        Self { latchkey: latchkey.clone(), who: Who::User(Box::new(user)), address }
    }

    /// The user's id; the operator has none.
    #[must_use]
    pub fn user_id(&self) -> Option<&UserId> {
        match &self.who {
            Who::User(user) => Some(&user.id),
            Who::Operator => None,
        }
    }

    /// The user's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.who {
            Who::User(user) => &user.name,
            Who::Operator => "command line",
        }
    }

    /// The user's e-mail, or `command line`: what the audit log keeps.
    #[must_use]
    pub fn email(&self) -> &str {
        match &self.who {
            Who::User(user) => &user.email,
            Who::Operator => "command line",
        }
    }

    /// Whether the caller may do everything in every workspace.
    #[must_use]
    pub fn is_instance_admin(&self) -> bool {
        match &self.who {
            Who::User(user) => user.instance_admin,
            Who::Operator => true,
        }
    }

    /// The caller in a workspace. One that they are no member of does not exist for them.
    pub async fn in_workspace(&self, slug: &str) -> Result<InWorkspace, Error> {
        let workspace = self.latchkey.store.workspace(slug).await?.ok_or(Error::NotFound)?;
        let member = match self.user_id() {
            Some(user) => self.latchkey.store.role(&workspace.id, user).await?,
            None => None,
        };
        let role = if self.is_instance_admin() { Role::Admin } else { member.ok_or(Error::NotFound)? };
        Ok(InWorkspace { caller: self.clone(), workspace, role, is_member: member.is_some() })
    }

    /// Permission for what concerns the installation as a whole.
    pub fn instance(&self) -> Result<InstanceGrant, Error> {
        if self.is_instance_admin() { Ok(InstanceGrant::new(self.clone())) } else { Err(Error::NotFound) }
    }

    /// An audit event of this caller, now.
    pub(crate) fn event(&self, workspace: Option<&WorkspaceId>, action: &str, target: &str, name: &str) -> AuditEvent {
        AuditEvent {
            id: self.latchkey.random.with(|rng| EventId::generate(rng)),
            at: self.latchkey.now(),
            workspace: workspace.cloned(),
            actor_id: self.user_id().cloned(),
            actor: self.email().into(),
            action: action.into(),
            target: target.into(),
            target_name: name.into(),
            new_name: String::new(),
            address: self.address.clone(),
        }
    }
}

/// A caller inside a workspace that they may see.
#[derive(Clone)]
pub struct InWorkspace {
    caller: Caller,
    workspace: Workspace,
    role: Role,
    is_member: bool,
}

impl InWorkspace {
    /// Permission for an action, or the sentence that says why not.
    pub fn allow<A: Act>(self) -> Result<Grant<A>, Error> {
        let reach = self.reach::<A>().ok_or_else(|| Error::Forbidden(A::REFUSAL.into()))?;
        Ok(Grant::new(self.caller, self.workspace, reach))
    }

    /// How far an action of the caller would go: for pages that show or leave out a button.
    #[must_use]
    pub fn reach<A: Act>(&self) -> Option<Reach> {
        reach(self.role, A::ACTION, &self.workspace.settings)
    }

    /// The role the caller acts with.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether the caller is a member (an instance administrator need not be).
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.is_member
    }

    /// The workspace's name, slug and plan for the page's frame.
    #[must_use]
    pub fn workspace_name(&self) -> &str {
        &self.workspace.name
    }

    /// The workspace's plan.
    #[must_use]
    pub fn plan(&self) -> domain::workspace::Plan {
        self.workspace.plan
    }

    /// The workspace's settings.
    #[must_use]
    pub fn settings(&self) -> &domain::workspace::Settings {
        &self.workspace.settings
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Latchkey: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let latchkey = Latchkey::from_ref(state);
        let session = UserSession::of(parts).ok_or(Error::Unauthenticated)?;
        let user = session.user(&latchkey).await?.ok_or(Error::Unauthenticated)?;
        let client = Client::of(&parts.extensions);
        session.seen(&latchkey, &client).await?;
        Ok(Self::new(&latchkey, user, client.address()))
    }
}
