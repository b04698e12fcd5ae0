//! Deactivating a user: what stops with it.

use crate::{
    components::{Column, FormNotice, Frame, Notice, Place, Post, Title, keys_stop},
    pages::load::{load, param},
    web::Here,
};
use leptos::prelude::*;
use server::users;

/// The page.
#[component]
pub fn DeactivatePage() -> impl IntoView {
    let here = Here::new();
    let id = param("user");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let (user, keys, workspaces) = users::show(&caller.instance()?, &id).await?;
        let place = Place::find(&here, &caller, None).await?;
        let flash = here.flashed().of("deactivate");
        let own = caller.user_id() == Some(&user.id);
        let title = if own { "Deactivate yourself?".to_owned() } else { format!("Deactivate {}?", user.name) };
        let places = if workspaces == 1 { "1 workspace".to_owned() } else { format!("{workspaces} workspaces") };
        let tone = if keys.count == 0 { "" } else { "danger" };
        Ok(view! {
            <Title text=format!("{title} · Latchkey") />
            <Frame place active="admin">
                <Column back=("/admin/users".to_owned(), "Users")>
                    <div class="dialog dialog-page">
                        <div class="dialog-head"><div><h1 class="dialog-title" dir="auto">{title}</h1><p>{user.email}</p></div></div>
                        <div class="dialog-body">
                            <Notice tone icon="triangle-alert">
                                <p class="notice-title">{keys_stop(keys)}</p>
                                {(keys.count > 0).then(|| view! { <p>"They lie in " {places} "."</p> })}
                            </Notice>
                            <p>
                                "Every session ends at once, and signing in is refused. Memberships and keys are kept: they work again, as they \
                                 were, once the user is activated."
                            </p>
                            <Post action="/console/deactivate_user" id="deactivate-form" hidden=vec![("user", id)]>
                                <FormNotice flash />
                            </Post>
                        </div>
                        <div class="dialog-foot dialog-foot-stack">
                            <a class="btn push" href="/admin/users" autofocus>"Keep active"</a>
                            <button class="btn btn-danger" form="deactivate-form">"Deactivate user"</button>
                        </div>
                    </div>
                </Column>
            </Frame>
        })
    })
}
