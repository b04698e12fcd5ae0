//! Accepting an invite.

use super::{Form, Next, Refused};
use crate::web::{Here, encode};
use leptos::prelude::*;
use server::auth;

/// Makes the signed-in person a member.
#[server(prefix = "/console", endpoint = "accept_invite")]
pub async fn accept_invite(#[server(default)] token: String) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "accept", page: page(&token), typed: &[] };
    let done = async {
        let workspace = auth::accept_invite(&here.caller().await?, &token).await?;
        Ok((format!("/w/{workspace}/keys"), Some("You are in.".into())))
    };
    form.answer(done.await)
}

/// Makes an account with a membership, and signs the person in.
#[server(prefix = "/console", endpoint = "join")]
pub async fn join(
    #[server(default)] token: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let typed = [("name", &*name), ("email", &*email)];
    let form = Form { here: &here, name: "join", page: page(&token), typed: &typed };
    let account = auth::Account { name: name.clone(), email: email.clone(), password: password.into() };
    let done = auth::join(&here.latchkey, &here.parts, &token, account).await;
    form.answer(done.map(|workspace| (format!("/w/{workspace}/keys"), Some("You are in.".into()))))
}

fn page(token: &str) -> String {
    format!("/invite?token={}", encode(token))
}
