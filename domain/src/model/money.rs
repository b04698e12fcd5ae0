//! Money: whole millionths of a US dollar, so that sums are exact and both databases keep them as integers.

use serde::{Deserialize, Serialize};
use std::{fmt, iter::Sum};

/// The millionths of a dollar.
const MICROS: i64 = 1_000_000;

/// An amount of money in millionths of a US dollar, never less than nothing, at most
/// 9,223,372,036,854.775807 dollars. JSON and both databases have the integer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct MicroUsd(i64);

impl MicroUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most.
    pub const MAX: Self = Self(i64::MAX);

    /// So many millionths; `None` for less than nothing.
    #[must_use]
    pub const fn new(micros: i64) -> Option<Self> {
        if micros < 0 { None } else { Some(Self(micros)) }
    }

    /// So many whole dollars.
    #[must_use]
    pub const fn dollars(dollars: u32) -> Self {
        Self(dollars as i64 * MICROS)
    }

    /// So many millionths, held at the most.
    #[must_use]
    pub fn held(micros: u128) -> Self {
        Self(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    /// The millionths.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The dollars, as JSON has them for others: exact up to nine thousand million, beyond any cap.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "amounts that are told are below 2^53 millionths")]
    pub fn in_dollars(self) -> f64 {
        self.0 as f64 / MICROS as f64
    }

    /// The sum; `None` if it is more than the most.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// What is left; `None` if `other` is more.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::new)
    }

    /// The sum, held at the most.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left, or nothing.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        self.checked_sub(other).unwrap_or_default()
    }

    /// Reads dollars: `12`, `12.5`, `$0.000001`. Exact, to the millionth. The error is a sentence without its subject.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let text = text.strip_prefix('$').map_or(text, str::trim_start);
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err("is an amount in US dollars, such as 25 or 0.125, without commas.");
        }
        if fraction.len() > 6 {
            return Err("has more than six decimals: a millionth of a dollar is the smallest amount.");
        }
        let dollars = whole.parse::<i64>().ok().and_then(|dollars| dollars.checked_mul(MICROS));
        let micros = format!("{fraction:0<6}").parse::<i64>().ok();
        let sum = dollars.zip(micros).and_then(|(dollars, micros)| dollars.checked_add(micros));
        sum.map(Self).ok_or("is more than any amount that is kept.")
    }
}

/// Dollars with two decimals, or as many as it takes, at most six: `12.00`, `0.125`, `0.000001`. Without a sign for the
/// currency, so that it may stand in a form's field.
impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:06}", self.0 % MICROS);
        let (cents, rest) = fraction.split_at(2);
        write!(f, "{}.{cents}{}", self.0 / MICROS, rest.trim_end_matches('0'))
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::saturating_add)
    }
}

impl From<MicroUsd> for i64 {
    fn from(amount: MicroUsd) -> Self {
        amount.0
    }
}

impl TryFrom<i64> for MicroUsd {
    type Error = &'static str;

    fn try_from(micros: i64) -> Result<Self, &'static str> {
        Self::new(micros).ok_or("an amount of money is never less than nothing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_millionth_is_told() {
        let told = |micros| serde_json::to_string(&MicroUsd(micros).in_dollars()).unwrap();
        assert_eq!((told(0).as_str(), told(12_500_000).as_str(), told(999_999).as_str()), ("0.0", "12.5", "0.999999"));
        assert_eq!(told(super::super::MOST_CAP.micros() - 1), "999999999.999999");
    }

    #[test]
    fn dollars_as_people_write_them() {
        for (typed, micros, shown) in [
            ("0", 0, "0.00"),
            (" 12 ", 12_000_000, "12.00"),
            ("$12.50", 12_500_000, "12.50"),
            ("$ 0.1", 100_000, "0.10"),
            ("0.125", 125_000, "0.125"),
            ("0.000001", 1, "0.000001"),
            ("007.070", 7_070_000, "7.07"),
            ("9223372036854.775807", i64::MAX, "9223372036854.775807"),
        ] {
            let amount = MicroUsd::parse(typed).unwrap();
            assert_eq!((amount.micros(), amount.to_string().as_str()), (micros, shown), "{typed}");
        }
        for bad in [
            "",
            "$",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1,5",
            "1,000.00",
            "1e3",
            "1 000",
            "0x1",
            "1.0000000",
            "٣",
            "1.-5",
            "$$1",
            "NaN",
            "9223372036854.775808",
            "99999999999999999999",
        ] {
            assert!(MicroUsd::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn is_kept_as_an_integer() {
        assert_eq!(serde_json::to_string(&MicroUsd::dollars(2)).unwrap(), "2000000");
        assert_eq!(serde_json::from_str::<MicroUsd>("7").unwrap().micros(), 7);
        for bad in ["-1", "1.5", "\"1\"", "9223372036854775808"] {
            assert!(serde_json::from_str::<MicroUsd>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn arithmetic_never_leaves_the_range() {
        let one = MicroUsd::new(1).unwrap();
        assert_eq!(MicroUsd::MAX.checked_add(one), None);
        assert_eq!(MicroUsd::MAX.saturating_add(one), MicroUsd::MAX);
        assert_eq!(MicroUsd::ZERO.checked_sub(one), None);
        assert_eq!(MicroUsd::ZERO.saturating_sub(one), MicroUsd::ZERO);
        assert_eq!(MicroUsd::held(u128::MAX), MicroUsd::MAX);
        assert_eq!(MicroUsd::dollars(u32::MAX).to_string(), "4294967295.00");
        assert_eq!([MicroUsd::MAX, one].into_iter().sum::<MicroUsd>(), MicroUsd::MAX);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(micros in 0..=i64::MAX) {
            let amount = MicroUsd::new(micros).unwrap();
            prop_assert_eq!(MicroUsd::parse(&amount.to_string()), Ok(amount));
        }

        #[test]
        fn what_is_read_is_what_was_typed(whole in 0_u32.., fraction in "[0-9]{1,6}") {
            let amount = MicroUsd::parse(&format!("{whole}.{fraction}")).unwrap();
            let micros = fraction.parse::<i64>().unwrap() * 10_i64.pow(6 - u32::try_from(fraction.len()).unwrap());
            prop_assert_eq!(amount.micros(), i64::from(whole) * 1_000_000 + micros);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[$0-9.,eE+ -]{0,24}") {
            if let Ok(amount) = MicroUsd::parse(&text) {
                prop_assert_eq!(MicroUsd::parse(&amount.to_string()), Ok(amount));
            }
        }

        #[test]
        fn sums_and_differences_agree(a in 0..=i64::MAX, b in 0..=i64::MAX) {
            let (a, b) = (MicroUsd::new(a).unwrap(), MicroUsd::new(b).unwrap());
            if let Some(sum) = a.checked_add(b) {
                prop_assert_eq!(sum.checked_sub(b), Some(a));
                prop_assert_eq!(a.saturating_add(b), sum);
            }
            prop_assert_eq!(a.checked_sub(b).is_some(), a >= b);
        }
    }
}
