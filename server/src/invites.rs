//! Inviting: a link for one person, for seven days, with a role. Making, listing and revoking stand here; how one is accepted
//! stands in `auth::join`.

use crate::{
    Error,
    auth::{Grant, ManageMembers},
};
use domain::{
    access::Role,
    id::InviteId,
    key::SecretHash,
    random::base62,
    time::{DAY, Timestamp},
};
use secrecy::{ExposeSecret, SecretString};
use store::{Invite, OpenInvite};

/// How long an invite is open.
pub const DAYS: i64 = 7;
/// Open invites that one workspace can have: so many that nobody needs more, so few that a list shows them all.
const MOST: i64 = 50;

/// An open invite.
#[derive(Clone, Debug)]
pub struct InviteView {
    /// Names it; opens nothing.
    pub id: InviteId,
    /// As what it lets in.
    pub role: Role,
    /// Who made it.
    pub invited_by: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

impl From<OpenInvite> for InviteView {
    fn from(invite: OpenInvite) -> Self {
        Self {
            id: invite.id,
            role: invite.role,
            invited_by: invite.invited_by.unwrap_or_else(|| "command line".into()),
            created_at: invite.created_at,
            expires_at: invite.expires_at,
        }
    }
}

/// A fresh invite: the only time that its token can be handed out.
pub struct Created {
    /// Until when it is open.
    pub expires_at: Timestamp,
    token: SecretString,
}

impl Created {
    /// The link, at the address that people use.
    #[must_use]
    pub fn link(&self, public_url: &str) -> String {
        format!("{public_url}/invite?token={}", self.token.expose_secret())
    }
}

/// Makes an invite.
pub async fn create(grant: &Grant<ManageMembers>, role: Role) -> Result<Created, Error> {
    let (caller, workspace) = (grant.caller(), &grant.workspace().id);
    let latchkey = caller.latchkey();
    let (id, token) = latchkey.random.with(|rng| (InviteId::generate(rng), base62(rng, 32)));
    let now = latchkey.now();
    let invite = Invite {
        hash: SecretHash::of(&token),
        workspace: workspace.clone(),
        role,
        invited_by: caller.user_id().cloned(),
        created_at: now,
        expires_at: now.plus(DAYS * DAY),
        id,
    };
    let event = caller.event(Some(workspace), "invite.create", invite.id.as_str(), role.word());
    latchkey.store.insert_invite(&invite, MOST, &event).await?;
    Ok(Created { expires_at: invite.expires_at, token: token.into() })
}

/// The open invites, the newest first.
pub async fn open(grant: &Grant<ManageMembers>) -> Result<Vec<InviteView>, Error> {
    let latchkey = grant.caller().latchkey();
    let open = latchkey.store.open_invites(&grant.workspace().id, latchkey.now()).await?;
    Ok(open.into_iter().map(InviteView::from).collect())
}

/// Takes an invite back: its link opens nothing any more.
pub async fn revoke(grant: &Grant<ManageMembers>, id: &str) -> Result<(), Error> {
    let (caller, workspace) = (grant.caller(), &grant.workspace().id);
    let event = caller.event(Some(workspace), "invite.revoke", id, "");
    Ok(caller.latchkey().store.revoke_invite(workspace, &InviteId::from_text(id), &event).await?)
}
