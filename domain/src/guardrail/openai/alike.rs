//! Events of a stream that say the same as the last one but for their text: nearly all of an answer's do, and what such a text is
//! need not be found out again. Kept by the scan of the answer.

use super::{places::is_media, strings::quoted};
use crate::model::json::place;
use memchr::memchr;
use std::ops::Range;

/// An event with one text, which may have another one in the next event. What only hides how long an event is may be another
/// one, too.
#[derive(Debug)]
pub(super) struct Alike<T> {
    /// What stands before each string that may be another, and whether that is the text.
    before: Vec<(String, bool)>,
    after: String,
    /// Which text it is.
    pub of: T,
}

impl<T> Alike<T> {
    /// Those that are like `event` but for the strings at these places, their quotes included: the text, and what is hidden.
    pub fn new(event: &str, text: Range<usize>, hidden: Vec<Range<usize>>, of: T) -> Self {
        let mut strings: Vec<_> = hidden.into_iter().map(|at| (at, false)).chain([(text, true)]).collect();
        strings.sort_by_key(|(at, _)| at.start);
        let mut from = 0;
        let mut before = Vec::with_capacity(strings.len());
        for (at, is_text) in strings {
            before.push((event[from..at.start].to_owned(), is_text));
            from = at.end;
        }
        Self { before, after: event[from..].to_owned(), of }
    }

    /// The text of another event; `None` if that differs in anything else, or says its text by escapes.
    pub fn text<'a>(&self, event: &'a str) -> Option<&'a str> {
        let (mut rest, mut text) = (event, None);
        for (before, is_text) in &self.before {
            let string = rest.strip_prefix(before)?.strip_prefix('"')?;
            let (said, behind) = string.split_at(memchr(b'"', string.as_bytes())?);
            if !is_plain(said) || !(*is_text || is_media(said)) {
                return None;
            }
            text = if *is_text { Some(said) } else { text };
            rest = &behind[1..];
        }
        text.filter(|_| rest == self.after)
    }
}

/// An event with another text in the place of its own.
pub(super) fn with(event: &str, text: &str, said: &str) -> Option<String> {
    let at = place(event, text)?;
    Some([&event[..at.start - 1], &*quoted(said), &event[at.end + 1..]].concat())
}

/// Whether a text stands in JSON as it reads.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte >= b' ' && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_its_text_alone_is_alike() {
        let event = r#"{"a":"b","c":1}"#;
        let alike = Alike::new(event, 5..8, Vec::new(), ());
        for (other, text) in [(event, "b"), (r#"{"a":"","c":1}"#, ""), (r#"{"a":"é, x","c":1}"#, "é, x")] {
            let said = alike.text(other).unwrap();
            assert_eq!(said, text);
            assert_eq!(with(other, said, text).unwrap(), other);
            assert_eq!(with(other, said, "\"\n").unwrap(), r#"{"a":"\"\n","c":1}"#);
        }
        for other in [
            r#"{"a":"b","c":2}"#,
            r#"{"d":"b","c":1}"#,
            r#"{"a":"b","a":"b","c":1}"#,
            r#"{"a":"\"b","c":1}"#,
            r#"{"a":"\u0062","c":1}"#,
            "{\"a\":\"\n\",\"c\":1}",
            r#"{"a":1,"c":1}"#,
            r#"{"a":","c":1}"#,
            r#"{"a":"c":1}"#,
            r#"{"a":"b","c":1} "#,
            r#"{"a":"#,
            r#"{"a":""#,
            "",
        ] {
            assert_eq!(alike.text(other), None, "{other}");
        }
    }

    #[test]
    fn what_hides_the_length_may_differ() {
        for (event, text, hidden) in [(r#"{"a":"b","o":"x"}"#, 5..8, 13..16), (r#"{"o":"x","a":"b"}"#, 13..16, 5..8)] {
            let alike = Alike::new(event, text, vec![hidden], ());
            let other = event.replace('x', "aB3-").replace('b', "text");
            assert_eq!(alike.text(&other), Some("text"));
            assert_eq!(with(&other, alike.text(&other).unwrap(), "b").unwrap(), other.replace("text", "b"));
            assert_eq!(alike.text(&event.replace('x', "a text")), None, "that is a text of its own");
        }
    }
}
