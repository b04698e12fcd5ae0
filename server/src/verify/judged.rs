//! A request through the gateway or the model relay that was let pass, until it is known what came of it and it can be
//! recorded.

use super::{AskedMcp, Question, Record, Recorder, recorder::Used};
use domain::{
    field::is_deceptive,
    id::SampleId,
    mcp::SLUG_MOST,
    model::{Counted, MicroUsd, ModelName, Usage},
    time::Timestamp,
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use store::{McpUse, ModelUse};

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

/// What a request to the model relay was for, and what it took.
#[derive(Clone)]
pub(crate) struct ModelUsed {
    pub model: ModelName,
    /// Whether it is a model that the workspace has: anybody may ask for any name.
    pub known: bool,
    /// The slug of the provider that answered; empty if none did.
    pub provider: Box<str>,
    /// Beyond the key's verdict; empty if it was answered.
    pub outcome: &'static str,
    pub counted: Counted,
    /// Nothing where the model has no price.
    pub cost: MicroUsd,
    pub took: Duration,
    /// Its sample, if one was taken.
    pub sample: Option<SampleId>,
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
    /// `None` where it is about no model.
    pub model: Option<ModelUsed>,
}

impl ModelUsed {
    /// Of a request for a model, of which nothing has come yet.
    pub fn new(model: &ModelName) -> Self {
        let counted = Counted { usage: Usage::default(), estimated: false };
        let (model, cost, took) = (model.clone(), MicroUsd::ZERO, Duration::ZERO);
        Self { model, known: false, provider: "".into(), outcome: "", counted, cost, took, sample: None }
    }

    /// As the log has it.
    pub fn row(&self) -> ModelUse<&str> {
        let Self { model, known: _, provider, outcome, counted, cost, took, sample } = self;
        let (counted, cost, millis) = (*counted, *cost, millis(*took));
        let sample = sample.as_ref().map_or("", SampleId::as_str);
        ModelUse { model: model.as_str(), provider, outcome, counted, cost, millis, sample }
    }
}

impl McpUsed {
    pub fn new(asked: AskedMcp<'_>) -> Self {
        let tool = asked.tool.map(|(name, _)| name).unwrap_or_default();
        let (server, tool) = (plain(asked.slug, SLUG_MOST), plain(tool, TOOL_MOST));
        Self { server, tool, outcome: "", took: Duration::ZERO }
    }

    /// As the log has it.
    pub fn row(&self) -> McpUse<&str> {
        McpUse { server: &self.server, tool: &self.tool, outcome: self.outcome, millis: millis(self.took) }
    }
}

impl Judged {
    pub(super) fn new(question: Question<'_>, key: &Arc<Record>, at: Timestamp) -> Self {
        let (address, agent) = (question.bearer.ip, question.bearer.agent.into());
        let mcp = question.mcp.map(McpUsed::new);
        let (key, model) = (Arc::clone(key), question.model.map(ModelUsed::new));
        Self { at, key, surface: question.surface, address, agent, code: "VALID", mcp, model }
    }

    /// It is about that model, which stands in its body.
    pub fn asks_for(&mut self, model: &ModelName) {
        self.model = Some(ModelUsed::new(model));
    }

    /// Writes it down.
    pub fn record(&self, recorder: &Recorder) {
        let Self { at, key, surface, address, agent, code, mcp, model } = self;
        let (at, surface, address, code) = (*at, *surface, *address, *code);
        let (mcp, model) = (mcp.as_ref(), model.as_ref());
        recorder.record(Used { at, key, surface, code, address, agent, mcp, model });
    }
}

fn millis(took: Duration) -> i64 {
    i64::try_from(took.as_millis()).unwrap_or(i64::MAX)
}

/// The beginning of what a client wrote, without what no text in the log may have.
fn plain(text: &str, most: usize) -> Box<str> {
    let shown = text.chars().map(|c| if is_deceptive(c) { '\u{FFFD}' } else { c });
    shown.take(most).collect::<String>().into()
}
