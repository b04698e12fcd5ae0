//! The chart of a key's page: accepted and refused requests within 24 hours, 7 days or 30 days.

use crate::{
    components::{ChartBar, ChartKey, Segments, UsageChart},
    web::Here,
};
use domain::time::{HOUR, Timestamp};
use leptos::prelude::*;
use server::keys::{UsageBar, UsageRange};

/// The range that the URL asks for.
pub fn range(here: &Here) -> UsageRange {
    match here.query("range").as_str() {
        "24h" => UsageRange::Day,
        "30d" => UsageRange::Month,
        _ => UsageRange::Week,
    }
}

/// The panel.
#[component]
pub fn UsagePanel(
    /// What was counted.
    bars: Vec<UsageBar>,
    /// Over which range.
    range: UsageRange,
    /// The path of the key's page.
    path: String,
    /// Where the workspace's usage is shown, of this key alone.
    all: String,
) -> impl IntoView {
    let ranges = [
        (UsageRange::Day, "24h", "24 hours"),
        (UsageRange::Week, "7d", "7 days"),
        (UsageRange::Month, "30d", "30 days"),
    ];
    let name = ranges.iter().find(|(of, ..)| *of == range).map(|(.., name)| *name).unwrap_or_default();
    let links = ranges.map(|(of, value, name)| (format!("{path}?range={value}#usage"), name, of == range)).into();
    let sum = |count: fn(&UsageBar) -> i64| bars.iter().map(count).sum::<i64>();
    let sums = [sum(|bar| bar.accepted), sum(|bar| bar.refused)];
    let bars = bars.into_iter().map(|bar| chart_bar(bar, range)).collect();
    let unit = if range == UsageRange::Day { "An hour a column" } else { "A day a column" };
    view! {
        <section class="panel" aria-labelledby="usage">
            <div class="panel-head panel-head-row">
                <div><h2 id="usage">"Usage"</h2><p>{unit} ", by the clock of UTC."</p></div>
                <Segments label="Range" links />
            </div>
            <div class="panel-body">
                <ChartKey sums />
                <UsageChart title=format!("Requests with this key within {name}") bars />
                <p><a class="link" href=all>"Tokens and spend of this key"</a></p>
            </div>
        </section>
    }
    .into_any()
}

fn chart_bar(bar: UsageBar, range: UsageRange) -> ChartBar {
    let day = ChartBar::day(bar.from, [bar.accepted, bar.refused]);
    if range != UsageRange::Day {
        return day;
    }
    let (from, until) = (clock(bar.from), clock(bar.from.plus(HOUR)));
    ChartBar { label: format!("{}, {from} to {until}", day.label), short: from, ..day }
}

/// Hour and minute, UTC.
fn clock(at: Timestamp) -> String {
    at.rfc3339().get(11..16).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_by_their_hour_or_day() {
        let bar = UsageBar { from: Timestamp(1_785_718_800_000), accepted: 1, refused: 2 };
        let hour = chart_bar(bar, UsageRange::Day);
        assert_eq!((hour.label.as_str(), hour.short.as_str()), ("3 Aug 2026, 01:00 to 02:00", "01:00"));
        let day = chart_bar(bar, UsageRange::Week);
        assert_eq!((day.label.as_str(), day.short.as_str()), ("3 Aug 2026", "3 Aug"));
    }
}
