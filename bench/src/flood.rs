//! Live traffic at Latchkey without and with a flood of unknown ids on other connections. The flood is paced: a client that
//! asks as fast as it gets answers would take its share of any server by the number of its connections alone.

use crate::{
    Effort, Outcome,
    contenders::Contender,
    cores::{Cores, pinned},
    load::{CONNECTIONS, Case, Surface},
    report::{Report, Section, median, number, ratio},
    turns::{Rounds, Turn},
};
use std::{env, fs, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

const KEYS: u32 = 1_000;
/// The flood's part of what the server can answer of it.
const PART: f64 = 0.25;
/// What is left of the live traffic, at least.
const LEAST: f64 = 0.7;
/// The part of its pace that the flood keeps at least.
const CAME: f64 = 0.9;
/// How far the flood may fall behind its pace before it forgets what it missed.
const BEHIND: Duration = Duration::from_millis(50);
/// The flood begins before the live traffic, and ends after it.
const LEAD: Duration = Duration::from_millis(300);

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, effort: Effort, report: &mut Report) -> Outcome<()> {
    eprintln!("flood of unknown ids");
    let contender = Contender::latchkey("Latchkey", program, cores, KEYS, &[]).await?;
    let turn = Turn { server: &contender.server, load: &contender.load, surface: Surface::Me, case: Case::Good };
    let (mut alone, mut flooded, mut rates) = (Rounds::default(), Rounds::default(), Vec::new());
    turn.warm(&mut alone).await?;
    let refusals = contender.load.run(&contender.server.url, Surface::Me, Case::Unknown, effort.seconds, 0).await?;
    let rate = refusals.per_second * PART;
    contender.server.settle().await?;
    for round in 1..=effort.rounds {
        turn.round(&mut alone, effort.seconds, round).await?;
        let before = contender.server.processor()?;
        let seconds = Duration::from_secs(effort.seconds.into()) + LEAD * 2;
        let mut flood = command(&contender, cores, rate, seconds)?;
        let flood = flood.kill_on_drop(true).output();
        let live = async {
            sleep(LEAD).await;
            turn.load.run(&turn.server.url, turn.surface, turn.case, effort.seconds, round).await
        };
        let (live, flood) = tokio::join!(live, flood);
        let (live, answered) = (live?, read(&String::from_utf8_lossy(&flood?.stdout))?);
        let took = contender.server.processor()? - before;
        flooded.take(live, live.requests + answered, took);
        rates.push(answered / seconds.as_secs_f64());
        contender.server.settle().await?;
    }
    tell(&alone, &flooded, &rates, (rate, refusals.per_second), report);
    contender.remove().await
}

fn tell(alone: &Rounds, flooded: &Rounds, rates: &[f64], (rate, refusals): (f64, f64), report: &mut Report) {
    let mut section = Section::new(
        "A flood of unknown ids beside live traffic",
        ["live traffic", "requests/s", "lowest–highest", "p50 ms", "p99 ms", "µs of CPU", "core busy"],
    );
    let came = median(rates.to_vec());
    section.say(format!(
        "Live traffic is wrk at `GET /api/me` with good keys out of {}: {CONNECTIONS} connections, each with one request under \
         way, which is as much as the server answers. Each round runs once without and once with a flood: {CONNECTIONS} \
         other connections that ask `GET /api/me` with keys of right form and checksum whose ids were never made, paced to {} \
         requests a second, a quarter of the {} that the same server refuses when it has nothing else to do. The \
         flood has a client of its own in the bench, which runs on the load's core and so takes from wrk too; {} a second of it were \
         answered, all with 401. The server has one core: what it refuses, it can't answer at the same time. “µs of CPU” is \
         by request answered, the flood's included.",
        number(f64::from(KEYS), 0),
        number(rate, 0),
        number(refusals, 0),
        number(came, 0)
    ));
    for (name, rounds) in [("alone", alone), ("beside the flood", flooded)] {
        let [speed, span, p50, p99, cost, busy] = rounds.figures();
        section.row(&[name.into(), speed, span, p50, p99, cost, busy]);
    }
    let kept = flooded.per_second() / alone.per_second();
    let measured = format!(
        "{} × ({} : {}), {} of {} a second of the flood answered",
        ratio(flooded.per_second(), alone.per_second()),
        number(flooded.per_second(), 0),
        number(alone.per_second(), 0),
        number(came, 0),
        number(rate, 0)
    );
    // A flood that did not come proves nothing.
    let holds = kept >= LEAST && came >= rate * CAME;
    report.reach("live traffic beside a flood of unknown ids", &format!("≥ {LEAST} ×"), measured, holds);
    report.add(section);
}

/// This program as the flood.
fn command(contender: &Contender, cores: Option<Cores>, rate: f64, seconds: Duration) -> Outcome<Command> {
    let mut command = pinned(cores.map(|cores| cores.load), env::current_exe()?);
    command
        .arg("flood")
        .arg(contender.server.url.trim_start_matches("http://"))
        .arg(contender.load.keys(Case::Unknown));
    command.arg(format!("{rate:.0}")).arg(seconds.as_millis().to_string());
    Ok(command)
}

/// How many were answered, from the flood's last line; an error if any was not refused.
fn read(said: &str) -> Outcome<f64> {
    let line = said.lines().rev().find_map(|line| line.strip_prefix("flood ")).ok_or("the flood did not run")?;
    match line.split_once(' ') {
        Some((answered, "0")) => Ok(answered.parse()?),
        _ => Err(format!("the flood was not refused: answers and failures {line}").into()),
    }
}

/// Asks with these keys, so many times a second, for so many milliseconds.
pub async fn run(address: &str, keys: &Path, rate: f64, milliseconds: u64) -> Outcome<()> {
    let text = fs::read_to_string(keys)?;
    let request = |key| format!("GET /api/me HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\r\n");
    let requests: Arc<[String]> = text.lines().map(request).collect();
    let end = Instant::now() + Duration::from_millis(milliseconds);
    let pause = Duration::from_secs_f64(f64::from(CONNECTIONS) / rate.max(1.0));
    let mut lines = JoinSet::new();
    for number in 0..CONNECTIONS {
        let begin = Instant::now() + pause * number / CONNECTIONS;
        lines.spawn(one_line(address.to_owned(), Arc::clone(&requests), number as usize, (begin, pause, end)));
    }
    let (mut answered, mut failed) = (0_u64, 0_u64);
    while let Some(done) = lines.join_next().await {
        let (good, bad) = done??;
        answered += good;
        failed += bad;
    }
    println!("flood {answered} {failed}");
    Ok(())
}

/// One connection with one request under way; answers how many were refused as they should, and how many were not.
async fn one_line(
    address: String,
    requests: Arc<[String]>,
    first: usize,
    (mut next, pause, end): (Instant, Duration, Instant),
) -> Outcome<(u64, u64)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::with_capacity(2_048);
    let (mut refused, mut failed) = (0, 0);
    for request in requests.iter().cycle().skip(first * requests.len() / CONNECTIONS as usize) {
        let now = Instant::now();
        if now >= end {
            break;
        }
        if next > now {
            sleep_until(next).await;
        } else if now - next > BEHIND {
            next = now;
        }
        next += pause;
        stream.write_all(request.as_bytes()).await?;
        answer.clear();
        while !is_whole(&answer) {
            if stream.read_buf(&mut answer).await? == 0 {
                return Err("the server ended a connection of the flood".into());
            }
        }
        if answer.starts_with(b"HTTP/1.1 401 ") { refused += 1 } else { failed += 1 }
    }
    Ok((refused, failed))
}

/// Whether head and body are all there.
fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    answer.len() >= head + 4 + length.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn the_floods_line() {
        assert_eq!(read("flood 1200 0\n").ok().map(|answered| number(answered, 0)).as_deref(), Some("1,200"));
        assert!(read("flood 1200 3\n").is_err());
        assert!(read("").is_err());
    }

    #[test]
    fn an_answer_is_whole_with_its_body() {
        assert!(is_whole(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}"));
        assert!(!is_whole(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{"));
        assert!(!is_whole(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n"));
        assert!(is_whole(b"HTTP/1.1 204 No Content\r\n\r\n"));
    }

    #[tokio::test]
    async fn the_pace_is_kept() -> Outcome<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(async move {
            let Ok((mut line, _)) = listener.accept().await else { return };
            let mut read = [0; 4_096];
            while line.read(&mut read).await.is_ok_and(|bytes| bytes > 0) {
                let sent = line.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").await;
                if sent.is_err() {
                    return;
                }
            }
        });
        let requests: Arc<[String]> = [String::from("GET / HTTP/1.1\r\n\r\n")].into();
        let begin = Instant::now();
        let plan = (begin, Duration::from_millis(20), begin + Duration::from_millis(400));
        let (refused, failed) = one_line(address, requests, 0, plan).await?;
        // 20 fit; a slow machine may do fewer, none does more than one beyond.
        assert!((5..=21).contains(&refused) && failed == 0, "{refused} {failed}");
        Ok(())
    }
}
