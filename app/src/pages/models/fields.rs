//! The fields of a provider that its creation and its page share: address, API key, models, and when it is asked.

use crate::components::{TextArea, TextField};
use leptos::prelude::*;
use server::flash::Flash;

/// Where a provider is reached.
#[component]
pub fn BaseUrlField(
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
            hint="The base that /chat/completions is appended to. Most end with /v1."
            placeholder="https://api.openai.com/v1"
            most=2000
            value
            flash
        />
    }
    .into_any()
}

/// The provider's own API key.
#[component]
pub fn ApiKeyField(
    /// One is kept: empty keeps it.
    #[prop(optional)]
    kept: bool,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let hint = if kept {
        "One is kept, and shown to nobody. Empty keeps it."
    } else {
        "As the provider's console shows it. Sealed, and not shown again."
    };
    view! {
        <TextField name="credential" label="API key" kind="password" optional=true autocomplete="new-password" hint=hint flash />
    }
    .into_any()
}

/// Which provider goes first, and how long it may be silent.
#[component]
pub fn OrderFields(
    /// The priority where nothing was typed.
    #[prop(optional)]
    priority: String,
    /// The seconds where nothing was typed.
    #[prop(optional)]
    timeout: String,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    view! {
        <div class="field-pair">
            <TextField
                name="priority"
                label="Priority"
                optional=true
                numeric=true
                most=4
                placeholder="100"
                hint="Where several have a model: the smallest first."
                value=priority
                flash=flash.clone()
            />
            <TextField
                name="timeout"
                label="Timeout in seconds"
                optional=true
                numeric=true
                most=4
                placeholder="300"
                hint="To begin its answer, and between two parts of it."
                value=timeout
                flash
            />
        </div>
    }
    .into_any()
}

/// The names of its models.
#[component]
pub fn ModelsField(
    /// The names where nothing was typed, one a line.
    #[prop(optional)]
    value: String,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    view! {
        <TextArea
            name="models"
            label="Models"
            hint="One name a line, as the provider spells it. Only these are asked of it."
            placeholder="gpt-4.1\ngpt-4.1-mini"
            value
            flash
        />
    }
    .into_any()
}
