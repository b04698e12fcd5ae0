//! Secrets sealed under the installation's master key: keys', for workspaces that may reveal them again, and the credentials
//! that servers and providers of models are asked with (`credential`); and what was said in sampled calls of models (`sample`). Called by
//! the use-cases of keys, servers, models and samples, and by `latchkey master-key rotate`.

mod credential;
mod master;
mod rotate;
mod sample;

pub use rotate::{Rotated, rotate};

use crate::{Error, Latchkey};
use domain::key::{KeyId, PlainKey};
use master::{Bound, MasterKey};
use secrecy::SecretString;
use store::Sealed;

pub(crate) use master::read_or_make;

impl Latchkey {
    /// A key's secret, sealed under the master key in force.
    pub(crate) async fn seal_secret(&self, key: &PlainKey) -> Result<Sealed, Error> {
        self.seal_for(Bound::Key(key.id()), key.expose()).await
    }

    /// Opens what [`seal_secret`](Self::seal_secret) sealed for that key.
    pub(crate) fn open_secret(&self, key: &KeyId, sealed: &Sealed) -> Result<SecretString, Error> {
        self.open_for(Bound::Key(key), sealed)
    }

    async fn seal_for(&self, of: Bound<'_>, secret: &str) -> Result<Sealed, Error> {
        let master = self.master_key_in_force().await?;
        self.random.with(|rng| master.seal(of, secret, rng)).ok_or(Error::Unavailable)
    }

    fn open_for(&self, of: Bound<'_>, sealed: &Sealed) -> Result<SecretString, Error> {
        let ring = master::read_all(&self.config.master_key_file).map_err(unreadable)?;
        let master = ring.into_iter().find(|master| master.id() == sealed.by);
        master.and_then(|master| master.open(of, &sealed.bytes)).ok_or_else(|| {
            tracing::error!(?of, "the master key file does not open this secret: it was sealed by another master key");
            Error::Unavailable
        })
    }

    /// Which master key is in force stands in the database; its bytes stand in the file. Read anew each time: the key may
    /// have been rotated by another process.
    async fn master_key_in_force(&self) -> Result<MasterKey, Error> {
        let mut ring = master::read_all(&self.config.master_key_file).map_err(unreadable)?;
        let first = ring.first().map(|master| master.id().to_owned()).ok_or(Error::Unavailable)?;
        let wanted = self.store.master_key(&first).await?;
        let at = ring.iter().position(|master| master.id() == wanted).ok_or_else(|| {
            tracing::error!(wanted, "the master key file does not hold the master key that the database names");
            Error::Unavailable
        })?;
        Ok(ring.swap_remove(at))
    }
}

/// The ids of the master keys in a file; none if it is not there or not one.
pub(crate) fn ids_at_hand(file: &std::path::Path) -> Vec<String> {
    let ring = master::read_all(file).unwrap_or_default();
    ring.iter().map(|master| master.id().to_owned()).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn unreadable(error: std::io::Error) -> Error {
    tracing::error!(%error, "the master key can't be read");
    Error::Unavailable
}
