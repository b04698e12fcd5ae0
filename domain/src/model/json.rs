//! An object's members, in their order and as their text: what is read of a body without copying the rest. Used by all
//! that reads requests and answers here.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::HashSet, fmt, ops::Range};

/// The members of one object. Values are text in the body, checked to be JSON.
pub(crate) struct Members<'a>(Vec<(Name<'a>, &'a RawValue)>);

/// A member's name: the body's own text, unless that has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Members<'a> {
    /// The members of a text that is one object; `None` if it is anything else.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// A member's value as JSON text: of several with the name the last, as nearly every reader has it.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(other, _)| other.0 == name).map(|(_, value)| value.get())
    }

    /// A member's value, if it is there and not `null`.
    pub(crate) fn given(&self, name: &str) -> Option<&'a str> {
        self.get(name).filter(|value| *value != "null")
    }

    /// The names, unescaped.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.0.as_ref())
    }

    /// Whether a name comes twice: two readers may then see two different values.
    pub(super) fn repeats(&self) -> bool {
        let mut seen = HashSet::new();
        !self.names().all(|name| seen.insert(name))
    }

    /// Where the last member's value ends in `source`, of which this was read; `None` for an empty object.
    pub(super) fn end(&self, source: &str) -> Option<usize> {
        let (_, value) = self.0.last()?;
        Some(place(source, value.get())?.end)
    }

    /// The piece of `source` to cut so that the (first) member of that name is gone, one comma with it. `None` if there
    /// is none, or its name is written with escapes.
    pub(super) fn cut(&self, source: &str, name: &str) -> Option<Range<usize>> {
        let at = self.0.iter().position(|(other, _)| other.0 == name)?;
        let begin = |(name, _): &(Name<'_>, _)| match &name.0 {
            Cow::Borrowed(name) => place(source, name)?.start.checked_sub(1),
            Cow::Owned(_) => None,
        };
        let value = place(source, self.0[at].1.get())?;
        if let Some((_, before)) = at.checked_sub(1).map(|before| &self.0[before]) {
            return Some(place(source, before.get())?.end..value.end);
        }
        let end = self.0.get(1).map_or(Some(value.end), begin)?;
        Some(begin(&self.0[at])?..end)
    }
}

/// Where a piece stands in the text it was read from; `None` if it is no piece of it.
pub(crate) fn place(source: &str, piece: &str) -> Option<Range<usize>> {
    let start = piece.as_ptr().addr().checked_sub(source.as_ptr().addr())?;
    let end = start.checked_add(piece.len())?;
    (end <= source.len()).then_some(start..end)
}

/// A JSON string's content.
pub(crate) fn string(value: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str(value).ok().map(|Name(text)| text)
}

/// A list's elements, as text.
pub(crate) fn elements(value: &str) -> Option<Vec<&str>> {
    let list: Vec<&RawValue> = serde_json::from_str(value).ok()?;
    Some(list.into_iter().map(RawValue::get).collect())
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_as_they_are_written() {
        let members = Members::of(r#" {"a" : 1.50 , "b\u0062":"\ud800", "a": null} "#).unwrap();
        assert_eq!(members.names().collect::<Vec<_>>(), ["a", "bb", "a"]);
        assert_eq!(
            (members.get("a"), members.given("a"), members.get("bb")),
            (Some("null"), None, Some(r#""\ud800""#))
        );
        assert!(members.repeats() && !Members::of(r#"{"a":1,"b":1}"#).unwrap().repeats());
        for bad in ["", "[]", "{", "{}x", "1", r#"{"a":}"#, "[DONE]"] {
            assert!(Members::of(bad).is_none(), "{bad}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(Members::of(&deep).is_some(), "depth costs no stack");
    }

    #[test]
    fn cuts_one_member_and_one_comma() {
        for (text, left) in [
            (r#"{"x":1}"#, "{}"),
            (r#"{ "x" : 1 }"#, "{  }"),
            (r#"{"x":1, "y":2}"#, r#"{"y":2}"#),
            (r#"{"y":2 , "x" :1 }"#, r#"{"y":2 }"#),
            (r#"{"y":{"x":1},"x":1,"z":[ ]}"#, r#"{"y":{"x":1},"z":[ ]}"#),
        ] {
            let cut = Members::of(text).unwrap().cut(text, "x").unwrap();
            assert_eq!(format!("{}{}", &text[..cut.start], &text[cut.end..]), left);
        }
        let escaped = r#"{"\u0078":1}"#;
        assert_eq!(Members::of(escaped).unwrap().cut(escaped, "x"), None);
        assert_eq!(Members::of("{}").unwrap().cut("{}", "x"), None);
    }
}
