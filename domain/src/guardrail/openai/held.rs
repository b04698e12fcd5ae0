//! What is held back of one text of a streamed answer. Used by the scan of the answer.

use super::{
    super::{Compiled, Report, Scanner, Side, Verdict},
    events::Stop,
};

/// The most bytes of a tool call's arguments.
const ARGUMENTS_MOST: usize = 4 << 20;

/// One text on its way.
#[derive(Debug)]
pub(super) enum Held {
    /// It goes on as it comes, but for what may be the beginning of a match.
    Pieces(Scanner),
    /// It is JSON, and means nothing before it is whole: it goes on at its end.
    Whole(String),
}

impl Held {
    pub fn new(ready: &Compiled, is_json: bool) -> Self {
        if is_json { Self::Whole(String::new()) } else { Self::Pieces(ready.scan(Side::Output)) }
    }

    /// The next piece, and what may go on now.
    pub fn push(&mut self, ready: &Compiled, piece: &str) -> Result<String, Stop> {
        match self {
            Self::Pieces(scanner) => Ok(scanner.push(piece)?),
            Self::Whole(held) if held.len() + piece.len() > ARGUMENTS_MOST && !ready.is_dry_run() => {
                Err(Stop::Unreadable)
            }
            Self::Whole(held) => {
                held.push_str(piece);
                Ok(if ready.is_dry_run() { piece.to_owned() } else { String::new() })
            }
        }
    }

    /// The rest, and what hit in all of it.
    pub fn end(self, ready: &Compiled) -> (Result<String, Stop>, Report) {
        match self {
            Self::Pieces(mut scanner) => (scanner.end().map_err(Stop::from), scanner.report().clone()),
            Self::Whole(held) => {
                let judged = ready.judge_within(Side::Output, &held);
                let rest = match judged.verdict {
                    Verdict::Denied(why) => Err(Stop::Denied(why)),
                    Verdict::Redacted(text) => Ok(text),
                    Verdict::Passes if ready.is_dry_run() => Ok(String::new()),
                    Verdict::Passes => Ok(held),
                };
                (rest, judged.report)
            }
        }
    }

    /// What hit so far.
    pub fn report(&self) -> Report {
        match self {
            Self::Pieces(scanner) => scanner.report().clone(),
            Self::Whole(_) => Report::default(),
        }
    }
}
