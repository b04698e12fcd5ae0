//! A server's tools on its page: what the server says of each, how it stands towards keys, and the marks that go before the
//! server's word. Also the test of its connection, which asks for them.

use crate::{
    components::{Ago, Empty, FormNotice, Icon, Pager, Post, Records, Select, grouped},
    web::{Flashed, query_string},
};
use domain::{
    mcp::{Mark, Standing},
    time::Timestamp,
};
use leptos::prelude::*;
use server::servers::{ServerPageView, ToolView};

/// Tools that a page shows at once.
const PAGE: usize = 50;

/// The panel.
#[component]
pub fn ToolsPanel(
    /// The server's page.
    page: ServerPageView,
    /// The hidden fields of its forms.
    fields: Vec<(&'static str, String)>,
    /// The path of the server's page.
    path: String,
    /// The number of the first tool to show, as the URL has it.
    from: String,
    /// The caller may mark tools and test the connection.
    may_manage: bool,
    /// What a refused form left.
    flashed: Flashed,
    /// Now.
    now: Timestamp,
) -> impl IntoView {
    let count = page.tools.len();
    let from = from.parse::<usize>().unwrap_or_default();
    let from = if from < count { from } else { 0 };
    let at = |n: usize| format!("{path}{}#tools", query_string(&[("tools", &n.to_string())]));
    let first = (from > 0).then(|| format!("{path}#tools"));
    let more = (from + PAGE < count).then(|| at(from + PAGE));
    let back = if from > 0 { format!("{path}?tools={from}") } else { path.clone() };
    let asked = page.asked_at.map(|at| view! { "As the server listed them " <Ago at now /> ". " });
    let rows = page.tools.into_iter().skip(from).take(PAGE).map(|tool| {
        view! { <Row tool fields=fields.clone() back=back.clone() may_manage /> }
    });
    let rows = rows.collect_view().into_any();
    let shown = format!("{} of {} tools on this page", grouped(PAGE.min(count - from).try_into().unwrap_or(0)), count);
    let test = may_manage.then(|| {
        view! {
            <Post action="/console/ask_server" hidden=fields.clone()>
                <button class="btn"><Icon name="refresh-cw" />"Test connection"</button>
            </Post>
        }
    });
    view! {
        <section class="panel" aria-labelledby="tools">
            <div class="panel-head panel-head-row">
                <div>
                    <h2 id="tools">"Tools"</h2>
                    <p class="muted">{asked} "Read-only keys see and call those that only read."</p>
                </div>
                {test}
            </div>
            <div class="panel-notices">
                <FormNotice flash=flashed.of("ask-server") />
                <FormNotice flash=flashed.of_row("mark-tool") />
            </div>
            {if count == 0 {
                view! { <div class="panel-body"><NoTools asked=page.asked_at.is_some() may_manage /></div> }.into_any()
            } else if may_manage {
                view! { <Records columns=["Tool", "The server says", "Towards keys", "You say"] rows /> }.into_any()
            } else {
                view! { <Records columns=["Tool", "The server says", "Towards keys"] rows /> }.into_any()
            }}
        </section>
        <Pager label="Pages of tools" shown first more more_text="More tools" />
    }
    .into_any()
}

#[component]
fn NoTools(asked: bool, may_manage: bool) -> impl IntoView {
    let (title, text) = match (asked, may_manage) {
        (true, _) => ("It lists no tools", "The server answers, and has no tool at the moment."),
        (false, true) => {
            ("Not tested yet", "Test the connection: the server is asked for its tools, with its credential.")
        }
        (false, false) => ("Not tested yet", "Its tools stand here once an administrator has tested the connection."),
    };
    view! { <Empty icon="server" title small=true><p>{text}</p></Empty> }.into_any()
}

#[component]
fn Row(tool: ToolView, fields: Vec<(&'static str, String)>, back: String, may_manage: bool) -> impl IntoView {
    let says = match (tool.missing, tool.hint) {
        (true, _) => "not listed any more",
        (_, Some(true)) => "only reads",
        (_, Some(false)) => "changes something",
        (_, None) => "nothing",
    };
    let (word, class) = match tool.standing {
        Standing::Reads => ("Read-only", "badge badge-success"),
        Standing::Changes => ("Read-write keys", "badge"),
        Standing::Hidden => ("Hidden", "badge badge-warning"),
    };
    let name = tool.name.clone();
    let form = may_manage.then(|| {
        let mut hidden = fields;
        hidden.extend([("tool", name.clone()), ("back", back)]);
        let chosen = tool.mark.map_or("", Mark::word).to_owned();
        view! {
            <td role="cell">
                <Post action="/console/mark_tool" class="inline-form tool-mark" hidden>
                    <Select name="mark" label=format!("How {name} stands") options=marks() chosen />
                    <button class="btn btn-small" aria-label=format!("Save for {name}")>"Save"</button>
                </Post>
            </td>
        }
    });
    view! {
        <tr role="row">
            <td role="cell" class="records-main tool-main">
                <p class="rows-title mono"><bdi>{tool.name.clone()}</bdi></p>
                {tool.title.map(|title| view! { <p class="rows-text" dir="auto">{title}</p> })}
                {(!tool.description.is_empty()).then(|| view! {
                    <p class="rows-text tool-text" dir="auto" title=tool.description.clone()>{tool.description.clone()}</p>
                })}
            </td>
            <td role="cell" class="muted"><span class="only-narrow">"The server says: "</span>{says}</td>
            <td role="cell"><span class=class>{word}</span></td>
            {form}
        </tr>
    }
    .into_any()
}

fn marks() -> Vec<(String, String)> {
    let mark = |mark: Mark, words: &str| (mark.word().to_owned(), words.to_owned());
    vec![
        (String::new(), "As it says".to_owned()),
        mark(Mark::ReadOnly, "It only reads"),
        mark(Mark::Changes, "It changes things"),
        mark(Mark::Hidden, "Hidden from keys"),
    ]
}
