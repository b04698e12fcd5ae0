//! A TCP proxy between one instance and the database, which can cut the line as networks do: silently, so that what was open
//! hangs for ever, or with an end, as a server does that restarts.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

pub struct Proxy {
    pub port: u16,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    /// Nothing new gets through.
    cut: AtomicBool,
    /// Connections of an earlier age get nothing through any more.
    age: AtomicU64,
    /// These connections are ended; others just hang.
    ended: AtomicU64,
    over: AtomicBool,
}

impl Proxy {
    pub fn to(database: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, line) = (listener.local_addr().unwrap().port(), Arc::<Line>::default());
        let held = Arc::clone(&line);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if held.over.load(SeqCst) {
                    return;
                }
                let age = held.age.load(SeqCst);
                let Some(server) = (!held.cut.load(SeqCst)).then(|| TcpStream::connect(database).ok()).flatten() else {
                    // A server that is away refuses; a network that is cut would be silent, which clients bear as well.
                    let _ = client.shutdown(Shutdown::Both);
                    continue;
                };
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                pump(&held, age, client.try_clone().unwrap(), server.try_clone().unwrap());
                pump(&held, age, server, client);
            }
        });
        Self { port, line }
    }

    /// Cuts the line without a word: open connections hang, also after it is mended.
    pub fn cut(&self) {
        self.line.cut.store(true, SeqCst);
        self.line.age.fetch_add(1, SeqCst);
    }

    /// Ends every connection and takes no other, as a server that goes down.
    pub fn end(&self) {
        self.cut();
        self.line.ended.store(self.line.age.load(SeqCst), SeqCst);
    }

    pub fn mend(&self) {
        self.line.cut.store(false, SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.end();
        self.line.over.store(true, SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn pump(line: &Arc<Line>, age: u64, mut from: TcpStream, mut to: TcpStream) {
    let line = Arc::clone(line);
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        from.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        loop {
            if age < line.ended.load(SeqCst) {
                break;
            }
            if age < line.age.load(SeqCst) {
                thread::sleep(Duration::from_millis(20));
                continue;
            }
            match from.read(&mut buffer) {
                Ok(0) => break,
                // What was read while the line was cut is lost with it.
                Ok(read) if age == line.age.load(SeqCst) => {
                    if to.write_all(&buffer[..read]).is_err() {
                        break;
                    }
                }
                Ok(_) => {}
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                }
                Err(_) => break,
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    });
}
