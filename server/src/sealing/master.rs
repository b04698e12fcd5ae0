//! The master key: 32 bytes or more in a file of mode 0600, beside it for the time of a rotation the next one (`….next`).
//! What seals is derived from it (HKDF-SHA-256, RFC 5869), and so is the id by which a sealed secret names it.

use crate::Random;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use domain::{
    id::{ProviderId, SampleId, ServerId, WorkspaceId},
    key::KeyId,
};
use hkdf::Hkdf;
use rand::CryptoRng;
use secrecy::SecretString;
use sha2::Sha256;
use std::{
    borrow::Cow,
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use store::Sealed;

/// Bytes of a nonce of `XChaCha20`: long enough to be drawn at random for every secret.
const NONCE: usize = 24;

/// What a secret belongs to. It opens for nothing else: neither for another row, nor for another kind of secret.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound<'a> {
    /// A key's own secret.
    Key(&'a KeyId),
    /// The credential that a server is asked with.
    Server(&'a ServerId),
    /// The API key that a provider of models is asked with.
    Provider(&'a ProviderId),
    /// What was said in a call of a model of that workspace.
    Sample(&'a WorkspaceId, &'a SampleId),
}

/// The id of something that Latchkey asks with a credential.
pub(crate) trait Bind {
    /// What its credential belongs to.
    fn bound(&self) -> Bound<'_>;
}

impl Bind for ServerId {
    fn bound(&self) -> Bound<'_> {
        Bound::Server(self)
    }
}

impl Bind for ProviderId {
    fn bound(&self) -> Bound<'_> {
        Bound::Provider(self)
    }
}

impl Bound<'_> {
    fn id(&self) -> Cow<'_, str> {
        match self {
            Self::Key(id) => id.as_str().into(),
            Self::Server(id) => id.as_str().into(),
            Self::Provider(id) => id.as_str().into(),
            // Neither has a slash in it.
            Self::Sample(workspace, id) => format!("{workspace}/{id}").into(),
        }
    }
}

/// What seals and opens secrets; a key of its own for each kind.
pub(super) struct MasterKey {
    keys: XChaCha20Poly1305,
    servers: XChaCha20Poly1305,
    providers: XChaCha20Poly1305,
    samples: XChaCha20Poly1305,
    id: String,
}

impl MasterKey {
    fn of(bytes: &[u8]) -> Option<Self> {
        let derived = Hkdf::<Sha256>::new(Some(b"latchkey"), bytes);
        let ([mut key, mut server, mut provider, mut sample], mut id) = ([[0_u8; 32]; 4], [0_u8; 8]);
        derived.expand(b"seal secrets, 1", &mut key).ok()?;
        derived.expand(b"seal servers' credentials, 1", &mut server).ok()?;
        derived.expand(b"seal providers' credentials, 1", &mut provider).ok()?;
        derived.expand(b"seal samples, 1", &mut sample).ok()?;
        derived.expand(b"name the master key, 1", &mut id).ok()?;
        let id = id.iter().fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        let cipher = |key: [u8; 32]| XChaCha20Poly1305::new(&key.into());
        let (keys, servers, providers, samples) = (cipher(key), cipher(server), cipher(provider), cipher(sample));
        Some(Self { keys, servers, providers, samples, id })
    }

    fn cipher(&self, of: Bound<'_>) -> &XChaCha20Poly1305 {
        match of {
            Bound::Key(_) => &self.keys,
            Bound::Server(_) => &self.servers,
            Bound::Provider(_) => &self.providers,
            Bound::Sample(..) => &self.samples,
        }
    }

    /// Names the master key without telling anything about it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Seals a secret to what it belongs to: moved to another row it does not open.
    pub fn seal(&self, of: Bound<'_>, secret: &str, rng: &mut dyn CryptoRng) -> Option<Sealed> {
        let mut nonce = [0_u8; NONCE];
        rng.fill_bytes(&mut nonce);
        let aad = of.id();
        let payload = Payload { msg: secret.as_bytes(), aad: aad.as_bytes() };
        let mut bytes = nonce.to_vec();
        bytes.extend(self.cipher(of).encrypt(&XNonce::from(nonce), payload).ok()?);
        Some(Sealed { bytes, by: self.id.clone() })
    }

    /// Opens what was sealed to that row.
    pub fn open(&self, of: Bound<'_>, sealed: &[u8]) -> Option<SecretString> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let aad = of.id();
        let payload = Payload { msg: sealed, aad: aad.as_bytes() };
        let open = self.cipher(of).decrypt(&XNonce::from(*nonce), payload).ok()?;
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
        Random::seeded(1).with(|rng| master.seal(Bound::Key(key), "lk_secret", rng)).unwrap()
    }

    #[test]
    fn opens_for_its_key_and_its_master_key_alone() {
        let (one, other) = (MasterKey::of(&[1; 32]).unwrap(), MasterKey::of(&[2; 32]).unwrap());
        let (key, else_) = (KeyId::parse("BRTRKFsL").unwrap(), KeyId::parse("8fQk20Ja").unwrap());
        let sealed = sealed(&one, &key);
        let open = |master: &MasterKey, key: &KeyId, bytes: &[u8]| master.open(Bound::Key(key), bytes);
        assert_eq!(open(&one, &key, &sealed.bytes).unwrap().expose_secret(), "lk_secret");
        assert!(open(&one, &else_, &sealed.bytes).is_none(), "bound to its key");
        assert!(open(&other, &key, &sealed.bytes).is_none(), "another master key");
        assert_ne!(one.id(), other.id());
        for at in 0..sealed.bytes.len() {
            let mut bent = sealed.bytes.clone();
            bent[at] ^= 1;
            assert!(open(&one, &key, &bent).is_none(), "byte {at} was bent");
            assert!(open(&one, &key, &sealed.bytes[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn what_has_the_same_id_does_not_open_each_others() {
        let master = MasterKey::of(&[1; 32]).unwrap();
        let (key, server) = (KeyId::parse("BRTRKFsL").unwrap(), ServerId::from_text("BRTRKFsL"));
        let random = Random::seeded(1);
        let credential = random.with(|rng| master.seal(Bound::Server(&server), "Bearer x", rng)).unwrap();
        assert_eq!(master.open(Bound::Server(&server), &credential.bytes).unwrap().expose_secret(), "Bearer x");
        assert!(master.open(Bound::Key(&key), &credential.bytes).is_none());
        assert!(master.open(Bound::Server(&ServerId::from_text("8fQk20Ja")), &credential.bytes).is_none());
        assert!(master.open(Bound::Server(&server), &sealed(&master, &key).bytes).is_none());
        let provider = ProviderId::from_text("BRTRKFsL");
        assert!(master.open(Bound::Provider(&provider), &credential.bytes).is_none());
        let api_key = random.with(|rng| master.seal(Bound::Provider(&provider), "sk-x", rng)).unwrap();
        assert_eq!(master.open(Bound::Provider(&provider), &api_key.bytes).unwrap().expose_secret(), "sk-x");
        assert!(master.open(Bound::Server(&server), &api_key.bytes).is_none());
        let (acme, other) = (WorkspaceId::from_text("acme"), WorkspaceId::from_text("other"));
        let (sample, another) = (SampleId::from_text("BRTRKFsL"), SampleId::from_text("8fQk20Ja"));
        let said = random.with(|rng| master.seal(Bound::Sample(&acme, &sample), "{}", rng)).unwrap();
        assert_eq!(master.open(Bound::Sample(&acme, &sample), &said.bytes).unwrap().expose_secret(), "{}");
        for of in [Bound::Sample(&acme, &another), Bound::Sample(&other, &sample), Bound::Key(&key)] {
            assert!(master.open(of, &said.bytes).is_none(), "{of:?}");
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let (master, key) = (MasterKey::of(&[1; 32]).unwrap(), KeyId::parse("BRTRKFsL").unwrap());
        let random = Random::seeded(1);
        let seal = || random.with(|rng| master.seal(Bound::Key(&key), "lk_secret", rng)).unwrap();
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
