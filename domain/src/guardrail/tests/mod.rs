//! Guardrails by their outside: the law of streams, its edges, and the verdicts. What those share.

mod edges;
mod laws;
mod verdicts;

use super::{
    Compiled, Detector, Effect, Find, Guardrail, Report, Rule, Side, Sides, Verdict, detect::samples::latchkey_key,
};
use std::sync::LazyLock;

fn rule(find: Find, replacement: Option<&str>) -> Rule {
    let effect = replacement.map_or(Effect::Deny, |text| Effect::Redact(text.into()));
    Rule { find, effect, side: Sides::Both }
}

fn detector(detector: Detector) -> Rule {
    rule(Find::Detector(detector), Some(detector.replacement()))
}

fn pattern(text: &str, replacement: Option<&str>) -> Rule {
    rule(Find::Pattern(text.into()), replacement)
}

fn word(text: &str, replacement: Option<&str>) -> Rule {
    rule(Find::Word(text.into()), replacement)
}

fn ready(rules: Vec<Rule>) -> Compiled {
    Compiled::new(&Guardrail { rules, ..Guardrail::default() }).unwrap()
}

/// What comes out, what hit, and why it ended.
type Told = (String, Report);

fn streamed<'a>(guard: &Compiled, pieces: impl IntoIterator<Item = &'a str>) -> Told {
    let (mut scanner, mut out) = (guard.scan(Side::Output), String::new());
    for piece in pieces {
        match scanner.push(piece) {
            Ok(more) => out.push_str(&more),
            Err(_) => return (out, scanner.report().clone()),
        }
    }
    if let Ok(more) = scanner.end() {
        out.push_str(&more);
    }
    (out, scanner.report().clone())
}

fn judged(guard: &Compiled, text: &str) -> Told {
    let judgement = guard.judge(Side::Output, text);
    let out = match judgement.verdict {
        Verdict::Passes => text.to_owned(),
        Verdict::Redacted(text) => text,
        Verdict::Denied(_) => String::new(),
    };
    (out, judgement.report)
}

/// A text cut at these places, or at the character borders before them.
fn cut<'a>(text: &'a str, at: &[usize]) -> Vec<&'a str> {
    let mut borders: Vec<_> = at.iter().map(|at| text.floor_char_boundary(*at)).collect();
    borders.extend([0, text.len()]);
    borders.sort_unstable();
    borders.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// Texts in which each detector finds something, and such as end or go on in a way that decides.
static EXAMPLES: LazyLock<Vec<(Detector, Vec<String>)>> = LazyLock::new(|| {
    let key = latchkey_key("lk");
    let secret = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9";
    let examples = [
        (
            Detector::Email,
            vec!["an ada.l@mail.example.co.uk, é müller@bücher.example git@github.com:a/b icon@2x.png".into()],
        ),
        (
            Detector::Phone,
            vec![
                "at +49 (0)30 1234567 20240101 or (415) 555-2671, 415-555-2671-99 no".into(),
                "06.12.34.56.78 x 01 02 03 04 05 06 07 y 0171 1234567 +1 415 555 2671 2".into(),
            ],
        ),
        (
            Detector::PaymentCard,
            vec![
                "a 4111 1111 1111 1111 123, 17 5555-5555-5555-4444; 4111111111111111.5".into(),
                "4111\u{A0}1111\u{202F}1111\u{2011}1111 41111111111111111111111111 4222222222222é".into(),
            ],
        ),
        (
            Detector::Iban,
            vec!["is DE89 3704 0044 0532 0130 00 BIC COBADEFF, NL91ABNA0417164300. is14 days after it".into()],
        ),
        (
            Detector::PrivateKey,
            vec![
                "a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----b -----BEGIN X".into(),
                "a -----BEGIN PRIVATE KEY-----\nMII -----END -----END PRIVATE KEY".into(),
            ],
        ),
        (
            Detector::ApiKey,
            vec![
                format!("K=sk-{secret} ghp_{} AKIA{}X", &secret[..36], "IOSFODNN7EXAMPLE"),
                format!("x AKIA{}, AIza{} xoxb-hugs-and-kisses", "IOSFODNN7EXAMPLE", &secret[..35]),
            ],
        ),
        (Detector::LatchkeyKey, vec![format!("a {key}b {} snake_case_name", &key[..49])]),
    ];
    examples.into()
});

static EVERY: LazyLock<Compiled> = LazyLock::new(|| ready(all_detectors()));

fn all_detectors() -> Vec<Rule> {
    Detector::ALL.into_iter().map(detector).collect()
}
