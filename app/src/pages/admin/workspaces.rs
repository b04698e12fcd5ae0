//! Every workspace of the installation.

use crate::{
    components::{AdminTabs, Ago, Asked, Counted, Empty, Frame, Icon, Pager, Place, Records, Search, Title},
    pages::load::load,
    web::Here,
};
use domain::{time::Timestamp, workspace::Plan};
use leptos::prelude::*;
use server::workspaces::{self, WorkspaceCounts};

const PATH: &str = "/admin/workspaces";

/// The page.
#[component]
pub fn WorkspacesPage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let grant = caller.instance()?;
        let asked = Asked::of(&here);
        let (list, next) = workspaces::page(&grant, &asked.search, &asked.after).await?;
        let place = Place::find(&here, &caller, None).await?;
        let flashed = here.flashed();
        let (first, more) = (asked.first(PATH), asked.next(PATH, next));
        Ok(view! {
            <Title text="Workspaces · Administration · Latchkey" />
            <Frame place active="admin" said=flashed.notice()>
                <div class="page-head">
                    <div><h1>"Workspaces"</h1><p class="page-lead">"Each has its own members, keys and settings."</p></div>
                    <div class="page-actions">
                        <a class="btn btn-primary" href="/admin/workspaces/new"><Icon name="plus" />"Create workspace"</a>
                    </div>
                </div>
                <AdminTabs active=PATH />
                <Search path=PATH.to_owned() asked hint="Search name or slug" />
                <div id="results" aria-busy="false"><Listing list first more now=here.now() /></div>
            </Frame>
        })
    })
}

#[component]
fn Listing(list: Vec<WorkspaceCounts>, first: Option<String>, more: Option<String>, now: Timestamp) -> impl IntoView {
    if list.is_empty() {
        return view! {
            <Empty icon="search-x" title="No workspace matches" small=true><p>"None has that in name or slug."</p></Empty>
        }
        .into_any();
    }
    let shown = format!("{} workspaces on this page", list.len());
    let rows = list.into_iter().map(|row| view! { <Row row now /> }).collect_view().into_any();
    view! {
        <section class="panel" aria-label="Workspaces">
            <Records columns=["Workspace", "Plan", "Members", "Keys that work", "Created"] rows />
        </section>
        <Pager label="Pages of workspaces" shown first more more_text="More workspaces" />
    }
    .into_any()
}

#[component]
fn Row(row: WorkspaceCounts, now: Timestamp) -> impl IntoView {
    let WorkspaceCounts { workspace, members, keys } = row;
    let class = if workspace.plan == Plan::Pro { "badge badge-success" } else { "badge" };
    let path = format!("/w/{}", workspace.slug);
    view! {
        <tr role="row">
            <td role="cell" class="records-main person">
                <p class="rows-title"><a class="link" href=format!("{path}/keys")><bdi>{workspace.name}</bdi></a></p>
                <p class="rows-text mono">{path.clone()}</p>
            </td>
            <td role="cell"><span class=class>{workspace.plan.title()}</span></td>
            <td role="cell">
                <a class="link" href=format!("{path}/members")>
                    <Counted counted=members one="member" many="members" />
                </a>
            </td>
            <td role="cell">
                <a class="link" href=format!("/admin/keys?workspace={}", workspace.slug)>
                    <Counted counted=keys one="key that works" many="keys that work" />
                </a>
            </td>
            <td role="cell" class="muted"><span class="only-narrow">"created "</span><Ago at=workspace.created_at now /></td>
        </tr>
    }
    .into_any()
}
