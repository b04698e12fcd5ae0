//! International bank account numbers (ISO 13616): a country, two check digits, and as many characters as that country has,
//! together 1 modulo 97; in one piece or in groups.

use super::{
    super::finder::Finder,
    SEPARATOR, after, joins,
    starts::{is_edge, runs, separates},
};
use std::ops::Range;

/// The longest there is, in characters without separators.
const MOST: usize = 34;

/// The digits of the shortest: at least half of its characters.
const LEAST_DIGITS: usize = 8;

/// The length in each country of the registry, in the order of their names.
#[rustfmt::skip]
const LENGTHS: [(&[u8; 2], usize); 88] = [
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22),
    (b"BH", 22), (b"BI", 27), (b"BR", 29), (b"BY", 28), (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24),
    (b"DE", 22), (b"DJ", 27), (b"DK", 18), (b"DO", 28), (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18),
    (b"FK", 18), (b"FO", 18), (b"FR", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27),
    (b"GT", 28), (b"HN", 28), (b"HR", 21), (b"HU", 28), (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26),
    (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20),
    (b"LU", 20), (b"LV", 21), (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MK", 19), (b"MN", 20),
    (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23), (b"PK", 24),
    (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"RU", 33), (b"SA", 24),
    (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27), (b"SO", 23), (b"ST", 25),
    (b"SV", 28), (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20),
];

pub(super) fn finder() -> Result<Finder, String> {
    let pattern = format!(r"(?-u:\b)[A-Za-z]{{2}}[0-9]{{2}}(?:{SEPARATOR}?[A-Za-z0-9]){{11,30}}");
    Finder::checked(&pattern, check).map(|finder| finder.starting(starts))
}

/// A country's two letters are looked for by the two digits behind them.
fn starts(text: &[u8], from: usize) -> Option<usize> {
    runs(text, from + 2).map(|digit| digit - 2).find(|start| {
        let Some([country @ .., _, check]) = text.get(*start..start + 4) else { return false };
        let begins = country.iter().all(u8::is_ascii_alphabetic) && check.is_ascii_digit() && is_edge(text, *start);
        begins && is_long_enough(&text[*start..])
    })
}

/// Whether there are as many digits among the first characters as there must be.
fn is_long_enough(text: &[u8]) -> bool {
    let account = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || separates(**byte));
    let signs = account.filter(|byte| byte.is_ascii_alphanumeric()).take(MOST);
    signs.filter(|byte| byte.is_ascii_digit()).nth(LEAST_DIGITS - 1).is_some()
}

/// The account number with which the candidate begins. Words that happen to be as long hold more letters than digits.
fn check(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let candidate = &text[found.clone()];
    let country: [u8; 2] = candidate.as_bytes().get(..2)?.to_ascii_uppercase().try_into().ok()?;
    let (_, length) = &LENGTHS[LENGTHS.binary_search_by_key(&&country, |(name, _)| name).ok()?];
    let mut account = [0; MOST];
    let mut end = None;
    let signs = candidate.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric());
    for (place, (at, sign)) in account.iter_mut().zip(signs).take(*length) {
        *place = u8::try_from(sign).ok()?.to_ascii_uppercase();
        end = Some(found.start + at + 1);
    }
    let account = &account[..*length];
    let digits = account.iter().filter(|sign| sign.is_ascii_digit()).count();
    let end = end.filter(|end| !joins(after(text, *end)))?;
    (2 * digits >= *length && remainder(account) == 1).then_some(found.start..end)
}

/// The number modulo 97 once its first four characters stand behind the others and letters are written as 10 to 35
/// (ISO 7064). A place that was never filled gives no valid one.
fn remainder(account: &[u8]) -> u32 {
    let turned = account.iter().skip(4).chain(account.iter().take(4));
    turned.fold(0, |sum, sign| match sign {
        b'0'..=b'9' => (sum * 10 + u32::from(sign - b'0')) % 97,
        b'A'..=b'Z' => (sum * 100 + u32::from(sign - b'A') + 10) % 97,
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, samples::holds};

    #[test]
    fn accounts() {
        for (text, wanted) in [
            ("IBAN: DE89 3704 0044 0532 0130 00, thanks", "DE89 3704 0044 0532 0130 00"),
            ("DE89370400440532013000", "DE89370400440532013000"),
            ("de89370400440532013000", "de89370400440532013000"),
            ("DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX", "DE89 3704 0044 0532 0130 00"),
            ("GB29-NWBK-6016-1331-9268-19", "GB29-NWBK-6016-1331-9268-19"),
            ("FR14 2004 1010 0505 0001 3M02 606", "FR14 2004 1010 0505 0001 3M02 606"),
            ("NL91ABNA0417164300.", "NL91ABNA0417164300"),
            ("NO93 8601 1117 947", "NO93 8601 1117 947"),
            ("MT84 MALT 0110 0001 2345 MTLC AST0 01S", "MT84 MALT 0110 0001 2345 MTLC AST0 01S"),
            (
                "CH93\u{A0}0076\u{A0}2011\u{A0}6238\u{A0}5295\u{A0}7",
                "CH93\u{A0}0076\u{A0}2011\u{A0}6238\u{A0}5295\u{A0}7",
            ),
            ("LC55HEMM000100010012001200023015", "LC55HEMM000100010012001200023015"),
            ("AT611904300234573201 BE68539007547034", "AT611904300234573201"),
            ("BE93ABCDEF123456", "BE93ABCDEF123456"),
        ] {
            assert_eq!(holds(Detector::Iban, text)[0], wanted, "{text}");
        }
        assert_eq!(holds(Detector::Iban, "AT611904300234573201 BE68539007547034").len(), 2);
    }

    #[test]
    fn look_alikes() {
        for text in [
            "DE88370400440532013000",
            "DE89 3704 0044 0532 0130",
            "DE893704004405320130001",
            "ZZ89370400440532013000",
            "XDE89370400440532013000",
            "is14 days after the beginning of the month",
            "id42 a name that goes on and on for long",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "order AB12-3456-7890-1234",
            "2024-01-02T03:04:05Z",
        ] {
            assert_eq!(holds(Detector::Iban, text), [""; 0], "{text}");
        }
    }
}
