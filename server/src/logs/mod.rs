//! The log of a workspace's requests: read by page and as a file, narrowed by what the URL says, and what is too old deleted.
//! Called by the logs page, its stream of new requests and its downloads; `forget` runs beside the server.

mod export;
mod forget;
mod live;
mod query;
mod streams;

pub use export::{Reader, file_name, read};
pub(crate) use forget::forget;
pub use live::Live;
pub use query::LogQuery;
pub(crate) use streams::{Slot, Streams};

use crate::{
    Error,
    auth::{Grant, InWorkspace, SeeKeys},
    keys::UseView,
    samples,
    surface::{Code, Surface},
};
use domain::{refusal::Refusal, time::Timestamp};
use std::collections::BTreeSet;
use store::{LOG_STRETCH, LogLine};

/// Requests of one page.
const PAGE: usize = 50;

/// A request as the log shows it.
#[derive(Clone, Debug)]
pub struct LogView {
    /// Its number in the log. Of two requests of one moment, the later one has the larger.
    pub id: i64,
    /// The request.
    pub used: UseView,
    /// Its key's id.
    pub key: String,
    /// The key's name, or the one it had.
    pub key_name: String,
    /// The key's environment, possibly empty.
    pub environment: String,
    /// Whose key it is.
    pub owner_name: String,
    /// The id of a sample of it that the caller may read, and that is not over yet.
    pub sample: Option<String>,
}

/// One page of the log.
#[derive(Clone, Debug, Default)]
pub struct LogList {
    /// The requests, newest first.
    pub lines: Vec<LogView>,
    /// Where the next page begins, as the URL has it.
    pub next: Option<String>,
    /// Only so much is compared at once: everything back to this moment was, and `next` goes on there.
    pub looked_back_to: Option<Timestamp>,
}

/// One page of a workspace's requests, newest first.
pub async fn page(grant: &Grant<SeeKeys>, place: &InWorkspace, query: &LogQuery) -> Result<LogList, Error> {
    let filter = query.filter(grant.workspace().id.clone())?;
    let latchkey = grant.caller().latchkey();
    let page = latchkey.store.log_page(&filter, query.cursor().as_ref(), PAGE, LOG_STRETCH).await?;
    let samples = samples::readable_since(place, latchkey.now());
    let mut lines: Vec<_> = page.lines.into_iter().map(|line| LogView::with_samples(line, samples)).collect();
    let ids: Vec<_> = lines.iter().filter_map(|line| line.sample.as_deref()).collect();
    if !ids.is_empty() {
        // Some are gone before their time: their key was deleted, or newer ones took their place.
        let kept = latchkey.store.kept_samples(&grant.workspace().id, &ids, latchkey.now()).await?;
        for line in &mut lines {
            line.sample = line.sample.take().filter(|sample| kept.contains(sample));
        }
    }
    Ok(LogList {
        lines,
        looked_back_to: page.next.as_ref().filter(|_| page.cut).map(|next| next.at),
        next: page.next.map(|next| format!("{}.{}", next.at.0, next.id)),
    })
}

impl From<LogLine> for LogView {
    fn from(line: LogLine) -> Self {
        let LogLine { place, event, key, key_name, environment, owner_name } = line;
        Self { id: place.id, used: event.into(), key: key.to_string(), key_name, environment, owner_name, sample: None }
    }
}

impl LogView {
    /// A request with its sample, if it is one of since then.
    fn with_samples(mut line: LogLine, since: Option<Timestamp>) -> Self {
        let sample = line.event.model.as_mut().map(|model| std::mem::take(&mut model.sample));
        let readable = since.is_some_and(|since| line.event.at > since);
        Self { sample: sample.filter(|sample| readable && !sample.is_empty()), ..Self::from(line) }
    }
}

/// The surfaces that a request in the log can have come in by.
#[must_use]
pub fn surfaces() -> [Surface; 5] {
    [Surface::Me, Surface::Verify, Surface::ForwardAuth, Surface::Mcp, Surface::Relay]
}

/// The codes of refusals that a request in the log can have, by name.
#[must_use]
pub fn codes() -> Vec<&'static str> {
    let of = |surface: Surface| surface.verdicts().iter().chain(surface.errors()).copied();
    let refusals = surfaces().into_iter().flat_map(of).filter(|code| match code {
        // Nobody's key was found, so nothing is in anybody's log.
        Code::Refused(refusal) => {
            !matches!(refusal, Refusal::Unauthorized | Refusal::Unavailable | Refusal::InvalidRequest)
        }
        code => *code == Code::ModelNotFound,
    });
    let names: BTreeSet<_> = refusals.map(Code::text).collect();
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_refusals_of_keys() {
        let codes = codes();
        for code in
            ["KEY_DISABLED", "RATE_LIMITED", "KEY_EXHAUSTED", "MODEL_NOT_ALLOWED", "MODEL_NOT_FOUND", "TOOL_BLOCKED"]
        {
            assert!(codes.contains(&code), "{code}");
        }
        assert!(!codes.contains(&"VALID") && !codes.contains(&"UNAUTHORIZED"));
    }
}
