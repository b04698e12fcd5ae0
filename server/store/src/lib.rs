//! Everything Latchkey keeps. The only crate that knows SQL; called by `server` alone.
//!
//! One SQL text serves SQLite and PostgreSQL (design §2): see [`db`] for how a query reaches either. Every function here
//! is exercised on both by `tests/contract`.

mod audit;
mod audit_log;
mod db;
mod error;
mod keys;
mod sessions;
mod stored;
mod usage;
mod usage_hours;
mod users;
mod workspaces;

pub use audit::AuditEvent;
pub use audit_log::{AuditCursor, AuditFilter, AuditPage, ListedEvent, STRETCH, Sought};
pub use db::{DatabaseUrl, Store};
pub use error::Error;
pub use keys::{
    CreationLimits, Credential, Cursor, InsertKey, Key, KeyFilter, KeyPage, LimitHit, Section, SectionCount, Sort,
};
pub use sessions::StoredSession;
pub use usage::{UsageEvent, Use, UseCursor, UsePage};
pub use usage_hours::UsageHour;
pub use users::User;
pub use workspaces::{Member, Workspace};
