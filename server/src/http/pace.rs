//! How long a connection may take for what it is at: to send a request's head, to lie idle, to take an answer. Kept by the
//! accept loop, which looks at it every few seconds; the bytes that pass move it on.

use std::{
    io::{self, IoSlice},
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

/// What a connection is at, and since when.
pub(super) struct Pace {
    begun: Instant,
    /// Milliseconds since it began, times four, plus the phase.
    at: AtomicU64,
    /// Since when the client takes nothing, in milliseconds plus one; 0 if it does.
    stalled: AtomicU64,
}

impl Pace {
    pub(super) fn new() -> Self {
        // Who connects means to ask: as if the head had begun.
        Self { begun: Instant::now(), at: AtomicU64::new(HEADING), stalled: AtomicU64::new(0) }
    }

    /// Whether it took too long for what it is at.
    pub(super) fn is_overdue(&self, crowded: bool) -> bool {
        let now = self.now();
        let stalled = self.stalled.load(Ordering::Relaxed);
        if stalled > 0 && now.saturating_sub(stalled - 1) > millis(STALLED) {
            return true;
        }
        let at = self.at.load(Ordering::Relaxed);
        let most = match at % 4 {
            AT_REST if crowded => IDLE_IN_A_CROWD,
            AT_REST => IDLE,
            HEADING => HEAD,
            _ => return false,
        };
        now.saturating_sub(at / 4) > millis(most)
    }

    fn now(&self) -> u64 {
        millis(self.begun.elapsed())
    }

    fn set(&self, phase: u64) {
        self.at.store(self.now() * 4 + phase, Ordering::Relaxed);
    }

    fn heard(&self) {
        if self.at.load(Ordering::Relaxed) % 4 == AT_REST {
            self.set(HEADING);
        }
    }

    fn wrote<T>(&self, written: &Poll<T>) {
        let stalled = self.stalled.load(Ordering::Relaxed) > 0;
        if written.is_pending() != stalled {
            self.stalled.store(if stalled { 0 } else { self.now() + 1 }, Ordering::Relaxed);
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
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

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.pace.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
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

    /// A pace whose connection began that long ago.
    fn aged(age: Duration) -> Pace {
        Pace { begun: Instant::now().checked_sub(age).unwrap(), ..Pace::new() }
    }

    #[test]
    fn a_head_is_awaited_for_a_while() {
        assert!(!aged(HEAD / 2).is_overdue(true));
        assert!(aged(HEAD + LITTLE).is_overdue(false), "who connects and says nothing is one who sends no head");
    }

    #[test]
    fn a_request_under_way_is_not_hurried_and_rest_is_longer_where_there_is_room() {
        let pace = Arc::new(aged(Duration::from_hours(1)));
        let busy = Busy::begin(Arc::clone(&pace));
        assert!(!pace.is_overdue(true));
        drop(busy);
        assert!(!pace.is_overdue(true), "it has only just ended");
        let rests_for = |span: Duration| aged(span).at(AT_REST);
        assert!(rests_for(IDLE_IN_A_CROWD + LITTLE).is_overdue(true));
        assert!(!rests_for(IDLE_IN_A_CROWD + LITTLE).is_overdue(false));
        assert!(rests_for(IDLE + LITTLE).is_overdue(false));
    }

    #[test]
    fn bytes_begin_a_head_only_at_rest() {
        let pace = aged(HEAD + LITTLE).at(BUSY);
        pace.heard();
        assert!(!pace.is_overdue(false), "they are the body's");
        let pace = aged(IDLE + LITTLE).at(AT_REST);
        pace.heard();
        assert!(!pace.is_overdue(false));
        assert_eq!(pace.at.load(Ordering::Relaxed) % 4, HEADING);
    }

    #[test]
    fn a_client_that_takes_nothing_is_overdue_even_while_it_is_answered() {
        let pace = aged(STALLED + LITTLE).at(BUSY);
        pace.stalled.store(1, Ordering::Relaxed);
        assert!(pace.is_overdue(false));
        pace.wrote(&Poll::<()>::Pending);
        assert!(pace.is_overdue(false), "still nothing");
        pace.wrote(&Poll::Ready(()));
        assert!(!pace.is_overdue(false));
    }

    const LITTLE: Duration = Duration::from_millis(50);

    impl Pace {
        /// In that phase since it began.
        fn at(self, phase: u64) -> Self {
            self.at.store(phase, Ordering::Relaxed);
            self
        }
    }
}
