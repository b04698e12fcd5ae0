//! A server that the bench started: waits until it says where it serves, reads what it uses, and ends it. Ended when it is
//! dropped; nothing else is ever ended.

use crate::Outcome;
use std::{
    error::Error,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
    time::{sleep, timeout},
};

/// The longest that a start may take.
const START: Duration = Duration::from_mins(1);
/// The longest that is waited for a server to be idle: the counts of a million keys take a while.
const SETTLED: Duration = Duration::from_mins(3);
/// Lines of a log that tell what went wrong.
const LAST: usize = 12;
/// The kernel counts processor time in hundredths of a second (`USER_HZ`).
const TICKS_A_SECOND: f64 = 100.0;

/// A running server.
pub struct Server {
    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub url: String,
    pid: u32,
    log: PathBuf,
    // Held: the child is ended with it, and an open pipe lets the child go on printing.
    child: Child,
    _stdout: Option<Lines<BufReader<ChildStdout>>>,
}

impl Server {
    /// Starts it. Its first line on stdout ends with `serves URL`; its stderr goes to the file `log`.
    pub async fn start(mut command: Command, log: &Path) -> Outcome<Self> {
        let mut child = spawn(command.stdout(Stdio::piped()), log)?;
        let pid = child.id().ok_or("a server ended at once")?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("a server has no output")?).lines();
        let line = timeout(START, lines.next_line()).await.ok().and_then(Result::ok).flatten();
        let Some((_, url)) = line.as_deref().and_then(|line| line.rsplit_once("serves ")) else {
            return Err(did_not_start(log));
        };
        Ok(Self { url: url.trim().to_owned(), pid, log: log.to_owned(), child, _stdout: Some(lines) })
    }

    /// Starts one that does not say where it serves: it does once that address takes connections.
    pub async fn start_at(mut command: Command, address: &str, log: &Path) -> Outcome<Self> {
        let child = spawn(command.stdout(Stdio::null()), log)?;
        let pid = child.id().ok_or("a server ended at once")?;
        let up = async {
            while TcpStream::connect(address).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(START, up).await.map_err(|_| did_not_start(log))?;
        Ok(Self { url: format!("http://{address}"), pid, log: log.to_owned(), child, _stdout: None })
    }

    /// What became of it, for an error that it may have to do with: whether it ended, and the last lines of its log.
    pub fn last_words(&self) -> String {
        let ended = if self.resident().is_err() { "the server ended" } else { "the server runs" };
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().rev().filter(|line| !line.is_empty()).take(LAST).collect();
        format!("{ended}; its log: {}", lines.into_iter().rev().collect::<Vec<_>>().join(" | "))
    }

    /// Resident memory in MiB.
    pub fn memory(&self) -> Outcome<f64> {
        Ok(self.resident()? / 1024.0 / 1024.0)
    }

    /// Resident memory in bytes.
    pub fn resident(&self) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        Ok(resident(&status).ok_or("no VmRSS")?)
    }

    /// Ends it as a service manager does, and waits for that: it gives back its lease and closes its database.
    pub async fn stop(mut self) -> Outcome<()> {
        let asked = Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await?;
        let ended = timeout(START, self.child.wait()).await.map_err(|_| "a server did not stop")??;
        if asked.success() && ended.success() { Ok(()) } else { Err(format!("a server stopped with {ended}").into()) }
    }

    /// Processor time so far, in seconds.
    pub fn processor(&self) -> Outcome<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        // The name stands in brackets and may hold anything; behind it, user and system time are the 12th and 13th field.
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ');
        let ticks = fields.skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
        Ok(ticks / TICKS_A_SECOND)
    }

    /// Waits until it has been idle for a while: what one round left to be written must not fall into the next.
    pub async fn settle(&self) -> Outcome<()> {
        let mut quiet = 0;
        let begun = Instant::now();
        while begun.elapsed() < SETTLED {
            let before = self.processor()?;
            sleep(Duration::from_millis(200)).await;
            quiet = if self.processor()? - before < 0.015 { quiet + 1 } else { 0 };
            if quiet == 3 {
                break;
            }
        }
        Ok(())
    }

    /// The warnings and errors of its log so far, each kind once, with how often it came.
    pub fn complaints(&self) -> Vec<(String, usize)> {
        let mut found: Vec<(String, usize)> = Vec::new();
        for message in fs::read_to_string(&self.log).unwrap_or_default().lines().filter_map(complaint) {
            match found.iter_mut().find(|(known, _)| *known == message) {
                Some((_, count)) => *count += 1,
                None => found.push((message, 1)),
            }
        }
        found
    }
}

fn spawn(command: &mut Command, log: &Path) -> Outcome<Child> {
    let started = command.stdin(Stdio::null()).stderr(File::create(log)?).kill_on_drop(true).spawn();
    Ok(started.map_err(|error| format!("{}: {error}", command.as_std().get_program().display()))?)
}

fn did_not_start(log: &Path) -> Box<dyn Error + Send + Sync> {
    let said = fs::read_to_string(log).unwrap_or_default();
    format!("a server did not start: {}", said.lines().last().unwrap_or("it said nothing")).into()
}

/// The resident memory of a process's status, in bytes.
fn resident(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

/// The message of a line that warns or tells an error, without the request it belongs to and without the values behind it:
/// those differ from line to line.
fn complaint(line: &str) -> Option<String> {
    let (_, said) = line.split_once(" WARN ").or_else(|| line.split_once(" ERROR "))?;
    let said = said.rsplit_once("}: ").map_or(said, |(_, message)| message);
    Some(said.split(' ').take_while(|word| !word.contains('=')).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::{complaint, resident};

    #[test]
    fn memory_of_a_status() {
        let found = resident("Name:\tlatchkey\nVmHWM:\t   99999 kB\nVmRSS:\t   31250 kB\nThreads:\t4\n");
        assert!(found.is_some_and(|bytes| (bytes - 32_000_000.0).abs() < 0.5), "{found:?}");
        assert!(resident("Name:\tlatchkey\n").is_none());
    }

    #[test]
    fn complaints_of_a_log() {
        let line =
            "2026-11-21T01:00:00Z  WARN request{id=\"a\" path=/api/me}: server::verify: the queue is full: some wait";
        assert_eq!(complaint(line).as_deref(), Some("server::verify: the queue is full: some wait"));
        let line = "2026-11-21T01:00:00Z ERROR server::verify: not written error=away lost=3";
        assert_eq!(complaint(line).as_deref(), Some("server::verify: not written"));
        assert_eq!(complaint("2026-11-21T01:00:00Z  INFO latchkey: serving"), None);
    }
}
