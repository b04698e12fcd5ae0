//! Who waits for an answer in an event stream. When the key stops, the stream ends; a client that only saw it end would wait for
//! as long as it has patience, so it is told, as the last event.

use super::answer::{Asking, event};
use crate::http::RequestId;
use axum::body::Bytes;
use domain::refusal::Refusal;

pub(super) struct Waiting {
    asking: Asking,
    id: RequestId,
    /// What has passed ends with an event.
    between: bool,
}

impl Waiting {
    pub fn new(asking: &Asking, id: &RequestId) -> Self {
        Self { asking: asking.clone(), id: id.clone(), between: true }
    }

    /// A piece of the stream passes. An end of an event that comes in two pieces is not seen as one: then nothing is said.
    pub fn heard(&mut self, piece: &[u8]) {
        let ends: [&[u8]; 3] = [b"\n\n", b"\r\n\r\n", b"\r\r"];
        self.between = ends.iter().any(|end| piece.ends_with(end));
    }

    /// The last event; none in the middle of another, which would be taken for whole.
    pub fn last_word(&self, refusal: Refusal) -> Option<Bytes> {
        if self.between { event(&self.asking, refusal, &self.id) } else { None }
    }
}
