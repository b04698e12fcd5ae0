//! What a client sends: one JSON-RPC message, or a batch of them in the revision that had batches. Read no further than a
//! decision needs, and so strictly that no server can read another method or another tool out of the same bytes.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// The most messages of a batch.
const BATCH_MOST: usize = 100;
/// The longest name of a tool.
const NAME_MOST: usize = 256;

/// An object, its fields in their order. Two fields whose names differ at most by case are refused: readers differ in which
/// of them counts.
pub(super) struct Object<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).and_then(text)
    }
}

/// A text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

pub(super) fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text>(value.get()).ok().map(|text| text.0)
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields: Self::Value = Vec::new();
                let mut names: Vec<String> = Vec::new();
                while let Some((Text(name), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    names.push(folded(&name));
                    fields.push((name, value));
                }
                names.sort_unstable();
                if names.windows(2).any(|two| two[0] == two[1]) {
                    return Err(A::Error::custom("two fields of one name"));
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Fields).map(Self)
    }
}

/// A name without its case; letters beyond ASCII that some readers take for ASCII ones are folded to these too.
fn folded(name: &str) -> String {
    name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// One message.
#[derive(Debug)]
pub(super) struct Message<'a> {
    /// Of a request, and of an answer.
    pub id: Option<&'a RawValue>,
    /// Of a request and a notification; `None` for an answer.
    pub method: Option<Cow<'a, str>>,
    /// The tool that it calls.
    pub tool: Option<Cow<'a, str>>,
    /// What the header `Mcp-Name` names.
    pub name: Option<Cow<'a, str>>,
}

impl Message<'_> {
    /// Whether somebody waits for an answer.
    pub fn is_request(&self) -> bool {
        self.method.is_some() && self.id.is_some()
    }

    pub fn is(&self, method: &str) -> bool {
        self.method.as_deref() == Some(method)
    }
}

/// What a body holds.
#[derive(Debug)]
pub(super) struct Body<'a> {
    pub messages: Vec<Message<'a>>,
    pub is_batch: bool,
}

/// Why a body is not understood: JSON-RPC's code and a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invalid(pub i32, pub &'static str);

const NO_JSON: Invalid = Invalid(-32700, "The body is not JSON, or an object in it has two fields of one name.");
const NO_MESSAGE: Invalid = Invalid(-32600, "The body is no JSON-RPC 2.0 message.");
const NO_BATCH: Invalid = Invalid(-32600, "A batch has 1 to 100 messages.");
const NO_TOOL: Invalid = Invalid(-32602, "tools/call names the tool in params.name, in at most 256 characters.");

impl<'a> Body<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, Invalid> {
        let is_batch = bytes.trim_ascii_start().starts_with(b"[");
        if !is_batch {
            let object = serde_json::from_slice(bytes).map_err(|_| NO_JSON)?;
            return Ok(Self { messages: vec![message(&object)?], is_batch });
        }
        let parts: Vec<&RawValue> = serde_json::from_slice(bytes).map_err(|_| NO_JSON)?;
        if parts.is_empty() || parts.len() > BATCH_MOST {
            return Err(NO_BATCH);
        }
        let one = |part: &&'a RawValue| message(&serde_json::from_str(part.get()).map_err(|_| NO_JSON)?);
        Ok(Self { messages: parts.iter().map(one).collect::<Result<_, _>>()?, is_batch })
    }
}

fn message<'a>(object: &Object<'a>) -> Result<Message<'a>, Invalid> {
    if object.text("jsonrpc").as_deref() != Some("2.0") {
        return Err(NO_MESSAGE);
    }
    let id = object.get("id");
    let answers = object.get("result").is_some() || object.get("error").is_some();
    let Some(method) = object.get("method") else {
        return if answers { Ok(Message { id, method: None, tool: None, name: None }) } else { Err(NO_MESSAGE) };
    };
    // An id is a text or a number: one that is null would get no answer.
    let named = id.is_none_or(|id| id.get().starts_with(|c: char| c == '"' || c == '-' || c.is_ascii_digit()));
    let Some(method) = text(method).filter(|_| named && !answers) else { return Err(NO_MESSAGE) };
    let params = match object.get("params") {
        None => None,
        Some(params) => Some(serde_json::from_str::<Object>(params.get()).map_err(|_| NO_MESSAGE)?),
    };
    let named = |field: &str| params.as_ref().and_then(|params| params.text(field));
    let tool = if method == "tools/call" {
        Some(named("name").filter(|name| !name.is_empty() && name.len() <= NAME_MOST).ok_or(NO_TOOL)?)
    } else {
        None
    };
    let name = match &*method {
        "tools/call" | "prompts/get" => named("name"),
        "resources/read" | "resources/subscribe" | "resources/unsubscribe" => named("uri"),
        "tasks/get" | "tasks/update" | "tasks/cancel" => named("taskId"),
        _ => None,
    };
    Ok(Message { id, method: Some(method), tool, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Id, method and tool of each message.
    type Told = [Option<String>; 3];

    fn read(body: &str) -> Result<Vec<Told>, i32> {
        let body = Body::read(body.as_bytes()).map_err(|invalid| invalid.0)?;
        let told = |message: &Message| {
            let own = |text: &Option<Cow<str>>| text.as_deref().map(str::to_owned);
            [message.id.map(|id| id.get().to_owned()), own(&message.method), own(&message.tool)]
        };
        Ok(body.messages.iter().map(told).collect())
    }

    #[test]
    fn messages() {
        let some = |text: &str| Some(text.to_owned());
        let call = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"get\u005fissue","arguments":{"name":"x"}}}"#;
        assert_eq!(read(call), Ok(vec![[some("7"), some("tools/call"), some("get_issue")]]));
        let both =
            r#" [{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","id":"a","result":{}}]"#;
        let wanted = vec![[None, some("notifications/initialized"), None], [some("\"a\""), None, None]];
        assert_eq!(read(both), Ok(wanted));
    }

    #[test]
    fn what_two_readers_would_read_differently_is_refused() {
        let long =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{}"}}}}"#, "x".repeat(257));
        let many = format!("[{}]", vec![r#"{"jsonrpc":"2.0","method":"m"}"#; 101].join(","));
        for (body, code) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#, -32700),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}"#, -32700),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{},"params":{}}"#, -32700),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","NAME":"b"}}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","na\u006de":"b"}}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"a"}}"#, -32602),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["a"]}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#, -32602),
            (r#"{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"a"}}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":["ping"]}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1}"#, -32600),
            (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"} {}"#, -32700),
            ("[]", -32600),
            ("[1]", -32700),
            ("", -32700),
            ("\"x\"", -32700),
            ("\u{FEFF}{}", -32700),
            (&*long, -32602),
            (&*many, -32600),
        ] {
            assert_eq!(read(body), Err(code), "{body}");
        }
    }

    #[test]
    fn deep_nesting_is_only_skipped() {
        let deep = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":{}{}}}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert!(read(&deep).is_ok());
    }
}
