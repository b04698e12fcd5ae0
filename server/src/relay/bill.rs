//! What a call took, into the books: its use into the log, its cost in the place of what was held. Once a call, also if the
//! client went away.

use super::{count::Tally, hold::Hold};
use crate::{Latchkey, verify::Judged};
use axum::body::Bytes;
use domain::model::{Endpoint, Failure, Price};

/// An open bill; dropped, because the client went away before anything came, it is settled at what was held.
pub(super) struct Bill(Option<Open>);

struct Open {
    latchkey: Latchkey,
    judged: Judged,
    endpoint: Endpoint,
    /// The request's, for the count of its tokens.
    body: Bytes,
    /// What is held of the key's cap, and the price that its cost is computed from.
    held: Option<(Hold, Price)>,
    /// A provider may have worked on the call and did not say what it took.
    unknown: bool,
}

/// What a call came to.
enum End {
    /// Nothing was done for it.
    Free,
    /// That many tokens.
    Took(Tally),
    /// Nobody knows.
    Unknown,
}

impl Bill {
    pub fn open(latchkey: &Latchkey, judged: Judged, endpoint: Endpoint, body: Bytes) -> Self {
        let latchkey = latchkey.clone();
        Self(Some(Open { latchkey, judged, endpoint, body, held: None, unknown: false }))
    }

    /// This much is held for it.
    pub fn hold(&mut self, hold: Hold, price: Price) {
        if let Some(open) = &mut self.0 {
            open.held = Some((hold, price));
        }
    }

    /// A provider may have worked on it in vain.
    pub fn may_have_cost(&mut self) {
        if let Some(open) = &mut self.0 {
            open.unknown = true;
        }
    }

    /// It is refused by what came after the key's own verdict.
    pub async fn refused(mut self, failure: &Failure) {
        if let Some(open) = &mut self.0 {
            open.judged.code = failure.code();
        }
        self.end(End::Free).await;
    }

    /// No provider did anything for it; or what one did is not known, if that was said before.
    pub async fn unanswered(self) {
        self.end(End::Free).await;
    }

    /// It was answered.
    pub async fn answered(self, tally: Tally) {
        self.end(End::Took(tally)).await;
    }

    /// The answer was given up in the middle: what came until then is paid, off the way.
    pub fn given_up(mut self, tally: Tally) {
        drop(self.close(End::Took(tally)));
    }

    /// Waits until it is settled; goes on by itself if nobody waits any more.
    async fn end(mut self, end: End) {
        if let Some(closing) = self.close(end) {
            let _ = closing.await;
        }
    }

    fn close(&mut self, end: End) -> Option<tokio::task::JoinHandle<()>> {
        let Open { latchkey, judged, endpoint, body, held, unknown } = self.0.take()?;
        judged.record(&latchkey.recorder);
        let (hold, price) = held?;
        let settled = async move {
            let cost = match end {
                End::Free => (!unknown).then_some(domain::model::MicroUsd::ZERO),
                End::Unknown => None,
                // What an earlier provider took in vain is nowhere said: the call counts as dear as it may be.
                End::Took(_) if unknown => None,
                End::Took(tally) => Some(price.cost(tally.counted(endpoint, body).await.usage)),
            };
            hold.settle(cost).await;
        };
        Some(latchkey.settling.spawn(settled))
    }
}

impl Drop for Bill {
    fn drop(&mut self) {
        drop(self.close(End::Unknown));
    }
}
