//! Counts as people read them: `10,000`, and `1,000+` where counting stopped.

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

/// A count of keys: `1 key`, `12 keys`.
fn keys_text(counted: Count) -> String {
    format!("{} {}", count_text(counted), if counted.count == 1 { "key" } else { "keys" })
}

/// What stops when that many keys stop: `No key stops.`, `12 keys stop at once.`
pub fn keys_stop(counted: Count) -> String {
    match counted.count {
        0 => "No key stops: none works at the moment.".into(),
        1 => "1 key stops at once.".into(),
        _ => format!("{} stop at once.", keys_text(counted)),
    }
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
