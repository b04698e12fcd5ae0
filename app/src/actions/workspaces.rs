//! The forms about a workspace: its settings, and a new one.

#![expect(clippy::too_many_arguments, reason = "a form's fields are a server function's arguments")]

use super::{Form, Next, Refused};
use crate::web::Here;
use domain::{
    sample::RawSampling,
    workspace::{Plan, RawWorkspace, Settings, slug_of},
};
use leptos::prelude::*;
use server::{auth, workspaces};

/// Changes name, plan and settings.
#[server(prefix = "/console", endpoint = "change_settings")]
pub async fn change_settings(
    #[server(default)] workspace: String,
    #[server(default)] name: String,
    #[server(default)] plan: String,
    #[server(default)] max_active_keys_per_member: String,
    #[server(default)] key_creations_per_hour: String,
    #[server(default)] viewer_keys: String,
    #[server(default)] require_expiry: String,
    #[server(default)] max_expiry_days: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = format!("/w/{workspace}/settings");
    let raw = RawWorkspace {
        name,
        plan,
        max_active_keys_per_member,
        key_creations_per_hour,
        viewer_keys,
        require_expiry: !require_expiry.is_empty(),
        max_expiry_days,
    };
    let typed = [
        ("name", &*raw.name),
        ("plan", &*raw.plan),
        ("max_active_keys_per_member", &*raw.max_active_keys_per_member),
        ("key_creations_per_hour", &*raw.key_creations_per_hour),
        ("viewer_keys", &*raw.viewer_keys),
        ("require_expiry", &*require_expiry),
        ("max_expiry_days", &*raw.max_expiry_days),
    ];
    let form = Form { here: &here, name: "settings", page: page.clone(), typed: &typed };
    let done = async {
        let grant = here.caller().await?.in_workspace(&workspace).await?.allow::<auth::ChangeSettings>()?;
        workspaces::change(&grant, &raw).await?;
        Ok((page, Some("Saved.".into())))
    };
    form.answer(done.await)
}

/// Says whether secrets are kept. Going back to showing them once erases them, and needs its box ticked.
#[server(prefix = "/console", endpoint = "change_reveal")]
pub async fn change_reveal(
    #[server(default)] workspace: String,
    #[server(default)] reveal: String,
    #[server(default)] confirm_erase: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = format!("/w/{workspace}/settings");
    let form = Form { here: &here, name: "reveal", page: page.clone(), typed: &[("reveal", &reveal)] };
    let done = async {
        let grant = here.caller().await?.in_workspace(&workspace).await?.allow::<auth::ChangeSettings>()?;
        workspaces::change_reveal(&grant, &reveal, !confirm_erase.is_empty()).await?;
        Ok((page, Some("Saved.".into())))
    };
    form.answer(done.await)
}

/// Says which model calls are sampled. Sampling none any more erases what is kept, and needs its box ticked.
#[server(prefix = "/console", endpoint = "change_samples")]
pub async fn change_samples(
    #[server(default)] workspace: String,
    #[server(default)] samples: String,
    #[server(default)] samples_keep: String,
    #[server(default)] confirm_erase_samples: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = format!("/w/{workspace}/settings");
    let raw = RawSampling { share: samples, keep: samples_keep };
    let typed = [("samples", &*raw.share), ("samples_keep", &*raw.keep)];
    let form = Form { here: &here, name: "samples", page: page.clone(), typed: &typed };
    let done = async {
        let grant = here.caller().await?.in_workspace(&workspace).await?.allow::<auth::ChangeSettings>()?;
        workspaces::change_samples(&grant, &raw, !confirm_erase_samples.is_empty()).await?;
        Ok((page, Some("Saved.".into())))
    };
    form.answer(done.await)
}

/// Adds a workspace; the caller is its first administrator.
#[server(prefix = "/console", endpoint = "create_workspace")]
pub async fn create_workspace(
    #[server(default)] name: String,
    #[server(default)] slug: String,
    #[server(default)] plan: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let slug = if slug.trim().is_empty() { slug_of(&name) } else { slug };
    let typed = [("name", &*name), ("slug", &*slug), ("plan", &*plan)];
    let form = Form { here: &here, name: "workspace", page: "/admin/workspaces/new".into(), typed: &typed };
    let done = async {
        let grant = here.caller().await?.instance()?;
        let made = workspaces::create(&grant, &slug, &name, Plan::parse(&plan)?, Settings::default()).await?;
        Ok((format!("/w/{}/keys", made.slug), Some(format!("{} is there. Invite its members next.", made.name))))
    };
    form.answer(done.await)
}
