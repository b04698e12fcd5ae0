//! How long a connection may take for what it is at: to send a request's head, to lie idle, to take an answer. Kept by the
//! accept loop, which looks at it every few seconds; the bytes that pass move it on. A bound is kept to within two looks.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest from the first byte of a request (of the first one: from the connection) to the end of its head.
const HEAD: Duration = Duration::from_secs(20);
/// The longest between an answer and the next request. Proxies keep connections for 60 s: longer, so that they close first.
const IDLE: Duration = Duration::from_secs(75);
/// The same while other connections wait for a free place.
const IDLE_IN_A_CROWD: Duration = Duration::from_secs(5);
/// The longest that a client may take no byte of an answer.
const STALLED: Duration = Duration::from_mins(1);

/// Nothing of a request is there.
const AT_REST: u64 = 0;
/// A head has begun and not ended.
const HEADING: u64 = 1;
/// A request is being answered; how long that takes is not the connection's matter.
const BUSY: u64 = 2;

/// What a connection is at. Only its own task changes it, several times a request: no clock is read for that, it is enough
/// that whoever looks sees whether anything happened since the last look.
pub(super) struct Pace {
    /// How often it changed, times four, plus the phase.
    at: AtomicU64,
    /// How often the client began or ceased to take nothing: odd while it takes nothing.
    stalled: AtomicU64,
}

impl Pace {
    pub(super) fn new() -> Self {
        // Who connects means to ask: as if the head had begun.
        Self { at: AtomicU64::new(HEADING), stalled: AtomicU64::new(0) }
    }

    fn set(&self, phase: u64) {
        let changes = self.at.load(Ordering::Relaxed) / 4 + 1;
        self.at.store(changes * 4 + phase, Ordering::Relaxed);
    }

    fn heard(&self) {
        if self.at.load(Ordering::Relaxed) % 4 == AT_REST {
            self.set(HEADING);
        }
    }

    fn wrote<T>(&self, written: &Poll<T>) {
        let changes = self.stalled.load(Ordering::Relaxed);
        if written.is_pending() != (changes % 2 == 1) {
            self.stalled.store(changes + 1, Ordering::Relaxed);
        }
    }
}

/// Who looks at a connection now and then, and remembers since when it found it as it is.
pub(super) struct Watch {
    at: (u64, Instant),
    stalled: (u64, Instant),
}

impl Watch {
    pub(super) fn begin() -> Self {
        let now = Instant::now();
        Self { at: (HEADING, now), stalled: (0, now) }
    }

    /// Whether the connection took too long for what it is at. A change counts from the look that found it.
    pub(super) fn is_overdue(&mut self, pace: &Pace, crowded: bool) -> bool {
        let stalled = unchanged(&mut self.stalled, pace.stalled.load(Ordering::Relaxed));
        if self.stalled.0 % 2 == 1 && stalled > STALLED {
            return true;
        }
        let since = unchanged(&mut self.at, pace.at.load(Ordering::Relaxed));
        let most = match self.at.0 % 4 {
            AT_REST if crowded => IDLE_IN_A_CROWD,
            AT_REST => IDLE,
            HEADING => HEAD,
            _ => return false,
        };
        since > most
    }
}

/// How long a value has been what it is.
fn unchanged(seen: &mut (u64, Instant), value: u64) -> Duration {
    if seen.0 != value {
        *seen = (value, Instant::now());
    }
    seen.1.elapsed()
}

/// A request under way, until it is dropped.
pub(super) struct Busy(Arc<Pace>);

impl Busy {
    pub(super) fn begin(pace: Arc<Pace>) -> Self {
        pace.set(BUSY);
        Self(pace)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.set(AT_REST);
    }
}

/// A connection whose bytes move its pace on.
pub(super) struct Paced<S> {
    stream: S,
    pace: Arc<Pace>,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, pace: Arc<Pace>) -> Self {
        Self { stream, pace }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.pace.heard();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.pace.wrote(&written);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITTLE: Duration = Duration::from_millis(50);

    /// A watch that found that pace as it is so long ago.
    fn watched(pace: &Pace, span: Duration) -> Watch {
        let then = Instant::now().checked_sub(span).unwrap();
        Watch { at: (pace.at.load(Ordering::Relaxed), then), stalled: (pace.stalled.load(Ordering::Relaxed), then) }
    }

    fn is_overdue(pace: &Pace, span: Duration, crowded: bool) -> bool {
        watched(pace, span).is_overdue(pace, crowded)
    }

    /// At rest, after a request.
    fn rested() -> Pace {
        let pace = Arc::new(Pace::new());
        drop(Busy::begin(Arc::clone(&pace)));
        Arc::into_inner(pace).unwrap()
    }

    #[test]
    fn a_head_is_awaited_for_a_while() {
        assert!(!is_overdue(&Pace::new(), HEAD / 2, true));
        assert!(
            is_overdue(&Pace::new(), HEAD + LITTLE, false),
            "who connects and says nothing is one who sends no head"
        );
    }

    #[test]
    fn a_request_under_way_is_not_hurried() {
        let pace = Arc::new(Pace::new());
        let busy = Busy::begin(Arc::clone(&pace));
        let mut watch = watched(&pace, Duration::from_hours(1));
        assert!(!watch.is_overdue(&pace, true));
        drop(busy);
        assert!(!watch.is_overdue(&pace, true), "it has only just ended");
    }

    #[test]
    fn rest_is_longer_where_there_is_room() {
        assert!(is_overdue(&rested(), IDLE_IN_A_CROWD + LITTLE, true));
        assert!(!is_overdue(&rested(), IDLE_IN_A_CROWD + LITTLE, false));
        assert!(is_overdue(&rested(), IDLE + LITTLE, false));
    }

    #[test]
    fn whatever_happens_begins_the_time_anew() {
        let pace = Arc::new(rested());
        let mut watch = watched(&pace, IDLE + LITTLE);
        drop(Busy::begin(Arc::clone(&pace)));
        assert!(!watch.is_overdue(&pace, true), "at rest again, not still");
    }

    #[test]
    fn bytes_begin_a_head_only_at_rest() {
        let pace = Pace::new();
        pace.set(BUSY);
        pace.heard();
        assert!(!is_overdue(&pace, HEAD + LITTLE, false), "they are the body's");
        let pace = rested();
        let mut watch = watched(&pace, IDLE + LITTLE);
        pace.heard();
        assert!(!watch.is_overdue(&pace, false));
        assert!(is_overdue(&pace, HEAD + LITTLE, false), "a head that has begun");
    }

    #[test]
    fn a_client_that_takes_nothing_is_overdue_even_while_it_is_answered() {
        let pace = Pace::new();
        pace.set(BUSY);
        pace.wrote(&Poll::<()>::Pending);
        let mut watch = watched(&pace, STALLED + LITTLE);
        assert!(watch.is_overdue(&pace, false));
        pace.wrote(&Poll::<()>::Pending);
        assert!(watch.is_overdue(&pace, false), "still nothing");
        pace.wrote(&Poll::Ready(()));
        pace.wrote(&Poll::<()>::Pending);
        assert!(!watch.is_overdue(&pace, false), "it took something in between");
    }
}
