//! A request byte by byte, as no client library would send it, and its answer.

use crate::ask::Answer;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[derive(Clone, Debug)]
pub struct Shot {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Shot {
    /// Whether the head is HTTP at all: a header's value has no control character but the tab (RFC 9110 §5.5).
    pub fn is_http(&self) -> bool {
        let values = self.headers.iter().flat_map(|(_, value)| value);
        values.copied().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes =
            format!("{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(format!("Content-Length: {}\r\n\r\n", self.body.len()).into_bytes());
        bytes.extend(&self.body);
        bytes
    }

    /// Sends it to a base URL on a connection of its own.
    pub async fn send(&self, base: &str) -> Answer {
        let stream = TcpStream::connect(base.trim_start_matches("http://")).await.unwrap();
        let (mut from, mut to) = stream.into_split();
        let bytes = self.bytes();
        // A server that refuses a large body may close before all of it is sent.
        let sending = tokio::spawn(async move {
            let _ = to.write_all(&bytes).await;
            to
        });
        let mut answer = Vec::new();
        let read = from.read_to_end(&mut answer).await;
        let _ = sending.await;
        assert!(read.is_ok() || !answer.is_empty(), "no answer: {read:?}");
        parsed(&answer)
    }
}

fn parsed(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let mut lines = bytes[..end].split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let status = lines.next().map(|line| String::from_utf8_lossy(line).into_owned()).unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':').unwrap();
        let name = HeaderName::from_bytes(&line[..colon]).unwrap();
        headers.append(name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).unwrap());
    }
    let status = status.split(' ').nth(1).and_then(|text| text.parse().ok()).expect("a status line");
    Answer { status, headers, body: String::from_utf8(bytes[end + 4..].to_vec()).expect("text") }
}
