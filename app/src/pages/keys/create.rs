//! The create form: in a dialog on the keys screen with script, on a page of its own without.

use super::limits::LimitFold;
use crate::{
    components::{Column, ErrorText, FormNotice, Frame, Icon, Place, Post, TextField, Title, error_of},
    pages::load::{load, param},
    web::Here,
};
use domain::{
    access::Reach,
    workspace::{Plan, Settings},
};
use leptos::prelude::*;
use server::{
    Error,
    auth::{CreateKey, InWorkspace, SeeKeys},
    flash::Flash,
    keys,
};

/// What the form needs to know about caller and workspace.
#[derive(Clone)]
pub struct FormFacts {
    slug: String,
    workspace: String,
    environments: Vec<String>,
    settings: Settings,
    reach: Option<Reach>,
    /// Whether the caller can create a key here at all.
    pub may_create: bool,
}

impl FormFacts {
    /// Of a caller in a workspace.
    pub fn new(at: &InWorkspace, slug: &str, environments: Vec<String>) -> Self {
        let reach = at.reach::<CreateKey>();
        Self {
            slug: slug.into(),
            workspace: at.workspace_name().into(),
            environments,
            settings: at.settings().clone(),
            reach,
            may_create: reach.is_some() && at.plan() == Plan::Pro && at.is_member(),
        }
    }
}

/// The page.
#[component]
pub fn CreatePage() -> impl IntoView {
    let here = Here::new();
    let theme = Here::theme().unwrap_or("system");
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let seen = at.clone().allow::<SeeKeys>()?;
        let list = keys::environments(&seen).await?;
        let facts = FormFacts::new(&at, &slug, list);
        if !facts.may_create {
            at.allow::<CreateKey>()?;
            return Err(Error::Forbidden(
                "Keys can't be created in this workspace: it is on the plan Basic, or you are no member of it.".into(),
            ));
        }
        let place = Place::find(&here, theme, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("create");
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
                <LimitFold flash=flash.clone() />
                {(facts.reach == Some(Reach::AllKeys)).then(|| view! { <GatewayField workspace=facts.workspace flash /> })}
            </div>
            <div class="dialog-foot">{cancel}<button class="btn btn-primary">"Create key"</button></div>
        </Post>
    }
    .into_any()
}

#[component]
fn Permissions(reach: Option<Reach>, flash: Flash) -> impl IntoView {
    let chosen = flash.typed.get("permission").cloned().unwrap_or_else(|| "read_only".into());
    let own_only = reach == Some(Reach::OwnReadOnlyKeys);
    let write_text = if own_only {
        "Viewers can create read-only keys."
    } else {
        "Also creates, changes and deletes, as far as you can yourself."
    };
    view! {
        <fieldset class="group">
            <legend>"Permission"</legend>
            <div class="choices">
                <label class="choice">
                    <input type="radio" name="permission" value="read_only" checked=chosen != "read_write" />
                    <span class="choice-title">"Read-only"</span>
                    <span class="choice-text">"Reads and lists. In front of a service it passes GET, HEAD and OPTIONS."</span>
                </label>
                <label class="choice">
                    <input type="radio" name="permission" value="read_write" checked=chosen == "read_write" disabled=own_only />
                    <span class="choice-title">"Read-write"</span>
                    <span class="choice-text">{write_text}</span>
                </label>
            </div>
            <ErrorText name="permission" error=error_of(&flash, "permission") />
        </fieldset>
    }
    .into_any()
}

#[component]
fn ExpiryField(settings: Settings, flash: Flash) -> impl IntoView {
    let most = settings.max_expiry_days.unwrap_or(u32::MAX);
    let preselected = if most < 30 { "date" } else { "30" };
    let chosen = flash.typed.get("expiry").cloned().unwrap_or_else(|| preselected.into());
    let days = [7_u32, 30, 60, 90].into_iter().filter(|days| *days <= most);
    let mut choices: Vec<(String, String)> = days.map(|days| (days.to_string(), format!("{days} days"))).collect();
    choices.push(("date".into(), "On a date".into()));
    if !settings.require_expiry && settings.max_expiry_days.is_none() {
        choices.push(("never".into(), "Never".into()));
    }
    let chips = choices.into_iter().map(|(value, label)| {
        let checked = value == chosen;
        view! { <label class="chip"><input type="radio" name="expiry" value=value checked=checked />{label}</label> }
    });
    view! {
        <fieldset class="group">
            <legend>"Expires"</legend>
            <div class="chips">{chips.collect_view()}</div>
            <div class="chips-date">
                <TextField name="expires_on" label="Last day (UTC)" kind="date" flash=flash.clone() optional=false />
            </div>
            {settings.max_expiry_days.map(|days| view! { <p class="field-hint">"Keys of this workspace live " {days} " days at most."</p> })}
            <ErrorText name="expiry" error=error_of(&flash, "expiry") />
        </fieldset>
    }
    .into_any()
}

#[component]
fn GatewayField(workspace: String, flash: Flash) -> impl IntoView {
    let checked = flash.typed.get("gateway").is_some_and(|typed| !typed.is_empty());
    view! {
        <label class="check">
            <input type="checkbox" name="gateway" value="on" checked=checked />
            <span class="choice-title">"Gateway key"</span>
            <span class="choice-text">
                "For a proxy or service that checks other keys: it may ask Latchkey whether any key of " {workspace}
                " is valid. Only administrators create one."
            </span>
        </label>
        <ErrorText name="gateway" error=error_of(&flash, "gateway") />
    }
    .into_any()
}
