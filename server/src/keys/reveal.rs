//! A secret seen again, where the workspace keeps secrets recoverable: first the audit event, then the secret.

use super::change::{event, reached};
use crate::{
    Error,
    auth::{Grant, RevealKey},
};
use domain::workspace::Reveal;
use secrecy::SecretString;

/// A key's name, and the whole key again.
pub struct Revealed {
    /// Its name.
    pub name: String,
    /// The whole key.
    pub key: SecretString,
}

/// Reveals a key. The event is on the disk before the secret is opened.
pub async fn reveal(grant: &Grant<RevealKey>, id: &str) -> Result<Revealed, Error> {
    let key = reached(grant, id).await?;
    if grant.workspace().settings.reveal != Reveal::Recoverable {
        return Err(Error::Forbidden(
            "This workspace shows a key once, when it is created. Rotate the key to get a new secret.".into(),
        ));
    }
    if !key.recoverable {
        return Err(Error::Forbidden(format!(
            "“{}” was created while this workspace kept no secrets. Rotate it to get a new one.",
            key.name
        )));
    }
    let latchkey = grant.caller().latchkey();
    let event = event(grant.caller(), &key, "key.reveal");
    let sealed = latchkey.store.reveal_key(&grant.workspace().id, &key.id, &event).await?;
    Ok(Revealed { key: latchkey.open_secret(&key.id, &sealed)?, name: key.name })
}
