//! A stream of server-sent events taken apart into its events, each with the very bytes that it came in
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>, "Interpreting an event stream").

use super::EVENT_MOST;
use std::ops::Range;

/// Takes a stream apart.
#[derive(Default)]
pub(super) struct Events {
    /// What came and is no whole event yet.
    begun: Vec<u8>,
    /// How much of it was looked at.
    seen: usize,
    /// Where the line that is being looked at begins.
    line: usize,
    after_cr: bool,
}

/// An event is larger than what is looked through.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

impl Events {
    /// Takes a piece, and gives each event that is whole by now to `each`, with the empty line that ends it.
    pub fn take(&mut self, piece: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), TooLarge> {
        self.begun.extend_from_slice(piece);
        let mut from = 0;
        while let Some(&byte) = self.begun.get(self.seen) {
            self.seen += 1;
            if std::mem::take(&mut self.after_cr) && byte == b'\n' {
                // The rest of a line's end: it stays with what comes after it.
                self.line = self.seen;
                continue;
            }
            if !matches!(byte, b'\r' | b'\n') {
                continue;
            }
            self.after_cr = byte == b'\r';
            let is_empty = self.line + 1 == self.seen;
            self.line = self.seen;
            if is_empty {
                // CR LF is one end where both are there.
                if self.after_cr && self.begun.get(self.seen) == Some(&b'\n') {
                    self.after_cr = false;
                    self.seen += 1;
                    self.line = self.seen;
                }
                each(&self.begun[from..self.seen]);
                from = self.seen;
            }
        }
        self.begun.drain(..from);
        self.seen -= from;
        self.line -= from;
        if self.begun.len() > EVENT_MOST { Err(TooLarge) } else { Ok(()) }
    }

    /// What came behind the last whole event.
    pub fn rest(&mut self) -> Vec<u8> {
        (self.seen, self.line) = (0, 0);
        std::mem::take(&mut self.begun)
    }
}

/// Whether an event has anything that some client could take for data: comments and the fields beside it are none.
pub(super) fn has_data(event: &[u8]) -> bool {
    let lines = event.split(|byte| matches!(byte, b'\r' | b'\n'));
    let known: [&[u8]; 4] = [b":", b"event:", b"id:", b"retry:"];
    lines.into_iter().any(|line| !line.is_empty() && !known.iter().any(|known| line.starts_with(known)))
}

/// Where an event has its data, if that is one line of text: as it is with everybody.
pub(super) fn data(event: &[u8]) -> Option<(Range<usize>, &str)> {
    let mut found = None;
    let mut at = 0;
    for line in event.split(|byte| matches!(byte, b'\r' | b'\n')) {
        let begin = at;
        at += line.len() + 1;
        let Some(value) = line.strip_prefix(b"data:") else { continue };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if found.is_some() {
            return None;
        }
        let end = begin + line.len();
        found = Some(end - value.len()..end);
    }
    let range = found?;
    Some((range.clone(), str::from_utf8(&event[range]).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn taken(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Vec<u8>) {
        let mut events = Events::default();
        let mut all = Vec::new();
        for piece in pieces {
            events.take(piece, |event| all.push(event.to_vec())).unwrap();
        }
        (all, events.rest())
    }

    #[test]
    fn events_end_by_empty_lines() {
        for (stream, ends) in [
            ("data: 1\n\ndata: 2\n\nrest", vec!["data: 1\n\n", "data: 2\n\n"]),
            ("data: 1\r\n\r\n: hello\r\ndata: 2\r\n\r\n", vec!["data: 1\r\n\r\n", ": hello\r\ndata: 2\r\n\r\n"]),
            ("data: 1\r\rdata: 2\r\r", vec!["data: 1\r\r", "data: 2\r\r"]),
            ("\n\ndata: 1\n\n", vec!["\n", "\n", "data: 1\n\n"]),
            ("data: 1\ndata: 2", vec![]),
        ] {
            let (all, _) = taken(&[stream.as_bytes()]);
            assert_eq!(all, ends.iter().map(|event| event.as_bytes().to_vec()).collect::<Vec<_>>(), "{stream:?}");
        }
    }

    #[test]
    fn the_data_of_an_event() {
        let of = |event: &'static str| data(event.as_bytes()).map(|(range, data)| (&event[range], data.to_owned()));
        for (event, wanted) in [
            ("data: {}\n\n", Some("{}")),
            ("event: x\r\ndata:{\"a\":1}\r\nid: 7\r\n\r\n", Some("{\"a\":1}")),
            ("data:  two\n\n", Some(" two")),
            (": nothing\n\n", None),
            ("data: 1\ndata: 2\n\n", None),
            ("\n", None),
        ] {
            assert_eq!(of(event), wanted.map(|data| (data, data.to_owned())), "{event:?}");
        }
        assert_eq!(data(b"data: \xff\n\n"), None);
    }

    #[test]
    fn an_event_has_a_largest_size() {
        let mut events = Events::default();
        let long = vec![b'x'; EVENT_MOST];
        assert_eq!(events.take(&long, |_| ()), Ok(()));
        assert_eq!(events.take(b"x", |_| ()), Err(TooLarge));
    }

    proptest! {
        #[test]
        fn every_byte_passes_however_it_is_cut(text in "(data: [a-z]{0,3}|:|\n|\r|\r\n|x){0,40}", cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
            let bytes = text.as_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in at {
                pieces.push(&bytes[from..cut]);
                from = cut;
            }
            pieces.push(&bytes[from..]);
            let ((all, rest), (whole, whole_rest)) = (taken(&pieces), taken(&[bytes]));
            let mut back = all.concat();
            back.extend_from_slice(&rest);
            prop_assert_eq!(back, bytes);
            // Where a CR LF is cut in two, its LF stands with the next event: what the events say is the same.
            let data_of = |all: &[Vec<u8>]| all.iter().filter_map(|event| data(event).map(|(_, data)| data.to_owned())).collect::<Vec<_>>();
            prop_assert_eq!(data_of(&all), data_of(&whole));
            prop_assert_eq!(rest.trim_ascii(), whole_rest.trim_ascii());
        }
    }
}
