//! Reads a JSON body and says exactly what is wrong with a bad one.

use super::{
    RequestId,
    answer::{Outcome, error, too_large, too_slow},
};
use crate::surface::Code;
use axum::{
    body::{Bytes, HttpBody},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use domain::refusal::Refusal;
use http_body_util::{BodyExt, Limited};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use tower::BoxError;

/// The longest name of a field that is repeated: shorter than any key.
pub(super) const NAME_MOST: usize = 32;

/// The body as `T`; else what [`json_bytes`] says, or 400 with line and column for broken JSON, a missing, a doubled, an unknown
/// or a wrongly typed field.
pub(super) async fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: impl HttpBody<Data = Bytes, Error: Into<BoxError>>,
    id: &RequestId,
) -> Result<T, Outcome> {
    let bytes = json_bytes(headers, body, super::BODY_MOST, id).await?;
    read(&bytes).map_err(|problem| {
        let code = Code::Refused(Refusal::InvalidRequest);
        error(code, &format!("The body is not understood: {problem}."), id)
    })
}

/// The bytes of a body of JSON; else 415 for another content type, 413 for more than `most`, 408 for too slow.
pub(super) async fn json_bytes(
    headers: &HeaderMap,
    body: impl HttpBody<Data = Bytes, Error: Into<BoxError>>,
    most: usize,
    id: &RequestId,
) -> Result<Bytes, Outcome> {
    if !is_json(headers) {
        let message = "Send the body as Content-Type: application/json.";
        return Err(error(Code::UnsupportedMediaType, message, id));
    }
    let arriving = Limited::new(body, most).collect();
    let arrived = timeout(super::slow::BODY, arriving).await.map_err(|_| too_slow(id))?;
    Ok(arrived.map_err(|_| too_large(most, id))?.to_bytes())
}

/// Whether a body says that it is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// The whole text as `T`; else what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    // serde would take a list for an object, item by item in the order of the fields: there no mistyped name could be noticed.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err("expected an object, not a list".into());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|problem| {
        let path = problem.path().to_string();
        explain(&path, problem.inner())
    })?;
    reader.end().map_err(|problem| problem.to_string())?;
    Ok(value)
}

/// Which field, what was wanted, line and column. What stood there instead is not repeated: it may be a key in the wrong
/// place. (The name of an unknown field is, unless it is long enough to be one.)
fn explain(path: &str, problem: &serde_json::Error) -> String {
    let text = problem.to_string();
    let said = match text.split_once(", expected ") {
        Some((found, _)) if found.starts_with("unknown field") && path.len() <= NAME_MOST => text,
        Some((found, wanted)) if found.starts_with("unknown field") => format!("unknown field, expected {wanted}"),
        Some((_, wanted)) => format!("expected {wanted}"),
        None => text,
    };
    let unnamed = path == "." || path.len() > NAME_MOST || said.contains(&format!("`{path}`"));
    if unnamed { said } else { format!("{path}: {said}") }
}
