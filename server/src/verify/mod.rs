//! The verifier: is this text a key, and may it do this now? Called by every surface of the data plane. No session and no
//! page on that walk.

mod counts;
mod events;
mod judged;
mod known;
mod rate;
mod recorder;
mod records;
mod spend;

pub(crate) use judged::{Judged, McpUsed, ModelUsed};
pub use rate::{Rates, Wait};
use recorder::Used;
pub use recorder::{Recorder, USAGE_EVENTS_PER_SECOND};
use records::Memory;
pub(crate) use records::Records;
pub use records::{Record, RecordsState};

use crate::Latchkey;
use domain::{
    decision::{Access, Asked, AskedServer, AskedTool, afford, decide},
    key::Presented,
    model::ModelName,
    refusal::Refusal,
    time::Timestamp,
};
use std::{net::IpAddr, sync::Arc};

/// What is asked of a key.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Where it knocks: `me`, `verify`, `forward-auth`, `mcp`. Kept with the usage.
    pub surface: &'static str,
    /// What the request wants to do; `None` where only the key's validity is asked for.
    pub access: Option<Access>,
    /// Who carries it, and from where.
    pub bearer: Bearer<'a>,
    /// For which MCP server and tool; `None` where it is about none.
    pub mcp: Option<AskedMcp<'a>>,
    /// With which model; `None` where it is about none.
    pub model: Option<&'a ModelName>,
}

/// The MCP server that a request is for.
#[derive(Clone, Copy, Debug)]
pub struct AskedMcp<'a> {
    /// The server's slug, as it was asked for.
    pub slug: &'a str,
    /// The server, and whether the key's owner may use it.
    pub server: AskedServer<'a>,
    /// The name of the tool it calls, and how it stands.
    pub tool: Option<(&'a str, AskedTool)>,
}

/// Who carries a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bearer<'a> {
    /// Their address, if known.
    pub ip: Option<IpAddr>,
    /// Their user agent, cut and without control characters.
    pub agent: &'a str,
    /// They showed the key in the request's URL.
    pub in_url: bool,
}

impl<'a> Bearer<'a> {
    /// Who holds a connection.
    pub(crate) fn of(client: &'a crate::Client) -> Self {
        Self { ip: client.ip, agent: &client.agent, in_url: false }
    }
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

    /// The key of a request that is still under way, as it stands now; the same one if nothing was changed.
    pub(crate) async fn identify_again(&self, record: &Arc<Record>) -> Result<Arc<Record>, Refusal> {
        if self.records.is_current(record) {
            return Ok(Arc::clone(record));
        }
        let shown = Presented { id: record.id, hash: record.hash.clone() };
        match self.records.in_memory(&shown) {
            Memory::Key(record) => Ok(record),
            Memory::NoKey => Err(Refusal::Unauthorized),
            Memory::Unsure => self.look_up(&shown).await?.ok_or(Refusal::Unauthorized),
        }
    }

    async fn look_up(&self, shown: &Presented) -> Result<Option<Arc<Record>>, Refusal> {
        let reading = self.records.in_database(&self.store, shown);
        self.in_time(reading).await.map_err(|_| Refusal::Unavailable)
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

    /// The rate comes behind the decision: what that lets pass takes one request from it. The spend cap is last.
    fn conclude(
        &self,
        credential: Arc<Record>,
        verdict: Result<(), Refusal>,
        question: Question<'_>,
        now: Timestamp,
    ) -> Result<Admitted, Denied> {
        let taken = verdict.map_err(|refusal| (refusal, None)).and_then(|()| self.take_rate(&credential, now));
        let code = taken.err().map_or("VALID", |(refusal, _)| refusal.code());
        self.note(question, &credential, code, now);
        match taken {
            Ok(remaining) => Ok(Admitted { key: credential, remaining }),
            Err((refusal, retry_after)) => Err(Denied { refusal, retry_after, credential: Some(credential) }),
        }
    }

    /// Like [`judge`](Self::judge), for the gateway: what passes is not recorded yet, because what comes of it is not known.
    pub(crate) fn judge_first(&self, credential: &Arc<Record>, question: Question<'_>) -> Result<Judged, Denied> {
        let now = self.now();
        let verdict = decide(&credential.facts, question.asked(), now).map_err(|refusal| (refusal, None));
        match verdict.and_then(|()| self.take_rate(credential, now)) {
            Ok(_) => Ok(Judged::new(question, credential, now)),
            Err((refusal, retry_after)) => {
                self.note(question, credential, refusal.code(), now);
                Err(Denied { refusal, retry_after, credential: Some(Arc::clone(credential)) })
            }
        }
    }

    /// Records a use of which nothing more will be known.
    fn note(&self, question: Question<'_>, key: &Arc<Record>, code: &'static str, at: Timestamp) {
        let (mcp, model) = (question.mcp.map(McpUsed::new), question.model.map(ModelUsed::new));
        let Bearer { ip: address, agent, .. } = question.bearer;
        let (mcp, model) = (mcp.as_ref(), model.as_ref());
        self.recorder.record(Used { at, key, surface: question.surface, code, address, agent, mcp, model });
    }

    /// What comes behind the decision: one request of the key's rate, then its spend cap.
    fn take_rate(&self, credential: &Record, now: Timestamp) -> Result<Option<u32>, (Refusal, Option<u64>)> {
        let remaining = match credential.facts.limits.rate {
            None => None,
            Some(rate) => {
                let taken = self.rates.take(&credential.id, rate);
                Some(taken.map_err(|Wait(seconds)| (Refusal::RateLimited, Some(seconds)))?)
            }
        };
        afford(&credential.facts, now).map_err(|refusal| (refusal, None))?;
        Ok(remaining)
    }
}

impl<'a> Question<'a> {
    pub(crate) fn asked(&self) -> Asked<'a> {
        let server = self.mcp.map(|mcp| mcp.server);
        let tool = self.mcp.and_then(|mcp| mcp.tool).map(|(_, tool)| tool);
        Asked { access: self.access, ip: self.bearer.ip, in_url: self.bearer.in_url, server, tool, model: self.model }
    }
}
