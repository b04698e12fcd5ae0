//! A list as a file, CSV or JSON, encoded batch by batch while it is read. Called by the downloads of the audit log, of the log of
//! requests and of the usage, and for the audit log by the command line.

use crate::Error;
use serde::Serialize;
use std::borrow::Cow;

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, with a row of titles.
    Csv,
    /// An array with one object a line.
    Json,
}

impl Format {
    /// What a file of it ends with.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// What one line of a file says; as JSON by its own names.
pub trait Line: Serialize {
    /// The columns of a CSV file, in the order of [`cells`](Self::cells). What comes later is added at the end: who reads by
    /// position goes on reading.
    const TITLES: &'static [&'static str];

    /// The cells of its row.
    fn cells(&self) -> Vec<Cow<'_, str>>;
}

/// What a file is made of.
pub trait Lines: Send + 'static {
    /// One of them.
    type Line: Line + Send;
    /// What it is, for the log: `the audit log`.
    const WHAT: &'static str;

    /// The next lines; `None` at the end. A batch may be empty where much was compared and nothing matched.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<Self::Line>>, Error>> + Send;
}

/// A file that is being written. Whoever stops asking for more stops the reading too.
pub struct Export<L: Lines> {
    lines: L,
    format: Format,
    first: Option<Vec<L::Line>>,
    begun: bool,
    ended: bool,
    count: u64,
}

impl<L: Lines> Export<L> {
    /// Reads the first batch: a database that is away is told before a file begins.
    pub async fn start(mut lines: L, format: Format) -> Result<Self, Error> {
        let first = lines.next().await?;
        Ok(Self { lines, format, first, begun: false, ended: false, count: 0 })
    }

    /// The next part of the file; `None` after its last.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        while !self.ended {
            let batch = match self.first.take() {
                Some(first) => Some(first),
                None => self.lines.next().await?,
            };
            let part = self.encode(batch.as_deref());
            if !part.is_empty() {
                return Ok(Some(part));
            }
        }
        Ok(None)
    }

    fn encode(&mut self, batch: Option<&[L::Line]>) -> Vec<u8> {
        self.ended = batch.is_none();
        let lines = batch.unwrap_or_default();
        let part = match self.format {
            Format::Csv => csv(lines, !self.begun),
            Format::Json => json(lines, !self.begun, self.count == 0, self.ended),
        };
        self.begun = true;
        self.count += lines.len() as u64;
        if self.ended {
            tracing::info!(what = L::WHAT, lines = self.count, "a list was exported");
        }
        part
    }
}

impl<L: Lines> Drop for Export<L> {
    fn drop(&mut self) {
        if !self.ended {
            tracing::info!(what = L::WHAT, lines = self.count, "an export stopped before its end");
        }
    }
}

/// A spreadsheet takes a cell that begins like a formula for one, and a key's name may be `=HYPERLINK(…)`: an apostrophe
/// before it makes it text (OWASP, CSV injection).
fn guard(cell: Cow<'_, str>) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell }
}

fn csv<L: Line>(lines: &[L], titles: bool) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().has_headers(false).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Into memory, of rows with as many cells as there are titles: nothing here can fail.
    if titles {
        let _ = writer.write_record(L::TITLES);
    }
    for line in lines {
        let _ = writer.write_record(line.cells().into_iter().map(guard).map(|cell| cell.into_owned().into_bytes()));
    }
    writer.into_inner().unwrap_or_default()
}

fn json<L: Line>(lines: &[L], opens: bool, first: bool, closes: bool) -> Vec<u8> {
    let mut text = Vec::new();
    if opens {
        text.push(b'[');
    }
    for (at, line) in lines.iter().enumerate() {
        text.extend_from_slice(if first && at == 0 { b"\n" } else { b",\n" });
        // Into memory, of texts and numbers: this cannot fail.
        let _ = serde_json::to_writer(&mut text, line);
    }
    if closes {
        text.extend_from_slice(b"\n]\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Named {
        name: String,
        number: u8,
    }

    impl Line for Named {
        const TITLES: &'static [&'static str] = &["name", "number"];

        fn cells(&self) -> Vec<Cow<'_, str>> {
            vec![(&*self.name).into(), self.number.to_string().into()]
        }
    }

    fn named(name: &str) -> Named {
        Named { name: name.into(), number: 7 }
    }

    fn row(name: &str) -> String {
        String::from_utf8(csv(&[named(name)], false)).unwrap()
    }

    #[test]
    fn what_begins_like_a_formula_is_text() {
        for name in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            let row = row(name);
            assert!(row.contains(&format!("'{name}")), "{row:?}");
        }
        for name in ["CI", "a=b", "'=1", "(=1)"] {
            assert!(!row(name).contains(&format!("'{name}")), "{name}");
        }
    }

    #[test]
    fn a_row_is_a_row_whatever_the_name() {
        let text = csv(&[named("a,b\"c\nd")], true);
        let mut reader = csv::Reader::from_reader(&*text);
        assert_eq!(reader.headers().unwrap(), Named::TITLES);
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!((rows.len(), &rows[0][0], &rows[0][1]), (1, "a,b\"c\nd", "7"));
        assert_eq!(row("CI"), "CI,7\r\n");
    }

    #[test]
    fn parts_make_one_array() {
        let one = [named("=1")];
        for batches in [vec![], vec![&one[..]], vec![&one[..], &[], &one[..]]] {
            let (mut text, mut count) = (Vec::new(), 0);
            for (at, lines) in batches.iter().enumerate() {
                text.extend(json(lines, at == 0, count == 0, false));
                count += lines.len();
            }
            text.extend(json::<Named>(&[], batches.is_empty(), count == 0, true));
            let array: Vec<serde_json::Value> = serde_json::from_slice(&text).unwrap();
            assert_eq!(array.len(), count);
            assert!(array.iter().all(|line| line["name"] == "=1" && line["number"] == 7));
        }
    }
}
