//! Signing in and out, and the first set-up.

use super::{Form, Next, Refused};
use crate::web::{Here, encode};
use leptos::prelude::*;
use server::auth;

/// Signs in.
#[server(prefix = "/console", endpoint = "sign_in")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let next = auth::local_path(&next).to_owned();
    let page = if next == "/" { "/login".into() } else { format!("/login?next={}", encode(&next)) };
    let form = Form { here: &here, name: "sign-in", page, typed: &[("email", &email)] };
    let done = auth::sign_in(&here.latchkey, &here.parts, &email, password.into()).await;
    form.answer(done.map(|()| (next, None)))
}

/// Signs out.
#[server(prefix = "/console", endpoint = "sign_out")]
pub async fn sign_out() -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "sign-out", page: "/".into(), typed: &[] };
    form.answer(auth::sign_out(&here.parts).await.map(|()| ("/login".into(), None)))
}

/// Makes the first administrator and workspace, and signs the administrator in.
#[server(prefix = "/console", endpoint = "set_up")]
pub async fn set_up(
    #[server(default)] token: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] workspace: String,
    #[server(default)] slug: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let typed = [("name", &*name), ("email", &*email), ("workspace", &*workspace), ("slug", &*slug)];
    let form = Form { here: &here, name: "set-up", page: format!("/setup?token={}", encode(&token)), typed: &typed };
    let done = async {
        let set_up = auth::SetUp {
            name: name.clone(),
            email: email.clone(),
            password: password.clone().into(),
            workspace: workspace.clone(),
            slug: slug.clone(),
        };
        auth::set_up(&here.latchkey, &token, set_up).await?;
        auth::sign_in(&here.latchkey, &here.parts, &email, password.into()).await?;
        Ok((format!("/w/{}/keys", slug.trim()), None))
    };
    form.answer(done.await)
}
