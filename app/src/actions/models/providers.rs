//! Providers: registering, editing, choosing their models, switching and removing them.

#![expect(clippy::too_many_arguments, reason = "a form's fields are a server function's arguments")]

use super::manage;
use crate::{
    actions::{Form, Next, Refused},
    web::Here,
};
use leptos::prelude::*;
use server::models::{self, RawProvider};

fn list(workspace: &str) -> String {
    format!("/w/{workspace}/models")
}

fn page(workspace: &str, provider: &str) -> String {
    format!("{}/{provider}", list(workspace))
}

/// What was typed, with which a refused form comes back; never the API key.
fn typed(raw: &RawProvider) -> [(&'static str, &str); 8] {
    [
        ("name", &*raw.name),
        ("slug", &*raw.slug),
        ("url", &*raw.url),
        ("timeout", &*raw.timeout),
        ("priority", &*raw.priority),
        ("erase_credential", if raw.erase_credential { "on" } else { "" }),
        ("version", &*raw.version),
        ("models", &*raw.models),
    ]
}

/// Registers a provider; its page comes next, where it can be asked for its models.
#[server(prefix = "/console", endpoint = "register_provider")]
pub async fn register_provider(
    #[server(default)] workspace: String,
    #[server(default)] name: String,
    #[server(default)] slug: String,
    #[server(default)] url: String,
    #[server(default)] credential: String,
    #[server(default)] timeout: String,
    #[server(default)] priority: String,
    #[server(default)] models: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let credential = credential.into();
    let raw = RawProvider { name, slug, url, timeout, priority, models, credential, ..RawProvider::default() };
    let page_of_new = format!("{}/new", list(&workspace));
    let form = Form { here: &here, name: "provider", page: page_of_new, typed: &typed(&raw) };
    let done = async {
        let made = models::register(&manage(&here, &workspace).await?, &raw).await?;
        let next =
            if made.models.count() == 0 { " Ask it for its models next." } else { " Say what its models cost next." };
        Ok((page(&workspace, &made.slug), Some(format!("{} is registered.{next}", made.name))))
    };
    form.answer(done.await)
}

/// Changes what a provider's form sets.
#[server(prefix = "/console", endpoint = "edit_provider")]
pub async fn edit_provider(
    #[server(default)] workspace: String,
    #[server(default)] provider: String,
    #[server(default)] name: String,
    #[server(default)] url: String,
    #[server(default)] credential: String,
    #[server(default)] erase_credential: String,
    #[server(default)] timeout: String,
    #[server(default)] priority: String,
    #[server(default)] models: String,
    #[server(default)] version: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let (credential, erase_credential) = (credential.into(), !erase_credential.is_empty());
    let slug = String::new();
    let raw = RawProvider { name, slug, url, timeout, priority, models, credential, erase_credential, version };
    let page = page(&workspace, &provider);
    let form = Form { here: &here, name: "edit-provider", page: page.clone(), typed: &typed(&raw) };
    let done = async {
        models::edit(&manage(&here, &workspace).await?, &provider, &raw).await?;
        Ok((page, Some("Saved. It holds from the next request on.".into())))
    };
    form.answer(done.await)
}

/// Says anew which models a provider has: those that were ticked.
#[server(prefix = "/console", endpoint = "choose_models")]
pub async fn choose_models(
    #[server(default)] workspace: String,
    #[server(default)] provider: String,
    #[server(default)] chosen: Vec<String>,
    #[server(default)] version: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = page(&workspace, &provider);
    let form = Form { here: &here, name: "choose-models", page: format!("{page}/choose"), typed: &[] };
    let done = async {
        models::choose(&manage(&here, &workspace).await?, &provider, &chosen.join("\n"), &version).await?;
        Ok((page, Some("Saved. It holds from the next request on.".into())))
    };
    form.answer(done.await)
}

/// Lets requests go to a provider (`enabled` is `on`), or not.
#[server(prefix = "/console", endpoint = "switch_provider")]
pub async fn switch_provider(
    #[server(default)] workspace: String,
    #[server(default)] provider: String,
    #[server(default)] enabled: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = page(&workspace, &provider);
    let form = Form { here: &here, name: "switch-provider", page: page.clone(), typed: &[] };
    let done = async {
        let on = !enabled.is_empty();
        models::enable(&manage(&here, &workspace).await?, &provider, on).await?;
        let said = if on {
            "The provider is enabled: requests go to it from the next one on."
        } else {
            "The provider is disabled: no request goes to it. Everything is kept."
        };
        Ok((page, Some(said.into())))
    };
    form.answer(done.await)
}

/// Removes a provider; its slug has to be typed.
#[server(prefix = "/console", endpoint = "remove_provider")]
pub async fn remove_provider(
    #[server(default)] workspace: String,
    #[server(default)] provider: String,
    #[server(default)] typed: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let stay = format!("{}/remove", page(&workspace, &provider));
    let form = Form { here: &here, name: "remove-provider", page: stay, typed: &[("typed", &typed)] };
    let done = async {
        models::remove(&manage(&here, &workspace).await?, &provider, &typed).await?;
        Ok((list(&workspace), Some(format!("{provider} is removed: no request goes to it."))))
    };
    form.answer(done.await)
}
