//! How a body is made to ask for the usage at the end of a stream, without changing anything else of it. Called by
//! [`Request::add_usage`](super::Request::add_usage).

use super::{
    Edit,
    json::{Members, place},
};

pub(super) const STREAM_OPTIONS: &str = "stream_options";
pub(super) const INCLUDE_USAGE: &str = "include_usage";

/// The change of `body`, which has those members and does not ask yet: `"stream_options":{"include_usage":true}`, or
/// only the part of it that is missing.
pub(super) fn ask_for_usage(body: &str, members: &Members<'_>) -> Option<Edit> {
    let Some(options) = members.get(STREAM_OPTIONS) else {
        let end = members.end(body)?;
        return Some(Edit { at: end..end, with: r#","stream_options":{"include_usage":true}"# });
    };
    let whole = place(body, options)?;
    if options == "null" {
        return Some(Edit { at: whole, with: r#"{"include_usage":true}"# });
    }
    let inner = Members::of(options)?;
    if let Some(value) = inner.get(INCLUDE_USAGE) {
        return Some(Edit { at: place(body, value)?, with: "true" });
    }
    Some(match inner.end(body) {
        Some(end) => Edit { at: end..end, with: r#","include_usage":true"# },
        None => Edit { at: whole.start + 1..whole.start + 1, with: r#""include_usage":true"# },
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Endpoint, Request};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(endpoint: Endpoint, body: &str) -> Request<'_> {
        Request::read(endpoint, body.as_bytes()).unwrap_or_else(|bad| panic!("{bad:?}"))
    }

    fn edited(endpoint: Endpoint, body: &str) -> Option<String> {
        let edit = read(endpoint, body).add_usage()?;
        Some(String::from_utf8(edit.apply(body.as_bytes())).unwrap())
    }

    #[test]
    fn usage_is_asked_for_and_nothing_else_changes() {
        let chat = |body: &str| edited(Endpoint::ChatCompletions, body);
        for (body, wanted) in [
            (
                "{ \"model\" :\"m\",\n  \"stream\": true, \"x\":1.50e+1 ,\"y\" : { }\n }\n",
                "{ \"model\" :\"m\",\n  \"stream\": true, \"x\":1.50e+1 ,\"y\" : { },\"stream_options\":{\"include_usage\":true}\n }\n",
            ),
            (
                r#"{"stream_options": null,"model":"m","stream":true}"#,
                r#"{"stream_options": {"include_usage":true},"model":"m","stream":true}"#,
            ),
            (
                r#"{"stream_options":{ },"model":"m","stream":true}"#,
                r#"{"stream_options":{"include_usage":true },"model":"m","stream":true}"#,
            ),
            (
                r#"{"model":"m","stream":true,"stream_options":{"include_obfuscation":false }}"#,
                r#"{"model":"m","stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true }}"#,
            ),
            (
                r#"{"model":"m","stream":true,"stream_options":{"include_usage" : false,"x":1}}"#,
                r#"{"model":"m","stream":true,"stream_options":{"include_usage" : true,"x":1}}"#,
            ),
            (
                r#"{"model":"m","stream":true,"stream_options":{"x":1,"include\u005fusage":null}}"#,
                r#"{"model":"m","stream":true,"stream_options":{"x":1,"include\u005fusage":true}}"#,
            ),
        ] {
            assert_eq!(chat(body).as_deref(), Some(wanted));
            assert!(read(Endpoint::ChatCompletions, wanted).asks_for_usage());
            assert_eq!(chat(wanted), None, "once is enough");
        }
        for body in [
            r#"{"model":"m"}"#,
            r#"{"model":"m","stream":false}"#,
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
        ] {
            assert_eq!(chat(body), None, "{body}");
        }
        let streamed = r#"{"model":"m","stream":true}"#;
        assert!(edited(Endpoint::Completions, streamed).is_some());
        assert_eq!(edited(Endpoint::Responses, streamed), None);
        assert_eq!(edited(Endpoint::Embeddings, streamed), None);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z\"\\\\\n{}\\[\\],:é😀]{0,8}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("x[a-z\"\\\\]{0,4}", inner), 0..4)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_body_says_the_same_but_for_the_usage(
            rest in prop::collection::vec(("x[a-z\"\\\\]{0,4}", values()), 0..6),
            options in prop::option::of(prop::option::of(values())),
            usage in prop::option::of(prop::option::of(any::<bool>())), pretty: bool,
        ) {
            let mut body = json!({"model": "m", "stream": true});
            let members = body.as_object_mut().unwrap();
            members.extend(rest);
            let asked = usage == Some(Some(true)) && options.is_some();
            if let Some(options) = options {
                let mut inner = serde_json::Map::new();
                inner.extend(options.map(|value| ("xx".to_owned(), value)));
                inner.extend(usage.map(|usage| ("include_usage".to_owned(), Value::from(usage))));
                members.insert("stream_options".into(), Value::Object(inner));
            }
            let text = if pretty { serde_json::to_string_pretty(&body).unwrap() } else { body.to_string() };
            let after = edited(Endpoint::ChatCompletions, &text);
            prop_assert_eq!(after.is_none(), asked);
            if let Some(after) = after {
                let mut wanted = body;
                wanted["stream_options"]["include_usage"] = true.into();
                prop_assert_eq!(serde_json::from_str::<Value>(&after).unwrap(), wanted);
                let edit = read(Endpoint::ChatCompletions, &text).add_usage().unwrap();
                let [before, with, behind] = edit.pieces(text.as_bytes());
                prop_assert!(text.as_bytes().starts_with(before) && text.as_bytes().ends_with(behind));
                prop_assert!(text.len() - before.len() - behind.len() <= "false".len(), "one value at most is replaced");
                prop_assert!(with.len() <= 40, "no more than the whole of stream_options");
            }
        }
    }
}
