//! The create form: in a dialog on the keys screen with script, on a page of its own without.

use super::choices::{ExpiryField, GatewayField, Permissions, UrlField};
use super::limits::LimitFold;
use super::models::{ModelChoices, ModelFold, is_filled};
use super::scope::{ScopeFold, is_offered};
use crate::{
    components::{Column, FormNotice, Frame, Icon, Place, Post, TextField, Title},
    pages::load::{load, param},
    web::Here,
};
use domain::{
    access::Reach,
    key::{McpScope, Permission, ServerScope},
    model::ModelLimits,
    time::DAY,
    workspace::{Plan, Settings},
};
use leptos::prelude::*;
use server::{
    Error,
    auth::{CreateKey, Grant, InWorkspace, SeeKeys, SeeServers},
    flash::Flash,
    keys::{self, ScopeChoices},
};

/// What the form needs to know about caller and workspace.
#[derive(Clone)]
pub struct FormFacts {
    slug: String,
    workspace: String,
    environments: Vec<String>,
    scope: ScopeChoices,
    models: ModelChoices,
    settings: Settings,
    reach: Option<Reach>,
    /// Whether the caller can create a key here at all.
    pub may_create: bool,
}

impl FormFacts {
    /// Of a caller in a workspace.
    pub async fn of(at: &InWorkspace, slug: &str, environments: Vec<String>) -> Result<Self, Error> {
        let reach = at.reach::<CreateKey>();
        let may_create = reach.is_some() && at.plan() == Plan::Pro && at.is_member();
        let scope = if may_create {
            keys::scope_choices(&at.clone().allow::<SeeServers>()?, &McpScope::default()).await?
        } else {
            ScopeChoices::default()
        };
        let models = if may_create {
            let seen = at.clone().allow::<SeeKeys>()?;
            ModelChoices {
                known: server::models::known(&seen).await?,
                guardrails: keys::guardrail_choices(&seen, None).await?,
                samples: at.settings().samples,
            }
        } else {
            ModelChoices::default()
        };
        let (workspace, settings) = (at.workspace_name().into(), at.settings().clone());
        Ok(Self { slug: slug.into(), workspace, environments, scope, models, settings, reach, may_create })
    }
}

/// The page.
#[component]
pub fn CreatePage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let seen = at.clone().allow::<SeeKeys>()?;
        let list = keys::environments(&seen).await?;
        let facts = FormFacts::of(&at, &slug, list).await?;
        if !facts.may_create {
            at.allow::<CreateKey>()?;
            return Err(Error::Forbidden(
                "Keys can't be created in this workspace: it is on the plan Basic, or you are no member of it.".into(),
            ));
        }
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("create");
        let like = here.query("like");
        let flash = if like.is_empty() || !flash.form.is_empty() { flash } else { like_key(&seen, &at, &like).await? };
        Ok(view! {
            <Title text="Create key · Latchkey" />
            <Frame place active="keys">
                <Column back=(format!("/w/{slug}/keys"), "Keys")>
                    <div class="dialog dialog-page dialog-wide">
                        <div class="dialog-head">
                            <div>
                                <h1 class="dialog-title">"Create key"</h1>
                                <p>"One key for each device or agent, so that each can be stopped alone."</p>
                            </div>
                        </div>
                        <CreateForm facts flash cancel=view! { <a class="btn btn-quiet" href=format!("/w/{slug}/keys")>"Cancel"</a> }.into_any() />
                    </div>
                </Column>
            </Frame>
        })
    })
}

/// The form filled in from another key, which may be deleted: all but its secret.
async fn like_key(seen: &Grant<SeeKeys>, at: &InWorkspace, id: &str) -> Result<Flash, Error> {
    let key = keys::show(seen, at, id).await?.key;
    // Its owner has that name taken as long as the key is there.
    let name = if key.own && key.deleted_at.is_none() { format!("{} 2", key.name) } else { key.name };
    let permission = match key.permission {
        Permission::ReadOnly => "read_only",
        Permission::ReadWrite => "read_write",
    };
    let days = key.expires_at.map(|end| end.since(key.created_at).max(0) / DAY);
    let expiry = match days {
        None => "never".to_owned(),
        // The chips' nearest: the form still lets another be chosen.
        Some(days) => [7, 30, 60, 90].into_iter().find(|chip| days <= *chip).unwrap_or(90).to_string(),
    };
    let scope = keys::scope_choices(&at.clone().allow::<SeeServers>()?, &key.mcp).await?;
    let slugs: Vec<String> =
        scope.servers.into_iter().filter(|server| server.chosen).map(|server| server.slug).collect();
    let servers = match (&key.mcp.servers, slugs.is_empty()) {
        (ServerScope::All, _) => "all",
        (_, true) => "none",
        (_, false) => "chosen",
    };
    let typed = [
        ("servers", servers.to_owned()),
        ("chosen", slugs.join(",")),
        ("policy", scope.policy),
        ("name", name),
        ("description", key.description),
        ("environment", key.environment),
        ("permission", permission.to_owned()),
        ("expiry", expiry),
        ("gateway", if key.gateway { "on".to_owned() } else { String::new() }),
        ("url_credential", if key.url_credential { "on".to_owned() } else { String::new() }),
        ("allow_ip", key.limits.addresses.entries().join("\n")),
        ("rate_limit", key.limits.rate.map(|rate| rate.per_minute().to_string()).unwrap_or_default()),
        ("models", key.model.models.written()),
        ("spend_cap", key.model.cap.map(|cap| cap.amount.to_string()).unwrap_or_default()),
        ("guardrail", key.model.guardrail.map(|id| id.to_string()).unwrap_or_default()),
        ("spend_period", key.model.cap.map(|cap| cap.period.word().to_owned()).unwrap_or_default()),
    ];
    let typed = typed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(Flash { typed, ..Flash::default() })
}

/// The dialog, closed until the script opens it.
#[component]
pub fn CreateDialog(
    /// What the form needs.
    facts: FormFacts,
) -> impl IntoView {
    let cancel = view! { <button type="button" class="btn btn-quiet" data-close="">"Cancel"</button> }.into_any();
    view! {
        <dialog class="dialog dialog-wide" id="create-dialog" aria-labelledby="create-title">
            <div class="dialog-head">
                <div>
                    <h2 class="dialog-title" id="create-title">"Create key"</h2>
                    <p>"One key for each device or agent, so that each can be stopped alone."</p>
                </div>
                <button type="button" class="btn-icon" data-close="" aria-label="Close"><Icon name="x" /></button>
            </div>
            <CreateForm facts flash=Flash::default() cancel />
        </dialog>
    }
    .into_any()
}

#[component]
fn CreateForm(facts: FormFacts, flash: Flash, cancel: AnyView) -> impl IntoView {
    let suggestions =
        facts.environments.iter().map(|label| view! { <option value=label.clone()></option> }).collect_view();
    // A copy of a key that has such limits keeps them, also where no provider is left.
    let with_models = is_filled(&flash) || facts.models.is_offered(&ModelLimits::default());
    view! {
        <Post action="/console/create_key" hidden=vec![("workspace", facts.slug.clone())]>
            <div class="dialog-body">
                <FormNotice flash=flash.clone() />
                <TextField
                    name="name"
                    label="Name"
                    placeholder="CI pipeline, Claude Code on my laptop"
                    most=80
                    flash=flash.clone()
                    focused=true
                />
                <div class="field-pair">
                    <TextField name="description" label="Description" optional=true most=500 flash=flash.clone() />
                    <TextField
                        name="environment"
                        label="Environment"
                        optional=true
                        most=32
                        list="environments"
                        flash=flash.clone()
                    />
                </div>
                <datalist id="environments">{suggestions}</datalist>
                <Permissions reach=facts.reach flash=flash.clone() />
                <ExpiryField settings=facts.settings flash=flash.clone() />
                {is_offered(&facts.scope).then(|| view! { <ScopeFold choices=facts.scope flash=flash.clone() /> })}
                {with_models.then(|| view! { <ModelFold choices=facts.models flash=flash.clone() /> })}
                <LimitFold flash=flash.clone() />
                <UrlField flash=flash.clone() />
                {(facts.reach == Some(Reach::AllKeys)).then(|| view! { <GatewayField workspace=facts.workspace flash /> })}
            </div>
            <div class="dialog-foot">{cancel}<button class="btn btn-primary">"Create key"</button></div>
        </Post>
    }
    .into_any()
}
