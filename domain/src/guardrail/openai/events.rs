//! What becomes of one event of a streamed answer, and how a text that was held back is said once more has come: as an event of
//! the kind that its pieces came in. Used by the scan of a stream.

use super::{
    super::Denial,
    places::is_piece_of_response,
    strings::{Edits, Leaf, content, walk},
};
use crate::model::json::Members;
use serde_json::{Map, Value, json};
use std::ops::Range;

/// What goes on in the place of an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Passing {
    /// Events before it: what was held back.
    pub before: Vec<Said>,
    /// Its data, changed; `None` where it goes on as it came.
    pub data: Option<String>,
}

/// An event that says what was held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What stands behind `event:`; `None` where such events have no name.
    pub event: Option<Box<str>>,
    /// Its data.
    pub data: String,
}

/// Why nothing more goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The guardrail denies it.
    Denied(Denial),
    /// It is no event that could be judged.
    Unreadable,
}

impl From<Denial> for Stop {
    fn from(why: Denial) -> Self {
        Self::Denied(why)
    }
}

/// A step to a text within a choice, in the same words however the pieces come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Member(Box<str>),
    /// An element of a list, by the `index` that it says of itself, else by its place.
    Element(u64),
}

/// What every chunk of a stream says alike.
#[derive(Debug, Default)]
pub(super) struct Head(Map<String, Value>);

impl Head {
    pub fn of(chunk: &Members<'_>) -> Self {
        let said = |name: &str| Some((name.to_owned(), serde_json::from_str(chunk.get(name)?).ok()?));
        Self(["id", "object", "created", "model", "system_fingerprint"].into_iter().filter_map(said).collect())
    }

    /// A chunk with a text of one choice.
    pub fn chunk(&self, choice: u64, path: &[Part], text: &str) -> String {
        let mut said = json!({ "index": choice, "finish_reason": null });
        if let (Some(said), Value::Object(text)) = (said.as_object_mut(), nested(path, text)) {
            said.extend(text);
        }
        let mut chunk = self.0.clone();
        chunk.insert("choices".into(), Value::Array(vec![said]));
        Value::Object(chunk).to_string()
    }
}

/// A text with the objects and lists around it.
fn nested(path: &[Part], text: &str) -> Value {
    match path {
        [] => Value::from(text),
        [Part::Member(list), Part::Element(index), rest @ ..] => {
            let mut element = nested(rest, text);
            if let Some(element) = element.as_object_mut() {
                let (name, value) = told_of(list, *index, rest);
                element.insert(name.into(), value);
            }
            json!({ &**list: [element] })
        }
        [Part::Member(name), rest @ ..] => json!({ &**name: nested(rest, text) }),
        [Part::Element(_), rest @ ..] => Value::Array(vec![nested(rest, text)]),
    }
}

/// What an element says of itself: the parts of a text of which kind they are, all others which one they are.
fn told_of(list: &str, index: u64, rest: &[Part]) -> (&'static str, Value) {
    match (list, rest.first()) {
        ("content" | "reasoning" | "summary" | "thinking", Some(Part::Member(kind))) => ("type", (**kind).into()),
        _ => ("index", index.into()),
    }
}

/// An event of a response with that text in the place of the piece at `at`, and none in the place of its others.
pub(super) fn with_delta(event: &str, at: &Range<usize>, text: &str) -> String {
    let mut edits = Edits::default();
    // It was read before.
    let _ = walk(event, |path, leaf| match leaf {
        Leaf::Text(place) if place == *at => edits.put(place, text),
        Leaf::Text(place) if is_piece_of_response(path, &content(&event[place.clone()])) => edits.put(place, ""),
        _ => {}
    });
    edits.apply(event).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_made() {
        let chunk = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[]}"#;
        let head = Head::of(&Members::of(chunk).unwrap());
        let member = |name: &str| Part::Member(name.into());
        let said = |path: &[Part]| serde_json::from_str::<Value>(&head.chunk(1, path, "a\"")).unwrap();
        let wanted = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 1, "delta": {"content": "a\""}, "finish_reason": null}]});
        assert_eq!(said(&[member("delta"), member("content")]), wanted);
        let call = [member("delta"), member("tool_calls"), Part::Element(2), member("function"), member("arguments")];
        let wanted = json!({"tool_calls": [{"index": 2, "function": {"arguments": "a\""}}]});
        assert_eq!(said(&call)["choices"][0]["delta"], wanted);
        assert_eq!(said(&[member("text")])["choices"][0]["text"], "a\"");
    }
}
