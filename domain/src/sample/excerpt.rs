//! What is kept of a text that may be long or endless: its beginning, and whether there was more.

use super::readable::readable;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// The most bytes that are kept of a request, and of an answer.
pub const EXCERPT_MOST: usize = 64 * 1024;

/// The beginning of a text that comes in pieces: never more of it than an excerpt has.
#[derive(Default)]
pub struct Gathered {
    bytes: Vec<u8>,
    cut: bool,
}

/// The beginning of a text, or all of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// What is not text is shown as `U+FFFD`.
    pub text: String,
    /// There was more.
    pub cut: bool,
}

/// What was asked and answered in one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The request's body, as it went to the provider.
    pub request: Excerpt,
    /// The answer, as it went to the client.
    pub answer: Excerpt,
}

impl Gathered {
    /// Of a text that is there as a whole.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut gathered = Self::default();
        gathered.add(bytes);
        gathered
    }

    /// More of it.
    pub fn add(&mut self, bytes: &[u8]) {
        let taken = bytes.len().min(EXCERPT_MOST - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..taken]);
        self.cut |= taken < bytes.len();
    }

    /// Nothing has come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What was gathered, as text.
    #[must_use]
    pub fn excerpt(mut self) -> Excerpt {
        // A character that the cut went through is no broken one.
        if let Err(error) = str::from_utf8(&self.bytes)
            && self.cut
            && error.error_len().is_none()
        {
            self.bytes.truncate(error.valid_up_to());
        }
        Excerpt { text: String::from_utf8_lossy(&self.bytes).into_owned(), cut: self.cut }
    }
}

impl Excerpt {
    /// As a person reads it: JSON over several lines, any other text as it is.
    #[must_use]
    pub fn readable(&self) -> Cow<'_, str> {
        readable(&self.text).map_or(Cow::Borrowed(&*self.text), Cow::Owned)
    }
}

/// Without the text, which belongs into no log.
impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes{}", self.text.len(), if self.cut { " and more" } else { "" })
    }
}

/// The same.
impl fmt::Debug for Gathered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes{}", self.bytes.len(), if self.cut { " and more" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_fits_is_kept_whole() {
        for size in [0, 1, EXCERPT_MOST - 1, EXCERPT_MOST] {
            let excerpt = Gathered::of(&vec![b'a'; size]).excerpt();
            assert_eq!((excerpt.text.len(), excerpt.cut), (size, false));
        }
        let excerpt = Gathered::of(&vec![b'a'; EXCERPT_MOST + 1]).excerpt();
        assert_eq!((excerpt.text.len(), excerpt.cut), (EXCERPT_MOST, true));
    }

    #[test]
    fn a_character_is_not_cut_in_two() {
        let text = format!("{}ü", "a".repeat(EXCERPT_MOST - 1));
        let excerpt = Gathered::of(text.as_bytes()).excerpt();
        assert_eq!((excerpt.text.as_str(), excerpt.cut), (&text[..EXCERPT_MOST - 1], true));
    }

    #[test]
    fn what_is_no_text_is_shown_as_such() {
        assert_eq!(Gathered::of(b"a\xffb").excerpt().text, "a\u{FFFD}b");
        assert_eq!(Gathered::of(b"a\xc3").excerpt().text, "a\u{FFFD}", "an end that is broken is no cut");
    }

    #[test]
    fn what_is_printed_holds_no_text() {
        let request = Gathered::of(b"a prompt");
        assert_eq!(format!("{request:?}"), "8 bytes");
        let sample = Sample { request: request.excerpt(), answer: Excerpt { text: "an answer".into(), cut: true } };
        assert_eq!(format!("{sample:?}"), "Sample { request: 8 bytes, answer: 9 bytes and more }");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_in_which_pieces_it_comes(sizes in prop::collection::vec(0_usize..40_000, 0..8)) {
            let text = "aä€🔑".repeat(sizes.iter().sum::<usize>() / 10 + 1);
            let all = &text.as_bytes()[..sizes.iter().sum()];
            let (mut gathered, mut rest) = (Gathered::default(), all);
            for size in sizes {
                let (piece, after) = rest.split_at(size);
                gathered.add(piece);
                rest = after;
            }
            let whole = Gathered::of(all).excerpt();
            prop_assert!(whole.text.len() <= EXCERPT_MOST + 2 && whole.cut == (all.len() > EXCERPT_MOST));
            prop_assert_eq!(gathered.excerpt(), whole);
        }
    }
}
