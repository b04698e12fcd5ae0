//! Patterns that are ready to be searched for: one by itself, and several in one pass. Built and asked by the finders.

use super::finder::NESTED_MOST;
use regex_automata::{
    Anchored, Input, MatchKind, PatternID, PatternSet,
    meta::{Config, Regex},
    util::syntax,
};
use regex_syntax::hir::Hir;
use std::ops::Range;

/// What each of the two automata that a pattern is searched with may remember of its states, for each thread that searches:
/// with less an automaton gives up, and the pattern is searched for many times as slowly.
const REMEMBERED_MOST: usize = 1 << 20;
/// The same for all rules in one, which most short texts are only asked by, or for several.
const REMEMBERED_TOGETHER: usize = 2 << 20;

/// One pattern.
#[derive(Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Makes it ready, unless it takes more bytes than that before it is.
    pub(super) fn new(pattern: &Hir, most: usize) -> Option<Self> {
        built(&[pattern.to_string()], &configured(most, REMEMBERED_MOST)).map(Self)
    }

    /// The same of one that all rules are in.
    pub(super) fn of_all(pattern: &Hir, most: usize) -> Option<Self> {
        built(&[pattern.to_string()], &configured(most, REMEMBERED_TOGETHER)).map(Self)
    }

    /// The first match at or after `from`.
    pub(super) fn find_at(&self, text: &str, from: usize) -> Option<Range<usize>> {
        self.0.search(&Input::new(text).range(from..)).map(|found| found.range())
    }

    /// The match that begins at that very place.
    pub(super) fn match_at(&self, text: &str, at: usize) -> Option<Range<usize>> {
        self.0.search(&Input::new(text).range(at..).anchored(Anchored::Yes)).map(|found| found.range())
    }

    /// Whether text that holds nothing like it is skipped many bytes at a time.
    pub(super) fn is_quick(&self) -> bool {
        self.0.is_accelerated()
    }

    /// The bytes that it takes, but for what a thread needs that searches.
    pub(super) fn bytes(&self) -> usize {
        self.0.memory_usage()
    }
}

/// Several patterns, of which is asked which of them match at all.
#[derive(Debug)]
pub(super) struct Patterns(Regex);

impl Patterns {
    /// Makes them ready, unless they take more bytes than that before they are.
    pub(super) fn new(patterns: &[Hir], most: usize) -> Option<Self> {
        let texts: Vec<String> = patterns.iter().map(Hir::to_string).collect();
        // Each that matches is wanted, also behind the end of another's match.
        built(&texts, &configured(most, REMEMBERED_TOGETHER).match_kind(MatchKind::All)).map(Self)
    }

    /// The places of those that match.
    pub(super) fn matching(&self, text: &str) -> impl Iterator<Item = usize> {
        let mut found = PatternSet::new(self.0.pattern_len());
        self.0.which_overlapping_matches(&Input::new(text), &mut found);
        (0..self.0.pattern_len()).filter(move |place| PatternID::new(*place).is_ok_and(|place| found.contains(place)))
    }

    /// As [`Pattern::bytes`].
    pub(super) fn bytes(&self) -> usize {
        self.0.memory_usage()
    }
}

fn configured(most: usize, remembered: usize) -> Config {
    Config::new().nfa_size_limit(Some(most)).hybrid_cache_capacity(remembered)
}

fn built(patterns: &[String], config: &Config) -> Option<Regex> {
    let syntax = syntax::Config::new().nest_limit(10 * NESTED_MOST);
    Regex::builder().configure(config.clone()).syntax(syntax).build_many(patterns).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_of_several_match() {
        let parsed = [r"a\w*", "b", r"\bb", "ab"].map(|pattern| regex_syntax::parse(pattern).unwrap());
        let patterns = Patterns::new(&parsed, 1 << 20).unwrap();
        let found = |text: &str| patterns.matching(text).collect::<Vec<_>>();
        assert_eq!(found("xab"), [0, 1, 3], "one within another's match too");
        assert_eq!(found("x b"), [1, 2]);
        assert_eq!(found("xyz"), [0; 0]);
    }

    #[test]
    fn a_match_at_a_place_begins_there() {
        let pattern = Pattern::new(&regex_syntax::parse(r"\bb+").unwrap(), 1 << 20).unwrap();
        assert_eq!(["bb", ".bb", "abb", "a"].map(|text| pattern.match_at(text, 1)), [None, Some(1..3), None, None]);
    }
}
