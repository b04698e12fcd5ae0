//! Unbiased base62 text from a generator that the caller hands in. Used for key ids, secrets, and the ids of rows.

use rand::CryptoRng;

/// The alphabet of every id and secret: digits, upper case, lower case, in ASCII order.
pub const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The largest multiple of 62 that fits a byte. Bytes from here up are thrown away: taking them modulo 62 would make
/// the first characters of the alphabet likelier than the others.
const FAIR: u8 = 248;

/// `length` characters, each drawn evenly from [`BASE62`] (5.95 bits of entropy each).
pub fn base62(rng: &mut (impl CryptoRng + ?Sized), length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut bytes = [0_u8; 64];
    loop {
        rng.fill_bytes(&mut bytes);
        for byte in bytes {
            if text.len() == length {
                return text;
            }
            if byte < FAIR {
                text.push(char::from(BASE62[usize::from(byte % 62)]));
            }
        }
    }
}

/// Whether `text` has only characters of [`BASE62`].
#[must_use]
pub fn is_base62(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn has_the_length_and_the_alphabet_asked_for() {
        let mut rng = StdRng::seed_from_u64(1);
        for length in [0, 1, 8, 32, 200] {
            let text = base62(&mut rng, length);
            assert_eq!(text.len(), length);
            assert!(is_base62(&text));
        }
    }

    #[test]
    fn every_character_is_equally_likely() {
        let text = base62(&mut StdRng::seed_from_u64(2), 62 * 2_000);
        for wanted in BASE62 {
            let seen = text.bytes().filter(|b| b == wanted).count();
            // Mean 2,000, standard deviation 44: six of them never happen by chance with a fixed seed.
            assert!((1_736..2_264).contains(&seen), "{} came {seen} times", char::from(*wanted));
        }
    }
}
