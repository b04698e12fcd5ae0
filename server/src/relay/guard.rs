//! The guardrail that a call's key is under: on the request before anything is sent, on the answer before it goes back. Asked by
//! a call, and by a stream for every event.

use super::{
    guardrails::Held,
    reading::read_up_to,
    watch::{Guarded, Watch},
};
use axum::body::Bytes;
use domain::{
    guardrail::{
        Judgement, Report, Side, Verdict,
        openai::{AnswerScan, Passing, Said, Stop},
    },
    model::{BadBody, Endpoint, Failure},
    refusal::Refusal,
};

/// What the log says of a call that a guardrail changed, and of one that it would have changed or denied if it did not only
/// record.
const REDACTED: &str = "REDACTED";
const WOULD_REDACT: &str = "WOULD_REDACT";
const WOULD_BLOCK: &str = "WOULD_BLOCK";

/// The most bytes that are judged without a thread of their own.
const AT_ONCE: usize = 16 * 1024;

/// A guardrail at work on one call.
pub(super) struct Guard {
    held: Held,
    endpoint: Endpoint,
    report: Report,
}

impl Guard {
    /// The guardrail of a call's key as it stands now, which the call keeps; `None` if it is under none.
    pub async fn of(watch: &mut Watch, endpoint: Endpoint) -> Result<Option<Self>, Failure> {
        // The body may have taken its time. What the key may is asked once more before anything is sent.
        watch.renew(watch.latchkey.config.patience.database).await.map_err(Failure::Refused)?;
        let held = watch.latchkey.guardrail(&watch.key).await;
        let held = held.map_err(|_| Failure::Refused(Refusal::Unavailable))?;
        watch.guarded = Guarded::By(watch.key.guardrail.clone());
        Ok(held.map(|held| Self { held, endpoint, report: Report::default() }))
    }

    /// Judges a request. The body that goes on, if that is another one.
    pub async fn request(&mut self, body: &Bytes) -> Result<Option<Bytes>, Failure> {
        let (held, endpoint) = (self.held.clone(), self.endpoint);
        let judged = read_up_to(AT_ONCE, body, move |body| match str::from_utf8(body) {
            Ok(text) => held.ready.judge_request(endpoint, text),
            Err(_) => Err(BadBody { param: None, message: "The request's body is no text.".into() }),
        });
        let judged = judged.await.ok_or(Failure::Refused(Refusal::Unavailable))?;
        self.judged(judged.map_err(Failure::BadBody)?)
    }

    /// Judges an answer that is there as a whole, an error's too. The body that goes back, if that is another one.
    pub async fn answer(&mut self, body: &Bytes) -> Result<Option<Bytes>, Failure> {
        if self.held.ready.is_idle(Side::Output) {
            return Ok(None);
        }
        let (held, endpoint) = (self.held.clone(), self.endpoint);
        let judged =
            read_up_to(AT_ONCE, body, move |body| held.ready.judge_answer(endpoint, str::from_utf8(body).ok()?).ok());
        match judged.await.flatten() {
            Some(judged) => self.judged(judged),
            None if self.held.ready.is_dry_run() => Ok(None),
            // What can't be judged does not pass.
            None => Err(Failure::UpstreamUnavailable),
        }
    }

    /// Begins with a stream; in `Err` itself, if the guardrail does not look at answers.
    pub fn stream(self) -> Result<GuardedStream, Self> {
        match AnswerScan::new(&self.held.ready, self.endpoint) {
            Some(scan) => Ok(GuardedStream { guard: self, scan }),
            None => Err(self),
        }
    }

    /// What the log of requests says of the call, if the guardrail did or would have done anything. At its end: the program's
    /// log is told too.
    pub fn outcome(&self, watch: &Watch) -> Option<&'static str> {
        told(&self.held, &self.report, watch)
    }

    fn judged(&mut self, judged: Judgement) -> Result<Option<Bytes>, Failure> {
        self.report.add(&judged.report);
        match judged.verdict {
            Verdict::Passes => Ok(None),
            Verdict::Redacted(body) => Ok(Some(body.into())),
            Verdict::Denied(_) => Err(Failure::GuardrailBlocked),
        }
    }
}

/// A guardrail at work on a stream.
pub(super) struct GuardedStream {
    guard: Guard,
    scan: AnswerScan,
}

impl GuardedStream {
    /// An event's data.
    pub fn event(&mut self, data: &str) -> Result<Passing, Failure> {
        self.scan.event(data).map_err(failure)
    }

    /// An event that is not one line of text, and has data: nobody could judge it.
    pub fn unread(&self) -> Result<(), Failure> {
        if self.guard.held.ready.is_dry_run() { Ok(()) } else { Err(Failure::UpstreamUnavailable) }
    }

    /// The answer's end: what was held back of it.
    pub fn end(&mut self) -> Result<Vec<Said>, Failure> {
        self.scan.end().map_err(failure)
    }

    /// As [`Guard::outcome`].
    pub fn outcome(&self, watch: &Watch) -> Option<&'static str> {
        let mut report = self.guard.report.clone();
        report.add(&self.scan.report());
        told(&self.guard.held, &report, watch)
    }
}

fn failure(stop: Stop) -> Failure {
    match stop {
        Stop::Denied(_) => Failure::GuardrailBlocked,
        Stop::Unreadable => Failure::UpstreamUnavailable,
    }
}

/// Writes which rules hit, and how often, into the program's log; never what they found.
fn told(held: &Held, report: &Report, watch: &Watch) -> Option<&'static str> {
    if report.is_clean() {
        return None;
    }
    let outcome = match (held.ready.is_dry_run(), report.denial.is_some()) {
        (false, true) => Refusal::GuardrailBlocked.code(),
        (false, false) => REDACTED,
        (true, true) => WOULD_BLOCK,
        (true, false) => WOULD_REDACT,
    };
    // Rules are numbered from one on wherever people see them.
    let rules: Vec<_> = report.hits.iter().map(|hit| (hit.rule + 1, hit.times)).collect();
    tracing::info!(key = %watch.key.id, guardrail = %held.id, outcome, ?rules, "a guardrail hit");
    Some(outcome)
}
