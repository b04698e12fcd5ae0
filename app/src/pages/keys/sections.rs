//! Both sections of a keys list, their pages, and the bar that takes what is selected. Called by the keys screen and by the
//! administrators' list.

use super::{
    query,
    row::{KeyRow, RowContext},
};
use crate::components::{Empty, Icon, Pager, count_text};
use leptos::{either::Either, prelude::*};
use server::{
    Count,
    keys::{BatchAction, KeyQuery, SectionView, StatusFilter},
};

/// The sections.
#[component]
pub fn Sections(
    /// The page's path.
    path: String,
    /// What is asked for.
    query: KeyQuery,
    /// The enabled one, and the other.
    sections: [SectionView; 2],
    /// What every row shares.
    context: RowContext,
) -> impl IntoView {
    let [enabled, disabled] = sections;
    let nothing = enabled.count == 0 && disabled.count == 0;
    let selectable = enabled.keys.iter().chain(&disabled.keys).any(|key| key.may_change);
    let more_enabled = enabled.next.clone().map(|after| KeyQuery { after: Some(after), ..query.clone() });
    let more_disabled = disabled.next.clone().map(|after| KeyQuery { after_disabled: Some(after), ..query.clone() });
    let back_enabled = query.after.is_some().then(|| KeyQuery { after: None, ..query.clone() });
    let back_disabled = query.after_disabled.is_some().then(|| KeyQuery { after_disabled: None, ..query.clone() });
    let others = if query.status == Some(StatusFilter::Deleted) { "Deleted" } else { "Disabled" };
    let everywhere = context.everywhere;
    let batch = format!("{path}/batch");
    let clear = path.clone();
    let link = move |to: Option<KeyQuery>| to.map(|to| format!("{path}{}", query::write(&to)));
    view! {
        <div id="results" aria-busy="false">
            {if nothing {
                Either::Left(view! {
                    <Empty icon="search-x" title="No key matches" small=true>
                        <p>"Nothing has all of that. Widen the search, or look at every key."</p>
                        <div class="empty-actions"><a class="btn" href=clear>"Clear filters"</a></div>
                    </Empty>
                })
            } else {
                Either::Right(view! {
                    <Section
                        id="enabled"
                        title="Enabled"
                        section=enabled
                        context=context.clone()
                        first=link(back_enabled)
                        more=link(more_enabled)
                    />
                    <Section
                        id="disabled"
                        title=others
                        section=disabled
                        context
                        first=link(back_disabled)
                        more=link(more_disabled)
                    />
                })
            }}
            {selectable.then(|| view! { <BatchBar action=batch everywhere /> })}
        </div>
    }
    .into_any()
}

#[component]
fn Section(
    id: &'static str,
    title: &'static str,
    section: SectionView,
    context: RowContext,
    first: Option<String>,
    more: Option<String>,
) -> impl IntoView {
    if section.count == 0 {
        return ().into_any();
    }
    let count = count_text(Count { count: section.count, more: section.count_is_floor });
    let shown = section.keys.len();
    let rows = section.keys.into_iter().map(|key| view! { <KeyRow key context=context.clone() /> }).collect_view();
    view! {
        <section class="section" aria-labelledby=id>
            <div class="section-head"><h2 id=id>{title}</h2><span class="count">{count}</span></div>
            <ul class="key-list" role="list">{rows}</ul>
            <Pager
                label=format!("Pages of {title}")
                shown=format!("{shown} keys on this page")
                first
                more
                more_text="More keys"
            />
        </section>
    }
    .into_any()
}

/// What can be done with the selected rows: shown by its style while any is selected, which it also counts, so that it
/// works without script. The choice is confirmed on a page of its own.
#[component]
fn BatchBar(action: String, everywhere: bool) -> impl IntoView {
    let buttons = BatchAction::ALL.into_iter().filter(|action| !(everywhere && *action == BatchAction::Enable));
    let buttons = buttons.map(|action| {
        let (icon, word, class) = match action {
            BatchAction::Disable => ("pause", "Disable", "btn btn-small"),
            BatchAction::Enable => ("play", "Enable", "btn btn-small"),
            BatchAction::Delete => ("trash-2", "Delete", "btn btn-small btn-danger-quiet"),
        };
        view! { <button class=class name="do" value=action.word()><Icon name=icon />{word}</button> }
    });
    view! {
        <form class="batch-bar" id="batch" method="get" action=action aria-label="Selected keys">
            <p class="batch-count"></p>
            {buttons.collect_view()}
            <button type="reset" class="btn btn-small btn-quiet">"Clear"</button>
        </form>
    }
    .into_any()
}
