//! A stream that goes on for ever, of numbered events: what a server had said when a change was acknowledged is known, and so is
//! whether anything that it said later has passed. Asked by the stories of the gateway and of the relay.

use axum::body::Body;
use reqwest::Response;
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, interval, sleep, timeout};

/// The longest that a story waits for what comes at once, on a machine with much else to do.
const AT_MOST: Duration = Duration::from_secs(30);

#[derive(Clone, Default)]
pub struct Ticks {
    open: Arc<AtomicUsize>,
    said: Arc<AtomicUsize>,
}

/// Counts the streams that are open at a server.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Ticks {
    /// A body with an event every 20 ms: an object that has these members beside its number.
    pub fn body(&self, members: &'static str) -> Body {
        self.open.fetch_add(1, Ordering::SeqCst);
        let state = (interval(Duration::from_millis(20)), Open(Arc::clone(&self.open)), Arc::clone(&self.said));
        Body::from_stream(futures::stream::unfold(state, move |(mut every, open, said)| async move {
            every.tick().await;
            let number = said.fetch_add(1, Ordering::SeqCst) + 1;
            let event = format!("data: {{\"tick\":{number}{members}}}\n\n");
            Some((Ok::<_, Infallible>(event), (every, open, said)))
        }))
    }

    /// How many streams are open at the server.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// The number of the last event that it has said.
    pub fn said(&self) -> usize {
        self.said.load(Ordering::SeqCst)
    }

    pub async fn closed(&self) {
        let until = Instant::now() + AT_MOST;
        while self.open() > 0 {
            assert!(Instant::now() < until, "the server's stream is still open");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Asserts that a stream ends in order, and that nothing of it has passed which the server said after that number; with all that
/// came, and how long it took.
pub async fn ends(mut stream: Response, last: usize) -> (String, Duration) {
    let (since, mut all) = (Instant::now(), Vec::new());
    let reading = async {
        while let Some(piece) = stream.chunk().await.unwrap() {
            all.extend_from_slice(&piece);
        }
    };
    let ended = timeout(AT_MOST, reading).await;
    let all = String::from_utf8(all).unwrap();
    for rest in all.split("{\"tick\":").skip(1) {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let number: usize = digits.parse().unwrap();
        assert!(number <= last, "{number} passed after the end, which came after {last}");
    }
    assert!(ended.is_ok(), "it goes on");
    (all, since.elapsed())
}
