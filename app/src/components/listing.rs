//! A list of a workspace by page: a table of records and the way on. Called where an empty list says so in words of its own.

use super::{Empty, Pager, Records};
use crate::web::query_string;
use leptos::prelude::*;

/// A page of it; behind the last one, the way back.
#[component]
pub fn Listing<const N: usize>(
    /// What the rows are, such as `servers`.
    of: &'static str,
    /// What the list is for assistive technology.
    label: &'static str,
    /// What the columns are called.
    columns: [&'static str; N],
    /// The rows.
    rows: Vec<AnyView>,
    /// The path of its first page.
    path: String,
    /// After what this page begins, as the URL has it.
    after: String,
    /// After what the next one does.
    next: Option<String>,
) -> impl IntoView {
    if rows.is_empty() {
        return view! {
            <Empty icon="search-x" title=format!("No more {of}") small=true>
                <div class="empty-actions"><a class="btn" href=path>"First page"</a></div>
            </Empty>
        }
        .into_any();
    }
    let shown = format!("{} {of} on this page", rows.len());
    let more = next.map(|after| format!("{path}{}", query_string(&[("after", &after)])));
    let first = (!after.is_empty()).then_some(path);
    view! {
        <section class="panel" aria-label=label>
            <Records columns rows=rows.into_any() />
        </section>
        <Pager label=format!("Pages of {of}") shown first more more_text=format!("More {of}") />
    }
    .into_any()
}
