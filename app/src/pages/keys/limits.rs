//! A key's limits: the fields of them, folded in the create form, and the panel on the key's page.

use super::row::{RowContext, key_fields};
use crate::components::{FormNotice, Icon, Post, TextArea, TextField, error_of};
use domain::key::{Limits, MOST_ADDRESSES};
use leptos::prelude::*;
use server::{flash::Flash, keys::KeyView};

/// The fields, folded until somebody opens them or one of them is wrong. The summary says which are set: style/fold.css
/// looks at the fields, so it holds while one types, too.
#[component]
pub fn LimitFold(
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let open = ["allow_ip", "rate_limit"].iter().any(|field| error_of(&flash, field).is_some());
    view! {
        <details class="fold" open=open>
            <summary>
                <Icon name="chevron-right" />
                <span class="fold-title">"Limits"</span>
                <span class="fold-none">"none: any address, any number of requests"</span>
                <span class="badge fold-set fold-addresses">"Addresses"</span>
                <span class="badge fold-set fold-rate">"Rate"</span>
            </summary>
            <div class="fields"><LimitFields limits=Limits::default() flash /></div>
        </details>
    }
    .into_any()
}

#[component]
fn LimitFields(limits: Limits, flash: Flash) -> impl IntoView {
    view! {
        <TextArea
            name="allow_ip"
            label="Allowed addresses"
            hint=format!(
                "One address or block a line, {MOST_ADDRESSES} at most. From anywhere else the key is refused. Empty: it works from every address."
            )
            placeholder="203.0.113.7\n10.0.0.0/8"
            value=limits.addresses.entries().join("\n")
            flash=flash.clone()
        />
        <TextField
            name="rate_limit"
            label="Requests per minute"
            optional=true
            numeric=true
            most=6
            placeholder="No limit"
            hint="So many at once; they come back evenly over the minute."
            value=limits.rate.map(|rate| u32::from(rate).to_string()).unwrap_or_default()
            flash
        />
    }
    .into_any()
}

/// The panel: a form for who may change the key, else what is set.
#[component]
pub fn LimitPanel(
    /// The key.
    key: KeyView,
    /// Where its form comes back to.
    context: RowContext,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let lead = summary(&key.limits);
    let body = if key.may_change {
        let hidden = key_fields(&context, &key);
        view! {
            <Post action="/console/limit_key" hidden>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <LimitFields limits=key.limits flash />
                </div>
                <div class="panel-foot"><button class="btn">"Save limits"</button></div>
            </Post>
        }
        .into_any()
    } else {
        let entries = key.limits.addresses.entries().into_iter().map(|entry| view! { <li>{entry}</li> });
        view! { <div class="panel-body"><ul class="mono">{entries.collect_view()}</ul></div> }.into_any()
    };
    view! {
        <section class="panel" aria-labelledby="limits">
            <div class="panel-head"><h2 id="limits">"Limits"</h2><p>{lead}</p></div>
            {body}
        </section>
    }
    .into_any()
}

/// What is set, in one sentence.
fn summary(limits: &Limits) -> String {
    let from = match limits.addresses.len() {
        0 => "every address".to_owned(),
        1 => "one address or block".to_owned(),
        count => format!("{count} addresses and blocks"),
    };
    match limits.rate.map(u32::from) {
        None => format!("Works from {from}, as often as it is used."),
        Some(1) => format!("Works from {from}, once a minute."),
        Some(count) => format!("Works from {from}, {count} times a minute."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries() {
        let of = |allow_ip: &str, rate: &str| summary(&Limits::check(allow_ip, rate).unwrap());
        assert_eq!(of("", ""), "Works from every address, as often as it is used.");
        assert_eq!(of("::1", "1"), "Works from one address or block, once a minute.");
        assert_eq!(of("::1, 10.0.0.0/8", "60"), "Works from 2 addresses and blocks, 60 times a minute.");
    }
}
