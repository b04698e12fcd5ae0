//! The forms of the members page: roles, removal, invites.

use super::{Form, Next, Refused, back_or};
use crate::{components::as_role, web::Here};
use domain::access::Role;
use leptos::prelude::*;
use server::{
    Error,
    auth::{Caller, Grant, ManageMembers},
    flash::{FreshInvite, Slot},
    invites, workspaces,
};

/// Gives a member another role.
#[server(prefix = "/console", endpoint = "change_role")]
pub async fn change_role(
    #[server(default)] workspace: String,
    #[server(default)] user: String,
    #[server(default)] role: String,
    #[server(default)] back: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = back_or(&back, page(&workspace));
    let form = Form { here: &here, name: "member", page: page.clone(), typed: &[] };
    let done = async {
        let caller = here.caller().await?;
        let (name, role) = workspaces::change_role(&manage(&caller, &workspace).await?, &user, &role).await?;
        // Whoever gave up the role does not see the members any more.
        let gave_up = is(&caller, &user) && role != Role::Admin && !caller.is_instance_admin();
        let to = if gave_up { format!("/w/{workspace}/keys") } else { page };
        let who = if is(&caller, &user) { "You are".to_owned() } else { format!("{name} is") };
        Ok((to, Some(format!("{who} {} now.", as_role(role)))))
    };
    form.answer(done.await)
}

/// Ends a membership.
#[server(prefix = "/console", endpoint = "remove_member")]
pub async fn remove_member(
    #[server(default)] workspace: String,
    #[server(default)] user: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let stay = format!("{}/{user}/remove", page(&workspace));
    let form = Form { here: &here, name: "remove-member", page: stay, typed: &[] };
    let done = async {
        let caller = here.caller().await?;
        let name = workspaces::remove(&manage(&caller, &workspace).await?, &user).await?;
        if is(&caller, &user) {
            return Ok(("/".into(), Some("You left the workspace. Your keys of it have stopped.".into())));
        }
        Ok((page(&workspace), Some(format!("{name} is no member any more. Their keys have stopped."))))
    };
    form.answer(done.await)
}

/// Makes an invite; the next page shows its link once.
#[server(prefix = "/console", endpoint = "create_invite")]
pub async fn create_invite(
    #[server(default)] workspace: String,
    #[server(default)] role: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "invite", page: page(&workspace), typed: &[] };
    let done = async {
        let caller = here.caller().await?;
        let user = caller.user_id().cloned().ok_or(Error::Unauthenticated)?;
        let grant = manage(&caller, &workspace).await?;
        let link = invites::create(&grant, Role::parse(&role)?).await?.link(here.latchkey.public_url());
        here.set_cookie(&here.latchkey.seal(Slot::Invite, &FreshInvite { user, workspace: workspace.clone(), link }));
        Ok((page(&workspace), None))
    };
    form.answer(done.await)
}

/// Takes an invite back.
#[server(prefix = "/console", endpoint = "revoke_invite")]
pub async fn revoke_invite(
    #[server(default)] workspace: String,
    #[server(default)] invite: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "invite", page: page(&workspace), typed: &[] };
    let done = async {
        invites::revoke(&manage(&here.caller().await?, &workspace).await?, &invite).await?;
        Ok((page(&workspace), Some("The invite is revoked: its link opens nothing.".into())))
    };
    form.answer(done.await)
}

async fn manage(caller: &Caller, workspace: &str) -> Result<Grant<ManageMembers>, Error> {
    caller.in_workspace(workspace).await?.allow()
}

fn is(caller: &Caller, user: &str) -> bool {
    caller.user_id().is_some_and(|id| id.as_str() == user)
}

fn page(workspace: &str) -> String {
    format!("/w/{workspace}/members")
}
