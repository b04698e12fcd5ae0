//! The choices of the create form, most of which the key page shares: permission, expiry, gateway, URL.

use crate::components::{CheckBox, ErrorText, TextField, error_of};
use domain::{access::Reach, workspace::Settings};
use leptos::prelude::*;
use server::flash::Flash;

/// What a key may do.
#[component]
pub fn Permissions(
    /// How far the caller may go with keys of the workspace.
    reach: Option<Reach>,
    /// The refused form.
    flash: Flash,
    /// What is chosen where nothing was typed.
    #[prop(default = "read_only")]
    value: &'static str,
    /// The key is for an agent, which knows tools and no methods of HTTP.
    #[prop(optional)]
    for_agent: bool,
) -> impl IntoView {
    let [reads, writes] = if for_agent {
        ["Uses the tools that only read.", "Uses every tool, also those that create, change and delete."]
    } else {
        [
            "Reads and lists. In front of a service it passes GET, HEAD and OPTIONS.",
            "Also creates, changes and deletes, as far as you can yourself.",
        ]
    };
    let chosen = flash.typed.get("permission").cloned().unwrap_or_else(|| value.into());
    let own_only = reach == Some(Reach::OwnReadOnlyKeys);
    let writes = if own_only { "Viewers can have read-only keys." } else { writes };
    view! {
        <fieldset class="group">
            <legend>"Permission"</legend>
            <div class="choices">
                <label class="choice">
                    <input type="radio" name="permission" value="read_only" checked=chosen != "read_write" />
                    <span class="choice-title">"Read-only"</span>
                    <span class="choice-text">{reads}</span>
                </label>
                <label class="choice">
                    <input type="radio" name="permission" value="read_write" checked=chosen == "read_write" disabled=own_only />
                    <span class="choice-title">"Read-write"</span>
                    <span class="choice-text">{writes}</span>
                </label>
            </div>
            <ErrorText name="permission" error=error_of(&flash, "permission") />
        </fieldset>
    }
    .into_any()
}

/// When a key ends.
#[component]
pub fn ExpiryField(
    /// What the workspace allows.
    settings: Settings,
    /// The refused form.
    flash: Flash,
    /// What is chosen where nothing was typed.
    #[prop(optional)]
    value: Option<&'static str>,
    /// The day, where that is a date.
    #[prop(optional, into)]
    day: String,
) -> impl IntoView {
    let most = settings.max_expiry_days.unwrap_or(u32::MAX);
    let preselected = value.unwrap_or(if most < 30 { "date" } else { "30" });
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
                <TextField name="expires_on" label="Last day (UTC)" kind="date" value=day flash=flash.clone() optional=false />
            </div>
            {settings.max_expiry_days.map(|days| view! { <p class="field-hint">"Keys of this workspace live " {days} " days at most."</p> })}
            <ErrorText name="expiry" error=error_of(&flash, "expiry") />
        </fieldset>
    }
    .into_any()
}

/// Whether a key may stand in a URL. Only the create form asks: it can't be changed.
#[component]
pub fn UrlField(
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let checked = flash.typed.get("url_credential").is_some_and(|typed| !typed.is_empty());
    view! {
        <CheckBox
            name="url_credential"
            title="For clients that take no header"
            text="Claude Desktop and ChatGPT take an address alone, so the key stands in it. Addresses end up in histories and in other \
                  people's logs: give it little to reach and an early end. This can't be changed later."
            checked
            flash
        />
    }
    .into_any()
}

/// Whether a key may verify others.
#[component]
pub fn GatewayField(
    /// The workspace's name.
    workspace: String,
    /// The refused form.
    flash: Flash,
    /// Whether it does where nothing was typed.
    #[prop(optional)]
    value: bool,
) -> impl IntoView {
    let checked = flash.typed.get("gateway").map_or(value, |typed| !typed.is_empty());
    view! {
        <CheckBox
            name="gateway"
            title="Gateway key"
            text=format!(
                "For a proxy or service that checks other keys: it may ask Latchkey whether any key of {workspace} is valid. Only \
                 administrators have one."
            )
            checked
            flash
        />
    }
    .into_any()
}
