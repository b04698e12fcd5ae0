//! Which strings of OpenAI's API are texts that people or models wrote, and which only say how the others are meant. Asked for
//! every string of a request and of an answer.

use super::strings::Step;
use crate::model::Endpoint;

/// Members of a request that set something.
const SETTINGS: [&str; 17] = [
    "audio",
    "conversation",
    "dimensions",
    "encoding_format",
    "function_call",
    "include",
    "modalities",
    "model",
    "previous_response_id",
    "prompt_cache_retention",
    "reasoning",
    "reasoning_effort",
    "service_tier",
    "stream_options",
    "tool_choice",
    "truncation",
    "verbosity",
];
/// Members of messages, parts and tools that hold no text of their own: a changed one would break the request.
const STRUCTURE: [&str; 15] = [
    "call_id",
    "detail",
    "effort",
    "file_id",
    "finish_reason",
    "format",
    "id",
    "item_id",
    "name",
    "object",
    "role",
    "status",
    "strict",
    "tool_call_id",
    "type",
];
/// Members that may hold a picture, sound or a file.
const MEDIA: [&str; 9] = [
    "b64_json",
    "data",
    "encrypted_content",
    "file_data",
    "image_url",
    "partial_image_b64",
    "result",
    "signature",
    "url",
];
/// Members in which every string is a person's, whatever the members in them are called.
const FREE: [&str; 2] = ["metadata", "variables"];

/// Whether a string of a request is a text.
pub(super) fn of_request(path: &[Step<'_>], text: &str) -> bool {
    let Some(first) = name(path.first()) else { return false };
    let is_free = path.iter().any(|step| name(Some(step)).is_some_and(|name| FREE.contains(&name)));
    !SETTINGS.contains(&first) && (is_free || is_said(path, text))
}

/// Whether a string of an answer that is there as a whole is a text: of one item or choice, or of the body that holds them.
pub(super) fn of_answer(endpoint: Endpoint, path: &[Step<'_>], text: &str) -> bool {
    let root = match endpoint {
        Endpoint::ChatCompletions | Endpoint::Completions => "choices",
        Endpoint::Responses => "output",
        Endpoint::Embeddings => return false,
    };
    name(path.first()) == Some(root) && is_said(path, text)
}

/// Whether a string within an answer's part is a text.
pub(super) fn is_said(path: &[Step<'_>], text: &str) -> bool {
    let nearest = path.iter().rev().find_map(|step| name(Some(step))).unwrap_or_default();
    let in_chances = path.iter().any(|step| name(Some(step)) == Some("logprobs"));
    !(in_chances || STRUCTURE.contains(&nearest) || MEDIA.contains(&nearest) && is_media(text))
}

/// Whether a request's number stands for a token of its input.
pub(super) fn is_token(endpoint: Endpoint, path: &[Step<'_>]) -> bool {
    let root = match endpoint {
        Endpoint::Completions => "prompt",
        Endpoint::Embeddings => "input",
        Endpoint::ChatCompletions | Endpoint::Responses => return false,
    };
    let mut steps = path.iter();
    name(steps.next()) == Some(root) && steps.all(|step| matches!(step, Step::Element(_)))
}

fn name<'a>(step: Option<&'a Step<'_>>) -> Option<&'a str> {
    match step {
        Some(Step::Member(name)) => Some(name),
        _ => None,
    }
}

/// Whether it is Base64, in a `data:` URL (RFC 2397) or by itself: nothing that could be read.
fn is_media(text: &str) -> bool {
    let data = match text.strip_prefix("data:") {
        None => text,
        Some(url) => match url.split_once(";base64,") {
            Some((_, data)) => data,
            None => return false,
        },
    };
    data.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'='))
}

#[cfg(test)]
mod tests {
    use super::super::strings::{Leaf, content, walk};
    use super::*;

    fn texts(json: &str, is_text: impl Fn(&[Step<'_>], &str) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        walk(json, |path, leaf| {
            if let Leaf::Text(at) = leaf {
                let text = content(&json[at]);
                found.extend(is_text(path, &text).then(|| text.into_owned()));
            }
        });
        found
    }

    #[test]
    fn a_requests_texts() {
        let body = r#"{"model":"m","user":"u","reasoning_effort":"high","metadata":{"name":"n"},"tool_choice":"auto",
            "messages":[{"role":"system","content":"c1"},{"role":"user","name":"x","content":[{"type":"text","text":"c2"},
              {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}},
              {"type":"image_url","image_url":{"url":"https://example.com/?q=c3"}},
              {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]},
              {"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"c4"}}]},
              {"role":"tool","tool_call_id":"call_1","content":"c5"}],
            "tools":[{"type":"function","function":{"name":"f","description":"c6","parameters":{"type":"object"}}}],
            "unknown":{"any":["c7"]},"stop":["c8"]}"#;
        let wanted = ["u", "n", "c1", "c2", "https://example.com/?q=c3", "c4", "c5", "c6", "c7", "c8"];
        assert_eq!(texts(body, of_request), wanted);
        let body = r#"{"model":"m","instructions":"i","input":[{"role":"user","content":"a"},{"type":"function_call_output",
            "call_id":"c","output":"o"}],"prompt":{"id":"p","variables":{"name":"v"}}}"#;
        assert_eq!(texts(body, of_request), ["i", "a", "o", "v"]);
        let hidden = r#"{"messages":[{"\u0063ontent":"a","content":"data: my secret","data":"my secret"}]}"#;
        assert_eq!(texts(hidden, of_request), ["a", "data: my secret", "my secret"]);
    }

    #[test]
    fn an_answers_texts() {
        let chat = r#"{"id":"i","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"c","refusal":"r",
            "tool_calls":[{"id":"x","function":{"name":"f","arguments":"a"}}]},"finish_reason":"stop",
            "logprobs":{"content":[{"token":"t"}]}}],"system_fingerprint":"f"}"#;
        assert_eq!(texts(chat, |path, text| of_answer(Endpoint::ChatCompletions, path, text)), ["c", "r", "a"]);
        let responses = r#"{"id":"i","instructions":"no","output":[{"type":"message","id":"m","status":"completed","content":[
            {"type":"output_text","text":"t","annotations":[{"type":"url_citation","title":"a","url":"https://u.example"}]}]},
            {"type":"reasoning","encrypted_content":"AAAA","summary":[{"text":"s"}]}]}"#;
        let wanted = ["t", "a", "https://u.example", "s"];
        assert_eq!(texts(responses, |path, text| of_answer(Endpoint::Responses, path, text)), wanted);
        assert!(texts(chat, |path, text| of_answer(Endpoint::Embeddings, path, text)).is_empty());
    }

    #[test]
    fn tokens() {
        let numbers = |endpoint, json: &str| {
            let mut found = 0;
            walk(json, |path, leaf| found += usize::from(leaf == Leaf::Number && is_token(endpoint, path)));
            found
        };
        assert_eq!(numbers(Endpoint::Completions, r#"{"prompt":[1,2],"n":1}"#), 2);
        assert_eq!(numbers(Endpoint::Embeddings, r#"{"input":[[1],[2,3]],"dimensions":4}"#), 3);
        assert_eq!(numbers(Endpoint::Responses, r#"{"input":[{"n":1}],"prompt":1}"#), 0);
    }
}
