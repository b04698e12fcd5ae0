//! What a call took, into the books: its use with its tokens into the log, its cost in the place of what was held. Once a call,
//! also if the client went away.

use super::{count::Tally, hold::Hold, kept::Kept};
use crate::{
    Latchkey,
    samples::Taken,
    surface::Code,
    verify::{Judged, Record},
};
use axum::body::Bytes;
use domain::{
    model::{Bounds, Counted, Endpoint, Failure, MicroUsd, ModelName, Price, Usage},
    refusal::Refusal,
};
use std::thread::panicking;
use tokio::{task::JoinHandle, time::Instant};

/// What the log says of a call whose client went away before the answer, or its end.
const LEFT: &str = "CLIENT_LEFT";

/// An open bill, from the key's verdict on. Dropped, because the client went away before anything came, it is settled at what was
/// held, if a provider was asked by then.
pub(super) struct Bill(Option<Open>);

struct Open {
    latchkey: Latchkey,
    judged: Judged,
    endpoint: Endpoint,
    /// The request's, for the count of its tokens.
    body: Kept,
    begun: Instant,
    /// What its cost is computed from; `None` where the model has no price.
    price: Option<Price>,
    /// What is held of the key's cap, if it has one.
    hold: Option<Hold>,
    /// Some of its input comes from elsewhere than its body.
    elsewhere: bool,
    /// The slug of the provider that was asked last, once one was.
    asked: Option<Box<str>>,
    /// A provider may have worked on the call and did not say what it took.
    unknown: bool,
    /// What was held of the cap for providers that may have worked in vain: it counts as their cost.
    in_vain: MicroUsd,
    /// What is sampled of it, if it is.
    sample: Option<Box<Taken>>,
}

/// What a call came to.
enum End {
    /// Nothing was done for it.
    Free,
    /// That many tokens.
    Took(Tally),
    /// Nobody waited for it any more: nobody knows, if a provider was asked by then.
    Left,
}

impl Bill {
    /// Of a call whose body is not read yet.
    pub fn open(latchkey: &Latchkey, judged: Judged, endpoint: Endpoint) -> Self {
        let (latchkey, begun, body) = (latchkey.clone(), Instant::now(), Kept::Whole(Bytes::new()));
        Self(Some(Open {
            latchkey,
            judged,
            endpoint,
            body,
            begun,
            price: None,
            hold: None,
            elsewhere: false,
            asked: None,
            unknown: false,
            in_vain: MicroUsd::ZERO,
            sample: None,
        }))
    }

    /// That model is asked for.
    pub fn model(&mut self, model: &ModelName) {
        if let Some(open) = &mut self.0 {
            open.judged.asks_for(model);
        }
    }

    /// This is what goes to a provider.
    pub fn body(&mut self, body: Bytes) {
        if let Some(open) = &mut self.0 {
            open.body = Kept::Whole(body);
        }
    }

    /// Its answer is a stream, which may last: of what went to the provider no more is kept than is counted.
    pub fn streams(&mut self) {
        if let Some(open) = &mut self.0 {
            open.body.lighten(&open.latchkey.relay_room);
        }
    }

    /// Its model is one that the workspace has.
    pub fn found_model(&mut self) {
        if let Some(used) = self.0.as_mut().and_then(|open| open.judged.model.as_mut()) {
            used.known = true;
        }
    }

    /// What its model costs.
    pub fn price(&mut self, price: Option<Price>) {
        if let Some(open) = &mut self.0 {
            open.price = price;
        }
    }

    /// This much is held for it, because it can be as much as that.
    pub fn hold(&mut self, hold: Option<Hold>, bounds: Bounds) {
        if let Some(open) = &mut self.0 {
            (open.hold, open.elsewhere) = (hold, bounds.elsewhere);
        }
    }

    /// Another provider is asked: where the one before may have worked in vain, what was held counts as its cost, and as much is
    /// held again.
    pub async fn hold_again(&mut self, key: &Record) -> Result<(), Failure> {
        let Some(open) = self.0.as_mut().filter(|open| open.unknown) else { return Ok(()) };
        let Some(amount) = open.hold.as_ref().map(Hold::amount) else { return Ok(()) };
        let again = Hold::take(&open.latchkey, key, amount).await?;
        let Some(spent) = std::mem::replace(&mut open.hold, again) else { return Ok(()) };
        open.latchkey.settling.spawn(spent.settle(amount));
        open.in_vain = open.in_vain.saturating_add(amount);
        open.unknown = false;
        Ok(())
    }

    /// This is being sampled of it.
    pub fn sample(&mut self, sample: Option<Box<Taken>>) {
        if let Some(open) = &mut self.0 {
            open.sample = sample;
        }
    }

    /// This is what the client gets, or the next part of it: for the sample, if there is one.
    pub fn passes(&mut self, bytes: &[u8]) {
        if let Some(sample) = self.0.as_mut().and_then(|open| open.sample.as_mut()) {
            sample.passes(bytes);
        }
    }

    /// The provider of that slug is asked.
    pub fn asks(&mut self, slug: &str) {
        if let Some(open) = &mut self.0 {
            open.asked = Some(slug.into());
        }
    }

    /// Whether no provider was asked yet.
    pub fn asked_nobody(&self) -> bool {
        self.0.as_ref().is_some_and(|open| open.asked.is_none())
    }

    /// A provider may have worked on it in vain.
    pub fn may_have_cost(&mut self) {
        if let Some(open) = &mut self.0 {
            open.unknown = true;
        }
    }

    /// The provider of that slug answers it.
    pub fn answered_by(&mut self, slug: &str) {
        if let Some(used) = self.0.as_mut().and_then(|open| open.judged.model.as_mut()) {
            used.provider = slug.into();
        }
    }

    /// It is refused by what came after the key's own verdict.
    pub async fn refused(mut self, failure: &Failure) {
        if let Some(open) = &mut self.0 {
            open.judged.code = failure.code();
        }
        self.end(End::Free).await;
    }

    /// No provider did anything for it; or what one did is not known, if that was said before. `outcome` is why, for the log.
    pub async fn unanswered(mut self, outcome: &'static str) {
        self.outcome(outcome);
        self.end(End::Free).await;
    }

    /// It was answered.
    pub async fn answered(self, tally: Tally) {
        self.end(End::Took(tally)).await;
    }

    /// Says for the log what came of it.
    pub fn outcome(&mut self, outcome: &'static str) {
        if let Some(used) = self.0.as_mut().and_then(|open| open.judged.model.as_mut()) {
            used.outcome = outcome;
        }
    }

    /// The same, unless something was said already.
    pub fn says(&mut self, outcome: &'static str) {
        let used = self.0.as_mut().and_then(|open| open.judged.model.as_mut());
        if let Some(used) = used.filter(|used| used.outcome.is_empty()) {
            used.outcome = outcome;
        }
    }

    /// The answer was given up in the middle, by the client unless something else was said: what came until then is paid, off the way.
    /// Who has the provider's last word leaves nothing behind.
    pub fn given_up(mut self, tally: Tally) {
        if panicking() {
            self.says(Code::Internal.text());
        } else if !tally.is_whole {
            self.says(LEFT);
        }
        drop(self.close(End::Took(tally)));
    }

    /// Waits until what was held is settled; goes on by itself if nobody waits any more. Where nothing is held, nobody waits.
    async fn end(mut self, end: End) {
        let waits = self.0.as_ref().is_some_and(|open| open.hold.is_some());
        if let Some(closing) = self.close(end)
            && waits
        {
            let _ = closing.await;
        }
    }

    fn close(&mut self, end: End) -> Option<JoinHandle<()>> {
        let open = self.0.take()?;
        let settling = open.latchkey.settling.clone();
        Some(settling.spawn(open.settle(end)))
    }
}

impl Open {
    /// Nobody waits for it any more: the client went away, or what answered it broke down.
    fn left(&mut self) {
        let (broke, asked) = (panicking(), self.asked.clone());
        match &mut self.judged.model {
            _ if broke => self.judged.code = Code::Internal.text(),
            Some(used) => {
                used.provider = asked.unwrap_or_default();
                used.outcome = LEFT;
            }
            // Its body was cut off.
            None => self.judged.code = Refusal::InvalidRequest.code(),
        }
    }

    async fn settle(mut self, end: End) {
        let took = self.begun.elapsed();
        let nothing = Counted { usage: Usage::default(), estimated: false };
        let (mut counted, known) = match end {
            End::Free => (nothing, !self.unknown),
            End::Left if self.asked.is_none() => (nothing, true),
            // What it wrote is not known, what it read is.
            End::Left => {
                let counted = Tally::default().counted(self.endpoint, self.body.body().await).await;
                (Counted { estimated: true, ..counted }, false)
            }
            End::Took(tally) => {
                let known = !self.unknown && tally.is_known(self.endpoint, self.elsewhere);
                let counted = tally.counted(self.endpoint, self.body.body().await).await;
                (Counted { estimated: counted.estimated || !known, ..counted }, known)
            }
        };
        let held = self.hold.as_ref().map_or(MicroUsd::ZERO, Hold::amount);
        let counts = self.price.map_or(MicroUsd::ZERO, |price| price.cost(counted.usage));
        // What nobody said is as dear as it may be: a count of texts is what a client makes of it.
        let cost = if known { counts } else { counts.max(held) };
        counted.estimated |= !known && self.hold.is_some() || self.in_vain > MicroUsd::ZERO;
        if let Some(used) = &mut self.judged.model {
            (used.counted, used.took) = (counted, took);
            used.cost = cost.saturating_add(self.in_vain);
            used.sample = self.sample.take().and_then(|sample| sample.end(&self.latchkey));
        }
        self.judged.record(&self.latchkey.recorder);
        if let Some(hold) = self.hold {
            hold.settle(cost).await;
        }
    }
}

impl Drop for Bill {
    fn drop(&mut self) {
        if let Some(open) = &mut self.0 {
            open.left();
        }
        drop(self.close(End::Left));
    }
}
