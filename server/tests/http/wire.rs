//! HTTP over one connection that stays open, with as little as possible between the test and the wire: for load, and for
//! what is measured.

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

pub struct Wire(BufReader<TcpStream>);

impl Wire {
    /// Connects to a base URL.
    pub async fn connect(base: &str) -> Self {
        let stream = TcpStream::connect(base.trim_start_matches("http://")).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends a whole request; answers status and body.
    pub async fn ask(&mut self, request: &str) -> (u16, String) {
        self.0.write_all(request.as_bytes()).await.unwrap();
        let (mut line, mut length) = (String::new(), 0);
        self.0.read_line(&mut line).await.unwrap();
        let status = line.split(' ').nth(1).and_then(|text| text.parse().ok()).expect("a status line");
        loop {
            line.clear();
            self.0.read_line(&mut line).await.unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        (status, String::from_utf8(body).unwrap())
    }
}

/// `GET /api/me` with a key.
pub fn me(key: &str) -> String {
    format!("GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n")
}
