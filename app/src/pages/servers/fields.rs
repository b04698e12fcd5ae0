//! The fields of a server that its creation and its page share: name, address, credential, who may use it.

use crate::components::{Choices, TextField};
use leptos::prelude::*;
use server::flash::Flash;

/// Where a server is reached.
#[component]
pub fn AddressField(
    /// What it is where nothing was typed.
    #[prop(optional)]
    value: String,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    view! {
        <TextField
            name="url"
            label="URL"
            hint="Where the server speaks MCP over HTTP, with its path."
            placeholder="https://mcp.example.com/mcp"
            most=2000
            value
            flash
        />
    }
    .into_any()
}

/// The credential for the server, and the header that carries it.
#[component]
pub fn CredentialFields(
    /// The header where nothing was typed.
    #[prop(optional)]
    header: String,
    /// One is kept: empty keeps it.
    #[prop(optional)]
    kept: bool,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let hint = if kept {
        "One is kept, and shown to nobody. Empty keeps it."
    } else {
        "With its scheme: Bearer and the key, for most. Not shown again."
    };
    view! {
        <div class="field-pair">
            <TextField
                name="credential"
                label="Credential"
                kind="password"
                optional=true
                autocomplete="new-password"
                hint=hint
                flash=flash.clone()
            />
            <TextField
                name="header"
                label="Header"
                optional=true
                placeholder="authorization"
                hint="That carries it. Empty for Authorization."
                value=header
                flash
            />
        </div>
    }
    .into_any()
}

/// Who may use it.
#[component]
pub fn OpenToField(
    /// Every member may, where nothing was chosen.
    everyone: bool,
    /// What it is called, where a heading does not say it.
    #[prop(default = "Who may use it")]
    legend: &'static str,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let otherwise = if everyone { "everyone" } else { "chosen" };
    let chosen = flash.typed.get("open_to").filter(|typed| !typed.is_empty()).cloned();
    view! {
        <Choices
            name="open_to"
            legend
            chosen=chosen.unwrap_or_else(|| otherwise.to_owned())
            flash
            choices=vec![
                ("everyone", "Every member", "Also those who join later.".to_owned()),
                ("chosen", "Chosen members", "Nobody until you choose them. Keys of others lose it at once.".to_owned()),
            ]
        />
    }
    .into_any()
}
