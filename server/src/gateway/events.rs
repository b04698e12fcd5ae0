//! An event stream on its way to a narrowed key: taken apart into its events, each looked through and put together again.

use super::{
    LOOKED_THROUGH_MOST,
    sight::{Cut, NotUnderstood, Sight, says_that_tools_changed},
};

/// Takes a stream apart.
#[derive(Default)]
pub(super) struct Events {
    /// The lines of the event that has begun.
    lines: Vec<Vec<u8>>,
    line: Vec<u8>,
    /// Bytes of the event that has begun.
    size: usize,
    after_cr: bool,
}

/// An event is larger than what is looked through, or can't be read.
#[derive(Debug, PartialEq, Eq)]
struct Unreadable;

/// What came of a piece.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// What of it goes on.
    pub on: Vec<u8>,
    /// The server said in it that its tools changed.
    pub tools_changed: bool,
    /// There is something in it that can't be looked through: the stream ends behind what goes on.
    pub ends: bool,
}

impl Events {
    /// Looks a piece of the stream through.
    pub fn pass(&mut self, piece: &[u8], sight: &Sight) -> Passed {
        let mut passed = Passed { on: Vec::with_capacity(piece.len()), ..Passed::default() };
        passed.ends = self.take(piece, sight, &mut passed).is_err();
        passed
    }

    fn take(&mut self, piece: &[u8], sight: &Sight, passed: &mut Passed) -> Result<(), Unreadable> {
        for &byte in piece {
            // A line ends by CR, by LF, or by both.
            if std::mem::take(&mut self.after_cr) && byte == b'\n' {
                continue;
            }
            self.after_cr = byte == b'\r';
            if !matches!(byte, b'\r' | b'\n') {
                self.line.push(byte);
                self.size += 1;
                if self.size > LOOKED_THROUGH_MOST {
                    return Err(Unreadable);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            if line.is_empty() {
                passed.tools_changed |= self.end(sight, &mut passed.on)?;
            } else {
                self.size += 1;
                self.lines.push(line);
            }
        }
        Ok(())
    }

    /// Ends the event: an empty line is there.
    fn end(&mut self, sight: &Sight, on: &mut Vec<u8>) -> Result<bool, Unreadable> {
        let lines = std::mem::take(&mut self.lines);
        self.size = 0;
        let mut data: Option<String> = None;
        for line in lines.iter().filter_map(|line| field(line, b"data")) {
            let line = str::from_utf8(line).map_err(|_| Unreadable)?;
            match &mut data {
                None => data = Some(line.to_owned()),
                Some(data) => {
                    data.push('\n');
                    data.push_str(line);
                }
            }
        }
        let (cut, changed) = match &data {
            Some(data) if !data.trim().is_empty() => {
                let cut = sight.cut(data).map_err(|NotUnderstood| Unreadable)?;
                (cut, says_that_tools_changed(data))
            }
            _ => (Cut::Whole, false),
        };
        let is_cut = matches!(cut, Cut::To(_));
        for line in lines.iter().filter(|line| !is_cut || field(line, b"data").is_none()) {
            on.extend_from_slice(line);
            on.push(b'\n');
        }
        if let Cut::To(stays) = cut {
            for line in stays.split(|byte| *byte == b'\n') {
                on.extend_from_slice(b"data: ");
                on.extend_from_slice(line);
                on.push(b'\n');
            }
        }
        on.push(b'\n');
        Ok(changed)
    }
}

/// The value of a line, if it is of that field.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    // The mark of the byte order, which may stand at the beginning of a stream.
    let line = line.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(line);
    let rest = line.strip_prefix(name)?;
    if rest.is_empty() {
        return Some(rest);
    }
    let rest = rest.strip_prefix(b":")?;
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::sight::tests::read_only;

    const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"get","annotations":{"readOnlyHint":true}},{"name":"set"}]}}"#;
    const CUT: &str =
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"get","annotations":{"readOnlyHint":true}}]}}"#;

    /// What goes on; `Err` if the stream ends there.
    fn pass(pieces: &[&[u8]]) -> Result<String, String> {
        let (mut events, mut on) = (Events::default(), Vec::new());
        for piece in pieces {
            let passed = events.pass(piece, &read_only());
            on.extend(passed.on);
            if passed.ends {
                return Err(String::from_utf8(on).unwrap());
            }
        }
        Ok(String::from_utf8(on).unwrap())
    }

    #[test]
    fn events_are_cut_wherever_the_stream_is_broken() {
        for end in ["\n", "\r\n", "\r"] {
            let stream =
                format!(": hi{end}{end}id: 7{end}data:{end}{end}event: message{end}data: {LIST}{end}id: 8{end}{end}");
            let wanted = format!(": hi\n\nid: 7\ndata:\n\nevent: message\nid: 8\ndata: {CUT}\n\n");
            let bytes = stream.as_bytes();
            assert_eq!(pass(&[bytes]), Ok(wanted.clone()));
            for at in 0..bytes.len() {
                assert_eq!(pass(&[&bytes[..at], &bytes[at..]]), Ok(wanted.clone()), "broken at {at}");
            }
        }
    }

    #[test]
    fn a_list_on_several_lines_is_cut_too() {
        let (one, two) = LIST.split_at(LIST.find('[').unwrap());
        let on = pass(&[format!("\u{FEFF}data: {one}\ndata:{two}\n\n").as_bytes()]).unwrap();
        assert!(on.contains("\"get\"") && !on.contains("\"set\""), "{on}");
    }

    #[test]
    fn what_is_no_message_does_not_pass() {
        assert_eq!(pass(&[b"data: {}\n\ndata: nonsense\n\ndata: {}\n\n"]), Err("data: {}\n\n".into()));
        assert_eq!(pass(&[b"data: \"\xff\"\n\n"]), Err(String::new()));
        let endless = vec![b'x'; LOOKED_THROUGH_MOST + 1];
        assert_eq!(pass(&[b"data: ", &endless]), Err(String::new()));
        assert_eq!(pass(&[b"data: {}"]), Ok(String::new()), "an event that does not end is none");
    }
}
