//! Requests and their answers, read whole.

use crate::openapi::conform;
use reqwest::{RequestBuilder, header::HeaderMap};
use serde_json::Value;

/// An answer with its body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

/// Sends a request and reads the answer. What the OpenAPI document says about it has to hold.
pub async fn answer(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().to_string(), request.url().path().to_owned());
    let response = client.execute(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let answer = Answer { status, headers, body: response.text().await.unwrap() };
    conform::check(&method, &path, &answer);
    answer
}

/// Asserts that every one of them was answered so.
#[track_caller]
pub fn assert_all(answers: &[Answer], status: u16, of: &str) {
    let others: Vec<&Answer> = answers.iter().filter(|answer| answer.status != status).collect();
    assert!(others.is_empty(), "{of}: {} of {} are not {status}, first {:?}", others.len(), answers.len(), others[0]);
}

impl Answer {
    /// A header's text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        assert!(self.headers.get_all(name).iter().count() <= 1, "{name} came twice");
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        assert!(self.header("content-type").starts_with("application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The message of an error.
    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Asserts an error of the data plane: status and code, the body's whole shape, the challenge, no caching.
    #[track_caller]
    pub fn assert_error(&self, status: u16, code: &str) {
        let body = self.json();
        assert_eq!((self.status, body["error"]["code"].as_str()), (status, Some(code)), "{self:?}");
        let fields: Vec<&String> = body["error"].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["code", "message", "request_id"]);
        assert_eq!(body.as_object().unwrap().len(), 1);
        assert!(!self.message().is_empty());
        assert_eq!(body["error"]["request_id"], self.header("x-request-id"));
        assert_eq!(self.header("cache-control"), "no-store");
        let challenged = !self.header("www-authenticate").is_empty();
        match status {
            401 | 403 => assert!(challenged, "{self:?}"),
            // A request with two credentials is challenged, one with a bad body is not.
            400 => {}
            _ => assert!(!challenged, "{self:?}"),
        }
    }

    /// Asserts the challenge of a refused credential (RFC 6750 §3).
    #[track_caller]
    pub fn assert_challenge(&self, error: &str) {
        let challenge = self.header("www-authenticate");
        assert!(challenge.starts_with(&format!(r#"Bearer realm="latchkey", error="{error}""#)), "{challenge}");
        assert!(challenge.ends_with(&format!(r#"error_description="{}""#, self.message())), "{challenge}");
    }

    /// Asserts the challenge of a request without a credential: no error code (RFC 6750 §3.1).
    #[track_caller]
    pub fn assert_bare_challenge(&self) {
        assert_eq!(self.header("www-authenticate"), r#"Bearer realm="latchkey""#);
    }
}
