//! What is kept of a request's body once it is read: nothing that borrows from it.

use super::reading;
use axum::body::Bytes;
use domain::model::{BadBody, Bounds, Ceilings, Endpoint, Failure, ModelName, Request};

pub(super) struct Understood {
    pub model: ModelName,
    pub streams: bool,
    /// Why it is none for a key with a cap, if it is not.
    pub not_with_cap: Option<Failure>,
    /// The most tokens that it can take.
    pub bounds: Bounds,
    /// The body for the provider: as it came, but that a stream is asked for its usage.
    pub on: Bytes,
    /// The client did not ask for the usage: it does not see what Latchkey asked for.
    pub hides_usage: bool,
}

/// Reads a body; what it does not say itself is bounded by `ceilings`.
pub(super) async fn understand(endpoint: Endpoint, body: Bytes, ceilings: Ceilings) -> Result<Understood, BadBody> {
    let broken = || Err(BadBody { param: None, message: "The request's body can't be read.".into() });
    reading::read(&body, move |body| read(endpoint, body, &ceilings)).await.unwrap_or_else(broken)
}

fn read(endpoint: Endpoint, body: &Bytes, ceilings: &Ceilings) -> Result<Understood, BadBody> {
    let request = Request::read(endpoint, body)?;
    let edit = request.add_usage();
    Ok(Understood {
        model: request.model().clone(),
        streams: request.streams(),
        not_with_cap: request.not_with_cap(),
        bounds: request.bounds(ceilings),
        hides_usage: edit.is_some(),
        on: edit.map_or_else(|| body.clone(), |edit| edit.apply(body).into()),
    })
}
