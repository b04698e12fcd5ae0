//! What one connection may take of the server: slow heads, slow bodies, endless and huge ones, and the end with a request
//! under way. Over real sockets, beside a key that goes on being checked.

use crate::{home::Home, served::Served};
use serde_json::Value;
use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

const SECOND: Duration = Duration::from_secs(1);

/// A server and the text of a gateway key.
fn served() -> (Home, Served, String) {
    let home = Home::sqlite();
    home.acme();
    let made = home.key("Gateway", &["--gateway"]);
    let key = made["key"].as_str().unwrap().to_owned();
    let served = home.serve();
    (home, served, key)
}

fn question(key: &str, length: &str) -> String {
    format!(
        "POST /api/v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\n{length}\r\n\r\n"
    )
}

/// Connects and sends a byte a second until the other end has closed or answered; what it answered, and after what time.
fn drip(served: &Served, first: &str, byte: &[u8], meanwhile: impl Fn()) -> (String, Duration) {
    let began = Instant::now();
    let mut stream = served.connect();
    stream.write_all(first.as_bytes()).unwrap();
    stream.set_read_timeout(Some(SECOND)).unwrap();
    let mut answer = Vec::new();
    loop {
        assert!(began.elapsed() < 120 * SECOND, "it may go on for ever");
        let _ = stream.write_all(byte);
        meanwhile();
        match stream.read_to_end(&mut answer) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            // Closed, or reset because it did not want the last byte.
            _ => return (String::from_utf8(answer).unwrap(), began.elapsed()),
        }
    }
}

#[test]
fn a_head_that_comes_drop_by_drop_is_not_waited_for() {
    let (_home, served, key) = served();
    let (answer, took) = drip(&served, "GET /api/me HTTP/1.1\r\nHost: a\r\nX-Slow: ", b"x", || {
        assert_eq!(served.me(&key).0, 200);
    });
    assert_eq!(answer, "");
    assert!((19 * SECOND..90 * SECOND).contains(&took), "it took {took:?}");
}

#[test]
fn a_body_that_comes_drop_by_drop_is_answered_408() {
    let (_home, served, key) = served();
    let (answer, took) = drip(&served, &question(&key, "Content-Length: 1000"), b" ", || {
        assert_eq!(served.me(&key).0, 200);
    });
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    assert!(answer.to_lowercase().contains("\r\nconnection: close\r\n"), "{answer}");
    let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body["error"]["code"], "REQUEST_TIMEOUT", "{body}");
    assert_eq!(body["error"]["message"], "The body took too long to arrive.");
    assert!((29 * SECOND..90 * SECOND).contains(&took), "it took {took:?}");
}

#[test]
fn an_endless_body_is_cut_off_and_not_kept() {
    let (_home, served, key) = served();
    assert_eq!(served.me(&key).0, 200);
    let before = served.resident();
    let mut stream = served.connect();
    stream.write_all(question(&key, "Transfer-Encoding: chunked").as_bytes()).unwrap();
    let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
    let sent = (0..1_000).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    assert!(sent < 1_000, "it took 65 MB");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    // The reset may overtake the answer.
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let more = served.resident().saturating_sub(before) >> 20;
    println!("resident: {} MB before, {more} MB more after an endless body", before >> 20);
    assert!(more < 16, "{more} MB more");
    assert_eq!(served.me(&key).0, 200);
}

#[test]
fn heads_have_a_largest_size() {
    let (_home, served, key) = served();
    let ask = |headers: &str| {
        let mut stream = served.connect();
        let head = format!("GET /api/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n");
        let _ = stream.write_all(format!("{head}{headers}\r\n").as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).chars().take(12).collect::<String>()
    };
    assert_eq!(ask(&format!("X-Big: {}\r\n", "x".repeat(30_000))), "HTTP/1.1 200");
    assert_eq!(ask(&format!("X-Big: {}\r\n", "x".repeat(33_000))), "HTTP/1.1 431");
    assert_eq!(ask(&"X-Many: x\r\n".repeat(97)), "HTTP/1.1 200");
    assert_eq!(ask(&"X-Many: x\r\n".repeat(98)), "HTTP/1.1 431");
    assert_eq!(served.me(&key).0, 200);
}

#[test]
fn the_end_waits_for_a_request_and_not_for_who_only_listens() {
    let (_home, mut served, key) = served();
    // One that has said nothing, one at rest after a request, one in the middle of a request.
    let mut silent = served.connect();
    let mut rests = served.connect();
    rests.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(rests.read(&mut [0; 1_024]).unwrap() > 0);
    let body = format!(r#"{{"key":"{key}"}}"#);
    let mut asks = served.begin(&question(&key, &format!("Content-Length: {}", body.len())));
    served.signal("TERM");
    let began = Instant::now();
    assert_eq!(silent.read(&mut [0; 10]).unwrap_or(0), 0);
    assert_eq!(rests.read(&mut [0; 10]).unwrap_or(0), 0);
    // Had they been waited for, so that they were cut off, the one that asks would be as well.
    assert!(TcpStream::connect(served.url.trim_start_matches("http://")).is_err(), "nobody new is let in");
    thread::sleep(2 * SECOND);
    asks.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    asks.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(r#""valid":true"#), "{answer}");
    assert_eq!(served.wait().code(), Some(0));
    assert!(!served.err().contains("cut off"), "{}", served.err());
    assert!(began.elapsed() < 60 * SECOND, "{:?}", began.elapsed());
}
