//! A text that is JSON itself, as the arguments of a tool call are: what its strings say is judged, and not how they are written
//! down. Asked for every text of a request, and for arguments in answers.

use super::{
    super::{Compiled, Judgement, Report, Side, Verdict},
    strings::{Edits, Leaf, content, walk},
};
use serde::de::IgnoredAny;
use std::borrow::Cow;

impl Compiled {
    /// Judges a text: where it is a JSON list or object each string and each number in it by itself first, so that no `\n` hides
    /// a word and what stands in place of something leaves it JSON; then the whole, names of members included.
    pub(super) fn judge_within(&self, side: Side, text: &str) -> Judgement {
        let is_json = text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok();
        if !is_json {
            return self.judge(side, text);
        }
        let (mut edits, mut report, mut denied) = (Edits::default(), Report::default(), None);
        let walked = walk(text, |_, leaf| {
            let (at, said) = match leaf {
                Leaf::Text(at) => (at.clone(), content(&text[at])),
                Leaf::Number(at) => (at.clone(), text[at].into()),
                // One that is written as it reads is judged with the whole.
                Leaf::Name(at) => match content(&text[at.clone()]) {
                    Cow::Borrowed(_) => return,
                    said @ Cow::Owned(_) => (at, said),
                },
                Leaf::Object => return,
            };
            if denied.is_none() {
                let judged = self.judge(side, &said);
                report.add(&judged.report);
                match judged.verdict {
                    Verdict::Passes => {}
                    Verdict::Redacted(said) => edits.put(at, &said),
                    Verdict::Denied(why) => denied = Some(why),
                }
            }
        });
        if let Some(why) = denied {
            return Judgement { verdict: Verdict::Denied(why), report };
        }
        let changed = walked.ok().and_then(|()| edits.apply(text));
        let whole = self.judge(side, changed.as_deref().unwrap_or(text));
        report.add(&whole.report);
        let verdict = match whole.verdict {
            Verdict::Passes => changed.map_or(Verdict::Passes, Verdict::Redacted),
            other => other,
        };
        Judgement { verdict, report }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::{Denial, RawGuardrail, RawRule},
        *,
    };

    fn judged(text: &str) -> Verdict {
        let rule = |find: &str, text: &str, effect: &str| RawRule {
            find: find.into(),
            text: text.into(),
            effect: effect.into(),
            side: "both".into(),
            ..RawRule::default()
        };
        let rules =
            vec![rule("email", "", "redact"), rule("payment_card", "", "redact"), rule("word", "secret", "deny")];
        let raw = RawGuardrail { name: "x".into(), rules, ..RawGuardrail::default() };
        Compiled::new(&raw.check().unwrap().guardrail).unwrap().judge_within(Side::Input, text).verdict
    }

    #[test]
    fn what_strings_say_counts() {
        for (text, redacted) in [
            (r#"{"text":"Hi\nada@example.com"}"#, r#"{"text":"[e-mail]"}"#.replace("[e-mail]", r"Hi\n[e-mail]")),
            (r#"{"to":"ada\u0040example.com"}"#, r#"{"to":"[e-mail]"}"#.into()),
            (r#"{"card":4111111111111111, "n":1}"#, r#"{"card":"[card]", "n":1}"#.into()),
            (r#"["ada@example.com"]"#, r#"["[e-mail]"]"#.into()),
            ("ada@example.com", "[e-mail]".into()),
            (r#"{"no JSON": ada@example.com"#, r#"{"no JSON": [e-mail]"#.into()),
        ] {
            assert_eq!(judged(text), Verdict::Redacted(redacted), "{text}");
        }
        for denied in
            [r#"{"text":"Hi\nsecret"}"#, r#"{"secret":1}"#, r#"{"s\u0065cret":1}"#, r#"{"a":["s\u0065cret"]}"#]
        {
            assert_eq!(judged(denied), Verdict::Denied(Denial::Rule(2)), "{denied}");
        }
        assert_eq!(judged(r#"{"text":"secrets"}"#), Verdict::Passes);
    }

    #[test]
    fn it_stays_json() {
        let Verdict::Redacted(text) = judged(r#"{"text":"Hi\nada@example.com","n":[4111111111111111]}"#) else {
            panic!()
        };
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, serde_json::json!({"text": "Hi\n[e-mail]", "n": ["[card]"]}));
    }
}
