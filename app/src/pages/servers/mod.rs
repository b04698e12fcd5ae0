//! MCP servers of a workspace: the list, a new one, one server's page with its tools and members, and its removal.

mod fields;
mod list;
mod members;
mod new;
mod remove;
mod show;
mod tools;

pub use list::ServersPage;
pub use new::NewServerPage;
pub use remove::RemoveServerPage;
pub use show::ServerPage;

use leptos::prelude::*;
use server::servers::ServerView;

/// Whether a server is on, as a badge.
#[component]
fn State(server: ServerView) -> impl IntoView {
    let (word, class) = if server.enabled { ("On", "badge badge-success") } else { ("Off", "badge") };
    view! { <span class=class>{word}</span> }.into_any()
}

/// How many tools a server has, as far as it is known.
fn tools_text(server: &ServerView) -> String {
    match server.tool_count {
        None => "not tested yet".into(),
        Some(0) => "no tools".into(),
        Some(1) => "1 tool".into(),
        Some(count) => format!("{} tools", crate::components::grouped(count)),
    }
}

/// Who may use a server.
fn open_to_text(server: &ServerView) -> &'static str {
    if server.everyone { "Every member" } else { "Chosen members" }
}
