//! The OpenAPI document, written from the operations, and `GET /api/openapi.json`, which answers with it.

use super::{
    super::{
        answer::{Outcome, json},
        pass::Exchange,
    },
    answers::Answer,
    operations::{Content, Credential, OPERATIONS, Operation, schemas},
};
use crate::surface::Code;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

pub(in super::super) fn openapi(exchange: &Exchange<'_>) -> Outcome {
    let document = exchange.latchkey.openapi.get_or_init(|| document(exchange.latchkey.public_url()));
    Outcome { code: Code::Valid, response: json(StatusCode::OK, document) }
}

/// The document of an installation at that address.
#[must_use]
pub fn document(url: &str) -> Value {
    let paths: Map<String, Value> =
        OPERATIONS.iter().map(|operation| (operation.path.to_owned(), path(operation))).collect();
    let schemas: Map<String, Value> =
        schemas().into_iter().map(|(name, schema)| (name.to_owned(), schema.to_value())).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Latchkey",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Authenticates API keys",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A key."},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A key, in another header."},
                "gateway": {
                    "type": "apiKey", "in": "header", "name": "X-Latchkey-Gateway-Key",
                    "description": "The proxy's gateway key, once.",
                },
                "metrics": {"type": "http", "scheme": "bearer", "description": "The token of the metrics."},
            },
            "headers": {
                "RequestId": {
                    "description": "Names the request in the log: the one that was sent, if it has a plain form, or a fresh one.",
                    "required": true,
                    "schema": {"type": "string", "pattern": "^[0-9A-Za-z._-]{1,64}$"},
                },
            },
            "parameters": {
                "RequestId": {
                    "name": "X-Request-Id", "in": "header",
                    "description": "1 to 64 letters, digits, `-`, `_` or `.`: taken over as the request's id.",
                    "schema": {"type": "string"},
                },
            },
        },
    })
}

fn path(operation: &Operation) -> Value {
    let several = operation.methods.len() > 1;
    let methods = operation.methods.iter().map(|method| {
        let id = if several { format!("{}-{method}", operation.id) } else { operation.id.to_owned() };
        ((*method).to_owned(), described(operation, &id, *method == "head"))
    });
    Value::Object(methods.collect())
}

fn described(operation: &Operation, id: &str, is_head: bool) -> Value {
    let mut parameters = vec![json!({"$ref": "#/components/parameters/RequestId"})];
    parameters.extend(operation.headers.iter().map(
        |header| json!({"name": header.name, "in": "header", "description": header.text, "schema": {"type": "string"}}),
    ));
    let responses: Map<String, Value> = operation
        .answers()
        .iter()
        .map(|answer| (answer.status.to_string(), response(operation, answer, is_head)))
        .collect();
    let mut described = json!({
        "operationId": id,
        "summary": operation.summary,
        "security": security(operation.credential),
        "parameters": parameters,
        "responses": responses,
    });
    if !operation.text.is_empty() {
        described["description"] = operation.text.join("\n\n").into();
    }
    if let Some(body) = &operation.body {
        described["requestBody"] = json!({
            "required": true,
            "content": {"application/json": {"schema": schema(body.name), "example": example(body.example)}},
        });
    }
    described
}

fn security(credential: Credential) -> Value {
    match credential {
        Credential::None => json!([]),
        Credential::Key | Credential::Gateway => json!([{"bearer": []}, {"apiKey": []}]),
        Credential::Both => json!([{"gateway": [], "bearer": []}, {"gateway": [], "apiKey": []}]),
        Credential::MetricsToken => json!([{}, {"metrics": []}]),
    }
}

fn response(operation: &Operation, answer: &Answer, is_head: bool) -> Value {
    let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/RequestId"}});
    for (name, text) in &answer.headers {
        // A challenge comes where the credential is the reason: with 401 and 403 always, with 400 not for a bad body.
        let required = *name != "WWW-Authenticate" || answer.status != 400;
        headers[*name] = json!({"description": text, "required": required, "schema": {"type": "string"}});
    }
    let mut response = json!({"description": answer.text, "headers": headers});
    if let Some(media_type) = answer.media_type.filter(|_| !is_head) {
        response["content"] = json!({media_type: content(operation, answer)});
    }
    response
}

fn content(operation: &Operation, answer: &Answer) -> Value {
    let codes: Vec<&str> = answer.codes.iter().map(|code| code.text()).collect();
    match (answer.schema, &operation.ok.body) {
        (Some("Error"), _) => json!({
            "schema": {"allOf": [schema("Error"), {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}]},
        }),
        (Some(name), _) => json!({"schema": schema(name), "example": answer.example.map(example)}),
        (None, Content::Document) => json!({"schema": {"type": "object", "required": ["openapi", "info", "paths"]}}),
        (None, _) => json!({"schema": {"type": "string"}}),
    }
}

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn example(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
