//! A streamed answer on its way back, event by event as it comes. It ends when the key stops; dropped, because the client
//! went away, it cancels the call at the provider, and what came until then is paid; an answer that is finished is heard out.

use super::{
    bill::Bill,
    count::Tally,
    events::{Events, data, has_data},
    guard::GuardedStream,
    last_words::hear_out,
    patience::{Cut, in_time},
    repeats::ApiKey,
    tell::Teller,
    upstream::Begun,
    watch::Watch,
};
use crate::{http::RequestId, upstream::chain};
use axum::body::{Body, Bytes};
use domain::{
    guardrail::openai::{Passing, Said},
    model::{Endpoint, Failure, Seen, client_sees},
};
use futures::{
    StreamExt,
    future::ready,
    stream::{once, unfold},
};
use http_body_util::BodyDataStream;
use std::{convert::Infallible, mem, thread::panicking};
use tokio::time::Instant;

pub(super) struct Streaming {
    /// What the provider says; its first part goes through as all that follow.
    pub begun: Begun,
    pub watch: Watch,
    pub id: RequestId,
    pub endpoint: Endpoint,
    /// The client did not ask for the usage that is in it.
    pub hides_usage: bool,
    /// What the key's guardrail makes of it; in a box, since few keys are under one.
    pub guard: Option<Box<GuardedStream>>,
    /// When all is over.
    pub end: Instant,
    /// What has come of events that are not whole yet.
    pub events: Events,
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

    /// What came of it, for the log.
    fn comes_to(&mut self, outcome: &'static str) {
        if let Some(bill) = &mut self.bill {
            bill.outcome(outcome);
        }
    }

    /// What a guardrail did, where nothing worse came of it.
    fn says(&mut self, outcome: &'static str) {
        if let Some(bill) = &mut self.bill {
            bill.says(outcome);
        }
    }

    /// What goes out, for the sample.
    fn passes(&mut self, piece: &[u8]) {
        if let Some(bill) = &mut self.bill {
            bill.passes(piece);
        }
    }

    /// Whether the answer has said that it is finished, and not yet what it took.
    fn is_nearly_whole(&self) -> bool {
        self.bill.is_some() && self.tally.is_finished && !self.tally.is_whole && !panicking()
    }

    fn take(&mut self) -> Self {
        Self { bill: self.bill.take(), tally: mem::take(&mut self.tally) }
    }

    async fn end(&mut self) {
        if let Some(bill) = self.bill.take() {
            bill.answered(mem::take(&mut self.tally)).await;
        }
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        if let Some(bill) = self.bill.take() {
            bill.given_up(mem::take(&mut self.tally));
        }
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.note();
        let Some(counting) = self.counting.is_nearly_whole().then(|| self.counting.take()) else { return };
        let (mut counting, endpoint, settling) = (counting, self.endpoint, self.watch.latchkey.settling.clone());
        let first = once(ready(Ok(mem::take(&mut self.begun.first))));
        let rest = first.chain(mem::replace(&mut self.begun.rest, BodyDataStream::new(reqwest::Body::default())));
        let events = mem::take(&mut self.events);
        settling.spawn(async move {
            hear_out(rest, events, endpoint, &mut counting.tally).await;
            // What is not whole now was given up.
            if counting.tally.is_whole {
                counting.end().await;
            }
        });
    }
}

impl Streaming {
    /// The body for the client.
    pub fn into_body(self) -> Body {
        Body::from_stream(unfold((self, false), |(mut stream, ended)| async move {
            if ended {
                return None;
            }
            let (piece, ended) = stream.piece().await;
            stream.counting.passes(&piece);
            if ended {
                stream.note();
                // Before the client sees the end: whoever asks then finds it settled.
                stream.counting.end().await;
            }
            Some((Ok::<_, Infallible>(piece), (stream, ended)))
        }))
    }

    /// What goes on next, and whether it is the last.
    async fn piece(&mut self) -> (Bytes, bool) {
        loop {
            let Self { begun: Begun { first, rest, patience, .. }, watch, end, .. } = self;
            let next = async {
                let first = mem::take(first);
                if first.is_empty() { rest.next().await } else { Some(Ok(first)) }
            };
            let came = match in_time(watch, *patience, *end, next).await {
                Ok(came) => came,
                Err(Cut::Stopped(refusal)) => return self.last_word(&Failure::Refused(refusal)),
                Err(Cut::Slow) => {
                    tracing::warn!(model = self.watch.model.as_str(), "a provider stopped in the middle of its answer");
                    return self.last_word(&Failure::UpstreamTimeout);
                }
            };
            let came = came.map(|came| {
                // Not in a hand: whoever leaves in the meantime may leave the usage.
                came.map(|piece| self.begun.first = piece)
            });
            // Nothing passes once the key may not.
            if let Err(refusal) = self.watch.holds().await {
                return self.last_word(&Failure::Refused(refusal));
            }
            let piece = match came {
                Some(Ok(())) => mem::take(&mut self.begun.first),
                None => {
                    let rest = self.events.rest();
                    return self.rest(&rest);
                }
                Some(Err(error)) => {
                    let error = chain(&error.without_url());
                    tracing::warn!(model = self.watch.model.as_str(), error, "a provider broke off its answer");
                    return self.last_word(&Failure::UpstreamUnavailable);
                }
            };
            let mut on = Vec::with_capacity(piece.len());
            let mut failed = None;
            let mut events = mem::take(&mut self.events);
            let mut pass = Pass::of(self);
            let taken = events.take(&piece, |event| {
                if failed.is_none() {
                    failed = pass.event(event, &mut on).err();
                }
            });
            self.events = events;
            if let Some(failure) = failed {
                return self.stopped(on, &failure);
            }
            if taken.is_err() {
                tracing::warn!(model = self.watch.model.as_str(), "an event of a provider is too large");
                // What was whole by then goes on.
                return self.stopped(on, &Failure::UpstreamUnavailable);
            }
            // Else there is an event that is not whole yet.
            if !on.is_empty() {
                return (on.into(), false);
            }
        }
    }

    /// What stands behind the last empty line: an event that its provider did not end is one to some clients. And what a
    /// guardrail still held back.
    fn rest(&mut self, rest: &[u8]) -> (Bytes, bool) {
        let (mut on, mut held) = (Vec::with_capacity(rest.len()), Vec::new());
        let mut pass = Pass::of(self);
        let failure = pass.event(rest, &mut on).and_then(|()| pass.end(&mut held)).err();
        if !on.is_empty() && (!held.is_empty() || failure.is_some()) {
            // Something follows: without an empty line it would be taken for a part of this event.
            on.extend_from_slice(b"\n\n");
        }
        on.extend_from_slice(&held);
        match failure {
            None => {
                self.counting.tally.is_whole = true;
                (on.into(), true)
            }
            Some(failure) => self.stopped(on, &failure),
        }
    }

    /// Ends the stream with an error, after what was allowed to pass before it.
    fn stopped(&mut self, mut on: Vec<u8>, failure: &Failure) -> (Bytes, bool) {
        let (word, last) = self.last_word(failure);
        on.extend_from_slice(&word);
        (on.into(), last)
    }

    /// Writes down what the guardrail did: once, when nothing more comes, or the client went away.
    fn note(&mut self) {
        if let Some(outcome) = self.guard.take().and_then(|guard| guard.outcome(&self.watch)) {
            self.counting.says(outcome);
        }
    }

    /// Ends the stream with an error, as OpenAI's clients understand it.
    fn last_word(&mut self, failure: &Failure) -> (Bytes, bool) {
        self.counting.comes_to(failure.code());
        (Teller { id: &self.id }.event(failure), true)
    }
}

/// What events go through.
struct Pass<'a> {
    tally: &'a mut Tally,
    api_key: &'a ApiKey,
    guard: Option<&'a mut GuardedStream>,
    endpoint: Endpoint,
    hides_usage: bool,
}

impl<'a> Pass<'a> {
    fn of(stream: &'a mut Streaming) -> Self {
        let Streaming { begun, counting, guard, endpoint, hides_usage, .. } = stream;
        let (tally, guard) = (&mut counting.tally, guard.as_deref_mut());
        Self { tally, api_key: &begun.api_key, guard, endpoint: *endpoint, hides_usage: *hides_usage }
    }

    /// Counts an event, and passes on what the client sees of it.
    fn event(&mut self, event: &[u8], on: &mut Vec<u8>) -> Result<(), Failure> {
        let Some((at, data)) = data(event) else {
            if let Some(guard) = self.guard.as_ref().filter(|_| has_data(event)) {
                guard.unread()?;
            }
            self.withhold(event)?;
            on.extend_from_slice(event);
            return Ok(());
        };
        self.tally.event(self.endpoint, data);
        self.withhold(data.as_bytes())?;
        let passing = match &mut self.guard {
            Some(guard) => guard.event(data)?,
            None => Passing::default(),
        };
        said(passing.before, on);
        let changed = passing.data.as_deref();
        let data = changed.unwrap_or(data);
        match if self.hides_usage { client_sees(data) } else { Seen::AsItIs } {
            Seen::AsItIs if changed.is_none() => on.extend_from_slice(event),
            Seen::Nothing => {}
            seen => {
                on.extend_from_slice(&event[..at.start]);
                match seen {
                    Seen::Without(edit) => {
                        edit.pieces(data.as_bytes()).iter().for_each(|piece| on.extend_from_slice(piece));
                    }
                    _ => on.extend_from_slice(data.as_bytes()),
                }
                on.extend_from_slice(&event[at.end..]);
            }
        }
        Ok(())
    }

    /// Ends with what repeats the provider's API key.
    fn withhold(&self, told: &[u8]) -> Result<(), Failure> {
        if self.api_key.is_told_by(told) {
            tracing::warn!("a provider's error repeats its API key: the stream ends before it");
            return Err(Failure::UpstreamUnavailable);
        }
        Ok(())
    }

    /// What a guardrail still held back.
    fn end(&mut self, on: &mut Vec<u8>) -> Result<(), Failure> {
        if let Some(guard) = &mut self.guard {
            said(guard.end()?, on);
        }
        Ok(())
    }
}

/// Events of a guardrail's own.
fn said(events: Vec<Said>, on: &mut Vec<u8>) {
    for Said { event, data } in events {
        if let Some(event) = event {
            on.extend_from_slice(format!("event: {event}\n").as_bytes());
        }
        on.extend_from_slice(b"data: ");
        on.extend_from_slice(data.as_bytes());
        on.extend_from_slice(b"\n\n");
    }
}
