//! The log as it grows, as an event stream: `GET /w/{workspace}/logs/live` with the filters of the logs page, for whoever may see
//! that page. A route of the console behind its session layer and its gate; the rows are rendered by `app`.
//!
//! Every event has rows as the page has them, the oldest first, and as its id the moment of the newest one, by which a browser
//! that was cut off goes on (`Last-Event-ID`). Who is no longer signed in, or may no longer see the page, loses the stream within
//! [`JUDGED_EVERY`] and a look, and before another row goes out; so does everybody when the program ends.

use crate::{
    Error, Latchkey,
    auth::Standing,
    logs::{Live, LogQuery, LogView, Slot},
};
use axum::{
    Router,
    extract::{Path, Query},
    http::{HeaderMap, HeaderName, HeaderValue, header::CACHE_CONTROL},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use domain::time::Timestamp;
use futures::{StreamExt, stream};
use serde::Deserialize;
use std::{convert::Infallible, time::Duration};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// The path, for the test that walks them.
pub const LIVE: &str = "/w/{workspace}/logs/live";

/// How often the log is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// After so long it is judged again whether who asks may still: with the look that it comes to, within three seconds.
const JUDGED_EVERY: Duration = Duration::from_secs(2);
/// How often something is sent if nothing happens: proxies cut off what is silent.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// When a browser that was cut off asks again.
const AGAIN: Duration = Duration::from_secs(3);
/// Nginx would keep an answer back until it has gathered enough of it.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A request as a row of the page; the name is the workspace's slug.
pub type Row = fn(LogView, &str, Timestamp) -> String;

/// Where a stream begins.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Begin {
    /// When the page was rendered that asks, as [`Timestamp`] counts.
    since: String,
}

/// The route.
pub fn live(latchkey: &Latchkey, row: Row) -> Router {
    let answer = async move |standing: Standing,
                             Path(workspace): Path<String>,
                             Query(query): Query<LogQuery>,
                             Query(begin): Query<Begin>,
                             headers: HeaderMap| {
        let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok());
        let since = seen.unwrap_or(&begin.since).parse().map_or_else(|_| standing.asked().latchkey().now(), Timestamp);
        Stream::begin(standing, workspace, &query, since, row).await.map(Stream::answer)
    };
    Router::new().route(LIVE, get(answer)).with_state(latchkey.clone())
}

struct Stream {
    standing: Standing,
    workspace: String,
    live: Live,
    row: Row,
    slot: Slot,
    tick: Interval,
    judged: Instant,
    newest: Timestamp,
}

impl Stream {
    async fn begin(
        standing: Standing,
        workspace: String,
        query: &LogQuery,
        since: Timestamp,
        row: Row,
    ) -> Result<Self, Error> {
        let slot = standing.asked().latchkey().streams.enter(standing.user())?;
        let place = standing.asked().in_workspace(&workspace).await?;
        let live = Live::new(place, query, since)?;
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self { standing, workspace, live, row, slot, tick, judged: Instant::now(), newest: since })
    }

    fn answer(self) -> Response {
        let first = Event::default().comment("live").retry(AGAIN);
        let rows = stream::unfold(self, async |mut stream| Some((stream.next().await?, stream)));
        let events = stream::iter([first]).chain(rows).map(Ok::<_, Infallible>);
        let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
        for (name, value) in [(CACHE_CONTROL, "no-store"), (BUFFERING, "no")] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }

    /// The next rows, once there are some; `None` where the stream ends. The browser comes back where it may.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                biased;
                () = self.slot.ended() => return None,
                _ = self.tick.tick() => {}
            }
            let lines = self.live.look().await.ok()?;
            // After the look, and by time: a browser that takes nothing stops the stream for as long as it likes, and so may a
            // database that does not answer.
            if is_due(self.judged, Instant::now()) {
                self.judge().await.ok()?;
                self.judged = Instant::now();
            }
            if let Some(last) = lines.last() {
                self.newest = self.newest.max(last.used.at);
                return Some(self.event(lines));
            }
        }
    }

    /// Whether who asks is still signed in, and may still see the page.
    async fn judge(&mut self) -> Result<(), Error> {
        let place = self.standing.caller().await?.in_workspace(&self.workspace).await?;
        self.live.renew(place)
    }

    fn event(&self, lines: Vec<LogView>) -> Event {
        let now = self.standing.asked().latchkey().now();
        let rows: String = lines.into_iter().map(|line| (self.row)(line, &self.workspace, now)).collect();
        // The library takes no carriage return.
        Event::default().id(self.newest.0.to_string()).data(rows.replace('\r', ""))
    }
}

/// Whether who asks is to be judged again before anything goes out.
fn is_due(judged: Instant, now: Instant) -> bool {
    now.saturating_duration_since(judged) >= JUDGED_EVERY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_time_without_looks() {
        let judged = Instant::now();
        for (after, due) in [(0, false), (1_000, false), (2_000, true), (3_000, true), (600_000, true)] {
            assert_eq!(is_due(judged, judged + Duration::from_millis(after)), due, "{after} ms");
        }
        assert!(EVERY + JUDGED_EVERY <= Duration::from_secs(3));
    }
}
