//! A running `latchkey serve` on a free port, with its output gathered, and requests to it.

use crate::home::Home;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, ExitStatus},
    sync::{Arc, Mutex, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use ureq::Agent;

pub struct Served {
    child: Child,
    pub url: String,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
    /// They gather what it says, until it has ended.
    gatherers: Vec<JoinHandle<()>>,
    agent: Agent,
}

impl Home {
    /// `latchkey serve` with an empty site: the data plane needs none.
    pub fn serve_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&[&["serve", "--addr", "127.0.0.1:0"], arguments].concat());
        command.env("LEPTOS_SITE_ROOT", self.empty_site());
        command
    }

    /// A folder that passes for the console's files.
    pub fn empty_site(&self) -> PathBuf {
        let site = self.folder.path().join("site");
        fs::create_dir_all(site.join("pkg")).unwrap();
        site
    }

    pub fn serve(&self) -> Served {
        Served::start(&mut self.serve_command(&[]))
    }
}

impl Served {
    #[track_caller]
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let (ready, started) = mpsc::channel();
        let (out, of_out) = gather(child.stdout.take().unwrap(), Some(ready));
        let (err, of_err) = gather(child.stderr.take().unwrap(), None);
        let Ok(url) = started.recv_timeout(Duration::from_secs(30)) else {
            let _ = child.kill();
            panic!("it does not serve: {}", err.lock().unwrap());
        };
        let agent = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
        Self { child, url, out, err, gatherers: vec![of_out, of_err], agent: agent.build().into() }
    }

    /// The status and the body of `GET /api/me` with a key.
    pub fn me(&self, key: &str) -> (u16, Value) {
        let request = self.agent.get(format!("{}/api/me", self.url)).header("authorization", format!("Bearer {key}"));
        let mut response = request.call().unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&body).unwrap())
    }

    /// What a key is told: `accepted` or the refusal's code; `None` without an answer.
    pub fn try_me(&self, key: &str) -> Option<String> {
        let request = self.agent.get(format!("{}/api/me", self.url)).header("authorization", format!("Bearer {key}"));
        let body: Value = serde_json::from_str(&request.call().ok()?.body_mut().read_to_string().ok()?).ok()?;
        Some(body["error"]["code"].as_str().unwrap_or("accepted").to_owned())
    }

    /// The status of one of the console's actions.
    pub fn act(&self, cookie: &str, action: &str, form: &[(&str, &str)]) -> u16 {
        let request = self.agent.post(format!("{}/console/{action}", self.url)).header("origin", &self.url);
        let request = request.header("accept", "application/json").header("cookie", cookie);
        request.send_form(form.iter().copied()).unwrap().status().as_u16()
    }

    /// The status of a page.
    pub fn get(&self, path: &str) -> u16 {
        self.agent.get(format!("{}{path}", self.url)).call().unwrap().status().as_u16()
    }

    /// The status and the body of a form of the console, posted as the script does.
    pub fn post(&self, cookie: &str, form: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let request = self.agent.post(format!("{}/console/{form}", self.url)).header("origin", &self.url);
        let request = request.header("accept", "application/json").header("cookie", cookie);
        let mut response = request.send_form(fields.iter().copied()).unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    /// The page that a form of the console leads to, posted as a browser without script does, which keeps no cookie of over 4,096 bytes.
    pub fn submit(&self, cookie: &str, form: &str, fields: &[(&str, &str)]) -> String {
        let request = self.agent.post(format!("{}/console/{form}", self.url)).header("origin", &self.url);
        let request = request.header("accept", "text/html").header("cookie", cookie).config();
        let response = request.max_redirects(0).max_redirects_will_error(false).build();
        let response = response.send_form(fields.iter().copied()).unwrap();
        let set = response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        let set = set.filter(|text| text.len() <= 4_096).filter_map(|text| text.split(';').next());
        let cookies: Vec<&str> = [cookie].into_iter().chain(set).collect();
        self.page(&cookies.join("; "), response.headers()["location"].to_str().unwrap()).1
    }

    /// The status of a form of the console; `None` if the server is gone before it has answered.
    pub fn try_post(&self, cookie: &str, form: &str, fields: &[(&str, &str)]) -> Option<u16> {
        let request = self.agent.post(format!("{}/console/{form}", self.url)).header("origin", &self.url);
        let request = request.header("accept", "application/json").header("cookie", cookie);
        Some(request.send_form(fields.iter().copied()).ok()?.status().as_u16())
    }

    /// Waits until it follows the changes: from now on it answers from memory, and writers wait for it.
    #[track_caller]
    pub fn followed(self) -> Self {
        self.until_it_follows();
        self
    }

    /// The same, of one that may have ceased to.
    #[track_caller]
    pub fn until_it_follows(&self) {
        let begun = Instant::now();
        while !self.page("", "/metrics").1.contains("\nlatchkey_lease_held 1\n") {
            assert!(begun.elapsed() < Duration::from_mins(1), "it follows no changes: {}", self.err());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The status and the text of a page, asked for with a session.
    pub fn page(&self, cookie: &str, path: &str) -> (u16, String) {
        let request = self.agent.get(format!("{}{path}", self.url)).header("cookie", cookie);
        let mut response = request.call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    /// A connection with that request under way, of which so much is said: its head asks for a sign that its body is read.
    pub fn begin(&self, request: &str) -> TcpStream {
        let mut stream = self.connect();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        stream.write_all(format!("{head}\r\nExpect: 100-continue\r\n\r\n{body}").as_bytes()).unwrap();
        let mut sign = [0; 25];
        stream.read_exact(&mut sign).unwrap();
        assert_eq!(str::from_utf8(&sign).unwrap(), "HTTP/1.1 100 Continue\r\n\r\n");
        stream
    }

    /// A connection to it.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.url.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream
    }

    /// The memory that it holds now, in bytes.
    pub fn resident(&self) -> u64 {
        let statm = fs::read_to_string(format!("/proc/{}/statm", self.child.id())).unwrap();
        statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap() * 4_096
    }

    /// The session cookie of somebody, as `name=value`.
    pub fn sign_in(&self, email: &str, password: &str) -> String {
        let request = self.agent.post(format!("{}/console/sign_in", self.url)).header("origin", &self.url);
        let form = [("email", email), ("password", password)];
        let response = request.header("accept", "application/json").send_form(form).unwrap();
        assert_eq!(response.status(), 200);
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    pub fn out(&self) -> String {
        self.out.lock().unwrap().clone()
    }

    pub fn err(&self) -> String {
        self.err.lock().unwrap().clone()
    }

    /// Waits until its log has that: what it writes there arrives on a way of its own.
    #[track_caller]
    pub fn heard(&self, part: &str) {
        let begun = Instant::now();
        while !self.err().contains(part) {
            assert!(begun.elapsed() < Duration::from_mins(1), "its log has no {part:?}: {}", self.err());
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it as a service manager does.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }

    /// Waits until it has ended and all that it said is there.
    pub fn wait(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        self.gatherers.drain(..).for_each(|gatherer| gatherer.join().unwrap());
        status
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a stream to its end, beside the test; sends the URL of the first line that has one.
fn gather(
    stream: impl Read + Send + 'static,
    ready: Option<mpsc::Sender<String>>,
) -> (Arc<Mutex<String>>, JoinHandle<()>) {
    let text = Arc::new(Mutex::new(String::new()));
    let gathered = Arc::clone(&text);
    let reader = thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut text = gathered.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
            drop(text);
            if let (Some(ready), Some(url)) = (&ready, line.strip_prefix("Latchkey serves ")) {
                let _ = ready.send(url.to_owned());
            }
        }
    });
    (text, reader)
}
