//! What a guardrail makes of a text, piece by piece: what was left, and what stands in place of something. Asked by the form's
//! “try it” box alone; the relay needs no more than the text.

use super::{Compiled, Side, finder::Finder, rule::Effect};
use std::ops::Range;

/// A part of a text that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The part as it goes on.
    pub text: String,
    /// The place of the rule that put it there, from zero on; `None` for what was there before.
    pub rule: Option<usize>,
}

impl Compiled {
    /// The text as [`judge`](Self::judge) lets it go on, cut where rules redacted it. Of what a rule denies it says nothing: ask
    /// the judge first.
    #[must_use]
    pub fn pieces(&self, side: Side, text: &str) -> Vec<Piece> {
        let mut pieces = vec![Piece { text: text.to_owned(), rule: None }];
        for rule in &self.lane(side).rules {
            let (finder, Effect::Redact(replacement)) = rule.parts() else { continue };
            let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            let put = Piece { text: replacement.clone(), rule: Some(rule.place) };
            pieces = replaced(pieces, whole.len(), &matches(finder, &whole), &put);
        }
        pieces
    }
}

/// Where a rule finds something in a whole text.
fn matches(finder: &Finder, text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(place) = finder.next(text, from, usize::MAX) {
        from = match finder.end() {
            None => place.end,
            Some(end) => end.find_at(text, place.end).map_or(text.len(), |end| end.end),
        };
        found.push(place.start..from);
    }
    found
}

/// The pieces, `end` bytes together, with `put` in the place of each range of them.
fn replaced(mut pieces: Vec<Piece>, mut end: usize, ranges: &[Range<usize>], put: &Piece) -> Vec<Piece> {
    // From the end on: what is cut off a text there is all that is copied.
    let mut behind = Vec::new();
    for range in ranges.iter().rev() {
        behind.extend(cut_off(&mut pieces, end - range.end));
        behind.push(put.clone());
        cut_off(&mut pieces, range.len());
        end = range.start;
    }
    pieces.extend(behind.into_iter().rev());
    pieces
}

/// Takes the last so many bytes of the pieces; the last piece comes first.
fn cut_off(pieces: &mut Vec<Piece>, mut bytes: usize) -> Vec<Piece> {
    let mut taken = Vec::new();
    while bytes > 0
        && let Some(mut last) = pieces.pop()
    {
        let kept = last.text.len().saturating_sub(bytes);
        bytes = bytes.saturating_sub(last.text.len());
        let text = last.text.split_off(kept);
        taken.push(Piece { text, rule: last.rule });
        if kept > 0 {
            pieces.push(last);
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::super::{RawGuardrail, RawRule, Verdict};
    use super::*;

    fn guardrail(rules: &[(&str, &str, &str)]) -> Compiled {
        let rule = |(find, text, replacement): &(&str, &str, &str)| {
            let [find, text, replacement] = [*find, *text, *replacement].map(String::from);
            RawRule { find, text, replacement, effect: "redact".into(), side: "both".into() }
        };
        let raw = RawGuardrail { name: "x".into(), rules: rules.iter().map(rule).collect(), ..RawGuardrail::default() };
        Compiled::new(&raw.check().unwrap().guardrail).unwrap()
    }

    fn shown(guardrail: &Compiled, text: &str) -> Vec<(String, Option<usize>)> {
        let pieces = guardrail.pieces(Side::Input, text);
        let joined: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let wanted = match guardrail.judge(Side::Input, text).verdict {
            Verdict::Redacted(text) => text,
            Verdict::Passes => text.to_owned(),
            Verdict::Denied(why) => panic!("{text:?} is denied by {why:?}"),
        };
        assert_eq!(joined, wanted, "{text:?}");
        pieces.into_iter().map(|piece| (piece.text, piece.rule)).collect()
    }

    #[test]
    fn each_replacement_is_a_piece() {
        let guardrail = guardrail(&[("email", "", ""), ("word", "project x", "…")]);
        let of = |text: &str| shown(&guardrail, text);
        assert_eq!(of("nothing"), [("nothing".into(), None)]);
        assert_eq!(
            of("ada@example.com wrote of Project X: é"),
            [("[e-mail]".into(), Some(0)), (" wrote of ".into(), None), ("…".into(), Some(1)), (": é".into(), None),]
        );
        assert_eq!(of("a@example.com"), [("[e-mail]".into(), Some(0))]);
        assert_eq!(of(""), [(String::new(), None)]);
    }

    #[test]
    fn a_later_rule_sees_what_an_earlier_one_put_there() {
        let guardrail = guardrail(&[("email", "", ""), ("pattern", r"to \[e-", "<"), ("pattern", "l]s?", ">")]);
        assert_eq!(
            shown(&guardrail, "Write to ada@example.com soon"),
            [
                ("Write ".into(), None),
                ("<".into(), Some(1)),
                ("mai".into(), Some(0)),
                (">".into(), Some(2)),
                (" soon".into(), None),
            ]
        );
    }

    #[test]
    fn a_private_key_is_one_piece_to_its_end() {
        let guardrail = guardrail(&[("private_key", "", "")]);
        let (begin, end) = ("-----BEGIN PRIVATE KEY-----\nAAAA\n", "-----END PRIVATE KEY-----");
        assert_eq!(
            shown(&guardrail, &format!("a {begin}{end} b")),
            [("a ".into(), None), ("[private key]".into(), Some(0)), (" b".into(), None)]
        );
        assert_eq!(shown(&guardrail, &format!("a {begin}"))[1..], [("[private key]".into(), Some(0))]);
    }
}
