//! The law of streams, by trying: however a text is cut, the stream says what the whole text's judgement says.

use super::{
    super::{Denial, Effect, Find, Rule, Side},
    EVERY, EXAMPLES, all_detectors, cut, detector, judged, ready, rule, streamed,
};
use proptest::prelude::*;

#[test]
fn every_two_borders_in_every_detectors_examples() {
    for (kind, texts) in EXAMPLES.iter() {
        let [redacts, denies] = [ready(vec![detector(*kind)]), ready(vec![rule(Find::Detector(*kind), None)])];
        for text in texts {
            let whole = judged(&redacts, text);
            assert!(!whole.1.is_clean(), "{text}");
            let first = redacts.judge(Side::Output, text).report.hits[0].times;
            assert!(first >= 1);
            for one in 0..=text.len() {
                for two in one..=text.len() {
                    let pieces = cut(text, &[one, two]);
                    assert_eq!(streamed(&redacts, pieces.iter().copied()), whole, "{pieces:?}");
                }
                let (out, report) = streamed(&denies, cut(text, &[one]));
                assert_eq!(report.denial, Some(Denial::Rule(0)), "{text}");
                assert!(whole.0.starts_with(&out), "{out}");
            }
        }
    }
}

#[test]
fn letter_by_letter_with_every_rule() {
    let guard = &*EVERY;
    for text in EXAMPLES.iter().flat_map(|(_, texts)| texts) {
        let letters = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
        assert_eq!(streamed(guard, letters), judged(guard, text));
    }
}

/// Words that rules find, such as look like them, and such as lie between.
fn piece() -> impl Strategy<Value = String> {
    let examples: Vec<String> = EXAMPLES.iter().flat_map(|(_, texts)| texts.clone()).collect();
    let words = "secret Secrets project x [e-mail] id: PROJ-12 ab aab <#> [card] (415) 0171 4111 é 秘密 \n - @ + _ DE89 sk- -----BEGIN";
    let words: Vec<_> = words.split(' ').map(String::from).collect();
    prop_oneof![
        4 => prop::sample::select(words),
        2 => "[ab@. 0-9é+-]{1,6}",
        3 => Just(" ".to_owned()),
        1 => (prop::sample::select(examples), 0..90_usize, 0..90_usize).prop_map(|(text, from, many)| {
            let from = text.floor_char_boundary(from);
            text[from..text.floor_char_boundary(from + many)].to_owned()
        }),
    ]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let redacts = |find: Find| Just(rule(find, Some("<#>")));
    let patterns = [
        r"\bPROJ-\d+\b",
        "a+b",
        r"id: (\[e-mail\]|<#>)",
        r"(?m)^\w+$",
        "<#>.?<#>",
        r"(?i)s\w*t\b",
        "[é@]{2,}?",
        r"\d{3,5}",
    ];
    let own = prop::sample::select(patterns.to_vec()).prop_flat_map(move |text| redacts(Find::Pattern(text.into())));
    let words = prop::sample::select(vec!["secret", "project x", "秘密", "ab", "#"]);
    let word = words.prop_flat_map(move |text| redacts(Find::Word(text.into())));
    prop_oneof![3 => prop::sample::select(all_detectors()), 2 => own, 1 => word]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_stream_says_what_the_whole_text_says(
        rules in prop::collection::vec(any_rule(), 1..5),
        denies in prop::option::weighted(0.2, 0..5_usize),
        text in prop::collection::vec(piece(), 0..25),
        splits in prop::collection::vec(prop::collection::vec(0..400_usize, 0..12), 6),
    ) {
        let mut rules = rules;
        if let Some(rule) = denies.and_then(|at| rules.get_mut(at)) {
            rule.effect = Effect::Deny;
        }
        let (guard, text) = (ready(rules), text.concat());
        let whole = judged(&guard, &text);
        if whole.1.denial.is_none() {
            let pieces = guard.pieces(Side::Output, &text);
            prop_assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), whole.0.clone());
        }
        for split in splits {
            let pieces = cut(&text, &split);
            let (out, report) = streamed(&guard, pieces.iter().copied());
            prop_assert_eq!(report.denial, whole.1.denial, "{:?}", pieces);
            if report.denial.is_none() {
                prop_assert_eq!((&out, &report), (&whole.0, &whole.1), "{:?}", pieces);
            }
        }
    }

    #[test]
    fn a_denied_text_lets_no_match_out(
        find in any_rule(),
        text in prop::collection::vec(piece(), 0..25),
        split in prop::collection::vec(0..400_usize, 0..12),
    ) {
        let [denies, redacts] = [ready(vec![Rule { effect: Effect::Deny, ..find.clone() }]), ready(vec![Rule { effect: Effect::Redact("\u{1}".into()), ..find }])];
        let text = text.concat();
        let (whole, report) = judged(&redacts, &text);
        let (out, denied) = streamed(&denies, cut(&text, &split));
        prop_assert_eq!(denied.denial.is_some(), !report.is_clean());
        prop_assert!(whole.split('\u{1}').next().is_some_and(|clean| clean.starts_with(&out)), "{:?}", out);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*", split in prop::collection::vec(0..400_usize, 0..12)) {
        prop_assert_eq!(streamed(&EVERY, cut(&text, &split)), judged(&EVERY, &text));
    }
}
