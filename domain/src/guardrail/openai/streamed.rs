//! The scan of a streamed answer: one scanner for each text in it, fed with what its events add. What a scanner still holds
//! back when its text ends goes out in an event of its own, before the one that ends it.

use super::{
    super::{Compiled, Denial, Report, Scanner, Side, Verdict},
    events::{Head, Part, Passing, Stop, with_delta},
    places::{is_said, of_answer},
    strings::{Edits, Leaf, Step, content, walk},
};
use crate::model::{
    Endpoint,
    json::{Members, elements, place, string},
};
use std::ops::Range;

/// The scan of one answer.
#[derive(Debug)]
pub struct AnswerScan {
    ready: Compiled,
    endpoint: Endpoint,
    head: Option<Head>,
    open: Vec<Open>,
    /// What the texts that have ended came to.
    report: Report,
}

/// A text that has begun.
#[derive(Debug)]
struct Open {
    of: Of,
    scanner: Scanner,
}

/// Which text.
#[derive(Debug, PartialEq, Eq)]
enum Of {
    Choice { index: u64, path: Vec<Part> },
    Item(Item),
}

/// A text of a response.
#[derive(Debug)]
struct Item {
    /// The kind of its events, its item and its place in that.
    key: String,
    output: Box<str>,
    /// Its latest event, and where its piece stands.
    event: String,
    at: Range<usize>,
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Item {}

impl AnswerScan {
    /// Begins. `None` if the guardrail does not look at answers.
    #[must_use]
    pub fn new(ready: &Compiled, endpoint: Endpoint) -> Option<Self> {
        let scan = || Self { ready: ready.clone(), endpoint, head: None, open: Vec::new(), report: Report::default() };
        (!ready.is_idle(Side::Output) && endpoint != Endpoint::Embeddings).then(scan)
    }

    /// Takes an event's data, and says what goes on in its place.
    pub fn event(&mut self, data: &str) -> Result<Passing, Stop> {
        if data.trim() == "[DONE]" {
            return Ok(Passing { before: self.end()?, data: None });
        }
        let Some(members) = Members::of(data) else {
            return if self.ready.is_dry_run() { Ok(Passing::default()) } else { Err(Stop::Unreadable) };
        };
        match self.endpoint {
            Endpoint::Responses => self.of_response(data, &members),
            _ => Ok(self.of_chunk(data, &members)?),
        }
    }

    /// The answer is at its end, or was cut: what was held back, as the data of events. Nothing on a second call.
    pub fn end(&mut self) -> Result<Vec<String>, Denial> {
        self.flush(|_| true)
    }

    /// What hit so far; in a dry run, what would have.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut all = self.report.clone();
        self.open.iter().for_each(|open| all.add(open.scanner.report()));
        all
    }

    /// A chunk of chat or completions.
    fn of_chunk(&mut self, data: &str, chunk: &Members<'_>) -> Result<Passing, Denial> {
        let choices = chunk.given("choices").and_then(elements).unwrap_or_default();
        if self.head.is_none() && !choices.is_empty() {
            self.head = Some(Head::of(chunk));
        }
        let (mut passing, mut edits) = (Passing::default(), Edits::default());
        for (position, choice) in choices.into_iter().enumerate() {
            let (Some(base), Some(members)) = (place(data, choice), Members::of(choice)) else { continue };
            let index = members.get("index").and_then(number).unwrap_or(position as u64);
            let calls = indices_of_calls(&members);
            let ends = members.given("finish_reason").is_some();
            let mut denied = Ok(());
            walk(choice, |path, leaf| {
                let Leaf::Text(at) = leaf else { return };
                let text = content(&choice[at.clone()]);
                if denied.is_err() || !is_said(path, &text) {
                    return;
                }
                let of = Of::Choice { index, path: parts(path, &calls) };
                match self.piece(of, &text, ends) {
                    Ok(said) if *said == *text => {}
                    Ok(said) => edits.put(base.start + at.start..base.start + at.end, &said),
                    Err(why) => denied = Err(why),
                }
            });
            denied?;
            if ends {
                passing.before.extend(self.flush(|of| matches!(of, Of::Choice { index: one, .. } if *one == index))?);
            }
        }
        passing.data = edits.apply(data);
        Ok(passing)
    }

    /// An event of a response.
    fn of_response(&mut self, data: &str, members: &Members<'_>) -> Result<Passing, Stop> {
        let kind = members.given("type").and_then(string).unwrap_or_default();
        let output = members.given("output_index").unwrap_or_default();
        if kind.ends_with("audio.delta") {
            return Ok(Passing::default());
        }
        if kind.ends_with(".delta")
            && let Some(at) = members.given("delta").and_then(|delta| place(data, delta))
            && let Some(text) = data[at.clone()].starts_with('"').then(|| content(&data[at.clone()]))
        {
            let places = ["type", "item_id", "output_index", "content_index", "summary_index"];
            let key = places.map(|name| members.given(name).unwrap_or_default()).join(" ");
            let item = Item { key, output: output.into(), event: data.into(), at: at.clone() };
            let said = self.piece(Of::Item(item), &text, false)?;
            let data = (*said != *text).then(|| with_delta(data, at, &said));
            return Ok(Passing { before: Vec::new(), data });
        }
        let is_last = matches!(
            &*kind,
            "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" | "error"
        );
        let before = match kind.ends_with(".done") {
            true => self.flush(|of| matches!(of, Of::Item(item) if *item.output == *output))?,
            false if is_last => self.end()?,
            false => Vec::new(),
        };
        // It repeats what came in pieces, so its hits count only where nothing came in pieces.
        let judged = self.ready.judge_strings(Side::Output, data, of_event, |_| {});
        if self.report.is_clean() && is_last || judged.report.denial.is_some() {
            self.report.add(&judged.report);
        }
        match judged.verdict {
            Verdict::Passes => Ok(Passing { before, data: None }),
            Verdict::Redacted(data) => Ok(Passing { before, data: Some(data) }),
            Verdict::Denied(why) => Err(Stop::Denied(why)),
        }
    }

    /// The next piece of a text, and what of it may go on.
    fn piece(&mut self, of: Of, text: &str, last: bool) -> Result<String, Denial> {
        let found = self.open.iter().position(|open| open.of == of);
        if found.is_none() && text.is_empty() {
            return Ok(String::new());
        }
        let at = found.unwrap_or_else(|| {
            let scanner = self.ready.scan(Side::Output);
            self.open.push(Open { of: Of::Choice { index: 0, path: Vec::new() }, scanner });
            self.open.len() - 1
        });
        // With its latest event.
        self.open[at].of = of;
        let mut said = self.open[at].scanner.push(text)?;
        if last {
            let mut open = self.open.remove(at);
            let rest = open.scanner.end();
            self.report.add(open.scanner.report());
            said.push_str(&rest?);
        }
        Ok(said)
    }

    /// Ends these texts, and says what was held back of them.
    fn flush(&mut self, ends: impl Fn(&Of) -> bool) -> Result<Vec<String>, Denial> {
        let mut said = Vec::new();
        let (ending, open) = std::mem::take(&mut self.open).into_iter().partition::<Vec<_>, _>(|open| ends(&open.of));
        self.open = open;
        for Open { of, mut scanner } in ending {
            let rest = scanner.end();
            self.report.add(scanner.report());
            let rest = rest?;
            if !rest.is_empty() {
                said.push(match of {
                    Of::Choice { index, path } => {
                        self.head.as_ref().map(|head| head.chunk(index, &path, &rest)).unwrap_or_default()
                    }
                    Of::Item(Item { event, at, .. }) => with_delta(&event, at, &rest),
                });
            }
        }
        Ok(said)
    }
}

/// Whether a string of a response's event that is no piece is a text.
fn of_event(path: &[Step<'_>], text: &str) -> bool {
    match path.first() {
        Some(Step::Member(name)) if name == "response" => of_answer(Endpoint::Responses, &path[1..], text),
        Some(Step::Member(name)) => name != "error" && is_said(path, text),
        _ => false,
    }
}

/// The `index` that each call of a tool says of itself.
fn indices_of_calls(choice: &Members<'_>) -> Vec<u64> {
    let Some(delta) = choice.given("delta").and_then(Members::of) else { return Vec::new() };
    let calls = delta.given("tool_calls").and_then(elements).unwrap_or_default();
    let each = calls.into_iter().enumerate();
    each.map(|(position, call)| {
        Members::of(call).and_then(|call| call.get("index").and_then(number)).unwrap_or(position as u64)
    })
    .collect()
}

fn parts(path: &[Step<'_>], calls: &[u64]) -> Vec<Part> {
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

#[cfg(test)]
mod tests;
