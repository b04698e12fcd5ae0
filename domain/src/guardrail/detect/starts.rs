//! Where numbers may begin: a few signs are looked at before a pattern is tried, since digits are everywhere. Used by the detectors
//! of numbers, each of which says what it wants to see there.

/// The bytes that are looked at together: most hold no digit at all.
const WORD: usize = 8;
/// The least digits of any number that is looked for.
const LEAST: usize = 8;
/// The most bytes of one: an account's 34 characters, with separators of three bytes between them.
const LONGEST: usize = 34 + 33 * 3;

/// Whether anywhere in a text there are as many digits as close together as in any number.
pub(in super::super) fn holds_numbers(text: &[u8]) -> bool {
    // Where the last digits stand, the latest in the place of the earliest.
    let (mut last, mut seen) = ([0; LEAST], 0);
    Words::of(text, 0).any(|(word, digits)| {
        Places(digits).any(|at| {
            last[seen % LEAST] = word + at;
            seen += 1;
            seen >= LEAST && word + at - last[seen % LEAST] < LONGEST
        })
    })
}

/// The places at or after another where digits begin to follow each other. A run is given out once for
/// each word that it touches, and also where one is under way at `from`.
pub(super) fn runs(text: &[u8], from: usize) -> Runs<'_> {
    Runs { words: Words::of(text, from), word: from, begins: Places(0) }
}

pub(super) struct Runs<'a> {
    words: Words<'a>,
    /// Where the last word began, and the places in it that were not given out yet.
    word: usize,
    begins: Places,
}

impl Iterator for Runs<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        loop {
            if let Some(at) = self.begins.next() {
                return Some(self.word + at);
            }
            let (word, digits) = self.words.next()?;
            (self.word, self.begins) = (word, Places(digits & !(digits << u8::BITS)));
        }
    }
}

/// A text in words: where each begins, and the high bit of each byte of it that is a digit.
struct Words<'a> {
    whole: &'a [[u8; WORD]],
    rest: &'a [u8],
    next: usize,
}

impl<'a> Words<'a> {
    fn of(text: &'a [u8], from: usize) -> Self {
        let (whole, rest) = text.get(from..).unwrap_or_default().as_chunks();
        Self { whole, rest, next: from }
    }
}

impl Iterator for Words<'_> {
    type Item = (usize, u64);

    fn next(&mut self) -> Option<(usize, u64)> {
        let word = if let Some((word, whole)) = self.whole.split_first() {
            self.whole = whole;
            *word
        } else {
            // What is left, filled up; once.
            let rest = std::mem::take(&mut self.rest);
            let mut word = [0; WORD];
            word[..rest.len()].copy_from_slice(rest);
            (!rest.is_empty()).then_some(word)?
        };
        let at = self.next;
        self.next += WORD;
        Some((at, digits(u64::from_le_bytes(word))))
    }
}

/// The bytes of a word whose high bit is set.
struct Places(u64);

impl Iterator for Places {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = (self.0.trailing_zeros() / u8::BITS) as usize;
        // None is left.
        self.0 &= self.0.checked_sub(1)?;
        Some(at)
    }
}

/// The high bit of each byte that is a digit.
fn digits(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = EACH * 0x80;
    // A digit is 0 to 9 now; the sum sets the high bit of whatever is more, and no byte of it runs over into the next.
    let value = word ^ (EACH * 0x30);
    let more = ((value & !HIGH) + EACH * (0x80 - 10)) | value;
    !more & HIGH
}

/// Whether no word of ASCII runs on into that place.
pub(super) fn is_edge(text: &[u8], at: usize) -> bool {
    !text[..at].last().is_some_and(|before| before.is_ascii_alphanumeric() || *before == b'_')
}

/// Whether so many digits follow, with nothing between them but what joins them.
pub(super) fn digits_follow(text: &[u8], at: usize, many: usize, joins: impl Fn(u8) -> bool) -> bool {
    let mut digits = 0;
    for byte in &text[at..] {
        match byte {
            b'0'..=b'9' => digits += 1,
            byte if !joins(*byte) => return false,
            _ => {}
        }
        if digits == many {
            return true;
        }
    }
    false
}

/// Whether a byte may be of a [`SEPARATOR`](super::SEPARATOR).
pub(super) fn separates(byte: u8) -> bool {
    matches!(byte, b' ' | b'-') || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::super::{super::finder::Finder, Detector};
    use proptest::prelude::*;

    #[test]
    fn every_run_is_found() {
        let text = format!("{}1 22{}3,456/:x", "é".repeat(15), ".".repeat(70));
        let all = |from| super::runs(text.as_bytes(), from).collect::<Vec<_>>();
        assert_eq!(all(0), [30, 32, 104, 106]);
        assert_eq!(all(33), [33, 104, 106], "what is under way begins");
        assert!(all(109).is_empty() && all(110).is_empty() && all(1_000).is_empty());
        let every: Vec<u8> = (0..=255).flat_map(|byte| [byte, b'.']).collect();
        assert_eq!(super::runs(&every, 0).map(|at| every[at]).collect::<Vec<_>>(), *b"0123456789");
    }

    #[test]
    fn numbers_are_there_wherever_they_stand() {
        let long =
            format!("MT84{}", "\u{202F}MALT\u{202F}0110\u{202F}0001\u{202F}2345\u{202F}MTLC\u{202F}AST0\u{202F}01S");
        let spread: String = "1\u{202F}".repeat(8);
        for number in [&*long, &*spread, "+49 30 123456", "4111111111111"] {
            for before in 0..3 * super::WORD {
                let text = format!("{}{number}{}", ".".repeat(before), ".".repeat(300));
                assert!(super::holds_numbers(text.as_bytes()), "{number} at {before}");
            }
        }
        for text in ["", "1234567", &format!("1234{}5678", ".".repeat(super::LONGEST))] {
            assert!(!super::holds_numbers(text.as_bytes()), "{text}");
        }
    }

    fn number() -> impl Strategy<Value = String> {
        prop_oneof![
            "[+(]{0,2}[0-9]{1,5}",
            "[ .,/()_-]{0,2}",
            "[A-Za-z]{1,3}[0-9]{2}",
            "[A-Z0-9]{3,5}",
            prop::sample::select(vec![
                "\u{A0}",
                "\u{202F}",
                "\u{2011}",
                "é",
                "电",
                "4111111111111111",
                "4111-1111-1111-1111",
                "DE89 3704 0044 0532 0130 00",
                "NL91ABNA0417164300",
                "+49 (0)30 1234567",
                "(415) 555-2671",
                "01 23 45 67 89",
                "0044 20 7946 0958",
                "1-800-555-0199",
            ])
            .prop_map(String::from),
        ]
    }

    /// All that it finds from place to place.
    fn all(finder: &Finder, text: &str) -> Vec<std::ops::Range<usize>> {
        let each = (0..text.len()).filter(|at| text.is_char_boundary(*at));
        each.filter_map(|at| finder.next(text, at, usize::MAX)).collect()
    }

    proptest! {
        #[test]
        fn no_number_is_left_out(parts in prop::collection::vec(number(), 1..16)) {
            let text = parts.concat();
            for detector in [Detector::Phone, Detector::PaymentCard, Detector::Iban] {
                let finder = detector.finder().unwrap();
                let everywhere = detector.build().unwrap().starting_anywhere();
                prop_assert_eq!(all(&finder, &text), all(&everywhere, &text), "{:?} in {:?}", detector, text);
            }
        }
    }
}
