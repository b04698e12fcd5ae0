//! Everybody who may sign in, and who administers the installation.

use crate::{
    components::{AdminTabs, Asked, Counted, Empty, FormNotice, Frame, Pager, Place, Post, Records, Search, Title},
    pages::load::load,
    web::Here,
};
use leptos::prelude::*;
use server::users::{self, UserCounts};

const PATH: &str = "/admin/users";

/// The page.
#[component]
pub fn UsersPage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let grant = caller.instance()?;
        let asked = Asked::of(&here);
        let (list, next) = users::page(&grant, &asked.search, &asked.after).await?;
        let place = Place::find(&here, &caller, None).await?;
        let flashed = here.flashed();
        let back = asked.address(PATH);
        let (first, more) = (asked.first(PATH), asked.next(PATH, next));
        Ok(view! {
            <Title text="Users · Administration · Latchkey" />
            <Frame place active="admin" said=flashed.notice()>
                <div class="page-head">
                    <div>
                        <h1>"Users"</h1>
                        <p class="page-lead">
                            "Everybody of this installation. New people come by an invite to a workspace, from its members page."
                        </p>
                    </div>
                </div>
                <AdminTabs active=PATH />
                <FormNotice flash=flashed.of("user") />
                <Search path=PATH.to_owned() asked hint="Search name or e-mail" />
                <div id="results" aria-busy="false"><Listing list back first more /></div>
            </Frame>
        })
    })
}

#[component]
fn Listing(list: Vec<UserCounts>, back: String, first: Option<String>, more: Option<String>) -> impl IntoView {
    if list.is_empty() {
        return view! {
            <Empty icon="search-x" title="No user matches" small=true><p>"Nobody has that in name or e-mail."</p></Empty>
        }
        .into_any();
    }
    let shown = format!("{} users on this page", list.len());
    let rows = list.into_iter().map(|row| view! { <Row row back=back.clone() /> }).collect_view().into_any();
    view! {
        <section class="panel" aria-label="Users">
            <Records columns=["User", "Workspaces", "Keys that work", "Administration", "Access"] rows />
        </section>
        <Pager label="Pages of users" shown first more more_text="More users" />
    }
    .into_any()
}

#[component]
fn Row(row: UserCounts, back: String) -> impl IntoView {
    let UserCounts { user, workspaces, keys, own } = row;
    let fields = vec![("user", user.id.to_string()), ("back", back)];
    let (promote, words) = if user.instance_admin {
        ("/console/demote_user", "Make ordinary user")
    } else {
        ("/console/promote_user", "Make administrator")
    };
    let activate = format!("Activate {}", user.name);
    let access = if user.active {
        let href = format!("{PATH}/{}/deactivate", user.id);
        view! {
            <a class="btn btn-small btn-danger-quiet" href=href aria-label=format!("Deactivate {}", user.name)>"Deactivate"</a>
        }
        .into_any()
    } else {
        view! {
            <Post action="/console/activate_user" hidden=fields.clone()>
                <button class="btn btn-small" aria-label=activate>"Activate"</button>
            </Post>
        }
        .into_any()
    };
    let promote_label = format!("{words}: {}", user.name);
    view! {
        <tr role="row">
            <td role="cell" class="records-main person">
                <p class="rows-title">
                    <a class="link" href=format!("{PATH}/{}", user.id)><bdi>{user.name.clone()}</bdi></a>
                    {own.then(|| view! { <span class="badge badge-accent">"You"</span> })}
                    {user.instance_admin.then(|| view! { <span class="badge badge-accent">"Administrator"</span> })}
                    {(!user.active).then(|| view! { <span class="badge badge-danger">"Deactivated"</span> })}
                </p>
                <p class="rows-text">{user.email}</p>
            </td>
            <td role="cell"><Counted counted=workspaces one="workspace" many="workspaces" /></td>
            <td role="cell">
                <a class="link" href=format!("/admin/keys?owner={}", user.id)>
                    <Counted counted=keys one="key that works" many="keys that work" />
                </a>
            </td>
            <td role="cell">
                <Post action=promote hidden=fields>
                    <button class="btn btn-small" aria-label=promote_label>{words}</button>
                </Post>
            </td>
            <td role="cell">{access}</td>
        </tr>
    }
    .into_any()
}
