//! The law of streams, through the events of each endpoint: however an answer is cut, what its client puts together is what the
//! guardrail makes of the whole.

use super::{
    super::super::{Denial, Hit, RawGuardrail, RawRule},
    *,
};
use proptest::prelude::*;
use serde_json::{Value, json};

mod alike;
mod nested;
mod tokens;

fn rules(dry_run: bool, rules: &[(&str, &str, &str)]) -> Compiled {
    let rules = rules.iter().map(|(find, text, effect)| RawRule {
        find: (*find).into(),
        text: (*text).into(),
        effect: (*effect).into(),
        side: "output".into(),
        replacement: String::new(),
    });
    let raw = RawGuardrail { name: "x".into(), rules: rules.collect(), dry_run, ..RawGuardrail::default() };
    Compiled::new(&raw.check().unwrap().guardrail).unwrap()
}

fn mails() -> Compiled {
    rules(false, &[("email", "", "redact"), ("payment_card", "", "redact"), ("word", "secret", "deny")])
}

/// What a client is sent for these events, and how it ended.
fn sent(ready: &Compiled, endpoint: Endpoint, events: &[Value]) -> (Vec<Value>, Result<Report, Stop>) {
    let mut scan = AnswerScan::new(ready, endpoint).unwrap();
    let mut sent = Vec::new();
    for event in events {
        let data = event.to_string();
        match scan.event(&data) {
            Ok(Passing { before, data: changed }) => {
                sent.extend(before.into_iter().map(|said| said.data).chain([changed.unwrap_or(data)]));
            }
            Err(stop) => return (parsed(sent), Err(stop)),
        }
    }
    match scan.end() {
        Ok(rest) => sent.extend(rest.into_iter().map(|said| said.data)),
        Err(why) => return (parsed(sent), Err(why)),
    }
    (parsed(sent), Ok(scan.report()))
}

fn parsed(sent: Vec<String>) -> Vec<Value> {
    sent.into_iter().map(|data| serde_json::from_str(&data).unwrap()).collect()
}

fn chunk(index: u64, delta: Value, finish: Option<&str>) -> Value {
    let mut chunk = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": index, "finish_reason": finish}]});
    chunk["choices"][0]["delta"] = delta;
    chunk
}

/// What a client reads of a choice's content.
fn contents(events: &[Value], index: u64) -> String {
    let choices = events.iter().filter_map(|event| event["choices"].as_array()).flatten();
    choices.filter(|choice| choice["index"] == index).filter_map(|choice| choice["delta"]["content"].as_str()).collect()
}

#[test]
fn texts_of_a_chunk_are_apart() {
    let events = [
        chunk(0, json!({"role": "assistant", "content": ""}), None),
        chunk(0, json!({"content": "ada@exam"}), None),
        chunk(1, json!({"content": "ple.com"}), None),
        chunk(0, json!({"content": "ple.com"}), None),
        chunk(1, json!({"content": " bob@example.com"}), Some("stop")),
        chunk(0, json!({}), Some("stop")),
    ];
    let (sent, ended) = sent(&mails(), Endpoint::ChatCompletions, &events);
    assert_eq!((contents(&sent, 0).as_str(), contents(&sent, 1).as_str()), ("[e-mail]", "ple.com [e-mail]"));
    assert_eq!(ended.unwrap().hits, [Hit { rule: 0, times: 2 }]);
    assert_eq!(sent[0], events[0], "what holds nothing is as it was");
    let last = sent.last().unwrap();
    assert_eq!(last, &events[5], "the rest comes before the end");
    assert!(sent.iter().all(|event| event["id"] == "c" && event["model"] == "m"));
}

#[test]
fn calls_of_tools_go_by_the_index_they_say() {
    let call =
        |index: u64, arguments: &str| json!({"tool_calls": [{"index": index, "function": {"arguments": arguments}}]});
    let events = [
        chunk(
            0,
            json!({"tool_calls": [{"index": 0, "id": "call_1", "type": "function",
            "function": {"name": "mail", "arguments": ""}}]}),
            None,
        ),
        chunk(0, call(0, "{\"to\":\"ada@exa"), None),
        chunk(0, call(1, "mple.com"), None),
        chunk(0, call(0, "mple.com\"}"), None),
        chunk(0, json!({}), Some("tool_calls")),
    ];
    let (sent, _) = sent(&mails(), Endpoint::ChatCompletions, &events);
    let calls = sent.iter().filter_map(|event| event["choices"][0]["delta"]["tool_calls"].as_array()).flatten();
    let mut arguments = [String::new(), String::new()];
    for call in calls {
        let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
        arguments[index] += call["function"]["arguments"].as_str().unwrap();
    }
    assert_eq!(arguments, ["{\"to\":\"[e-mail]\"}", "mple.com"]);
    let names = sent.iter().filter(|event| event.to_string().contains("\"name\"")).count();
    assert_eq!(names, 1, "a name that comes twice would be put together");
}

#[test]
fn arguments_are_judged_as_what_they_say() {
    let call = |arguments: &str| json!({"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]});
    let said = |pieces: &[&str]| {
        let mut events: Vec<_> = pieces.iter().map(|piece| chunk(0, call(piece), None)).collect();
        events.push(chunk(0, json!({}), Some("tool_calls")));
        let (sent, ended) = sent(&mails(), Endpoint::ChatCompletions, &events);
        let calls = sent
            .iter()
            .filter_map(|event| event["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"].as_str());
        (calls.collect::<String>(), ended)
    };
    let (arguments, _) = said(&["{\"text\":\"Hi\\nada@exa", "mple.com\",\"card\":41111111", "11111111}"]);
    let value: Value = serde_json::from_str(&arguments).unwrap();
    assert_eq!(value, json!({"text": "Hi\n[e-mail]", "card": "[card]"}));
    let (arguments, ended) = said(&["{\"text\":\"Hi\\nsec", "ret\"}"]);
    assert_eq!((arguments.as_str(), ended), ("", Err(Stop::Denied(Denial::Rule(2)))));
    assert_eq!(said(&["{\"a\":", "1}"]).0, "{\"a\":1}");
}

#[test]
fn what_ends_nothing_is_no_end_and_after_an_end_nothing_comes() {
    for reason in ["", "null"] {
        let events =
            [chunk(0, json!({"content": "sec"}), Some(reason)), chunk(0, json!({"content": "ret"}), Some(reason))];
        let ended = sent(&mails(), Endpoint::ChatCompletions, &events).1;
        assert_eq!(ended, Err(Stop::Denied(Denial::Rule(2))), "{reason:?}");
    }
    let events = |more: &str| {
        [chunk(0, json!({"content": "sec"}), Some("stop")), chunk(0, json!({"content": more}), Some("stop"))]
    };
    assert_eq!(sent(&mails(), Endpoint::ChatCompletions, &events("ret")).1, Err(Stop::Unreadable));
    assert!(sent(&mails(), Endpoint::ChatCompletions, &events("")).1.is_ok());
    let delta = |item: &str, text: &str| json!({"type": "response.output_text.delta", "item_id": item, "output_index": 0, "content_index": 0, "delta": text});
    let ended = sent(&mails(), Endpoint::Responses, &[delta("a", "sec"), delta("b", "ret ")]).1;
    assert_eq!(ended, Err(Stop::Denied(Denial::Rule(2))), "an item that changes its name is the same text");
}

#[test]
fn what_is_said_beside_the_text_is_judged_as_a_whole() {
    let filtered = |content: &str| {
        let mut event = chunk(0, json!({"content": content}), None);
        event["choices"][0]["content_filter_results"] = json!({"hate": {"filtered": false, "severity": "safe"}});
        event
    };
    let events = [filtered("Hel"), filtered("lo "), chunk(0, json!({}), Some("stop"))];
    let (sent_on, _) = sent(&mails(), Endpoint::ChatCompletions, &events);
    assert!(sent_on.iter().all(|event| event["choices"][0]["delta"].is_object()), "every chunk has its delta");
    let severities: Vec<_> = sent_on
        .iter()
        .filter_map(|event| event["choices"][0]["content_filter_results"]["hate"]["severity"].as_str())
        .collect();
    assert_eq!(severities, ["safe", "safe"]);
    for (event, ended) in [
        (json!({"choices": [], "citations": ["https://secret.example"]}), Err(Stop::Denied(Denial::Rule(2)))),
        (json!({"error": {"failed_generation": "the secret"}}), Err(Stop::Denied(Denial::Rule(2)))),
        (json!({"choices": {"0": {"delta": {"content": "secret"}}}}), Err(Stop::Unreadable)),
        (json!({"choices": ["secret"]}), Err(Stop::Unreadable)),
        (
            json!({"choices": [{"delta": {"content": "a"}, "logprobs": {"content": [{"token": "a"}]}}]}),
            Err(Stop::Unreadable),
        ),
    ] {
        assert_eq!(
            sent(&mails(), Endpoint::ChatCompletions, std::slice::from_ref(&event)).1.map(|_| ()),
            ended,
            "{event}"
        );
    }
}

#[test]
fn a_denied_answer_ends_before_the_match() {
    let events = [chunk(0, json!({"content": "It is a sec"}), None), chunk(0, json!({"content": "ret. Go on"}), None)];
    let (sent, ended) = sent(&mails(), Endpoint::ChatCompletions, &events);
    assert_eq!(contents(&sent, 0), "It is a ");
    assert_eq!(ended, Err(Stop::Denied(Denial::Rule(2))));
}

#[test]
fn what_can_t_be_read_does_not_pass() {
    let mut scan = AnswerScan::new(&mails(), Endpoint::ChatCompletions).unwrap();
    assert_eq!(scan.event("{\"choices\":"), Err(Stop::Unreadable));
    assert_eq!(scan.event(" [DONE]"), Ok(Passing::default()));
    let mut dry = AnswerScan::new(&rules(true, &[("email", "", "deny")]), Endpoint::ChatCompletions).unwrap();
    assert_eq!(dry.event("{\"choices\":"), Ok(Passing::default()));
    assert!(AnswerScan::new(&mails(), Endpoint::Embeddings).is_none());
    let input = RawRule { find: "email".into(), effect: "deny".into(), side: "input".into(), ..RawRule::default() };
    let raw = RawGuardrail { name: "x".into(), rules: vec![input], ..RawGuardrail::default() };
    let input = Compiled::new(&raw.check().unwrap().guardrail).unwrap();
    assert!(AnswerScan::new(&input, Endpoint::ChatCompletions).is_none(), "nobody looks at its answers");
}

#[test]
fn a_dry_run_changes_nothing_and_tells_all() {
    let ready = rules(true, &[("email", "", "redact"), ("word", "secret", "deny")]);
    let events = [
        chunk(0, json!({"content": "A secret of ada@exa"}), None),
        chunk(0, json!({"content": "mple.com"}), None),
        chunk(0, json!({}), Some("stop")),
    ];
    let (sent, ended) = sent(&ready, Endpoint::ChatCompletions, &events);
    assert_eq!(sent, events);
    assert_eq!(ended.unwrap().denial, Some(Denial::Rule(1)));
}

fn response(pieces: &[&str]) -> Vec<Value> {
    let text = pieces.concat();
    let of = json!({"item_id": "msg_1", "output_index": 0, "content_index": 0});
    let with = |kind: &str, more: Value| {
        let mut event = of.clone();
        event["type"] = kind.into();
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let item = json!({"type": "message", "id": "msg_1", "role": "assistant",
        "content": [{"type": "output_text", "text": text}]});
    let mut events = vec![json!({"type": "response.created", "response": {"instructions": "secret", "output": []}})];
    events.extend(
        pieces.iter().map(|piece| with("response.output_text.delta", json!({"delta": piece, "sequence_number": 1}))),
    );
    events.push(with("response.output_text.done", json!({"text": text})));
    events.push(json!({"type": "response.output_item.done", "output_index": 0, "item": item}));
    events.push(json!({"type": "response.completed", "response": {"output": [item]}}));
    events
}

#[test]
fn a_response_is_the_same_in_pieces_and_at_its_end() {
    let events = response(&["Write to ada@", "example.com"]);
    let (sent, ended) = sent(&mails(), Endpoint::Responses, &events);
    let texts: Vec<_> = sent.iter().filter(|event| event["type"] == "response.output_text.delta").collect();
    let text: String = texts.iter().filter_map(|event| event["delta"].as_str()).collect();
    assert_eq!(text, "Write to [e-mail]");
    assert!(texts.iter().all(|event| event["item_id"] == "msg_1"));
    assert_eq!(sent.last().unwrap()["response"]["output"][0]["content"][0]["text"], text.as_str());
    let done = sent.iter().position(|event| event["type"] == "response.output_text.done").unwrap();
    assert_eq!((sent[done]["text"].as_str(), sent[done - 1]["delta"].as_str()), (Some(&*text), Some("[e-mail]")));
    assert_eq!(ended.unwrap().hits, [Hit { rule: 0, times: 1 }], "what is repeated counts once");
    assert_eq!(sent[0], events[0], "what the client itself said is not looked at");
}

#[test]
fn sound_is_no_text_and_what_is_said_of_it_is() {
    let sound = json!({"type": "response.output_audio.delta", "item_id": "a", "delta": "AAAA"});
    let said = json!({"type": "response.output_audio_transcript.delta", "item_id": "a", "delta": "the secret "});
    assert!(sent(&mails(), Endpoint::Responses, std::slice::from_ref(&sound)).1.is_ok());
    assert!(sent(&mails(), Endpoint::Responses, &[sound, said]).1.is_err());
}

fn pieces() -> impl Strategy<Value = Vec<String>> {
    let words =
        ["ada@example.com", "4111 1111 1111 1111", "secret", "secrets", "é", " ", "@", "\"", "\\u", "ada", "4111"];
    let text = prop::collection::vec(prop::sample::select(words.to_vec()), 0..8).prop_map(|words| words.concat());
    (text, prop::collection::vec(0..60_usize, 0..5)).prop_map(|(text, mut cuts)| {
        cuts.sort_unstable();
        let mut from = 0;
        let mut pieces = Vec::new();
        for cut in cuts {
            let cut = text.floor_char_boundary(cut.min(text.len())).max(from);
            pieces.push(text[from..cut].to_owned());
            from = cut;
        }
        pieces.push(text[from..].to_owned());
        pieces
    })
}

proptest! {
    #[test]
    fn an_answer_of_chat_is_what_the_whole_is(pieces in pieces(), in_one: bool, finish: bool) {
        let ready = mails();
        let whole = ready.judge(Side::Output, &pieces.concat());
        let mut events: Vec<_> = pieces.iter().map(|piece| chunk(0, json!({"content": piece}), None)).collect();
        if finish && in_one {
            events.last_mut().unwrap()["choices"][0]["finish_reason"] = "stop".into();
        } else if finish {
            events.push(chunk(0, json!({}), Some("stop")));
        }
        let (sent, ended) = sent(&ready, Endpoint::ChatCompletions, &events);
        match whole.verdict {
            Verdict::Passes => prop_assert_eq!(contents(&sent, 0), pieces.concat()),
            Verdict::Redacted(text) => prop_assert_eq!(contents(&sent, 0), text),
            Verdict::Denied(why) => prop_assert_eq!(ended.clone(), Err(Stop::Denied(why))),
        }
        if let Ok(report) = ended {
            prop_assert_eq!(report, whole.report);
        }
    }

    #[test]
    fn a_response_is_what_the_whole_is(pieces in pieces()) {
        let ready = mails();
        let whole = ready.judge(Side::Output, &pieces.concat());
        let cut: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let (sent, ended) = sent(&ready, Endpoint::Responses, &response(&cut));
        let deltas = sent.iter().filter(|event| event["type"] == "response.output_text.delta");
        let text: String = deltas.filter_map(|event| event["delta"].as_str()).collect();
        let last = |sent: &[Value]| sent.last().unwrap()["response"]["output"][0]["content"][0]["text"].clone();
        match whole.verdict {
            Verdict::Passes => prop_assert_eq!((text, last(&sent)), (pieces.concat(), pieces.concat().into())),
            Verdict::Redacted(wanted) => prop_assert_eq!((text, last(&sent)), (wanted.clone(), wanted.into())),
            Verdict::Denied(why) => prop_assert_eq!(ended.clone(), Err(Stop::Denied(why))),
        }
        if let Ok(report) = ended {
            prop_assert_eq!(report, whole.report);
        }
    }
}
