//! Everything Latchkey keeps. The only crate that knows SQL; called by `server` alone.
//!
//! One SQL text serves SQLite and PostgreSQL (design §2): see [`db`] for how a query reaches either. Every function here
//! is exercised on both by `tests/contract`.

mod audit;
mod db;
mod error;
mod expiry_mails;
mod keys;
mod sessions;
mod stored;
mod usage;
mod users;
mod workspaces;

pub use audit::AuditEvent;
pub use db::{DatabaseUrl, Store};
pub use error::Error;
pub use expiry_mails::ExpiryMail;
pub use keys::{
    CreationLimits, Credential, Cursor, InsertKey, Key, KeyFilter, KeyPage, LimitHit, Notice, NoticedKey, Section,
    SectionCount, Sort,
};
pub use sessions::StoredSession;
pub use usage::{UsageEvent, Use};
pub use users::User;
pub use workspaces::{Member, Workspace};
