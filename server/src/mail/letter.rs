//! What the mails say. Plain text; no secret, and no link that does anything by itself.

use crate::Latchkey;
use domain::{key::masked, time::Timestamp};
use store::ExpiryMail;

/// A mail, before it has a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Names the mail for ever: the same one sent twice has the same name.
    pub id: String,
    /// The recipient's name.
    pub name: String,
    /// The recipient's address.
    pub email: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// When it is written.
    pub at: Timestamp,
}

/// The mail about a key that is going to expire.
pub fn about(latchkey: &Latchkey, mail: &ExpiryMail, now: Timestamp) -> Letter {
    let ExpiryMail { key, key_name, owner_name, workspace_slug, workspace_name, expires_at, .. } = mail;
    let shown = masked(latchkey.prefix(), key, &mail.last4);
    let (ahead, end, url) = (expires_at.ahead(now), expires_at.human(), latchkey.public_url());
    Letter {
        id: format!("expiry.{key}.{}.{}", expires_at.0, mail.days),
        name: owner_name.clone(),
        email: mail.owner_email.clone(),
        subject: format!("Key “{key_name}” expires {ahead}"),
        text: format!(
            "Hello {owner_name},\n\n\
             your key “{key_name}” in the workspace {workspace_name} expires {ahead}:\n\n\
             \x20 Key      {shown}\n\
             \x20 Expires  {end}\n\
             \x20 Page     {url}/w/{workspace_slug}/keys/{key}\n\n\
             From then on it is refused. If something still uses it, give that another key before.\n\n\
             You get this mail because you own the key. It comes from Latchkey at {url}.\n"
        ),
        at: now,
    }
}
