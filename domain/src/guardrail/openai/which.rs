//! Which text of a streamed answer a piece belongs to, and what says so: the choice and the calls of tools that it stands in. Asked
//! by the scan of the answer.

use super::{
    events::Part,
    strings::{Step, content},
};
use crate::model::json::{Members, elements};

/// Which text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Of a chunk.
    Choice { index: u64, path: Vec<Part> },
    /// Of a response: the kind of its events, its output and its place in that, as they are written, and where in the event.
    Item { kind: Box<str>, output: Box<str>, place: Box<str>, path: Vec<Part> },
}

impl Of {
    /// Whether it is JSON, as the arguments of a tool call are.
    pub fn is_json(&self) -> bool {
        let (path, kind) = match self {
            Self::Choice { path, .. } => (path, ""),
            Self::Item { path, kind, .. } => (path, &**kind),
        };
        let nearest =
            path.iter().rev().find_map(|part| if let Part::Member(name) = part { Some(&**name) } else { None });
        kind.contains("arguments") || nearest == Some("arguments")
    }
}

/// What must be known of a choice before its strings are met.
pub(super) struct Choice {
    pub index: u64,
    pub ends: bool,
    /// The `index` that each call of a tool says of itself.
    pub calls: Vec<u64>,
}

impl Choice {
    /// `None` if it is no object.
    pub fn of(position: usize, choice: &str) -> Option<Self> {
        let members = Members::of(choice)?;
        let reason = members.given("finish_reason").map(content).unwrap_or_default();
        Some(Self {
            index: members.get("index").and_then(number).unwrap_or(position as u64),
            // Some servers say nothing in these words.
            ends: !matches!(&*reason, "" | "null"),
            calls: indices_of_calls(choice, &members),
        })
    }
}

fn indices_of_calls(choice: &str, members: &Members<'_>) -> Vec<u64> {
    // Nearly none has any, by that name or by one that is spelt by escapes.
    if !["tool_calls", "\\u"].iter().any(|part| choice.contains(part)) {
        return Vec::new();
    }
    let Some(delta) = members.given("delta").and_then(Members::of) else { return Vec::new() };
    let calls = delta.given("tool_calls").and_then(elements).unwrap_or_default();
    let each = calls.into_iter().enumerate();
    each.map(|(position, call)| {
        Members::of(call).and_then(|call| call.get("index").and_then(number)).unwrap_or(position as u64)
    })
    .collect()
}

pub(super) fn parts(path: &[Step<'_>], calls: &[u64]) -> Vec<Part> {
    let mut after_calls = false;
    path.iter()
        .map(|step| match step {
            Step::Member(name) => {
                after_calls = name == "tool_calls";
                Part::Member(name.as_ref().into())
            }
            Step::Element(position) => {
                let said = calls.get(*position).copied().filter(|_| after_calls);
                Part::Element(said.unwrap_or(*position as u64))
            }
        })
        .collect()
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}
