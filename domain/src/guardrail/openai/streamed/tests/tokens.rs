//! Events that say the tokens of an answer beside its text, by their numbers or by how likely they were: no rule could read them.

use super::*;

#[test]
fn a_stream_that_says_its_tokens_ends() {
    let choice = |more: Value| {
        let mut event = chunk(0, json!({"content": "a"}), None);
        event["choices"][0].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let part = json!({"text": "a", "logprobs": [{"token": "a", "logprob": -0.1}]});
    let item = json!({"type": "message", "content": [part]});
    for (endpoint, event) in [
        (Endpoint::ChatCompletions, choice(json!({"token_ids": [64]}))),
        (Endpoint::ChatCompletions, choice(json!({"hidden": [[0.5]]}))),
        (Endpoint::ChatCompletions, json!({"choices": [], "__verbose": {"tokens": [64]}})),
        (Endpoint::Completions, json!({"choices": [{"text": "a", "token_ids": [64]}]})),
        (Endpoint::Responses, json!({"type": "response.output_text.delta", "delta": "a", "token_ids": [64]})),
        (
            Endpoint::Responses,
            json!({"type": "response.output_text.delta", "delta": "a", "logprobs": part["logprobs"]}),
        ),
        (Endpoint::Responses, json!({"type": "response.output_item.done", "item": item})),
        (Endpoint::Responses, json!({"type": "response.completed", "response": {"output": [item]}})),
    ] {
        let ended = sent(&mails(), endpoint, std::slice::from_ref(&event)).1.map(|_| ());
        assert_eq!(ended, Err(Stop::Unreadable), "{event}");
        let dry = sent(&rules(true, &[("email", "", "deny")]), endpoint, std::slice::from_ref(&event));
        assert_eq!((dry.0, dry.1.is_ok()), (vec![event], true));
    }
    for (endpoint, event) in [
        (Endpoint::ChatCompletions, choice(json!({"token_ids": [], "logprobs": null, "tokens": 7}))),
        (Endpoint::ChatCompletions, json!({"choices": [], "usage": {"completion_tokens": 7}, "sizes": [1]})),
        (Endpoint::Responses, json!({"type": "response.output_text.delta", "delta": "a ", "logprobs": []})),
        (Endpoint::Responses, json!({"type": "x.done", "tools": [{"schema": {"enum": [1, 2]}}], "top_logprobs": 0})),
    ] {
        assert!(sent(&mails(), endpoint, std::slice::from_ref(&event)).1.is_ok(), "{event}");
    }
}
