//! Who is in the workspace, as what, with how many keys.

use super::invites::Invites;
use crate::{
    components::{
        Ago, Asked, Counted, Empty, FormNotice, Frame, Pager, Place, Post, Records, RoleSelect, Search, Title,
    },
    pages::load::{load, param},
    web::Here,
};
use domain::{access::Role, time::Timestamp};
use leptos::prelude::*;
use server::{
    auth::ManageMembers,
    flash::{FreshInvite, Slot},
    invites,
    workspaces::{self, MemberView},
};

/// What every row of the page shares.
#[derive(Clone)]
struct Context {
    workspace: String,
    /// Where its forms come back to.
    back: String,
    now: Timestamp,
}

/// The page.
#[component]
pub fn MembersPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let grant = at.clone().allow::<ManageMembers>()?;
        let asked = Asked::of(&here);
        let list = workspaces::members(&grant, &asked.search, &asked.after).await?;
        let open = invites::open(&grant).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flashed = here.flashed();
        let fresh = here
            .take::<FreshInvite>(Slot::Invite)
            .filter(|fresh| Some(&fresh.user) == caller.user_id() && fresh.workspace == slug);
        let path = format!("/w/{slug}/members");
        let context = Context { workspace: slug.clone(), back: asked.address(&path), now: here.now() };
        let (first, more) = (asked.first(&path), asked.next(&path, list.next));
        let name = at.workspace_name().to_owned();
        Ok(view! {
            <Title text=format!("Members · {name} · Latchkey") />
            <Frame place active="members" said=flashed.notice()>
                <div class="page-head">
                    <div>
                        <h1>"Members"</h1>
                        <p class="page-lead">
                            "Who is in " <bdi>{name}</bdi>
                            ". A viewer looks on, a developer makes and changes keys, an administrator also manages members and settings. A \
                             key never does more than its owner may."
                        </p>
                    </div>
                </div>
                <Invites slug fresh open flash=flashed.of("invite") now=context.now />
                <FormNotice flash=flashed.of_row("member") />
                <Search path asked hint="Search name or e-mail" />
                <div id="results" aria-busy="false"><Listing members=list.members context first more /></div>
            </Frame>
        })
    })
}

#[component]
fn Listing(members: Vec<MemberView>, context: Context, first: Option<String>, more: Option<String>) -> impl IntoView {
    if members.is_empty() {
        return view! {
            <Empty icon="search-x" title="No member matches" small=true><p>"Nobody here has that in name or e-mail."</p></Empty>
        }
        .into_any();
    }
    let shown = format!("{} members on this page", members.len());
    let rows = members.into_iter().map(|member| view! { <Row member context=context.clone() /> });
    let rows = rows.collect_view().into_any();
    view! {
        <section class="panel" aria-label="Members">
            <Records columns=["Member", "Role", "Keys that work", "Joined", "Membership"] rows />
        </section>
        <Pager label="Pages of members" shown first more more_text="More members" />
    }
    .into_any()
}

#[component]
fn Row(member: MemberView, context: Context) -> impl IntoView {
    let remove = format!("/w/{}/members/{}/remove", context.workspace, member.id);
    let fields = vec![("workspace", context.workspace), ("user", member.id.to_string()), ("back", context.back)];
    let read_only = member.role == Role::Viewer && member.keys.count > 0;
    let (words, label) = if member.own {
        ("Leave", "Leave the workspace".to_owned())
    } else {
        ("Remove", format!("Remove {}", member.name))
    };
    view! {
        <tr role="row">
            <td role="cell" class="records-main person">
                <p class="rows-title">
                    <bdi>{member.name.clone()}</bdi>
                    {member.own.then(|| view! { <span class="badge badge-accent">"You"</span> })}
                    {(!member.active).then(|| view! { <span class="badge badge-danger">"Deactivated"</span> })}
                </p>
                <p class="rows-text">{member.email}</p>
            </td>
            <td role="cell">
                <Post action="/console/change_role" class="inline-form" hidden=fields>
                    <RoleSelect label=format!("Role of {}", member.name) chosen=member.role />
                    <button class="btn btn-small" aria-label=format!("Save the role of {}", member.name)>"Save"</button>
                </Post>
            </td>
            <td role="cell">
                <Counted counted=member.keys one="key that works" many="keys that work" />
                {read_only.then(|| view! { <span class="muted">" read-only"</span> })}
            </td>
            <td role="cell" class="muted"><span class="only-narrow">"joined "</span><Ago at=member.joined_at now=context.now /></td>
            <td role="cell"><a class="btn btn-small btn-danger-quiet" href=remove aria-label=label>{words}</a></td>
        </tr>
    }
    .into_any()
}
