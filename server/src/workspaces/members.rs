//! Members: who they are, what they may do, and how they leave. Their keys follow at the next request, by themselves: a key's
//! decision reads its owner's role anew every time.

use crate::{
    Count, Error,
    auth::{Grant, ManageMembers},
    cursor,
};
use domain::{access::Role, id::UserId, time::Timestamp, workspace::Plan};
use store::{AuditEvent, Member, MemberRow, Store};

/// Members that a page shows at once.
const PAGE: usize = 50;

/// A member as lists show them.
#[derive(Clone, Debug)]
pub struct MemberView {
    /// Names the user.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// They may sign in.
    pub active: bool,
    /// Since when they are a member.
    pub joined_at: Timestamp,
    /// How many of their keys work now.
    pub keys: Count,
    /// It is the caller.
    pub own: bool,
}

/// One page of members.
#[derive(Clone, Debug)]
pub struct MemberList {
    /// The members, the newest first.
    pub members: Vec<MemberView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One page of members.
pub async fn members(grant: &Grant<ManageMembers>, search: &str, after: &str) -> Result<MemberList, Error> {
    let (now, workspace) = (grant.caller().latchkey().now(), grant.workspace());
    let page = store(grant).member_page(&workspace.id, search, now, cursor::read(after).as_ref(), PAGE).await?;
    let next = page.next.as_ref().map(cursor::text);
    Ok(MemberList { members: page.members.into_iter().map(|row| view(grant, row)).collect(), next })
}

fn view(grant: &Grant<ManageMembers>, row: MemberRow) -> MemberView {
    let Member { user_id, email, name, role } = row.member;
    let works = row.active && grant.workspace().plan == Plan::Pro;
    MemberView {
        own: grant.caller().user_id() == Some(&user_id),
        keys: if works { row.keys.into() } else { Count::default() },
        id: user_id,
        name,
        email,
        role,
        active: row.active,
        joined_at: row.joined_at,
    }
}

/// A member's name and how many of their keys work: what the page about their removal says.
pub async fn member(grant: &Grant<ManageMembers>, user: &str) -> Result<(String, Count), Error> {
    let found = find(grant, user).await?;
    let now = grant.caller().latchkey().now();
    let keys = store(grant).working_keys(&grant.workspace().id, Some(&found.user_id), now).await?;
    Ok((found.name, keys.into()))
}

/// Gives a member another role; says who it is.
pub async fn change_role(grant: &Grant<ManageMembers>, user: &str, role: &str) -> Result<(String, Role), Error> {
    let found = find(grant, user).await?;
    let role = Role::parse(role)?;
    let event = event(grant, "member.put", &found.user_id, &found.email);
    store(grant).set_role(&grant.workspace().id, &found.user_id, role, &event).await?;
    Ok((found.name, role))
}

/// Ends a membership; says whose. The member's keys stop at once.
pub async fn remove(grant: &Grant<ManageMembers>, user: &str) -> Result<String, Error> {
    let found = find(grant, user).await?;
    let event = event(grant, "member.remove", &found.user_id, &found.email);
    store(grant).remove_member(&grant.workspace().id, &found.user_id, &event).await?;
    Ok(found.name)
}

/// Makes the user of an e-mail a member, or changes the role of one.
pub async fn put_member(grant: &Grant<ManageMembers>, email: &str, role: Role) -> Result<(), Error> {
    let found = store(grant).user_by_email(&email.trim().to_lowercase()).await?;
    let (user, _) = found.ok_or_else(|| Error::field("email", "There is no user with this e-mail."))?;
    let event = event(grant, "member.put", &user.id, &user.email);
    Ok(store(grant).put_member(&grant.workspace().id, &user.id, role, &event).await?)
}

/// Ends the membership of an e-mail's user. The member's keys stop at once.
pub async fn remove_member(grant: &Grant<ManageMembers>, email: &str) -> Result<(), Error> {
    let found = store(grant).user_by_email(&email.trim().to_lowercase()).await?;
    let (user, _) = found.ok_or(Error::NotFound)?;
    remove(grant, user.id.as_str()).await.map(drop)
}

async fn find(grant: &Grant<ManageMembers>, user: &str) -> Result<Member, Error> {
    store(grant).member(&grant.workspace().id, &UserId::from_text(user)).await?.ok_or(Error::NotFound)
}

fn store(grant: &Grant<ManageMembers>) -> &Store {
    &grant.caller().latchkey().store
}

fn event(grant: &Grant<ManageMembers>, action: &str, user: &UserId, email: &str) -> AuditEvent {
    grant.caller().event(Some(&grant.workspace().id), action, user.as_str(), email)
}
