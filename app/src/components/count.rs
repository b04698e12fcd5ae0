//! Counts as people read them: `10,000`, and `1,000+` where counting stopped.

use leptos::prelude::*;
use server::Count;

/// A number with its thousands set apart: `10,000`.
pub fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|chunk| str::from_utf8(chunk).ok()).collect();
    groups.join(",")
}

/// A count.
pub fn count_text(counted: Count) -> String {
    let number = grouped(counted.count);
    if counted.more { format!("{number}+") } else { number }
}

/// What is counted, in one or in many, beside a number that stands by itself.
fn noun(counted: Count, one: &'static str, many: &'static str) -> &'static str {
    if counted.count == 1 { one } else { many }
}

/// A count of keys: `1 key`, `12 keys`.
fn keys_text(counted: Count) -> String {
    format!("{} {}", count_text(counted), noun(counted, "key", "keys"))
}

/// What stops when that many keys stop: `No key stops.`, `12 keys stop at once.`
pub fn keys_stop(counted: Count) -> String {
    match counted.count {
        0 => "No key stops: none works at the moment.".into(),
        1 => "1 key stops at once.".into(),
        _ => format!("{} stop at once.", keys_text(counted)),
    }
}

/// A count in a cell of a table; where the table is a list of cards, it says what it counts.
#[component]
pub fn Counted(
    /// How many.
    counted: Count,
    /// What one of them is.
    one: &'static str,
    /// What several of them are.
    many: &'static str,
) -> impl IntoView {
    view! {
        <span class="mono">{count_text(counted)}</span>
        <span class="only-narrow">" " {noun(counted, one, many)}</span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (10_000, "10,000")] {
            assert_eq!(count_text(Count { count, more: false }), text);
        }
        assert_eq!(count_text(Count { count: 1_000, more: true }), "1,000+");
        assert_eq!(keys_text(Count { count: 1, more: false }), "1 key");
        assert_eq!(keys_stop(Count { count: 7, more: false }), "7 keys stop at once.");
    }
}
