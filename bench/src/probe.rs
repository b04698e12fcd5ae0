//! One request to a server before it is loaded: whether the answer is the right one, and how many bytes it has. A fast refusal
//! is no achievement, and answers of one size are compared with each other.

use crate::{
    Outcome,
    load::{Case, Surface},
};
use std::fmt::{self, Display};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The bytes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Status line and headers.
    pub head: usize,
    /// The rest.
    pub body: usize,
}

impl Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} + {}", self.head, self.body)
    }
}

/// Asks as the load does, with one key; an error unless the status is right, and unless a bad key is called bad.
pub async fn ask(url: &str, surface: Surface, case: Case, key: &str, gateway: &str) -> Outcome<Size> {
    let address = url.trim_start_matches("http://");
    let (line, bearer, more) = match surface {
        _ if case == Case::Static => ("GET /static", key, String::new()),
        Surface::Me => ("GET /api/me", key, String::new()),
        Surface::ForwardAuth => ("GET /api/v1/forward-auth", key, format!("x-latchkey-gateway-key: {gateway}\r\n")),
        Surface::Verify => ("POST /api/v1/verify", gateway, "content-type: application/json\r\n".into()),
    };
    let body = if surface == Surface::Verify { format!(r#"{{"key":"{key}"}}"#) } else { String::new() };
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {bearer}\r\n{more}{length}connection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let (status, size, said) = read(&answer).ok_or_else(|| format!("{url} gave no answer to {}", surface.name()))?;
    let verdict = (surface == Surface::Verify).then(|| said.contains(r#""valid":true"#));
    if status != surface.status(case) || verdict.is_some_and(|valid| valid != (case == Case::Good)) {
        return Err(format!("{url} answered {} with {status}: {said}", surface.name()).into());
    }
    Ok(size)
}

/// Status, size and body. The line that says that this connection ends here is not counted: the load's go on.
fn read(answer: &[u8]) -> Option<(u16, Size, String)> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let closing = head.lines().filter(|line| line.to_ascii_lowercase().starts_with("connection:"));
    let closing: usize = closing.map(|line| line.len() + 2).sum();
    Some((status, Size { head: head.len() + 4 - closing, body: body.len() }, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_an_answer() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: close\r\n\r\n{}";
        assert_eq!(read(answer), Some((200, Size { head: 38, body: 2 }, "{}".into())));
        assert_eq!(Size { head: 38, body: 2 }.to_string(), "38 + 2");
        assert_eq!(read(b"HTTP/1.1 200"), None);
    }
}
