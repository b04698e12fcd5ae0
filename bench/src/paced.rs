//! Load at a rate, where wrk knows only "as fast as it is answered": a process of its own on the load's core, because two
//! loads that both ask as fast as they can only show how connections are shared out. Started by the bench as `bench paced`;
//! prints the line that wrk's script prints.
//!
//! Each connection asks at even intervals, whether or not the answers come in time: what is due is written at once, then all
//! of it is waited for. The time of an answer is counted from when its request was due, so a stalled server can't hide by
//! making the load wait too.

use crate::{Outcome, report::percentile};
use clap::Args;
use std::{fs, path::PathBuf, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// What is asked, how often, for how long.
#[derive(Args, Clone, Debug)]
pub struct Paced {
    /// The server
    #[arg(long)]
    pub url: String,
    /// File of the plain keys, one a line: they are asked about in this order, again and again
    #[arg(long)]
    pub keys: PathBuf,
    /// The status that is right
    #[arg(long)]
    pub status: u16,
    /// Requests a second, over all connections
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
    /// Connections
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub connections: u32,
    /// Requests altogether; each connection makes its share of them
    #[arg(long)]
    pub requests: u32,
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    /// Of each answer, in microseconds.
    times: Vec<f64>,
    wrong: u32,
}

/// Puts the load on the server and prints what came of it.
pub async fn run(paced: Paced) -> Outcome<()> {
    let keys: Vec<String> = fs::read_to_string(&paced.keys)?.lines().map(str::to_owned).collect();
    if keys.is_empty() {
        return Err("no keys to ask about".into());
    }
    let address = paced.url.trim_start_matches("http://").to_owned();
    let begun = Instant::now();
    let mut connections = JoinSet::new();
    for first in 0..paced.connections {
        // Every connection takes every so many-th request: they are spread evenly, and each key has its turn.
        let mine: Vec<u32> = (first..paced.requests).step_by(paced.connections as usize).collect();
        let asked: Vec<(Instant, Vec<u8>)> = mine
            .into_iter()
            .map(|at| {
                let due = begun + Duration::from_secs_f64(f64::from(at) / f64::from(paced.rate));
                (due, request(&address, &keys[at as usize % keys.len()]))
            })
            .collect();
        connections.spawn(connection(address.clone(), asked, paced.status));
    }
    let mut seen = Seen::default();
    while let Some(done) = connections.join_next().await {
        let one = done??;
        seen.times.extend(one.times);
        seen.wrong += one.wrong;
    }
    let (p50, p99) = (percentile(seen.times.clone(), 50), percentile(seen.times.clone(), 99));
    let took = begun.elapsed().as_micros();
    println!("bench {} {took} {p50:.0} {p99:.0} {}", seen.times.len(), seen.wrong);
    Ok(())
}

fn request(host: &str, key: &str) -> Vec<u8> {
    format!("GET /api/me HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n").into_bytes()
}

async fn connection(address: String, asked: Vec<(Instant, Vec<u8>)>, status: u16) -> Outcome<Seen> {
    let mut stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut seen, mut got) = (Seen::default(), Vec::new());
    let mut rest = asked.as_slice();
    while let Some((due, _)) = rest.first() {
        sleep_until(*due).await;
        let now = Instant::now();
        let (batch, later) = rest.split_at(rest.partition_point(|(due, _)| *due <= now).max(1));
        rest = later;
        let text: Vec<u8> = batch.iter().flat_map(|(_, text)| text).copied().collect();
        stream.write_all(&text).await?;
        for (due, _) in batch {
            let (answered, length) = loop {
                if let Some(found) = answer(&got)? {
                    break found;
                }
                if stream.read_buf(&mut got).await? == 0 {
                    return Err("the server hung up".into());
                }
            };
            got.drain(..length);
            seen.times.push(due.elapsed().as_secs_f64() * 1e6);
            seen.wrong += u32::from(answered != status);
        }
    }
    Ok(seen)
}

/// The status of the first answer in what has come so far, and its bytes; `None` while some of it is missing. An answer that
/// does not say how long it is has no body here: all that are asked for either say so or have none.
fn answer(got: &[u8]) -> Outcome<Option<(u16, usize)>> {
    let Some(head) = got.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = str::from_utf8(&got[..head])?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("not an answer")?.parse()?;
    let length =
        lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let body: usize = length.map_or(Ok(0), |(_, length)| length.trim().parse())?;
    let whole = head + 4 + body;
    Ok((got.len() >= whole).then_some((status, whole)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::read;

    #[test]
    fn answers_are_taken_one_by_one() {
        let two = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\nno...HTTP/1.1 200 OK\r\n\r\n";
        assert_eq!(answer(two).ok(), Some(Some((401, 53))));
        assert_eq!(answer(&two[53..]).ok(), Some(Some((200, 19))));
        for missing in [1, 20, 47, 52] {
            assert_eq!(answer(&two[..missing]).ok(), Some(None), "{missing} bytes");
        }
        assert!(answer(b"what\r\n\r\n").is_err());
        assert!(answer(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n").is_err());
    }

    #[test]
    fn its_line_is_the_one_of_wrks_script() {
        let (round, failed) = read("bench 1000 2000000 1500 20000 3").unwrap();
        assert_eq!((round.requests.to_bits(), failed.to_bits()), (1000.0_f64.to_bits(), 3.0_f64.to_bits()));
    }

    /// A server that takes its time: what was due meanwhile counts as late.
    #[tokio::test]
    async fn the_time_counts_from_when_it_was_due() -> Outcome<()> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        // Says when it began to write each answer: how many requests come at once is up to the machine.
        let slow = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await?;
            let (mut buffer, mut written) = (Vec::new(), Vec::new());
            while stream.read_buf(&mut buffer).await? > 0 {
                while let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                    buffer.drain(..end + 4);
                    tokio::time::sleep(Duration::from_millis(60)).await;
                    written.push(Instant::now());
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                }
            }
            Ok::<_, std::io::Error>(written)
        });
        let begun = Instant::now();
        let due = [0, 10, 20].map(|after| begun + Duration::from_millis(after));
        let asked = due.iter().map(|due| (*due, request(&address, "key"))).collect();
        let seen = connection(address, asked, 200).await?;
        let written = slow.await??;
        assert_eq!((seen.times.len(), seen.wrong, written.len()), (3, 0, 3));
        for ((time, due), written) in seen.times.iter().zip(due).zip(written) {
            let least = written.duration_since(due).as_secs_f64() * 1e6;
            assert!(least >= 60_000.0 && *time >= least, "{time} µs, and it was answered after {least} µs");
        }
        Ok(())
    }
}
