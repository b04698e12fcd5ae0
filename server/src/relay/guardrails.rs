//! The guardrails that keys are under, made ready and held in memory. The protocol is that of the keys' records
//! (`docs/consistency.md`): a change of a guardrail is announced as one of its workspace, and what was read before is not used
//! again.

use crate::{Error, Latchkey, gateway::number, herd::Herd, verify::Record};
use cache::Cache;
use domain::{guardrail::Compiled, id::GuardrailId};
use std::{sync::Arc, time::Duration};
use store::Changed;
use tokio::{task::spawn_blocking, time::timeout};

/// Guardrails that are kept at most: one made ready takes mostly less than 1 MiB, and 16 at most.
const MOST: usize = 64;
/// The longest that a request waits for its guardrail to be read and made ready, by itself or by others that came before.
const PATIENCE: Duration = Duration::from_secs(30);

/// A guardrail made ready.
#[derive(Debug)]
pub(super) struct Made {
    pub id: GuardrailId,
    pub ready: Compiled,
}

/// As it stands in memory.
pub(super) type Held = Arc<cache::Record<Made, (), ()>>;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Guardrails(Arc<Parts>);

struct Parts {
    cache: Cache<Made, (), ()>,
    herd: Herd<cache::Record<Made, (), ()>>,
}

impl Default for Guardrails {
    fn default() -> Self {
        Self(Arc::new(Parts { cache: Cache::new(MOST), herd: Herd::default() }))
    }
}

impl Guardrails {
    /// Forgets what a change is about.
    pub fn apply(&self, changed: &Changed) {
        match changed {
            Changed::Keys(_) | Changed::Deleted(_) | Changed::Owner(_) => {}
            Changed::Workspace(workspace) => self.0.cache.forget_workspace(workspace.as_str()),
            Changed::Everything => self.0.cache.forget_all(),
        }
    }
}

impl Latchkey {
    /// The guardrail that a key is under, as it stands now; `None` if it is under none.
    pub(super) async fn guardrail(&self, key: &Record) -> Result<Option<Held>, Error> {
        let Some(id) = &key.guardrail else { return Ok(None) };
        let workspace = &key.workspace().id;
        let (number, Parts { cache, herd }) = (number((workspace.as_str(), id.as_str(), "")), &*self.guardrails.0);
        // Two that share a number take the place from each other, and nothing worse.
        if self.records.is_trusted()
            && let Some(held) = cache.get(number).filter(|held| held.id == *id)
        {
            return Ok(Some(held));
        }
        let making = async {
            let load = cache.load();
            // None is deleted as long as a key is under it: this key was changed since it was read.
            let found = self.in_time(self.store.guardrail(workspace, id)).await?.ok_or(Error::Changed)?;
            // Some milliseconds of work.
            let made = spawn_blocking(move || Compiled::new(&found.guardrail)).await;
            let ready = made.map_err(|_| Error::Unavailable)?.map_err(|error| {
                tracing::error!(guardrail = %id, error = error.message, "a guardrail can't be made ready: its keys can't be used");
                Error::Unavailable
            })?;
            let made = Made { id: id.clone(), ready };
            Ok(Some(cache.keep(load, number, made, ("", ()), (workspace.as_str(), ()))))
        };
        timeout(PATIENCE, herd.read(number, |held| held.id == *id, making)).await.map_err(|_| {
            tracing::error!(guardrail = %id, "a guardrail is not made ready in time");
            Error::Unavailable
        })?
    }
}
