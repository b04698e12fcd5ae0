//! Inviting somebody: the form, the link that is shown once, and the invites that are open.

use crate::components::{Ago, FormNotice, Icon, Post, RoleSelect, role_title};
use domain::{access::Role, time::Timestamp};
use leptos::prelude::*;
use server::{
    flash::{Flash, FreshInvite},
    invites::InviteView,
};

/// The panel.
#[component]
pub fn Invites(
    /// The workspace's slug.
    slug: String,
    /// The link that was just made.
    fresh: Option<FreshInvite>,
    /// The open invites.
    open: Vec<InviteView>,
    /// The refused form.
    flash: Flash,
    /// Now.
    now: Timestamp,
) -> impl IntoView {
    let none = open.is_empty();
    let fields = vec![("workspace", slug.clone())];
    let rows = open.into_iter().map(|invite| view! { <Row invite slug=slug.clone() now /> }).collect_view();
    view! {
        <section class="panel" aria-labelledby="invites">
            <div class="panel-head">
                <h2 id="invites">"Invite"</h2>
                <p>"A link for one person, open for seven days. Send it to them alone: whoever opens it joins."</p>
            </div>
            <div class="panel-body">
                {fresh.map(|fresh| view! { <Fresh link=fresh.link /> })}
                <Post action="/console/create_invite" class="invite-form" hidden=fields>
                    <FormNotice flash />
                    <div class="inline-form">
                        <RoleSelect label="Role of whoever joins" chosen=Role::Developer />
                        <button class="btn btn-primary">"Create invite link"</button>
                    </div>
                </Post>
            </div>
            {(!none).then(|| view! { <ul class="rows rows-below" role="list" aria-label="Open invites">{rows}</ul> })}
        </section>
    }
    .into_any()
}

#[component]
fn Fresh(link: String) -> impl IntoView {
    view! {
        <div>
            <p class="field-label">"Copy this link now. It is not shown again."</p>
            <code class="secret" id="invite-link" tabindex="0" aria-label="The invite link">{link}</code>
            <div class="secret-actions">
                <button type="button" class="btn needs-js" data-copy-from="invite-link">
                    <span class="swap"><Icon name="copy" /><Icon name="check" /></span>
                    <span class="swap"><span>"Copy"</span><span>"Copied"</span></span>
                </button>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Row(invite: InviteView, slug: String, now: Timestamp) -> impl IntoView {
    let (role, ends) = (role_title(invite.role), invite.expires_at);
    let fields = vec![("workspace", slug), ("invite", invite.id.to_string())];
    view! {
        <li>
            <div>
                <p class="rows-title">{role}</p>
                <p class="rows-text">
                    "by " <bdi>{invite.invited_by}</bdi> " · made " <Ago at=invite.created_at now /> " · ends "
                    <time datetime=ends.rfc3339() title=ends.human()>{ends.ahead(now)}</time>
                </p>
            </div>
            <Post action="/console/revoke_invite" hidden=fields>
                <button class="btn btn-small" aria-label=format!("Revoke the invite as {}", role.to_lowercase())>"Revoke"</button>
            </Post>
        </li>
    }
    .into_any()
}
