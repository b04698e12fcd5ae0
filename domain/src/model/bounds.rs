//! The most that a request can cost, known before it is made: what is reserved of a key's cap.

use super::{MicroUsd, Price, Usage};

/// What a model's template says once, in front of the messages, in tokens: instructions for tools, the date, its name.
pub const TEMPLATE: u64 = 512;

/// What is assumed where a request does not say how much it may be: settings of the installation, but for the images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// The most tokens of one image. By default 50,000: more than any model is known to count (gpt-4o-mini: 48,169 at
    /// most; most count less than 4,000).
    pub image: u64,
    /// The most tokens of input that comes from elsewhere than the body: by default 200,000. The model's context window
    /// makes a bound that always holds, but for tools that the provider runs again and again within one request.
    pub context: u64,
    /// The most tokens of an answer for which the request names no limit: by default 16,384. The model's own limit
    /// makes a bound that always holds.
    pub output: u64,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self { image: 50_000, context: 200_000, output: 16_384 }
    }
}

/// The most tokens that a request can take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Of input.
    pub input: u64,
    /// Of output, all answers together.
    pub output: u64,
    /// Whether input comes from elsewhere than the body: what it is, nobody but the upstream can count.
    pub elsewhere: bool,
}

/// What those tokens cost at most, whatever part of the input is in the upstream's cache: never less than
/// [`Price::cost`] of any usage within the bounds.
#[must_use]
pub fn largest_cost(bounds: Bounds, price: Price) -> MicroUsd {
    let input = price.input.max(price.cached_input);
    Price { input, cached_input: input, ..price }.cost(Usage::new(bounds.input, 0, bounds.output))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_reserved() {
        let price = Price::check("2.50", "1.25", "10").unwrap();
        // 1,000 × 2.5 + 500 × 10.
        assert_eq!(largest_cost(Bounds { input: 1_000, output: 500, ..Bounds::default() }, price).micros(), 7_500);
        let odd = Price::check("1", "4", "0").unwrap();
        assert_eq!(largest_cost(Bounds { input: 1_000, output: 500, ..Bounds::default() }, odd).micros(), 4_000);
        let all = Bounds { input: u64::MAX, output: u64::MAX, elsewhere: true };
        assert_eq!(largest_cost(all, price), MicroUsd::MAX);
    }

    proptest! {
        #[test]
        fn no_usage_within_the_bounds_costs_more(i in 0..=i64::MAX, c in 0..=i64::MAX, o in 0..=i64::MAX,
                input: u64, output: u64, less: u64, cached: u64) {
            let amount = |micros| MicroUsd::new(micros).unwrap();
            let price = Price { input: amount(i), cached_input: amount(c), output: amount(o) };
            let usage = Usage::new(input.saturating_sub(less), cached, output.saturating_sub(less));
            let reserve = largest_cost(Bounds { input, output, elsewhere: false }, price);
            prop_assert!(price.cost(usage) <= reserve);
        }
    }
}
