//! A request under way and the key that it was made with: whether the key still may. Asked before anything is sent, for every
//! part of an answer, and twice a second where nothing comes.

use super::{sight::Sight, targets::Held};
use crate::{
    Client, Latchkey,
    verify::{AskedMcp, Bearer, Question, Record},
};
use domain::{
    decision::{AskedServer, may},
    refusal::Refusal,
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// How often a request that waits is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(400);

pub(super) struct Watch {
    pub latchkey: Latchkey,
    pub key: Arc<Record>,
    pub target: Arc<Held>,
    pub sight: Sight,
    pub client: Client,
}

impl Watch {
    /// What is asked of the key, as long as it is about no tool.
    pub fn question(&self) -> Question<'_> {
        Question {
            surface: "mcp",
            access: None,
            bearer: Bearer::of(&self.client),
            mcp: Some(asked(&self.target)),
            model: None,
        }
    }

    /// Whether the key still may, and still sees what it saw when the request was judged; else what is to be said.
    pub async fn holds(&mut self) -> Result<(), Refusal> {
        let (parts, longest) = (&self.latchkey, self.latchkey.config.patience.recheck);
        if !parts.records.is_current(&self.key) || !parts.targets.is_current(&self.target) {
            // In a box, for the seldom time that it is needed: every open stream keeps room for what is not.
            timeout(longest, Box::pin(self.look_again())).await.unwrap_or(Err(Refusal::Unavailable))?;
        }
        may(&self.key.facts, self.question().asked(), self.latchkey.now())
    }

    /// Reads anew what was changed. Refused also if what the key sees, or how the server is reached, is not what it was: what
    /// is under way was judged by that, and asking again will be right.
    async fn look_again(&mut self) -> Result<(), Refusal> {
        let unavailable = |_| Refusal::Unavailable;
        let key = self.latchkey.identify_again(&self.key).await?;
        let target = self.latchkey.target(&key, self.target.slug()).await.map_err(unavailable)?;
        let target = target.ok_or(Refusal::ServerNotAllowed)?;
        may(&key.facts, self.question().asked(), self.latchkey.now())?;
        let firewall = self.latchkey.firewall(&key).await.map_err(unavailable)?;
        let sight = Sight::new(key.facts.effective_permission(), &target, firewall);
        let same = sight == self.sight && target.is_reached_like(&self.target);
        (self.key, self.target) = (key, target);
        if same { Ok(()) } else { Err(Refusal::Unavailable) }
    }
}

/// The server, as the decision has it.
pub(super) fn asked(target: &Held) -> AskedMcp<'_> {
    let server = AskedServer { id: &target.id, open_to_owner: target.open };
    AskedMcp { slug: target.slug(), server, tool: None }
}
