//! The same decision for whoever stands before an MCP server of their own: the verify call and forward auth may name a server
//! and a tool, and get the answer that the gateway would give.

use super::{judge::standing, sight::Sight, watch::asked};
use crate::{
    Latchkey,
    verify::{Admitted, AskedMcp, Denied, Question, Record},
};
use domain::{decision::AskedServer, id::ServerId, refusal::Refusal};
use std::sync::Arc;

impl Latchkey {
    /// Judges an identified key for a server of its workspace, by slug, and for one of its tools; records the use.
    pub(crate) async fn judge_at(
        &self,
        key: Arc<Record>,
        (server, tool): (&str, Option<&str>),
        question: Question<'_>,
    ) -> Result<Admitted, Denied> {
        let unavailable = |_| Denied::from(Refusal::Unavailable);
        let Some(target) = self.target(&key, server).await.map_err(unavailable)? else {
            let nobody = ServerId::from_text("");
            let nowhere = AskedServer { id: &nobody, open_to_owner: false };
            return self.judge(
                key,
                Question { mcp: Some(AskedMcp { slug: server, server: nowhere, tool: None }), ..question },
            );
        };
        let mut mcp = asked(&target);
        if let Some(tool) = tool {
            let firewall = self.firewall(&key).await.map_err(unavailable)?;
            let sight = Sight::new(key.facts.effective_permission(), &target, firewall);
            // What its server does not tell is not known: a read-only key does not pass by it.
            let (asked, _) = standing(self, &target, &sight, tool).await;
            mcp.tool = Some((tool, asked));
        }
        self.judge(key, Question { mcp: Some(mcp), ..question })
    }
}
