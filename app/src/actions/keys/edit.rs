//! Edits of one key, from its page or in its row.

use super::{back_to, change, key_page, raw_scope};
use crate::{
    actions::{Form, Next, Refused},
    web::Here,
};
use leptos::prelude::*;
use server::keys;

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

/// Says anew what a key may do.
#[server(prefix = "/console", endpoint = "permit_key")]
pub async fn permit_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] permission: String,
    #[server(default)] gateway: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = key_page(&workspace, &key);
    let typed = [("permission", &*permission), ("gateway", &*gateway)];
    let form = Form { here: &here, name: "permit", page: page.clone(), typed: &typed };
    let done = async {
        keys::permit(&change(&here, &workspace).await?, &key, &permission, !gateway.is_empty()).await?;
        Ok((page, Some("Saved: it holds from the next request on.".into())))
    };
    form.answer(done.await)
}

/// Moves a key's end.
#[server(prefix = "/console", endpoint = "expire_key")]
pub async fn expire_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] expiry: String,
    #[server(default)] expires_on: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = key_page(&workspace, &key);
    let typed = [("expiry", &*expiry), ("expires_on", &*expires_on)];
    let form = Form { here: &here, name: "expire", page: page.clone(), typed: &typed };
    let done = async {
        keys::expire(&change(&here, &workspace).await?, &key, &expiry, &expires_on).await?;
        Ok((page, Some("Saved: it holds from the next request on.".into())))
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

/// Says anew which MCP servers a key reaches, and under which policy.
#[server(prefix = "/console", endpoint = "scope_key")]
pub async fn scope_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] servers: String,
    #[server(default)] chosen: Vec<String>,
    #[server(default)] also: String,
    #[server(default)] policy: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = key_page(&workspace, &key);
    let typed = [("servers", &*servers), ("chosen", &*chosen.join(",")), ("also", &*also), ("policy", &*policy)];
    let form = Form { here: &here, name: "scope", page: page.clone(), typed: &typed };
    let done = async {
        let grant = change(&here, &workspace).await?;
        let scope = raw_scope(&servers, &chosen, &also, &policy)?;
        keys::scope(&grant, &key, scope.servers.as_deref(), &scope.policy).await?;
        Ok((page, Some("Saved. It holds from the key's next request on.".into())))
    };
    form.answer(done.await)
}

/// Says anew which models a key may use, for how much money, and under which guardrail.
#[server(prefix = "/console", endpoint = "limit_key_models")]
pub async fn limit_key_models(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] models: String,
    #[server(default)] spend_cap: String,
    #[server(default)] spend_period: String,
    #[server(default)] guardrail: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = key_page(&workspace, &key);
    let typed = [
        ("models", &*models),
        ("spend_cap", &*spend_cap),
        ("spend_period", &*spend_period),
        ("guardrail", &*guardrail),
    ];
    let form = Form { here: &here, name: "models", page: page.clone(), typed: &typed };
    let done = async {
        let grant = change(&here, &workspace).await?;
        keys::limit_models(&grant, &key, &models, &spend_cap, &spend_period, &guardrail).await?;
        Ok((page, Some("Saved. It holds from the key's next request on.".into())))
    };
    form.answer(done.await)
}
