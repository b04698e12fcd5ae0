//! What servers say of their tools, as far as a decision needs it: `readOnlyHint` by name. Asked of the server once by the
//! first call that needs it, and kept for as long as the server says, at most five minutes, or until it says that its list changed.
//! Beside it stands how conversations with the server begin.

use super::targets::Target;
use crate::{
    Latchkey,
    servers::{ask, conversation::Handshake},
};
use domain::{id::ServerId, mcp::Tool, time::Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store::ListedTools;

/// The longest that a list is kept.
const KEEP: Duration = Duration::from_mins(5);
/// A server that was just asked, in vain or for a tool that it does not have, is not asked again before.
const AGAIN: Duration = Duration::from_secs(10);
/// The lists of servers that nobody uses any more are looked for when there are this many.
const SWEEP: usize = 1_000;

/// The lists in use, by server and address.
#[derive(Default)]
pub(super) struct ToolLists(Mutex<HashMap<Place, Arc<ServerTools>>>);

/// A server at an address: at another one it may be another.
type Place = (ServerId, Box<str>);

/// One server's.
#[derive(Debug, Default)]
pub(crate) struct ServerTools {
    /// How conversations with it begin.
    pub handshake: Handshake,
    known: Mutex<Known>,
    /// One request asks, the others wait for it.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    hints: HashMap<Box<str>, Option<bool>>,
    /// Since when, and until when they hold.
    from: Option<Duration>,
    until: Duration,
    /// When the server was last asked in vain.
    failed: Option<Duration>,
}

/// The server does not tell.
#[derive(Debug)]
pub(super) struct DoesNotTell;

impl ToolLists {
    pub fn of(&self, server: &ServerId, url: &str) -> Arc<ServerTools> {
        let mut lists = lock(&self.0);
        if lists.len() >= SWEEP {
            lists.retain(|_, tools| Arc::strong_count(tools) > 1);
        }
        Arc::clone(lists.entry((server.clone(), url.into())).or_default())
    }
}

impl ServerTools {
    /// Takes over what the server listed when it was last asked, here or by another instance.
    pub fn remember(&self, listed: &ListedTools, now: Timestamp, steady: Duration) {
        let age = Duration::from_millis(u64::try_from(now.since(listed.at)).unwrap_or(u64::MAX));
        let mut known = lock(&self.known);
        if let (None, Some(left)) = (known.from, KEEP.checked_sub(age)) {
            known.replace(&listed.tools, steady, left);
        }
    }

    /// The server said that its list changed.
    pub fn forget(&self) {
        let mut known = lock(&self.known);
        (known.from, known.failed) = (None, None);
        known.until = Duration::ZERO;
    }

    /// What the server says of a tool; asks it, if that is not known. `None` also for a tool that it does not list.
    pub(super) async fn ask(
        &self,
        latchkey: &Latchkey,
        target: &Target,
        tool: &str,
    ) -> Result<Option<bool>, DoesNotTell> {
        let steady = || latchkey.clock.steady();
        if let Some(known) = self.known(tool, steady()) {
            return known;
        }
        let _one = self.asking.lock().await;
        if let Some(known) = self.known(tool, steady()) {
            return known;
        }
        let client = latchkey.upstreams.client_for(&target.url).map_err(|_| "the address is not reached from here");
        let answer = match (client, target.credential.clone()) {
            (Ok(client), Ok(credential)) => ask::list_in_time(client, &target.url, credential).await,
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(why) => {
                tracing::warn!(server = target.slug(), why, "a server was asked for its tools and did not tell");
                lock(&self.known).failed = Some(steady());
                return Err(DoesNotTell);
            }
        };
        lock(&self.known).replace(&answer.tools, steady(), answer.keep.unwrap_or(KEEP).min(KEEP));
        let hint = answer.tools.iter().find(|listed| listed.name == tool).and_then(|listed| listed.read_only);
        let listed = ListedTools { tools: answer.tools, at: latchkey.now() };
        // For the server's page. That it can't be kept changes nothing here.
        if let Err(error) = latchkey.store.keep_tools(target.workspace(), &target.id, &target.url, &listed).await {
            tracing::warn!(%error, "a server's tools can't be kept");
        }
        Ok(hint)
    }

    /// The answer without asking, if there is one.
    fn known(&self, tool: &str, now: Duration) -> Option<Result<Option<bool>, DoesNotTell>> {
        let known = lock(&self.known);
        let just = |at: Duration| now.saturating_sub(at) < AGAIN;
        match (known.hints.get(tool), known.from) {
            (Some(hint), Some(_)) if now < known.until => Some(Ok(*hint)),
            (None, Some(from)) if just(from) && now < known.until => Some(Ok(None)),
            _ if known.failed.is_some_and(just) => Some(Err(DoesNotTell)),
            _ => None,
        }
    }
}

impl Known {
    fn replace(&mut self, tools: &[Tool], now: Duration, keep: Duration) {
        self.hints = tools.iter().map(|tool| (tool.name.as_str().into(), tool.read_only)).collect();
        (self.from, self.until, self.failed) = (Some(now), now + keep, None);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(at: Duration, keep: Duration) -> ServerTools {
        let tool =
            |name: &str, read_only| Tool { name: name.into(), title: None, description: String::new(), read_only };
        let tools = ServerTools::default();
        lock(&tools.known).replace(&[tool("reads", Some(true)), tool("unsaid", None)], at, keep);
        tools
    }

    #[test]
    fn a_list_holds_for_a_while() {
        let second = Duration::from_secs(1);
        let tools = tools(100 * second, 60 * second);
        let known = |tool, at: u32| tools.known(tool, at * second).map(Result::ok);
        assert_eq!(known("reads", 159), Some(Some(Some(true))));
        assert_eq!(known("unsaid", 159), Some(Some(None)));
        assert_eq!(known("other", 105), Some(Some(None)), "it was just asked");
        assert_eq!(known("other", 111), None, "it may be new");
        assert_eq!(known("reads", 160), None, "the list is old");
        tools.forget();
        assert_eq!(known("reads", 101), None);
    }

    #[test]
    fn who_does_not_tell_is_left_alone_for_a_while() {
        let tools = ServerTools::default();
        lock(&tools.known).failed = Some(Duration::from_secs(100));
        assert!(matches!(tools.known("t", Duration::from_secs(105)), Some(Err(DoesNotTell))));
        assert!(tools.known("t", Duration::from_secs(111)).is_none());
    }
}
