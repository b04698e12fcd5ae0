//! Sides, sizes, denials and dry runs.

use super::{
    super::{Compiled, Denial, Detector, Guardrail, Rule, Side, Sides, Verdict},
    detector, pattern, ready, word,
};
use std::num::NonZeroU32;

#[test]
fn sides() {
    let one = |side| Rule { side, ..detector(Detector::Email) };
    let text = "a@b.org.";
    for (side, input, output) in [(Sides::Input, true, false), (Sides::Output, false, true), (Sides::Both, true, true)]
    {
        let guard = ready(vec![one(side)]);
        for (side, covered) in [(Side::Input, input), (Side::Output, output)] {
            assert_eq!(guard.judge(side, text).verdict == Verdict::Passes, !covered);
            assert_eq!(guard.scan(side).push(text).unwrap() == text, !covered);
            assert_eq!(guard.is_idle(side), !covered);
        }
    }
}

#[test]
fn a_dry_run_changes_nothing_and_reports_everything() {
    let rules = vec![detector(Detector::Email), word("stop", None)];
    let guardrail = Guardrail { rules, max_input: NonZeroU32::new(40), dry_run: true };
    let dry = Compiled::new(&guardrail).unwrap();
    let wet = Compiled::new(&Guardrail { dry_run: false, ..guardrail }).unwrap();
    for text in ["a@b.org, c@d.org.", "a@b.org stop c@d.org", "nothing"] {
        let judged = dry.judge(Side::Output, text);
        assert_eq!(judged.verdict, Verdict::Passes);
        assert_eq!(judged.report, wet.judge(Side::Output, text).report, "{text}");
        let mut scanner = dry.scan(Side::Output);
        for one in text.split_inclusive(' ') {
            assert_eq!(scanner.push(one).unwrap(), one);
        }
        assert_eq!(scanner.end().unwrap(), "");
        assert_eq!(scanner.report(), &judged.report);
    }
    assert!(dry.is_dry_run());
    let size = dry.judge_size(41);
    assert_eq!((size.verdict, size.report.denial), (Verdict::Passes, Some(Denial::Size)));
}

#[test]
fn an_input_has_a_size() {
    let guard = Compiled::new(&Guardrail { max_input: NonZeroU32::new(4), ..Guardrail::default() }).unwrap();
    assert_eq!(guard.judge_size(4).verdict, Verdict::Passes);
    assert_eq!(guard.judge_size(5).verdict, Verdict::Denied(Denial::Size));
    assert_eq!(guard.judge(Side::Input, "é é").verdict, Verdict::Denied(Denial::Size));
    assert_eq!(guard.judge(Side::Output, "é é").verdict, Verdict::Passes);
    assert_eq!(ready(vec![]).judge_size(usize::MAX).verdict, Verdict::Passes);
}

#[test]
fn a_denied_stream_stays_denied() {
    let mut scanner = ready(vec![word("stop", None)]).scan(Side::Output);
    assert_eq!(scanner.push("go, stop"), Ok("go, ".into()));
    assert_eq!(scanner.push(" go"), Err(Denial::Rule(0)));
    assert_eq!(scanner.push("go"), Err(Denial::Rule(0)));
    assert_eq!(scanner.end(), Err(Denial::Rule(0)));
    assert_eq!(scanner.report().hits.len(), 1);
}

#[test]
fn a_pattern_that_was_never_checked_is_refused() {
    let error = Compiled::new(&Guardrail { rules: vec![word("a", None), pattern("(", None)], ..Guardrail::default() });
    assert_eq!(error.unwrap_err().field, "rules.2.text");
}
