//! Sessions of the protocol's earlier revisions: a server's session id, sealed to the key that opened it. A client gets it with
//! a mark in front that only this installation makes, so that no other key, and no other server, can go on with the session;
//! nothing is kept, and every instance knows it.

use domain::{id::ServerId, key::KeyId};
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Bytes of a mark; as text twice as many characters.
const MARK: usize = 16;
/// The longest session id of a server.
const LONGEST: usize = 1_024;

/// What marks are made with.
pub(crate) struct SessionSeal(Hkdf<Sha256>);

impl SessionSeal {
    /// Derived from the installation's master key.
    pub fn of(master: &[u8]) -> Self {
        Self(Hkdf::new(Some(b"latchkey mcp sessions, 1"), master))
    }

    /// A server's session id as its client gets it; `None` if it has not the form of one.
    pub fn seal(&self, key: KeyId, server: &ServerId, session: &[u8]) -> Option<String> {
        let fits = !session.is_empty() && session.len() <= LONGEST && session.iter().all(u8::is_ascii_graphic);
        let session = str::from_utf8(session).ok().filter(|_| fits)?;
        Some(format!("{}{session}", self.mark(key, server, session)?))
    }

    /// The server's session id, if it was sealed to that key and that server.
    pub fn open<'a>(&self, key: KeyId, server: &ServerId, sealed: &'a str) -> Option<&'a str> {
        let (mark, session) = sealed.split_at_checked(2 * MARK)?;
        let wanted = self.mark(key, server, session)?;
        bool::from(wanted.as_bytes().ct_eq(mark.as_bytes())).then_some(session)
    }

    fn mark(&self, key: KeyId, server: &ServerId, session: &str) -> Option<String> {
        let mut mark = [0_u8; MARK];
        // A key id has eight characters and a server id no space: no two of these texts are put together alike.
        let parts: [&[u8]; 5] = [key.as_str().as_bytes(), b" ", server.as_str().as_bytes(), b" ", session.as_bytes()];
        self.0.expand_multi_info(&parts, &mut mark).ok()?;
        Some(mark.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_its_keys_and_its_servers() {
        let (seal, other) = (SessionSeal::of(&[1; 32]), SessionSeal::of(&[2; 32]));
        let (key, stranger) = (KeyId::parse("BRTRKFsL").unwrap(), KeyId::parse("8fQk20Ja").unwrap());
        let (github, files) = (ServerId::from_text("github"), ServerId::from_text("files"));
        let sealed = seal.seal(key, &github, b"session-1").unwrap();
        assert_eq!(seal.open(key, &github, &sealed), Some("session-1"));
        assert_eq!(seal.open(stranger, &github, &sealed), None);
        assert_eq!(seal.open(key, &files, &sealed), None);
        assert_eq!(other.open(key, &github, &sealed), None);
        assert_eq!(seal.open(key, &github, "session-1"), None);
        assert_eq!(seal.open(key, &github, &format!("{sealed}x")), None);
        assert_eq!(seal.open(key, &github, ""), None);
        assert_eq!(seal.open(key, &github, &"é".repeat(40)), None);
    }

    #[test]
    fn what_is_no_session_id_is_not_passed_on() {
        let (seal, key, server) =
            (SessionSeal::of(&[1; 32]), KeyId::parse("BRTRKFsL").unwrap(), ServerId::from_text("s"));
        for bad in [&b""[..], b"a b", b"a\xff", &[b'a'; LONGEST + 1]] {
            assert_eq!(seal.seal(key, &server, bad), None);
        }
    }
}
