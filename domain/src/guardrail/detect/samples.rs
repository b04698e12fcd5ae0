//! What the detectors' tests share: all that a finder finds in a text, and examples for the laws of streams.

use super::{Detector, Finder};
use crate::key::{PlainKey, Prefix};
use rand::{SeedableRng, rngs::StdRng};

/// All that a detector finds.
pub fn holds(detector: Detector, text: &str) -> Vec<&str> {
    found(&detector.finder().unwrap(), text)
}

/// All that a finder finds.
pub fn found<'a>(finder: &Finder, text: &'a str) -> Vec<&'a str> {
    let (mut at, mut all) = (0, Vec::new());
    while let Some(mut one) = finder.next(text, at, usize::MAX) {
        if let Some(until) = finder.end() {
            one.end = until.find_at(text, one.end).map_or(text.len(), |end| end.end);
        }
        at = one.end;
        all.push(&text[one]);
    }
    all
}

/// A valid key of an installation with that prefix.
pub fn latchkey_key(prefix: &str) -> String {
    PlainKey::generate(&Prefix::new(prefix).unwrap(), &mut StdRng::seed_from_u64(11)).expose().to_owned()
}
