//! A text that says it is a key, as the verifier reads it on every request: the form of design §3 and the checksum, without
//! any look-up.

use super::{ID_LENGTH, KeyId, Prefix, SecretHash};
use crate::random::{BASE62, is_base62};

pub(super) const SECRET_LENGTH: usize = 32;
pub(super) const CHECKSUM_LENGTH: usize = 6;

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
        if form.prefix != prefix.as_str() {
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
pub(super) fn checksum(body: &str) -> [u8; CHECKSUM_LENGTH] {
    let mut left = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(left % 62) as usize];
        left /= 62;
    }
    digits
}
