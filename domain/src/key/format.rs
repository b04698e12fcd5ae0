//! The written form of a key (design §3): `<prefix>_<id>_<secret><checksum>`. Made when a key is created; read by
//! `latchkey key check` and where a whole key is shown again.

use super::{
    Form, KeyId, Malformed, Prefix, SecretHash,
    presented::{CHECKSUM_LENGTH, SECRET_LENGTH, checksum},
};
use crate::random::base62;
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

const LAST_LENGTH: usize = 4;

/// A whole key, secret included. It exists between its making (or its arrival in a request) and the end of that request;
/// it neither prints nor serializes itself.
#[derive(Clone)]
pub struct PlainKey {
    text: SecretString,
    id: KeyId,
    secret_at: usize,
}

impl PlainKey {
    /// A fresh key: 190 bits of secret from `rng`.
    pub fn generate(prefix: &Prefix, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let id = KeyId::generate(rng);
        let mut text = format!("{}_{id}_{}", prefix.as_str(), base62(rng, SECRET_LENGTH));
        let secret_at = text.len() - SECRET_LENGTH;
        text.extend(checksum(&text).map(char::from));
        Self { text: text.into(), id, secret_at }
    }

    /// Reads a key. Only its form and checksum are judged: nothing is looked up.
    pub fn parse(text: &str, prefix: &Prefix) -> Result<Self, Malformed> {
        let form = Form::parse(text)?;
        if form.prefix != prefix.as_str() {
            return Err(Malformed::Prefix);
        }
        Ok(Self { text: text.into(), id: form.id, secret_at: text.len() - SECRET_LENGTH - CHECKSUM_LENGTH })
    }

    /// Its public id.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// What the store keeps instead of the secret.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        let text = self.text.expose_secret();
        SecretHash::of(&text[self.secret_at..self.secret_at + SECRET_LENGTH])
    }

    /// The last four characters, by which a person tells keys apart.
    #[must_use]
    pub fn last(&self) -> String {
        let text = self.text.expose_secret();
        text[text.len() - LAST_LENGTH..].into()
    }

    /// The whole key, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

impl fmt::Debug for PlainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainKey({}, secret withheld)", self.id)
    }
}

/// How a key is shown once its secret is gone: `lk_BRTRKFsL_••••3f9Q`.
#[must_use]
pub fn masked(prefix: &Prefix, id: &KeyId, last: &str) -> String {
    format!("{}_{id}_••••{last}", prefix.as_str())
}

/// The regular expression that finds keys of this installation in any text, for secret scanners.
#[must_use]
pub fn pattern(prefix: &Prefix) -> String {
    format!(r"\b{}_[0-9A-Za-z]{{8}}_[0-9A-Za-z]{{38}}\b", prefix.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Presented;
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    fn key(seed: u64) -> PlainKey {
        PlainKey::generate(&Prefix::default(), &mut StdRng::seed_from_u64(seed))
    }

    #[test]
    fn has_the_documented_form() {
        let key = key(7);
        let text = key.expose();
        assert_eq!(text.len(), 2 + 1 + 8 + 1 + 32 + 6);
        assert!(text.starts_with("lk_"));
        assert_eq!(masked(&Prefix::default(), key.id(), &key.last()), format!("lk_{}_••••{}", key.id(), &text[46..]));
    }

    #[test]
    fn the_checksum_is_crc_32_in_base62() {
        // The check value of CRC-32/ISO-HDLC, 0xCBF43926, written in base62.
        assert_eq!(&checksum("123456789"), b"3jZRME");
        assert_eq!(&checksum(""), b"000000");
    }

    #[test]
    fn does_not_print_its_secret() {
        let key = key(9);
        let secret = &key.expose()[12..];
        assert!(!format!("{key:?}").contains(secret));
    }

    #[test]
    fn prefixes() {
        for good in ["lk", "a1", "abcdefghijkl"] {
            assert!(Prefix::new(good).is_ok());
        }
        for bad in ["", "l", "1k", "LK", "l_k", "abcdefghijklm"] {
            assert!(Prefix::new(bad).is_err(), "{bad}");
        }
        let theirs = Prefix::new("acme").unwrap();
        assert_eq!(PlainKey::parse(key(1).expose(), &theirs).unwrap_err(), Malformed::Prefix);
    }

    proptest! {
        #[test]
        fn what_was_made_is_read_back(seed: u64) {
            let made = key(seed);
            let read = PlainKey::parse(made.expose(), &Prefix::default()).unwrap();
            prop_assert_eq!(read.id(), made.id());
            prop_assert!(read.hash().matches(&made.hash()));
            prop_assert_eq!(read.last(), made.last());
            let shown = Presented::parse(made.expose(), &Prefix::default()).unwrap();
            prop_assert_eq!(shown.id, *made.id());
            prop_assert!(shown.hash.matches(&made.hash()));
        }

        #[test]
        fn any_one_wrong_character_is_refused(seed: u64, at in 0_usize..50, to in "[0-9A-Za-z_ -]") {
            let made = key(seed).expose().to_owned();
            let mut wrong = made.clone();
            wrong.replace_range(at..=at, &to);
            prop_assert_eq!(PlainKey::parse(&wrong, &Prefix::default()).is_ok(), wrong == made);
        }

        #[test]
        fn two_swapped_neighbours_are_refused(seed: u64, at in 0_usize..49) {
            let made = key(seed).expose().to_owned();
            let mut bytes = made.clone().into_bytes();
            bytes.swap(at, at + 1);
            let wrong = String::from_utf8(bytes).unwrap();
            prop_assert_eq!(PlainKey::parse(&wrong, &Prefix::default()).is_ok(), wrong == made);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = PlainKey::parse(&text, &Prefix::default());
        }
    }
}
