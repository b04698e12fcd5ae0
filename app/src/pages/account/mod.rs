//! The own account: password and sessions.

use super::load::load;
use crate::{
    components::{Ago, Column, FormNotice, Frame, Place, Post, TextField, Title},
    web::Here,
};
use domain::time::Timestamp;
use leptos::prelude::*;
use server::{
    auth::{SessionView, sessions},
    flash::Flash,
};

/// The account page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let here = Here::new();
    let theme = Here::theme().unwrap_or("system");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let place = Place::find(&here, theme, &caller, None).await?;
        let sessions = sessions(&caller, &here.parts).await?;
        let flashed = here.flashed();
        let who = if caller.is_instance_admin() {
            format!("{} · administrator of this installation", caller.email())
        } else {
            caller.email().to_owned()
        };
        Ok(view! {
            <Title text="Account · Latchkey" />
            <Frame place active="account" said=flashed.notice()>
                <Column>
                    <div class="page-head"><div><h1>"Account"</h1><p class="page-lead">{who}</p></div></div>
                    <PasswordPanel flash=flashed.of("password") />
                    <SessionsPanel sessions flash=flashed.of("sessions") now=here.now() />
                </Column>
            </Frame>
        })
    })
}

#[component]
fn PasswordPanel(flash: Flash) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="password-title">
            <div class="panel-head"><h2 id="password-title">"Change password"</h2><p>"Your other sessions are signed out."</p></div>
            <Post action="/console/change_password">
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <TextField
                        name="current_password"
                        label="Current password"
                        kind="password"
                        autocomplete="current-password"
                        flash=flash.clone()
                    />
                    <div class="field-pair">
                        <TextField
                            name="new_password"
                            label="New password"
                            kind="password"
                            autocomplete="new-password"
                            flash=flash.clone()
                        />
                        <TextField
                            name="repeat_password"
                            label="New password again"
                            kind="password"
                            autocomplete="new-password"
                            flash
                        />
                    </div>
                </div>
                <div class="panel-foot"><button class="btn">"Change password"</button></div>
            </Post>
        </section>
    }
    .into_any()
}

#[component]
fn SessionsPanel(sessions: Vec<SessionView>, flash: Flash, now: Timestamp) -> impl IntoView {
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
                    {session.current.then(|| view! { " " <span class="badge badge-accent">"This session"</span> })}
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

/// Browser and system from a user agent, roughly: enough for a person to know their own devices.
fn device(agent: &str) -> String {
    let find =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browsers =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Mac OS X", "macOS"),
        ("Windows", "Windows"),
        ("Linux", "Linux"),
    ];
    match (find(&browsers), find(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ if agent.is_empty() => "Unknown device".to_owned(),
        _ => agent.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn devices() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36";
        assert_eq!(device(chrome), "Chrome on Linux");
        assert_eq!(device("curl/8.5"), "curl/8.5");
        assert_eq!(device(""), "Unknown device");
    }
}
