//! Private keys in PEM (RFC 7468), OpenSSH's and PGP's included. The begin line alone counts; all up to the end line, or to the
//! end of the text, belongs to the key, however long that is.

use super::super::finder::Finder;

pub(super) fn finder() -> Result<Finder, String> {
    let line = |word: &str| format!("-----{word} (?:[A-Z0-9]{{1,16}} ){{0,3}}PRIVATE KEY(?: BLOCK)?-----");
    Finder::new(&line("BEGIN"))?.until(&line("END"))
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, samples::holds};

    #[test]
    fn keys() {
        for kind in ["", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH ", "DSA "] {
            let key = format!("-----BEGIN {kind}PRIVATE KEY-----\nMIIE\n-----END {kind}PRIVATE KEY-----");
            assert_eq!(holds(Detector::PrivateKey, &format!("a {key} b")), [key.as_str()]);
        }
        let pgp = "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n-----END PGP PRIVATE KEY BLOCK-----";
        assert_eq!(holds(Detector::PrivateKey, &format!("{pgp}{pgp}")), [pgp, pgp]);
        let escaped = r"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";
        assert_eq!(holds(Detector::PrivateKey, escaped), [&escaped[..escaped.len() - 2]]);
        let cut = "-----BEGIN PRIVATE KEY-----\nMIIE and never an end";
        assert_eq!(holds(Detector::PrivateKey, cut), [cut]);
    }

    #[test]
    fn look_alikes() {
        for text in [
            "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
            "-----END PRIVATE KEY-----",
            "---- BEGIN PRIVATE KEY ----",
            "the PRIVATE KEY begins here",
            "-----BEGIN PRIVATE KEY",
        ] {
            assert_eq!(holds(Detector::PrivateKey, text), [""; 0], "{text}");
        }
    }
}
