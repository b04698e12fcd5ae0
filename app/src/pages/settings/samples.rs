//! Whether what is said in model calls is kept for a while: a form of its own, because it concerns every member, and going back
//! erases what is kept.

use crate::components::{CheckBox, Choices, ErrorText, FormNotice, Post, Select, error_of, grouped};
use domain::sample::{EXCERPT_MOST, Keep, SAMPLES_MOST, Sampling, Share};
use leptos::prelude::*;
use server::flash::Flash;

/// The form.
#[component]
pub fn SamplesPanel(
    /// The workspace's slug.
    slug: String,
    /// What holds now.
    samples: Option<Sampling>,
    /// How many samples are kept.
    kept: i64,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let typed = |name: &str| flash.typed.get(name).cloned();
    let share = samples.map_or("off", |sampling| sampling.share.word());
    let share = typed("samples").unwrap_or_else(|| share.to_owned());
    let keep = samples.map_or(Keep::Day, |sampling| sampling.keep).hours().to_string();
    let keep = typed("samples_keep").unwrap_or(keep);
    let hours = Keep::ALL.map(|keep| (keep.hours().to_string(), keep.text())).to_vec();
    let one_of = |share: Share| (share.word(), share.title(), share.meaning().to_owned());
    let mut choices = vec![("off", "Off", "Nothing of what is said is kept anywhere.".to_owned())];
    choices.extend([Share::Hundredth, Share::Tenth, Share::All].map(one_of));
    let wrong = error_of(&flash, "samples_keep");
    let erased = if kept == 1 { "1 kept sample".to_owned() } else { format!("{kept} kept samples") };
    view! {
        <section class="panel" aria-labelledby="samples-title">
            <div class="panel-head">
                <h2 id="samples-title">"Samples of model calls"</h2>
                <p>
                    {format!(
                        "Prompts and answers of members' calls, the first {} KiB of each, are kept sealed for that time; {} calls at \
                         most. Administrators of the workspace can read them from the logs; each reading is in the audit log. Members \
                         are told so where they see the logs and their keys.",
                        EXCERPT_MOST / 1024,
                        grouped(SAMPLES_MOST.into())
                    )}
                </p>
            </div>
            <Post action="/console/change_samples" hidden=vec![("workspace", slug)]>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <Choices name="samples" legend="Sampled calls" chosen=share flash=flash.clone() choices />
                    <div class="field">
                        <p class="field-label">"Kept for"</p>
                        <p class="field-hint">"A shorter time holds for samples that are there, too; a longer one does not."</p>
                        <Select
                            name="samples_keep"
                            label="Samples are kept for"
                            options=hours
                            chosen=keep
                            wrong=wrong.is_some()
                        />
                        <ErrorText name="samples_keep" error=wrong />
                    </div>
                    {(kept > 0).then(|| view! {
                        <CheckBox
                            name="confirm_erase_samples"
                            title=format!("Erase {erased}")
                            text="Needed to turn samples off, and for ever."
                            flash
                        />
                    })}
                </div>
                <div class="panel-foot"><button class="btn">"Save samples"</button></div>
            </Post>
        </section>
    }
    .into_any()
}
