//! The firewall policies of a workspace.

use crate::{
    components::{Empty, Enforcement, Frame, Icon, Listing, Place, Title, grouped},
    pages::load::{load, param},
    web::Here,
};
use domain::mcp::Effect;
use leptos::prelude::*;
use server::{
    auth::{ManageServers, SeeServers},
    policies::{self, PolicyView},
};

/// The page.
#[component]
pub fn PoliciesPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let after = here.query("after");
        let list = policies::list(&at.clone().allow::<SeeServers>()?, &after).await?;
        let may_manage = at.reach::<ManageServers>().is_some();
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let path = format!("/w/{slug}/policies");
        let none = list.policies.is_empty() && after.is_empty();
        let rows = list.policies.into_iter().map(|policy| view! { <Row path=path.clone() policy /> }.into_any());
        let rows = rows.collect();
        let add = may_manage.then(|| view! { <AddLink path=path.clone() /> });
        Ok(view! {
            <Title text=format!("Policies · {} · Latchkey", at.workspace_name()) />
            <Frame place active="policies" said=here.flashed().notice()>
                <div class="page-head">
                    <div>
                        <h1>"Policies"</h1>
                        <p class="page-lead">"Firewall policies say which tools of which servers the keys under them may call."</p>
                    </div>
                    {(!none).then(|| view! { <div class="page-actions">{add}</div> })}
                </div>
                {if none {
                    view! { <NoPolicies path may_manage /> }.into_any()
                } else {
                    view! {
                        <Listing
                            of="policies"
                            label="Firewall policies"
                            columns=["Policy", "Everything else", "Keys under it", "State"]
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
    view! { <a class="btn btn-primary" href=format!("{path}/new")><Icon name="plus" />"Add policy"</a> }.into_any()
}

#[component]
fn NoPolicies(path: String, may_manage: bool) -> impl IntoView {
    view! {
        <Empty icon="shield-check" title="No policies yet">
            <p>
                "Without a policy a key calls every tool that its permission and its servers allow. A policy names tools by \
                 patterns, such as github/get_*, and allows or denies them; a dry run only records."
            </p>
            {if may_manage {
                view! { <div class="empty-actions"><AddLink path /></div> }.into_any()
            } else {
                view! { <p>"An administrator of the workspace adds them."</p> }.into_any()
            }}
        </Empty>
    }
    .into_any()
}

#[component]
fn Row(path: String, policy: PolicyView) -> impl IntoView {
    let href = format!("{path}/{}", policy.id);
    let count = policy.firewall.policy.rules.len();
    let rules = match count {
        0 => "no rules".to_owned(),
        1 => "1 rule".to_owned(),
        _ => format!("{count} rules"),
    };
    let default = match policy.firewall.policy.default {
        Effect::Allow => "allowed",
        Effect::Deny => "denied",
    };
    view! {
        <tr role="row">
            <td role="cell" class="records-main server-main">
                <p class="rows-title"><a class="link" href=href><bdi>{policy.name}</bdi></a></p>
                <p class="rows-text">{rules}</p>
            </td>
            <td role="cell"><span class="only-narrow">"Everything else: "</span>{default}</td>
            <td role="cell"><span class="mono">{grouped(policy.keys)}</span><span class="only-narrow">" keys under it"</span></td>
            <td role="cell"><Enforcement dry_run=policy.firewall.dry_run /></td>
        </tr>
    }
    .into_any()
}
