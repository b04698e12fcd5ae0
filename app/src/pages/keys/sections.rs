//! Both sections of a keys list, their pages, and the bar that takes what is selected. Called by the keys screen and by the
//! administrators' list.

use super::{
    query,
    row::{KeyRow, RowContext},
};
use crate::components::{Empty, Icon};
use leptos::{either::Either, prelude::*};
use server::keys::{BatchAction, KeyQuery, SectionView, StatusFilter};

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
    let count = if section.count_is_floor { format!("{}+", grouped(section.count)) } else { grouped(section.count) };
    let shown = section.keys.len();
    let rows = section.keys.into_iter().map(|key| view! { <KeyRow key context=context.clone() /> }).collect_view();
    let paged = first.is_some() || more.is_some();
    view! {
        <section class="section" aria-labelledby=id>
            <div class="section-head"><h2 id=id>{title}</h2><span class="count">{count}</span></div>
            <ul class="key-list" role="list">{rows}</ul>
            {paged.then(|| view! {
                <nav class="pagination" aria-label=format!("Pages of {title}")>
                    <span>{shown} " keys on this page"</span>
                    <div class="pagination-links">
                        {first.map(|href| view! { <a class="btn btn-small" href=href><Icon name="chevron-left" />"First page"</a> })}
                        {more.map(|href| view! { <a class="btn btn-small" href=href>"More keys"<Icon name="chevron-right" /></a> })}
                    </div>
                </nav>
            })}
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

/// A count as people read it: `10,000`.
fn grouped(count: i64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|chunk| str::from_utf8(chunk).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn counts() {
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (10_000, "10,000")] {
            assert_eq!(grouped(count), text);
        }
    }
}
