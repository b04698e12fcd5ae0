//! Telephone numbers. International ones after `+` (E.164, 8 to 15 digits) or after `00` with a space behind the country;
//! North American ones as `(415) 555-2671`, `415-555-2671` and `1-800-555-0199`; national ones with a leading zero in groups,
//! as much of the world writes them. A plain run of digits is no phone number: orders, times and ids look the same.

use super::{
    super::finder::Finder,
    after, before, joins,
    starts::{digits_follow, is_edge, runs},
};
use std::ops::Range;

/// The digits of the shortest.
const LEAST: usize = 8;
/// Spaces as people and models put them.
const SPACE: &str = r"[ \x{A0}\x{202F}]";
/// The same, dashes and dots.
const JOIN: &str = r"[ .\-\x{A0}\x{202F}\x{2011}]";
/// Area and exchange in North America.
const AREA: &str = "[2-9][0-9]{2}";
/// Where a number may begin with a digit.
const EDGE: &str = r"(?-u:\b)";

pub(super) fn finder() -> Result<Finder, String> {
    let forms = [
        // +49 (0)30 1234567, +14155552671, 0044 20 7946 0958
        format!(
            r"(?:\+[1-9][0-9]{{0,2}}|{EDGE}00[1-9][0-9]{{0,2}}{JOIN})(?:{JOIN}?\([0-9]{{1,4}}\))?(?:(?:{JOIN}|/)?[0-9]){{5,14}}"
        ),
        // (415) 555-2671, 1 (415) 555-2671
        format!(r"(?:{EDGE}1{JOIN})?\({AREA}\){SPACE}?{AREA}{JOIN}[0-9]{{4}}"),
        // 415-555-2671, 415.555.2671, 415 555-2671, 1-800-555-0199
        format!(r"{EDGE}(?:1{JOIN})?{AREA}(?:[.-]{AREA}[.-]|{SPACE}{AREA}-)[0-9]{{4}}"),
        // 01 23 45 67 89
        format!(r"{EDGE}0[1-9](?:{JOIN}[0-9]{{2}}){{4}}"),
        // 020 7946 0958, 0412 345 678
        format!(r"{EDGE}0[1-9][0-9]{{1,3}}(?:{SPACE}|/|-)[0-9]{{3,4}}(?:{SPACE}|-)[0-9]{{3,4}}"),
        // 0171 1234567, 030/12345678
        format!(r"{EDGE}0[1-9][0-9]{{1,3}}(?:{SPACE}|/)[0-9]{{6,8}}"),
        // (030) 1234567, (02) 9876 5432
        format!(r"\(0[0-9]{{1,4}}\){SPACE}?[0-9]{{3,4}}(?:{SPACE}|-)?[0-9]{{3,4}}"),
    ];
    Finder::checked(&forms.join("|"), check).map(|finder| finder.starting(starts))
}

fn starts(text: &[u8], from: usize) -> Option<usize> {
    let joins = |byte: u8| matches!(byte, b' ' | b'.' | b'-' | b'/' | b'(' | b')') || !byte.is_ascii();
    runs(text, from).find_map(|at| {
        let sign = at.checked_sub(1).filter(|sign| *sign >= from && matches!(text[*sign], b'+' | b'('));
        let start = sign.or_else(|| is_edge(text, at).then_some(at))?;
        digits_follow(text, at, LEAST, joins).then_some(start)
    })
}

fn check(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let number = &text[found.clone()];
    // Pairs of digits are also what lists are made of.
    let pairs = number.starts_with('0') && number.as_bytes().get(2).is_some_and(|b| !b.is_ascii_digit());
    let mut behind = before(text, found.start);
    let (near, far) = (behind.next(), behind.next());
    let joined = matches!(near, Some('-' | '.' | '/' | ':')) || (pairs && near == Some(' '));
    if joins(near) || near == Some('+') || (joined && far.is_some_and(|c| c.is_ascii_digit())) {
        return None;
    }
    if number.starts_with('+') || number.starts_with("00") {
        return international(text, found);
    }
    let dense = |c| matches!(c, '-' | '.') || (pairs && c == ' ');
    (!joins(after(text, found.end)) && !leads_on(text, found.end, dense)).then_some(found)
}

/// The longest part that ends where a group ends: 8 to 15 digits, 11 in North America.
fn international(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let number = &text[found.clone()];
    let most = if number.starts_with("+1") || number.starts_with("001") { 11 } else { 15 };
    let least = if most == 11 { 11 } else { LEAST };
    let (mut digits, mut best) = (0, None);
    for (at, c) in number.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        // The zeros of 00 stand for the plus sign.
        digits += usize::from(!(c == '0' && at < 2));
        let end = found.start + at + 1;
        if (least..=most).contains(&digits) && !joins(after(text, end)) && !text[end..].starts_with(')') {
            best = Some(found.start..end);
        }
    }
    best
}

/// Whether the digits go on behind one of these signs: a number of another kind, such as an order's.
fn leads_on(text: &str, end: usize, by: impl Fn(char) -> bool) -> bool {
    let mut rest = text[end..].chars();
    rest.next().is_some_and(by) && rest.next().is_some_and(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, samples::holds};

    #[test]
    fn numbers() {
        for (text, wanted) in [
            ("+14155552671", "+14155552671"),
            ("Call +1 415 555 2671 2 times", "+1 415 555 2671"),
            ("+1 (415) 555-2671", "+1 (415) 555-2671"),
            ("tel:+4930123456", "+4930123456"),
            ("+49 (0)30 1234567, Berlin", "+49 (0)30 1234567"),
            ("+44 (0) 20 7946 0958", "+44 (0) 20 7946 0958"),
            ("+44\u{A0}20\u{202F}7946\u{2011}0958", "+44\u{A0}20\u{202F}7946\u{2011}0958"),
            ("+49 30 123456-78", "+49 30 123456-78"),
            ("+49 30 1234567 20240101", "+49 30 1234567"),
            ("+33 1 23 45 67 89.", "+33 1 23 45 67 89"),
            ("+81-3-1234-5678", "+81-3-1234-5678"),
            ("电话+8613812345678谢谢", "+8613812345678"),
            ("0044 20 7946 0958", "0044 20 7946 0958"),
            ("(415) 555-2671", "(415) 555-2671"),
            ("(415)555-2671", "(415)555-2671"),
            ("415-555-2671", "415-555-2671"),
            ("Fax 415.555.2671.", "415.555.2671"),
            ("415 555-2671", "415 555-2671"),
            ("1-800-555-0199", "1-800-555-0199"),
            ("1 (800) 555-0199", "1 (800) 555-0199"),
            ("01 23 45 67 89", "01 23 45 67 89"),
            ("06.12.34.56.78", "06.12.34.56.78"),
            ("020 7946 0958", "020 7946 0958"),
            ("0412 345 678", "0412 345 678"),
            ("0171 1234567", "0171 1234567"),
            ("Tel. 030/12345678", "030/12345678"),
            ("(030) 1234567", "(030) 1234567"),
            ("(02) 9876 5432", "(02) 9876 5432"),
        ] {
            assert_eq!(holds(Detector::Phone, text), [wanted], "{text}");
        }
    }

    #[test]
    fn look_alikes() {
        for text in [
            "order 4155552671, order 123-456-7890-11",
            "order 12-415-555-2671 and 415-555-2671-99",
            "1700000000 and 1700000000000",
            "2024-01-02 03:04:05.678 +0200",
            "2024-01-02T03:04:05+01:00",
            "01.02.2024, 01-02-2024, 01/02/2024",
            "192.168.100.200 and 10.0.0.1",
            "550e8400-e29b-41d4-a716-446655440000",
            "ISBN 978-3-16-148410-0, 0-306-40615-2",
            "SSN 078-05-1120, ZIP 94105-1234",
            "MAC 01-23-45-67-89-01",
            "01 02 03 04 05 06 07 08",
            "sizes 200 300 4000",
            "x += +12; y = a+4930123456",
            "0x00ff 007 0012",
            "v1.2.3-415 and 3.14159265358979",
            "@@ -100,12 +104,15 @@",
            "+12345",
            "+1234567890123456789",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        ] {
            assert_eq!(holds(Detector::Phone, text), [""; 0], "{text}");
        }
    }
}
