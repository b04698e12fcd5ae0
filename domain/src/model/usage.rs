//! How many tokens a request took: read from an upstream's answer, whole or streamed. Called by the relay on its way
//! back.

use super::json::{Members, elements, string};

/// More tokens than one request can have. A higher number in an answer is no count, and is ignored; with
/// [`MOST_PRICE`](super::MOST_PRICE) it keeps one request's cost at a thousand million dollars.
pub const MOST_TOKENS: u64 = 1_000_000_000;

/// The tokens of one request. Cached input is a part of the input, never more than all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    input: u64,
    cached_input: u64,
    output: u64,
}

impl Usage {
    /// A count. A cached part larger than the whole is held at the whole.
    #[must_use]
    pub fn new(input: u64, cached_input: u64, output: u64) -> Self {
        Self { input, cached_input: cached_input.min(input), output }
    }

    /// All tokens of input, cached ones among them.
    #[must_use]
    pub fn input(self) -> u64 {
        self.input
    }

    /// The tokens of input that the upstream had in its cache.
    #[must_use]
    pub fn cached_input(self) -> u64 {
        self.cached_input
    }

    /// The tokens of input that it had not.
    #[must_use]
    pub fn fresh_input(self) -> u64 {
        self.input - self.cached_input
    }

    /// The tokens of output, those of reasoning among them.
    #[must_use]
    pub fn output(self) -> u64 {
        self.output
    }
}

/// What an upstream says of a request's tokens: at least one of input and output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The input, if it says.
    pub input: Option<u64>,
    /// The cached part of it; nothing where it does not say.
    pub cached_input: u64,
    /// The output, if it says.
    pub output: Option<u64>,
}

/// A request's tokens as they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The tokens.
    pub usage: Usage,
    /// Whether a part of them was estimated, because the upstream was silent about it.
    pub estimated: bool,
}

impl Reported {
    /// What was reported, with the parts of `estimate` where nothing was: all of it if the upstream was silent
    /// (`None`). It counts as estimated if such a part is not nothing.
    #[must_use]
    pub fn or_estimated(reported: Option<Self>, estimate: Usage) -> Counted {
        let Some(reported) = reported else {
            return Counted { usage: estimate, estimated: estimate != Usage::default() };
        };
        let (input, output) = (reported.input.unwrap_or(estimate.input), reported.output.unwrap_or(estimate.output));
        let silent = (reported.input.is_none() && input > 0) || (reported.output.is_none() && output > 0);
        Counted { usage: Usage::new(input, reported.cached_input, output), estimated: silent }
    }
}

/// Reads the usage of a whole answer of chat/completions, completions, embeddings or responses. `None` where it says
/// nothing that can be believed; an error's body, and what is no JSON, are among that.
#[must_use]
pub fn usage_of_answer(body: &[u8]) -> Option<Reported> {
    let answer = Members::of(std::str::from_utf8(body).ok()?)?;
    reported(answer.given("usage")?)
}

/// Reads the usage of one event of a streamed answer, given what stands behind its `data:`. The relay asks of every
/// event, and keeps what the last one said: chat and completions tell it in a last chunk with empty `choices`, some
/// upstreams as a running count in every chunk; responses in the `response` of their closing event
/// (`response.completed`, `response.incomplete` or `response.failed`). `None` for every other event, and for `[DONE]`.
#[must_use]
pub fn usage_of_event(data: &str) -> Option<Reported> {
    if !mentions_usage(data) {
        return None;
    }
    let event = Members::of(data)?;
    if let Some(usage) = event.given("usage") {
        return reported(usage);
    }
    let kind = string(event.given("type")?)?;
    let closing = matches!(&*kind, "response.completed" | "response.incomplete" | "response.failed");
    let response = event.given("response").filter(|_| closing)?;
    reported(Members::of(response)?.given("usage")?)
}

/// Whether an event of a stream is the last that can say anything of the usage: `[DONE]`, a usage in a chunk without
/// choices, or in a closing event of responses. A usage in a chunk that has choices may be a running count.
#[must_use]
pub fn is_last_word(data: &str) -> bool {
    if data.trim_ascii() == "[DONE]" {
        return true;
    }
    let Some(event) = usage_of_event(data).and_then(|_| Members::of(data)) else { return false };
    event.given("choices").is_none_or(|choices| elements(choices).is_some_and(|choices| choices.is_empty()))
}

/// Whether an event of chat or completions says that an answer is finished: its `finish_reason` is a word. It is not read for
/// that, so that a text in it may say the same; nothing but a moment's patience hangs on it.
#[must_use]
pub fn is_finished(data: &str) -> bool {
    let Some((_, after)) = data.split_once("\"finish_reason\"") else { return false };
    let reason = after.trim_start().strip_prefix(':').map(str::trim_start);
    reason.is_some_and(|reason| reason.starts_with('"') && !reason.starts_with("\"\""))
}

/// Most events have no usage: they are told apart without being read. (The name written with escapes is not found: no
/// upstream does that, and the answer would count as one that says nothing.)
pub(super) fn mentions_usage(data: &str) -> bool {
    data.contains("\"usage\"")
}

/// Both spellings are taken, `prompt_tokens` and `input_tokens`, whatever the endpoint: upstreams mix them.
fn reported(usage: &str) -> Option<Reported> {
    let usage = Members::of(usage)?;
    let either = |one: &str, other: &str| count(usage.given(one)).or_else(|| count(usage.given(other)));
    let input = either("prompt_tokens", "input_tokens");
    let mut output = either("completion_tokens", "output_tokens");
    if output.is_none() {
        // Embeddings have no output, and say so by a total that is the input.
        let total = count(usage.given("total_tokens"));
        output = total.zip(input).and_then(|(total, input)| total.checked_sub(input));
    }
    if input.is_none() && output.is_none() {
        return None;
    }
    let details = usage.given("prompt_tokens_details").or_else(|| usage.given("input_tokens_details"));
    let cached = details.and_then(Members::of).and_then(|details| count(details.given("cached_tokens")));
    let cached_input = cached.unwrap_or(0).min(input.unwrap_or(u64::MAX));
    Some(Reported { input, cached_input, output })
}

/// A whole number that can be a count.
fn count(value: Option<&str>) -> Option<u64> {
    value?.parse().ok().filter(|count| *count <= MOST_TOKENS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(input: u64, cached_input: u64, output: u64) -> Reported {
        Reported { input: Some(input), cached_input, output: Some(output) }
    }

    #[test]
    fn whole_answers() {
        let chat = r#"{
          "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT", "object": "chat.completion", "created": 1741569952,
          "model": "gpt-4.1-2025-04-14",
          "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!\n \"usage\":{\"prompt_tokens\":9999}",
            "refusal": null, "annotations": []}, "logprobs": null, "finish_reason": "stop"}],
          "usage": {"prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
            "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 128, "audio_tokens": 0, "accepted_prediction_tokens": 0,
              "rejected_prediction_tokens": 0}},
          "service_tier": "default", "system_fingerprint": "fp_b376dfbbd5"}"#;
        assert_eq!(usage_of_answer(chat.as_bytes()), Some(said(2006, 1920, 300)));
        let completion = r#"{"id":"cmpl-uqkvlQyYK7bGYrRHQ0eXlWi7","object":"text_completion","created":1589478378,
          "model":"gpt-3.5-turbo-instruct","choices":[{"text":"\n\nThis is indeed a test","index":0,"logprobs":null,
          "finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"#;
        assert_eq!(usage_of_answer(completion.as_bytes()), Some(said(5, 0, 7)));
        let embedding = r#"{"object":"list","data":[{"object":"embedding","embedding":[0.0023064255,-0.009327292],"index":0}],
          "model":"text-embedding-ada-002","usage":{"prompt_tokens":8,"total_tokens":8}}"#;
        assert_eq!(usage_of_answer(embedding.as_bytes()), Some(said(8, 0, 0)));
        let response = r#"{"id":"resp_0cd5d6b8310055d600696a1776b42c81","object":"response","created_at":1768560502,
          "status":"completed","background":false,"error":null,"model":"gpt-4.1-2025-04-14","output":[{"id":"msg_0cd5",
          "type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],
          "text":"- I am concise."}],"role":"assistant"}],"usage":{"input_tokens":12033,"input_tokens_details":
          {"cached_tokens":11904},"output_tokens":44,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":12077},
          "user":null,"metadata":{}}"#;
        assert_eq!(usage_of_answer(response.as_bytes()), Some(said(12_033, 11_904, 44)));
    }

    #[test]
    fn chunks_of_chat() {
        for silent in [
            "[DONE]",
            "",
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[{"index":0,
              "delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x"}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"\"usage\":{\"prompt_tokens\":1}"},"finish_reason":null}]}"#,
            r#"{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#,
            r#"{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}"#,
        ] {
            assert_eq!(usage_of_event(silent), None, "{silent}");
        }
        let last = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini-2024-07-18",
          "service_tier":"default","system_fingerprint":"fp_1","choices":[],"usage":{"prompt_tokens":19,"completion_tokens":10,
          "total_tokens":29,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":
          {"reasoning_tokens":0}},"obfuscation":""}"#;
        assert_eq!(usage_of_event(last), Some(said(19, 0, 10)));
        let running = r#"{"choices":[{"index":0,"text":"a"}],"usage":{"prompt_tokens":6,"total_tokens":9,"completion_tokens":3}}"#;
        assert_eq!(usage_of_event(running), Some(said(6, 0, 3)));
        assert!(is_last_word(last) && is_last_word("[DONE]"));
        for more in [
            running,
            "",
            r#"{"choices":[],"usage":null}"#,
            r#"{"choices":[]}"#,
            r#"{"choices":{},"usage":{"input_tokens":1}}"#,
        ] {
            assert!(!is_last_word(more), "{more}");
        }
    }

    #[test]
    fn a_finished_answer_says_so() {
        for finished in [
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"choices":[{"finish_reason" : "length", "delta":{}}]}"#,
        ] {
            assert!(is_finished(finished), "{finished}");
        }
        for not in [
            r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"\"finish_reason\":\"stop\""}}]}"#,
            r#"{"choices":[{"finish_reason":""}]}"#,
            r#"{"choices":[{"finish_reason""#,
            "[DONE]",
            "",
        ] {
            assert!(!is_finished(not), "{not}");
        }
    }

    #[test]
    fn events_of_responses() {
        let event = |kind: &str, usage: &str| {
            format!(
                r#"{{"type":"{kind}","sequence_number":9,"response":{{"id":"resp_1","object":"response","status":"x",
                "output":[],"usage":{usage}}}}}"#
            )
        };
        let usage = r#"{"input_tokens":37,"input_tokens_details":{"cached_tokens":5},"output_tokens":11,
          "output_tokens_details":{"reasoning_tokens":3},"total_tokens":48}"#;
        for closing in ["response.completed", "response.incomplete", "response.failed"] {
            assert_eq!(usage_of_event(&event(closing, usage)), Some(said(37, 5, 11)), "{closing}");
            assert!(is_last_word(&event(closing, usage)), "{closing}");
        }
        assert_eq!(usage_of_event(&event("response.failed", "null")), None);
        assert_eq!(usage_of_event(&event("response.created", "null")), None);
        assert_eq!(usage_of_event(&event("response.in_progress", usage)), None, "it has not ended");
        let delta = r#"{"type":"response.output_text.delta","delta":"\"usage\":","item_id":"m","output_index":0}"#;
        assert_eq!(usage_of_event(delta), None);
    }

    #[test]
    fn missing_parts_and_liars() {
        let read = |usage: &str| usage_of_answer(format!(r#"{{"usage":{usage}}}"#).as_bytes());
        let part = |input, output| Some(Reported { input, cached_input: 0, output });
        for (usage, wanted) in [
            ("null", None),
            ("{}", None),
            ("[1]", None),
            ("7", None),
            (r#"{"total_tokens":9}"#, None),
            (r#"{"prompt_tokens":-5,"completion_tokens":1.5}"#, None),
            (r#"{"prompt_tokens":"12","completion_tokens":1e3}"#, None),
            (r#"{"prompt_tokens":18446744073709551616,"completion_tokens":1000000001}"#, None),
            (r#"{"prompt_tokens":12}"#, part(Some(12), None)),
            (r#"{"completion_tokens":3,"prompt_tokens":null}"#, part(None, Some(3))),
            (r#"{"prompt_tokens":12,"total_tokens":20}"#, part(Some(12), Some(8))),
            (r#"{"prompt_tokens":12,"total_tokens":2}"#, part(Some(12), None)),
            (r#"{"prompt_tokens":-1,"input_tokens":4,"output_tokens":2}"#, Some(said(4, 0, 2))),
            (r#"{"prompt_tokens":4,"completion_tokens":2,"prompt_tokens_details":null}"#, Some(said(4, 0, 2))),
            (
                r#"{"prompt_tokens":4,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":9}}"#,
                Some(said(4, 4, 2)),
            ),
            (
                r#"{"prompt_tokens":4,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":-9}}"#,
                Some(said(4, 0, 2)),
            ),
            (r#"{"prompt_tokens":4,"completion_tokens":2,"prompt_tokens_details":[3]}"#, Some(said(4, 0, 2))),
            (r#"{"prompt_tokens":1,"prompt_tokens":4,"completion_tokens":2}"#, Some(said(4, 0, 2))),
        ] {
            assert_eq!(read(usage), wanted, "{usage}");
        }
        for bad in [&b"\xff{}"[..], b"", b"<html>", b"{\"usage\":{\"prompt_tokens\":1"] {
            assert_eq!(usage_of_answer(bad), None);
        }
    }

    #[test]
    fn what_nobody_said_is_estimated() {
        let estimate = Usage::new(100, 0, 50);
        let counted = |reported, estimate| {
            let counted = Reported::or_estimated(reported, estimate);
            (counted.usage, counted.estimated)
        };
        assert_eq!(counted(None, estimate), (estimate, true));
        assert_eq!(counted(Some(said(9, 8, 7)), estimate), (Usage::new(9, 8, 7), false));
        let half = Some(Reported { input: Some(9), cached_input: 0, output: None });
        assert_eq!(counted(half, estimate), (Usage::new(9, 0, 50), true));
        assert_eq!(counted(half, Usage::new(100, 0, 0)), (Usage::new(9, 0, 0), false), "nothing was left out");
        assert_eq!(counted(None, Usage::default()), (Usage::default(), false));
    }

    proptest! {
        #[test]
        fn cached_is_never_more_than_all(input: u64, cached: u64, output: u64) {
            let usage = Usage::new(input, cached, output);
            prop_assert!(usage.cached_input() <= usage.input());
            prop_assert_eq!(usage.fresh_input() + usage.cached_input(), usage.input());
        }

        #[test]
        fn any_bytes_are_read_or_not(bytes: Vec<u8>, text in "[{}\\[\\]\":,a-z0-9 usage_tokens-]{0,60}") {
            let _ = (usage_of_answer(&bytes), usage_of_answer(text.as_bytes()), usage_of_event(&text));
        }
    }
}
