//! Bodies that are there as a whole: requests and answers.

use super::{
    super::{Compiled, Judgement, Report, Side, Verdict},
    names::{has_twins, is_chosen},
    places::{is_arguments, is_token, is_token_of_answer, of_answer, of_request},
    strings::{Edits, Leaf, Step, Unreadable, content, walk},
};
use crate::model::{
    BadBody, Endpoint,
    json::{Members, elements, string},
};
use std::borrow::Cow;

/// Members of a request that ask for an answer's tokens beside its text: by how likely they were, or by their numbers. OpenAI's
/// own, and those of vLLM and llama.cpp.
const ASKING: [&str; 6] =
    ["logprobs", "n_probs", "prompt_logprobs", "return_token_ids", "return_tokens", "return_tokens_as_token_ids"];
/// What the chances of a response's tokens are asked for with.
const CHANCES_OF_RESPONSES: &str = "message.output_text.logprobs";

/// Why a JSON text is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unjudged {
    /// It is nested too deeply.
    TooDeep,
    /// With what stands in place of their names, two members of one object would be called alike.
    Twins,
}

impl From<Unreadable> for Unjudged {
    fn from(_: Unreadable) -> Self {
        Self::TooDeep
    }
}

impl Compiled {
    /// Judges a request's body, which is known to be one: a redacted one is whole again. Refused is what no rule could read.
    pub fn judge_request(&self, endpoint: Endpoint, body: &str) -> Result<Judgement, BadBody> {
        let by_size = self.judge_size(body.len());
        if matches!(by_size.verdict, Verdict::Denied(_)) {
            return Ok(by_size);
        }
        if !self.is_dry_run()
            && !self.is_idle(Side::Output)
            && let Some(name) = asks_for_tokens(endpoint, body)
        {
            let message = format!("The guardrail of this API key reads answers as text: leave {name} out.");
            return Err(BadBody { param: Some(name), message: message.into() });
        }
        if self.is_idle(Side::Input) {
            return Ok(by_size);
        }
        let mut tokens = false;
        let judged =
            self.judge_strings(Side::Input, body, is_chosen, of_request, |path| tokens |= is_token(endpoint, path));
        let Judgement { verdict, report } = match judged {
            Ok(judged) => judged,
            Err(_) if self.is_dry_run() => return Ok(by_size),
            Err(why) => return Err(unjudged(why)),
        };
        if tokens && !self.is_dry_run() {
            let param = if endpoint == Endpoint::Embeddings { "input" } else { "prompt" };
            let message = format!("The guardrail of this API key reads text: send the {param} as text, not as tokens.");
            return Err(BadBody { param: Some(param), message: message.into() });
        }
        let mut all = by_size.report;
        all.add(&report);
        Ok(Judgement { verdict, report: all })
    }

    /// Judges the body of an answer that is not streamed, an error's too: a redacted one is whole again.
    pub fn judge_answer(&self, endpoint: Endpoint, body: &str) -> Result<Judgement, Unreadable> {
        match self.judge_said(body, |path, text| of_answer(endpoint, path, text)) {
            Err(_) if self.is_dry_run() => Ok(self.judge_size(0)),
            judged => judged,
        }
    }

    /// Judges the texts of something that a model said; not what says its tokens besides.
    pub(super) fn judge_said(
        &self,
        json: &str,
        is_text: impl Fn(&[Step<'_>], &str) -> bool,
    ) -> Result<Judgement, Unreadable> {
        let mut tokens = false;
        let number = |path: &[Step<'_>]| tokens |= is_token_of_answer(path);
        let judged = self.judge_strings(Side::Output, json, |_| false, is_text, number).map_err(|_| Unreadable)?;
        if tokens && !self.is_dry_run() { Err(Unreadable) } else { Ok(judged) }
    }

    /// Judges those names and strings of a JSON text that are texts; the way to each number is shown to `number`.
    fn judge_strings(
        &self,
        side: Side,
        json: &str,
        is_name: impl Fn(&[Step<'_>]) -> bool,
        is_text: impl Fn(&[Step<'_>], &str) -> bool,
        mut number: impl FnMut(&[Step<'_>]),
    ) -> Result<Judgement, Unjudged> {
        let (mut edits, mut report, mut denied, mut renamed) = (Edits::default(), Report::default(), None, false);
        if !self.is_idle(side) {
            walk(json, |path, leaf| {
                let (at, text, named) = match (leaf, path.last()) {
                    (Leaf::Text(at), _) => (at.clone(), content(&json[at]), false),
                    (Leaf::Name(at), Some(Step::Member(name))) => (at, Cow::Borrowed(&**name), true),
                    (Leaf::Number(_), _) => return number(path),
                    _ => return,
                };
                if denied.is_some() || !(if named { is_name(path) } else { is_text(path, &text) }) {
                    return;
                }
                // A model's own words are judged as a stream of them would be.
                let within = side == Side::Input || is_arguments(path);
                let judged = if within { self.judge_within(side, &text) } else { self.judge(side, &text) };
                report.add(&judged.report);
                match judged.verdict {
                    Verdict::Passes => {}
                    Verdict::Redacted(text) => {
                        renamed |= named;
                        edits.put(at, &text);
                    }
                    Verdict::Denied(why) => denied = Some(why),
                }
            })?;
        }
        let verdict = match denied {
            Some(why) => Verdict::Denied(why),
            None => edits.apply(json).map_or(Verdict::Passes, Verdict::Redacted),
        };
        if let Verdict::Redacted(changed) = &verdict
            && renamed
            && has_twins(changed)
        {
            return Err(Unjudged::Twins);
        }
        Ok(Judgement { verdict, report })
    }
}

fn unjudged(why: Unjudged) -> BadBody {
    let message = match why {
        Unjudged::TooDeep => "The guardrail of this API key can't read this body: it is nested too deeply.",
        Unjudged::Twins => {
            "The guardrail of this API key can't redact this body: two members of one object would have the same name."
        }
    };
    BadBody { param: None, message: message.into() }
}

/// The member by which a request asks for the tokens of its answer, if it does.
fn asks_for_tokens(endpoint: Endpoint, body: &str) -> Option<&'static str> {
    // Nearly none does: these are in no other body, unless they are spelt by escapes.
    if endpoint == Endpoint::Embeddings || !["probs", "return_token", "\\u"].iter().any(|part| body.contains(part)) {
        return None;
    }
    let members = Members::of(body)?;
    let asked = |name: &&str| members.given(name).is_some_and(|value| value != "false");
    ASKING.into_iter().find(asked).or_else(|| {
        let included = members.given("include").and_then(elements).unwrap_or_default();
        let is_asked = included.iter().any(|one| string(one).as_deref() == Some(CHANCES_OF_RESPONSES));
        is_asked.then_some("logprobs")
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::{Denial, Guardrail, Hit, RawGuardrail, RawRule};
    use super::*;

    fn rule(find: &str, text: &str, effect: &str, side: &str) -> RawRule {
        let [find, text, effect, side] = [find, text, effect, side].map(String::from);
        RawRule { find, text, effect, side, replacement: String::new() }
    }

    fn ready(rules: Vec<RawRule>, change: impl FnOnce(&mut Guardrail)) -> Compiled {
        let raw = RawGuardrail { name: "x".into(), rules, ..RawGuardrail::default() };
        let mut guardrail = raw.check().unwrap().guardrail;
        change(&mut guardrail);
        Compiled::new(&guardrail).unwrap()
    }

    fn mails(side: &str) -> Compiled {
        ready(vec![rule("email", "", "redact", side), rule("word", "secret", "deny", side)], |_| {})
    }

    const CHAT: &str =
        r#"{"model":"secret", "messages":[{"role":"user","content":"I am ada@example.com\n"}],"x":1.50}"#;

    #[test]
    fn a_request_is_redacted_where_it_is_text_and_nowhere_else() {
        let judged = mails("input").judge_request(Endpoint::ChatCompletions, CHAT).unwrap();
        assert_eq!(judged.verdict, Verdict::Redacted(CHAT.replace("ada@example.com", "[e-mail]")));
        assert_eq!(judged.report.hits, [Hit { rule: 0, times: 1 }]);
        let judged = mails("output").judge_request(Endpoint::ChatCompletions, CHAT).unwrap();
        assert!(judged.verdict == Verdict::Passes && judged.report.is_clean());
        let denied = CHAT.replace("I am", "The secret:");
        let judged = mails("both").judge_request(Endpoint::ChatCompletions, &denied).unwrap();
        assert_eq!(judged.verdict, Verdict::Denied(Denial::Rule(1)));
    }

    #[test]
    fn names_that_a_person_chose_are_texts_of_a_request() {
        let judge =
            |body: &str| mails("both").judge_request(Endpoint::ChatCompletions, body).map(|judged| judged.verdict);
        let denied = Ok(Verdict::Denied(Denial::Rule(1)));
        for body in [
            r#"{"messages":[],"metadata":{"my secret word":"x"}}"#,
            r#"{"messages":[],"metadata":{"my s\u0065cret word":1}}"#,
            r#"{"messages":[],"tools":[{"function":{"name":"f","parameters":{"properties":{"secret":{}}}}}]}"#,
        ] {
            assert_eq!(judge(body), denied, "{body}");
        }
        for body in [r#"{"messages":[],"secret":1}"#, r#"{"messages":[],"audio":{"metadata":{"secret":1}}}"#] {
            assert_eq!(judge(body), Ok(Verdict::Passes), "{body}");
        }
        let named = r#"{ "metadata" : {"of ada@example.com" :1.0, "x":"eve@example.com"},"messages":[]}"#;
        let redacted = named.replace("ada@example.com", "[e-mail]").replace("eve@example.com", "[e-mail]");
        assert_eq!(judge(named), Ok(Verdict::Redacted(redacted)));

        // What would be called alike can't be told apart any more; in objects of their own it can.
        let alike = r#"{"metadata":{"ada@example.com":1,"bob@example.com":2},"messages":[]}"#;
        let bad = judge(alike).unwrap_err();
        assert!(bad.param.is_none() && bad.message.contains("the same name"), "{}", bad.message);
        assert!(judge(&alike.replace("bob@example.com", "[e-mail]")).is_err());
        let apart = r#"{"metadata":{"a":{"ada@example.com":1},"b":[{"ada@example.com":1},{"bob@example.com":2}]}}"#;
        assert!(matches!(judge(apart), Ok(Verdict::Redacted(_))));
        let dry = ready(vec![rule("email", "", "redact", "both")], |kept| kept.dry_run = true);
        assert_eq!(dry.judge_request(Endpoint::ChatCompletions, alike).unwrap().verdict, Verdict::Passes);
        let answer = r#"{"choices":[{"message":{"content":"a","metadata":{"secret":1}}}]}"#;
        let judged = mails("both").judge_answer(Endpoint::ChatCompletions, answer).unwrap();
        assert_eq!(judged.verdict, Verdict::Passes, "a model chooses no names but in arguments");
    }

    #[test]
    fn a_dry_run_changes_and_refuses_nothing() {
        let rules = || vec![rule("email", "", "redact", "both"), rule("word", "secret", "deny", "both")];
        let dry = |most: u32| {
            ready(rules(), |guardrail| (guardrail.dry_run, guardrail.max_input) = (true, most.try_into().ok()))
        };
        let denied = CHAT.replace("I am", "The secret:");
        let judged = dry(0).judge_request(Endpoint::ChatCompletions, &denied).unwrap();
        assert_eq!(judged.verdict, Verdict::Passes);
        assert_eq!(judged.report.denial, Some(Denial::Rule(1)));
        let tokens = r#"{"model":"m","prompt":[1,2],"logprobs":1}"#;
        let judged = dry(9).judge_request(Endpoint::Completions, tokens).unwrap();
        assert_eq!((judged.verdict, judged.report.denial), (Verdict::Passes, Some(Denial::Size)));
    }

    #[test]
    fn the_size_is_that_of_the_whole_body() {
        let limited =
            |most: usize| ready(Vec::new(), |kept| kept.max_input = u32::try_from(most).unwrap().try_into().ok());
        let judged = |most| limited(most).judge_request(Endpoint::ChatCompletions, CHAT).unwrap().verdict;
        assert_eq!(judged(CHAT.len()), Verdict::Passes);
        assert_eq!(judged(CHAT.len() - 1), Verdict::Denied(Denial::Size));
    }

    #[test]
    fn what_no_rule_could_read_is_refused() {
        let refused = |ready: &Compiled, endpoint, body: &str| {
            ready.judge_request(endpoint, body).err().and_then(|bad| bad.param)
        };
        let (into, out) = (mails("input"), mails("output"));
        for (endpoint, body, param) in [
            (Endpoint::Completions, r#"{"model":"m","prompt":[1,2]}"#, "prompt"),
            (Endpoint::Embeddings, r#"{"model":"m","input":[[1,2],[3]]}"#, "input"),
        ] {
            assert_eq!(refused(&into, endpoint, body), Some(param));
            assert_eq!(refused(&out, endpoint, body), None);
        }
        for (endpoint, body) in [
            (Endpoint::ChatCompletions, r#"{"model":"m","messages":[],"logprobs":true}"#),
            (Endpoint::Completions, r#"{"model":"m","prompt":"a","logprobs":0}"#),
            (Endpoint::Responses, r#"{"model":"m","input":"a","include":["message.output_text.logprobs"]}"#),
            (Endpoint::ChatCompletions, r#"{"model":"m","messages":[],"log\u0070robs":true}"#),
            (Endpoint::Responses, r#"{"model":"m","input":"a","include":["message.output_text.log\u0070robs"]}"#),
        ] {
            assert_eq!(refused(&out, endpoint, body), Some("logprobs"), "{body}");
            assert_eq!(refused(&into, endpoint, body), None, "{body}");
        }
        for name in ASKING {
            let body = |value: &str| format!(r#"{{"model":"m","messages":[],"{name}":{value}}}"#);
            for endpoint in [Endpoint::ChatCompletions, Endpoint::Completions, Endpoint::Responses] {
                assert_eq!(refused(&out, endpoint, &body("true")), Some(name));
                assert_eq!(refused(&into, endpoint, &body("true")), None);
                assert_eq!(refused(&out, endpoint, &body("false")), None);
            }
            let escaped = body("1").replace("_t", r"\u005ft").replace("pro", r"p\u0072o");
            assert_eq!(refused(&out, Endpoint::ChatCompletions, &escaped), Some(name), "{escaped}");
        }
        for body in [r#"{"model":"m","messages":[],"logprobs":false,"n":1}"#, r#"{"model":"m","logprobs":null}"#] {
            assert_eq!(refused(&out, Endpoint::ChatCompletions, body), None, "{body}");
        }
        let include = r#"{"model":"m","input":"a","include":["reasoning.encrypted_content"]}"#;
        assert_eq!(refused(&out, Endpoint::Responses, include), None);
    }

    #[test]
    fn an_answer_is_redacted_or_denied() {
        let answer = r#"{"id":"i","model":"m","choices":[{"message":{"role":"assistant","content":"Ask bob@example.com."}}],"usage":{}}"#;
        let judge = |body: &str| mails("output").judge_answer(Endpoint::ChatCompletions, body).unwrap().verdict;
        assert_eq!(judge(answer), Verdict::Redacted(answer.replace("bob@example.com", "[e-mail]")));
        assert_eq!(judge(&answer.replace("Ask", "Secret")), Verdict::Denied(Denial::Rule(1)));
        assert_eq!(mails("input").judge_answer(Endpoint::ChatCompletions, answer).unwrap().verdict, Verdict::Passes);
    }

    #[test]
    fn an_answer_that_can_t_be_judged() {
        let deep = format!(r#"{{"choices":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        let chances = r#"{"choices":[{"message":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.1,"bytes":[97]}]}}]}"#;
        let none = r#"{"choices":[{"message":{"content":"a"},"logprobs":null,"token_ids":[],"tokens":7}],"sizes":[1]}"#;
        let numbers = [
            r#"{"choices":[{"message":{"content":"a"},"token_ids":[64]}]}"#,
            r#"{"choices":[{"message":{"content":"a"}}],"__verbose":{"tokens":[64]}}"#,
            r#"{"choices":[{"message":{"content":"a"},"hidden":[[0.5]]}]}"#,
        ];
        let judge = |ready: &Compiled, body: &str| {
            ready.judge_answer(Endpoint::ChatCompletions, body).map(|judged| judged.verdict)
        };
        let dry = ready(vec![rule("email", "", "redact", "both")], |kept| kept.dry_run = true);
        for body in [&*deep, chances].into_iter().chain(numbers) {
            assert_eq!(judge(&mails("output"), body), Err(Unreadable), "{body}");
            assert_eq!(judge(&mails("input"), body), Ok(Verdict::Passes), "{body}");
            assert_eq!(judge(&dry, body), Ok(Verdict::Passes), "{body}");
        }
        assert_eq!(judge(&mails("output"), none), Ok(Verdict::Passes));
        let deep = deep.replace("choices", "messages");
        assert_eq!(mails("input").judge_request(Endpoint::ChatCompletions, &deep).unwrap_err().param, None);
        assert!(dry.judge_request(Endpoint::ChatCompletions, &deep).is_ok());
    }

    #[test]
    fn errors_and_arguments_are_answers_too() {
        let judge = |body: &str| mails("output").judge_answer(Endpoint::ChatCompletions, body).unwrap().verdict;
        let error = r#"{"error":{"code":"tool_use_failed","failed_generation":"ask ada@example.com"}}"#;
        assert_eq!(judge(error), Verdict::Redacted(error.replace("ada@example.com", "[e-mail]")));
        let call = r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{\"a\":\"Hi\\nada@example.com\"}"}}]}}]}"#;
        assert_eq!(judge(call), Verdict::Redacted(call.replace("ada@example.com", "[e-mail]")));
    }
}
