//! The pages of the administration, as links above each of them.

use leptos::prelude::*;

/// Where the frame's link "Administration" leads.
pub const ADMINISTRATION: &str = ENTRIES[0].1;

/// One line a page.
const ENTRIES: &[(&str, &str)] = &[
    ("Keys", "/admin/keys"),
    ("Users", "/admin/users"),
    ("Workspaces", "/admin/workspaces"),
    ("Audit log", "/admin/audit"),
];

/// The links; `active` is the path of the page at hand.
#[component]
pub fn AdminTabs(
    /// The path of the page at hand.
    active: &'static str,
) -> impl IntoView {
    let links = ENTRIES.iter().map(|(title, path)| {
        view! { <a class="tab" href=*path aria-current=(*path == active).then_some("page")>{*title}</a> }
    });
    view! { <nav class="tab-list tab-nav" aria-label="Administration">{links.collect_view()}</nav> }.into_any()
}
