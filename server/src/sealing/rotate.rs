//! A new master key: everything sealed is sealed anew, a thousand secrets a transaction, while the servers go on. What was
//! interrupted goes on at the next call. Samples of calls alone are erased: they end by themselves within days, may be hundreds of
//! megabytes, and whoever rotates because the master key was seen does not want them under another one.

use super::master::{self, Bind, Bound, MasterKey};
use crate::{
    Error, Latchkey,
    auth::{Caller, InstanceGrant},
};
use domain::id::{ProviderId, ServerId};
use secrecy::ExposeSecret;
use std::{fs, io};
use store::{HasCredential, Sealed};

/// Secrets sealed anew in one transaction.
const BATCH: i64 = 1_000;

/// Samples that are looked for at a time.
const SAMPLES: i64 = 100;

/// What a rotation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Secrets that are under the new master key now.
    pub resealed: i64,
    /// Secrets that no master key at hand opens.
    pub unreadable: i64,
}

/// Puts a fresh master key in force and seals everything anew under it. With `forget`, secrets that nothing opens are
/// erased (their keys go on working); without, the master key before stays beside the new one, and a later call tries again.
pub async fn rotate(grant: &InstanceGrant, forget: bool) -> Result<Rotated, Error> {
    let caller = grant.caller();
    let latchkey = caller.latchkey();
    let file = &latchkey.config.master_key_file;
    let next = master::next_file(file);
    // There is one already if an earlier call was interrupted: it is that one which goes on.
    match master::make(&next, &latchkey.random) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(super::unreadable(error)),
        _ => {}
    }
    let ring = master::read_all(file).map_err(super::unreadable)?;
    let [old, new] = ring.as_slice() else { return Err(Error::Unavailable) };
    if latchkey.store.master_key(old.id()).await? != new.id() {
        latchkey.store.set_master_key(new.id(), &event(caller, "master_key.rotate", new.id())).await?;
    }
    erase_samples(latchkey, new).await?;
    let resealed = reseal(latchkey, &ring, new).await?
        + reseal_credentials::<ServerId>(latchkey, &ring, new).await?
        + reseal_credentials::<ProviderId>(latchkey, &ring, new).await?;
    let mut unreadable = latchkey.store.count_sealed_otherwise(new.id()).await?;
    if unreadable > 0 && forget {
        let event = event(caller, "master_key.forget", new.id());
        latchkey.store.forget_sealed_otherwise(new.id(), &event).await?;
        unreadable = 0;
    }
    if unreadable == 0 {
        // Nothing needs the one before any more. The rename replaces it in one step.
        fs::rename(&next, file).map_err(super::unreadable)?;
    }
    Ok(Rotated { resealed, unreadable })
}

/// Erases what the master key before sealed of calls. From here on none is kept that it seals.
async fn erase_samples(latchkey: &Latchkey, new: &MasterKey) -> Result<(), Error> {
    loop {
        let batch = latchkey.store.samples_sealed_otherwise(new.id(), SAMPLES).await?;
        if batch.is_empty() {
            return Ok(());
        }
        for id in &batch {
            latchkey.store.erase_sample(id).await?;
        }
    }
}

async fn reseal(latchkey: &Latchkey, ring: &[MasterKey], new: &MasterKey) -> Result<i64, Error> {
    let (mut resealed, mut after) = (0, String::new());
    loop {
        let batch = latchkey.store.sealed_otherwise(new.id(), &after, BATCH).await?;
        let Some((last, _)) = batch.last() else { return Ok(resealed) };
        after = last.to_string();
        let fresh: Vec<_> = batch
            .iter()
            .filter_map(|(key, sealed)| Some((*key, anew(latchkey, ring, new, Bound::Key(key), sealed)?)))
            .collect();
        latchkey.store.reseal(&fresh).await?;
        resealed += i64::try_from(fresh.len()).unwrap_or(i64::MAX);
    }
}

/// The same for credentials. One that was replaced in the meantime was sealed under the new master key by that.
async fn reseal_credentials<I: HasCredential + Bind>(
    latchkey: &Latchkey,
    ring: &[MasterKey],
    new: &MasterKey,
) -> Result<i64, Error> {
    let (mut resealed, mut after) = (0, String::new());
    loop {
        let batch = latchkey.store.credentials_sealed_otherwise::<I>(new.id(), &after, BATCH).await?;
        let Some((last, _)) = batch.last() else { return Ok(resealed) };
        after = last.text().to_owned();
        let fresh: Vec<_> = batch
            .into_iter()
            .filter_map(|(of, sealed)| {
                let fresh = anew(latchkey, ring, new, of.bound(), &sealed)?;
                Some((of, [sealed, fresh]))
            })
            .collect();
        resealed += i64::try_from(latchkey.store.reseal_credentials(&fresh).await?).unwrap_or(i64::MAX);
    }
}

/// A secret under another master key; `None` if none at hand opens it.
fn anew(latchkey: &Latchkey, ring: &[MasterKey], new: &MasterKey, of: Bound<'_>, sealed: &Sealed) -> Option<Sealed> {
    let open = ring.iter().find(|master| master.id() == sealed.by)?.open(of, &sealed.bytes)?;
    latchkey.random.with(|rng| new.seal(of, open.expose_secret(), rng))
}

fn event(caller: &Caller, action: &str, id: &str) -> store::AuditEvent {
    caller.event(None, action, id, "master key")
}
