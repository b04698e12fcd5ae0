//! The service behind the proxy, or whoever stands in for Latchkey: notes every request that reaches it.

use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, Method, StatusCode},
};
use std::{
    io::{Read, Write},
    net::{self, Shutdown, SocketAddr},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};
use tokio::{net::TcpListener, runtime::Runtime};

/// What arrived.
#[derive(Debug)]
pub struct Arrived {
    pub method: Method,
    pub uri: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Arrived {
    /// The values of a header, joined.
    pub fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.collect::<Vec<_>>().join(", ")
    }
}

pub struct Service {
    pub address: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    /// Ends the service with the test.
    _runtime: Runtime,
}

impl Service {
    /// It answers everything with `status` and the text `from the service`.
    pub fn answering(status: StatusCode) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (address, arrived) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Arrived>>>::default());
        let noted = Arc::clone(&arrived);
        let router = Router::new().fallback(async move |request: Request| {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
            let uri = head.uri.to_string();
            noted.lock().unwrap().push(Arrived { method: head.method, uri, headers: head.headers, body });
            (status, if status == StatusCode::NO_CONTENT { "" } else { "from the service" })
        });
        runtime.spawn(async { axum::serve(listener, router).await });
        Self { address, arrived, _runtime: runtime }
    }

    /// Everything that arrived since the last call.
    pub fn arrived(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.arrived.lock().unwrap())
    }

    /// The one request that arrived since the last call.
    #[track_caller]
    pub fn one(&self) -> Arrived {
        let mut all = self.arrived();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

/// In place of Latchkey: answers every question with 204, and sends all that came along with it, as it came.
pub fn raw(heard: mpsc::Sender<String>) -> SocketAddr {
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
            let mut question = Vec::new();
            // Answered at the end of its head; what comes along as a body is read as well.
            while !question.windows(4).any(|four| four == b"\r\n\r\n") {
                let mut part = [0; 4_096];
                match stream.read(&mut part) {
                    Ok(read @ 1..) => question.extend_from_slice(&part[..read]),
                    _ => break,
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read_to_end(&mut question);
            if heard.send(String::from_utf8_lossy(&question).into_owned()).is_err() {
                return;
            }
        }
    });
    address
}
