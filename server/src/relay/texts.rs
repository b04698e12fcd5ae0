//! The texts of a request and of its answer, for the count of their tokens where a provider is silent about it.

use domain::model::Endpoint;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

/// What a picture counts for: about what one takes at full detail with the models of the field.
const IMAGE_TOKENS: u64 = 1_000;

/// What a request puts in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Input {
    /// Its texts, one behind the other.
    pub text: String,
    /// What is no text, in tokens.
    pub tokens: u64,
}

impl Input {
    /// Of a request's body.
    pub fn of(body: &[u8]) -> Self {
        let mut input = Self::default();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        for member in ["instructions", "messages", "input", "prompt", "tools"] {
            input.add(&body[member]);
        }
        input
    }

    /// Adds all texts below a value. Roles and types are among them: they stand for what a template puts around messages.
    fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) if text.starts_with("data:") => self.tokens += IMAGE_TOKENS,
            Value::String(text) => {
                self.text.push_str(text);
                self.text.push('\n');
            }
            // A prompt that is tokens already.
            Value::Number(_) => self.tokens += 1,
            Value::Array(list) => list.iter().for_each(|value| self.add(value)),
            Value::Object(members) => members.values().for_each(|value| self.add(value)),
            Value::Null | Value::Bool(_) => {}
        }
    }
}

/// Adds what the model wrote in one event of a stream to `text`.
pub(super) fn add_event(endpoint: Endpoint, data: &str, text: &mut String) {
    match endpoint {
        Endpoint::ChatCompletions => {
            let Ok(chunk) = serde_json::from_str::<Chunk<Delta>>(data) else { return };
            for delta in chunk.choices.into_iter().filter_map(|choice| choice.delta) {
                for part in [delta.content, delta.refusal, delta.reasoning_content].into_iter().flatten() {
                    text.push_str(&part);
                }
                for call in delta.tool_calls.unwrap_or_default().into_iter().filter_map(|call| call.function) {
                    for part in [call.name, call.arguments].into_iter().flatten() {
                        text.push_str(&part);
                    }
                }
            }
        }
        Endpoint::Completions => {
            let Ok(chunk) = serde_json::from_str::<Chunk<Delta>>(data) else { return };
            chunk.choices.into_iter().filter_map(|choice| choice.text).for_each(|part| text.push_str(&part));
        }
        // Others repeat at their end what came in parts.
        Endpoint::Responses => {
            let Ok(event) = serde_json::from_str::<Part>(data) else { return };
            if event.kind.ends_with(".delta")
                && let Some(part) = event.delta
            {
                text.push_str(&part);
            }
        }
        Endpoint::Embeddings => {}
    }
}

/// What the model wrote in an answer that is not streamed.
pub(super) fn of_answer(endpoint: Endpoint, body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut output = Input::default();
    match endpoint {
        Endpoint::ChatCompletions | Endpoint::Completions => {
            for choice in answer["choices"].as_array().into_iter().flatten() {
                output.add(&choice["message"]);
                output.add(&choice["text"]);
            }
        }
        Endpoint::Responses => output.add(&answer["output"]),
        Endpoint::Embeddings => {}
    }
    output.text
}

/// A chunk of chat or completions.
#[derive(Deserialize)]
struct Chunk<D> {
    #[serde(default = "Vec::new")]
    choices: Vec<Choice<D>>,
}

#[derive(Deserialize)]
struct Choice<D> {
    delta: Option<D>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
    reasoning_content: Option<String>,
    tool_calls: Option<Vec<Call>>,
}

#[derive(Deserialize)]
struct Call {
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: Option<String>,
    arguments: Option<String>,
}

/// An event of responses.
#[derive(Deserialize)]
struct Part<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    delta: Option<Cow<'a, str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in() {
        let body = r#"{"model":"m","temperature":1,"messages":[{"role":"user","content":[{"type":"text","text":"Hi"},
          {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],"tools":[{"name":"f"}],"user":"secret"}"#;
        let input = Input::of(body.as_bytes());
        for text in ["Hi", "user\n", "f\n"] {
            assert!(input.text.contains(text), "{text}: {input:?}");
        }
        assert!(!input.text.contains("secret") && !input.text.contains("AAAA"));
        assert_eq!(input.tokens, IMAGE_TOKENS);
        assert_eq!(Input::of(br#"{"prompt":[[1,2],[3]]}"#).tokens, 3);
        assert_eq!(Input::of(b"no JSON"), Input::default());
    }

    #[test]
    fn what_comes_out() {
        let events = |endpoint, events: &[&str]| {
            let mut text = String::new();
            for event in events {
                add_event(endpoint, event, &mut text);
            }
            text
        };
        let chat = [
            r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"choices":[{"delta":{"content":"Hel"}},{"delta":{"content":"lo"}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}}]}"#,
            r#"{"choices":[],"usage":null}"#,
            "[DONE]",
        ];
        assert_eq!(events(Endpoint::ChatCompletions, &chat), "Hellof{}");
        assert_eq!(events(Endpoint::Completions, &[r#"{"choices":[{"index":0,"text":"a"}]}"#]), "a");
        let responses = [
            r#"{"type":"response.created","response":{}}"#,
            r#"{"type":"response.output_text.delta","delta":"a\n"}"#,
            r#"{"type":"response.function_call_arguments.delta","delta":"{}"}"#,
            r#"{"type":"response.output_text.done","text":"a\n"}"#,
        ];
        assert_eq!(events(Endpoint::Responses, &responses), "a\n{}");
        let whole = br#"{"choices":[{"message":{"role":"assistant","content":"Hi"}}],"id":"x"}"#;
        assert!(of_answer(Endpoint::ChatCompletions, whole).contains("Hi"));
        assert_eq!(of_answer(Endpoint::Embeddings, br#"{"data":[{"embedding":[1]}]}"#), "");
    }
}
