//! The verifier: is this text a key, and may it do this now? Called by every surface of the data plane. No session and no
//! page on that walk.

mod counts;
mod events;
mod known;
mod rate;
mod recorder;
mod records;

pub use rate::{Rates, Wait};
use recorder::Used;
pub use recorder::{Recorder, USAGE_EVENTS_PER_SECOND};
use records::Memory;
pub(crate) use records::Records;
pub use records::{Record, RecordsState};

use crate::{Error, Latchkey};
use domain::{
    decision::{Access, Asked, decide},
    key::Presented,
    refusal::Refusal,
    time::Timestamp,
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::time::timeout;

/// The longest that a request waits for the database.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is asked of a key.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Where it knocks: `me`, `verify`, `forward-auth`. Kept with the usage.
    pub surface: &'static str,
    /// What the request wants to do; `None` where only the key's validity is asked for.
    pub access: Option<Access>,
    /// Who carries it, and from where.
    pub bearer: Bearer<'a>,
}

/// Who carries a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bearer<'a> {
    /// Their address, if known.
    pub ip: Option<IpAddr>,
    /// Their user agent, cut and without control characters.
    pub agent: &'a str,
}

/// A key that passed.
#[derive(Debug)]
pub struct Admitted {
    /// The key.
    pub key: Arc<Record>,
    /// Requests that it may still make at once; `None` for a key without a rate limit.
    pub remaining: Option<u32>,
}

/// A key that did not pass.
#[derive(Debug)]
pub struct Denied {
    /// Why.
    pub refusal: Refusal,
    /// Seconds until it may pass, where only its rate is against it.
    pub retry_after: Option<u64>,
    /// The key, if its secret was right: only then may an answer say more than that it is no key.
    pub credential: Option<Arc<Record>>,
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, retry_after: None, credential: None }
    }
}

impl Latchkey {
    /// Judges a credential as it came: form and checksum, then the record and its secret, then the decision. Whatever was
    /// acknowledged as revoked before this call is refused: the record is from memory only while every change is known here.
    ///
    /// Records the use. Fails closed: if the database does not answer, nobody passes.
    pub async fn verify(&self, text: &str, question: Question<'_>) -> Result<Admitted, Denied> {
        let credential = self.identify(text).await?;
        self.judge(credential, question)
    }

    /// The key of that text, if its secret is right. Nothing is decided and nothing recorded yet.
    pub(crate) async fn identify(&self, text: &str) -> Result<Arc<Record>, Denied> {
        let shown = Presented::parse(text, self.prefix()).map_err(|_| Refusal::Unauthorized)?;
        match self.records.in_memory(&shown) {
            Memory::Key(record) => Ok(record),
            Memory::NoKey => Err(Refusal::Unauthorized.into()),
            // In a box, so that requests that do not come here stay small.
            Memory::Unsure => Box::pin(self.look_up(&shown)).await?.ok_or_else(|| Refusal::Unauthorized.into()),
        }
    }

    async fn look_up(&self, shown: &Presented) -> Result<Option<Arc<Record>>, Refusal> {
        match timeout(PATIENCE, self.records.in_database(&self.store, shown)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => {
                // The conversion writes the cause to the log.
                let _: Error = error.into();
                Err(Refusal::Unavailable)
            }
            Err(_) => {
                tracing::error!("the database does not answer in time");
                Err(Refusal::Unavailable)
            }
        }
    }

    /// Decides about an identified key and records the use.
    pub(crate) fn judge(&self, credential: Arc<Record>, question: Question<'_>) -> Result<Admitted, Denied> {
        let now = self.now();
        let verdict = decide(&credential.facts, question.asked(), now);
        self.conclude(credential, verdict, question, now)
    }

    /// Like [`verify`](Self::verify), for a surface that takes gateway keys alone: another key is refused, and recorded so.
    pub(crate) async fn verify_gateway(&self, text: &str, question: Question<'_>) -> Result<Arc<Record>, Denied> {
        let credential = self.identify(text).await?;
        let now = self.now();
        let good = decide(&credential.facts, question.asked(), now);
        let verdict = good.and_then(|()| credential.gateway.then_some(()).ok_or(Refusal::GatewayRequired));
        self.conclude(credential, verdict, question, now).map(|admitted| admitted.key)
    }

    /// The rate comes last: what every other rule lets pass takes one request from it.
    fn conclude(
        &self,
        credential: Arc<Record>,
        verdict: Result<(), Refusal>,
        question: Question<'_>,
        now: Timestamp,
    ) -> Result<Admitted, Denied> {
        let taken = verdict.map_err(|refusal| (refusal, None)).and_then(|()| self.take_rate(&credential));
        self.recorder.record(Used {
            at: now,
            key: &credential,
            surface: question.surface,
            code: taken.err().map_or("VALID", |(refusal, _)| refusal.code()),
            address: question.bearer.ip,
            agent: question.bearer.agent,
        });
        match taken {
            Ok(remaining) => Ok(Admitted { key: credential, remaining }),
            Err((refusal, retry_after)) => Err(Denied { refusal, retry_after, credential: Some(credential) }),
        }
    }

    fn take_rate(&self, credential: &Record) -> Result<Option<u32>, (Refusal, Option<u64>)> {
        let Some(rate) = credential.facts.limits.rate else { return Ok(None) };
        let taken = self.rates.take(&credential.id, rate);
        taken.map(Some).map_err(|Wait(seconds)| (Refusal::RateLimited, Some(seconds)))
    }
}

impl Question<'_> {
    fn asked(&self) -> Asked {
        Asked { access: self.access, ip: self.bearer.ip }
    }
}
