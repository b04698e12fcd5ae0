//! Compares an answer with what the OpenAPI document says about it: status, headers, type and shape of the body.

use crate::ask::Answer;
use jsonschema::Validator;
use serde_json::{Value, json};
use server::http::reference::document;
use std::sync::LazyLock;

/// The document, as the suite's installations serve it.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| document("http://127.0.0.1:3000"));

/// Its components, in which an object has the fields that are described and no other.
static STRICT: LazyLock<Value> = LazyLock::new(|| {
    let mut components = DOCUMENT["components"].clone();
    close(&mut components["schemas"]);
    components
});

fn close(value: &mut Value) {
    let Some(fields) = value.as_object_mut() else { return };
    if fields.get("properties").is_some_and(Value::is_object) && !fields.contains_key("additionalProperties") {
        fields.insert("additionalProperties".into(), false.into());
    }
    fields.values_mut().for_each(close);
}

/// What validates a schema of the document.
pub fn validator(schema: &Value) -> Validator {
    let mut whole = schema.clone();
    whole["components"] = STRICT.clone();
    jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
}

/// The operation for a request; `None` where the document says nothing.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    // Envoy appends the path of the request at hand.
    let path = if path.starts_with("/api/v1/forward-auth/") { "/api/v1/forward-auth" } else { path };
    let methods = DOCUMENT["paths"].get(path)?;
    methods.get(method.to_lowercase()).or_else(|| methods.get("get").filter(|_| method == "HEAD"))
}

/// Asserts that an answer is as the document says. Paths and methods that are not in it are none of its business, but for
/// the form of their errors.
#[track_caller]
pub fn check(method: &str, path: &str, answer: &Answer) {
    // The head was more than the server reads: it answers by itself.
    if answer.status == 431 {
        return;
    }
    let Some(operation) = operation(method, path) else {
        if path.starts_with("/api/") && answer.status >= 400 && method != "HEAD" {
            assert_shape(&json!({"$ref": "#/components/schemas/Error"}), answer);
        }
        return;
    };
    let response = &operation["responses"][answer.status.to_string()];
    assert!(response.is_object(), "{method} {path} may not answer {answer:?}");
    for (name, header) in response["headers"].as_object().unwrap() {
        assert!(header["required"] != true || answer.headers.contains_key(name), "{name} is missing: {answer:?}");
    }
    for name in answer.headers.keys().filter(|name| speaks(name.as_str())) {
        let headers = response["headers"].as_object().unwrap().keys();
        assert!(headers.into_iter().any(|known| known.eq_ignore_ascii_case(name.as_str())), "{name} in {answer:?}");
    }
    if method == "HEAD" {
        return;
    }
    let Some(content) = response["content"].as_object() else {
        assert_eq!(answer.body, "", "{method} {path}: {answer:?}");
        return;
    };
    let kind = answer.header("content-type").split(';').next().unwrap_or_default();
    let Some(content) = content.get(kind) else { panic!("{method} {path} may not answer as {kind}: {answer:?}") };
    if kind == "application/json" {
        assert_shape(&content["schema"], answer);
    }
}

/// Headers that say something to the client.
fn speaks(name: &str) -> bool {
    name.starts_with("x-latchkey-") || ["www-authenticate", "retry-after"].contains(&name)
}

#[track_caller]
fn assert_shape(schema: &Value, answer: &Answer) {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("no JSON: {answer:?}"));
    let problems: Vec<String> = validator(schema).iter_errors(&body).map(|problem| problem.to_string()).collect();
    assert!(problems.is_empty(), "{problems:?}: {answer:?}");
}
