//! Ending a membership: what stops with it.

use crate::{
    components::{Column, FormNotice, Frame, Notice, Place, Post, Title, keys_stop},
    pages::load::{load, param},
    web::Here,
};
use leptos::prelude::*;
use server::{auth::ManageMembers, workspaces};

/// The page.
#[component]
pub fn RemovePage() -> impl IntoView {
    let here = Here::new();
    let (slug, user) = (param("workspace"), param("user"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let grant = at.clone().allow::<ManageMembers>()?;
        let (name, keys) = workspaces::member(&grant, &user).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("remove-member");
        let workspace = at.workspace_name().to_owned();
        let own = caller.user_id().is_some_and(|id| id.as_str() == user);
        let list = format!("/w/{slug}/members");
        let (title, button, keep) = if own {
            (format!("Leave {workspace}?"), "Leave workspace", "Stay")
        } else {
            (format!("Remove {name} from {workspace}?"), "Remove member", "Keep member")
        };
        let tone = if keys.count == 0 { "" } else { "danger" };
        Ok(view! {
            <Title text=format!("{title} · Latchkey") />
            <Frame place active="members">
                <Column back=(list.clone(), "Members")>
                    <div class="dialog dialog-page">
                        <div class="dialog-head"><div><h1 class="dialog-title" dir="auto">{title}</h1></div></div>
                        <div class="dialog-body">
                            <Notice tone icon="triangle-alert"><p class="notice-title">{keys_stop(keys)}</p></Notice>
                            <p>
                                "Keys are kept. They work again, as they were, if the membership comes back. To pause some of them only, disable \
                                 these on the keys page."
                            </p>
                            <Post action="/console/remove_member" id="remove-form" hidden=vec![("workspace", slug), ("user", user)]>
                                <FormNotice flash />
                            </Post>
                        </div>
                        <div class="dialog-foot dialog-foot-stack">
                            <a class="btn push" href=list autofocus>{keep}</a>
                            <button class="btn btn-danger" form="remove-form">{button}</button>
                        </div>
                    </div>
                </Column>
            </Frame>
        })
    })
}
