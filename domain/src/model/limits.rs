//! What a key may do with models: which of them, for how much money, and under which guardrail. Chosen at its creation and on
//! its page.

use super::{Cap, ModelScope};
use crate::{
    field::{FieldError, Fields},
    id::GuardrailId,
};
use serde::{Deserialize, Serialize};

/// A key's limits on model traffic; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelLimits {
    /// Which models it may use.
    pub models: ModelScope,
    /// What it may spend; `None` without a cap.
    pub cap: Option<Cap>,
    /// The guardrail before what it sends and what comes back.
    pub guardrail: Option<GuardrailId>,
}

impl ModelLimits {
    /// Checks the three fields as a form has them: empty is no limit. Its guardrail is for the caller to find.
    pub fn check(models: &str, spend_cap: &str, spend_period: &str) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::default();
        let models = fields.take(ModelScope::parse(models));
        let cap = fields.take_all(Cap::check(spend_cap, spend_period));
        fields.finish(models.zip(cap).map(|(models, cap)| Self { models, cap, guardrail: None }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MicroUsd, Period};
    use super::*;

    #[test]
    fn every_field_is_named_at_once() {
        let errors = ModelLimits::check("a b", "ten", "year").unwrap_err();
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["models", "spend_cap", "spend_period"]);
        assert_eq!(ModelLimits::check("", "", ""), Ok(ModelLimits::default()));
        let limits = ModelLimits::check("o3", "5", "day").unwrap();
        assert_eq!(limits.cap, Some(Cap { amount: MicroUsd::dollars(5), period: Period::Day }));
        assert_eq!(limits.models.written(), "o3");
    }
}
