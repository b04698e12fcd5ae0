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
        while let Some(Ok(piece)) = rest.next().await {
            let counted = |event: &[u8]| {
                if let Some((_, data)) = data(event) {
                    tally.event(endpoint, data);
                }
            };
            let taken = events.take(&piece, counted);
            let Some(left) = room.checked_sub(piece.len()).filter(|_| taken.is_ok() && !tally.is_whole) else { return };
            room = left;
        }
    };
    // Else it is as if they had not been waited for.
    let _ = timeout(PATIENCE, hearing).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use std::convert::Infallible;

    const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":10}}\n\n";

    /// Whether it has heard the end of it.
    async fn hears(begun: &str, pieces: Vec<String>) -> bool {
        let mut events = Events::default();
        events.take(begun.as_bytes(), |_| ()).unwrap();
        let mut tally = Tally::default();
        let pieces = stream::iter(pieces).map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
        hear_out(pieces.chain(stream::pending()), events, Endpoint::ChatCompletions, &mut tally).await;
        tally.is_whole
    }

    #[tokio::test]
    async fn what_follows_at_once_is_heard() {
        assert!(hears("", vec![USAGE.into()]).await);
        assert!(hears("", vec![": alive\n\n".into(), USAGE[..30].into(), USAGE[30..].into()]).await);
        assert!(hears(&USAGE[..30], vec![USAGE[30..].into()]).await, "what had come of it is not lost");
        assert!(!hears("", vec![": alive\n\n".into()]).await, "and nobody is waited for any longer");
    }

    #[tokio::test]
    async fn who_babbles_is_not() {
        let babble = format!("data: {{\"choices\":[{{\"text\":\"{}\"}}]}}\n\n", "x".repeat(1_000));
        assert!(hears("", [vec![babble.clone(); 60], vec![USAGE.into()]].concat()).await);
        assert!(!hears("", [vec![babble; 70], vec![USAGE.into()]].concat()).await);
    }
}
