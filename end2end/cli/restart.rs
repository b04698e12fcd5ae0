//! PostgreSQL is restarted under load: nobody passes while it is away, and all is well by itself when it is back. On a server
//! of the test's own, since the suite's is shared.

use crate::{home::Home, served::Served};
use std::{
    collections::BTreeMap,
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const LEASE: Duration = Duration::from_secs(2);

/// A PostgreSQL server that nobody else uses.
struct Own {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Own {
    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = Command::new(root.join("scripts/postgres.sh")).arg("--find").output().unwrap();
        let programs = PathBuf::from(String::from_utf8(found.stdout).unwrap().trim());
        assert!(programs.is_dir(), "not run, there is no PostgreSQL on this machine");
        let mut own = Self { programs, folder: tempfile::tempdir().unwrap(), port: 0 };
        if rustix::process::geteuid().is_root() {
            assert!(Command::new("chown").arg("postgres").arg(own.folder.path()).status().unwrap().success());
        }
        own.run("initdb", &["-U", "latchkey", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        // Somebody may take the port between its choice and the start.
        for _ in 0..5 {
            own.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if own.controls(&["start"]) {
                return own;
            }
            let log = fs::read_to_string(own.folder.path().join("log")).unwrap_or_default();
            assert!(log.contains("Address already in use"), "{}{log}", own.said());
        }
        panic!("each of five ports was taken");
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        assert!(self.runs(program, arguments), "{}", self.said());
    }

    /// What these programs said.
    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap()
    }

    /// One of PostgreSQL's programs, which refuse to run as root; whether it succeeded.
    fn runs(&self, program: &str, arguments: &[&str]) -> bool {
        let program = self.programs.join(program);
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("said")).unwrap();
        command.current_dir(self.folder.path()).arg("-D").arg(self.folder.path().join("data")).args(arguments);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).status().unwrap().success()
    }

    fn control(&self, arguments: &[&str]) {
        assert!(self.controls(arguments), "{}", self.said());
    }

    fn controls(&self, arguments: &[&str]) -> bool {
        let folder = self.folder.path().display();
        let options = format!("-p {} -k {folder} -c listen_addresses=127.0.0.1", self.port);
        let log = self.folder.path().join("log");
        self.runs("pg_ctl", &[&["-w", "-t", "60", "-l", log.to_str().unwrap(), "-o", &options], arguments].concat())
    }

    fn url(&self) -> String {
        format!("postgres://latchkey@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // A test that failed while it was stopped: a second panic would end all the others.
        if !thread::panicking() {
            self.control(&["stop", "-m", "immediate"]);
        } else if let Ok(id) = fs::read_to_string(self.folder.path().join("data/postmaster.pid")) {
            let _ = Command::new("kill").args(["-QUIT", id.lines().next().unwrap_or_default()]).status();
        }
    }
}

#[test]
fn nobody_passes_while_postgresql_restarts() {
    let own = Own::start();
    let home = Home::at(own.url());
    home.acme();
    let key = |name: &str| home.key(name, &[])["key"].as_str().unwrap().to_owned();
    let good = key("Good");
    let stopped = home.key("Stopped", &[]);
    home.json(&["key", "disable", stopped["id"].as_str().unwrap()]);
    let stopped = stopped["key"].as_str().unwrap();
    let served = home.serve();
    let (over, answers) = (AtomicBool::new(false), Mutex::new(BTreeMap::<String, usize>::new()));
    thread::scope(|scope| {
        for key in [&*good, &*good, &*good, stopped] {
            let (served, over, answers) = (&served, &over, &answers);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let (status, body) = served.me(key);
                    let code = body["error"]["code"].as_str().unwrap_or("VALID");
                    let whose = if key == stopped { "stopped" } else { "good" };
                    *answers.lock().unwrap().entry(format!("{whose} {status} {code}")).or_default() += 1;
                }
            });
        }
        let restarts = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            thread::sleep(Duration::from_millis(500));
            own.control(&["restart", "-m", "fast"]);
            recovers(&served, &good);
            own.control(&["stop", "-m", "immediate"]);
            goes_away(&served, &good);
            assert_eq!(served.get("/readyz"), 503);
            own.control(&["start"]);
            recovers(&served, &good);
        }));
        over.store(true, Ordering::Relaxed);
        restarts.unwrap();
    });
    let answers = answers.into_inner().unwrap();
    println!("{answers:?}");
    let allowed = ["good 200 VALID", "good 503 UNAVAILABLE", "stopped 401 KEY_DISABLED", "stopped 503 UNAVAILABLE"];
    assert!(answers.keys().all(|answer| allowed.contains(&&**answer)), "{answers:?}");
    assert!(answers.contains_key("good 503 UNAVAILABLE"), "nobody asked while it was away: {answers:?}");
}

/// What the server holds is trusted for the rest of its lease, two seconds at most.
fn goes_away(served: &Served, key: &str) {
    let began = Instant::now();
    loop {
        // However late the answer comes: what counts is when it was asked for.
        let asked = began.elapsed();
        if served.me(key).0 == 503 {
            return;
        }
        assert!(asked <= LEASE, "asked after {asked:?}, it answers without a database");
        thread::sleep(Duration::from_millis(20));
    }
}

fn recovers(served: &Served, key: &str) {
    let began = Instant::now();
    while served.me(key).0 != 200 {
        assert!(began.elapsed() < Duration::from_mins(1), "it does not recover");
        thread::sleep(Duration::from_millis(50));
    }
}
