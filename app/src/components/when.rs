//! Moments: relative for reading, exact on hover and for machines.

use super::Icon;
use domain::{
    key::Status,
    time::{DAY, Timestamp},
};
use leptos::prelude::*;
use server::keys::KeyView;

/// How long ago something was.
#[component]
pub fn Ago(
    /// When it was.
    at: Timestamp,
    /// Now.
    now: Timestamp,
    /// A word before it, such as `used`.
    #[prop(default = "")]
    word: &'static str,
) -> impl IntoView {
    let text = if word.is_empty() { at.ago(now) } else { format!("{word} {}", at.ago(now)) };
    view! { <time datetime=at.rfc3339() title=at.human()>{text}</time> }.into_any()
}

/// When a key ends, warned within seven days and within one.
#[component]
pub fn Expires(
    /// The key.
    key: KeyView,
    /// Now.
    now: Timestamp,
    /// Where a click on it goes: in a row, to the key.
    #[prop(optional)]
    href: Option<String>,
) -> impl IntoView {
    let Some(end) = key.expires_at else { return view! { <span>"never expires"</span> }.into_any() };
    let over = end <= now;
    let text = if over { format!("expired {}", end.ago(now)) } else { format!("expires {}", end.ahead(now)) };
    let warned = key.status == Status::Enabled;
    let class = match end.since(now) {
        left if warned && left < DAY => "key-time is-urgent",
        left if warned && left < 7 * DAY => "key-time is-soon",
        _ => "key-time",
    };
    let icon = (class != "key-time").then(|| view! { <Icon name="triangle-alert" /> });
    let time = view! { {icon} <time datetime=end.rfc3339() title=end.human()>{text}</time> };
    match href {
        Some(href) => view! { <a class=class href=href tabindex="-1">{time}</a> }.into_any(),
        None => view! { <span class=class>{time}</span> }.into_any(),
    }
}
