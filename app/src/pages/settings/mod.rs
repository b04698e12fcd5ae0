//! The settings of a workspace: its name, its plan, and what holds for the keys of its members. Each says what it changes.

mod reveal;
mod samples;

use super::load::{load, param};
use crate::{
    components::{CheckBox, Choices, Column, FormNotice, Frame, Place, Post, TextField, Title, keys_stop},
    web::Here,
};
use domain::workspace::{Plan, Settings, ViewerKeys};
use leptos::prelude::*;
use reveal::RevealPanel;
use samples::SamplesPanel;
use server::{Count, auth::ChangeSettings, flash::Flash, workspaces};

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let grant = at.clone().allow::<ChangeSettings>()?;
        let working = workspaces::working_keys(&grant).await?;
        let (reveal, kept, slug_again) = (at.settings().reveal, workspaces::kept_secrets(&grant).await?, slug.clone());
        let (samples, calls) = (at.settings().samples, workspaces::kept_samples(&grant).await?);
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flashed = here.flashed();
        let flash = flashed.of("settings");
        let (name, settings) = (at.workspace_name().to_owned(), at.settings().clone());
        Ok(view! {
            <Title text=format!("Settings · {name} · Latchkey") />
            <Frame place active="settings" said=flashed.notice()>
                <Column>
                    <div class="page-head">
                        <div>
                            <h1>"Settings"</h1>
                            <p class="page-lead">"What holds in " <bdi>{name.clone()}</bdi> ". A change holds from the next request on."</p>
                        </div>
                    </div>
                    <Post action="/console/change_settings" hidden=vec![("workspace", slug.clone())]>
                        <FormNotice flash=flash.clone() />
                        <General name slug plan=at.plan() working flash=flash.clone() />
                        <KeysPanel settings flash />
                    </Post>
                    <RevealPanel slug=slug_again.clone() reveal kept flash=flashed.of("reveal") />
                    <SamplesPanel slug=slug_again samples kept=calls flash=flashed.of("samples") />
                </Column>
            </Frame>
        })
    })
}

#[component]
fn General(name: String, slug: String, plan: Plan, working: Count, flash: Flash) -> impl IntoView {
    let chosen = typed(&flash, "plan", plan.word());
    let basic = "Keys are kept and do not work; none can be created.";
    let basic = if plan == Plan::Basic { basic.to_owned() } else { format!("{basic} {}", keys_stop(working)) };
    view! {
        <section class="panel" aria-labelledby="general">
            <div class="panel-head"><h2 id="general">"Workspace"</h2></div>
            <div class="panel-body">
                <TextField
                    name="name"
                    label="Name"
                    hint=format!("What people see. Its address stays /w/{slug}.")
                    most=80
                    value=name
                    flash=flash.clone()
                />
                <Choices
                    name="plan"
                    legend="Plan"
                    chosen
                    flash
                    choices=vec![
                        ("pro", "Pro", "Keys work, and members create them.".to_owned()),
                        ("basic", "Basic", basic),
                    ]
                />
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn KeysPanel(settings: Settings, flash: Flash) -> impl IntoView {
    let viewer_keys = match settings.viewer_keys {
        ViewerKeys::None => "none",
        ViewerKeys::ReadOnly => "read_only",
    };
    let viewer_keys = typed(&flash, "viewer_keys", viewer_keys);
    let require_expiry =
        if flash.typed.is_empty() { settings.require_expiry } else { !typed(&flash, "require_expiry", "").is_empty() };
    view! {
        <section class="panel" aria-labelledby="keys-settings">
            <div class="panel-head">
                <h2 id="keys-settings">"Keys"</h2>
                <p>"These hold for what is created or enabled from now on. Keys that exist stay as they are."</p>
            </div>
            <div class="panel-body">
                <TextField
                    name="max_active_keys_per_member"
                    label="Active keys of one member"
                    kind="number"
                    hint="Keys that are enabled and not over. At this number, creating and enabling are refused."
                    value=settings.max_active_keys_per_member.to_string()
                    flash=flash.clone()
                />
                <TextField
                    name="key_creations_per_hour"
                    label="Keys that one person creates in an hour"
                    kind="number"
                    hint="Keeps a script that went wrong from filling the list. 0 stops creation in the console."
                    value=settings.key_creations_per_hour.to_string()
                    flash=flash.clone()
                />
                <Choices
                    name="viewer_keys"
                    legend="Viewers"
                    chosen=viewer_keys
                    flash=flash.clone()
                    choices=vec![
                        ("none", "Look on", "Viewers see keys and create none.".to_owned()),
                        ("read_only", "Read-only keys", "Viewers create and change read-only keys of their own.".to_owned()),
                    ]
                />
                <TextField
                    name="max_expiry_days"
                    label="Longest expiry, in days"
                    kind="number"
                    hint="A new key ends that many days after its creation, or sooner. Empty for no bound."
                    optional=true
                    value=settings.max_expiry_days.map(|days| days.to_string()).unwrap_or_default()
                    flash
                />
                <CheckBox
                    name="require_expiry"
                    title="Every new key needs an expiry"
                    text="The choice “never” is not offered."
                    checked=require_expiry
                />
            </div>
            <div class="panel-foot"><button class="btn btn-primary">"Save settings"</button></div>
        </section>
    }
    .into_any()
}

fn typed(flash: &Flash, name: &str, otherwise: &str) -> String {
    flash.typed.get(name).cloned().unwrap_or_else(|| otherwise.to_owned())
}
