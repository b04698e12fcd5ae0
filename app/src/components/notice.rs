//! Sentences about what is or was: notices in the page, toasts over it, and the empty state.

use super::Icon;
use leptos::{either::Either, prelude::*};
use server::flash::Flash;

/// A notice in the page.
#[component]
pub fn Notice(
    /// `""`, `warning`, `danger` or `success`.
    #[prop(default = "")]
    tone: &'static str,
    /// Its icon.
    icon: &'static str,
    children: Children,
) -> impl IntoView {
    let class = if tone.is_empty() { "notice".to_owned() } else { format!("notice notice-{tone}") };
    view! {
        <div class=class>
            <Icon name=icon />
            <div>{children()}</div>
        </div>
    }
    .into_any()
}

/// What a refused form says at its top. The place is always there, so that the script can fill it.
#[component]
pub fn FormNotice(
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let hidden = flash.message.is_empty();
    view! {
        <div class="notice notice-danger" role="alert" data-form-notice="" hidden=hidden>
            <Icon name="circle-alert" />
            <p>{flash.message}</p>
        </div>
    }
    .into_any()
}

/// A word about what was done, over the page. The script takes it away after a while.
#[component]
pub fn Toast(
    /// The word, if there is one.
    said: Option<String>,
) -> impl IntoView {
    view! {
        <div class="toasts" role="status" aria-live="polite" id="toasts">
            {said.map(|said| view! { <div class="toast" data-toast=""><Icon name="circle-check" /><p>{said}</p></div> })}
        </div>
    }
    .into_any()
}

/// Where there is nothing to list.
#[component]
pub fn Empty(
    /// Its icon.
    icon: &'static str,
    /// What is the case.
    #[prop(into)]
    title: String,
    /// Under another heading it is small.
    #[prop(optional)]
    small: bool,
    /// It is all that the page says: its title is the page's.
    #[prop(optional)]
    alone: bool,
    children: Children,
) -> impl IntoView {
    let title = if alone {
        Either::Left(view! { <h1 class="empty-title">{title}</h1> })
    } else {
        Either::Right(view! { <h2 class="empty-title">{title}</h2> })
    };
    view! {
        <div class=if small { "empty empty-small" } else { "empty" }>
            <Icon name=icon />
            {title}
            {children()}
        </div>
    }
    .into_any()
}
