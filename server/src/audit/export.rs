//! The audit log as a file, CSV or JSON, encoded batch by batch while it is read. Called by the HTTP surface and by the
//! command line.

use super::{AuditLog, AuditQuery, EventView, Reader};
use crate::Error;
use serde::Serialize;
use std::borrow::Cow;

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, with a row of titles.
    Csv,
    /// An array with one object an event.
    Json,
}

/// A file that is being written. Whoever stops asking for more stops the reading of the log too.
pub struct Export {
    reader: Reader,
    format: Format,
    first: Option<Vec<EventView>>,
    begun: bool,
    ended: bool,
    events: u64,
}

/// An event as a file has it.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    at: String,
    workspace: Option<&'a str>,
    actor: Cow<'a, str>,
    action: &'a str,
    target: Cow<'a, str>,
    target_name: Cow<'a, str>,
    address: &'a str,
    new_name: Cow<'a, str>,
}

/// In the order of [`Row`]. What comes later is added at the end: who reads by position goes on reading.
const TITLES: [&str; 9] = ["id", "at", "workspace", "actor", "action", "target", "target_name", "address", "new_name"];

impl Export {
    /// Reads the first batch: a query that is wrong and a database that is away are told before a file begins.
    pub async fn start(log: &AuditLog, query: &AuditQuery, format: Format) -> Result<Self, Error> {
        let mut reader = log.read(query).await?;
        let first = reader.next().await?;
        Ok(Self { reader, format, first, begun: false, ended: false, events: 0 })
    }

    /// The next part of the file; `None` after its last.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        while !self.ended {
            let batch = match self.first.take() {
                Some(first) => Some(first),
                None => self.reader.next().await?,
            };
            let part = self.encode(batch.as_deref());
            if !part.is_empty() {
                return Ok(Some(part));
            }
        }
        Ok(None)
    }

    fn encode(&mut self, batch: Option<&[EventView]>) -> Vec<u8> {
        self.ended = batch.is_none();
        let rows = batch.unwrap_or_default();
        let part = match self.format {
            Format::Csv => csv(rows, !self.begun),
            Format::Json => json(rows, !self.begun, self.events == 0, self.ended),
        };
        self.begun = true;
        self.events += rows.len() as u64;
        if self.ended {
            tracing::info!(events = self.events, "the audit log was exported");
        }
        part
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        if !self.ended {
            tracing::info!(events = self.events, "an export of the audit log stopped before its end");
        }
    }
}

impl<'a> Row<'a> {
    fn of(event: &'a EventView) -> Self {
        Self {
            id: &event.id,
            at: event.at.rfc3339(),
            workspace: event.workspace.as_deref(),
            actor: Cow::Borrowed(&event.actor),
            action: &event.action,
            target: Cow::Borrowed(&event.target),
            target_name: Cow::Borrowed(&event.target_name),
            address: &event.address,
            new_name: Cow::Borrowed(&event.new_name),
        }
    }

    /// With its chosen texts made safe for a spreadsheet.
    fn guarded(self) -> Self {
        let (actor, target) = (guard(self.actor), guard(self.target));
        let (target_name, new_name) = (guard(self.target_name), guard(self.new_name));
        Self { actor, target, target_name, new_name, ..self }
    }
}

/// A spreadsheet takes a cell that begins like a formula for one, and a key's name may be `=HYPERLINK(…)`: an apostrophe
/// before it makes it text (OWASP, CSV injection).
fn guard(cell: Cow<'_, str>) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell }
}

fn csv(rows: &[EventView], titles: bool) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().has_headers(false).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Into memory, of rows with as many cells as there are titles: nothing here can fail.
    if titles {
        let _ = writer.write_record(TITLES);
    }
    for event in rows {
        let _ = writer.serialize(Row::of(event).guarded());
    }
    writer.into_inner().unwrap_or_default()
}

fn json(rows: &[EventView], opens: bool, first: bool, closes: bool) -> Vec<u8> {
    let mut text = Vec::new();
    if opens {
        text.push(b'[');
    }
    for (at, event) in rows.iter().enumerate() {
        text.extend_from_slice(if first && at == 0 { b"\n" } else { b",\n" });
        // Into memory, of texts and numbers: this cannot fail.
        let _ = serde_json::to_writer(&mut text, &Row::of(event));
    }
    if closes {
        text.extend_from_slice(b"\n]\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;

    fn event(name: &str) -> EventView {
        EventView {
            id: "a".into(),
            at: Timestamp(0),
            workspace: None,
            actor: "mina@example.com".into(),
            action: "key.create".into(),
            target: "k".into(),
            target_name: name.into(),
            new_name: String::new(),
            address: "::1".into(),
        }
    }

    fn row(name: &str) -> String {
        String::from_utf8(csv(&[event(name)], false)).unwrap()
    }

    #[test]
    fn what_begins_like_a_formula_is_text() {
        for name in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            let row = row(name);
            assert!(row.contains(&format!("'{name}")), "{row:?}");
        }
        let renamed = EventView { new_name: "=1+1".into(), ..event("CI") };
        let text = String::from_utf8(csv(&[renamed], false)).unwrap();
        assert!(text.contains(",'=1+1"), "{text}");
        for name in ["CI", "a=b", "'=1", "(=1)"] {
            assert!(!row(name).contains(&format!("'{name}")), "{name}");
        }
    }

    #[test]
    fn a_row_is_a_row_whatever_the_name() {
        let text = csv(&[event("a,b\"c\nd")], true);
        let mut reader = csv::Reader::from_reader(&*text);
        assert_eq!(reader.headers().unwrap(), &TITLES[..]);
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!((rows.len(), &rows[0][6], &rows[0][2]), (1, "a,b\"c\nd", ""));
        assert_eq!(row("CI"), "a,1970-01-01T00:00:00Z,,mina@example.com,key.create,k,CI,::1,\r\n");
    }

    #[test]
    fn parts_make_one_array() {
        let one = [event("=1")];
        for batches in [vec![], vec![&one[..]], vec![&one[..], &[], &one[..]]] {
            let (mut text, mut events) = (Vec::new(), 0);
            for (at, rows) in batches.iter().enumerate() {
                text.extend(json(rows, at == 0, events == 0, false));
                events += rows.len();
            }
            text.extend(json(&[], batches.is_empty(), events == 0, true));
            let array: Vec<serde_json::Value> = serde_json::from_slice(&text).unwrap();
            assert_eq!(array.len(), events);
            assert!(array.iter().all(|row| row["target_name"] == "=1" && row["workspace"].is_null()));
        }
    }
}
