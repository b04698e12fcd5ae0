//! Where numbers may begin: a few signs are looked at before a pattern is tried, since digits are everywhere. Used by the detectors
//! of numbers, each of which says what it wants to see there.

/// The bytes that are looked at together: most hold no digit at all.
const WORD: usize = 8;

/// The places at or after another where digits begin to follow each other. A run that goes on from one word into the next is given
/// out twice, and so is one that is under way at `from`.
pub(super) fn runs(text: &[u8], from: usize) -> Runs<'_> {
    let (words, rest) = text.get(from..).unwrap_or_default().as_chunks();
    Runs { words, rest, next: from, found: 0 }
}

pub(super) struct Runs<'a> {
    words: &'a [[u8; WORD]],
    rest: &'a [u8],
    /// Where the next word begins.
    next: usize,
    /// The high bits of those bytes of the last word that are still to be given out.
    found: u64,
}

impl Iterator for Runs<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            let word = match self.words.split_first() {
                Some((word, words)) => {
                    self.words = words;
                    *word
                }
                None => last(&mut self.rest)?,
            };
            let digits = digits(u64::from_le_bytes(word));
            self.found = digits & !(digits << u8::BITS);
            self.next += WORD;
        }
        let place = self.found.trailing_zeros() / u8::BITS;
        self.found &= self.found - 1;
        Some(self.next - WORD + place as usize)
    }
}

/// What is left, filled up; once.
fn last(rest: &mut &[u8]) -> Option<[u8; WORD]> {
    let mut word = [0; WORD];
    word[..rest.len()].copy_from_slice(rest);
    (!std::mem::take(rest).is_empty()).then_some(word)
}

/// The least digits of any number that is looked for.
const LEAST: u32 = 8;
/// The bytes whose digits are counted together, and how many such pieces one number may touch.
const PIECE: usize = 64;
const TOUCHED: usize = 4;
/// The most bytes of a number: an account's 34 characters, with separators of three bytes between them.
const LONGEST: usize = 34 + 33 * 3;
const _: () = assert!(LONGEST <= (TOUCHED - 1) * PIECE + 1);

/// Whether anywhere in a text there are as many digits together as any number has.
pub(in super::super) fn holds_numbers(text: &[u8]) -> bool {
    let (pieces, rest) = text.as_chunks::<PIECE>();
    let mut end = [0; PIECE];
    end[..rest.len()].copy_from_slice(rest);
    let mut counts = [0; TOUCHED];
    pieces.iter().chain([&end]).enumerate().any(|(at, piece)| {
        let (words, _) = piece.as_chunks();
        counts[at % TOUCHED] = words.iter().map(|word| digits(u64::from_le_bytes(*word)).count_ones()).sum();
        counts.iter().sum::<u32>() >= LEAST
    })
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
    fn every_run_is_found_once() {
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
            for before in 0..2 * super::PIECE {
                let text = format!("{}{number}{}", ".".repeat(before), ".".repeat(300));
                assert!(super::holds_numbers(text.as_bytes()), "{number} at {before}");
            }
        }
        for text in ["", "1234567", &format!("1234{}5678", ".".repeat(300))] {
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
