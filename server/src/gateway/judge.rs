//! Judges what a client sends, message by message, before anything of it goes on.

use super::{
    message::{Body, Message},
    receipt::NOT_SENT,
    sight::Sight,
    targets::Target,
    tools::DoesNotTell,
    watch::Watch,
};
use crate::{
    Latchkey,
    verify::{AskedMcp, Denied, Judged, Question, Record},
};
use domain::{
    decision::{Access, AskedTool},
    key::Permission,
    mcp::{Outcome, Standing},
    refusal::Refusal,
};
use std::sync::Arc;

/// What a dry run would have blocked.
const WOULD_BLOCK: &str = "WOULD_BLOCK";

/// Methods that change nothing at the server: all that a read-only key may send beside calls of tools that only read.
/// What is not known here may change something.
const READS: [&str; 20] = [
    "completion/complete",
    "initialize",
    "logging/setLevel",
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/directory/read",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/templates/list",
    "resources/unsubscribe",
    "server/discover",
    "skills/get",
    "skills/list",
    "subscriptions/listen",
    "tasks/get",
    "tasks/list",
    "tasks/result",
    "tools/list",
];

/// Why a body does not go on.
pub(super) enum No {
    /// The key may not.
    Denied(Denied),
    /// The server has to be asked about a tool first, and does not tell.
    DoesNotTell(Vec<Judged>),
}

/// Judges every message; answers the uses to write down once it is known what came of them. Each counts against the key's
/// rate. If one is refused, nothing goes on.
pub(super) async fn judge(watch: &Watch, body: &Body<'_>) -> Result<Vec<Judged>, No> {
    let mut uses = Vec::with_capacity(body.messages.len());
    for message in &body.messages {
        match one(watch, message).await {
            Ok(judged) => uses.push(judged),
            Err(no) => {
                for mut used in uses {
                    used.mcp.iter_mut().for_each(|mcp| mcp.outcome = NOT_SENT);
                    used.record(&watch.latchkey.recorder);
                }
                return Err(no);
            }
        }
    }
    Ok(uses)
}

async fn one(watch: &Watch, message: &Message<'_>) -> Result<Judged, No> {
    match message.tool.as_deref() {
        Some(name) => call(watch, name).await,
        None => other(&watch.latchkey, &watch.key, watch.question(), message),
    }
}

/// Judges a message that calls no tool.
pub(super) fn other(
    latchkey: &Latchkey,
    key: &Arc<Record>,
    question: Question<'_>,
    message: &Message<'_>,
) -> Result<Judged, No> {
    let reads = message.method.as_deref().is_none_or(|method| {
        // A notification tells; it asks for nothing.
        READS.contains(&method) || (method.starts_with("notifications/") && !message.is_request())
    });
    let access = Some(if reads { Access::Read } else { Access::Write });
    latchkey.judge_first(key, Question { access, ..question }).map_err(No::Denied)
}

/// Judges a call of a tool, by its name at the server.
pub(super) async fn call(watch: &Watch, name: &str) -> Result<Judged, No> {
    let question = watch.question();
    let denied = |question: Question<'_>| watch.latchkey.judge_first(&watch.key, question).map_err(No::Denied);
    let (asked, told) = standing(&watch.latchkey, &watch.target, &watch.sight, name).await;
    let tool = Some((name, asked));
    let question = Question { mcp: question.mcp.map(|mcp| AskedMcp { tool, ..mcp }), ..question };
    if let Err(DoesNotTell) = told {
        // Whether this key may call it is not known: all that can be said is that the server is away.
        let passes = AskedTool { standing: Standing::Reads, ..asked };
        let tool = Some((name, passes));
        let question = Question { mcp: question.mcp.map(|mcp| AskedMcp { tool, ..mcp }), ..question };
        return Err(No::DoesNotTell(vec![denied(question)?]));
    }
    let mut used = denied(question)?;
    if asked.firewall == Outcome::WouldBlock {
        used.mcp.iter_mut().for_each(|mcp| mcp.outcome = WOULD_BLOCK);
    }
    Ok(used)
}

/// How a tool stands towards a key. What its server says matters to read-only keys alone, and where no administrator has said
/// it; only then is the server asked, and the second part says whether it told.
pub(super) async fn standing(
    latchkey: &Latchkey,
    target: &Target,
    sight: &Sight,
    tool: &str,
) -> (AskedTool, Result<(), DoesNotTell>) {
    let firewall = sight.firewall(tool);
    let matters = sight.permission() == Permission::ReadOnly && target.marks.of(tool).is_none();
    let said =
        if matters && firewall != Outcome::Blocks { target.tools.ask(latchkey, target, tool).await } else { Ok(None) };
    let (hint, told) = match said {
        Ok(hint) => (hint, Ok(())),
        Err(DoesNotTell) => (None, Err(DoesNotTell)),
    };
    (AskedTool { standing: target.marks.standing(tool, hint), firewall }, told)
}

/// Whether a refusal is about one call, which its JSON-RPC answer says, and not about the key.
pub(super) fn is_about_a_call(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::ToolBlocked | Refusal::ReadOnly)
}
