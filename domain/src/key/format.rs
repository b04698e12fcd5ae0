//! The written form of a key (design §3): `<prefix>_<id>_<secret><checksum>`. Made when a key is created; read by the
//! verifier on every request and by `latchkey key check`.

use super::SecretHash;
use crate::{
    field::FieldError,
    random::{BASE62, base62, is_base62},
};
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Characters of a key id.
pub const ID_LENGTH: usize = 8;
const SECRET_LENGTH: usize = 32;
const CHECKSUM_LENGTH: usize = 6;
const LAST_LENGTH: usize = 4;

/// The first part of every key of an installation, `lk` unless configured. It lets secret scanners know whose key it is,
/// so it must not change once keys are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// A prefix of the form `[a-z][a-z0-9]{1,11}`.
    pub fn new(text: &str) -> Result<Self, FieldError> {
        if !Self::fits(text) {
            let message = "The key prefix takes 2 to 12 lower-case letters and digits, a letter first.";
            return Err(FieldError::new("key_prefix", message));
        }
        Ok(Self(text.into()))
    }

    fn fits(text: &str) -> bool {
        let alphabet = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        alphabet && (2..=12).contains(&text.len()) && !text.starts_with(|c: char| c.is_ascii_digit())
    }

    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("lk".into())
    }
}

/// The public part of a key: it may stand in logs, URLs and lists.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId([u8; ID_LENGTH]);

impl KeyId {
    /// A key id as it stands in a URL, a command or a row: 8 base62 characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes().try_into().ok()?;
        is_base62(text).then_some(Self(bytes))
    }

    /// A fresh id.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut id = [0; ID_LENGTH];
        id.copy_from_slice(base62(rng, ID_LENGTH).as_bytes());
        Self(id)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only base62 gets in, so this never falls back.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The id as a number, for maps that hold many: the eight characters are its eight bytes.
    #[must_use]
    pub fn number(self) -> u64 {
        u64::from_be_bytes(self.0)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl TryFrom<String> for KeyId {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text).ok_or(Malformed::Form)
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.as_str().into()
    }
}

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
        let mut text = format!("{}_{id}_{}", prefix.0, base62(rng, SECRET_LENGTH));
        let secret_at = text.len() - SECRET_LENGTH;
        text.extend(checksum(&text).map(char::from));
        Self { text: text.into(), id, secret_at }
    }

    /// Reads a key. Only its form and checksum are judged: nothing is looked up.
    pub fn parse(text: &str, prefix: &Prefix) -> Result<Self, Malformed> {
        let form = Form::parse(text)?;
        if form.prefix != prefix.0 {
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

/// The parts of a text that has the form of a key, whichever installation made it.
#[derive(Debug, PartialEq, Eq)]
pub struct Form<'a> {
    /// The installation's prefix.
    pub prefix: &'a str,
    /// The key id.
    pub id: KeyId,
}

/// What the verifier needs of a key that came with a request: the secret itself goes no further than its hash.
#[derive(Clone, Debug)]
pub struct Presented {
    /// Which key it says it is.
    pub id: KeyId,
    /// The hash of the secret that it showed.
    pub hash: SecretHash,
}

impl Presented {
    /// Reads a key of this installation. Only its form and checksum are judged: nothing is looked up.
    pub fn parse(text: &str, prefix: &Prefix) -> Result<Self, Malformed> {
        let form = Form::parse(text)?;
        if form.prefix != prefix.0 {
            return Err(Malformed::Prefix);
        }
        let secret_at = text.len() - SECRET_LENGTH - CHECKSUM_LENGTH;
        Ok(Self { id: form.id, hash: SecretHash::of(&text[secret_at..secret_at + SECRET_LENGTH]) })
    }
}

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not the three parts, or a part of the wrong length or alphabet.
    #[error("it does not have the form of a Latchkey key")]
    Form,
    /// The form is right and the last six characters do not match: a typing error, or made up.
    #[error("its checksum does not match: it was mistyped, cut off or made up")]
    Checksum,
    /// A key of another installation.
    #[error("its prefix is another installation's")]
    Prefix,
}

impl<'a> Form<'a> {
    /// Judges form and checksum, without knowing the installation's prefix.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        // The longest prefix is 12 characters: anything longer needs no look.
        if text.len() > 12 + 2 + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH {
            return Err(Malformed::Form);
        }
        let mut parts = text.split('_');
        let (Some(prefix), Some(id), Some(tail), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Malformed::Form);
        };
        let id = KeyId::parse(id).ok_or(Malformed::Form)?;
        if !Prefix::fits(prefix) || tail.len() != SECRET_LENGTH + CHECKSUM_LENGTH || !is_base62(tail) {
            return Err(Malformed::Form);
        }
        let (body, check) = text.split_at(text.len() - CHECKSUM_LENGTH);
        if checksum(body) == check.as_bytes() { Ok(Self { prefix, id }) } else { Err(Malformed::Checksum) }
    }
}

/// CRC-32 (IEEE 802.3) of `body` in base62, most significant digit first, padded with zeros to six digits.
fn checksum(body: &str) -> [u8; CHECKSUM_LENGTH] {
    let mut left = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(left % 62) as usize];
        left /= 62;
    }
    digits
}

/// How a key is shown once its secret is gone: `lk_BRTRKFsL_••••3f9Q`.
#[must_use]
pub fn masked(prefix: &Prefix, id: &KeyId, last: &str) -> String {
    format!("{}_{id}_••••{last}", prefix.0)
}

/// The regular expression that finds keys of this installation in any text, for secret scanners.
#[must_use]
pub fn pattern(prefix: &Prefix) -> String {
    format!(r"\b{}_[0-9A-Za-z]{{8}}_[0-9A-Za-z]{{38}}\b", prefix.0)
}

#[cfg(test)]
mod tests {
    use super::*;
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
