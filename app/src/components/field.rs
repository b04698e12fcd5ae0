//! Fields: label, hint, control and the error under it, tied together for assistive technology.

use super::Icon;
use leptos::prelude::*;
use server::flash::Flash;

/// One line of text (or a password, an e-mail, …).
#[component]
pub fn TextField(
    /// The field's name; also its id.
    #[prop(into)]
    name: String,
    /// What it is called.
    label: &'static str,
    /// The refused form it belongs to, whose typed value and error it shows.
    #[prop(optional)]
    flash: Flash,
    /// Its value where nothing was typed.
    #[prop(optional, into)]
    value: String,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// A sentence that helps.
    #[prop(optional, into)]
    hint: Option<String>,
    /// An example.
    #[prop(optional)]
    placeholder: Option<&'static str>,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Most characters.
    #[prop(optional)]
    most: Option<u32>,
    /// It may stay empty.
    #[prop(optional)]
    optional: bool,
    /// It has the focus when the page opens.
    #[prop(optional)]
    focused: bool,
    /// The id of a list of suggestions.
    #[prop(optional)]
    list: Option<&'static str>,
    /// It takes a number: a phone shows digits. Not `type=number`, which would send nothing for what is no number.
    #[prop(optional)]
    numeric: bool,
    /// Text that stands before the input, inside its frame.
    #[prop(optional)]
    before: Option<&'static str>,
) -> impl IntoView {
    let error = error_of(&flash, &name);
    let value = if kind == "password" { String::new() } else { flash.typed.get(&name).cloned().unwrap_or(value) };
    let mono = if before.is_some() { "input input-mono" } else { "input" };
    let described = described_by(&name, hint.is_some(), error.is_some());
    let input = view! {
        <input
            class=mono
            id=name.clone()
            name=name.clone()
            type=kind
            value=value
            autocomplete=autocomplete
            placeholder=placeholder
            maxlength=most
            inputmode=numeric.then_some("numeric")
            list=list
            required=!optional
            autofocus=focused
            aria-invalid=error.is_some().then_some("true")
            aria-describedby=described
        />
    };
    view! {
        <div class="field">
            <label class="field-label" for=name.clone()>
                {label}
                {optional.then(|| view! { " " <span class="field-optional">"optional"</span> })}
            </label>
            {hint.map(|hint| view! { <p class="field-hint" id=format!("{name}-hint") dir="auto">{hint}</p> })}
            {match before {
                Some(text) => view! { <div class="input-joined"><span>{text}</span>{input}</div> }.into_any(),
                None => input.into_any(),
            }}
            <ErrorText name error />
        </div>
    }
    .into_any()
}

/// Text of several lines, in the face of keys and addresses. It may stay empty.
#[component]
pub fn TextArea(
    /// The field's name; also its id.
    name: &'static str,
    /// What it is called.
    label: &'static str,
    /// The refused form it belongs to, whose typed value and error it shows.
    flash: Flash,
    /// Its value where nothing was typed.
    #[prop(into)]
    value: String,
    /// A sentence that helps.
    #[prop(into)]
    hint: String,
    /// An example.
    placeholder: &'static str,
) -> impl IntoView {
    let error = error_of(&flash, name);
    let value = flash.typed.get(name).cloned().unwrap_or(value);
    view! {
        <div class="field">
            <label class="field-label" for=name>{label} " " <span class="field-optional">"optional"</span></label>
            <p class="field-hint" id=format!("{name}-hint")>{hint}</p>
            <textarea
                class="textarea input-mono"
                id=name
                name=name
                rows="3"
                placeholder=placeholder
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=described_by(name, true, error.is_some())
            >
                {value}
            </textarea>
            <ErrorText name error />
        </div>
    }
    .into_any()
}

/// The error under a field.
#[component]
pub fn ErrorText(
    /// The field's name.
    #[prop(into)]
    name: String,
    /// What is wrong, if anything.
    error: Option<String>,
) -> impl IntoView {
    error.map(|error| {
        view! {
            <p class="field-error" id=format!("{name}-error")>
                <Icon name="circle-alert" />
                <span>{error}</span>
            </p>
        }
    })
}

/// What a refused form says about a field.
pub fn error_of(flash: &Flash, field: &str) -> Option<String> {
    flash.errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
}

/// The ids of what describes a field.
fn described_by(name: &str, hint: bool, error: bool) -> Option<String> {
    let ids = [(hint, "hint"), (error, "error")].into_iter().filter(|(there, _)| *there);
    let ids: Vec<String> = ids.map(|(_, what)| format!("{name}-{what}")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}
