//! The first administrator and workspace, by the link that the start prints.

use super::load::load;
use crate::{
    components::{Empty, FormNotice, Icon, Post, TextField, Title},
    web::Here,
};
use leptos::{either::EitherOf3, prelude::*};
use server::{auth::set_up_is_open, flash::Flash};

/// The set-up page. Without the link's token it says where to find it; once there is an administrator it leads away.
#[component]
pub fn SetupPage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let token = here.query("token");
        if here.latchkey.set_up_url().await?.is_none() {
            here.redirect("/");
            return Ok(EitherOf3::A(()));
        }
        if !set_up_is_open(&here.latchkey, &token).await? {
            return Ok(EitherOf3::B(view! { <Closed tried=!token.is_empty() /> }));
        }
        let flash = here.flashed().of("set-up");
        Ok(EitherOf3::C(view! { <Open token flash /> }))
    })
}

#[component]
fn Closed(tried: bool) -> impl IntoView {
    view! {
        <Title text="Set up Latchkey" />
        <main class="auth" id="main">
            <div class="auth-brand"><span class="brand-mark"><Icon name="key-round" /></span>"Latchkey"</div>
            <Empty icon="lock" title="Latchkey is not set up yet" alone=true>
                {tried.then(|| view! { <p>"This link is not the one of the running program: each start prints a new one."</p> })}
                <p>"Open the link that Latchkey printed when it started. It makes the first administrator."</p>
            </Empty>
        </main>
    }
    .into_any()
}

#[component]
fn Open(token: String, flash: Flash) -> impl IntoView {
    view! {
        <Title text="Set up Latchkey" />
        <main class="auth" id="main">
            <div class="auth-brand"><span class="brand-mark"><Icon name="key-round" /></span>"Latchkey"</div>
            <Post action="/console/set_up" class="auth-card auth-card-wide" hidden=vec![("token", token)]>
                <div>
                    <h1 class="auth-title">"Set up Latchkey"</h1>
                    <p>"The first administrator and the first workspace."</p>
                </div>
                <FormNotice flash=flash.clone() />
                <div class="auth-section">
                    <TextField name="name" label="Your name" autocomplete="name" most=80 flash=flash.clone() focused=true />
                    <TextField name="email" label="E-mail" kind="email" autocomplete="username" flash=flash.clone() />
                    <TextField
                        name="password"
                        label="Password"
                        kind="password"
                        hint="At least 10 characters; a few words are easier to remember."
                        autocomplete="new-password"
                        flash=flash.clone()
                    />
                </div>
                <div class="auth-section">
                    <TextField name="workspace" label="Workspace name" placeholder="Acme" most=80 flash=flash.clone() />
                    <TextField
                        name="slug"
                        label="Slug"
                        hint="Its part of the address: lower-case letters, digits and hyphens. It stays as it is."
                        placeholder="acme"
                        before="/w/"
                        most=32
                        flash
                    />
                </div>
                <button class="btn btn-primary btn-wide">"Create administrator"</button>
            </Post>
        </main>
    }
    .into_any()
}
