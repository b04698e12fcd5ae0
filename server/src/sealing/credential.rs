//! The credentials that Latchkey itself asks with: sealed, opened, and what becomes of one when what it belongs to is edited.

use super::master::Bind;
use crate::{Error, Latchkey};
use domain::field::FieldError;
use secrecy::{ExposeSecret, SecretString};
use store::{CredentialChange, Sealed};

impl Latchkey {
    /// A credential, sealed under the master key in force to what it belongs to.
    pub(crate) async fn seal_credential(&self, of: &impl Bind, credential: &SecretString) -> Result<Sealed, Error> {
        self.seal_for(of.bound(), credential.expose_secret()).await
    }

    /// Opens what [`seal_credential`](Self::seal_credential) sealed to it.
    pub(crate) fn open_credential(&self, of: &impl Bind, sealed: &Sealed) -> Result<SecretString, Error> {
        self.open_for(of.bound(), sealed)
    }

    /// What becomes of a kept credential: one that was typed takes its place, a tick erases it, else it stays. Where it would
    /// stay for another host (`strands`), it has to be typed again: whoever may edit an address may not thereby learn it.
    pub(crate) async fn change_credential(
        &self,
        of: &impl Bind,
        typed: Option<SecretString>,
        erase: bool,
        strands: bool,
    ) -> Result<CredentialChange, Error> {
        let refused = |message: &str| Err(FieldError::new("credential", message).into());
        match typed {
            Some(_) if erase => refused("Either type another credential, or tick the box to take the kept one away."),
            Some(typed) => Ok(CredentialChange::Replace(self.seal_credential(of, &typed).await?)),
            None if erase => Ok(CredentialChange::Erase),
            None if strands => {
                refused("The address is of another host. Type the credential again, or take the kept one away.")
            }
            None => Ok(CredentialChange::Keep),
        }
    }
}
