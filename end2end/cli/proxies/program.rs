//! nginx and Caddy as Debian packages them, run with the documented file: only ports, addresses and folders are replaced.

use super::document;
use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    Caddy,
}

/// A running proxy; ended with the test.
pub struct Program {
    pub address: SocketAddr,
    child: Child,
    folder: TempDir,
}

/// What nginx needs around a server: everything it writes goes to its own folder, and one process that stays in front.
const NGINX: &str = "daemon off; master_process off; pid nginx.pid; error_log stderr;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include server.conf;
}
";

impl Program {
    /// A proxy that asks `latchkey` and passes to `service`. Somebody may take its port between its choice and the start: then
    /// with another.
    pub fn start(kind: Kind, latchkey: SocketAddr, service: SocketAddr, gateway_key: &str) -> Self {
        for _ in 0..5 {
            let mut program = Self::launch(kind, latchkey, service, gateway_key);
            if program.listens() {
                return program;
            }
            assert!(program.log().to_lowercase().contains("address already in use"), "it ended: {}", program.log());
        }
        panic!("each of five ports was taken");
    }

    fn launch(kind: Kind, latchkey: SocketAddr, service: SocketAddr, gateway_key: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let upstreams = [("127.0.0.1:3000", latchkey.to_string()), ("127.0.0.1:8080", service.to_string())];
        let mut command = match kind {
            Kind::Nginx => {
                let server = replaced(&document("nginx.conf"), &upstreams);
                let server = replaced(&server, &[("listen 443 ssl;", format!("listen {address};"))]);
                let key = replaced(&document("latchkey-gateway-key.conf"), &[("lk_…", gateway_key.to_owned())]);
                write(at, &[("nginx.conf", NGINX), ("server.conf", &server), ("latchkey-gateway-key.conf", &key)]);
                let mut command = Command::new("nginx");
                command.arg("-p").arg(at).args(["-c", "nginx.conf", "-e", "stderr"]);
                command
            }
            Kind::Caddy => {
                let site = replaced(&document("Caddyfile"), &upstreams);
                let site = replaced(&site, &[("api.example.com {", format!("http://{address} {{"))]);
                write(at, &[("Caddyfile", &format!("{{\n\tadmin off\n}}\n{site}"))]);
                let mut command = Command::new("caddy");
                command.args(["run", "--adapter", "caddyfile", "--config"]).arg(at.join("Caddyfile"));
                command
                    .env("GATEWAY_KEY", gateway_key)
                    .envs(["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"].map(|n| (n, at)));
                command
            }
        };
        // Debian keeps servers where only root looks.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let log = fs::File::create(at.join("log")).unwrap();
        command.env("PATH", path).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("not run, {kind:?} does not start ({error}): install it, or run scripts/setup.sh --tests and test with `make test`")
        });
        Self { address, child, folder }
    }

    /// Waits until it listens; `false` if it has ended.
    fn listens(&mut self) -> bool {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "it does not serve: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
        true
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text with each of these replaced; each has to be there.
fn replaced(text: &str, pairs: &[(&str, String)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the documented file does not say {from}");
        text.replace(from, to)
    })
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
}
