//! What pages took: the same few asked for by turns, again and again. Called by everything that measures pages.

use crate::{
    Outcome,
    client::Browser,
    report::{median, number, percentile},
};
use std::time::{Duration, Instant};

/// The most that a page of many rows may take, in times of the one of few.
pub const MOST: f64 = 3.0;
/// Asked for before anything counts, to warm up.
const WARM: u32 = 10;
/// However slow the pages are: so often they are asked for.
const LEAST: u32 = 5;

/// A row of any list of the console, as its HTML marks it.
const ROWS: [&str; 2] = ["class=\"key-row\"", "class=\"records-main"];

/// The columns of [`Times::row`].
pub const HEADS: [&str; 8] = ["engine", "page", "keys", "rows", "HTML KiB", "median ms", "p95 ms", "ratio"];

/// What one page took, again and again.
pub struct Times {
    milliseconds: Vec<f64>,
    bytes: f64,
    rows: usize,
}

impl Times {
    const NONE: Self = Self { milliseconds: Vec::new(), bytes: 0.0, rows: 0 };

    /// The time in the middle.
    pub fn median(&self) -> f64 {
        median(self.milliseconds.clone())
    }

    /// The page's rows.
    pub fn rows(&self) -> String {
        number(f64::from(u32::try_from(self.rows).unwrap_or(u32::MAX)), 0)
    }

    /// The page's size.
    pub fn kibibytes(&self) -> String {
        number(self.bytes / 1024.0, 0)
    }

    /// The median and the 95th percentile of its milliseconds.
    pub fn milliseconds(&self) -> [String; 2] {
        [number(self.median(), 2), number(percentile(self.milliseconds.clone(), 95), 2)]
    }

    /// The row of a page in a workspace of so many keys, in a table of [`HEADS`].
    pub fn row(&self, engine: &str, page: &str, keys: u32, ratio: String) -> [String; 8] {
        let [median, p95] = self.milliseconds();
        let keys = number(f64::from(keys), 0);
        [engine.into(), page.into(), keys, self.rows(), self.kibibytes(), median, p95, ratio]
    }
}

/// Asks browsers for a page each by turns, so many times or until that time is over.
pub async fn by_turns<const N: usize>(pages: [(&Browser, &str); N], times: u32, most: Duration) -> Outcome<[Times; N]> {
    let mut all = [const { Times::NONE }; N];
    let begun = Instant::now();
    let mut counted = 0;
    for turn in 0..WARM + times {
        let over = begun.elapsed();
        if counted >= LEAST && over > most {
            break;
        }
        // Pages so slow that warming up takes a fifth of the time are warm.
        let counts = turn >= WARM || over > most / 5;
        counted += u32::from(counts);
        for ((browser, path), measured) in pages.into_iter().zip(&mut all) {
            let page = browser.page(path).await?;
            if counts {
                measured.milliseconds.push(page.milliseconds);
                measured.rows = ROWS.iter().map(|row| page.html.matches(row).count()).sum();
                measured.bytes = f64::from(u32::try_from(page.html.len())?);
            }
        }
    }
    Ok(all)
}

/// Whether it is within [`MOST`], as a reader finds it.
pub fn verdict(factor: f64) -> &'static str {
    if factor <= MOST { "at most 3 × holds" } else { "at most 3 × DOES NOT HOLD" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_times_is_the_most() {
        assert_eq!(verdict(MOST), "at most 3 × holds");
        assert_eq!(verdict(MOST + 0.01), "at most 3 × DOES NOT HOLD");
        // No time at all was measured: that proves nothing.
        assert_eq!(verdict(f64::NAN), "at most 3 × DOES NOT HOLD");
    }
}
