//! A chart of usage over time, drawn on the server: one column an hour or a day, of two parts, the upper one hatched, so that
//! they differ without colour. Its numbers stand in a table beneath.

use super::{Measure, Records};
use domain::time::Timestamp;
use leptos::prelude::*;
use std::fmt::Write;

/// One column of the chart.
#[derive(Clone, Debug)]
pub struct ChartBar {
    /// When, as a person reads it.
    pub label: String,
    /// The same in short, for the axis.
    pub short: String,
    /// What stands below and what on top of it: requests that were accepted, and refused ones, for example.
    pub parts: [i64; 2],
}

impl ChartBar {
    /// The column of a day (UTC).
    pub fn day(at: Timestamp, parts: [i64; 2]) -> Self {
        let human = at.human();
        let label = human.split(',').next().unwrap_or_default().to_owned();
        let short = label.rsplit_once(' ').map_or_else(|| label.clone(), |(short, _)| short.to_owned());
        Self { label, short, parts }
    }
}

/// The drawing's own units. It is stretched to its place: lines keep their width, and no letter is inside.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 160.0;
/// The least height of a column that is not empty: one request among a million is still seen.
const LEAST: f64 = 3.0;

/// The chart, with its numbers as a table.
#[component]
pub fn UsageChart(
    /// What it shows, for whoever does not see it.
    title: String,
    /// The columns, the oldest first.
    bars: Vec<ChartBar>,
    /// What it counts.
    #[prop(optional)]
    measure: Measure,
    /// What the ids within it begin with: on a page with several, each has its own.
    #[prop(default = "chart")]
    id: &'static str,
) -> impl IntoView {
    let top = top(bars.iter().map(|bar| bar.parts[0].saturating_add(bar.parts[1])).max().unwrap_or_default());
    let axis = axis(&bars).map(|text| view! { <span>{text}</span> });
    let drawing = drawing(id, &title, &bars, top, measure);
    let scale =
        [measure.number(top), measure.number(top / 2), "0".to_owned()].map(|text| view! { <span>{text}</span> });
    view! {
        <div class=format!("chart {}", measure.class())>
            <div class="chart-scale" aria-hidden="true">{scale.collect_view()}</div>
            <svg
                class="chart-drawing"
                viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                preserveAspectRatio="none"
                role="img"
                aria-labelledby=format!("{id}-title {id}-text")
                inner_html=drawing
            ></svg>
            <div class="chart-axis" aria-hidden="true">{axis.collect_view()}</div>
        </div>
        <details class="chart-table">
            <summary>"Show as a table"</summary>
            {table(bars, measure)}
        </details>
    }
    .into_any()
}

/// The numbers, the latest first.
fn table(bars: Vec<ChartBar>, measure: Measure) -> AnyView {
    let (first, second) = measure.heads();
    let rows = bars.into_iter().rev().map(move |bar| {
        let number = |part: usize| measure.number(bar.parts[part]);
        let upper = second.map(|_| view! { <td role="cell" class="num mono">{number(1)}</td> });
        view! {
            <tr role="row">
                <td role="cell">{bar.label}</td>
                <td role="cell" class="num mono">{number(0)}</td>
                {upper}
            </tr>
        }
    });
    let rows = rows.collect_view().into_any();
    match second {
        Some(second) => view! { <Records columns=["When (UTC)", first, second] rows /> }.into_any(),
        None => view! { <Records columns=["When (UTC)", first] rows /> }.into_any(),
    }
}

/// The key of the chart: what its two fillings mean, with the sums.
#[component]
pub fn ChartKey(
    /// All of the parts below, and all of those on top.
    sums: [i64; 2],
    /// What they count.
    #[prop(optional)]
    measure: Measure,
) -> impl IntoView {
    let swatch = |class: &str| format!(r#"<rect class="{class}" x="1" y="1" width="10" height="10"/>"#);
    let (first, second) = measure.parts();
    let second = second.map(|second| {
        view! {
            <span>
                <svg
                    class="chart-swatch"
                    viewBox="0 0 12 12"
                    aria-hidden="true"
                    inner_html=format!("{}{}", swatch("chart-refused"), r#"<path class="chart-hatch" d="M1 11 11 1M1 6 6 1M6 11 11 6"/>"#)
                ></svg>
                {format!("{} {second}", measure.number(sums[1]))}
            </span>
        }
    });
    view! {
        <p class=format!("chart-key {}", measure.class())>
            <span>
                <svg class="chart-swatch" viewBox="0 0 12 12" aria-hidden="true" inner_html=swatch("chart-accepted")></svg>
                {format!("{} {first}", measure.number(sums[0]))}
            </span>
            {second}
        </p>
    }
    .into_any()
}

/// The top of the scale: the next of 2, 4, 10, 20, 40, 100, … so that its half is a whole number too.
fn top(most: i64) -> i64 {
    let mut power: i64 = 1;
    loop {
        for step in [2, 4, 10] {
            let top = power.saturating_mul(step);
            if top >= most {
                return top;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// What stands under the first, the middle and the last column.
fn axis(bars: &[ChartBar]) -> [String; 3] {
    let at = |n: usize| bars.get(n).map(|bar| bar.short.clone()).unwrap_or_default();
    [at(0), at(bars.len() / 2), at(bars.len().saturating_sub(1))]
}

/// A column: where it stands, and from where to where its two parts reach.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Column {
    x: f64,
    width: f64,
    accepted: (f64, f64),
    refused: (f64, f64),
}

#[expect(clippy::cast_precision_loss, reason = "a drawing is exact to the pixel, not to the request")]
fn columns(values: &[(i64, i64)], top: i64) -> Vec<Column> {
    let slot = WIDTH / values.len().max(1) as f64;
    let height = |count: i64| {
        if count <= 0 { 0.0 } else { (count as f64 / top as f64 * HEIGHT).max(LEAST) }
    };
    let column = |(n, (accepted, refused)): (usize, &(i64, i64))| {
        let mut parts = (height(*accepted), height(*refused));
        // A part that was made taller to be seen takes that from the other.
        let over = (parts.0 + parts.1 - HEIGHT).max(0.0);
        if parts.0 > parts.1 {
            parts.0 -= over;
        } else {
            parts.1 -= over;
        }
        let join = HEIGHT - parts.0;
        Column {
            x: slot * n as f64 + slot * 0.14,
            width: slot * 0.72,
            accepted: (join, parts.0),
            refused: (join - parts.1, parts.1),
        }
    };
    values.iter().enumerate().map(column).collect()
}

/// What is inside the `<svg>`. Every text in it is made of numbers and names of months; it is escaped all the same.
fn drawing(id: &str, title: &str, bars: &[ChartBar], top: i64, measure: Measure) -> String {
    let values: Vec<(i64, i64)> = bars.iter().map(|bar| (bar.parts[0], bar.parts[1])).collect();
    let sum = |part: usize| bars.iter().fold(0, |sum: i64, bar| sum.saturating_add(bar.parts[part]));
    let mut text = format!(
        "<title id=\"{id}-title\">{}</title><desc id=\"{id}-text\">{}. The table beneath has the numbers.</desc>",
        escape(title),
        measure.words([sum(0), sum(1)], " and ")
    );
    let _ = write!(
        text,
        r#"<defs><pattern id="{id}-hatching" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="chart-refused" width="8" height="8"/><path class="chart-hatch" d="M-2 2 2-2M0 8 8 0M6 10 10 6"/></pattern></defs>"#,
    );
    for line in [0.5, HEIGHT / 2.0, HEIGHT - 0.5] {
        let _ = write!(text, r#"<path class="chart-line" d="M0 {line}H{WIDTH}"/>"#);
    }
    let slot = WIDTH / f64::from(u32::try_from(bars.len().max(1)).unwrap_or(1));
    for (column, bar) in columns(&values, top).into_iter().zip(bars) {
        let said = format!("{}: {}", bar.label, measure.words(bar.parts, ", "));
        let _ = write!(text, "<g><title>{}</title>", escape(&said));
        // The whole height answers to the pointer, not the few pixels of a small column.
        let _ = write!(
            text,
            r#"<rect class="chart-slot" x="{:.2}" y="0" width="{slot:.2}" height="{HEIGHT}"/>"#,
            column.x - slot * 0.14
        );
        for ((y, height), look) in [
            (column.accepted, r#"class="chart-accepted""#.to_owned()),
            (column.refused, format!(r#"class="chart-edge" fill="url(#{id}-hatching)""#)),
        ] {
            if height > 0.0 {
                let (x, width) = (column.x, column.width);
                let _ = write!(text, r#"<rect {look} x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}"/>"#);
            }
        }
        text.push_str("</g>");
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(accepted: i64, refused: i64) -> ChartBar {
        ChartBar { label: "3 Aug 2026 <UTC>".into(), short: "3 Aug".into(), parts: [accepted, refused] }
    }

    #[test]
    fn a_column_is_named_by_its_day() {
        let bar = ChartBar::day(Timestamp(1_785_718_800_000), [1, 2]);
        assert_eq!((bar.label.as_str(), bar.short.as_str(), bar.parts), ("3 Aug 2026", "3 Aug", [1, 2]));
    }

    #[test]
    fn the_scale_is_round_and_halves() {
        for (most, expected) in
            [(0, 2), (1, 2), (2, 2), (3, 4), (5, 10), (10, 10), (11, 20), (39, 40), (41, 100), (1_001, 2_000)]
        {
            assert_eq!(top(most), expected, "{most}");
            assert_eq!(top(most) % 2, 0);
        }
        assert!(top(i64::MAX) > 0, "and it ends");
    }

    #[test]
    fn columns_stand_in_their_places_and_on_the_ground() {
        let columns = columns(&[(0, 0), (50, 0), (0, 50), (75, 25)], 100);
        for (n, column) in columns.iter().enumerate() {
            let slot = WIDTH / 4.0;
            let left = slot * f64::from(u32::try_from(n).unwrap());
            assert!(column.x > left && column.x + column.width < left + slot);
            assert!((column.accepted.0 + column.accepted.1 - HEIGHT).abs() < 1e-9, "on the ground");
            assert!((column.refused.0 + column.refused.1 - column.accepted.0).abs() < 1e-9, "on top of the other");
        }
        assert_eq!((columns[0].accepted.1, columns[0].refused.1), (0.0, 0.0));
        assert_eq!((columns[1].accepted.1, columns[2].refused.1), (80.0, 80.0));
        assert_eq!((columns[3].accepted.1, columns[3].refused.1), (120.0, 40.0));
    }

    #[test]
    fn one_in_a_million_is_seen_and_nothing_leaves_the_drawing() {
        let column = columns(&[(999_999, 1)], 1_000_000)[0];
        assert!(column.refused.1 >= LEAST && column.refused.0 >= 0.0, "{column:?}");
        let column = columns(&[(1, 999_999)], 1_000_000)[0];
        assert!(column.accepted.1 >= LEAST && column.refused.0 >= 0.0, "{column:?}");
    }

    #[test]
    fn the_drawing_says_what_it_shows() {
        let text = drawing("chart", "Requests", &[bar(0, 0), bar(1_200, 3)], 2_000, Measure::Requests);
        assert!(text.contains("<title id=\"chart-title\">Requests</title>"));
        assert!(text.contains("1,200 accepted and 3 refused. The table"));
        assert!(text.contains("<title>3 Aug 2026 &lt;UTC&gt;: 1,200 accepted, 3 refused</title>"));
        assert_eq!(text.matches("url(#chart-hatching)").count(), 1, "an empty part is not drawn");
        assert!(!text.contains("style="), "the content security policy allows no inline style");
        let text = drawing("spend", "Spend", &[bar(148, 0)], 200, Measure::Spend);
        assert!(text.contains("<title id=\"spend-title\">") && !text.contains("chart-title"));
        assert!(text.contains(">$0.000148 spent. The table") && text.contains(": $0.000148 spent</title>"));
    }
}
