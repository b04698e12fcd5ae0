//! The page that stands where one could not be shown: nothing is there, the caller may not, or the machine failed.

use super::load::load;
use crate::{
    components::{Frame, Icon, Place, Title},
    web::Here,
};
use leptos::{either::Either, prelude::*};
use server::Error;

/// For addresses that no page has.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    load(&Here::new(), async { Err::<(), _>(Error::NotFound) })
}

/// Why there is nothing to see, in the frame if somebody is signed in.
#[component]
pub fn Failed(error: Error, place: Option<Place>) -> impl IntoView {
    match place {
        Some(place) => Either::Left(view! { <Frame place><Why error /></Frame> }),
        None => Either::Right(view! { <main class="frame-main" id="main"><Why error /></main> }),
    }
}

#[component]
fn Why(error: Error) -> impl IntoView {
    let (icon, title, text) = match &error {
        Error::NotFound => (
            "compass",
            "There is nothing here",
            "The page does not exist, or it belongs to a workspace that you are not in.".to_owned(),
        ),
        Error::Forbidden(why) => ("lock", "You can't do this here", why.clone()),
        other => ("circle-alert", "This page can't be shown", other.to_string()),
    };
    let again = !matches!(error, Error::NotFound | Error::Forbidden(_));
    view! {
        <Title text=format!("{title} · Latchkey") />
        <div class="empty empty-page">
            <Icon name=icon />
            <h1 class="empty-title">{title}</h1>
            <p>{text}</p>
            <div class="empty-actions">
                {again.then(|| view! { <a class="btn" href="">"Try again"</a> })}
                <a class=if again { "btn btn-quiet" } else { "btn" } href="/">"Go to keys"</a>
            </div>
        </div>
    }
    .into_any()
}
