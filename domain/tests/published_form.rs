//! The regular expressions that docs/security.md gives to secret scanners, held against the parser.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use domain::key::{Form, Malformed, PlainKey, Prefix, pattern};
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use regex::Regex;
use std::sync::LazyLock;

/// The expression for the default prefix, and the one for any.
static PUBLISHED: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    let page = include_str!("../../docs/security.md");
    let lines: Vec<&str> = page.lines().filter(|line| line.starts_with(r"\b")).collect();
    <[&str; 2]>::try_from(lines).unwrap().map(|line| Regex::new(line).unwrap())
});

/// Whether an expression matches all of the text, as the parser judges all of it.
fn whole(expression: &Regex, text: &str) -> bool {
    expression.find(text).is_some_and(|found| found.as_str() == text)
}

fn key(prefix: &str, seed: u64) -> String {
    PlainKey::generate(&Prefix::new(prefix).unwrap(), &mut StdRng::seed_from_u64(seed)).expose().to_owned()
}

/// The expression says what the parser says of the form; the checksum is more than it can say.
fn agree(text: &str) -> Result<(), TestCaseError> {
    let judged = Form::parse(text);
    prop_assert_eq!(whole(&PUBLISHED[1], text), !matches!(judged, Err(Malformed::Form)), "{}", text);
    prop_assert_eq!(whole(&PUBLISHED[0], text), whole(&PUBLISHED[1], text) && text.starts_with("lk_"), "{}", text);
    Ok(())
}

#[test]
fn the_page_shows_what_the_program_knows() {
    assert_eq!(PUBLISHED[0].as_str(), pattern(&Prefix::default()));
    let python = r#"re.fullmatch(r"[a-z][a-z0-9]{1,11}_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}", text)"#;
    assert!(include_str!("../../docs/security.md").contains(python));
    assert!(python.contains(PUBLISHED[1].as_str().trim_matches(['\\', 'b'])));
}

#[test]
fn the_edges() {
    for text in ["", "_", "__", "lk__", "lk_ti52fY3G_"] {
        agree(text).unwrap();
    }
    for prefix in ["ab", "lk", "a1", "abcdefghijkl"] {
        let key = key(prefix, 1);
        for text in [&key, &format!("{key}0"), &format!("0{key}"), &format!("{key}\n"), &format!("{key}_"), &key[1..]] {
            agree(text).unwrap();
        }
    }
}

proptest! {
    #[test]
    fn every_key_is_found_in_what_surrounds_it(
        prefix in "[a-z][a-z0-9]{1,11}", seed: u64, before in "([ \"'=:/>-]|\\n)?", after in "([ \"'&;,.<-]|\\n)?",
    ) {
        let key = key(&prefix, seed);
        let text = format!("{before}{key}{after}");
        let found = PUBLISHED[1].find(&text).map(|found| found.as_str());
        prop_assert_eq!(found, Some(key.as_str()));
        let own = Regex::new(&pattern(&Prefix::new(&prefix).unwrap())).unwrap();
        prop_assert_eq!(own.find(&text).map(|found| found.as_str()), Some(key.as_str()));
        agree(&key)?;
    }

    #[test]
    fn what_has_the_form_but_was_made_up(text in "[a-z][a-z0-9]{1,11}_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}") {
        agree(&text)?;
        prop_assert!(whole(&PUBLISHED[1], &text));
    }

    #[test]
    fn a_changed_key(seed: u64, at in 0_usize..50, cut in 0_usize..3, into in "[0-9A-Za-z_ \\-é]{0,3}") {
        let mut text = key("lk", seed);
        text.replace_range(at..(at + cut).min(50), &into);
        agree(&text)?;
    }

    #[test]
    fn any_text(text in "\\PC{0,80}", near in "[a-zA-Z0-9_]{0,16}_[0-9A-Za-z_]{7,9}_[0-9A-Za-z]{36,40}") {
        agree(&text)?;
        agree(&near)?;
    }
}
