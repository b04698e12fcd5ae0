//! Whether a workspace keeps the secrets of its keys: a form of its own, because going back erases them.

use crate::components::{CheckBox, Choices, FormNotice, Post};
use domain::workspace::Reveal;
use leptos::prelude::*;
use server::flash::Flash;

/// The form.
#[component]
pub fn RevealPanel(
    /// The workspace's slug.
    slug: String,
    /// What holds now.
    reveal: Reveal,
    /// How many secrets are kept.
    kept: i64,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let chosen = flash.typed.get("reveal").cloned().unwrap_or_else(|| reveal.word().to_owned());
    let keys = if kept == 1 { "1 key".to_owned() } else { format!("{kept} keys") };
    view! {
        <section class="panel" aria-labelledby="secrets">
            <div class="panel-head"><h2 id="secrets">"Secrets"</h2></div>
            <Post action="/console/change_reveal" hidden=vec![("workspace", slug)]>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <Choices
                        name="reveal"
                        legend="A key's secret"
                        chosen
                        flash=flash.clone()
                        choices=vec![
                            ("once", "Shown once", "When its key is created. Only a fingerprint is kept.".to_owned()),
                            (
                                "recoverable",
                                "Kept sealed",
                                "Developers see it again, each time with a line in the audit log. Keys that exist are not \
                                 affected: what was not kept can't be shown."
                                    .to_owned(),
                            ),
                        ]
                    />
                    {(kept > 0).then(|| view! {
                        <CheckBox
                            name="confirm_erase"
                            title=format!("Erase the kept secrets of {keys}")
                            text="Needed to go back to “shown once”, and for ever. The keys themselves go on working."
                            flash
                        />
                    })}
                </div>
                <div class="panel-foot"><button class="btn">"Save"</button></div>
            </Post>
        </section>
    }
    .into_any()
}
