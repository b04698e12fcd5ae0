//! One change of a text that leaves every other byte as it is: how the relay asks for usage in a body, and takes it out
//! of what the client sees.

use std::ops::Range;

/// A piece of a text and what stands in its place: nothing for a cut, an empty piece for an insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub(super) at: Range<usize>,
    pub(super) with: &'static str,
}

impl Edit {
    /// The three pieces of the changed text, for a caller that sends them one after the other instead of copying them
    /// into one: before, in place, after. The text must be the one that the edit was made for; of any other, the pieces
    /// are what is there.
    #[must_use]
    pub fn pieces<'a>(&self, text: &'a [u8]) -> [&'a [u8]; 3] {
        let before = text.get(..self.at.start).unwrap_or(text);
        [before, self.with.as_bytes(), text.get(self.at.end..).unwrap_or_default()]
    }

    /// The changed text.
    #[must_use]
    pub fn apply(&self, text: &[u8]) -> Vec<u8> {
        self.pieces(text).concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_one_piece() {
        let edit = |at, with| Edit { at, with };
        assert_eq!(edit(1..3, "xyz").apply(b"abcd"), b"axyzd");
        assert_eq!(edit(4..4, "!").apply(b"abcd"), b"abcd!");
        assert_eq!(edit(0..1, "").apply(b"abcd"), b"bcd");
        assert_eq!(edit(5..9, "!").apply(b"abcd"), b"abcd!", "another text is no reason to fail");
    }
}
