//! A text that comes in pieces, such as a model's answer: what may go is given out at once, what may be the beginning of a
//! match waits for what follows. The law is in the parent module's words.

use super::{
    compiled::Lane,
    stage::{Stage, Step, trim},
    verdict::{Denial, Report},
};
use std::sync::Arc;

/// How often the cut is moved back in search of one that no rule's beginning touches.
const CUTS: usize = 4;

/// The scan of one text that comes in pieces, made by [`Compiled::scan`](super::Compiled::scan).
#[derive(Debug)]
pub struct Scanner {
    lane: Arc<Lane>,
    dry_run: bool,
    report: Report,
    /// What no rule has seen yet, after a little of what has gone.
    text: String,
    at: usize,
    /// What went past the rules since they last saw anything, as far as they need it.
    passed: String,
    stages: Vec<Stage>,
}

impl Scanner {
    pub(super) fn new(lane: Arc<Lane>, dry_run: bool) -> Self {
        let stages = lane.rules.iter().map(|_| Stage::default()).collect();
        let report = Report::default();
        Self { lane, dry_run, report, text: String::new(), at: 0, passed: String::new(), stages }
    }

    /// Takes the next piece, and gives out what may go now; often a little less, sometimes nothing, or what was held before.
    /// Once it is denied nothing goes any more, the piece included, and every further piece is denied alike.
    ///
    /// In a dry run the piece goes as it came.
    pub fn push(&mut self, piece: &str) -> Result<String, Denial> {
        let out = self.step(piece, false);
        if self.dry_run { Ok(piece.to_owned()) } else { out }
    }

    /// The text is at its end: gives out the rest. Called once, after the last piece, also where the stream was cut.
    pub fn end(&mut self) -> Result<String, Denial> {
        let out = self.step("", true);
        if self.dry_run { Ok(String::new()) } else { out }
    }

    /// What hit so far; in a dry run, what would have.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    fn step(&mut self, piece: &str, last: bool) -> Result<String, Denial> {
        if let Some(why) = self.report.denial {
            return Err(why);
        }
        if self.stages.is_empty() {
            return Ok(piece.to_owned());
        }
        self.text.push_str(piece);
        let cut = self.cut(last);
        let piece = self.text[self.at..cut.at].to_owned();
        self.at = trim(&mut self.text, cut.at);
        if cut.passes {
            remember(&mut self.passed, &piece);
            return Ok(piece);
        }
        self.run(piece, last)
    }

    /// How much of the text goes on, and whether it goes past the rules.
    fn cut(&self, last: bool) -> Cut {
        let Some(gate) = self.lane.gate.as_ref().filter(|_| !last) else {
            return Cut { at: self.text.len(), passes: false };
        };
        let known = gate.open(&self.text, self.at);
        // A match may begin before the cut and go on in what stands behind it once that has been redacted. So the cut is moved
        // to where nothing before it begins a match.
        let mut at = known;
        for _ in 0..CUTS {
            let back = gate.open(&self.text[..at], self.at);
            if back == at {
                let idle = self.stages.iter().all(Stage::is_idle);
                let passes = idle && gate.first(&self.text, self.at).is_none_or(|first| first >= at);
                return Cut { at, passes };
            }
            at = back;
        }
        Cut { at: known, passes: false }
    }

    /// Leads a piece through all the rules.
    fn run(&mut self, mut piece: String, last: bool) -> Result<String, Denial> {
        let passed = std::mem::take(&mut self.passed);
        for (rule, stage) in self.lane.rules.iter().zip(&mut self.stages) {
            if !passed.is_empty() {
                stage.skip(&passed);
            }
            let mut out = String::new();
            match stage.take(rule.parts(), &piece, last, &mut out) {
                Step::Went(times) => self.report.count(rule.place, times),
                Step::Denied => {
                    let why = Denial::Rule(rule.place);
                    self.report.deny(why);
                    // Nothing of it is needed any more, and some of it must not stay.
                    self.stages = Vec::new();
                    self.text = String::new();
                    return Err(why);
                }
            }
            piece = out;
        }
        Ok(piece)
    }
}

/// How much goes on, and whether past the rules.
struct Cut {
    at: usize,
    passes: bool,
}

/// Adds to what went past, and keeps the end of it.
fn remember(passed: &mut String, piece: &str) {
    passed.push_str(piece);
    let at = passed.len();
    trim(passed, at);
}
