//! What Latchkey does: use-cases behind grants, sign-in, the data plane, and the HTTP surfaces. Called by `app` (the
//! console) and by the binary (the command line).
//!
//! Two rules hold the house together. A use-case takes a [`auth::Grant`], which only [`auth`] can make, so nothing is done
//! without permission. And nobody above this crate sees the store.

pub mod audit;
pub mod auth;
pub mod backup;
mod budget;
mod client;
mod clock;
pub mod connect;
mod count;
mod cursor;
mod error;
pub mod export;
pub mod flash;
mod gateway;
pub mod guardrails;
mod herd;
pub mod http;
pub mod invites;
pub mod keys;
mod latchkey;
pub mod logs;
pub mod mail;
mod metrics;
pub mod models;
pub mod policies;
mod random;
mod relay;
pub mod samples;
pub mod sealing;
pub mod servers;
pub mod surface;
mod typed;
mod upstream;
pub mod usage;
pub mod users;
pub mod verify;
mod version;
pub mod workspaces;

pub use client::Client;
pub use clock::{Clock, ManualClock};
pub use count::Count;
pub use error::Error;
pub use latchkey::{CACHED_KEYS, Config, Latchkey, Patience, USAGE_RETENTION_DAYS, open};
pub use random::Random;
pub use relay::RELAY_MEMORY;
pub use verify::USAGE_EVENTS_PER_SECOND;
