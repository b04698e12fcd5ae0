//! Passwords: argon2id, away from the async threads, a few at a time so that a flood of sign-ins can't take the machine.

use crate::{Error, Random};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// Hashings at the same time: each takes 19 MiB and one core for some tens of milliseconds.
const AT_ONCE: usize = 4;

/// Hashes and checks passwords.
pub struct Passwords {
    random: Random,
    permits: Arc<Semaphore>,
}

/// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// A hash that no password matches, made with the same parameters: checking against it takes as long as against a real one.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let hash: Result<PasswordHash, _> = argon2().hash_password_with_salt(b"nobody", b"no password here");
    hash.map(|hash| hash.to_string()).unwrap_or_default()
});

impl Passwords {
    pub(crate) fn new(random: Random) -> Self {
        Self { random, permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The hash to store for a password, in PHC string form.
    pub async fn hash(&self, password: &SecretString) -> Result<String, Error> {
        let mut salt = [0_u8; 16];
        self.random.with(|rng| rng.fill_bytes(&mut salt));
        let password = password.clone();
        self.work(move || {
            let hash: Result<PasswordHash, _> =
                argon2().hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|error| {
                tracing::error!(%error, "hashing failed");
                Error::Unavailable
            })
        })
        .await?
    }

    /// Whether a password belongs to a stored hash. Without one it takes the same time and says no.
    pub async fn matches(&self, password: &SecretString, hash: Option<String>) -> Result<bool, Error> {
        let password = password.clone();
        self.work(move || {
            let known = hash.is_some();
            let text = hash.as_deref().unwrap_or(&NOBODY);
            let matches = PasswordHash::new(text)
                .is_ok_and(|hash| argon2().verify_password(password.expose_secret().as_bytes(), &hash).is_ok());
            known && matches
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Error::Unavailable)?;
        tokio::task::spawn_blocking(move || {
            let _held = permit;
            job()
        })
        .await
        .map_err(|error| {
            tracing::error!(%error, "a password task failed");
            Error::Unavailable
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hashes_and_checks() {
        let passwords = Passwords::new(Random::seeded(1));
        let right = SecretString::from("correct horse");
        let hash = passwords.hash(&right).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash(&right).await.unwrap(), "salted");
        assert!(passwords.matches(&right, Some(hash.clone())).await.unwrap());
        assert!(!passwords.matches(&SecretString::from("wrong horse"), Some(hash)).await.unwrap());
        assert!(!passwords.matches(&SecretString::from("nobody"), None).await.unwrap());
    }
}
