//! The guardrails of a workspace.

use crate::{
    components::{Empty, Enforcement, Frame, Icon, Listing, Place, Title, grouped},
    pages::load::{load, param},
    web::Here,
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
        let none = list.guardrails.is_empty() && after.is_empty();
        let rows =
            list.guardrails.into_iter().map(|guardrail| view! { <Row path=path.clone() guardrail /> }.into_any());
        let rows = rows.collect();
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
                        <Listing
                            of="guardrails"
                            label="Guardrails"
                            columns=["Guardrail", "Rules", "Keys under it", "State"]
                            rows
                            path
                            after
                            next=list.next
                        />
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
            <td role="cell"><Enforcement dry_run=guardrail.guardrail.dry_run /></td>
        </tr>
    }
    .into_any()
}

fn rules_word(count: usize) -> &'static str {
    if count == 1 { " rule" } else { " rules" }
}
