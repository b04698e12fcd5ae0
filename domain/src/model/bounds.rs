//! The most that a request can cost, known before it is made: what is reserved of a key's cap.

use super::{MOST_TOKENS, MicroUsd, Price, Usage};
use crate::field::{FieldError, Fields};
use serde::{Deserialize, Serialize};

/// What a model's template says once, in front of the messages, in tokens: instructions for tools, the date, its name.
pub const TEMPLATE: u64 = 512;

/// What is assumed where a request does not say how much it may be. A setting of the model; these are the defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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

impl Ceilings {
    /// Checks the three fields as a model's form has them; empty for the default.
    pub fn check(image: &str, context: &str, output: &str) -> Result<Self, Vec<FieldError>> {
        let default = Self::default();
        let mut fields = Fields::default();
        let image = fields.take(tokens("image_tokens", "Tokens of an image", image, default.image));
        let context = fields.take(tokens("context_tokens", "Context window", context, default.context));
        let output = fields.take(tokens("output_tokens", "Longest answer", output, default.output));
        fields.finish(image.zip(context).zip(output).map(|((image, context), output)| Self { image, context, output }))
    }
}

fn tokens(field: &str, label: &str, text: &str, default: u64) -> Result<u64, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(default);
    }
    let read = text.parse().ok().filter(|count| (1..=MOST_TOKENS).contains(count));
    let message = || format!("{label} is a whole number of tokens, or nothing for {default}.");
    read.ok_or_else(|| FieldError::new(field, message()))
}

/// The most tokens that a request can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Of input.
    pub input: u64,
    /// Of output, all answers together.
    pub output: u64,
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
        assert_eq!(largest_cost(Bounds { input: 1_000, output: 500 }, price).micros(), 7_500);
        let odd = Price::check("1", "4", "0").unwrap();
        assert_eq!(largest_cost(Bounds { input: 1_000, output: 500 }, odd).micros(), 4_000);
        let all = Bounds { input: u64::MAX, output: u64::MAX };
        assert_eq!(largest_cost(all, price), MicroUsd::MAX);
    }

    #[test]
    fn ceilings_of_a_form() {
        assert_eq!(Ceilings::check("", " ", ""), Ok(Ceilings::default()));
        let set = Ceilings { image: 1, context: 1_047_576, output: 1_000_000_000 };
        assert_eq!(Ceilings::check("1", " 1047576 ", "1000000000"), Ok(set));
        for bad in ["0", "-1", "1.5", "128k", "1,000", "1000000001"] {
            let errors = Ceilings::check(bad, bad, bad).unwrap_err();
            let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, ["image_tokens", "context_tokens", "output_tokens"], "{bad}");
        }
        let message = Ceilings::check("", "", "x").unwrap_err().remove(0).message;
        assert_eq!(message, "Longest answer is a whole number of tokens, or nothing for 16384.");
    }

    #[test]
    fn ceilings_may_be_named_in_part() {
        let read: Ceilings = serde_json::from_str(r#"{"output":128000}"#).unwrap();
        assert_eq!(read, Ceilings { output: 128_000, ..Ceilings::default() });
    }

    proptest! {
        #[test]
        fn no_usage_within_the_bounds_costs_more(i in 0..=i64::MAX, c in 0..=i64::MAX, o in 0..=i64::MAX,
                input: u64, output: u64, less: u64, cached: u64) {
            let amount = |micros| MicroUsd::new(micros).unwrap();
            let price = Price { input: amount(i), cached_input: amount(c), output: amount(o) };
            let usage = Usage::new(input.saturating_sub(less), cached, output.saturating_sub(less));
            let reserve = largest_cost(Bounds { input, output }, price);
            prop_assert!(price.cost(usage) <= reserve);
        }
    }
}
