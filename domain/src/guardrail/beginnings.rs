//! The texts with which a match of a pattern may begin, as a pattern of their own. By it a stream knows from where on a match
//! may still come about, and lets everything before go. Used by the finder.

use regex_syntax::hir::{Capture, Hir, HirKind, LookSet, Repetition};

/// A pattern that matches exactly the beginnings of what `pattern` matches: the empty one, every proper one, and the whole.
///
/// What looks around (`\b`, `$` and the like) is asked where the text on both sides of it is known, that is before the end of
/// the beginning; at its very end it is left open, because the next character decides it. `None` if a literal is no text,
/// which patterns over text never have.
pub(super) fn beginnings(pattern: &Hir) -> Option<Hir> {
    Some(match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::empty(),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            let letters = text.chars().map(|c| Hir::literal(c.to_string().into_bytes()));
            sequence(&letters.collect::<Vec<_>>())?
        }
        HirKind::Class(_) => optional(pattern.clone()),
        HirKind::Repetition(repetition) if repetition.max == Some(0) => Hir::empty(),
        HirKind::Repetition(repetition) => {
            let max = repetition.max.map(|most| most - 1);
            let whole = Repetition { min: 0, max, greedy: true, sub: repetition.sub.clone() };
            Hir::concat(vec![Hir::repetition(whole), beginnings(&repetition.sub)?])
        }
        HirKind::Capture(Capture { sub, .. }) => beginnings(sub)?,
        HirKind::Concat(parts) => sequence(parts)?,
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(beginnings).collect::<Option<_>>()?),
    })
}

/// The beginnings of parts one after another: halved, so that neither depth nor size grows as the square of their number.
fn sequence(parts: &[Hir]) -> Option<Hir> {
    match parts {
        [] => Some(Hir::empty()),
        [one] => match one.kind() {
            HirKind::Literal(literal)
                if std::str::from_utf8(&literal.0).is_ok_and(|text| text.chars().count() == 1) =>
            {
                Some(optional(one.clone()))
            }
            _ => beginnings(one),
        },
        _ => {
            let (left, right) = parts.split_at(parts.len() / 2);
            let within_left = sequence(left)?;
            let mut past_left = left.to_vec();
            past_left.push(sequence(right)?);
            Some(Hir::alternation(vec![Hir::concat(past_left), within_left]))
        }
    }
}

fn optional(one: Hir) -> Hir {
    Hir::repetition(Repetition { min: 0, max: Some(1), greedy: true, sub: Box::new(one) })
}

/// A pattern that matches all that `pattern` does and more: counts above `counted` are open ends, and borders of Unicode's words
/// are left out. An automaton would stand in each of `{20,300}`'s places at once, and gives up at such a border in text beyond
/// ASCII. That more texts pass for a beginning, or for a candidate, does no harm: they wait longer than they must, by the
/// window at most, or are looked at rule by rule, and are decided alike.
pub(super) fn loosened(pattern: &Hir, counted: u32) -> Hir {
    let each = |parts: &[Hir]| parts.iter().map(|part| loosened(part, counted)).collect();
    match pattern.kind() {
        HirKind::Repetition(repetition) => {
            let mut loose = repetition.with(loosened(&repetition.sub, counted));
            if loose.min > counted || loose.max.is_some_and(|most| most > counted) {
                (loose.min, loose.max) = (loose.min.min(counted), None);
            }
            Hir::repetition(loose)
        }
        HirKind::Capture(capture) => loosened(&capture.sub, counted),
        HirKind::Concat(parts) => Hir::concat(each(parts)),
        HirKind::Alternation(parts) => Hir::alternation(each(parts)),
        HirKind::Look(look) if LookSet::singleton(*look).contains_word_unicode() => Hir::empty(),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => pattern.clone(),
    }
}

/// The same pattern without its groups' numbers and names, which several patterns in one could not share.
pub(super) fn without_captures(pattern: &Hir) -> Hir {
    match pattern.kind() {
        HirKind::Capture(capture) => without_captures(&capture.sub),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(without_captures(&repetition.sub))),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_captures).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(without_captures).collect()),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => pattern.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex::Regex;

    fn begins(pattern: &str) -> Regex {
        let hir = without_captures(&regex_syntax::parse(pattern).unwrap());
        Regex::new(&format!(r"\A(?:{})\z", beginnings(&hir).unwrap())).unwrap()
    }

    #[test]
    fn of_patterns() {
        for (pattern, yes, no) in [
            ("abc", &["", "a", "ab", "abc"][..], &["b", "abcd", "ac"][..]),
            ("é€", &["", "é", "é€"], &["€"]),
            ("a{2,3}b", &["", "a", "aa", "aaa", "ab", "aab", "aaab"][..2], &["ba", "aaaa"]),
            ("(?:ab)+c", &["a", "ab", "aba", "abab", "ababc"], &["b", "abb", "ac"]),
            ("(?P<n>a|bc)(d)?", &["a", "b", "bc", "ad", "bcd"], &["d", "abc"]),
            (r"\bno\b", &["n", "no"], &["nor", "no "]),
            (r"a\b.*z", &["a", "a b", "a z", "a zz"], &["ab", "az"]),
            ("x$", &["x"], &["xx"]),
            (r"a*?b??", &["", "a", "aa", "aab"], &["ba"]),
        ] {
            let begins = begins(pattern);
            for text in yes {
                assert!(begins.is_match(text), "{pattern} may begin {text:?}");
            }
            for text in no {
                assert!(!begins.is_match(text), "{pattern} may not begin {text:?}");
            }
        }
    }

    #[test]
    fn long_literals_stay_flat_and_small() {
        assert!(begins(&"ab".repeat(250)).is_match("ababa"));
    }

    proptest! {
        /// By definition: a text begins a match if some text after it makes the two of them a match.
        #[test]
        fn as_defined(pattern in r"(?:[abc]|\[ab\]|\(a\|b[bc]?\)|\(\?:ab\)){1,4}[*+?]?[ab]?", text in "[abc]{0,5}", more in "[abc]{0,6}") {
            let Ok(whole) = Regex::new(&format!(r"\A(?:{pattern})\z")) else { return Ok(()) };
            let begins = begins(&pattern);
            if whole.is_match(&format!("{text}{more}")) {
                prop_assert!(begins.is_match(&text), "{pattern} {text}|{more}");
            }
            if begins.is_match(&text) && regex_syntax::parse(&pattern).unwrap().properties().maximum_len().is_some_and(|most| most <= 6) {
                let mut ends = vec![String::new()];
                let mut found = false;
                for _ in 0..8 {
                    found |= ends.iter().any(|end| whole.is_match(&format!("{text}{end}")));
                    ends = ends.iter().take(800).flat_map(|end| ["a", "b", "c"].map(|c| format!("{end}{c}"))).collect();
                }
                prop_assert!(found, "{pattern} cannot go on from {text}");
            }
        }
    }
}
