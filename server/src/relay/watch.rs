//! A call under way and the key that it was made with: whether the key still may. Asked before anything is sent, for every
//! part of an answer, and twice a second where nothing comes.

use crate::{
    Client, Latchkey,
    surface::Surface,
    verify::{Bearer, Question, Record},
};
use domain::{decision::decide, id::GuardrailId, model::ModelName, refusal::Refusal};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// How often a call that waits is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(400);

pub(super) struct Watch {
    pub latchkey: Latchkey,
    pub key: Arc<Record>,
    pub client: Client,
    pub model: ModelName,
    pub guarded: Guarded,
}

/// Which guardrail a call goes by.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Guarded {
    /// None has judged it yet.
    NotYet,
    /// That one has; `None` where the key is under none.
    By(Option<GuardrailId>),
}

/// What is asked of a key; of which model is not known before the body is read.
pub(super) fn question<'a>(client: &'a Client, model: Option<&'a ModelName>) -> Question<'a> {
    Question { surface: Surface::Relay.name(), access: None, bearer: Bearer::of(client), mcp: None, model }
}

impl Watch {
    pub fn question(&self) -> Question<'_> {
        question(&self.client, Some(&self.model))
    }

    /// Whether the key still may; else what is to be said. Its spend cap is not asked: what this call may cost is held of it, and
    /// who pays for an answer gets it, also if it is the one that the cap ends with.
    pub async fn holds(&mut self) -> Result<(), Refusal> {
        self.renew(self.latchkey.config.patience.recheck).await?;
        // Put under another guardrail, which has judged nothing of it: whoever asks anew is judged by that one.
        match &self.guarded {
            Guarded::By(guardrail) if *guardrail != self.key.guardrail => return Err(Refusal::Unavailable),
            Guarded::By(_) | Guarded::NotYet => {}
        }
        decide(&self.key.facts, self.question().asked(), self.latchkey.now())
    }

    /// Reads the key anew where it was changed, in that time.
    pub async fn renew(&mut self, longest: Duration) -> Result<(), Refusal> {
        if !self.latchkey.records.is_current(&self.key) {
            let again = timeout(longest, self.latchkey.identify_again(&self.key)).await;
            self.key = again.unwrap_or(Err(Refusal::Unavailable))?;
        }
        Ok(())
    }
}
