//! Everything Latchkey keeps. The only crate that knows SQL; called by `server` alone.
//!
//! One SQL text serves SQLite and PostgreSQL (design §2): see [`db`] for how a query reaches either. Every function here
//! is exercised on both by `tests/contract`.

mod applied;
mod audit;
mod audit_log;
mod backup;
mod changes;
mod counts;
mod credentials;
mod db;
mod directory;
mod error;
mod guardrails;
mod hold;
mod invites;
mod keys;
mod long_forms;
mod mails;
mod members;
mod models;
mod policies;
mod restore;
mod samples;
mod servers;
mod sessions;
mod spend;
mod sql;
mod sqlite;
mod stored;
mod usage;
mod usage_counts;
mod usage_days;
mod usage_hours;
mod usage_log;
mod usage_report;
mod usage_rows;
mod users;
mod workspaces;

pub use audit::AuditEvent;
pub use audit_log::{AuditCursor, AuditFilter, AuditPage, ListedEvent, STRETCH, Sought};
pub use backup::{BackupError, Holdings, backup};
pub use changes::{Apply, Changed, Follower, LEASE, SteadyClock};
pub use credentials::{CredentialChange, HasCredential};
pub use db::{DatabaseUrl, Pool, Store};
pub use directory::{UserPage, UserRow, WorkspacePage, WorkspaceRow};
pub use error::Error;
pub use guardrails::{GuardrailPage, InsertGuardrail, StoredGuardrail};
pub use invites::{Invite, Newcomer, OpenInvite};
pub use keys::{
    Batch, CreationLimits, Credential, Cursor, InsertKey, Key, KeyChange, KeyFilter, KeyOwner, KeyPage, KeyRecord,
    KeyWorkspace, LimitHit, Link, Links, Notice, NoticedKey, Rotation, Scope, Sealed, Section, SectionCount, Sort,
};
pub use mails::{ExpiryMail, MailedKey, SpendMail};
pub use members::{Member, MemberPage, MemberRow};
pub use models::{HeldProvider, ModelPrice, ModelProvider, NewProvider, PricePage, PricedModel, ProviderEdit};
pub use policies::{FirewallPolicy, NewPolicy, PolicyPage};
pub use restore::{Restored, restore};
pub use samples::{KeptSample, NewSample};
pub use servers::{ListedTools, NewServer, Server, ServerEdit, ServerMember, ServerPage, Upstream};
pub use sessions::StoredSession;
pub use spend::{Holder, Left, NewReserve, Recovered, Settled};
pub use sql::ROWS;
pub use usage::{McpUse, ModelUse, UsageEvent, Use, UseCursor, UsePage};
pub use usage_counts::{Added, KeyUses};
pub use usage_days::UsageSum;
pub use usage_hours::UsageHour;
pub use usage_log::{Forgotten, LOG_STRETCH, LogFilter, LogLine, LogPage};
pub use usage_report::{UsageFilter, UsageGroup, UsageGroups, UsageOrder, UsageReport};
pub use usage_rows::{UsageCursor, UsageRow};
pub use users::User;
pub use workspaces::Workspace;
