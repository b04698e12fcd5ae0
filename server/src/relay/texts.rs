//! The texts of a request and of its answer, for the count of their tokens where a provider is silent about it.

use domain::model::Endpoint;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What a picture counts for: about what one takes at full detail with the models of the field. A file counts for one, for want
/// of better.
const IMAGE_TOKENS: u64 = 1_000;
/// Members of a message, or of an item in its place, whose parts may be pictures.
const PARTS: [&str; 3] = ["content", "output", "images"];
/// Parts that are no text.
const PICTURES: [&str; 4] = ["image_url", "input_image", "file", "input_file"];

/// What is said in a request or an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Texts {
    /// Its texts, one behind the other.
    pub text: String,
    /// What is no text, in tokens.
    pub tokens: u64,
}

impl Texts {
    /// Of a request's body.
    pub fn of_request(body: &[u8]) -> Self {
        let mut texts = Self::default();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        for member in ["instructions", "prompt", "tools"] {
            texts.add(&body[member]);
        }
        for member in ["messages", "input"] {
            texts.items(&body[member]);
        }
        texts
    }

    /// What the model wrote in an answer that is not streamed.
    pub fn of_answer(endpoint: Endpoint, body: &[u8]) -> Self {
        let mut texts = Self::default();
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        match endpoint {
            Endpoint::ChatCompletions | Endpoint::Completions => {
                for choice in answer["choices"].as_array().into_iter().flatten() {
                    texts.item(&choice["message"]);
                    texts.add(&choice["text"]);
                }
            }
            Endpoint::Responses => texts.items(&answer["output"]),
            Endpoint::Embeddings => {}
        }
        texts
    }

    /// Adds messages, or what stands in their place.
    fn items(&mut self, items: &Value) {
        match items {
            Value::Array(list) => list.iter().for_each(|item| self.item(item)),
            one => self.add(one),
        }
    }

    /// Adds a message. Only where its parts stand a picture is one: anywhere else what poses as one is read as text.
    fn item(&mut self, item: &Value) {
        let Value::Object(members) = item else { return self.add(item) };
        for (name, value) in members {
            match value {
                Value::Array(parts) if PARTS.contains(&name.as_str()) => parts.iter().for_each(|part| self.part(part)),
                _ => self.add(value),
            }
        }
    }

    fn part(&mut self, part: &Value) {
        match part {
            Value::Object(members) if is_picture(members) => {
                self.tokens += IMAGE_TOKENS;
                self.around(members);
            }
            _ => self.add(part),
        }
    }

    /// Adds all texts of a picture's part but the picture itself.
    fn around(&mut self, members: &Map<String, Value>) {
        for (name, value) in members {
            match (name.as_str(), value) {
                (name, Value::String(data)) if is_data(name, data) => {}
                ("image_url" | "file", Value::Object(inner)) => self.around(inner),
                _ => self.add(value),
            }
        }
    }

    /// Adds all texts below a value. Roles and types are among them: they stand for what a template puts around messages.
    fn add(&mut self, value: &Value) {
        match value {
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

fn is_picture(part: &Map<String, Value>) -> bool {
    part.get("type").and_then(Value::as_str).is_some_and(|kind| PICTURES.contains(&kind))
}

/// Whether a member of a picture's part is the picture itself.
fn is_data(name: &str, text: &str) -> bool {
    ["image_url", "url", "file_data"].contains(&name) && text.starts_with("data:")
}

/// Takes the pictures themselves out of a request: [`Texts::of_request`] says the same of what is left.
pub(super) fn without_pictures(body: &mut Value) {
    for member in ["messages", "input"] {
        let items = body.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten();
        let members =
            items.filter_map(Value::as_object_mut).flatten().filter(|(name, _)| PARTS.contains(&name.as_str()));
        let parts = members.filter_map(|(_, parts)| parts.as_array_mut()).flatten().filter_map(Value::as_object_mut);
        parts.filter(|part| is_picture(part)).for_each(take_out);
    }
}

fn take_out(members: &mut Map<String, Value>) {
    for (name, value) in members {
        match value {
            Value::String(data) if is_data(name, data) => {
                data.truncate("data:".len());
                data.shrink_to_fit();
            }
            Value::Object(inner) if ["image_url", "file"].contains(&name.as_str()) => take_out(inner),
            _ => {}
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
        let input = Texts::of_request(body.as_bytes());
        for text in ["Hi", "user\n", "f\n"] {
            assert!(input.text.contains(text), "{text}: {input:?}");
        }
        assert!(!input.text.contains("secret") && !input.text.contains("AAAA"));
        assert_eq!(input.tokens, IMAGE_TOKENS);
        assert_eq!(Texts::of_request(br#"{"prompt":[[1,2],[3]]}"#).tokens, 3);
        assert_eq!(Texts::of_request(b"no JSON"), Texts::default());
    }

    #[test]
    fn what_is_a_picture_and_what_poses_as_one() {
        let of = |part: &str| {
            let body = format!(r#"{{"messages":[{{"content":[{part}]}}]}}"#);
            let texts = Texts::of_request(body.as_bytes());
            (texts.tokens, texts.text.contains("prose"))
        };
        for (part, tokens, is_text) in [
            (r#"{"type":"image_url","image_url":{"url":"data:prose"}}"#, 1_000, false),
            (r#"{"type":"image_url","image_url":{"url":"https://example.com"}}"#, 1_000, false),
            (r#"{"type":"input_image","image_url":"data:prose"}"#, 1_000, false),
            (r#"{"type":"input_image","file_id":"file-1"}"#, 1_000, false),
            (r#"{"type":"file","file":{"file_data":"data:prose"}}"#, 1_000, false),
            (r#"{"type":"image_url","image_url":{"url":"data:,"},"text":"prose"}"#, 1_000, true),
            (r#"{"type":"image_url","image_url":{"url":"prose"}}"#, 1_000, true),
            (r#"{"type":"text","text":"data:prose"}"#, 0, true),
            (r#"{"type":"text","text":{"type":"image_url","image_url":"data:prose"}}"#, 0, true),
            (r#""data:prose""#, 0, true),
        ] {
            assert_eq!(of(part), (tokens, is_text), "{part}");
        }
        for body in [
            r#"{"messages":[{"content":"data:prose"}]}"#,
            r#"{"input":"data:prose"}"#,
            r#"{"prompt":["data:prose"]}"#,
            r#"{"tools":[{"parameters":{"content":[{"type":"image_url","image_url":"data:prose"}]}}]}"#,
        ] {
            let texts = Texts::of_request(body.as_bytes());
            assert!(texts.tokens == 0 && texts.text.contains("prose"), "{body}");
        }
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
        assert!(Texts::of_answer(Endpoint::ChatCompletions, whole).text.contains("Hi"));
        let drawn = br#"{"choices":[{"message":{"images":[{"type":"image_url","image_url":{"url":"data:AAAA"}}]}}]}"#;
        let drawn = Texts::of_answer(Endpoint::ChatCompletions, drawn);
        assert!(drawn.tokens == 1_000 && !drawn.text.contains("AAAA"), "{drawn:?}");
        assert_eq!(Texts::of_answer(Endpoint::Embeddings, br#"{"data":[{"embedding":[1]}]}"#), Texts::default());
    }
}
