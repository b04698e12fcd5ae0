//! The feed of changes: what keeps the instances' records in memory right. Every write that changes what a key may do takes
//! the next number of one sequence in its transaction ([`write_change!`]), and returns only when no instance can use a record
//! from before it any more ([`settle`]). The protocol and why it holds: `docs/consistency.md`.

mod changed;
mod follow;
mod leases;
pub(crate) mod log;
mod settle;
mod trust;
mod watch;

pub use changed::Changed;
pub use follow::Follower;
pub(crate) use leases::Leases;
pub(crate) use log::number_change;
pub use trust::{LEASE, SteadyClock};

use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

/// What a process does when something was changed: it forgets the records it holds of it.
pub type Apply = Arc<dyn Fn(&Changed) + Send + Sync>;

/// The store's part in the feed.
#[derive(Clone)]
pub(crate) struct Changes {
    pub(crate) leases: Leases,
    /// Set in a process that keeps records.
    local: Arc<OnceLock<Local>>,
}

/// This process as an instance.
struct Local {
    instance: String,
    apply: Apply,
    /// Wakes the task that follows.
    wake: Arc<Notify>,
}

impl Changes {
    pub(crate) fn new(leases: Leases) -> Self {
        Self { leases, local: Arc::default() }
    }
}

/// Like `write!`, for what changes what keys may do: the transaction takes a number, and the whole returns when the change
/// is known everywhere.
macro_rules! write_change {
    ($store:expr, $changed:expr, $tx:ident => $body:expr) => {{
        let changed: $crate::Changed = $changed;
        let done: Result<_, $crate::Error> = $crate::db::write!($store, $tx => {
            let result: Result<_, $crate::Error> = async { $body }.await;
            let value = result?;
            // Last, so that the lock on the sequence is never held while another is waited for.
            Ok((value, $crate::changes::number_change!($tx, changed)))
        });
        let (value, number) = done?;
        $store.changes.settle(number, &changed).await;
        Ok(value)
    }};
}
pub(crate) use write_change;
