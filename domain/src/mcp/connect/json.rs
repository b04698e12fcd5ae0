//! JSON with its fields in the order they are written, as people know it from the clients' documentation.

use serde::{Serialize, Serializer};

/// A value.
pub(super) enum Json {
    /// A text.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A list.
    List(Vec<Self>),
    /// Named values in their order.
    Object(Vec<(String, Self)>),
}

/// A text.
pub(super) fn text(text: impl Into<String>) -> Json {
    Json::Text(text.into())
}

/// Named values in their order.
pub(super) fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(list) => serializer.collect_seq(list),
            Self::Object(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
        }
    }
}

impl Json {
    /// In one line.
    pub fn compact(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// In lines, to be read.
    pub fn pretty(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// In one line, for a command on Windows, whose arguments pass up to three readers: every character of a text that any
    /// of them could take for its own is written as `\uXXXX`, which JSON reads alike.
    pub fn for_windows(&self) -> String {
        let compact = self.compact();
        let mut safe = String::with_capacity(compact.len());
        let mut chars = compact.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some(quoted @ ('"' | '\\')) => unicode(&mut safe, quoted),
                    Some(other) => safe.extend(['\\', other]),
                    None => {}
                },
                c if c.is_ascii_alphanumeric() || "{}[]\":, -._/".contains(c) => safe.push(c),
                other => unicode(&mut safe, other),
            }
        }
        safe
    }
}

fn unicode(text: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        text.push_str("\\u");
        let digits = [12, 8, 4, 0].map(|shift| char::from_digit(u32::from(*unit >> shift & 0xF), 16));
        text.extend(digits.into_iter().flatten());
    }
}

/// A text in double quotes: JSON's form is also TOML's basic string and YAML's double-quoted one.
pub(super) fn quoted(content: &str) -> String {
    text(content).compact()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_its_order() {
        let json = object([("z", text("1")), ("a", Json::List(vec![Json::Flag(true)]))]);
        assert_eq!(json.compact(), r#"{"z":"1","a":[true]}"#);
    }

    proptest! {
        #[test]
        fn the_form_for_windows_reads_alike(name in "\\PC{0,6}", content in any::<String>()) {
            let json = Json::Object(vec![(name, text(content))]);
            let safe = json.for_windows();
            prop_assert!(!safe.contains(['%', '!', '^', '&', '|', '<', '>', '(', ')', '\'', '`', '$', ';']));
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            prop_assert_eq!(read(&safe), read(&json.compact()));
        }
    }
}
