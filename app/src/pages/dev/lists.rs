//! What is listed and counted: records, pages, search, rows of keys, charts and usage.

use super::{Subject, sample};
use crate::{
    components::{
        Ago, Asked, ChartBar, ChartKey, Counted, Enforcement, Expires, Exports, Filter, FilterChoice, FilterForm,
        Listing, Measure, Pager, Records, Search, Segments, UsageChart, role_title,
    },
    pages::{
        keys::{RowContext, Sections},
        usage::{Figure, GroupTable},
    },
};
use domain::{
    access::Role,
    time::{DAY, HOUR, Timestamp},
};
use leptos::prelude::*;
use server::{
    Count,
    keys::{KeyQuery, SectionView},
    usage::UsageOrder,
};

const PATH: &str = "/dev/components";

/// A table of records with its search, and the links of a long one.
#[component]
pub fn Tables(now: Timestamp) -> impl IntoView {
    let rows = [(Role::Viewer, 0, 30 * DAY), (Role::Developer, 1, 2 * HOUR), (Role::Admin, 12_000, 0)];
    let rows = rows.map(|(role, count, age)| {
        let counted = Count { count, more: role == Role::Admin };
        view! {
            <tr role="row">
                <td role="cell" class="records-main">{role_title(role)}</td>
                <td role="cell"><Counted counted one="key" many="keys" /></td>
                <td role="cell" class="muted"><Ago at=now.plus(-age) now word="used" /></td>
            </tr>
        }
    });
    let rows = rows.collect_view().into_any();
    let by_page = [false, true].map(|dry_run| {
        view! { <tr role="row"><td role="cell" class="records-main">"A policy"</td><td role="cell"><Enforcement dry_run /></td></tr> }
            .into_any()
    });
    let by_page = by_page.into();
    let known = vec!["mina@example.com".into()];
    let ends = sample::keys(now).into_iter().flatten().map(move |key| view! { <p><Expires key now /></p> });
    view! {
        <FilterForm label="Filters" action=PATH.into() clear=Some(PATH.into())>
            <Filter name="filter" label="Filter" kind="search" value="mina".into() placeholder="E-mail" known=known error=None />
            <FilterChoice name="choice_filter" label="Choice" options=vec![(String::new(), "Any role".into())] chosen=String::new() />
            <Filter
                name="wrong_filter"
                label="Filter, refused"
                kind="date"
                value="yesterday".into()
                error=Some("This is not a day. Write it like 2026-08-03.".into())
            />
        </FilterForm>
        <div class="sample-row"><Exports path=PATH.into() asked=String::new() /></div>
        <Search path=PATH.to_owned() asked=Asked { search: "mina".into(), ..Asked::default() } hint="Search name or e-mail" />
        <Subject id="records" title="Records" text="A table that becomes cards on narrow screens.">
            <Records columns=["Role", "Keys", "When"] rows />
        </Subject>
        <Pager label="Pages of records" shown="3 records on this page" first=Some(PATH.into()) more=Some(PATH.into()) more_text="More records" />
        <Pager label="The last page" shown="3 records on this page" first=Some(PATH.into()) more=None more_text="More records" />
        <Listing of="policies" label="Records by page" columns=["Policy", "State"] rows=by_page path=PATH.into() after="a".into() next=Some("b".into()) />
        <Listing of="records" label="No records" columns=["Role"] rows=Vec::new() path=PATH.into() after="z".into() next=None />
        <Subject id="ends" title="Ends" text="When a key ends: amber at seven days, red at one.">{ends.collect_view()}</Subject>
    }
    .into_any()
}

/// The keys list: every status, every warning, the row's menu, and the bar of what is selected.
#[component]
pub fn Keys(now: Timestamp) -> impl IntoView {
    let sections = sample::keys(now).map(|keys| SectionView {
        count: i64::try_from(keys.len()).unwrap_or(i64::MAX),
        count_is_floor: false,
        next: Some("later".into()),
        keys,
    });
    let context = RowContext { everywhere: true, back: PATH.into(), now };
    view! { <Sections path="/admin/keys".into() query=KeyQuery::default() sections context /> }.into_any()
}

/// The charts with their keys, the views of one, figures and shares.
#[component]
pub fn Numbers() -> impl IntoView {
    let bars: Vec<ChartBar> = (1..=24_i64)
        .map(|hour| ChartBar {
            label: format!("3 Aug 2026, {hour}:00"),
            short: format!("{hour}:00"),
            parts: [hour * hour * 7 % 311, if hour % 5 == 0 { hour * 3 } else { 0 }],
        })
        .collect();
    let sum = |part: usize| bars.iter().map(|bar| bar.parts[part]).sum::<i64>();
    let sums = [sum(0), sum(1)];
    let tokens = bars.clone();
    let links = vec![(format!("{PATH}#chart"), "24 hours", true), (format!("{PATH}#chart"), "7 days", false)];
    view! {
        <Subject id="chart" title="Chart" text="Accepted below, refused above it and hatched.">
            <Segments label="Range" links />
            <ChartKey sums />
            <UsageChart title="Requests within 24 hours".into() bars />
        </Subject>
        <Subject id="plain-chart" title="Chart of tokens" text="Nothing in it is anybody's fault, so nothing is red.">
            <ChartKey sums measure=Measure::Tokens />
            <UsageChart title="Tokens within 24 hours".into() bars=tokens measure=Measure::Tokens id="tokens" />
        </Subject>
        <dl class="figures">
            <Figure name="Requests" now=1_120 before=1_000 days=30 />
            <Figure name="Refused" now=7 before=0 days=1 />
            <Figure name="Tokens" measure=Measure::Tokens now=1_234_567 before=1_234_567 days=30 about=true />
            <Figure name="Spend" measure=Measure::Spend now=12_500_000 before=25_000_000 days=30 about=true />
        </dl>
        <GroupTable
            id="groups"
            title="By key"
            text="With their shares."
            head="Key"
            rows=sample::groups()
            all=sample::used(100)
            order=UsageOrder::Requests
        />
    }
    .into_any()
}
