//! What the client sees of a streamed answer of chat or completions when the usage was asked for by Latchkey, not by
//! the client.

use super::{
    Edit,
    json::{Members, elements},
    usage::mentions_usage,
};

/// What the client sees of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// All of it, as it came.
    AsItIs,
    /// All but the piece that the edit cuts out of the event's data.
    Without(Edit),
    /// Nothing: it is the chunk that was added.
    Nothing,
}

/// What the client sees of one event, given what stands behind its `data:`, after
/// [`Request::add_usage`](super::Request::add_usage) changed the body (where it did not, the client sees all). A chunk
/// with a `usage` and empty `choices` is the one that was added. OpenAI then puts `"usage":null` into every other
/// chunk: it is cut out, the rest stays byte for byte. A usage in a chunk that has choices is left: upstreams that tell
/// it there do so unasked.
#[must_use]
pub fn client_sees(data: &str) -> Seen {
    if !mentions_usage(data) {
        return Seen::AsItIs;
    }
    let Some(chunk) = Members::of(data) else { return Seen::AsItIs };
    match chunk.get("usage") {
        Some("null") => match chunk.cut(data, "usage") {
            Some(at) if !chunk.repeats() => Seen::Without(Edit { at, with: "" }),
            _ => Seen::AsItIs,
        },
        Some(usage)
            if usage.starts_with('{')
                && chunk.get("choices").and_then(elements).is_some_and(|list| list.is_empty()) =>
        {
            Seen::Nothing
        }
        _ => Seen::AsItIs,
    }
}

#[cfg(test)]
mod tests {
    use super::super::usage_of_event;
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn left(data: &str) -> Option<String> {
        match client_sees(data) {
            Seen::AsItIs => Some(data.into()),
            Seen::Without(edit) => Some(String::from_utf8(edit.apply(data.as_bytes())).unwrap()),
            Seen::Nothing => None,
        }
    }

    #[test]
    fn the_added_chunk_is_taken_out() {
        for added in [
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini-2024-07-18",
              "system_fingerprint":"fp_1","choices":[],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29}}"#,
            r#"{"id":"cmpl-1","object":"text_completion","choices": [ ],"usage" : {}}"#,
        ] {
            assert_eq!(left(added), None, "{added}");
        }
    }

    #[test]
    fn other_chunks_are_as_if_nobody_had_asked() {
        let chunk = r#"{"id":"c","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":null,"obfuscation":"x"}"#;
        let unasked =
            r#"{"id":"c","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"obfuscation":"x"}"#;
        assert_eq!(left(chunk).as_deref(), Some(unasked));
        for kept in [
            "[DONE]",
            "",
            unasked,
            r#"{"choices":[],"prompt_filter_results":[]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"\"usage\":null"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
            r#"{"usage":{"prompt_tokens":1}}"#,
            r#"{"choices":null,"usage":{"prompt_tokens":1}}"#,
            r#"{"usage":null,"usage":null}"#,
            r#"{"choices":[],"usage":7}"#,
            r#"{"error":{"message":"The server is overloaded","usage":1}}"#,
            r#"{"usage":null"#,
        ] {
            assert_eq!(left(kept).as_deref(), Some(kept));
        }
    }

    proptest! {
        #[test]
        fn only_an_absent_usage_is_cut(
            others in prop::collection::vec("[a-z]{1,3}", 0..3), content in "\\PC{0,9}", pretty: bool, choices: bool,
        ) {
            let mut chunk = serde_json::Map::new();
            if choices { chunk.insert("choices".into(), json!([{"delta": {"content": content}}])); }
            chunk.extend(others.into_iter().map(|name| (name, json!(1))));
            let wanted = Value::Object(chunk.clone());
            chunk.insert("usage".into(), Value::Null);
            let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
            let text = write(&chunk).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&left(&text).unwrap()).unwrap(), wanted);
        }

        #[test]
        fn what_is_taken_out_was_counted(input in 0_u32.., output: u32) {
            let chunk = json!({"choices": [], "usage": {"prompt_tokens": input, "completion_tokens": output}}).to_string();
            prop_assert_eq!(client_sees(&chunk), Seen::Nothing);
            let believed = input <= 1_000_000_000 || output <= 1_000_000_000;
            prop_assert_eq!(usage_of_event(&chunk).is_some(), believed);
        }
    }
}
