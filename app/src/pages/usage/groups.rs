//! The tables of the usage page: by key, environment, model and member, the greatest first, each with its share.

use super::At;
use crate::components::{Measure, Records};
use leptos::prelude::*;
use server::usage::{Breakdown, UsageGroup, UsageOrder, UsageQuery, UsageSum, UsageView};

/// One row.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is called; nothing where there is no name.
    pub name: String,
    /// What it is without a name: `No model`.
    pub nameless: String,
    /// Where the name leads: to itself alone.
    pub href: Option<String>,
    /// More of it in small: its id with its own page, and whose it is.
    pub more: Option<(String, String, String)>,
    /// It is a deleted key.
    pub deleted: bool,
    /// What its requests came to.
    pub sum: UsageSum,
}

/// All four.
#[component]
pub fn Tables(at: At, view: UsageView) -> impl IntoView {
    let UsageView { sum, keys, environments, models, members, .. } = view;
    let order = at.query.order();
    let of = |group: UsageGroup, nameless: &str, choose: fn(&mut UsageQuery, String)| {
        let href = at.link(|query| choose(query, group.id.clone()));
        let named = !group.id.is_empty();
        Group {
            name: group.name,
            nameless: nameless.into(),
            href: named.then_some(href),
            more: None,
            deleted: group.deleted,
            sum: group.sum,
        }
    };
    let key = |group: UsageGroup| {
        let more = (group.id.clone(), format!("{}/{}", at.keys, group.id), group.owner.clone());
        Group { more: Some(more), ..of(group, "No name", |query, id| query.key = id) }
    };
    let environment = |group| of(group, "No environment", |query, label| query.environment = label);
    let model = |group| of(group, "No model", |query, name| query.model = name);
    let member = |group| of(group, "No name", |query, id| query.member = id);
    view! {
        <GroupTable id="by-key" title="By key" head="Key" rows=rows(keys, key) all=sum order />
        <GroupTable id="by-environment" title="By environment" head="Environment" rows=rows(environments, environment) all=sum order />
        <GroupTable
            id="by-model"
            title="By model"
            text="What went to no model, and what was refused before its model was looked for, is without one."
            head="Model"
            rows=rows(models, model)
            all=sum
            order
        />
        <GroupTable id="by-member" title="By member" text="A request counts for whoever has its key now." head="Member" rows=rows(members, member) all=sum order />
    }
    .into_any()
}

/// The rows, and one for what is beyond them.
fn rows(kind: Breakdown, row: impl Fn(UsageGroup) -> Group) -> Vec<Group> {
    let Breakdown { groups, others, rest } = kind;
    let mut rows: Vec<Group> = groups.into_iter().map(row).collect();
    if others > 0 {
        let nameless = format!("{} others", Measure::Requests.number(others));
        rows.push(Group { name: String::new(), nameless, href: None, more: None, deleted: false, sum: rest });
    }
    rows
}

/// One table.
#[component]
pub fn GroupTable(
    /// The id of its heading.
    id: &'static str,
    /// Its heading.
    title: &'static str,
    /// A sentence under it.
    #[prop(optional)]
    text: Option<&'static str>,
    /// What a row is.
    head: &'static str,
    /// The rows.
    rows: Vec<Group>,
    /// What all of them came to.
    all: UsageSum,
    /// What the share is of.
    order: UsageOrder,
) -> impl IntoView {
    let share = match order {
        UsageOrder::Requests => "Share of requests",
        UsageOrder::Tokens => "Share of tokens",
        UsageOrder::Spend => "Share of spend",
    };
    let rows = rows.into_iter().map(|group| view! { <Row group all order /> }).collect_view().into_any();
    view! {
        <section class="panel usage-groups" aria-labelledby=id>
            <div class="panel-head">
                <h2 id=id>{title}</h2>
                {text.map(|text| view! { <p>{text}</p> })}
            </div>
            <Records columns=[head, "Requests", "Refused", "Tokens", "Spend", share] rows />
        </section>
    }
    .into_any()
}

#[component]
fn Row(group: Group, all: UsageSum, order: UsageOrder) -> impl IntoView {
    let Group { name, nameless, href, more, deleted, sum } = group;
    let title = match href {
        Some(href) => view! { <a class="link" href=href><bdi>{name}</bdi></a> }.into_any(),
        None => view! { <span class="muted">{nameless}</span> }.into_any(),
    };
    let more = more.map(|(id, href, owner)| {
        view! { <p class="rows-text"><a class="link mono" href=href>{id}</a> " · " <bdi>{owner}</bdi></p> }
    });
    let thousandths = share(order.of(&sum), order.of(&all));
    let about = (sum.estimated > 0).then_some("about ");
    let number = |measure: Measure, count: i64, word: &'static str| {
        let about = about.filter(|_| measure != Measure::Requests && count > 0);
        view! {
            <td role="cell" class="num">
                {about} <span class="mono">{measure.number(count)}</span> <span class="only-narrow">" "{word}</span>
            </td>
        }
    };
    view! {
        <tr role="row">
            <td role="cell" class="records-main usage-name">
                <p class="rows-title">{title} {deleted.then(|| view! { <span class="badge">"Deleted"</span> })}</p>
                {more}
            </td>
            {number(Measure::Requests, sum.requests(), "requests")}
            {number(Measure::Requests, sum.refused, "refused")}
            {number(Measure::Tokens, sum.tokens(), "tokens")}
            {number(Measure::Spend, sum.cost, "spent")}
            <td role="cell" class="usage-share">
                <progress class="spend-bar" max="1000" value=thousandths aria-hidden="true"></progress>
                <span class="mono">{percent(thousandths, order.of(&sum))}</span>
            </td>
        </tr>
    }
    .into_any()
}

/// The thousandths that a part is of all, at most all of it.
fn share(part: i64, all: i64) -> i64 {
    let thousandths = i128::from(part.max(0)) * 1_000 / i128::from(all.max(1));
    i64::try_from(thousandths.min(1_000)).unwrap_or(1_000)
}

/// The share in words: what is there at all is never nothing.
fn percent(thousandths: i64, part: i64) -> String {
    match thousandths {
        0 if part == 0 => "0%".into(),
        ..10 => "<1%".into(),
        _ => format!("{}%", thousandths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all() {
        for (part, all, thousandths) in [
            (0, 0, 0),
            (0, 7, 0),
            (7, 7, 1_000),
            (1, 3, 333),
            (1, 2_000, 0),
            (i64::MAX, i64::MAX, 1_000),
            (9, 3, 1_000),
        ] {
            assert_eq!(share(part, all), thousandths, "{part} of {all}");
        }
        let said = |part, all| percent(share(part, all), part);
        assert_eq!([said(0, 7), said(1, 2_000), said(1, 3), said(7, 7)], ["0%", "<1%", "33%", "100%"]);
    }
}
