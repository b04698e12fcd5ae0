//! Where one is signed in: each session by its device, and how to end it.

use super::device::device;
use crate::components::{Ago, FormNotice, Post};
use domain::time::Timestamp;
use leptos::prelude::*;
use server::{auth::SessionView, flash::Flash};

/// The panel.
#[component]
pub fn SessionsPanel(
    /// The sessions, the last seen first.
    sessions: Vec<SessionView>,
    /// What a refused form left.
    flash: Flash,
    /// Now.
    now: Timestamp,
) -> impl IntoView {
    let others = sessions.iter().any(|session| !session.current);
    let rows = sessions.into_iter().map(move |session| view! { <SessionRow session now /> });
    view! {
        <section class="panel" aria-labelledby="sessions-title">
            <div class="panel-head"><h2 id="sessions-title">"Sessions"</h2><p>"Where you are signed in."</p></div>
            <FormNotice flash />
            <ul class="rows" role="list">{rows.collect_view()}</ul>
            {others.then(|| view! {
                <div class="panel-foot">
                    <Post action="/console/sign_out_others"><button class="btn">"Sign out all other sessions"</button></Post>
                </div>
            })}
        </section>
    }
    .into_any()
}

#[component]
fn SessionRow(session: SessionView, now: Timestamp) -> impl IntoView {
    let device = device(&session.agent);
    let address = if session.address.is_empty() { "unknown address".to_owned() } else { session.address.clone() };
    view! {
        <li>
            <div>
                <p class="rows-title">
                    <span title=session.agent>{device.clone()}</span>
                    {session.current.then(|| view! { " " <span class="badge badge-accent">"This device"</span> })}
                </p>
                <p class="rows-text">
                    {address} " · last seen " <Ago at=session.last_seen_at now /> " · signed in " <Ago at=session.created_at now />
                </p>
            </div>
            {(!session.current).then(|| view! {
                <Post action="/console/sign_out_other" hidden=vec![("session", session.id)]>
                    <button class="btn btn-small" aria-label=format!("Sign out {device}")>"Sign out"</button>
                </Post>
            })}
        </li>
    }
    .into_any()
}
