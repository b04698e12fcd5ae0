//! Who may use a server, on its page: every member, or chosen ones by e-mail.

use super::fields::OpenToField;
use crate::{
    components::{FormNotice, Pager, Post, TextField},
    web::{Flashed, query_string},
};
use leptos::prelude::*;
use server::servers::{ServerMember, ServerPageView};

/// The panel.
#[component]
pub fn MembersPanel(
    /// The server's page.
    page: ServerPageView,
    /// The hidden fields of its forms.
    fields: Vec<(&'static str, String)>,
    /// The path of the server's page.
    path: String,
    /// E-mails to suggest.
    emails: Vec<String>,
    /// What a refused form left.
    flashed: Flashed,
) -> impl IntoView {
    let (open, choose) = (flashed.of("open-server"), flashed.of("choose-for-server"));
    let everyone = page.server.everyone;
    let none = page.members.is_empty();
    let more = page.more_members.map(|after| format!("{path}{}#use", query_string(&[("members", &after)])));
    let shown = format!("{} members on this page", page.members.len());
    let rows = page.members.into_iter().map(|member| view! { <Row member fields=fields.clone() /> }).collect_view();
    let emails = emails.into_iter().map(|email| view! { <option value=email></option> }).collect_view();
    let kept = (everyone && !none).then(|| {
        view! { <p class="field-hint">"These were chosen, and count again once only chosen members may use it."</p> }
    });
    view! {
        <section class="panel" aria-labelledby="use">
            <div class="panel-head">
                <h2 id="use">"Who may use it"</h2>
                <p>"A key never reaches a server that its owner does not have."</p>
            </div>
            <Post action="/console/open_server" hidden=fields.clone()>
                <div class="panel-body">
                    <FormNotice flash=open.clone() />
                    <OpenToField everyone legend="Open to" flash=open />
                </div>
                <div class="panel-foot"><button class="btn">"Save who may use it"</button></div>
            </Post>
            {(!everyone || !none).then(|| view! {
                <Post action="/console/choose_for_server" hidden=fields>
                    <div class="panel-body">
                        <FormNotice flash=choose.clone() />
                        {kept}
                        <TextField
                            name="email"
                            label="Choose a member by e-mail"
                            kind="email"
                            list="member-emails"
                            optional=false
                            flash=choose
                        />
                        <datalist id="member-emails">{emails}</datalist>
                    </div>
                    <div class="panel-foot"><button class="btn">"Choose member"</button></div>
                </Post>
            })}
            {(!none).then(|| view! { <ul class="rows rows-below" role="list" aria-label="Chosen members">{rows}</ul> })}
        </section>
        <Pager label="Pages of chosen members" shown more more_text="More members" />
    }
    .into_any()
}

#[component]
fn Row(member: ServerMember, fields: Vec<(&'static str, String)>) -> impl IntoView {
    let mut hidden = fields;
    hidden.push(("user", member.id.to_string()));
    view! {
        <li>
            <div>
                <p class="rows-title"><bdi>{member.name.clone()}</bdi></p>
                <p class="rows-text">{member.email}</p>
            </div>
            <Post action="/console/unchoose_for_server" hidden>
                <button class="btn btn-small" aria-label=format!("Choose {} no more", member.name)>"Choose no more"</button>
            </Post>
        </li>
    }
    .into_any()
}
