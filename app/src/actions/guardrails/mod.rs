//! The forms of the guardrails: one to add, to change and to try one out, which its own page takes ([`posted`]), and its deletion.

mod posted;
mod typed;

pub use posted::{FORM_PAGES, Posted, Taken};
pub use typed::{Focus, Step, Typed, new_rule};

use super::{Form, Next, Refused, models::manage};
use crate::web::Here;
use leptos::prelude::*;
use server::guardrails;

/// Deletes a guardrail that no key is under.
#[server(prefix = "/console", endpoint = "delete_guardrail")]
pub async fn delete_guardrail(
    #[server(default)] workspace: String,
    #[server(default)] guardrail: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "delete-guardrail", page: page(&workspace, &guardrail), typed: &[] };
    let done = async {
        guardrails::delete(&manage(&here, &workspace).await?, &guardrail).await?;
        Ok((list(&workspace), Some("The guardrail is deleted.".into())))
    };
    form.answer(done.await)
}

fn list(workspace: &str) -> String {
    format!("/w/{workspace}/guardrails")
}

fn page(workspace: &str, guardrail: &str) -> String {
    format!("{}/{guardrail}", list(workspace))
}
