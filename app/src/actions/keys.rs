//! The keys' forms: create, rename, describe, limit, disable, enable, delete.

#![expect(clippy::too_many_arguments, reason = "a form's fields are a server function's arguments")]

use super::{Form, Next, Refused};
use crate::web::Here;
use domain::key::RawKey;
use leptos::prelude::*;
use server::{
    Error,
    auth::{self, Grant, local_path},
    flash::{FreshKey, Slot},
    keys,
};

/// Creates a key; the next page shows it once.
#[server(prefix = "/console", endpoint = "create_key")]
pub async fn create_key(
    #[server(default)] workspace: String,
    #[server(default)] name: String,
    #[server(default)] description: String,
    #[server(default)] environment: String,
    #[server(default)] permission: String,
    #[server(default)] expiry: String,
    #[server(default)] expires_on: String,
    #[server(default)] gateway: String,
    #[server(default)] allow_ip: String,
    #[server(default)] rate_limit: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let raw = RawKey {
        name,
        description,
        environment,
        permission,
        expiry,
        expires_on,
        gateway: !gateway.is_empty(),
        allow_ip,
        rate_limit,
    };
    let typed = [
        ("name", &*raw.name),
        ("description", &*raw.description),
        ("environment", &*raw.environment),
        ("permission", &*raw.permission),
        ("expiry", &*raw.expiry),
        ("expires_on", &*raw.expires_on),
        ("gateway", &*gateway),
        ("allow_ip", &*raw.allow_ip),
        ("rate_limit", &*raw.rate_limit),
    ];
    let form = Form { here: &here, name: "create", page: format!("/w/{workspace}/keys/new"), typed: &typed };
    let done = async {
        let caller = here.caller().await?;
        let user = caller.user_id().cloned().ok_or(Error::Unauthenticated)?;
        let grant = caller.in_workspace(&workspace).await?.allow::<auth::CreateKey>()?;
        let created = keys::create(&grant, &raw).await?;
        let to = format!("/w/{workspace}/keys/{}/new", created.view.id);
        let fresh = FreshKey { user, name: created.view.name, key: created.key.expose().to_owned() };
        here.set_cookie(&here.latchkey.seal(Slot::Key, &fresh));
        Ok((to, None))
    };
    form.answer(done.await)
}

/// Gives a key another name.
#[server(prefix = "/console", endpoint = "rename_key")]
pub async fn rename_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] name: String,
    #[server(default)] back: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "rename", page: key_page(&workspace, &key), typed: &[("name", &name)] };
    let done = async {
        let name = keys::rename(&change(&here, &workspace).await?, &key, &name).await?;
        Ok((back_to(&back, &workspace, &key), Some(format!("The key is now called “{name}”."))))
    };
    form.answer(done.await)
}

/// Says anew what a key is for and where it runs.
#[server(prefix = "/console", endpoint = "describe_key")]
pub async fn describe_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] description: String,
    #[server(default)] environment: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = key_page(&workspace, &key);
    let typed = [("description", &*description), ("environment", &*environment)];
    let form = Form { here: &here, name: "describe", page: page.clone(), typed: &typed };
    let done = async {
        keys::describe(&change(&here, &workspace).await?, &key, &description, &environment).await?;
        Ok((page, Some("Saved.".into())))
    };
    form.answer(done.await)
}

/// Says anew from where and how often a key may be used.
#[server(prefix = "/console", endpoint = "limit_key")]
pub async fn limit_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] allow_ip: String,
    #[server(default)] rate_limit: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = key_page(&workspace, &key);
    let typed = [("allow_ip", &*allow_ip), ("rate_limit", &*rate_limit)];
    let form = Form { here: &here, name: "limits", page: page.clone(), typed: &typed };
    let done = async {
        keys::limit(&change(&here, &workspace).await?, &key, &allow_ip, &rate_limit).await?;
        Ok((page, Some("Saved. The limits hold from the key's next request on.".into())))
    };
    form.answer(done.await)
}

/// Pauses a key.
#[server(prefix = "/console", endpoint = "disable_key")]
pub async fn disable_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] back: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let to = back_to(&back, &workspace, &key);
    let form = Form { here: &here, name: "switch", page: to.clone(), typed: &[] };
    let done = async {
        keys::disable(&change(&here, &workspace).await?, &key).await?;
        Ok((to, Some("The key is disabled: its next request is refused.".into())))
    };
    form.answer(done.await)
}

/// Lets a key work again.
#[server(prefix = "/console", endpoint = "enable_key")]
pub async fn enable_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] back: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let to = back_to(&back, &workspace, &key);
    let form = Form { here: &here, name: "switch", page: to.clone(), typed: &[] };
    let done = async {
        keys::enable(&change(&here, &workspace).await?, &key).await?;
        Ok((to, Some("The key is enabled.".into())))
    };
    form.answer(done.await)
}

/// Deletes a key for ever.
#[server(prefix = "/console", endpoint = "delete_key")]
pub async fn delete_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] typed_name: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = format!("{}/delete", key_page(&workspace, &key));
    let form = Form { here: &here, name: "delete", page, typed: &[("typed_name", &typed_name)] };
    let done = async {
        let name = keys::delete(&change(&here, &workspace).await?, &key, &typed_name).await?;
        Ok((format!("/w/{workspace}/keys"), Some(format!("“{name}” is deleted."))))
    };
    form.answer(done.await)
}

async fn change(here: &Here, workspace: &str) -> Result<Grant<auth::ChangeKey>, Error> {
    here.caller().await?.in_workspace(workspace).await?.allow()
}

fn key_page(workspace: &str, key: &str) -> String {
    format!("/w/{workspace}/keys/{key}")
}

/// Where the form stood, if it says so and that is a page of ours; else the key's page.
fn back_to(back: &str, workspace: &str, key: &str) -> String {
    match local_path(back) {
        "/" => key_page(workspace, key),
        path => path.to_owned(),
    }
}
