//! Presents every key of a list once, as fast as it goes: afterwards a server holds the records of all of them. Several
//! requests are under way on each connection (HTTP/1.1 pipelining). Called by what measures memory.

use crate::Outcome;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// Connections at a time.
const CONNECTIONS: usize = 8;
/// Requests under way on each.
const UNDER_WAY: usize = 32;

/// Asks `GET /api/me` once with every key, or with as many as that time allows; how many they were. An error if one of them is
/// refused.
pub async fn present(url: &str, keys: &[String], most: Duration) -> Outcome<usize> {
    let begun = Instant::now();
    let address: Arc<str> = url.trim_start_matches("http://").into();
    let mut lines = JoinSet::new();
    for share in keys.chunks(keys.len().div_ceil(CONNECTIONS).max(1)) {
        // The texts are moved into the task as they go over the wire.
        let batches: Vec<_> = share.chunks(UNDER_WAY).map(|batch| (requests(&address, batch), batch.len())).collect();
        lines.spawn(one_line(Arc::clone(&address), batches, begun + most));
    }
    let mut presented = 0;
    while let Some(done) = lines.join_next().await {
        presented += done??;
    }
    Ok(presented)
}

fn requests(address: &str, keys: &[String]) -> String {
    let request = |key| format!("GET /api/me HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\r\n");
    keys.iter().map(request).collect()
}

async fn one_line(address: Arc<str>, batches: Vec<(String, usize)>, end: Instant) -> Outcome<usize> {
    let mut line = TcpStream::connect(&*address).await?;
    let mut answers = Vec::new();
    let mut presented = 0;
    for (requests, many) in batches {
        if Instant::now() > end {
            break;
        }
        line.write_all(requests.as_bytes()).await?;
        answers.clear();
        while count(&answers, b"HTTP/1.1 ") < many {
            if line.read_buf(&mut answers).await? == 0 {
                return Err("a connection ended before all keys were presented".into());
            }
        }
        if count(&answers, b"HTTP/1.1 200 ") < many {
            return Err("a good key was refused when all were presented".into());
        }
        presented += many;
    }
    Ok(presented)
}

/// How often a text stands in what came. An answer's status line is not cut: where it is, the count is too low until the rest
/// has come; what is left of the last body comes before the next batch's first line.
fn count(bytes: &[u8], text: &[u8]) -> usize {
    bytes.windows(text.len()).filter(|window| *window == text).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn server_that_says(answer: &'static str) -> Outcome<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move {
            while let Ok((mut line, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut read = Vec::new();
                    let mut answered = 0;
                    while line.read_buf(&mut read).await.is_ok_and(|bytes| bytes > 0) {
                        while answered < count(&read, b"\r\n\r\n") {
                            answered += 1;
                            // In two pieces, the cut within the status line.
                            let (start, rest) = answer.split_at(10);
                            let sent = line.write_all(start.as_bytes()).await;
                            if sent.is_err() || line.write_all(rest.as_bytes()).await.is_err() {
                                return;
                            }
                        }
                    }
                });
            }
        });
        Ok(url)
    }

    #[tokio::test]
    async fn all_are_presented_and_a_refusal_is_told() -> Outcome<()> {
        let keys: Vec<String> = (0..1_000).map(|number| format!("lk_{number}")).collect();
        let good = server_that_says("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await?;
        assert_eq!(present(&good, &keys, Duration::from_mins(1)).await?, 1_000);
        assert_eq!(present(&good, &[], Duration::from_secs(9)).await?, 0);
        let bad = server_that_says("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").await?;
        assert!(present(&bad, &keys, Duration::from_secs(9)).await.is_err());
        Ok(())
    }
}
