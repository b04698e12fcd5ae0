//! A client of the proxy that says exactly what a story wants said, from the address that it wants.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};
use tokio::net::TcpSocket;

/// A request to come.
pub struct Ask<'a> {
    pub method: &'a str,
    pub headers: Vec<(&'a str, &'a str)>,
    pub body: &'a [u8],
    /// The body is sent in chunks, its length unannounced.
    pub chunked: bool,
    pub from: Ipv4Addr,
}

impl Default for Ask<'_> {
    fn default() -> Self {
        Self { method: "GET", headers: Vec::new(), body: b"", chunked: false, from: Ipv4Addr::LOCALHOST }
    }
}

/// What the client got.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    /// All of the answer's head and body.
    pub text: String,
}

impl Got {
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\r\n\r\n").next()?;
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Ask<'_> {
    pub fn send(&self, to: SocketAddr) -> Got {
        let mut stream = connect(self.from, to);
        let mut head = vec![format!("{} /orders/7?x=1 HTTP/1.1", self.method), format!("Host: {to}")];
        head.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        let mut body = self.body.to_vec();
        if self.chunked {
            head.push("Transfer-Encoding: chunked".into());
            body = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
        } else if !body.is_empty() {
            head.push(format!("Content-Length: {}", body.len()));
        }
        head.push("Connection: close\r\n\r\n".into());
        stream.write_all(head.join("\r\n").as_bytes()).unwrap();
        // A proxy may refuse before it has read everything.
        let _ = stream.write_all(&body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        Got { status: status.unwrap_or_else(|| panic!("no answer: {text}")), text }
    }
}

fn connect(from: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let connecting = async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        socket.connect(to).await?.into_std()
    };
    let stream = tokio::runtime::Runtime::new().unwrap().block_on(connecting).unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}
