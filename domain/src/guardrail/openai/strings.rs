//! The strings of a JSON text where they stand, and new ones in their place, every other byte as it was. Used for bodies and
//! for events.

use crate::model::json::string;
use memchr::{memchr, memchr2};
use serde::{Deserialize, Deserializer, de::Visitor};
use std::{borrow::Cow, fmt, ops::Range};

/// A step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// Into the member of that name, unescaped.
    Member(Cow<'a, str>),
    /// Into that element, from zero on.
    Element(usize),
}

/// How deep lists and objects may lie in each other. Readers of JSON commonly stop there; and the way to a string is looked at
/// for each string.
const MOST_DEPTH: usize = 128;

/// What is found on the way over a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    /// The place of a string that is a value, its quotes included.
    Text(Range<usize>),
    /// A number's.
    Number(Range<usize>),
    /// That of a member's name, its quotes included; the way to it ends with it.
    Name(Range<usize>),
    /// An object begins here, whose names have the same length of way.
    Object,
}

/// It can't be judged: nested too deeply, or what repeats a text piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Goes over a text that is JSON, and shows each string, each number and each object's beginning, with the way to it.
pub(super) fn walk<'a>(json: &'a str, mut each: impl FnMut(&[Step<'a>], Leaf)) -> Result<(), Unreadable> {
    let bytes = json.as_bytes();
    let (mut path, mut name_next, mut at) = (Vec::new(), false, 0);
    while let Some(byte) = bytes.get(at) {
        let from = at;
        at += 1;
        match byte {
            b'{' | b'[' if path.len() >= MOST_DEPTH => return Err(Unreadable),
            b'{' => {
                path.push(Step::Member(Cow::Borrowed("")));
                name_next = true;
                each(&path, Leaf::Object);
            }
            b'[' => path.push(Step::Element(0)),
            b'}' | b']' => {
                path.pop();
                // An empty object had no name.
                name_next = false;
            }
            b':' => name_next = false,
            b',' => match path.last_mut() {
                Some(Step::Element(place)) => *place += 1,
                _ => name_next = true,
            },
            b'"' => {
                at = end_of_string(bytes, at);
                if !name_next {
                    each(&path, Leaf::Text(from..at));
                } else if let Some(Step::Member(name)) = path.last_mut() {
                    *name = content(&json[from..at]);
                    each(&path, Leaf::Name(from..at));
                }
            }
            b'-' | b'0'..=b'9' => {
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
                    .count();
                each(&path, Leaf::Number(from..at));
            }
            // White space, and the letters of `true`, `false` and `null`.
            _ => {}
        }
    }
    Ok(())
}

/// Behind the quote that ends the string in which `at` stands.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += next + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        // What follows a backslash.
        at += 1;
    }
    bytes.len()
}

/// What a string says. Half of a surrogate pair, which is no text, is shown as U+FFFD.
pub(super) fn content(raw: &str) -> Cow<'_, str> {
    // Nearly all are written as they read.
    let written = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    if let Some(plain) = written.filter(|written| memchr(b'\\', written.as_bytes()).is_none()) {
        return Cow::Borrowed(plain);
    }
    string(raw).unwrap_or_else(|| serde_json::from_str(raw).map_or(Cow::Borrowed(""), |Lossy(text)| Cow::Owned(text)))
}

struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Lossy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Lossy, E> {
                Ok(Lossy(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// Strings to be put in the place of others and of numbers, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Puts a text in the place of a string or a number.
    pub fn put(&mut self, at: Range<usize>, text: &str) {
        self.0.push((at, quoted(text)));
    }

    /// The changed text; `None` if nothing is changed.
    pub fn apply(self, json: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut changed = String::with_capacity(json.len());
        let mut from = 0;
        for (at, text) in self.0 {
            changed.push_str(&json[from..at.start]);
            changed.push_str(&text);
            from = at.end;
        }
        changed.push_str(&json[from..]);
        Some(changed)
    }
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn seen(json: &str) -> Vec<String> {
        let mut seen = Vec::new();
        walk(json, |path, leaf| {
            let path: Vec<String> = path
                .iter()
                .map(|step| match step {
                    Step::Member(name) => name.to_string(),
                    Step::Element(place) => place.to_string(),
                })
                .collect();
            let leaf = match leaf {
                Leaf::Text(at) => content(&json[at]).into_owned(),
                Leaf::Number(at) => format!("#{}", &json[at]),
                Leaf::Name(_) | Leaf::Object => return,
            };
            seen.push(format!("{}={leaf}", path.join(".")));
        })
        .unwrap();
        seen
    }

    #[test]
    fn strings_and_numbers_with_the_way_to_them() {
        assert_eq!(seen(r#"[{},"x",[{}],"y"]"#), ["1=x", "3=y"]);
        let json = r#" {"a" : "x\"}", "b\u0062":[ "y" ,{"c":-1.5e3},[],true, "z"], "d":{}, "a":null, "e":"\ud800!"} "#;
        assert_eq!(seen(json), ["a=x\"}", "bb.0=y", "bb.1.c=#-1.5e3", "bb.4=z", "e=\u{FFFD}\u{FFFD}\u{FFFD}!"]);
        assert_eq!(seen(r#""alone""#), ["=alone"]);
        for broken in ["", "\"", "{\"a", "]]}}", "{\"a\":\"\\"] {
            seen(broken);
        }
    }

    #[test]
    fn what_is_nested_too_deeply_is_not_read() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(walk(&nested(MOST_DEPTH), |_, _| {}), Ok(()));
        assert_eq!(walk(&nested(MOST_DEPTH + 1), |_, _| {}), Err(Unreadable));
    }

    #[test]
    fn edits_leave_every_other_byte() {
        let json = "{ \"a\":\"one\" ,\n\"b\" : [\"two\", 3.0]}";
        let mut edits = Edits::default();
        walk(json, |_, leaf| {
            if let Leaf::Text(at) = leaf {
                edits.put(at, "\"\n");
            }
        })
        .unwrap();
        assert_eq!(edits.apply(json).unwrap(), "{ \"a\":\"\\\"\\n\" ,\n\"b\" : [\"\\\"\\n\", 3.0]}");
        assert_eq!(Edits::default().apply(json), None);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "\\PC{0,6}|[\"\\\\{}:,\\[\\]]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c\"\\\\:]{0,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn replaced(value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(format!("{text}!")),
            Value::Array(list) => list.iter().map(replaced).collect(),
            Value::Object(members) => {
                Value::Object(members.iter().map(|(name, value)| (name.clone(), replaced(value))).collect())
            }
            other => other.clone(),
        }
    }

    fn renamed(value: &Value) -> Value {
        match value {
            Value::Array(list) => list.iter().map(renamed).collect(),
            Value::Object(members) => {
                Value::Object(members.iter().map(|(name, value)| (format!("{name}!"), renamed(value))).collect())
            }
            other => other.clone(),
        }
    }

    proptest! {
        #[test]
        fn every_name_and_nothing_else(value in values(), pretty: bool) {
            let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
            let json = write(&value).unwrap();
            let (mut edits, mut same) = (Edits::default(), true);
            walk(&json, |path, leaf| {
                if let Leaf::Name(at) = leaf {
                    let name = content(&json[at.clone()]);
                    same &= path.last() == Some(&Step::Member(name.clone()));
                    edits.put(at, &format!("{name}!"));
                }
            })
            .unwrap();
            let changed = edits.apply(&json).unwrap_or(json);
            prop_assert!(same, "the way ends with the name");
            prop_assert_eq!(serde_json::from_str::<Value>(&changed).unwrap(), renamed(&value));
        }

        #[test]
        fn every_string_and_nothing_else(value in values(), pretty: bool) {
            let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
            let json = write(&value).unwrap();
            let mut edits = Edits::default();
            walk(&json, |_, leaf| {
                if let Leaf::Text(at) = leaf {
                    let text = format!("{}!", content(&json[at.clone()]));
                    edits.put(at, &text);
                }
            })
            .unwrap();
            let changed = edits.apply(&json).unwrap_or(json);
            prop_assert_eq!(serde_json::from_str::<Value>(&changed).unwrap(), replaced(&value));
        }
    }
}
