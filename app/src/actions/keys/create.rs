//! New keys: created from nothing, or in the place of another. Either is shown once, by the next page.

#![expect(clippy::too_many_arguments, reason = "a form's fields are a server function's arguments")]

use super::{change, key_page, raw_scope, show_once};
use crate::{
    actions::{Form, Next, Refused},
    web::Here,
};
use domain::key::RawKey;
use leptos::prelude::*;
use server::{
    Error, auth,
    keys::{self, RawScope},
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
    #[server(default)] url_credential: String,
    #[server(default)] allow_ip: String,
    #[server(default)] rate_limit: String,
    #[server(default)] servers: String,
    #[server(default)] chosen: Vec<String>,
    #[server(default)] also: String,
    #[server(default)] policy: String,
    #[server(default)] models: String,
    #[server(default)] spend_cap: String,
    #[server(default)] spend_period: String,
    #[server(default)] guardrail: String,
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
        url_credential: !url_credential.is_empty(),
        allow_ip,
        rate_limit,
        models,
        spend_cap,
        spend_period,
    };
    let typed = [
        ("name", &*raw.name),
        ("description", &*raw.description),
        ("environment", &*raw.environment),
        ("permission", &*raw.permission),
        ("expiry", &*raw.expiry),
        ("expires_on", &*raw.expires_on),
        ("gateway", &*gateway),
        ("url_credential", &*url_credential),
        ("allow_ip", &*raw.allow_ip),
        ("rate_limit", &*raw.rate_limit),
        ("servers", &*servers),
        ("chosen", &*chosen.join(",")),
        ("also", &*also),
        ("policy", &*policy),
        ("models", &*raw.models),
        ("spend_cap", &*raw.spend_cap),
        ("spend_period", &*raw.spend_period),
        ("guardrail", &*guardrail),
    ];
    let form = Form { here: &here, name: "create", page: format!("/w/{workspace}/keys/new"), typed: &typed };
    let done = async {
        let caller = here.caller().await?;
        let user = caller.user_id().cloned().ok_or(Error::Unauthenticated)?;
        let grant = caller.in_workspace(&workspace).await?.allow::<auth::CreateKey>()?;
        let scope = RawScope { guardrail: guardrail.clone(), ..raw_scope(&servers, &chosen, &also, &policy)? };
        Ok((show_once(&here, user, keys::create(&grant, &raw, &scope).await?), None))
    };
    form.answer(done.await)
}

/// Puts a successor in a key's place; the next page shows it once.
#[server(prefix = "/console", endpoint = "rotate_key")]
pub async fn rotate_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] grace: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = format!("{}/rotate", key_page(&workspace, &key));
    let form = Form { here: &here, name: "rotate", page, typed: &[("grace", &grace)] };
    let done = async {
        let grant = change(&here, &workspace).await?;
        let user = here.caller().await?.user_id().cloned().ok_or(Error::Unauthenticated)?;
        Ok((show_once(&here, user, keys::rotate(&grant, &key, &grace).await?), None))
    };
    form.answer(done.await)
}
