//! The chart of the usage page: a column a day, of requests, tokens or spend.

use super::At;
use crate::components::{ChartBar, ChartKey, Measure, Segments, UsageChart};
use leptos::prelude::*;
use server::usage::{UsageOrder, UsageSum, UsageView};

/// What the columns count.
fn measure(order: UsageOrder) -> Measure {
    match order {
        UsageOrder::Requests => Measure::Requests,
        UsageOrder::Tokens => Measure::Tokens,
        UsageOrder::Spend => Measure::Spend,
    }
}

/// The two parts of a column.
fn parts(measure: Measure, sum: &UsageSum) -> [i64; 2] {
    match measure {
        Measure::Requests => [sum.accepted, sum.refused],
        Measure::Tokens => [sum.input_tokens, sum.output_tokens],
        Measure::Spend => [sum.cost, 0],
    }
}

/// The panel.
#[component]
pub fn DayChart(at: At, view: UsageView) -> impl IntoView {
    let order = at.query.order();
    let measure = measure(order);
    let choices = [
        (UsageOrder::Requests, "", "Requests"),
        (UsageOrder::Tokens, "tokens", "Tokens"),
        (UsageOrder::Spend, "spend", "Spend"),
    ];
    let name = choices.iter().find(|(of, ..)| *of == order).map(|(.., name)| *name).unwrap_or_default();
    let links =
        choices.map(|(of, word, name)| (at.link(|query| query.show = word.into()) + "#days", name, of == order));
    let (first, last) = (ChartBar::day(view.span.first, [0, 0]).label, ChartBar::day(view.span.last, [0, 0]).label);
    let days = if first == last { first } else { format!("{first} to {last}") };
    let bars = view.days.iter().map(|(day, sum)| ChartBar::day(*day, parts(measure, sum))).collect();
    view! {
        <section class="panel" aria-labelledby="days">
            <div class="panel-head panel-head-row">
                <div><h2 id="days">"By day"</h2><p>{days.clone()}</p></div>
                <Segments label="Show" links=links.into() />
            </div>
            <div class="panel-body">
                <ChartKey sums=parts(measure, &view.sum) measure />
                <UsageChart title=format!("{name}, {days}") bars measure />
            </div>
        </section>
    }
    .into_any()
}
