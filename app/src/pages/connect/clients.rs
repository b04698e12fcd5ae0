//! The clients, and the ways of the chosen one. All of them stand in the page, so that choosing another needs neither a
//! script nor the key anew.

use super::{Helper, ways::Ways};
use crate::components::{CopyButton, Icon, Notice};
use domain::mcp::connect::{Client, ConnectKey, Shell, Step, Target, guide};
use leptos::prelude::*;

/// The clients beside what each needs.
#[component]
pub fn Clients(helper: Helper, target: Target, filled: ConnectKey) -> impl IntoView {
    let chosen = helper.client;
    let list = Client::ALL.map(|client| {
        let runs = guide(client, &target, &filled).ways.iter().any(|way| way.steps.iter().any(is_run)).then_some("");
        view! {
            <label class="client" data-runs=runs>
                <input type="radio" name="client" value=client.word() checked=client == chosen />
                <span class="client-mark" aria-hidden="true">{initial(client)}</span>
                <span>{client.title()}</span>
            </label>
        }
    });
    let list = list.into_iter().collect_view();
    let secret = helper.key.as_ref().map(|(key, view)| (key.expose().to_owned(), view.masked.clone()));
    let panels = Client::ALL.map(|client| {
        // Another key than one that was made for URLs does not get into one.
        let fits = !client.needs_url_credential() || helper.has_url_credential();
        let filled = if fits { filled.clone() } else { ConnectKey::placeholder() };
        let guide = guide(client, &target, &filled);
        let secret = secret.clone().filter(|_| fits);
        view! {
            <section class="client-panel" aria-label=client.title()>
                <h2>{client.title()}</h2>
                {(!fits).then(|| view! { <ForUrl helper=helper.clone() /> })}
                <Ways guide secret />
            </section>
        }
    });
    let panels = panels.into_iter().collect_view();
    let shells = Shell::ALL.map(|shell| {
        view! {
            <label class="chip">
                <input type="radio" name="shell" value=shell.word() checked=shell == Shell::Posix />
                {shell.title()}
            </label>
        }
    });
    let veil = secret.is_some().then(|| {
        view! {
            <label class="veil-switch">
                <input type="checkbox" class="veil-toggle" />
                <span>"Show the key"</span>
            </label>
        }
    });
    view! {
        <section class="panel" aria-labelledby="connect-client">
            <div class="panel-head panel-head-row">
                <div>
                    <h2 id="connect-client">"Client"</h2>
                    <p class="connect-url">
                        <span>"Kept there as " <code class="inline-code">{target.name().to_owned()}</code> ", at "</span>
                        <code class="inline-code">{target.url().to_owned()}</code>
                        <CopyButton text=target.url().to_owned() label="Copy the address".into() />
                    </p>
                </div>
            </div>
            <div class="clients">
                <div class="client-list" role="radiogroup" aria-labelledby="connect-client">{list}</div>
                <div class="client-panels">
                    <div class="client-tools">
                        <fieldset class="group client-shells">
                            <legend class="visually-hidden">"Commands for"</legend>
                            <div class="chips">{shells.collect_view()}</div>
                        </fieldset>
                        {veil}
                    </div>
                    {panels}
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// The ways to a key for a client that takes no header, where none is filled in.
#[component]
fn ForUrl(helper: Helper) -> impl IntoView {
    let other = helper.key.is_some().then_some("The key that is filled in for the others is refused there. ");
    let pick = helper.pick_for_url.then(|| {
        view! { <button class="btn" name="step" value="pick_for_url">"Fill in my key for URLs"</button> }
    });
    let create = helper.create.is_some().then(|| {
        view! {
            <button class="btn" name="step" value="create_for_url"><Icon name="plus" />"Create a key for URLs"</button>
        }
    });
    view! {
        <Notice tone="warning" icon="triangle-alert">
            <p class="notice-title">"It takes a key that was made for URLs"</p>
            <p>
                {other}
                "Addresses end up in histories and in other people's logs: such a key should reach little and end early."
            </p>
            <div class="for-url">{pick}{create}</div>
        </Notice>
    }
    .into_any()
}

fn is_run(step: &Step) -> bool {
    matches!(step, Step::Run(_))
}

/// What stands in the place of a logo.
fn initial(client: Client) -> AnyView {
    if client == Client::Other {
        return view! { <Icon name="plug" /> }.into_any();
    }
    client.title().chars().next().unwrap_or('?').to_uppercase().to_string().into_any()
}
