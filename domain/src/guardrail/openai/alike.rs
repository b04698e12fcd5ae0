//! Events of a stream that say the same as the last one but for their text: nearly all of an answer's do, and what such a text is
//! need not be found out again. Kept by the scan of the answer.

use super::strings::quoted;
use std::ops::Range;

/// An event with one text, which may have another one in the next event.
#[derive(Debug)]
pub(super) struct Alike<T> {
    before: String,
    after: String,
    /// Which text it is.
    pub of: T,
}

impl<T> Alike<T> {
    /// Those that are like `event` but for the string at `at`, its quotes included.
    pub fn new(event: &str, at: &Range<usize>, of: T) -> Self {
        Self { before: event[..at.start].to_owned(), after: event[at.end..].to_owned(), of }
    }

    /// The text of another event; `None` if that differs in anything else, or says its text by escapes.
    pub fn text<'a>(&self, event: &'a str) -> Option<&'a str> {
        let string = event.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        let text = string.strip_prefix('"')?.strip_suffix('"')?;
        is_plain(text).then_some(text)
    }

    /// The event with that text.
    pub fn with(&self, text: &str) -> String {
        [&self.before, &*quoted(text), &self.after].concat()
    }
}

/// Whether a text stands in JSON as it reads.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_its_text_alone_is_alike() {
        let event = r#"{"a":"b","c":1}"#;
        let alike = Alike::new(event, &(5..8), ());
        for (other, text) in [(event, "b"), (r#"{"a":"","c":1}"#, ""), (r#"{"a":"é, x","c":1}"#, "é, x")] {
            assert_eq!(alike.text(other), Some(text));
            assert_eq!(alike.with(text), other);
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
            r#"{"a":"#,
            "",
        ] {
            assert_eq!(alike.text(other), None, "{other}");
        }
        assert_eq!(alike.with("\"\n"), r#"{"a":"\"\n","c":1}"#);
    }
}
