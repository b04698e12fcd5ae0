//! The forms of the firewall policies: one form to add, to change and to try one out, and its deletion.

#![expect(clippy::too_many_arguments, reason = "a form's fields are a server function's arguments")]

use super::{Form, Next, Refused};
use crate::web::{Flashed, Here};
use leptos::prelude::*;
use server::{
    auth::{ManageServers, SeeServers},
    flash::{Flash, Slot},
    policies::{self, RawPolicy},
};

/// Adds a policy (`policy` is empty) or changes one; where `step` is `try`, nothing is saved and the page says what it would do.
#[server(prefix = "/console", endpoint = "save_policy")]
pub async fn save_policy(
    #[server(default)] workspace: String,
    #[server(default)] policy: String,
    #[server(default)] name: String,
    #[server(default)] rules: String,
    #[server(default)] default: String,
    #[server(default)] dry_run: String,
    #[server(default)] version: String,
    #[server(default)] step: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = if policy.is_empty() { format!("{}/new", list(&workspace)) } else { page(&workspace, &policy) };
    let typed = [
        ("name", &*name),
        ("rules", &*rules),
        ("default", &*default),
        ("dry_run", &*dry_run),
        ("sent", "on"),
        ("version", &*version),
    ];
    let form = Form { here: &here, name: "policy", page: page.clone(), typed: &typed };
    let done = async {
        let at = here.caller().await?.in_workspace(&workspace).await?;
        let grant = at.clone().allow::<ManageServers>()?;
        if step == "try" {
            policies::preview(&at.allow::<SeeServers>()?, &rules, &default).await?;
            let flash = Flash { form: "policy".into(), typed: Flashed::typed(&typed), ..Flash::default() };
            here.set_cookie(&here.latchkey.seal(Slot::Form, &flash));
            return Ok((page, None));
        }
        let raw = RawPolicy {
            name: name.clone(),
            rules: rules.clone(),
            default: default.clone(),
            dry_run: !dry_run.is_empty(),
            version: version.clone(),
        };
        if policy.is_empty() {
            let id = policies::create(&grant, &raw).await?;
            return Ok((
                self::page(&workspace, id.as_str()),
                Some("The policy is there. Put keys under it on their pages.".into()),
            ));
        }
        policies::change(&grant, &policy, &raw).await?;
        Ok((page, Some("Saved. It holds from the next call on.".into())))
    };
    form.answer(done.await)
}

/// Deletes a policy that no key is under.
#[server(prefix = "/console", endpoint = "delete_policy")]
pub async fn delete_policy(
    #[server(default)] workspace: String,
    #[server(default)] policy: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "delete-policy", page: page(&workspace, &policy), typed: &[] };
    let done = async {
        let grant = here.caller().await?.in_workspace(&workspace).await?.allow::<ManageServers>()?;
        policies::delete(&grant, &policy).await?;
        Ok((list(&workspace), Some("The policy is deleted.".into())))
    };
    form.answer(done.await)
}

fn list(workspace: &str) -> String {
    format!("/w/{workspace}/policies")
}

fn page(workspace: &str, policy: &str) -> String {
    format!("{}/{policy}", list(workspace))
}
