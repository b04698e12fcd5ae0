//! Model traffic of a workspace, for its administrators: providers (the list, a new one, one's page, the choice of its models,
//! its removal), and what models cost.

mod choose;
mod fields;
mod list;
mod new;
mod prices;
mod remove;
mod show;

pub use choose::ChooseModelsPage;
pub use list::ProvidersPage;
pub use new::NewProviderPage;
pub use prices::PricesPage;
pub use remove::RemoveProviderPage;
pub use show::ProviderPage;

use crate::components::grouped;
use leptos::prelude::*;
use server::models::ProviderView;

/// The section's pages, as links above each of them.
#[component]
fn ModelTabs(
    /// The workspace's slug.
    slug: String,
    /// The page at hand: `models` or `prices`.
    active: &'static str,
) -> impl IntoView {
    let links = [("Providers", "models"), ("Prices", "prices")].map(|(title, page)| {
        let current = (page == active).then_some("page");
        view! { <a class="tab" href=format!("/w/{slug}/{page}") aria-current=current>{title}</a> }
    });
    view! { <nav class="tab-list tab-nav" aria-label="Models">{links.collect_view()}</nav> }.into_any()
}

/// Whether requests go to a provider, as a badge.
#[component]
fn State(provider: ProviderView) -> impl IntoView {
    let (word, class) = match (provider.enabled, provider.models.count()) {
        (false, _) => ("Off", "badge"),
        (true, 0) => ("No models", "badge badge-warning"),
        (true, _) => ("On", "badge badge-success"),
    };
    view! { <span class=class>{word}</span> }.into_any()
}

/// How many models a provider has.
fn models_text(provider: &ProviderView) -> String {
    match provider.models.count() {
        0 => "none yet".into(),
        1 => "1 model".into(),
        count => format!("{} models", grouped(i64::try_from(count).unwrap_or(i64::MAX))),
    }
}
