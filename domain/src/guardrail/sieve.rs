//! Which rules may find something in a text, told before each of them is asked: those that begin with letters of their own by one
//! search for all these letters, numbers by how close together digits are, the others by themselves where that is quick, or else
//! together. Asked by the judge.

use super::{
    detect::holds_numbers,
    finder::Finder,
    pattern::{Pattern, Patterns},
};
use regex_automata::{MatchKind, Span, util::prefilter::Prefilter};
use regex_syntax::hir::{Hir, literal::Extractor};
use std::collections::{BTreeMap, BTreeSet};

/// The bytes that are searched at once: they stay in the processor's nearest memory.
const BLOCK: usize = 4096;
/// The shortest beginning that is searched for, in bytes: shorter ones stand everywhere.
const SHORTEST: usize = 3;
/// The most bytes of a beginning that are told apart.
const LONGEST: usize = 8;
/// The most beginnings of one rule, and of all: with more the search for all of them is none of many bytes at a time.
const MOST_OF_ONE: usize = 40;
const MOST: usize = 64;

/// The sieve of one side's rules.
#[derive(Debug)]
pub(super) struct Sieve {
    beginnings: Option<Beginnings>,
    /// The places of rules that look for numbers.
    numbers: Vec<usize>,
    /// The places of rules that are quick but for borders of words, and how they look without those.
    borderless: Vec<(usize, Pattern)>,
    /// The places of rules that are slow by themselves, and what tells which of them may find something.
    slow: Option<(Vec<usize>, Patterns)>,
    /// The rules that are asked whatever the text.
    asked: Vec<bool>,
}

impl Sieve {
    /// The sieve before these finders, of so many bytes at most.
    pub(super) fn before<'a>(finders: impl Iterator<Item = &'a Finder> + Clone, room: usize) -> Self {
        let mut left = room;
        let mut fits = |bytes: usize| left.checked_sub(bytes).map(|rest| left = rest).is_some();
        let mut asked: Vec<bool> = finders.clone().map(|_| true).collect();
        let beginnings = Beginnings::of(finders.clone().map(Finder::pattern));
        let beginnings = beginnings.filter(|beginnings| fits(beginnings.search.memory_usage()));
        beginnings.iter().flat_map(Beginnings::places).for_each(|place| asked[place] = false);
        let (mut numbers, mut borderless, mut slow) = (Vec::new(), Vec::new(), (Vec::new(), Vec::new()));
        for (place, finder) in finders.enumerate() {
            if !asked[place] || finder.is_quick() && !finder.is_number() {
                continue;
            }
            let loosened = finder.loosened();
            let quick = || Pattern::new(&loosened, room).filter(|one| one.is_quick() && fits(one.bytes()));
            if finder.is_number() {
                numbers.push(place);
            } else if let Some(pattern) = finder.has_borders().then(quick).flatten() {
                borderless.push((place, pattern));
            } else {
                slow.0.push(place);
                slow.1.push(loosened);
                continue;
            }
            asked[place] = false;
        }
        let told = if slow.0.is_empty() { None } else { Patterns::new(&slow.1, room) };
        let slow = told.filter(|told| fits(told.bytes())).map(|told| (slow.0, told));
        slow.iter().flat_map(|(places, _)| places).for_each(|place| asked[*place] = false);
        Self { beginnings, numbers, borderless, slow, asked }
    }

    /// Which rules may find something, by their order: none of the others does.
    pub(super) fn candidates(&self, text: &str) -> Vec<bool> {
        let mut asked = self.asked.clone();
        if let Some(beginnings) = &self.beginnings {
            beginnings.tell(text.as_bytes(), &mut asked);
        }
        if !self.numbers.is_empty() && holds_numbers(text.as_bytes()) {
            self.numbers.iter().for_each(|place| asked[*place] = true);
        }
        for (place, pattern) in &self.borderless {
            asked[*place] |= pattern.find_at(text, 0).is_some();
        }
        if let Some((places, told)) = &self.slow {
            for one in told.matching(text) {
                asked[places[one]] = true;
            }
        }
        asked
    }

    /// The bytes that it takes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let beginnings = self.beginnings.as_ref().map_or(0, |beginnings| beginnings.search.memory_usage());
        let borderless: usize = self.borderless.iter().map(|(_, pattern)| pattern.bytes()).sum();
        beginnings + borderless + self.slow.as_ref().map_or(0, |(_, told)| told.bytes())
    }
}

/// What all matches of some rules begin with, [`folded`].
#[derive(Debug)]
struct Beginnings {
    search: Prefilter,
    /// The places of the rules that begin so. No beginning is the beginning of another.
    rules: BTreeMap<Vec<u8>, BTreeSet<usize>>,
}

impl Beginnings {
    /// Those of the patterns that have some, as far as there is room for them.
    fn of<'a>(patterns: impl Iterator<Item = &'a Hir>) -> Option<Self> {
        let mut rules: BTreeMap<Vec<u8>, BTreeSet<usize>> = BTreeMap::new();
        for (place, pattern) in patterns.enumerate() {
            let Some(beginnings) = beginnings(pattern) else { continue };
            let more = beginnings.iter().filter(|beginning| !rules.contains_key(*beginning)).count();
            if rules.len() + more <= MOST {
                for beginning in beginnings {
                    rules.entry(beginning).or_default().insert(place);
                }
            }
        }
        let rules = shortened(rules);
        let letters: Vec<&[u8]> = rules.keys().map(Vec::as_slice).collect();
        let search = Prefilter::new(MatchKind::LeftmostFirst, &letters)?;
        Some(Self { search, rules })
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        self.rules.values().flatten().copied()
    }

    /// Marks the rules whose beginnings are in the text.
    fn tell(&self, text: &[u8], asked: &mut [bool]) {
        let mut block = [0; BLOCK + LONGEST];
        for from in (0..text.len()).step_by(BLOCK) {
            // A little more than a block: a beginning may lie across its end.
            let piece = &text[from..text.len().min(from + BLOCK + LONGEST)];
            let block = &mut block[..piece.len()];
            block.iter_mut().zip(piece).for_each(|(to, byte)| *to = folded(*byte));
            let (mut at, end) = (0, block.len());
            while let Some(found) = self.search.find(block, Span { start: at, end }) {
                for place in self.rules.get(&block[found.range()]).into_iter().flatten() {
                    asked[*place] = true;
                }
                at = found.start + 1;
            }
        }
    }
}

/// What every match of a pattern begins with: one of these.
fn beginnings(pattern: &Hir) -> Option<BTreeSet<Vec<u8>>> {
    let found = Extractor::new().extract(pattern);
    let each = found.literals()?.iter();
    let all: BTreeSet<Vec<u8>> =
        each.map(|one| one.as_bytes().iter().take(LONGEST).copied().map(folded).collect()).collect();
    let fits = all.len() <= MOST_OF_ONE && all.iter().all(|one| one.len() >= SHORTEST);
    (fits && !all.is_empty()).then_some(all)
}

/// The same without those that go on from another one, whose rules are told by that.
fn shortened(rules: BTreeMap<Vec<u8>, BTreeSet<usize>>) -> BTreeMap<Vec<u8>, BTreeSet<usize>> {
    let mut kept: BTreeMap<Vec<u8>, BTreeSet<usize>> = BTreeMap::new();
    // What another goes on from stands before it.
    for (beginning, places) in rules {
        let from = (SHORTEST..beginning.len()).find(|end| kept.contains_key(&beginning[..*end]));
        let told_by = from.map_or_else(|| beginning.clone(), |end| beginning[..end].to_vec());
        kept.entry(told_by).or_default().extend(places);
    }
    kept
}

/// The same for a letter of ASCII in upper and in lower case; and for some other bytes, which does no harm: more texts pass for
/// candidates.
fn folded(byte: u8) -> u8 {
    byte | 0x20
}

#[cfg(test)]
mod tests {
    use super::{super::Detector, *};
    use proptest::prelude::*;
    use std::sync::{Arc, LazyLock};

    /// Rules of every kind: with beginnings, quick ones, and slow ones.
    static FINDERS: LazyLock<Vec<Arc<Finder>>> = LazyLock::new(|| {
        let own = [
            "bluebird",
            "blue",
            "(?i)invoice no",
            "(?i)süß",
            r"\bPROJ-\d+",
            r"[A-Z]{3}\d{3}",
            r"\w{7}\d",
            "ab",
            r"(?i)\w+\.key",
            r"\b\d{3}-\d{2}-\d{4}\b",
            r"\b[A-Z]{2}\d{6}\b",
        ];
        let own = own.iter().map(|pattern| Arc::new(Finder::new(pattern).unwrap()));
        let words = ["Sketch", "project x", "秘密"].map(|word| Arc::new(super::super::detect::word(word).unwrap()));
        own.chain(words).chain(Detector::ALL.iter().map(|detector| detector.finder().unwrap())).collect()
    });
    static SIEVE: LazyLock<Sieve> = LazyLock::new(|| Sieve::before(FINDERS.iter().map(|finder| &**finder), 2 << 20));

    fn candidates(text: &str) -> Vec<usize> {
        let asked = SIEVE.candidates(text);
        (0..FINDERS.len()).filter(|place| asked[*place]).collect()
    }

    #[test]
    fn each_kind_is_there() {
        let by_beginning: BTreeSet<usize> = SIEVE.beginnings.as_ref().unwrap().places().collect();
        assert_eq!(by_beginning.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 11, 12, 13, 18, 19]);
        assert_eq!(SIEVE.borderless.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [9]);
        assert_eq!(SIEVE.slow.as_ref().unwrap().0, [5, 6, 8, 10]);
        // `ab`, e-mail addresses and Latchkey's keys are quick by themselves.
        assert_eq!(candidates(""), [7, 14, 20]);
        assert_eq!(candidates("BLUEBELL"), [0, 1, 7, 14, 20], "one is told by the beginning that it goes on from");
        assert_eq!(candidates("ABC1 23 sketch 2024-11-22"), [7, 11, 14, 15, 16, 17, 20]);
        assert_eq!(candidates("ABC123"), [5, 6, 7, 14, 20], "with looser counts");
        assert_eq!(candidates("1234-12-1234"), [7, 9, 14, 15, 16, 17, 20], "and without borders");
    }

    #[test]
    fn no_border_makes_a_text_slow_that_holds_nothing() {
        for alone in [r"\b\d{3}-\d{2}-\d{4}\b", r"\b[A-Z]{2}\d{6}\b"] {
            let finder = Finder::new(alone).unwrap();
            let sieve = Sieve::before(std::iter::once(&finder), 2 << 20);
            assert_eq!(
                ["Café-Bar, 中文-x", "SSN 078-05-1120 ID AB123456"].map(|text| sieve.candidates(text)),
                [[false], [true]]
            );
        }
    }

    #[test]
    fn a_beginning_across_the_end_of_a_block_is_found() {
        for before in BLOCK - 12..BLOCK + 2 {
            for found in ["BlueBird", "blue", "\u{17F}ketch", "Invoice No"] {
                let text = format!("{}{found}{}", ".".repeat(before), ".".repeat(BLOCK));
                let more = candidates(&text).len() - candidates(&".".repeat(text.len())).len();
                assert!(more >= 1, "{found} at {before}");
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_finds_something_is_asked(
            words in prop::collection::vec(prop_oneof![
                prop::sample::select(vec![
                    "BlueBird", "blues", "Invoice No", "INVOICE", "sÜß", "SÜSS", "PROJ-1", "ABC123", "abcdefg1", "aB", "x.key",
                    "\u{17F}\u{212A}etch", "sketch", "Project", "X", "秘密", "ada@example.com", "+49 30 1234567",
                    "4111 1111 1111 1111", "DE89370400440532013000", "-----BEGIN PRIVATE KEY-----", "ghp_", "AKIAIOSFODNN7EXAMPLE",
                ]).prop_map(String::from),
                "\\PC{0,8}",
                "[ .-]{0,700}",
            ], 0..30),
        ) {
            let text = words.join(" ");
            let asked = SIEVE.candidates(&text);
            for (place, finder) in FINDERS.iter().enumerate() {
                if finder.next(&text, 0, usize::MAX).is_some() {
                    prop_assert!(asked[place], "{} in {:?}", place, text);
                }
            }
        }
    }
}
