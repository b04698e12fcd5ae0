//! The guardrails of a workspace.

use crate::{
    components::{Empty, Frame, Icon, Pager, Place, Records, Title, grouped},
    pages::load::{load, param},
    web::{Here, query_string},
};
use leptos::prelude::*;
use server::{
    auth::ManageModels,
    guardrails::{self, GuardrailView},
};

/// The page.
#[component]
pub fn GuardrailsPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let after = here.query("after");
        let list = guardrails::list(&at.clone().allow::<ManageModels>()?, &after).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let path = format!("/w/{slug}/guardrails");
        let none = list.guardrails.is_empty();
        let first = (!after.is_empty()).then(|| path.clone());
        let more = list.next.map(|after| format!("{path}{}", query_string(&[("after", &after)])));
        let shown = format!("{} guardrails on this page", list.guardrails.len());
        let rows = list.guardrails.into_iter().map(|guardrail| view! { <Row path=path.clone() guardrail /> });
        let rows = rows.collect_view().into_any();
        let add = view! { <AddLink path=path.clone() /> };
        Ok(view! {
            <Title text=format!("Guardrails · {} · Latchkey", at.workspace_name()) />
            <Frame place active="guardrails" said=here.flashed().notice()>
                <div class="page-head">
                    <div>
                        <h1>"Guardrails"</h1>
                        <p class="page-lead">"Rules on what the keys under them send to models, and on what comes back."</p>
                    </div>
                    {(!none).then(|| view! { <div class="page-actions">{add}</div> })}
                </div>
                {if none {
                    view! { <NoGuardrails path /> }.into_any()
                } else {
                    view! {
                        <section class="panel" aria-label="Guardrails">
                            <Records columns=["Guardrail", "Rules", "Keys under it", "State"] rows />
                        </section>
                        <Pager label="Pages of guardrails" shown first more more_text="More guardrails" />
                    }
                    .into_any()
                }}
            </Frame>
        })
    })
}

#[component]
fn AddLink(path: String) -> impl IntoView {
    view! { <a class="btn btn-primary" href=format!("{path}/new")><Icon name="plus" />"Add guardrail"</a> }.into_any()
}

#[component]
fn NoGuardrails(path: String) -> impl IntoView {
    view! {
        <Empty icon="scan-text" title="No guardrails yet">
            <p>
                "A guardrail keeps what must not leave, such as e-mail addresses, card numbers and secrets, out of prompts and \
                 answers: it redacts them on the way, or refuses the request. A dry run only records."
            </p>
            <div class="empty-actions"><AddLink path /></div>
        </Empty>
    }
    .into_any()
}

#[component]
fn Row(path: String, guardrail: GuardrailView) -> impl IntoView {
    let href = format!("{path}/{}", guardrail.id);
    let (word, class) = state(guardrail.guardrail.dry_run);
    let rules = guardrail.guardrail.rules.len();
    let size = guardrail.guardrail.max_input.map(|_| ", maximum size");
    view! {
        <tr role="row">
            <td role="cell" class="records-main server-main">
                <p class="rows-title"><a class="link" href=href><bdi>{guardrail.name}</bdi></a></p>
                <p class="rows-text" dir="auto">{guardrail.description}</p>
            </td>
            <td role="cell"><span class="mono">{rules.to_string()}</span><span class="only-narrow">{rules_word(rules)}</span>{size}</td>
            <td role="cell"><span class="mono">{grouped(guardrail.keys)}</span><span class="only-narrow">" keys under it"</span></td>
            <td role="cell"><span class=class>{word}</span></td>
        </tr>
    }
    .into_any()
}

fn rules_word(count: usize) -> &'static str {
    if count == 1 { " rule" } else { " rules" }
}

/// Whether a guardrail acts or only records, as a badge.
pub fn state(dry_run: bool) -> (&'static str, &'static str) {
    if dry_run { ("Dry run", "badge badge-warning") } else { ("Enforced", "badge badge-success") }
}
