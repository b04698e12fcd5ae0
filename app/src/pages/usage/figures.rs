//! The figures at the top of the usage page: requests, refused ones, tokens and spend, each beside the days before.

use crate::components::Measure;
use leptos::prelude::*;
use server::usage::UsageView;

/// The four of them.
#[component]
pub fn Figures(view: UsageView) -> impl IntoView {
    let UsageView { span, sum, before, .. } = view;
    let days = span.days();
    let about = sum.estimated > 0;
    let note = about.then(|| {
        let (calls, have) = match sum.estimated {
            1 => ("1 call".to_owned(), "has"),
            count => (format!("{} calls", Measure::Requests.number(count)), "have"),
        };
        format!("{calls} {have} estimated tokens or cost: their provider did not say, or the client went away first.")
    });
    view! {
        <dl class="figures">
            <Figure name="Requests" now=sum.requests() before=before.requests() days />
            <Figure name="Refused" now=sum.refused before=before.refused days />
            <Figure name="Tokens" measure=Measure::Tokens now=sum.tokens() before=before.tokens() days about />
            <Figure name="Spend" measure=Measure::Spend now=sum.cost before=before.cost days about />
        </dl>
        {note.map(|note| view! { <p class="muted usage-note">{note}</p> })}
    }
    .into_any()
}

/// One figure, with what it was before.
#[component]
pub fn Figure(
    /// What it is.
    name: &'static str,
    /// How it is written.
    #[prop(optional)]
    measure: Measure,
    /// The number.
    now: i64,
    /// The number of as many days before.
    before: i64,
    /// How many days.
    days: i64,
    /// A part of it is an estimate.
    #[prop(optional)]
    about: bool,
) -> impl IntoView {
    let about = (about && now > 0).then_some("about ");
    view! {
        <div>
            <dt>{name}</dt>
            <dd>
                <span class="figure"><span class="figure-about">{about}</span>{measure.number(now)}</span>
                <span class="figure-before">{compared(now, before, days)}</span>
            </dd>
        </div>
    }
    .into_any()
}

/// How a number stands to the one of as many days before: `+12% on the 30 days before`.
fn compared(now: i64, before: i64, days: i64) -> String {
    let span = if days == 1 { "the day before".to_owned() } else { format!("the {days} days before") };
    if now == before {
        return format!("as in {span}");
    }
    if before <= 0 {
        return format!("none in {span}");
    }
    let (now, before) = (i128::from(now), i128::from(before));
    if now >= 10 * before {
        return format!("{} times {span}", now / before);
    }
    match ((now - before) * 200 + before * (now - before).signum()) / (2 * before) {
        0 => format!("nearly as in {span}"),
        percent @ 1.. => format!("+{percent}% on {span}"),
        percent => format!("\u{2212}{}% on {span}", -percent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_in_words() {
        for (now, before, days, words) in [
            (0, 0, 30, "as in the 30 days before"),
            (7, 7, 1, "as in the day before"),
            (7, 0, 7, "none in the 7 days before"),
            (112, 100, 30, "+12% on the 30 days before"),
            (50, 100, 30, "\u{2212}50% on the 30 days before"),
            (0, 3, 30, "\u{2212}100% on the 30 days before"),
            (2, 3, 30, "\u{2212}33% on the 30 days before"),
            (1_999, 1_000, 30, "+100% on the 30 days before"),
            (1_001, 1_000, 30, "nearly as in the 30 days before"),
            (999, 1_000, 30, "nearly as in the 30 days before"),
            (1_500, 100, 30, "15 times the 30 days before"),
            (i64::MAX, 1, 30, "9223372036854775807 times the 30 days before"),
            (i64::MAX, i64::MAX - 1, 30, "nearly as in the 30 days before"),
        ] {
            assert_eq!(compared(now, before, days), words, "{now} {before}");
        }
    }
}
