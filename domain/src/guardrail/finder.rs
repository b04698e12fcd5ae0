//! What one rule looks for, made ready: its pattern, the pattern of its beginnings, and the check of what the pattern found.
//! Built by the detectors, by own patterns and by denied words; used by the stages.

use super::{
    WINDOW,
    beginnings::{beginnings, loosened, without_captures},
    pattern::Pattern,
};
use regex_syntax::{
    ParserBuilder,
    hir::{Dot, Hir, Look},
};
use std::ops::Range;

/// What a pattern compiles to at most, in bytes.
pub const COMPILED_MOST: usize = 1 << 20;
/// The pattern of its beginnings is larger than a pattern by a small factor.
const BEGINNINGS_MOST: usize = 4 * COMPILED_MOST;
/// The patterns of all rules of a side in one, made ready.
pub(super) const TOGETHER_MOST: usize = 2 << 20;
/// The counts that beginnings keep; and those that are kept where all rules are asked in one.
const COUNTED_MOST: u32 = 32;
const COUNTED_TOGETHER: u32 = 4;
/// How deep the groups of a pattern may nest.
pub(super) const NESTED_MOST: u32 = 50;

/// Judges a candidate: the text around it and its place; answers the place of the match, which may be a part of it, or
/// nothing. It may look at two characters before the candidate and at two after it, no further.
pub(super) type Check = fn(&str, Range<usize>) -> Option<Range<usize>>;

/// The first place at or after another where a match may begin: a character of ASCII.
pub(super) type Starts = fn(&[u8], usize) -> Option<usize>;

/// One rule's eye.
#[derive(Debug)]
pub(super) struct Finder {
    pattern: Hir,
    begins: Hir,
    find: Pattern,
    open: Pattern,
    check: Option<Check>,
    starts: Option<Starts>,
    until: Option<Pattern>,
}

impl Finder {
    /// Makes a finder of a pattern; the error is a sentence's end: `… is no regular expression: unclosed group.`
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        Self::build(pattern, None)
    }

    /// The same, where only those candidates count that the check lets pass.
    pub(super) fn checked(pattern: &str, check: Check) -> Result<Self, String> {
        Self::build(pattern, Some(check))
    }

    fn build(pattern: &str, check: Option<Check>) -> Result<Self, String> {
        let parsed = ParserBuilder::new().nest_limit(NESTED_MOST).build().parse(pattern);
        let parsed = parsed.map_err(|error| format!("is no regular expression: {}.", reason(&error)))?;
        let shortest = parsed.properties().minimum_len();
        if shortest.is_none() {
            return Err("can never match.".into());
        }
        if shortest == Some(0) {
            return Err("matches the empty text, and so everywhere. Make it ask for one character at least.".into());
        }
        let too_large = || format!("is too large: compiled, it takes more than {COMPILED_MOST} bytes.");
        let pattern = without_captures(&parsed);
        let find = Pattern::new(&pattern, COMPILED_MOST).ok_or_else(too_large)?;
        // A check looks at two characters behind the candidate. One is known anyway, once the candidate cannot grow.
        let seen = if check.is_some() { Hir::concat(vec![pattern.clone(), any_character()]) } else { pattern.clone() };
        let begin = |counted| beginnings(&loosened(&seen, counted)).ok_or("matches something that is no text.");
        let open = Pattern::new(&at_end(begin(COUNTED_MOST)?), BEGINNINGS_MOST).ok_or_else(too_large)?;
        let begins = begin(COUNTED_TOGETHER)?;
        Ok(Self { pattern, begins, find, open, check, starts: None, until: None })
    }

    /// The same of a number, told where one may begin at all: a place that is left out is never looked at.
    pub(super) fn starting(self, starts: Starts) -> Self {
        Self { starts: Some(starts), ..self }
    }

    /// The same, where everything from a match to the next match of `end` belongs to it.
    pub(super) fn until(self, end: &str) -> Result<Self, String> {
        let end = regex_syntax::parse(end).map_err(|error| error.to_string())?;
        let end = Pattern::new(&end, COMPILED_MOST).ok_or("is too large.")?;
        Ok(Self { until: Some(end), ..self })
    }

    /// The first match at or after `from` whose candidate begins before `open`.
    pub(super) fn next(&self, text: &str, mut from: usize, open: usize) -> Option<Range<usize>> {
        loop {
            let candidate = self.candidate(text, from, open)?;
            let Some(check) = self.check else { return Some(candidate) };
            if let Some(found) = check(text, candidate.clone()) {
                return Some(found);
            }
            from = text.ceil_char_boundary(candidate.start + 1);
        }
    }

    /// The first candidate at or after `from` that begins before `open`.
    fn candidate(&self, text: &str, mut from: usize, open: usize) -> Option<Range<usize>> {
        let Some(starts) = self.starts else {
            return self.find.find_at(text, from).filter(|found| found.start < open);
        };
        loop {
            let at = starts(text.as_bytes(), from).filter(|at| *at < open)?;
            match self.find.match_at(text, at) {
                Some(found) => return Some(found),
                None => from = at + 1,
            }
        }
    }

    /// The same, which looks everywhere.
    #[cfg(test)]
    pub(super) fn starting_anywhere(self) -> Self {
        Self { starts: None, ..self }
    }

    /// What it looks for, without its checks.
    pub(super) fn pattern(&self) -> &Hir {
        &self.pattern
    }

    /// Whether it looks for a number: nothing is one where [`holds_numbers`](super::detect::holds_numbers) says no.
    pub(super) fn is_number(&self) -> bool {
        self.starts.is_some()
    }

    /// Whether it skips text that holds nothing like it many bytes at a time.
    pub(super) fn is_quick(&self) -> bool {
        self.find.is_quick() && !self.has_borders()
    }

    /// Whether it asks for borders of Unicode's words, at which an automaton gives up in text beyond ASCII.
    pub(super) fn has_borders(&self) -> bool {
        self.pattern.properties().look_set().contains_word_unicode()
    }

    /// What it looks for, and more, without what makes it slow.
    pub(super) fn loosened(&self) -> Hir {
        loosened(&self.pattern, COUNTED_TOGETHER)
    }

    /// From where on a match may still come about, or grow, as text comes: the first place at or after `from` where all that
    /// follows is a match's beginning. The end of the text, if there is none. A match is not waited for once more than
    /// [`WINDOW`] bytes of it are there.
    pub(super) fn open(&self, text: &str, from: usize) -> usize {
        open(&self.open, text, from)
    }

    /// What ends a match that runs on from where it was found.
    pub(super) fn end(&self) -> Option<&Pattern> {
        self.until.as_ref()
    }

    /// The bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        let until = self.until.as_ref().map_or(0, Pattern::bytes);
        self.find.bytes() + self.open.bytes() + until
    }
}

/// All the finders of one side as one pattern: whether any has a candidate is asked once of a piece of a text, and not twenty
/// times. Longer texts go through the [`Sieve`](super::sieve::Sieve).
#[derive(Debug)]
pub(super) struct Gate {
    find: Pattern,
    open: Pattern,
}

impl Gate {
    /// The gate before these finders. `None` if together they are too large: then each is asked by itself.
    pub(super) fn before<'a>(finders: impl Iterator<Item = &'a Finder> + Clone) -> Option<Self> {
        let each = finders.clone().map(Finder::loosened).collect();
        let begins = Hir::alternation(finders.map(|finder| finder.begins.clone()).collect());
        let built = |pattern| Pattern::of_all(&pattern, TOGETHER_MOST);
        let gate = Self { find: built(Hir::alternation(each))?, open: built(at_end(begins))? };
        (gate.bytes() <= TOGETHER_MOST).then_some(gate)
    }

    /// The bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.find.bytes() + self.open.bytes()
    }

    /// Where the first candidate of any finder begins, at or after `from`.
    pub(super) fn first(&self, text: &str, from: usize) -> Option<usize> {
        self.find.find_at(text, from).map(|found| found.start)
    }

    /// From where on a match of any finder may still come about: the least of their [`Finder::open`].
    pub(super) fn open(&self, text: &str, from: usize) -> usize {
        open(&self.open, text, from)
    }
}

fn open(beginnings: &Pattern, text: &str, from: usize) -> usize {
    let from = from.max(text.ceil_char_boundary(text.len().saturating_sub(WINDOW)));
    beginnings.find_at(text, from).map_or(text.len(), |found| found.start)
}

fn any_character() -> Hir {
    Hir::dot(Dot::AnyChar)
}

fn at_end(begins: Hir) -> Hir {
    Hir::concat(vec![begins, Hir::look(Look::End)])
}

/// Why a pattern is none, in the parser's words, without its drawing of the place.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, WINDOW};

    #[test]
    fn every_form_of_a_detector_fits_the_window() {
        for detector in Detector::ALL {
            let longest = detector.finder().unwrap().pattern.properties().maximum_len();
            assert!(longest.is_some_and(|bytes| bytes <= WINDOW), "{detector:?}: {longest:?}");
        }
    }
}
