//! Records in memory that a change can never slip past: once a change has been applied here, no reader gets what stood
//! before it, not even from a load that began earlier. Called by the verifier, which asks on every request, and by the feed
//! of changes. `docs/consistency.md` writes the protocol down; `tests/interleavings.rs` checks it in every interleaving.
//!
//! A record is about one key; it also holds what it shares with others, its owner and its workspace. A change of these makes
//! all their records stale at once, however many they are: each shared part carries a mark that readers look at.

mod cache;
mod map;
mod shared;
mod sync;

pub use cache::{Cache, Load};
pub use shared::{Part, Record};
