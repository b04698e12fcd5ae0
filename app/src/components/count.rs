//! Numbers as people read them.

/// A count with its thousands set apart: `10,000`.
pub fn grouped(count: i64) -> String {
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
