//! The last words of a provider whose client has gone: many stop reading where an answer says that it is finished, before the usage
//! that follows. It is read on for a moment, so that they pay what was used and not what was held. Begun by a stream that is
//! dropped.

use super::{
    count::Tally,
    events::{Events, data},
};
use axum::body::Bytes;
use domain::model::Endpoint;
use futures::{Stream, StreamExt};
use std::{pin::pin, time::Duration};
use tokio::time::timeout;

/// How long they may take, and how much they may be.
const PATIENCE: Duration = Duration::from_secs(2);
const MOST: usize = 64 * 1024;

/// Reads on until the provider has said what it says of the usage, and counts it.
pub(super) async fn hear_out<E>(
    rest: impl Stream<Item = Result<Bytes, E>>,
    mut events: Events,
    endpoint: Endpoint,
    tally: &mut Tally,
) {
    let mut rest = pin!(rest);
    let hearing = async {
        let mut room = MOST;
        let count = |tally: &mut Tally, event: &[u8]| {
            if let Some((_, data)) = data(event) {
                tally.event(endpoint, data);
            }
        };
        loop {
            match rest.next().await {
                Some(Ok(piece)) => {
                    let taken = events.take(&piece, |event| count(tally, event));
                    match room.checked_sub(piece.len()).filter(|_| taken.is_ok() && !tally.is_whole) {
                        Some(left) => room = left,
                        None => return,
                    }
                }
                // As where the client stays: what was not ended is an event, and there is no more to say.
                None => {
                    count(tally, &events.rest());
                    tally.is_whole = true;
                    return;
                }
                Some(Err(_)) => return,
            }
        }
    };
    // Else it is as if they had not been waited for.
    let _ = timeout(PATIENCE, hearing).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;

    const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":10}}\n\n";

    /// Whether it has heard the end of it.
    async fn hears(begun: &str, pieces: Vec<String>) -> bool {
        ends(begun, pieces, stream::pending()).await.is_whole
    }

    /// What is known when after these pieces there is that end.
    async fn ends(begun: &str, pieces: Vec<String>, end: impl Stream<Item = Result<Bytes, ()>>) -> Tally {
        let (mut events, mut tally) = (Events::default(), Tally::default());
        events.take(begun.as_bytes(), |_| ()).unwrap();
        let pieces = stream::iter(pieces).map(|piece| Ok(Bytes::from(piece)));
        hear_out(pieces.chain(end), events, Endpoint::ChatCompletions, &mut tally).await;
        tally
    }

    #[tokio::test]
    async fn what_follows_at_once_is_heard() {
        assert!(hears("", vec![USAGE.into()]).await);
        assert!(hears("", vec![": alive\n\n".into(), USAGE[..30].into(), USAGE[30..].into()]).await);
        assert!(hears(&USAGE[..30], vec![USAGE[30..].into()]).await, "what had come of it is not lost");
        assert!(!hears("", vec![": alive\n\n".into()]).await, "and nobody is waited for any longer");
    }

    #[tokio::test]
    async fn an_end_is_one_and_a_break_is_none() {
        let unended = || vec![USAGE.trim_end().to_owned()];
        let known = |tally: Tally| tally.is_known(Endpoint::ChatCompletions, true);
        assert!(known(ends("", unended(), stream::empty()).await), "an event that was not ended is one");
        assert!(ends("", vec![], stream::empty()).await.is_whole, "and what says nothing has said all");
        assert!(!ends("", unended(), stream::iter([Err(())])).await.is_whole, "who breaks off has not");
    }

    #[tokio::test]
    async fn who_babbles_is_not() {
        let babble = format!("data: {{\"choices\":[{{\"text\":\"{}\"}}]}}\n\n", "x".repeat(1_000));
        assert!(hears("", [vec![babble.clone(); 60], vec![USAGE.into()]].concat()).await);
        assert!(!hears("", [vec![babble; 70], vec![USAGE.into()]].concat()).await);
    }
}
