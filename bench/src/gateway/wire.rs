//! Event streams, byte by byte: when the first event of one comes, and when it ends. A request of its own on a connection of
//! its own; called for the time of the first event, and for streams that stay open.

use crate::Outcome;
use std::{io::ErrorKind, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// The longest wait for an event.
const LONGEST: Duration = Duration::from_secs(10);

/// A connection, and what came of the answer under way.
pub struct Wire {
    stream: TcpStream,
    host: String,
    path: String,
    got: Vec<u8>,
}

impl Wire {
    /// Connects to the server of that address.
    pub async fn connect(url: &str) -> Outcome<Self> {
        let (host, path) = url.trim_start_matches("http://").split_once('/').ok_or("an address without a path")?;
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: host.into(), path: format!("/{path}"), got: Vec::new() })
    }

    /// What is sent for such a request: its headers come one a line.
    pub fn request(&self, method: &str, headers: &str, body: &str) -> Vec<u8> {
        let Self { host, path, .. } = self;
        let headers = headers.replace('\n', "\r\n");
        let length = body.len();
        format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n{headers}content-length: {length}\r\n\r\n{body}").into()
    }

    /// Sends a request and waits for the first event.
    pub async fn first_event(&mut self, request: &[u8]) -> Outcome<()> {
        self.got.clear();
        self.stream.write_all(request).await?;
        self.wait(begun).await
    }

    /// Waits until the answer has ended.
    pub async fn end(&mut self) -> Outcome<()> {
        self.wait(|got| Ok(ended(got))).await
    }

    /// Whether the other side has not ended it.
    pub fn is_open(&self) -> bool {
        self.stream.try_read(&mut [0; 1]).map_or_else(|error| error.kind() == ErrorKind::WouldBlock, |read| read > 0)
    }

    /// Reads until what came is enough.
    async fn wait(&mut self, enough: impl Fn(&[u8]) -> Outcome<bool>) -> Outcome<()> {
        while !enough(&self.got)? {
            let read = timeout(LONGEST, self.stream.read_buf(&mut self.got)).await;
            if read.map_err(|_| "a stream is silent where an event was to come")?? == 0 {
                return Err("a stream ended before its time".into());
            }
        }
        Ok(())
    }
}

/// Whether the first event of a stream has begun; an error for any other answer.
fn begun(got: &[u8]) -> Outcome<bool> {
    let text = String::from_utf8_lossy(got);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return Ok(false) };
    let is_stream = head.lines().any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-type:") && line.contains("text/event-stream")
    });
    if !head.starts_with("HTTP/1.1 200 ") || !is_stream {
        return Err(format!("no event stream came: {text}").into());
    }
    Ok(body.contains("data:"))
}

/// Whether a chunked answer has come to its end. An event holds no carriage return.
fn ended(got: &[u8]) -> bool {
    got.ends_with(b"\r\n0\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            bare::{PAUSE, tests::served},
            session::{ECHO, STREAM, call},
        },
        *,
    };
    use std::time::Instant;

    const JSON: &str = "content-type: application/json\n";

    #[tokio::test]
    async fn the_first_event_does_not_wait_for_the_last() -> Outcome<()> {
        let mut wire = Wire::connect(&served().await?).await?;
        // One after another on one connection, until two have shown the pause: on a machine that stands still, both events of a
        // stream may be there before the first is read. Whoever holds the first back never shows it.
        let mut pauses = 0;
        for _ in 0..20 {
            let request = wire.request("POST", JSON, &call(STREAM, "1"));
            wire.first_event(&request).await?;
            let begun = Instant::now();
            wire.end().await?;
            pauses += usize::from(begun.elapsed() > PAUSE / 2);
            if pauses == 2 {
                break;
            }
        }
        assert_eq!(pauses, 2);
        let request = wire.request("POST", JSON, &call(ECHO, "1"));
        assert!(wire.first_event(&request).await.is_err(), "JSON is no stream");
        Ok(())
    }

    #[tokio::test]
    async fn a_stream_to_listen_to_stays_open() -> Outcome<()> {
        let url = served().await?;
        let mut wire = Wire::connect(&url).await?;
        let request = wire.request("GET", "", "");
        wire.first_event(&request).await?;
        tokio::time::sleep(PAUSE).await;
        assert!(wire.is_open());
        // One that the server ends after its answer does not.
        let mut wire = Wire::connect(&url).await?;
        let request = wire.request("POST", &format!("{JSON}connection: close\n"), &call(STREAM, "1"));
        wire.first_event(&request).await?;
        wire.end().await?;
        let begun = Instant::now();
        while wire.is_open() {
            assert!(begun.elapsed() < Duration::from_mins(1), "its end is not seen");
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    #[test]
    fn a_stream_begins_with_its_first_event() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let of = |body: &str| begun(format!("{head}{body}").as_bytes()).ok();
        assert_eq!(begun(b"HTTP/1.1 200 OK\r\n").ok(), Some(false));
        assert_eq!(
            (of(""), of("f\r\nevent: mess"), of("f\r\nevent: message\ndata: {}\n\n\r\n")),
            (Some(false), Some(false), Some(true))
        );
        assert!(begun(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"data:\":1}").is_err());
        assert!(begun(b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/event-stream\r\n\r\n").is_err());
    }

    #[test]
    fn a_stream_ends_with_its_last_chunk() {
        assert!(!ended(b"a0\r\ndata: {}\n\n\r\n"));
        assert!(!ended(b"10\r\n\r\n"));
        assert!(ended(b"a\r\ndata: {}\n\n\r\n0\r\n\r\n"));
    }
}
