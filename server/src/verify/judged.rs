//! A request through the gateway that was let pass, until it is known what came of it and it can be recorded.

use super::{AskedMcp, Question, Record, Recorder, recorder::Used};
use domain::{field::is_deceptive, mcp::SLUG_MOST, time::Timestamp};
use std::{net::IpAddr, sync::Arc, time::Duration};
use store::McpUse;

/// The longest name of a tool that is kept with a use, in characters.
const TOOL_MOST: usize = 256;

/// What a request through the gateway was for, and what came of it.
#[derive(Clone)]
pub(crate) struct McpUsed {
    server: Box<str>,
    /// Empty if it called no tool.
    tool: Box<str>,
    /// Beyond the key's verdict; empty if nothing is to be said.
    pub outcome: &'static str,
    pub took: Duration,
}

/// A use that waits for its end.
pub(crate) struct Judged {
    at: Timestamp,
    key: Arc<Record>,
    surface: &'static str,
    address: Option<IpAddr>,
    agent: Box<str>,
    /// `VALID`, unless something refused it after the decision about the key.
    pub code: &'static str,
    /// `None` where it is about no server.
    pub mcp: Option<McpUsed>,
}

impl McpUsed {
    pub fn new(asked: AskedMcp<'_>) -> Self {
        let tool = asked.tool.map(|(name, _)| name).unwrap_or_default();
        let (server, tool) = (plain(asked.slug, SLUG_MOST), plain(tool, TOOL_MOST));
        Self { server, tool, outcome: "", took: Duration::ZERO }
    }

    /// As the log has it.
    pub fn row(&self) -> McpUse<&str> {
        let millis = i64::try_from(self.took.as_millis()).unwrap_or(i64::MAX);
        McpUse { server: &self.server, tool: &self.tool, outcome: self.outcome, millis }
    }
}

impl Judged {
    pub(super) fn new(question: Question<'_>, key: &Arc<Record>, at: Timestamp) -> Self {
        let (address, agent) = (question.bearer.ip, question.bearer.agent.into());
        let mcp = question.mcp.map(McpUsed::new);
        Self { at, key: Arc::clone(key), surface: question.surface, address, agent, code: "VALID", mcp }
    }

    /// Writes it down.
    pub fn record(&self, recorder: &Recorder) {
        let Self { at, key, surface, address, agent, code, mcp } = self;
        let (at, surface, address, code, mcp) = (*at, *surface, *address, *code, mcp.as_ref());
        recorder.record(Used { at, key, surface, code, address, agent, mcp });
    }
}

/// The beginning of what a client wrote, without what no text in the log may have.
fn plain(text: &str, most: usize) -> Box<str> {
    let shown = text.chars().map(|c| if is_deceptive(c) { '\u{FFFD}' } else { c });
    shown.take(most).collect::<String>().into()
}
