//! The built-in detectors: what a rule may look for without a pattern of one's own. Named by rules, offered by the
//! guardrail's form, and made ready once for the whole process.

mod api_key;
mod card;
mod email;
mod iban;
mod latchkey;
mod phone;
mod private_key;
#[cfg(test)]
pub(super) mod samples;
mod starts;
mod word;

pub(super) use starts::holds_numbers;
pub(super) use word::finder as word;

use super::finder::Finder;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};

/// A detector that comes with Latchkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detector {
    /// E-mail addresses.
    Email,
    /// Telephone numbers: international ones with `+` or `00`, and the common national written forms.
    Phone,
    /// Payment card numbers, by length, issuer and Luhn's check digit.
    PaymentCard,
    /// International bank account numbers, by the country's length and the checksum.
    Iban,
    /// Private keys in PEM, from the begin line to the end line.
    PrivateKey,
    /// Keys of common services: Anthropic, AWS, GitHub, GitLab, Google, Hugging Face, npm, OpenAI, Slack, Stripe.
    ApiKey,
    /// Latchkey's own keys, of any installation, by their checksum.
    LatchkeyKey,
}

impl Detector {
    /// Every detector, in the order of the form.
    pub const ALL: [Self; 7] =
        [Self::Email, Self::Phone, Self::PaymentCard, Self::Iban, Self::PrivateKey, Self::ApiKey, Self::LatchkeyKey];

    /// As forms and the database spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::PaymentCard => "payment_card",
            Self::Iban => "iban",
            Self::PrivateKey => "private_key",
            Self::ApiKey => "api_key",
            Self::LatchkeyKey => "latchkey_key",
        }
    }

    /// Reads [`word`](Self::word).
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|detector| detector.word() == word)
    }

    /// What people call what it finds.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Email => "E-mail addresses",
            Self::Phone => "Phone numbers",
            Self::PaymentCard => "Payment cards",
            Self::Iban => "Bank accounts (IBAN)",
            Self::PrivateKey => "Private keys",
            Self::ApiKey => "API keys of common services",
            Self::LatchkeyKey => "Latchkey keys",
        }
    }

    /// What stands in place of what it found, unless the rule says otherwise.
    #[must_use]
    pub fn replacement(self) -> &'static str {
        match self {
            Self::Email => "[e-mail]",
            Self::Phone => "[phone]",
            Self::PaymentCard => "[card]",
            Self::Iban => "[iban]",
            Self::PrivateKey => "[private key]",
            Self::ApiKey | Self::LatchkeyKey => "[api key]",
        }
    }

    /// Its eye. `None` if its pattern does not compile, which a test rules out.
    pub(super) fn finder(self) -> Option<Arc<Finder>> {
        static READY: LazyLock<Vec<Option<Arc<Finder>>>> =
            LazyLock::new(|| Detector::ALL.iter().map(|detector| detector.build().ok().map(Arc::new)).collect());
        let at = Self::ALL.iter().position(|detector| *detector == self)?;
        READY.get(at)?.clone()
    }

    fn build(self) -> Result<Finder, String> {
        match self {
            Self::Email => email::finder(),
            Self::Phone => phone::finder(),
            Self::PaymentCard => card::finder(),
            Self::Iban => iban::finder(),
            Self::PrivateKey => private_key::finder(),
            Self::ApiKey => api_key::finder(),
            Self::LatchkeyKey => latchkey::finder(),
        }
    }
}

/// A space or a dash as people put it between groups of digits; the no-break ones are what models like to write.
const SEPARATOR: &str = r"[ \x{A0}\x{202F}\-\x{2011}]";

/// The characters before a place, the nearest first.
fn before(text: &str, at: usize) -> impl Iterator<Item = char> {
    text[..at].chars().rev()
}

/// The character after a place.
fn after(text: &str, at: usize) -> Option<char> {
    text[at..].chars().next()
}

/// Whether a character would make the number or name beside it another, longer one.
fn joins(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detector_is_ready_and_spelt_one_way() {
        for detector in Detector::ALL {
            assert!(detector.finder().is_some(), "{detector:?}: {:?}", detector.build().err());
            assert_eq!(Detector::of(detector.word()), Some(detector));
            assert_eq!(serde_json::to_value(detector).unwrap(), detector.word());
        }
        assert_eq!(Detector::of("emails"), None);
    }
}
