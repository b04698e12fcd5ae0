//! What a policy does to today's tools: the blocked ones first, each with the rule that decides.

use crate::components::{Empty, Notice, Records, grouped};
use domain::mcp::Effect;
use leptos::prelude::*;
use server::policies::{Preview, Previewed};

/// The panel.
#[component]
pub fn PreviewPanel(
    /// What it would do.
    preview: Preview,
    /// The rules are not saved.
    unsaved: bool,
) -> impl IntoView {
    let Preview { tools, unknown, cut } = preview;
    let total = tools.len();
    let (blocked, allowed): (Vec<_>, Vec<_>) = tools.into_iter().partition(|tool| tool.effect == Effect::Deny);
    let lead = sentence(blocked.len(), total, cut);
    let rows = blocked.into_iter().chain(allowed).map(|tool| view! { <Row tool /> });
    let rows = rows.collect_view().into_any();
    let unknown = (!unknown.is_empty()).then(|| {
        let text = format!(
            "Not tested yet, so nobody knows their tools: {}. Rules hold for them all the same.",
            unknown.join(", ")
        );
        view! { <div class="panel-notices"><Notice tone="warning" icon="triangle-alert"><p>{text}</p></Notice></div> }
    });
    view! {
        <section class="panel" aria-labelledby="preview">
            <div class="panel-head">
                <div class="page-title">
                    <h2 id="preview">"Today's tools"</h2>
                    {unsaved.then(|| view! { <span class="badge badge-warning">"Not saved"</span> })}
                </div>
                <p>{lead}</p>
            </div>
            {unknown}
            {if total == 0 {
                view! {
                    <div class="panel-body">
                        <Empty icon="server" title="No tools are known" small=true>
                            <p>"Tools stand here once a server was tested on its page."</p>
                        </Empty>
                    </div>
                }
                .into_any()
            } else {
                view! { <Records columns=["Tool", "A call is", "By"] rows /> }.into_any()
            }}
        </section>
    }
    .into_any()
}

fn sentence(blocked: usize, total: usize, cut: bool) -> String {
    let count = |n: usize| grouped(i64::try_from(n).unwrap_or(i64::MAX));
    let of = if cut { format!("the first {} tools", count(total)) } else { format!("{} tools", count(total)) };
    match (blocked, total) {
        (_, 0) => "What a key under it could call, as the servers listed it.".into(),
        (0, _) => format!("It blocks none of {of}."),
        (all, total) if all == total => format!("It blocks all of {of}."),
        (some, _) => format!("It blocks {} of {of}.", count(some)),
    }
}

#[component]
fn Row(tool: Previewed) -> impl IntoView {
    let (word, class) = match tool.effect {
        Effect::Deny => ("Blocked", "badge badge-danger"),
        Effect::Allow => ("Allowed", "badge badge-success"),
    };
    let by = tool.rule.map_or_else(|| "no rule names it".to_owned(), |rule| format!("rule {rule}"));
    view! {
        <tr role="row">
            <td role="cell" class="records-main tool-main mono"><bdi>{tool.server}</bdi> "/" <bdi>{tool.tool}</bdi></td>
            <td role="cell"><span class=class>{word}</span></td>
            <td role="cell" class="muted">{by}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn what_it_blocks() {
        assert_eq!(sentence(2, 12, false), "It blocks 2 of 12 tools.");
        assert_eq!(sentence(0, 12, false), "It blocks none of 12 tools.");
        assert_eq!(sentence(12, 12, false), "It blocks all of 12 tools.");
        assert_eq!(sentence(3, 500, true), "It blocks 3 of the first 500 tools.");
        assert!(sentence(0, 0, false).starts_with("What a key"));
    }
}
