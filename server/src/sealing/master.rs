//! The master key: 32 bytes or more in a file of mode 0600, beside it for the time of a rotation the next one (`….next`).
//! What seals is derived from it (HKDF-SHA-256, RFC 5869), and so is the id by which a sealed secret names it.

use crate::Random;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use domain::key::KeyId;
use hkdf::Hkdf;
use rand::CryptoRng;
use secrecy::SecretString;
use sha2::Sha256;
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use store::Sealed;

/// Bytes of a nonce of `XChaCha20`: long enough to be drawn at random for every secret.
const NONCE: usize = 24;

/// What seals and opens secrets.
pub(super) struct MasterKey {
    cipher: XChaCha20Poly1305,
    id: String,
}

impl MasterKey {
    fn of(bytes: &[u8]) -> Option<Self> {
        let derived = Hkdf::<Sha256>::new(Some(b"latchkey"), bytes);
        let (mut key, mut id) = ([0_u8; 32], [0_u8; 8]);
        derived.expand(b"seal secrets, 1", &mut key).ok()?;
        derived.expand(b"name the master key, 1", &mut id).ok()?;
        let id = id.iter().fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        Some(Self { cipher: XChaCha20Poly1305::new(&key.into()), id })
    }

    /// Names the master key without telling anything about it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Seals a secret to its key: moved to another key's row it does not open.
    pub fn seal(&self, key: &KeyId, secret: &str, rng: &mut dyn CryptoRng) -> Option<Sealed> {
        let mut nonce = [0_u8; NONCE];
        rng.fill_bytes(&mut nonce);
        let payload = Payload { msg: secret.as_bytes(), aad: key.as_str().as_bytes() };
        let mut bytes = nonce.to_vec();
        bytes.extend(self.cipher.encrypt(&XNonce::from(nonce), payload).ok()?);
        Some(Sealed { bytes, by: self.id.clone() })
    }

    /// Opens what was sealed to that key.
    pub fn open(&self, key: &KeyId, sealed: &[u8]) -> Option<SecretString> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: key.as_str().as_bytes() };
        let open = self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
        String::from_utf8(open).ok().map(SecretString::from)
    }
}

/// The master keys at hand: the file's, and the next one while a rotation is under way.
pub(super) fn read_all(file: &Path) -> io::Result<Vec<MasterKey>> {
    let mut ring: Vec<_> = MasterKey::of(&read(file)?).into_iter().collect();
    match read(&next_file(file)) {
        Ok(bytes) => ring.extend(MasterKey::of(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(ring)
}

/// The installation's master key, made if it is not there.
pub(crate) fn read_or_make(file: &Path, random: &Random) -> io::Result<Vec<u8>> {
    match make(file, random) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(file),
        Err(error) => Err(io::Error::new(error.kind(), format!("the master key file {}: {error}", file.display()))),
        Ok(bytes) => Ok(bytes),
    }
}

/// Where the next master key lies during a rotation.
pub(super) fn next_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".next");
    name.into()
}

/// Makes a file with a fresh master key; it is on the disk when this returns.
pub(super) fn make(file: &Path, random: &Random) -> io::Result<Vec<u8>> {
    let mut fresh = [0_u8; 32];
    random.with(|rng| rng.fill_bytes(&mut fresh));
    let mut made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    made.write_all(&fresh)?;
    made.sync_all()?;
    Ok(fresh.into())
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs::read(file)?;
    if bytes.len() < 32 {
        let message = format!("the master key file {} has fewer than 32 bytes", file.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn sealed(master: &MasterKey, key: &KeyId) -> Sealed {
        Random::seeded(1).with(|rng| master.seal(key, "lk_secret", rng)).unwrap()
    }

    #[test]
    fn opens_for_its_key_and_its_master_key_alone() {
        let (one, other) = (MasterKey::of(&[1; 32]).unwrap(), MasterKey::of(&[2; 32]).unwrap());
        let (key, else_) = (KeyId::parse("BRTRKFsL").unwrap(), KeyId::parse("8fQk20Ja").unwrap());
        let sealed = sealed(&one, &key);
        assert_eq!(one.open(&key, &sealed.bytes).unwrap().expose_secret(), "lk_secret");
        assert!(one.open(&else_, &sealed.bytes).is_none(), "bound to its key");
        assert!(other.open(&key, &sealed.bytes).is_none(), "another master key");
        assert_ne!(one.id(), other.id());
        for at in 0..sealed.bytes.len() {
            let mut bent = sealed.bytes.clone();
            bent[at] ^= 1;
            assert!(one.open(&key, &bent).is_none(), "byte {at} was bent");
            assert!(one.open(&key, &sealed.bytes[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let (master, key) = (MasterKey::of(&[1; 32]).unwrap(), KeyId::parse("BRTRKFsL").unwrap());
        let random = Random::seeded(1);
        let seal = || random.with(|rng| master.seal(&key, "lk_secret", rng)).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        assert_eq!(read_all(&file).err().unwrap().kind(), io::ErrorKind::NotFound);
        let bytes = read_or_make(&file, &Random::seeded(1)).unwrap();
        assert_eq!(read_or_make(&file, &Random::seeded(2)).unwrap(), bytes, "made once");
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(read_all(&file).unwrap().len(), 1);
        make(&next_file(&file), &Random::seeded(3)).unwrap();
        assert_eq!(read_all(&file).unwrap().len(), 2);
        fs::write(&file, "short").unwrap();
        assert_eq!(read_all(&file).err().unwrap().kind(), io::ErrorKind::InvalidData);
    }
}
