//! Texts that lie deeper: parts of a content, what a model thought, and the deltas of a response that are objects. However they
//! are cut, they are one text each.

use super::*;

/// A chunk of a model that thinks, as Mistral's do.
fn thought(said: &str) -> Value {
    chunk(0, json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": said}]}]}), None)
}

fn thoughts(events: &[Value]) -> String {
    let parts = events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_array()).flatten();
    parts.filter_map(|part| part["thinking"][0]["text"].as_str()).collect()
}

/// An event of a response whose delta is an object.
fn delta(delta: Value) -> Value {
    let mut event =
        json!({"type": "response.reasoning.delta", "item_id": "rs_1", "output_index": 0, "content_index": 0});
    event["delta"] = delta;
    event
}

fn member(events: &[Value], name: &str) -> String {
    events.iter().filter_map(|event| event["delta"][name].as_str()).collect()
}

#[test]
fn texts_under_a_delta_are_pieces_whatever_they_lie_in() {
    for (wrapped, at) in [
        (
            json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "?"}]}]}),
            "/content/0/thinking/0/text",
        ),
        (json!({"content": [{"type": "text", "text": "?"}]}), "/content/0/text"),
        (json!({"content": ["?"]}), "/content/0"),
        (json!({"content": {"parts": [[{"text": "?"}]]}}), "/content/parts/0/0/text"),
        (json!({"reasoning": {"steps": [{"content": {"text": "?"}}]}}), "/reasoning/steps/0/content/text"),
        (json!({"reasoning_details": [{"type": "reasoning.text", "text": "?"}]}), "/reasoning_details/0/text"),
        (json!("?"), ""),
    ] {
        let piece = |said: &str| {
            let mut delta = wrapped.clone();
            *delta.pointer_mut(at).unwrap() = said.into();
            chunk(0, delta, None)
        };
        let events = ["Write to ada@exam", "ple.com", "."].map(piece);
        let (sent_on, ended) = sent(&mails(), Endpoint::ChatCompletions, &events);
        let said: String =
            sent_on.iter().filter_map(|event| event["choices"][0]["delta"].pointer(at)?.as_str()).collect();
        assert_eq!((said.as_str(), ended.is_ok()), ("Write to [e-mail].", true), "{wrapped}");
        let ended = sent(&mails(), Endpoint::ChatCompletions, &["a sec", "ret "].map(piece)).1;
        assert_eq!(ended.map(|_| ()), Err(Stop::Denied(Denial::Rule(2))), "{wrapped}");
    }
}

#[test]
fn the_rest_of_a_part_is_a_part_of_the_same_kind() {
    let events = [thought("Write to ada@exam"), thought("ple.com"), chunk(0, json!({}), Some("stop"))];
    let (sent_on, _) = sent(&mails(), Endpoint::ChatCompletions, &events);
    let rest = &sent_on[sent_on.len() - 2]["choices"][0]["delta"]["content"];
    assert_eq!(*rest, json!([{"type": "thinking", "thinking": [{"type": "text", "text": "[e-mail]"}]}]));
}

#[test]
fn a_note_beside_the_text_is_there_as_a_whole() {
    let cited = |title: &str| {
        chunk(0, json!({"content": "a ", "annotations": [{"url_citation": {"title": "t", "content": title}}]}), None)
    };
    let events = [cited("one sec"), cited("ret two"), chunk(0, json!({}), Some("stop"))];
    assert_eq!(sent(&mails(), Endpoint::ChatCompletions, &events).0, events);
    let ended = sent(&mails(), Endpoint::ChatCompletions, &[cited("a secret")]).1;
    assert_eq!(ended.map(|_| ()), Err(Stop::Denied(Denial::Rule(2))));
}

#[test]
fn each_text_of_an_object_delta_is_apart() {
    let events = [
        delta(json!({"type": "x", "text": "Write to ada@exam", "summary": "ple"})),
        delta(json!({"type": "x", "text": "ple.com", "summary": ".com bob@example.com"})),
        json!({"type": "response.output_item.done", "output_index": 0, "item": {"type": "reasoning", "id": "rs_1"}}),
    ];
    let (sent_on, ended) = sent(&mails(), Endpoint::Responses, &events);
    assert_eq!([member(&sent_on, "text"), member(&sent_on, "summary")], ["Write to [e-mail]", "ple.com [e-mail]"]);
    assert_eq!(ended.unwrap().hits, [Hit { rule: 0, times: 2 }]);
    assert_eq!(sent_on.last(), events.last(), "the rest comes before the end");
    assert!(sent_on[..sent_on.len() - 1].iter().all(|event| event["delta"]["type"] == "x"));
}

#[test]
fn what_stands_beside_a_delta_is_looked_at_too() {
    let mut event = delta(json!("a "));
    event["title"] = "the secret".into();
    let ended = sent(&mails(), Endpoint::Responses, &[event]).1;
    assert_eq!(ended.map(|_| ()), Err(Stop::Denied(Denial::Rule(2))));
}

proptest! {
    #[test]
    fn what_a_model_thought_is_what_the_whole_is(pieces in pieces(), of_response: bool) {
        let ready = mails();
        let whole = ready.judge(Side::Output, &pieces.concat());
        let (endpoint, events): (_, Vec<_>) = if of_response {
            (Endpoint::Responses, pieces.iter().map(|piece| delta(json!({"text": piece}))).collect())
        } else {
            (Endpoint::ChatCompletions, pieces.iter().map(|piece| thought(piece)).collect())
        };
        let (sent, ended) = sent(&ready, endpoint, &events);
        let said = if of_response { member(&sent, "text") } else { thoughts(&sent) };
        match whole.verdict {
            Verdict::Passes => prop_assert_eq!(said, pieces.concat()),
            Verdict::Redacted(text) => prop_assert_eq!(said, text),
            Verdict::Denied(why) => prop_assert_eq!(ended.clone(), Err(Stop::Denied(why))),
        }
        if let Ok(report) = ended {
            prop_assert_eq!(report, whole.report);
        }
    }
}
