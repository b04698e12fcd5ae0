//! What one page leaves for the next without JavaScript: the key or the invite that is shown once, and a refused form with what was
//! typed. Sealed (AES-256-GCM) cookies that live a minute and are cleared when they are read; a form that is too long for a
//! cookie waits in the database ([`long_forms`]).

mod long;

pub use long::long_forms;

use crate::Latchkey;
use cookie::{Cookie, CookieJar, Key, SameSite, time::Duration};
use domain::{
    field::FieldError,
    id::UserId,
    time::{MINUTE, Timestamp},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// A refused form, or a word about what was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Which form it belongs to.
    pub form: String,
    /// What to say at its top; empty for nothing.
    pub message: String,
    /// What is wrong with which field.
    pub errors: Vec<FieldError>,
    /// What was typed; never a password.
    pub typed: BTreeMap<String, String>,
}

/// A fresh key on its way to the page that shows it once.
#[derive(Clone, Serialize, Deserialize)]
pub struct FreshKey {
    /// Who may see it.
    pub user: UserId,
    /// Its name.
    pub name: String,
    /// The whole key.
    pub key: String,
    /// It is kept sealed, and can be revealed again.
    pub recoverable: bool,
    /// It is not new: somebody asked to see it again.
    pub revealed: bool,
}

/// A fresh invite's link on its way to the page that shows it once.
#[derive(Clone, Serialize, Deserialize)]
pub struct FreshInvite {
    /// Who may see it.
    pub user: UserId,
    /// The slug of its workspace.
    pub workspace: String,
    /// The whole link.
    pub link: String,
}

/// A client that is being connected, on its way to the page that shows how, with the key filled in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Connection {
    /// Who may see it.
    pub user: UserId,
    /// The slug of the workspace.
    pub workspace: String,
    /// The slug of the server; empty for the workspace's own address.
    pub server: String,
    /// The whole key; empty for none.
    pub key: String,
    /// The key was created for this.
    pub new: bool,
    /// What came of a test, if one was made.
    pub tested: Option<Tested>,
}

/// What came of testing a connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tested {
    /// It works.
    pub works: bool,
    /// In a sentence.
    pub text: String,
    /// The first tools that the key sees.
    pub tools: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

/// Which sealed cookie.
#[derive(Clone, Copy, Debug)]
pub enum Slot {
    /// [`Flash`].
    Form,
    /// [`FreshKey`].
    Key,
    /// [`FreshInvite`].
    Invite,
    /// [`Connection`].
    Connect,
}

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    until: Timestamp,
    value: T,
}

/// What a cookie header carries under a name, sealed with `key` and good at `now`.
pub(crate) fn opened<T: DeserializeOwned>(key: &Key, name: &str, cookie_header: &str, now: Timestamp) -> Option<T> {
    let mut jar = CookieJar::new();
    Cookie::split_parse(cookie_header.to_owned()).flatten().for_each(|cookie| jar.add_original(cookie));
    let open = jar.private(key).get(name)?;
    let sealed: Sealed<T> = serde_json::from_str(open.value()).ok()?;
    (sealed.until >= now).then_some(sealed.value)
}

impl Latchkey {
    /// The value of a `Set-Cookie` header that carries `value`, sealed, to the next page.
    #[must_use]
    pub fn seal<T: Serialize>(&self, slot: Slot, value: &T) -> String {
        let sealed = Sealed { until: self.now().plus(MINUTE), value };
        let text = serde_json::to_string(&sealed).unwrap_or_default();
        let mut jar = CookieJar::new();
        jar.private_mut(&self.cookie_key).add(self.cookie(slot, text));
        jar.get(self.cookie_name(slot)).map(ToString::to_string).unwrap_or_default()
    }

    /// What a cookie header carries in a slot, if it is ours and not older than a minute.
    #[must_use]
    pub fn unseal<T: DeserializeOwned>(&self, slot: Slot, cookie_header: &str) -> Option<T> {
        opened(&self.cookie_key, self.cookie_name(slot), cookie_header, self.now())
    }

    /// The value of a `Set-Cookie` header that clears a slot.
    #[must_use]
    pub fn clear(&self, slot: Slot) -> String {
        let mut cookie = self.cookie(slot, String::new());
        cookie.set_max_age(Duration::ZERO);
        cookie.to_string()
    }

    fn cookie(&self, slot: Slot, value: String) -> Cookie<'static> {
        Cookie::build((self.cookie_name(slot), value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.is_https())
            .max_age(Duration::minutes(1))
            .build()
    }

    fn cookie_name(&self, slot: Slot) -> &'static str {
        match (slot, self.is_https()) {
            (Slot::Form, true) => "__Host-latchkey_form",
            (Slot::Form, false) => "latchkey_form",
            (Slot::Key, true) => "__Host-latchkey_key",
            (Slot::Key, false) => "latchkey_key",
            (Slot::Invite, true) => "__Host-latchkey_invite",
            (Slot::Invite, false) => "latchkey_invite",
            (Slot::Connect, true) => "__Host-latchkey_connect",
            (Slot::Connect, false) => "latchkey_connect",
        }
    }
}
