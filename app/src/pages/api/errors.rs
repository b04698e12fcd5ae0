//! Every code that an error can have, once for all operations.

use super::prose::Prose;
use crate::components::{CodeBlock, Records};
use leptos::prelude::*;
use server::http::reference::errors;

const EXAMPLE: &str = r#"{
  "error": {
    "code": "KEY_EXPIRED",
    "message": "This API key has expired.",
    "request_id": "r-1"
  }
}"#;

/// The codes as a panel with an anchor.
#[component]
pub fn ErrorCodes() -> impl IntoView {
    let rows = errors().into_iter().map(|(code, when)| {
        view! {
            <tr role="row">
                <td role="cell" class="mono">{code.text()}</td>
                <td role="cell" class="mono">{code.status()}</td>
                <td role="cell" class="api-text"><Prose text=when /></td>
            </tr>
        }
    });
    let rows = rows.collect_view().into_any();
    view! {
        <section class="panel" aria-labelledby="errors">
            <div class="panel-head">
                <h2 id="errors">"Errors"</h2>
                <p>"Decide by the code: messages may be reworded."</p>
            </div>
            <div class="panel-body"><CodeBlock label="error" code=EXAMPLE.to_owned() /></div>
            <Records columns=["Code", "Status", "When"] rows />
        </section>
    }
    .into_any()
}
