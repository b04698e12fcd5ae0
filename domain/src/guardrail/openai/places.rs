//! Which strings of OpenAI's API are texts that people or models wrote, and which only say how the others are meant. Asked for
//! every string of a request and of an answer.

use super::strings::Step;
use crate::model::Endpoint;

/// Members of a request that set something.
pub(super) const SETTINGS: [&str; 17] = [
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
/// Members in which a response repeats its request, and those that only say how it was made.
const REPEATED: [&str; 18] = [
    "background",
    "conversation",
    "include",
    "instructions",
    "metadata",
    "model",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "text",
    "tool_choice",
    "tools",
    "truncation",
    "user",
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
/// Members that may hold a picture, sound, a file, or letters that only hide how long an event is.
const MEDIA: [&str; 10] = [
    "b64_json",
    "data",
    "encrypted_content",
    "file_data",
    "image_url",
    "obfuscation",
    "partial_image_b64",
    "result",
    "signature",
    "url",
];
/// Members of a streamed choice's delta that grow from event to event, whatever they lie in.
const GROWING: [&str; 8] =
    ["content", "reasoning", "reasoning_content", "refusal", "summary", "text", "thinking", "transcript"];
/// Members in which every string is a person's, whatever the members in them are called, and their names too (`super::names`).
pub(super) const FREE: [&str; 6] = ["default", "examples", "metadata", "parameters", "schema", "variables"];
/// What a schema says of a value's type: no text there either.
const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// Whether a string of a request is a text.
pub(super) fn of_request(path: &[Step<'_>], text: &str) -> bool {
    let Some(first) = name(path.first()) else { return false };
    if SETTINGS.contains(&first) {
        return false;
    }
    let is_free = names(path).any(|name| FREE.contains(&name));
    if is_free {
        return !(nearest(path) == "type" && TYPES.contains(&text));
    }
    // Who speaks, among several: a word of its own, unlike the name of a function.
    let speaker = matches!(path, [Step::Member(first), Step::Element(_), Step::Member(last)] if first == "messages" && last == "name");
    speaker || is_said(path, text)
}

/// Whether a string of an answer that is there as a whole is a text.
pub(super) fn of_answer(endpoint: Endpoint, path: &[Step<'_>], text: &str) -> bool {
    let first = name(path.first()).unwrap_or_default();
    let is_repeated = match endpoint {
        Endpoint::ChatCompletions | Endpoint::Completions => {
            matches!(first, "model" | "system_fingerprint" | "service_tier")
        }
        Endpoint::Responses => REPEATED.contains(&first),
        Endpoint::Embeddings => true,
    };
    !is_repeated && is_said(path, text)
}

/// Whether a string within an answer's part is a text.
pub(super) fn is_said(path: &[Step<'_>], text: &str) -> bool {
    let nearest = nearest(path);
    !(STRUCTURE.contains(&nearest) || is_hidden(path, text))
}

/// Whether a string is none because of what it holds.
pub(super) fn is_hidden(path: &[Step<'_>], text: &str) -> bool {
    MEDIA.contains(&nearest(path)) && is_media(text)
}

/// Whether a string of an answer is one of the chances of its tokens, which repeat it piece by piece.
pub(super) fn is_chance(path: &[Step<'_>]) -> bool {
    names(path).any(|name| name == "logprobs")
}

/// Whether a number of an answer stands for one of its tokens, or says how likely one was: who knows the model's vocabulary reads
/// the answer in them. Nothing else below the choices is a list of numbers.
pub(super) fn is_token_of_answer(path: &[Step<'_>]) -> bool {
    let is_listed = matches!(path.last(), Some(Step::Element(_)));
    let holds_tokens = |name: &str| matches!(name, "choices" | "tokens") || name.ends_with("token_ids");
    is_chance(path) || is_listed && names(path).any(holds_tokens)
}

/// Whether a string is the arguments of a tool call: JSON, as text.
pub(super) fn is_arguments(path: &[Step<'_>]) -> bool {
    nearest(path) == "arguments"
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

/// Whether a string of a streamed choice is a piece of a text, which its other chunks go on with; anything else is there as a
/// whole. The path begins in the choice.
pub(super) fn is_piece(path: &[Step<'_>]) -> bool {
    let [Step::Member(first), rest @ ..] = path else { return false };
    match (first.as_ref(), rest) {
        ("text", []) | ("delta", [] | [Step::Member(_)]) => true,
        ("delta", [Step::Member(calls), Step::Element(_), Step::Member(of), Step::Member(last)])
            if calls == "tool_calls"
                && matches!((of.as_ref(), last.as_ref()), ("function", "arguments") | ("custom", "input")) =>
        {
            true
        }
        ("delta", [Step::Member(of), Step::Member(last)]) if of == "function_call" && last == "arguments" => true,
        // Parts of a content or of a reasoning, in whatever they lie. A note beside the text comes in one piece.
        ("delta", [Step::Member(first), ..]) => first != "annotations" && GROWING.contains(&nearest(rest)),
        _ => false,
    }
}

/// Whether a string of a response's event of the kind `….delta` is a piece of a text.
pub(super) fn is_piece_of_response(path: &[Step<'_>], text: &str) -> bool {
    name(path.first()) == Some("delta") && is_said(path, text)
}

pub(super) fn name<'a>(step: Option<&'a Step<'_>>) -> Option<&'a str> {
    match step {
        Some(Step::Member(name)) => Some(name),
        _ => None,
    }
}

pub(super) fn names<'a>(path: &'a [Step<'_>]) -> impl DoubleEndedIterator<Item = &'a str> {
    path.iter().filter_map(|step| name(Some(step)))
}

pub(super) fn nearest<'a>(path: &'a [Step<'_>]) -> &'a str {
    names(path).next_back().unwrap_or_default()
}

/// Whether it is Base64, in a `data:` URL (RFC 2397) or by itself: nothing that could be read.
pub(super) fn is_media(text: &str) -> bool {
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
        })
        .unwrap();
        found
    }

    #[test]
    fn a_requests_texts() {
        let body = r#"{"model":"m","user":"u","reasoning_effort":"high","metadata":{"name":"n"},"tool_choice":"auto",
            "messages":[{"role":"system","content":"c1"},{"role":"user","name":"who","content":[{"type":"text","text":"c2"},
              {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}},
              {"type":"image_url","image_url":{"url":"https://example.com/?q=c3"}},
              {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]},
              {"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"c4"}}]},
              {"role":"tool","tool_call_id":"call_1","content":"c5"}],
            "tools":[{"type":"function","function":{"name":"f","description":"c6","parameters":{"type":"object","properties":
              {"logprobs":{"type":"string","description":"p1"},"id":{"default":"p2","type":"p3"}}}}}],
            "unknown":{"any":["c7"]},"stop":["c8"]}"#;
        let wanted =
            ["u", "n", "c1", "who", "c2", "https://example.com/?q=c3", "c4", "c5", "c6", "p1", "p2", "p3", "c7", "c8"];
        assert_eq!(texts(body, of_request), wanted);
        let body = r#"{"model":"m","instructions":"i","input":[{"role":"user","content":"a"},{"type":"function_call_output",
            "call_id":"c","output":"o"},{"type":"function_call","name":"f","arguments":"b"}],"prompt":{"id":"p","variables":{"name":"v"}}}"#;
        assert_eq!(texts(body, of_request), ["i", "a", "o", "b", "v"]);
        let hidden = r#"{"messages":[{"\u0063ontent":"a","content":"data: my secret","data":"my secret"}]}"#;
        assert_eq!(texts(hidden, of_request), ["a", "data: my secret", "my secret"]);
    }

    #[test]
    fn an_answers_texts() {
        let chat = r#"{"id":"i","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"c","refusal":"r",
            "tool_calls":[{"id":"x","function":{"name":"f","arguments":"a"}}]},"finish_reason":"stop"}],
            "system_fingerprint":"f","citations":["s"],"error":{"failed_generation":"g","type":"t"}}"#;
        let of_chat = |path: &[Step<'_>], text: &str| of_answer(Endpoint::ChatCompletions, path, text);
        assert_eq!(texts(chat, of_chat), ["c", "r", "a", "s", "g"]);
        let responses = r#"{"id":"i","instructions":"no","output":[{"type":"message","id":"m","status":"completed","content":[
            {"type":"output_text","text":"t","annotations":[{"type":"url_citation","title":"a","url":"https://u.example"}]}]},
            {"type":"reasoning","encrypted_content":"AAAA","summary":[{"text":"s"}]}]}"#;
        let wanted = ["t", "a", "https://u.example", "s"];
        assert_eq!(texts(responses, |path, text| of_answer(Endpoint::Responses, path, text)), wanted);
        assert!(texts(chat, |path, text| of_answer(Endpoint::Embeddings, path, text)).is_empty());
    }

    #[test]
    fn pieces_and_wholes() {
        let choice = r#"{"text":"1","delta":{"role":"2","content":"3","reasoning_content":"4","audio":{"transcript":"5"},
            "tool_calls":[{"function":{"name":"x","arguments":"6"}},{"custom":{"input":"7"}}],"function_call":{"arguments":"8"},
            "annotations":[{"url_citation":{"url":"x"}}],"reasoning_details":[{"text":"9","format":"x"}]},
            "content_filter_results":{"hate":{"severity":"x"}}}"#;
        assert_eq!(texts(choice, |path, _| is_piece(path)), ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    }

    #[test]
    fn tokens() {
        let numbers = |endpoint, json: &str| {
            let mut found = 0;
            walk(json, |path, leaf| found += usize::from(matches!(leaf, Leaf::Number(_)) && is_token(endpoint, path)))
                .unwrap();
            found
        };
        assert_eq!(numbers(Endpoint::Completions, r#"{"prompt":[1,2],"n":1}"#), 2);
        assert_eq!(numbers(Endpoint::Embeddings, r#"{"input":[[1],[2,3]],"dimensions":4}"#), 3);
        assert_eq!(numbers(Endpoint::Responses, r#"{"input":[{"n":1}],"prompt":1}"#), 0);
    }
}
