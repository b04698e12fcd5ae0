//! The scan of a streamed answer: what is held of each text in it, fed with what its events add. What is still held back when a
//! text ends goes out in an event of its own, before the one that ends it.

use super::{
    super::{Compiled, Report, Side, Verdict},
    alike::{Alike, with},
    events::{Head, Passing, Said, Stop, with_delta},
    held::Held,
    places::{is_chance, is_hidden, is_piece, is_piece_of_response, is_said, is_token_of_answer, of_answer},
    strings::{Edits, Leaf, Step, content, walk},
    which::{Choice, Of, parts},
};
use crate::model::{
    Endpoint,
    json::{Members, elements},
};
use std::ops::Range;

/// The most texts of one answer.
const TEXTS_MOST: usize = 1_000;

/// The scan of one answer.
#[derive(Debug)]
pub struct AnswerScan {
    ready: Compiled,
    endpoint: Endpoint,
    head: Option<Head>,
    /// The latest chunk, if one piece of a text was all in it that is judged.
    latest: Option<Alike<Of>>,
    open: Vec<Open>,
    /// Texts that have ended: nothing more comes of them.
    ended: Vec<Of>,
    /// What those came to.
    report: Report,
}

/// A text that has begun.
#[derive(Debug)]
struct Open {
    of: Of,
    held: Held,
    /// How its rest is said: the latest event of a response's text, and where its piece stands.
    latest: Option<(String, Range<usize>)>,
}

impl AnswerScan {
    /// Begins. `None` if the guardrail does not look at answers.
    #[must_use]
    pub fn new(ready: &Compiled, endpoint: Endpoint) -> Option<Self> {
        let scan = || Self {
            ready: ready.clone(),
            endpoint,
            head: None,
            latest: None,
            open: Vec::new(),
            ended: Vec::new(),
            report: Report::default(),
        };
        (!ready.is_idle(Side::Output) && endpoint != Endpoint::Embeddings).then(scan)
    }

    /// Takes an event's data, and says what goes on in its place.
    pub fn event(&mut self, data: &str) -> Result<Passing, Stop> {
        if data.trim() == "[DONE]" {
            return Ok(Passing { before: self.end()?, data: None });
        }
        let passing = self.like_the_latest(data).unwrap_or_else(|| match (Members::of(data), self.endpoint) {
            (None, _) => Err(Stop::Unreadable),
            (Some(members), Endpoint::Responses) => self.of_response(data, &members),
            (Some(members), _) => self.of_chunk(data, &members),
        });
        match passing {
            Err(Stop::Unreadable) if self.ready.is_dry_run() => Ok(Passing::default()),
            other => other,
        }
    }

    /// The answer is at its end, or was cut: what was held back. Nothing on a second call.
    pub fn end(&mut self) -> Result<Vec<Said>, Stop> {
        self.flush(|_| true)
    }

    /// What hit so far; in a dry run, what would have.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut all = self.report.clone();
        self.open.iter().for_each(|open| all.add(&open.held.report()));
        all
    }

    /// A chunk that is like the latest but for the piece in it.
    fn like_the_latest(&mut self, data: &str) -> Option<Result<Passing, Stop>> {
        let latest = self.latest.take()?;
        let text = latest.text(data)?;
        let said = self.piece(&latest.of, text, None);
        let passing = said.map(|said| Passing {
            before: Vec::new(),
            data: if said == text { None } else { with(data, text, &said) },
        });
        self.latest = Some(latest);
        Some(passing)
    }

    /// A chunk of chat or completions.
    fn of_chunk(&mut self, data: &str, chunk: &Members<'_>) -> Result<Passing, Stop> {
        let choices = chunk.given("choices").map_or(Some(Vec::new()), elements).ok_or(Stop::Unreadable)?;
        let choices: Option<Vec<_>> =
            choices.into_iter().enumerate().map(|(at, choice)| Choice::of(at, choice)).collect();
        let choices = choices.ok_or(Stop::Unreadable)?;
        if self.head.is_none() && !choices.is_empty() {
            self.head = Some(Head::of(chunk));
        }
        let (mut judged, mut piece, mut hidden) = (0, None, Vec::new());
        let edits = self.strings(data, |scan, path, at, text| {
            let said = match path {
                [Step::Member(first), Step::Element(position), path @ ..] if first == "choices" => {
                    scan.of_choice(choices.get(*position).ok_or(Stop::Unreadable)?, path, text)?
                }
                _ if of_answer(scan.endpoint, path, text) => scan.whole(text)?,
                _ => Judged::No,
            };
            if is_hidden(path, text) && !is_chance(path) {
                hidden.push(at.clone());
            }
            judged += usize::from(!matches!(said, Judged::No));
            Ok(match said {
                Judged::No => None,
                Judged::Whole(said) => said,
                Judged::Piece(of, said) => {
                    piece = Some((at.clone(), of)).filter(|_| is_said(path, ""));
                    (said != text).then_some(said)
                }
            })
        })?;
        let alone = piece.filter(|_| judged == 1 && !choices.iter().any(|choice| choice.ends));
        self.latest = alone.map(|(at, of)| Alike::new(data, at, hidden, of));
        let mut passing = Passing { before: Vec::new(), data: edits.apply(data) };
        for Choice { index: ended, .. } in choices.iter().filter(|choice| choice.ends) {
            passing.before.extend(self.flush(|of| matches!(of, Of::Choice { index, .. } if index == ended))?);
        }
        Ok(passing)
    }

    /// A string of a choice, and what stands in its place, if anything else does.
    fn of_choice(&mut self, choice: &Choice, path: &[Step<'_>], text: &str) -> Result<Judged, Stop> {
        if is_chance(path) {
            return if text.is_empty() { Ok(Judged::No) } else { Err(Stop::Unreadable) };
        }
        if !is_said(path, text) {
            return Ok(Judged::No);
        }
        if !is_piece(path) {
            return self.whole(text);
        }
        let of = Of::Choice { index: choice.index, path: parts(path, &choice.calls) };
        let said = self.piece(&of, text, None)?;
        let said = if choice.ends { said + &self.rest_of(&of)? } else { said };
        Ok(Judged::Piece(of, said))
    }

    /// A text that is there as a whole.
    fn whole(&mut self, text: &str) -> Result<Judged, Stop> {
        let judged = self.ready.judge(Side::Output, text);
        self.report.add(&judged.report);
        match judged.verdict {
            Verdict::Passes if judged.report.is_clean() => Ok(Judged::No),
            Verdict::Passes => Ok(Judged::Whole(None)),
            Verdict::Redacted(text) => Ok(Judged::Whole(Some(text))),
            Verdict::Denied(why) => Err(Stop::Denied(why)),
        }
    }

    /// An event of a response.
    fn of_response(&mut self, data: &str, members: &Members<'_>) -> Result<Passing, Stop> {
        let kind = members.given("type").map(content).unwrap_or_default();
        let given = |name: &str| members.given(name).unwrap_or_default();
        if kind.ends_with("audio.delta") {
            return Ok(Passing::default());
        }
        let output = if given("output_index").is_empty() { given("item_id") } else { given("output_index") };
        if kind.ends_with(".delta") {
            let place = [given("content_index"), given("summary_index")].join(" ");
            return self.of_delta(data, &kind, output, &place);
        }
        let is_last = matches!(
            &*kind,
            "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" | "error"
        );
        let before = match kind.ends_with(".done") {
            true => self.flush(|of| matches!(of, Of::Item { output: of, .. } if **of == *output))?,
            false if is_last => self.end()?,
            false => Vec::new(),
        };
        // It repeats what came in pieces, so its hits count only where nothing came in pieces.
        let judged = self.ready.judge_said(data, of_event).map_err(|_| Stop::Unreadable)?;
        if self.report.is_clean() && is_last || judged.report.denial.is_some() {
            self.report.add(&judged.report);
        }
        match judged.verdict {
            Verdict::Passes => Ok(Passing { before, data: None }),
            Verdict::Redacted(data) => Ok(Passing { before, data: Some(data) }),
            Verdict::Denied(why) => Err(Stop::Denied(why)),
        }
    }

    /// An event with the next piece of a response's text, or with one of each of several, where its delta is an object.
    fn of_delta(&mut self, data: &str, kind: &str, output: &str, place: &str) -> Result<Passing, Stop> {
        let edits = self.strings(data, |scan, path, at, text| {
            if !is_piece_of_response(path, text) {
                let said = if of_event(path, text) { scan.whole(text)? } else { Judged::No };
                return Ok(if let Judged::Whole(said) = said { said } else { None });
            }
            let path = parts(path, &[]);
            let of = Of::Item { kind: kind.into(), output: output.into(), place: place.into(), path };
            let said = scan.piece(&of, text, Some((data, at)))?;
            Ok((said != text).then_some(said))
        })?;
        Ok(Passing { before: Vec::new(), data: edits.apply(data) })
    }

    /// Goes over the strings of an event: what stands in their place, where anything else does.
    fn strings(
        &mut self,
        data: &str,
        mut each: impl FnMut(&mut Self, &[Step<'_>], &Range<usize>, &str) -> Result<Option<String>, Stop>,
    ) -> Result<Edits, Stop> {
        let (mut edits, mut stopped) = (Edits::default(), None);
        walk(data, |path, leaf| {
            let said = match leaf {
                _ if stopped.is_some() => return,
                Leaf::Number(_) if is_token_of_answer(path) => Err(Stop::Unreadable),
                Leaf::Text(at) => match each(self, path, &at, &content(&data[at.clone()])) {
                    Ok(said) => Ok(said.map(|said| (at, said))),
                    Err(why) => Err(why),
                },
                _ => return,
            };
            match said {
                Ok(None) => {}
                Ok(Some((at, said))) => edits.put(at, &said),
                Err(why) => stopped = Some(why),
            }
        })
        .map_err(|_| Stop::Unreadable)?;
        stopped.map_or(Ok(edits), Err)
    }

    /// The next piece of a text, and what of it may go on.
    fn piece(&mut self, of: &Of, text: &str, event: Option<(&str, &Range<usize>)>) -> Result<String, Stop> {
        let Self { ready, open, ended, .. } = self;
        if text.is_empty() {
            return Ok(String::new());
        }
        let at = open.iter().position(|open| open.of == *of);
        if at.is_none() && (ended.contains(of) || open.len() + ended.len() >= TEXTS_MOST) {
            return Err(Stop::Unreadable);
        }
        let at = at.unwrap_or_else(|| {
            open.push(Open { of: of.clone(), held: Held::new(ready, of.is_json()), latest: None });
            open.len() - 1
        });
        let open = &mut open[at];
        open.latest = event.map(|(event, at)| (event.to_owned(), at.clone()));
        open.held.push(ready, text)
    }

    /// The rest of a text that ends with the event that its last piece stands in.
    fn rest_of(&mut self, of: &Of) -> Result<String, Stop> {
        let Some(at) = self.open.iter().position(|open| open.of == *of) else { return Ok(String::new()) };
        let open = self.open.remove(at);
        self.close(open).map(|(_, rest)| rest)
    }

    /// Ends these texts, and says what was held back of them.
    fn flush(&mut self, ends: impl Fn(&Of) -> bool) -> Result<Vec<Said>, Stop> {
        let (ending, open) = std::mem::take(&mut self.open).into_iter().partition::<Vec<_>, _>(|open| ends(&open.of));
        self.open = open;
        let mut said = Vec::new();
        for mut open in ending {
            let latest = open.latest.take();
            let (of, rest) = self.close(open)?;
            if rest.is_empty() {
                continue;
            }
            match (of, latest) {
                (Of::Choice { index, path }, _) => {
                    let head = self.head.as_ref().ok_or(Stop::Unreadable)?;
                    said.push(Said { event: None, data: head.chunk(index, &path, &rest) });
                }
                (Of::Item { kind, .. }, Some((event, at))) => {
                    said.push(Said { event: Some(kind), data: with_delta(&event, &at, &rest) });
                }
                (Of::Item { .. }, None) => return Err(Stop::Unreadable),
            }
        }
        Ok(said)
    }

    fn close(&mut self, open: Open) -> Result<(Of, String), Stop> {
        let (rest, report) = open.held.end(&self.ready);
        self.report.add(&report);
        self.ended.push(open.of.clone());
        Ok((open.of, rest?))
    }
}

/// What becomes of a string of a chunk.
enum Judged {
    /// It is no text, or one that is there as a whole and in which nothing is found.
    No,
    /// It is there as a whole, and something is found in it: what stands in its place, if anything else does.
    Whole(Option<String>),
    /// It is the next piece of that text: what of it goes on.
    Piece(Of, String),
}

/// Whether a string of a response's event that is no piece is a text.
fn of_event(path: &[Step<'_>], text: &str) -> bool {
    match path.first() {
        Some(Step::Member(name)) if name == "response" => of_answer(Endpoint::Responses, &path[1..], text),
        _ => is_said(path, text),
    }
}

#[cfg(test)]
mod tests;
