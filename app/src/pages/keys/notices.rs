//! Is anything wrong? One line above the list, which opens into the keys it is about, with what can be done beside each.

use super::{
    row::{RowContext, key_fields, switch_action},
    spend_text,
};
use crate::components::{Ago, Expires, Icon, Post};
use domain::{key::Status, time::Timestamp};
use leptos::prelude::*;
use server::keys::{KeyView, Noticed, NoticedView, Notices};

/// The line, if there is something to say.
#[component]
pub fn NoticeLine(
    /// What there is to say.
    notices: Notices,
    /// Where its forms come back to.
    context: RowContext,
) -> impl IntoView {
    if notices.is_empty() {
        return ().into_any();
    }
    let line = notices.parts().join(" · ");
    view! {
        <details class="notices">
            <summary>
                <Icon name="triangle-alert" />
                <span class="notices-line">{line}</span>
                <span class="notices-review" aria-hidden="true">"Review"</span>
            </summary>
            <Kind title="Spend cap reached" noticed=notices.exhausted context=context.clone() works_on=true money=true />
            <Kind title="80% of the spend cap spent" noticed=notices.near_cap context=context.clone() works_on=true money=true />
            <Kind title="Expire within 7 days" noticed=notices.expiring context=context.clone() works_on=true />
            <Kind title="Not used for 90 days" noticed=notices.unused context=context.clone() />
            <Kind title="Stopped, and tried within 24 hours" noticed=notices.tried context />
        </details>
    }
    .into_any()
}

#[component]
fn Kind(
    title: &'static str,
    noticed: Noticed,
    context: RowContext,
    /// Its keys are in use: they are to be looked at, not to be stopped.
    #[prop(optional)]
    works_on: bool,
    /// It is about their money.
    #[prop(optional)]
    money: bool,
) -> impl IntoView {
    if noticed.keys.is_empty() {
        return ().into_any();
    }
    let shown = i64::try_from(noticed.keys.len()).unwrap_or_default();
    let more = match noticed.count - shown {
        0 => None,
        more if noticed.count_is_floor => Some(format!("and more than {more} others")),
        1 => Some("and one other".to_owned()),
        more => Some(format!("and {more} others")),
    };
    let rows = noticed
        .keys
        .into_iter()
        .map(|noticed| view! { <Row noticed context=context.clone() works_on money /> })
        .collect_view();
    view! {
        <section class="notices-kind">
            <h2>{title}</h2>
            <ul class="rows" role="list">{rows}</ul>
            {more.map(|more| view! { <p class="rows-text notices-more">{more}</p> })}
        </section>
    }
    .into_any()
}

#[component]
fn Row(noticed: NoticedView, context: RowContext, works_on: bool, money: bool) -> impl IntoView {
    let NoticedView { key, tried_at, tried_from } = noticed;
    let href = format!("/w/{}/keys/{}", key.workspace, key.id);
    let now = context.now;
    let owner = if key.own { "you".to_owned() } else { key.owner_name.clone() };
    let said = match (tried_at, key.status) {
        _ if money => view! { <Spent key=key.clone() now /> }.into_any(),
        (Some(at), Status::Disabled | Status::Expired) => {
            let from = if tried_from.is_empty() { String::new() } else { format!(" from {tried_from}") };
            view! { <Ago at now word="tried" /> {from} }.into_any()
        }
        _ if key.expires_at.is_some() => view! { <Expires key=key.clone() now /> }.into_any(),
        _ => match key.last_used_at {
            Some(at) => view! { <Ago at now word="used" /> }.into_any(),
            None => view! { "never used, " <Ago at=key.created_at now word="created" /> }.into_any(),
        },
    };
    view! {
        <li>
            <div>
                <p class="rows-title"><a href=href.clone() dir="auto">{key.name.clone()}</a></p>
                <p class="rows-text"><bdi>{owner}</bdi> " · " {said}</p>
            </div>
            {key.may_change.then(|| view! { <Acts key context href works_on /> })}
        </li>
    }
    .into_any()
}

/// What a key has spent of its cap, and when that counts anew.
#[component]
fn Spent(key: KeyView, now: Timestamp) -> impl IntoView {
    let words = spend_text(&key).unwrap_or_default();
    let back = match (key.status, key.back_at) {
        (Status::Exhausted, Some(at)) => {
            view! { ", back " <time datetime=at.rfc3339() title=at.human()>{at.ahead(now)}</time> }.into_any()
        }
        (Status::Exhausted, None) => view! { ", until the cap is raised" }.into_any(),
        _ => ().into_any(),
    };
    view! { <span class="mono">{words}</span> {back} }.into_any()
}

/// What helps: a key in use is opened, one that nobody uses may be paused or go, one that is stopped may go.
#[component]
fn Acts(key: KeyView, context: RowContext, href: String, works_on: bool) -> impl IntoView {
    if works_on {
        let label = format!("Open {}", key.name);
        return view! { <div class="notices-acts"><a class="btn btn-small" href=href aria-label=label>"Open"</a></div> }.into_any();
    }
    let (disable, delete) = (format!("Disable {}", key.name), format!("Delete {}", key.name));
    view! {
        <div class="notices-acts">
            {(key.status == Status::Enabled).then(|| view! {
                <Post action=switch_action(key.status) hidden=key_fields(&context, &key)>
                    <button class="btn btn-small" aria-label=disable>"Disable"</button>
                </Post>
            })}
            <a class="btn btn-small btn-danger-quiet" href=format!("{href}/delete") aria-label=delete>"Delete"</a>
        </div>
    }
    .into_any()
}
