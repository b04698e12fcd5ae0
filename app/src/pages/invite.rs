//! `/invite?token=…`: what the link offers, and the way in: for somebody who is signed in, and for somebody without an account.

use super::load::load;
use crate::{
    components::{Empty, FormNotice, Icon, Post, TextField, Title, as_role},
    web::{Here, encode},
};
use leptos::prelude::*;
use server::{
    auth::{CLOSED, Offer, offer},
    flash::Flash,
};

/// The page. Every link that opens nothing is answered alike.
#[component]
pub fn InvitePage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let token = here.query("token");
        let caller = here.caller().await.ok();
        let Some(offer) = offer(&here.latchkey, caller.as_ref(), &token).await? else {
            here.status(404);
            return Ok(view! { <Closed /> }.into_any());
        };
        let flashed = here.flashed();
        let title = format!("Join {} · Latchkey", offer.workspace);
        let content = match caller {
            Some(caller) => {
                view! { <Known offer token name=caller.email().to_owned() flash=flashed.of("accept") /> }.into_any()
            }
            None => view! { <Stranger offer token flash=flashed.of("join") /> }.into_any(),
        };
        Ok(view! {
            <Title text=title />
            <main class="auth" id="main"><Brand />{content}</main>
        }
        .into_any())
    })
}

#[component]
fn Brand() -> impl IntoView {
    view! { <div class="auth-brand"><span class="brand-mark"><Icon name="key-round" /></span>"Latchkey"</div> }
        .into_any()
}

#[component]
fn Closed() -> impl IntoView {
    view! {
        <Title text="Invite · Latchkey" />
        <main class="auth" id="main">
            <Brand />
            <Empty icon="lock" title="This invite opens nothing" alone=true>
                <p>{CLOSED}</p>
                <div class="empty-actions"><a class="btn" href="/">"Go to Latchkey"</a></div>
            </Empty>
        </main>
    }
    .into_any()
}

/// Who invited as what.
fn sentence(offer: &Offer) -> String {
    let role = as_role(offer.role);
    match &offer.invited_by {
        Some(name) => format!("{name} invites you as {role}."),
        None => format!("You are invited as {role}."),
    }
}

#[component]
fn Known(offer: Offer, token: String, name: String, flash: Flash) -> impl IntoView {
    let keys = format!("/w/{}/keys", offer.slug);
    if let Some(role) = offer.already {
        let text = format!("As {}. The invite stays open for somebody else.", as_role(role));
        return view! {
            <div class="auth-card">
                <div><h1 class="auth-title" dir="auto">{format!("You are in {} already", offer.workspace)}</h1><p>{text}</p></div>
                <a class="btn btn-primary btn-wide" href=keys>"Go to keys"</a>
            </div>
        }
        .into_any();
    }
    let words = sentence(&offer);
    view! {
        <Post action="/console/accept_invite" class="auth-card" hidden=vec![("token", token)]>
            <div><h1 class="auth-title" dir="auto">{format!("Join {}", offer.workspace)}</h1><p dir="auto">{words}</p></div>
            <FormNotice flash />
            <button class="btn btn-primary btn-wide">"Join workspace"</button>
        </Post>
        <p class="auth-note">"You are signed in as " <bdi>{name}</bdi> "."</p>
    }
    .into_any()
}

#[component]
fn Stranger(offer: Offer, token: String, flash: Flash) -> impl IntoView {
    let words = sentence(&offer);
    let back = format!("/login?next={}", encode(&format!("/invite?token={}", encode(&token))));
    view! {
        <Post action="/console/join" class="auth-card" hidden=vec![("token", token)]>
            <div><h1 class="auth-title" dir="auto">{format!("Join {}", offer.workspace)}</h1><p dir="auto">{words}</p></div>
            <FormNotice flash=flash.clone() />
            <TextField name="name" label="Your name" autocomplete="name" most=80 flash=flash.clone() focused=true />
            <TextField name="email" label="E-mail" kind="email" autocomplete="username" flash=flash.clone() />
            <TextField
                name="password"
                label="Password"
                kind="password"
                hint="At least 10 characters; a few words are easier to remember."
                autocomplete="new-password"
                flash
            />
            <button class="btn btn-primary btn-wide">"Create account and join"</button>
        </Post>
        <p class="auth-note">"You have an account here? " <a class="link" href=back>"Sign in to join"</a></p>
    }
    .into_any()
}
