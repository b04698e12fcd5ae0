//! Keys created by many processes at once, some of which are killed at a random moment, and a server that is too: whatever
//! was acknowledged works afterwards, and the database opens clean.

use crate::{
    home::{Home, PASSWORD},
    tables::integrity,
};
use serde_json::Value;
use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    process::Stdio,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

const WORKERS: usize = 4;
const EACH: usize = 20;

#[test]
fn what_was_acknowledged_survives() {
    let home = Home::sqlite();
    home.acme();
    let acknowledged = Mutex::new(Vec::new());
    let mut served = home.serve();
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (home, acknowledged) = (&home, &acknowledged);
            scope.spawn(move || {
                let mut usual = Duration::ZERO;
                for round in 0..EACH {
                    // Every third one is left alone, and tells how long one takes at the moment.
                    let part = u32::try_from(round * 37 % 100).unwrap();
                    let fuse = (round % 3 != 0).then(|| usual * part / 100);
                    let (key, took) = create(home, &format!("{worker}-{round}"), fuse);
                    if fuse.is_none() {
                        usual = took;
                    }
                    acknowledged.lock().unwrap().extend(key);
                }
            });
        }
    });
    served.kill();
    let acknowledged = acknowledged.into_inner().unwrap();
    let killed = WORKERS * EACH - acknowledged.len();
    assert!(acknowledged.len() > 10 && killed > 10, "{} acknowledged, {killed} killed", acknowledged.len());

    assert_eq!(integrity(&home.data().join("latchkey.db")), "ok");
    let served = home.serve();
    let listed: HashSet<String> = home.keys().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect();
    for key in &acknowledged {
        assert_eq!(served.me(key["key"].as_str().unwrap()).0, 200);
        assert!(listed.contains(key["id"].as_str().unwrap()));
    }
    home.run_with(&["user", "create", "--email", "a@example.com", "--name", "A", "--password-stdin"], PASSWORD)
        .succeeded();
}

/// Starts a `key create` and kills it when the fuse has burnt down. What it printed whole is acknowledged. Also says how
/// long it took to print: closing the database comes after that.
fn create(home: &Home, name: &str, fuse: Option<Duration>) -> (Option<Value>, Duration) {
    let began = Instant::now();
    let arguments = ["key", "create", "--workspace", "acme", "--owner", "mina@example.com", "--name", name, "--json"];
    let mut child = home.command(&arguments).stdin(Stdio::null()).spawn().unwrap();
    if let Some(fuse) = fuse {
        thread::sleep(fuse);
        let _ = child.kill();
    }
    let mut printed = Vec::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    while out.read_until(b'\n', &mut printed).unwrap() > 0 && !printed.ends_with(b"\n}\n") {}
    let took = began.elapsed();
    child.wait().unwrap();
    (serde_json::from_slice(&printed).ok(), took)
}
