//! Looks whether a key still may while its request is under way at the workspace's endpoint.

use crate::{
    Client, Latchkey,
    gateway::watch::{LOOK, Watch},
    verify::{Bearer, Question, Record},
};
use domain::{decision::may, refusal::Refusal};
use std::{pin::pin, sync::Arc};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

pub(super) struct Guard {
    latchkey: Latchkey,
    key: Arc<Record>,
    client: Client,
    /// Of the server that the request is for.
    server: Option<Watch>,
}

impl Guard {
    pub fn new(latchkey: &Latchkey, key: &Arc<Record>, client: &Client) -> Self {
        Self { latchkey: latchkey.clone(), key: Arc::clone(key), client: client.clone(), server: None }
    }

    pub fn with(self, server: Watch) -> Self {
        Self { server: Some(server), ..self }
    }

    /// Awaits an answer for as long as the key may, and lets it out only if it still does.
    pub async fn while_it_holds<T>(mut self, answer: impl Future<Output = T>) -> Result<T, Refusal> {
        let mut answer = pin!(answer);
        let mut look = interval_at(Instant::now() + LOOK, LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.holds().await?;
        loop {
            tokio::select! {
                answer = &mut answer => {
                    self.holds().await?;
                    return Ok(answer);
                }
                _ = look.tick() => self.holds().await?,
            }
        }
    }

    async fn holds(&mut self) -> Result<(), Refusal> {
        if let Some(server) = &mut self.server {
            return server.holds().await;
        }
        self.key = self.latchkey.identify_again(&self.key).await?;
        let question =
            Question { surface: "mcp", access: None, bearer: Bearer::of(&self.client), mcp: None, model: None };
        may(&self.key.facts, question.asked(), self.latchkey.now())
    }
}
