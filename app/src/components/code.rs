//! Code to copy.

use super::Icon;
use leptos::prelude::*;

/// A button that copies a text. Only there with script.
#[component]
pub fn CopyButton(
    /// What it copies.
    text: String,
    /// What it is for assistive technology, such as `Copy id of CI`.
    label: String,
) -> impl IntoView {
    view! {
        <button type="button" class="btn-icon needs-js" data-copy=text aria-label=label>
            <span class="swap"><Icon name="copy" /><Icon name="check" /></span>
        </button>
    }
    .into_any()
}

/// A block of code with its copy button.
#[component]
pub fn CodeBlock(
    /// What it is, such as its language; another for each on a page.
    #[prop(into)]
    label: String,
    /// The code.
    code: String,
) -> impl IntoView {
    view! {
        <div class="code">
            <pre tabindex="0" role="region" aria-label=label.clone()><code>{code.clone()}</code></pre>
            <CopyButton text=code label=format!("Copy {label}") />
        </div>
    }
    .into_any()
}
