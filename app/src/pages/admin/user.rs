//! One user, for the administration: their name and their e-mail.

use crate::{
    components::{Column, FormNotice, Frame, Place, Post, TextField, Title},
    pages::load::{load, param},
    web::Here,
};
use leptos::prelude::*;
use server::users;

/// The page.
#[component]
pub fn UserPage() -> impl IntoView {
    let here = Here::new();
    let id = param("user");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let user = users::by_id(&caller.instance()?, &id).await?;
        let place = Place::find(&here, &caller, None).await?;
        let flashed = here.flashed();
        let (named, mailed) = (flashed.of("rename-user"), flashed.of("user-email"));
        Ok(view! {
            <Title text=format!("{} · Users · Latchkey", user.name) />
            <Frame place active="admin" said=flashed.notice()>
                <Column back=("/admin/users".to_owned(), "Users")>
                    <div class="page-head">
                        <div><h1 class="page-title" dir="auto">{user.name.clone()}</h1><p class="page-lead">{user.email.clone()}</p></div>
                    </div>
                    <section class="panel" aria-labelledby="name-title">
                        <div class="panel-head"><h2 id="name-title">"Name"</h2><p>"How others see them."</p></div>
                        <Post action="/console/rename_user" hidden=vec![("user", id.clone())]>
                            <div class="panel-body">
                                <FormNotice flash=named.clone() />
                                <TextField name="name" label="Name" most=80 value=user.name flash=named />
                            </div>
                            <div class="panel-foot"><button class="btn">"Save name"</button></div>
                        </Post>
                    </section>
                    <section class="panel" aria-labelledby="email-title">
                        <div class="panel-head">
                            <h2 id="email-title">"E-mail"</h2>
                            <p>"They sign in with it, and it stands beside their keys. Their sessions, password and keys stay."</p>
                        </div>
                        <Post action="/console/set_user_email" hidden=vec![("user", id)]>
                            <div class="panel-body">
                                <FormNotice flash=mailed.clone() />
                                <TextField name="email" label="E-mail" kind="email" value=user.email flash=mailed />
                            </div>
                            <div class="panel-foot"><button class="btn">"Save e-mail"</button></div>
                        </Post>
                    </section>
                </Column>
            </Frame>
        })
    })
}
