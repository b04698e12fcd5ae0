//! A streamed answer on its way back, event by event as it comes. It ends when the key stops; dropped, because the client
//! went away, it cancels the call at the provider, and what came until then is paid.

use super::{
    bill::Bill,
    count::Tally,
    events::{Events, data},
    tell::Teller,
    upstream::{Cut, in_time},
    watch::Watch,
};
use crate::{http::RequestId, upstream::chain};
use axum::body::{Body, Bytes};
use domain::model::{Endpoint, Failure, Seen, client_sees};
use futures::{StreamExt, stream::unfold};
use http_body_util::BodyDataStream;
use reqwest::Response;
use std::{convert::Infallible, time::Duration};
use tokio::time::Instant;

pub(super) struct Streaming {
    /// Without the answer's head: it would keep the whole of what was read with it for as long as the stream is open.
    pub answer: BodyDataStream<reqwest::Body>,
    pub watch: Watch,
    pub id: RequestId,
    pub endpoint: Endpoint,
    /// The client did not ask for the usage that is in it.
    pub hides_usage: bool,
    /// How long the provider may be silent, and when all is over.
    pub patience: Duration,
    pub end: Instant,
    pub counting: Counting,
}

/// The bill of a stream under way.
pub(super) struct Counting {
    bill: Option<Bill>,
    tally: Tally,
}

impl Counting {
    pub fn new(bill: Bill) -> Self {
        Self { bill: Some(bill), tally: Tally::default() }
    }

    /// It ends with an error.
    fn breaks(&mut self, failure: &Failure) {
        if let Some(bill) = &mut self.bill {
            bill.outcome(failure.code());
        }
    }

    async fn end(&mut self) {
        if let Some(bill) = self.bill.take() {
            bill.answered(std::mem::take(&mut self.tally)).await;
        }
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        if let Some(bill) = self.bill.take() {
            bill.given_up(std::mem::take(&mut self.tally));
        }
    }
}

impl Streaming {
    /// The stream of an answer whose head is there.
    pub fn body_of(answer: Response) -> BodyDataStream<reqwest::Body> {
        BodyDataStream::new(answer.into())
    }

    /// The body for the client.
    pub fn into_body(self) -> Body {
        Body::from_stream(unfold((self, Events::default(), false), |(mut stream, mut events, ended)| async move {
            if ended {
                return None;
            }
            let (piece, ended) = stream.piece(&mut events).await;
            if ended {
                // Before the client sees the end: whoever asks then finds it settled.
                stream.counting.end().await;
            }
            Some((Ok::<_, Infallible>(piece), (stream, events, ended)))
        }))
    }

    /// What goes on next, and whether it is the last.
    async fn piece(&mut self, events: &mut Events) -> (Bytes, bool) {
        loop {
            let Self { answer, watch, patience, end, .. } = self;
            let came = match in_time(watch, *patience, *end, answer.next()).await {
                Ok(came) => came,
                Err(Cut::Stopped(refusal)) => return self.last_word(&Failure::Refused(refusal)),
                Err(Cut::Slow) => {
                    tracing::warn!(model = self.watch.model.as_str(), "a provider stopped in the middle of its answer");
                    return self.last_word(&Failure::UpstreamTimeout);
                }
            };
            // Nothing passes once the key may not.
            if let Err(refusal) = self.watch.holds().await {
                return self.last_word(&Failure::Refused(refusal));
            }
            let piece = match came {
                Some(Ok(piece)) => piece,
                None => {
                    let rest = events.rest();
                    return (self.seen(&rest), true);
                }
                Some(Err(error)) => {
                    let error = chain(&error.without_url());
                    tracing::warn!(model = self.watch.model.as_str(), error, "a provider broke off its answer");
                    return self.last_word(&Failure::UpstreamUnavailable);
                }
            };
            let mut on = Vec::with_capacity(piece.len());
            let (tally, endpoint, hides_usage) = (&mut self.counting.tally, self.endpoint, self.hides_usage);
            let taken = events.take(&piece, |event| pass(event, endpoint, hides_usage, tally, &mut on));
            if taken.is_err() {
                tracing::warn!(model = self.watch.model.as_str(), "an event of a provider is too large");
                return self.last_word(&Failure::UpstreamUnavailable);
            }
            // Else there is an event that is not whole yet.
            if !on.is_empty() {
                return (on.into(), false);
            }
        }
    }

    /// What stands behind the last empty line: an event that its provider did not end is one to some clients.
    fn seen(&mut self, rest: &[u8]) -> Bytes {
        let mut on = Vec::with_capacity(rest.len());
        pass(rest, self.endpoint, self.hides_usage, &mut self.counting.tally, &mut on);
        on.into()
    }

    /// Ends the stream with an error, as OpenAI's clients understand it.
    fn last_word(&mut self, failure: &Failure) -> (Bytes, bool) {
        self.counting.breaks(failure);
        (Teller { id: &self.id }.event(failure), true)
    }
}

/// Counts an event, and passes on what the client sees of it.
fn pass(event: &[u8], endpoint: Endpoint, hides_usage: bool, tally: &mut Tally, on: &mut Vec<u8>) {
    let Some((at, data)) = data(event) else {
        on.extend_from_slice(event);
        return;
    };
    tally.event(endpoint, data);
    match if hides_usage { client_sees(data) } else { Seen::AsItIs } {
        Seen::AsItIs => on.extend_from_slice(event),
        Seen::Without(edit) => {
            on.extend_from_slice(&event[..at.start]);
            for piece in edit.pieces(data.as_bytes()) {
                on.extend_from_slice(piece);
            }
            on.extend_from_slice(&event[at.end..]);
        }
        Seen::Nothing => {}
    }
}
