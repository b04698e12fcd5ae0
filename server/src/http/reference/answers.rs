//! The answers of an operation, status by status, and the fields of a schema: what document and page have in common.

use super::{
    fields::error_codes,
    operations::{Content, Credential, OPERATIONS, Operation, schemas},
};
use crate::surface::{Code, Surface};
use domain::refusal::Refusal;
use serde_json::Value;

/// An answer, for one status.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What it says.
    pub text: String,
    /// The type of its body; `None` if it has none.
    pub media_type: Option<&'static str>,
    /// The name of its body's schema.
    pub schema: Option<&'static str>,
    /// A body that has it.
    pub example: Option<&'static str>,
    /// Headers beside those of every answer, and what they say.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The codes of this status.
    pub codes: Vec<Code>,
}

/// A field of a schema.
#[derive(Debug)]
pub struct Field {
    /// Its name, within an object after the object's and a dot.
    pub name: String,
    /// What it holds, in words.
    pub kind: String,
    /// Whether it is always there.
    pub required: bool,
    /// What it is.
    pub text: String,
}

impl Operation {
    /// What it may answer, success first.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        let mut answers = vec![self.success()];
        let mut codes = self.errors();
        codes.sort_by_key(|code| code.status());
        for code in codes {
            match answers.last_mut() {
                Some(last) if last.status == code.status() => last.codes.push(code),
                _ => answers.push(self.error(code)),
            }
        }
        answers
    }

    /// The codes of its errors.
    fn errors(&self) -> Vec<Code> {
        match (self.surface, self.credential) {
            (Surface::Health, _) if self.id == "alive" => Vec::new(),
            (Surface::Other, Credential::MetricsToken) => vec![Code::NotFound, Code::Internal],
            (Surface::Other, _) => vec![Code::Internal],
            _ => self.surface.errors().to_vec(),
        }
    }

    fn success(&self) -> Answer {
        let (media_type, schema, example) = match &self.ok.body {
            Content::Nothing => (None, None, None),
            Content::Text(text) => (Some("text/plain"), None, Some(*text)),
            Content::Json(part) => (Some("application/json"), Some(part.name), Some(part.example)),
            Content::Document => (Some("application/json"), None, None),
        };
        Answer {
            status: self.surface.ok(),
            text: self.ok.text.to_owned(),
            media_type,
            schema,
            example,
            headers: self.ok.headers.iter().map(|header| (header.name, header.text)).collect(),
            codes: if self.surface == Surface::Verify { self.surface.verdicts().to_vec() } else { Vec::new() },
        }
    }

    fn error(&self, code: Code) -> Answer {
        let text = self.surface == Surface::Health;
        let mut headers = Vec::new();
        // A body that is not understood is no matter of credentials: 400 may come without.
        if let Code::Refused(refusal) = code
            && refusal.challenge().is_some()
        {
            headers.push(("WWW-Authenticate", "The challenge of RFC 6750, where the credential is the reason."));
        }
        if code == Code::Refused(Refusal::RateLimited) {
            headers.push(("Retry-After", "Seconds after which a request will pass."));
        }
        Answer {
            status: code.status(),
            text: reason(code.status()).to_owned(),
            media_type: Some(if text { "text/plain" } else { "application/json" }),
            schema: (!text).then_some("Error"),
            example: None,
            headers,
            codes: if text { Vec::new() } else { vec![code] },
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "The request is not understood.",
        401 => "No key that is valid now.",
        402 => "The key has reached its spend cap.",
        403 => "The key is good, and this use of it is not allowed.",
        404 => "There is nothing here.",
        405 => "The path takes another method; `Allow` says which.",
        408 => "The body took too long.",
        413 => "The body is too large.",
        415 => "The body is not JSON.",
        429 => "The key has made as many requests as it may for now.",
        503 => "The database does not answer: nobody passes.",
        _ => "Latchkey failed; its log says why, under the request id.",
    }
}

/// Every code of an error, with when it comes, in the order of their statuses.
#[must_use]
pub fn errors() -> Vec<(Code, &'static str)> {
    let mut codes: Vec<_> = error_codes().into_iter().map(|code| (code, when(code))).collect();
    codes.sort_by_key(|(code, _)| code.status());
    codes
}

fn when(code: Code) -> &'static str {
    match code {
        Code::Refused(Refusal::InvalidRequest) => {
            "Two different keys, or a body that is not understood; the message says which."
        }
        Code::Refused(Refusal::Unauthorized) => "No key, or one that is malformed, unknown or deleted: all alike.",
        Code::Refused(Refusal::KeyDisabled) => "Somebody disabled the key.",
        Code::Refused(Refusal::KeyExpired) => "The key's time is over.",
        Code::Refused(Refusal::OwnerInactive) => "The key's owner was deactivated or left the workspace.",
        Code::Refused(Refusal::PlanRequired) => "The workspace is on the plan Basic.",
        Code::Refused(Refusal::IpNotAllowed) => {
            "The key has a list of addresses, and this one is not on it or not known."
        }
        Code::Refused(Refusal::KeyInUrl) => {
            "The key stood in the URL of an MCP endpoint, and was not created for that."
        }
        Code::Refused(Refusal::ServerNotAllowed) => {
            "The key, or its owner, does not have the MCP server, or there is none of that name."
        }
        Code::Refused(Refusal::ModelNotAllowed) => "The key names models, and this is none of them.",
        Code::Refused(Refusal::ToolBlocked) => "The tool is hidden, or the key's firewall policy blocks it.",
        Code::Refused(Refusal::ReadOnly) => "A read-only key, and a request that changes something.",
        Code::Refused(Refusal::GatewayRequired) => "The call takes a gateway key, and this is another.",
        Code::Refused(Refusal::GuardrailBlocked) => {
            "A guardrail of the key denied what the request, or its answer, has in it."
        }
        Code::Refused(Refusal::KeyExhausted) => {
            "The key has reached its spend cap: until its next period begins, or the cap is raised."
        }
        Code::NotFound => "No such path; in the answer of a verify call, no such key.",
        code => reason(code.status()),
    }
}

impl Answer {
    /// The fields of its body.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        self.schema.map(fields_of).unwrap_or_default()
    }
}

impl Operation {
    /// The fields of the body that it takes.
    #[must_use]
    pub fn body_fields(&self) -> Vec<Field> {
        self.body.as_ref().map(|body| fields_of(body.name)).unwrap_or_default()
    }

    /// The operation of that path.
    #[must_use]
    pub fn at(path: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.path == path)
    }
}

fn fields_of(name: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    if let Some((_, schema)) = schemas().into_iter().find(|(found, _)| *found == name) {
        collect(schema.as_value(), "", &mut fields);
    }
    fields
}

fn collect(schema: &Value, prefix: &str, fields: &mut Vec<Field>) {
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let full = format!("{prefix}{name}");
        if property["properties"].is_object() {
            collect(property, &format!("{full}."), fields);
            continue;
        }
        fields.push(Field {
            name: full,
            kind: kind(property),
            required: required.contains(&Value::from(name.as_str())),
            text: property["description"].as_str().unwrap_or_default().to_owned(),
        });
    }
}

/// What a schema takes, in words: `"read" or "write", or null`.
fn kind(schema: &Value) -> String {
    let words = schema["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !words.is_empty() {
        return words.iter().map(Value::to_string).collect::<Vec<_>>().join(" or ");
    }
    // What may be null is either a list of types, or a choice between null and the rest.
    for choice in schema["anyOf"].as_array().into_iter().flatten() {
        if choice["type"] != "null" && !choice["type"].is_null() {
            return format!("{} or null", kind(choice));
        }
    }
    if schema["type"] == "array" {
        return format!("list of {}s", kind(&schema["items"]));
    }
    let mut types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let of_what = schema["format"].as_str().filter(|format| *format == "date-time").map(|_| "date and time");
    if let (Some(of_what), Some(first)) = (of_what, types.first_mut()) {
        *first = of_what;
    }
    types.join(" or ")
}
