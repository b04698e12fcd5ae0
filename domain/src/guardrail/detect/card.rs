//! Payment card numbers: 13 to 19 digits in one piece, or in groups of three to six between single spaces or dashes, of a
//! length that the issuer's prefix has, with Luhn's check digit.

use super::{
    super::finder::Finder,
    SEPARATOR, before, joins,
    starts::{digits_follow, is_edge, runs, separates},
};
use std::ops::Range;

/// The digits of the longest and of the shortest.
const MOST: usize = 19;
const LEAST: usize = 13;

pub(super) fn finder() -> Result<Finder, String> {
    Finder::checked(&format!(r"(?-u:\b)[0-9](?:{SEPARATOR}?[0-9]){{12,18}}"), check)
        .map(|finder| finder.starting(starts))
}

fn starts(text: &[u8], from: usize) -> Option<usize> {
    runs(text, from).find(|at| is_edge(text, *at) && digits_follow(text, *at, LEAST, separates))
}

/// The longest card number with which the candidate begins, and which ends where a group ends: after it a security code or a
/// year may stand.
fn check(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let mut behind = before(text, found.start);
    if matches!(behind.next(), Some('.' | ',')) && behind.next().is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    let mut digits = Vec::with_capacity(MOST);
    let (mut groups, mut group, mut best) = (Vec::new(), 0, None);
    for (at, c) in text[found.clone()].char_indices() {
        let Some(digit) = c.to_digit(10) else {
            groups.push(std::mem::take(&mut group));
            continue;
        };
        digits.push(digit);
        group += 1;
        let end = found.start + at + 1;
        let shaped =
            groups.is_empty() || (groups.iter().all(|size| (3..=6).contains(size)) && (3..=6).contains(&group));
        let counts = shaped && digits.len() >= LEAST && !goes_on(text, end);
        if counts && is_issued(&digits) && has_check_digit(&digits) {
            best = Some(found.start..end);
        }
    }
    best
}

/// Whether what follows makes the digits a part of something else: `…5`, `….5` or `…-a`.
fn goes_on(text: &str, end: usize) -> bool {
    let mut rest = text[end..].chars();
    match (rest.next(), rest.next()) {
        (Some('.' | ','), Some(next)) => next.is_ascii_digit(),
        (Some('-'), Some(next)) => next.is_ascii_alphabetic(),
        (next, _) => joins(next),
    }
}

/// Whether an issuer gives out numbers with that beginning in that length.
fn is_issued(digits: &[u32]) -> bool {
    let first = |many: usize| digits.iter().take(many).fold(0, |number, digit| number * 10 + digit);
    let length = digits.len();
    match (first(1), first(2), first(3), first(4)) {
        // Visa.
        (4, ..) => matches!(length, 13 | 16 | 19),
        // American Express.
        (_, 34 | 37, ..) => length == 15,
        // Mastercard, old range and new.
        (_, 51..=55, ..) | (_, _, _, 2221..=2720) => length == 16,
        // Diners Club.
        (_, 36 | 38 | 39, ..) | (_, _, 300..=305 | 309, _) => matches!(length, 14 | 16),
        // JCB, Discover, UnionPay, RuPay, Mir.
        (_, _, _, 3528..=3589 | 6011 | 2200..=2204) | (_, _, 644..=649, _) | (_, 60 | 62 | 65 | 81 | 82, ..) => {
            (16..=19).contains(&length)
        }
        // Troy.
        (_, _, _, 9792) => length == 16,
        // Maestro.
        (_, _, _, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763) => (13..=19).contains(&length),
        _ => false,
    }
}

/// Luhn's formula (ISO/IEC 7812-1).
fn has_check_digit(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let each = digits.iter().rev().enumerate();
    each.map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit }).sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, samples::holds};

    #[test]
    fn cards() {
        for (text, wanted) in [
            ("4111111111111111", "4111111111111111"),
            ("Card: 4111 1111 1111 1111.", "4111 1111 1111 1111"),
            ("Card: 4111-1111-1111-1111, 123", "4111-1111-1111-1111"),
            ("4111 1111 1111 1111 123 12/27", "4111 1111 1111 1111"),
            ("order 17 4111 1111 1111 1111", "4111 1111 1111 1111"),
            ("4111\u{A0}1111\u{202F}1111\u{2011}1111", "4111\u{A0}1111\u{202F}1111\u{2011}1111"),
            ("visa 4222222222222", "4222222222222"),
            ("5555 5555 5555 4444", "5555 5555 5555 4444"),
            ("2223003122003222", "2223003122003222"),
            ("amex 3782 822463 10005", "3782 822463 10005"),
            ("diners 3056 930902 5904", "3056 930902 5904"),
            ("discover 6011111111111117", "6011111111111117"),
            ("jcb 3530111333300000", "3530111333300000"),
            ("unionpay 6200000000000005", "6200000000000005"),
            ("maestro 6759649826438453", "6759649826438453"),
            ("我的卡号是4111111111111111请", "4111111111111111"),
            ("{\"pan\":\"4111111111111111\"}", "4111111111111111"),
            ("VISA-4111111111111111", "4111111111111111"),
        ] {
            assert_eq!(holds(Detector::PaymentCard, text), [wanted], "{text}");
        }
    }

    #[test]
    fn look_alikes() {
        for text in [
            "4111111111111112",
            "order 4111 1111 1111 1112",
            "at 1700000000000 ms, 1700000000000000000 ns",
            "2024-01-02 03:04:05.678901234",
            "550e8400-e29b-41d4-a716-446655440000",
            "00000000-0000-0000-0000-000000000000",
            "0000 0000 0000 0000",
            "IMEI 490154203237518",
            "41111111111111111111111111",
            "a4111111111111111",
            "4111111111111111b",
            "4111111111111111_2",
            "0.4111111111111111",
            "4111111111111111.25",
            "4111-1111-1111-1111-deadbeef",
            "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
            "4111  1111  1111  1111",
            "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "snowflake 1176543210987654321",
            "EAN 4006381333931",
        ] {
            assert_eq!(holds(Detector::PaymentCard, text), [""; 0], "{text}");
        }
    }
}
