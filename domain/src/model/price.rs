//! What a model's tokens cost, from which moment on, and what a request cost. Read from the prices' form and from the
//! store; asked by the relay before and after each request.

use super::{MicroUsd, Usage};
use crate::{
    field::{FieldError, Fields},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The highest price of a million tokens: a dollar a token. It keeps a slip of the finger, and one request's cost,
/// within what is kept.
pub const MOST_PRICE: MicroUsd = MicroUsd::dollars(1_000_000);

/// The most models that a workspace has prices for, and the most prices to come that a model has: all of them are held in
/// memory.
pub const MOST_PRICED: i64 = 2_000;
/// See [`MOST_PRICED`].
pub const MOST_AHEAD: i64 = 10;

/// What a million tokens cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// A million tokens of input that the upstream had to read.
    pub input: MicroUsd,
    /// A million tokens of input that it still had in its cache.
    pub cached_input: MicroUsd,
    /// A million tokens of output.
    pub output: MicroUsd,
}

/// Something that holds from a moment on, until a later one takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T> {
    /// Its first moment.
    pub from: Timestamp,
    /// What holds.
    pub value: T,
}

/// What holds at `now`: of those that have begun, the one that began last; of two that began together, the one that
/// stands later in the list. The list may be in any order. `None` before the first.
#[must_use]
pub fn price_at(list: &[Dated<Price>], now: Timestamp) -> Option<Price> {
    list.iter().filter(|dated| dated.from <= now).max_by_key(|dated| dated.from).map(|dated| dated.value)
}

/// From when on a price holds, as a form has it: nothing typed, or the day of today, is now; else a day to come, from its
/// beginning (UTC). What has held is never changed.
pub fn price_start(text: &str, now: Timestamp) -> Result<Timestamp, FieldError> {
    let text = text.trim();
    if text.is_empty() || text == now.day() {
        return Ok(now);
    }
    let start = Timestamp::start_of_day(text).filter(|start| *start > now);
    let message = "From is a day to come, such as 2027-01-31, or nothing for now: what has held is never changed.";
    start.ok_or_else(|| FieldError::new("from", message))
}

impl Price {
    /// Checks the three fields as a form has them, in dollars per million tokens. Input and output are required (`0` is
    /// free); a cached input left empty costs what input costs.
    pub fn check(input: &str, cached_input: &str, output: &str) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::default();
        let input_price = fields.take(amount("input_price", "Input price", input));
        let cached = if cached_input.trim().is_empty() {
            input_price
        } else {
            fields.take(amount("cached_input_price", "Cached input price", cached_input))
        };
        let output = fields.take(amount("output_price", "Output price", output));
        let checked = input_price.zip(cached).zip(output);
        fields.finish(checked.map(|((input, cached_input), output)| Self { input, cached_input, output }))
    }

    /// What that usage costs: the exact sum of its three parts, rounded up to the millionth of a dollar once, at the
    /// end. More tokens or a higher price never cost less; what could not be kept costs the most there is.
    #[must_use]
    pub fn cost(&self, usage: Usage) -> MicroUsd {
        let part = |tokens: u64, price: MicroUsd| u128::from(tokens) * u128::from(price.micros().unsigned_abs());
        // At most 2⁶⁴ × 2⁶³ for all the input and as much for the output: the sum fits into 128 bits.
        let sum = part(usage.fresh_input(), self.input)
            + part(usage.cached_input(), self.cached_input)
            + part(usage.output(), self.output);
        MicroUsd::held(sum.div_ceil(1_000_000))
    }
}

fn amount(field: &str, label: &str, text: &str) -> Result<MicroUsd, FieldError> {
    let read = MicroUsd::parse(text).and_then(|price| {
        let fits = price <= MOST_PRICE;
        if fits { Ok(price) } else { Err("is more than a dollar a token. It is the price of a million tokens.") }
    });
    read.map_err(|why| FieldError::new(field, format!("{label} {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn price(input: &str, cached: &str, output: &str) -> Price {
        Price::check(input, cached, output).unwrap()
    }

    #[test]
    fn forms() {
        let gpt = price("2.50", "1.25", "$10");
        assert_eq!([gpt.input, gpt.cached_input, gpt.output].map(MicroUsd::micros), [2_500_000, 1_250_000, 10_000_000]);
        assert_eq!(price("0.02", " ", "0").cached_input.micros(), 20_000);
        let errors = Price::check("", "x", "1000000.01").unwrap_err();
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["input_price", "cached_input_price", "output_price"]);
        assert_eq!(errors[0].message, "Input price is an amount in US dollars, such as 25 or 0.125, without commas.");
        assert!(errors[2].message.ends_with("It is the price of a million tokens."));
        assert!(Price::check("1000000", "", "0").is_ok());
    }

    #[test]
    fn costs() {
        let gpt = price("2.50", "1.25", "10");
        for (usage, micros) in [
            (Usage::default(), 0),
            (Usage::new(1_000_000, 0, 0), 2_500_000),
            (Usage::new(1_000_000, 1_000_000, 0), 1_250_000),
            (Usage::new(0, 0, 1_000_000), 10_000_000),
            // 19 × 2.5 + 10 × 10 = 147.5, rounded up once.
            (Usage::new(19, 0, 10), 148),
            // 86 × 2.5 + 1920 × 1.25 + 300 × 10 = 5615.
            (Usage::new(2006, 1920, 300), 5_615),
            (Usage::new(1, 0, 0), 3),
        ] {
            assert_eq!(gpt.cost(usage).micros(), micros, "{usage:?}");
        }
        let dearest = Price { input: MicroUsd::MAX, cached_input: MicroUsd::MAX, output: MicroUsd::MAX };
        assert_eq!(dearest.cost(Usage::new(u64::MAX, 7, u64::MAX)), MicroUsd::MAX, "without an overflow");
        assert_eq!(Price::default().cost(Usage::new(u64::MAX, 0, u64::MAX)), MicroUsd::ZERO);
        let tiny = price("0.000001", "", "0");
        assert_eq!(tiny.cost(Usage::new(1, 0, 0)).micros(), 1, "nothing that has a price is free");
    }

    #[test]
    fn the_price_that_began_last_holds() {
        let from = |from, input: u32| Dated {
            from: Timestamp(from),
            value: Price { input: MicroUsd::dollars(input), ..Price::default() },
        };
        let list = [from(20, 2), from(10, 1), from(20, 3), from(30, 4)];
        let at = |now| price_at(&list, Timestamp(now)).map(|price| price.input);
        assert_eq!(at(9), None);
        assert_eq!(at(10), Some(MicroUsd::dollars(1)));
        assert_eq!(at(19), Some(MicroUsd::dollars(1)));
        assert_eq!(at(20), Some(MicroUsd::dollars(3)), "of two that begin together, the later in the list");
        assert_eq!(at(i64::MAX), Some(MicroUsd::dollars(4)));
        assert_eq!(price_at(&[], Timestamp(0)), None);
    }

    #[test]
    fn a_price_begins_now_or_on_a_day_to_come() {
        let now = Timestamp(1_785_765_909_123); // 3 Aug 2026, 14:05 UTC
        for is_now in ["", " ", "2026-08-03"] {
            assert_eq!(price_start(is_now, now), Ok(now));
        }
        assert_eq!(price_start(" 2026-08-04 ", now).map(Timestamp::rfc3339).as_deref(), Ok("2026-08-04T00:00:00Z"));
        for bad in ["2026-08-02", "1970-01-01", "2026-02-30", "tomorrow", "2026-08-04T10:00"] {
            assert_eq!(price_start(bad, now).unwrap_err().field, "from", "{bad}");
        }
    }

    prop_compose! {
        fn prices()(input in 0..=i64::MAX, cached in 0..=i64::MAX, output in 0..=i64::MAX) -> Price {
            let amount = |micros| MicroUsd::new(micros).unwrap();
            Price { input: amount(input), cached_input: amount(cached), output: amount(output) }
        }
    }

    proptest! {
        #[test]
        fn more_never_costs_less(price in prices(), input: u64, cached: u64, output: u64, more: u64, raise in 0..=i64::MAX) {
            let usage = Usage::new(input, cached, output);
            let cost = price.cost(usage);
            prop_assert!(cost <= price.cost(Usage::new(input.saturating_add(more), usage.cached_input(), output)));
            prop_assert!(cost <= price.cost(Usage::new(input, cached, output.saturating_add(more))));
            let raise = |amount: MicroUsd| amount.saturating_add(MicroUsd::new(raise).unwrap());
            for dearer in [
                Price { input: raise(price.input), ..price },
                Price { cached_input: raise(price.cached_input), ..price },
                Price { output: raise(price.output), ..price },
            ] {
                prop_assert!(cost <= dearer.cost(usage));
            }
        }

        #[test]
        fn is_exact_and_rounded_up_once(i in 0_i64..20_000_000, c in 0_i64..20_000_000, o in 0_i64..90_000_000,
                input in 0_u32..2_000_000, cached in 0_u32..2_000_000, output in 0_u32..2_000_000) {
            let amount = |micros| MicroUsd::new(micros).unwrap();
            let price = Price { input: amount(i), cached_input: amount(c), output: amount(o) };
            let usage = Usage::new(input.into(), cached.into(), output.into());
            let exact = i128::from(usage.fresh_input()) * i128::from(i)
                + i128::from(usage.cached_input()) * i128::from(c)
                + i128::from(output) * i128::from(o);
            let over = i128::from(price.cost(usage).micros()) * 1_000_000 - exact;
            prop_assert!((0..1_000_000).contains(&over), "{over}");
        }
    }
}
