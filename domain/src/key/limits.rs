//! What narrows a key's use beyond its permission: from where, and how often. Set at its creation and on its page; enforced
//! by the decision (address) and by the server's rate limiter (rate).

use super::AddressList;
use crate::field::{FieldError, Fields};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// The most requests a minute that can be set.
pub const MOST_PER_MINUTE: u32 = 100_000;

/// A key's limits; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// From where it may be used.
    pub addresses: AddressList,
    /// How often it may be used.
    pub rate: Option<RateLimit>,
}

/// Requests a minute: so many at once, and each comes back evenly over the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct RateLimit(NonZeroU32);

impl Limits {
    /// Checks both fields as a form has them: empty is no limit.
    pub fn check(allow_ip: &str, rate_limit: &str) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::default();
        let addresses = fields.take(AddressList::parse(allow_ip));
        let rate = fields.take(rate(rate_limit));
        fields.finish(addresses.zip(rate).map(|(addresses, rate)| Self { addresses, rate }))
    }
}

/// Requests a minute as a form has them; empty for no limit.
pub(super) fn rate(text: &str) -> Result<Option<RateLimit>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse::<u32>().ok().and_then(|count| RateLimit::try_from(count).ok());
    let message = "Rate limit takes a whole number of requests a minute, 1 to 100,000, or nothing for none.";
    read.map(Some).ok_or_else(|| FieldError::new("rate_limit", message))
}

impl RateLimit {
    /// Requests a minute.
    #[must_use]
    pub fn per_minute(self) -> NonZeroU32 {
        self.0
    }
}

impl From<RateLimit> for u32 {
    fn from(rate: RateLimit) -> Self {
        rate.0.get()
    }
}

impl TryFrom<u32> for RateLimit {
    type Error = &'static str;

    fn try_from(per_minute: u32) -> Result<Self, &'static str> {
        let count = NonZeroU32::new(per_minute).filter(|count| count.get() <= MOST_PER_MINUTE);
        count.map(Self).ok_or("a rate limit is 1 to 100000 requests a minute")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert_eq!(rate(" "), Ok(None));
        assert_eq!(rate(" 60 ").unwrap().map(u32::from), Some(60));
        assert_eq!(rate("100000").unwrap().map(u32::from), Some(100_000));
        for bad in ["0", "-1", "100001", "1.5", "many", "60/min", "99999999999"] {
            assert_eq!(rate(bad).unwrap_err().field, "rate_limit", "{bad}");
        }
    }

    #[test]
    fn both_fields_are_named_at_once() {
        let errors = Limits::check("nowhere", "never").unwrap_err();
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["allow_ip", "rate_limit"]);
        assert_eq!(Limits::check("", ""), Ok(Limits::default()));
    }

    #[test]
    fn are_kept_as_json() {
        let limits = Limits::check("10.0.0.0/8", "60").unwrap();
        let kept = serde_json::to_value(&limits).unwrap();
        assert_eq!(kept, serde_json::json!({"addresses": ["10.0.0.0/8"], "rate": 60}));
        assert_eq!(serde_json::from_value::<Limits>(kept).unwrap(), limits);
        assert!(serde_json::from_str::<RateLimit>("0").is_err());
    }
}
