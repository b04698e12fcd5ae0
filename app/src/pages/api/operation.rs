//! One operation: what it is for, how to try it, what it takes and what it answers.

use super::prose::Prose;
use crate::components::{CodeBlock, Records};
use leptos::prelude::*;
use server::http::reference::{Answer, Credential, Field, Operation};

/// The operation as a panel with an anchor.
#[component]
pub fn OperationSection(
    /// Which.
    operation: &'static Operation,
    /// This installation's address.
    url: String,
) -> impl IntoView {
    let method = match operation.methods {
        [one] => one.to_uppercase(),
        _ => "ANY".to_owned(),
    };
    let answers = operation.answers();
    let (good, errors): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|answer| answer.status < 400);
    let text = operation.text.iter().map(|text| view! { <p><Prose text=(*text).to_owned() /></p> });
    let headers = operation.headers.iter().map(|header| (header.name.to_owned(), header.text.to_owned())).collect();
    view! {
        <section class="panel" aria-labelledby=operation.id>
            <div class="panel-head">
                <h2 id=operation.id>{operation.summary}</h2>
                <p class="mono"><span class="badge">{method}</span>" "{operation.path}</p>
            </div>
            <div class="panel-body">
                {text.collect_view()}
                <p class="muted">{credential(operation.credential)}</p>
                <CodeBlock label=format!("curl for {}", operation.path) code=operation.curl.replace("{url}", &url) />
            </div>
            <Names title="Headers" column="Header" names=headers />
            <Fields title="Body" fields=operation.body_fields() asked=true />
            {good.into_iter().map(|answer| view! { <Success answer path=operation.path /> }).collect_view()}
            <Errors errors />
        </section>
    }
    .into_any()
}

fn credential(credential: Credential) -> &'static str {
    match credential {
        Credential::None => "Answers everybody.",
        Credential::Key => "Needs a key.",
        Credential::Gateway => "Needs a gateway key.",
        Credential::Both => "Needs a gateway key in X-Latchkey-Gateway-Key, once, and the client's key as it came.",
        Credential::MetricsToken => {
            "Needs the token of the metrics, or to come from the same machine where there is none."
        }
    }
}

/// Names and what they mean; nothing where there are none.
#[component]
fn Names(title: &'static str, column: &'static str, names: Vec<(String, String)>) -> impl IntoView {
    let some = !names.is_empty();
    let rows = names.into_iter().map(|(name, text)| {
        view! {
            <tr role="row">
                <td role="cell" class="mono">{name}</td>
                <td role="cell" class="api-text"><Prose text /></td>
            </tr>
        }
    });
    let rows = rows.collect_view().into_any();
    some.then(|| view! { <h3 class="api-title">{title}</h3><Records columns=[column, "What it says"] rows /> })
        .into_any()
}

/// The fields of a body.
#[component]
fn Fields(
    title: &'static str,
    fields: Vec<Field>,
    /// Whether it is one to send: some of its fields may be left out.
    asked: bool,
) -> impl IntoView {
    let some = !fields.is_empty();
    let rows = fields.into_iter().map(|field| {
        view! {
            <tr role="row">
                <td role="cell" class="mono">{field.name}</td>
                <td role="cell" class="api-kind">
                    {field.kind}
                    {(asked && field.required).then(|| view! { " " <span class="badge badge-accent">"Required"</span> })}
                </td>
                <td role="cell" class="api-text"><Prose text=field.text /></td>
            </tr>
        }
    });
    let rows = rows.collect_view().into_any();
    some.then(|| view! { <h3 class="api-title">{title}</h3><Records columns=["Field", "Holds", "What it is"] rows /> })
        .into_any()
}

#[component]
fn Success(answer: Answer, path: &'static str) -> impl IntoView {
    let headers = answer.headers.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let fields = answer.fields();
    let example = answer.example.map(|code| {
        view! { <div class="panel-body"><CodeBlock label=format!("answer of {path}") code=code.trim_end().to_owned() /></div> }
    });
    view! {
        <h3 class="api-title">"Answer "<span class="mono">{answer.status}</span></h3>
        <p class="api-note"><Prose text=answer.text /></p>
        {example}
        <Names title="Headers of the answer" column="Header" names=headers />
        <Fields title="Fields of the answer" fields asked=false />
    }
    .into_any()
}

#[component]
fn Errors(errors: Vec<Answer>) -> impl IntoView {
    let some = !errors.is_empty();
    let rows = errors.into_iter().map(|error| {
        let codes = error.codes.iter().map(|code| view! { <code class="inline-code">{code.text()}</code>" " });
        view! {
            <tr role="row">
                <td role="cell" class="mono">{error.status}</td>
                <td role="cell" class="api-codes">{codes.collect_view()}</td>
                <td role="cell" class="api-text"><Prose text=error.text /></td>
            </tr>
        }
    });
    let rows = rows.collect_view().into_any();
    some.then(|| view! { <h3 class="api-title">"Errors"</h3><Records columns=["Status", "Code", "When"] rows /> })
        .into_any()
}
