//! What a person typed: the error that names its field, and the checks that several fields share.

use serde::{Deserialize, Serialize};

/// Why one field of a form, of a JSON body or of a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name as the form and the JSON body spell it.
    pub field: String,
    /// A sentence that says what is wrong and what would be right.
    pub message: String,
}

impl FieldError {
    /// An error of `field`.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Gathers the values and the errors of a form, so that a person sees all of them at once.
#[derive(Default)]
pub struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    /// Takes the value of one field, or notes its error.
    pub fn take<T>(&mut self, checked: Result<T, FieldError>) -> Option<T> {
        checked.map_err(|error| self.errors.push(error)).ok()
    }

    /// Takes the value of several fields, or notes their errors.
    pub fn take_all<T>(&mut self, checked: Result<T, Vec<FieldError>>) -> Option<T> {
        checked.map_err(|errors| self.errors.extend(errors)).ok()
    }

    /// The value made from all fields; the errors if there are any. `None` without an error cannot happen by [`take`](Self::take).
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(self.errors),
        }
    }
}

/// Control characters, and the Unicode characters that reorder the text around them (UAX #9 explicit formatting and
/// marks): with them a name could pose as another name.
#[must_use]
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The longest piece of a wrong entry that is repeated: an IPv6 block fits, a key does not.
const REPEATED: usize = 45;

/// A piece of what was typed, as an error may repeat it: not long, and nothing in it deceives.
#[must_use]
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if is_deceptive(c) { '\u{FFFD}' } else { c }).take(REPEATED).collect()
}

/// One line of text: trimmed, not empty, at most `most` characters, nothing deceptive.
pub fn line(field: &str, label: &str, text: &str, most: usize) -> Result<String, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldError::new(field, format!("{label} is required.")));
    }
    bounded(field, label, text, most, is_deceptive)
}

/// Text of several lines, possibly empty: at most `most` characters, nothing deceptive but line breaks and tabs.
pub fn text(field: &str, label: &str, text: &str, most: usize) -> Result<String, FieldError> {
    let text = text.trim().replace("\r\n", "\n");
    bounded(field, label, &text, most, |c| is_deceptive(c) && c != '\n' && c != '\t')
}

fn bounded(field: &str, label: &str, text: &str, most: usize, refused: fn(char) -> bool) -> Result<String, FieldError> {
    let count = text.chars().count();
    if count > most {
        return Err(FieldError::new(field, format!("{label} has {count} characters; at most {most} fit.")));
    }
    if text.contains(refused) {
        let message = format!("{label} has a control or text-direction character. Type it again without.");
        return Err(FieldError::new(field, message));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        let eighty = "é".repeat(80);
        assert_eq!(line("name", "Name", &eighty, 80), Ok(eighty.clone()));
        let error = line("name", "Name", &format!("{eighty}é"), 80).unwrap_err();
        assert_eq!(error.field, "name");
        assert_eq!(error.message, "Name has 81 characters; at most 80 fit.");
    }

    #[test]
    fn refuses_what_deceives_and_keeps_what_does_not() {
        for bad in ["a\u{202E}b", "a\u{200F}b", "a\0b", "a\nb", "a\u{2066}b", "a\u{7F}b", "a\u{2028}b"] {
            assert!(line("name", "Name", bad, 80).is_err(), "{bad:?}");
        }
        for good in ["<script>alert(1)</script>", "\"quoted\" & 'so'", "🔑 دفتر", "名前"] {
            assert_eq!(line("name", "Name", good, 80).as_deref(), Ok(good));
        }
        assert_eq!(text("d", "Description", " a\r\nb\tc ", 9).as_deref(), Ok("a\nb\tc"));
        assert!(line("name", "Name", " \t ", 80).is_err());
    }

    #[test]
    fn gathers_every_error() {
        let mut fields = Fields::default();
        let name = fields.take(line("name", "Name", "", 80));
        let note = fields.take(text("note", "Note", "long", 3));
        let errors = fields.finish(name.zip(note)).unwrap_err();
        assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["name", "note"]);
    }
}
