//! Sign-in.

use super::load::load;
use crate::{
    components::{FormNotice, Icon, Post, TextField, Title, Toast},
    web::Here,
};
use leptos::{either::Either, prelude::*};

/// The sign-in page. Whoever is signed in already goes on.
#[component]
pub fn LoginPage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let next = here.query("next");
        if here.caller().await.is_ok() {
            here.redirect(server::auth::local_path(&next));
            return Ok(Either::Left(()));
        }
        let flashed = here.flashed();
        let flash = flashed.of("sign-in");
        let email_typed = !flash.typed.get("email").is_none_or(String::is_empty);
        Ok(Either::Right(view! {
            <Title text="Sign in · Latchkey" />
            <main class="auth" id="main">
                <div class="auth-brand"><span class="brand-mark"><Icon name="key-round" /></span>"Latchkey"</div>
                <Post action="/console/sign_in" class="auth-card" hidden=vec![("next", next)]>
                    <div><h1 class="auth-title">"Sign in"</h1></div>
                    <FormNotice flash=flash.clone() />
                    <TextField
                        name="email"
                        label="E-mail"
                        kind="email"
                        autocomplete="username"
                        flash=flash.clone()
                        focused=!email_typed
                    />
                    <TextField
                        name="password"
                        label="Password"
                        kind="password"
                        autocomplete="current-password"
                        flash
                        focused=email_typed
                    />
                    <button class="btn btn-primary btn-wide">"Sign in"</button>
                </Post>
                <p class="auth-note">"No account yet? An administrator of your workspace can make you one."</p>
                <p class="auth-note"><a class="link" href="/api/docs">"API for programs"</a></p>
            </main>
            <Toast said=flashed.notice() />
        }))
    })
}
