//! Patterns that are ready to be searched for: one by itself, and several in one pass. Built and asked by the finders.

use super::finder::NESTED_MOST;
use regex_automata::{
    Input, MatchKind, PatternID, PatternSet,
    meta::{Config, Regex},
    util::syntax,
};
use regex_syntax::hir::Hir;
use std::ops::Range;

/// What each of the two automata that a pattern is searched with may remember of its states, for each thread that searches:
/// with less an automaton gives up, and the pattern is searched for many times as slowly.
const REMEMBERED_MOST: usize = 1 << 20;
/// The same for all rules in one, which nearly every text is only asked by.
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

    /// The bytes that it takes, but for what a thread needs that searches.
    pub(super) fn bytes(&self) -> usize {
        self.0.memory_usage()
    }
}

/// Several patterns, of which is asked which of them match at all.
#[derive(Debug)]
pub(super) struct Patterns(Regex);

/// Those that do, by their places.
#[derive(Debug)]
pub(super) struct Candidates(PatternSet);

impl Patterns {
    /// Makes them ready, unless they take more bytes than that before they are.
    pub(super) fn new(patterns: &[Hir], most: usize) -> Option<Self> {
        let texts: Vec<String> = patterns.iter().map(Hir::to_string).collect();
        // Each that matches is wanted, also behind the end of another's match.
        built(&texts, &configured(most, REMEMBERED_TOGETHER).match_kind(MatchKind::All)).map(Self)
    }

    /// Which of them match at or after `from`.
    pub(super) fn matches(&self, text: &str, from: usize) -> Candidates {
        let mut found = PatternSet::new(self.0.pattern_len());
        self.0.which_overlapping_matches(&Input::new(text).range(from..), &mut found);
        Candidates(found)
    }

    /// As [`Pattern::bytes`].
    pub(super) fn bytes(&self) -> usize {
        self.0.memory_usage()
    }
}

impl Candidates {
    /// Whether the one at that place does.
    pub(super) fn has(&self, place: usize) -> bool {
        PatternID::new(place).is_ok_and(|place| self.0.contains(place))
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
    fn which_of_several_match_and_from_where() {
        let parsed = [r"a\w*", "b", r"\bb", "ab"].map(|pattern| regex_syntax::parse(pattern).unwrap());
        let patterns = Patterns::new(&parsed, 1 << 20).unwrap();
        let found = |text: &str, from: usize| {
            let candidates = patterns.matches(text, from);
            (0..5).filter(|place| candidates.has(*place)).collect::<Vec<_>>()
        };
        assert_eq!(found("xab", 0), [0, 1, 3], "one within another's match too");
        assert_eq!(found("xab", 2), [1], "what stands before is looked at, and not matched");
        assert_eq!(found("x b", 2), [1, 2]);
        assert_eq!(found("xyz", 0), [0; 0]);
    }
}
