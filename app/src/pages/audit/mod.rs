//! The audit log: of a workspace, and of the whole installation. Who did what to which, when, and from where.

mod filters;
mod list;
mod query;

pub use query::about;

use super::load::{load, param};
use crate::{
    components::{AdminTabs, Exports, Frame, Place, Title},
    web::Here,
};
use filters::Filters;
use leptos::prelude::*;
use list::Events;
use server::{
    Error,
    audit::{AuditList, AuditLog, AuditQuery},
};

/// The log of a workspace.
#[component]
pub fn AuditPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let name = at.workspace_name().to_owned();
        let log = AuditLog::of(&at.allow()?);
        let found = Found::look(&here, &log).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let all = caller.is_instance_admin();
        let lead = format!("What was changed in {name}, by whom and from where.");
        Ok(view! {
            <Title text=format!("Audit log · {name} · Latchkey") />
            <Frame place active="audit">
                <Log path=format!("/w/{slug}/audit") lead found here whole=false>
                    {all.then(|| view! { <a class="btn btn-quiet" href="/admin/audit">"All workspaces"</a> })}
                </Log>
            </Frame>
        })
    })
}

/// The log of every workspace and of the installation itself.
#[component]
pub fn WholeAuditPage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let log = AuditLog::whole(&caller.instance()?);
        let found = Found::look(&here, &log).await?;
        let place = Place::find(&here, &caller, None).await?;
        let lead = "What was changed in every workspace and in the installation.".to_owned();
        Ok(view! {
            <Title text="Audit log of all workspaces · Latchkey" />
            <Frame place active="admin">
                <Log path="/admin/audit".to_owned() lead found here whole=true>""</Log>
            </Frame>
        })
    })
}

/// What was asked for, and what there is.
struct Found {
    query: AuditQuery,
    list: AuditList,
    /// What is wrong with the question; then nothing was looked for.
    wrong: Option<Error>,
}

impl Found {
    async fn look(here: &Here, log: &AuditLog) -> Result<Self, Error> {
        let query = query::read(here);
        match log.page(&query).await {
            Ok(list) => Ok(Self { query, list, wrong: None }),
            Err(wrong @ Error::Invalid(_)) => {
                here.status(wrong.status());
                Ok(Self { query, list: AuditList::default(), wrong: Some(wrong) })
            }
            Err(error) => Err(error),
        }
    }
}

#[component]
fn Log(path: String, lead: String, found: Found, here: Here, whole: bool, children: Children) -> impl IntoView {
    let Found { query, list, wrong } = found;
    let title = if whole { "Audit log of all workspaces" } else { "Audit log" };
    let all = query::write(&AuditQuery { after: String::new(), ..query.clone() });
    let right = wrong.is_none();
    view! {
        <div class="page-head">
            <div><h1>{title}</h1><p class="page-lead">{lead}</p></div>
            <div class="page-actions">
                {children()}
                {right.then(|| view! { <Exports path=path.clone() asked=all /> })}
            </div>
        </div>
        {whole.then(|| view! { <AdminTabs active="/admin/audit" /> })}
        <Filters path=path.clone() query=query.clone() wrong />
        {right.then(|| view! { <Events path query list now=here.now() whole /> })}
    }
    .into_any()
}
