//! The bar above the log: the newest requests once more, and with a script, requests as they are written
//! (`islands/browser/tail`, which the attributes are for).

use crate::components::Icon;
use domain::time::Timestamp;
use leptos::prelude::*;

/// The bar.
#[component]
pub fn LiveBar(
    /// The page's path.
    path: String,
    /// What is asked for, as the URL has it.
    asked: String,
    /// Now: from here on, requests are new.
    now: Timestamp,
) -> impl IntoView {
    view! {
        <div class="live" data-tail=format!("{path}/live{asked}") data-tail-since=now.0.to_string()>
            <div class="live-switch needs-js">
                <button type="button" class="switch" role="switch" aria-checked="false" aria-labelledby="live-label" data-tail-switch></button>
                <span id="live-label">"Live"</span>
            </div>
            <button type="button" class="btn btn-small" data-tail-pause hidden>"Pause"</button>
            <span class="live-state" data-tail-state></span>
            <button type="button" class="btn btn-small live-new" data-tail-new hidden></button>
            <a class="btn btn-small" href=format!("{path}{asked}")><Icon name="refresh-cw" />"Refresh"</a>
        </div>
    }
    .into_any()
}
