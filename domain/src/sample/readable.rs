//! JSON over several lines, for people. Every token stays as it was written: numbers that no machine holds, members that stand
//! there twice, the order.

use serde::de::IgnoredAny;

/// The longest text that is made: deep lists would grow to many times their size.
const LONGEST: usize = 512 * 1024;

/// A text that is JSON, over several lines; `None` for any other, and for one that would be too long.
pub(super) fn readable(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let (mut out, mut depth, mut quoted, mut escaped) = (String::with_capacity(text.len() * 2), 0, false, false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if quoted {
            out.push(c);
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            ' ' | '\t' | '\r' | '\n' => continue,
            '{' | '[' => {
                out.push(c);
                while rest.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = rest.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => {
                quoted = c == '"';
                out.push(c);
            }
        }
        if out.len() > LONGEST {
            return None;
        }
    }
    Some(out)
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn json_stands_on_several_lines() {
        let text = r#" {"b":[1,1e400,{}] , "a":"x: [\"{,\\","a" : [ ],"n":null}"#;
        let wanted = "{\n  \"b\": [\n    1,\n    1e400,\n    {}\n  ],\n  \"a\": \"x: [\\\"{,\\\\\",\n  \"a\": [],\n  \"n\": null\n}";
        assert_eq!(readable(text).as_deref(), Some(wanted));
        assert_eq!(readable("\"ü\"").as_deref(), Some("\"ü\""));
    }

    #[test]
    fn any_other_text_is_left_as_it_is() {
        for text in ["", "data: {}\n\n", "{", "{}{}", "[1,]", "\"a", &"[".repeat(60_000)] {
            assert_eq!(readable(text), None, "{text:.20}");
        }
        let deep = format!("{}{}{}", "[".repeat(100), vec!["1"; 30_000].join(","), "]".repeat(100));
        assert_eq!(readable(&deep), None, "it would be of megabytes");
    }

    proptest! {
        #[test]
        fn it_says_the_same(text in r#"(\{"a":|\[|\]|\}|,|"[a-z\\"{]{0,3}"|1|null| ){0,12}"#) {
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&readable(&text).unwrap()).unwrap(), value);
            }
        }
    }
}
