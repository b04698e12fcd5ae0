//! Power cuts under a storm of changes: whatever was acknowledged is there in a copy of the files as they were at that moment,
//! and after the process was killed. (The process is frozen while its files are copied, so that they are of one moment.)

use crate::{
    home::{Home, PASSWORD},
    served::Served,
    tables::integrity,
};
use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const WORKERS: usize = 3;
const KEYS_EACH: usize = 12;
const CUTS: u64 = 6;

/// What the last acknowledged change makes of a key: the status of its requests, and whether it has an end.
type Known = (u16, bool);
/// What is known of each key; nothing while a change is under way.
type Expected = HashMap<String, Option<Known>>;

const WORKS: Known = (200, false);
const WORKS_FOR_A_TIME: Known = (200, true);
const STOPPED: Known = (401, false);
const OWNER_GONE: Known = (403, false);

#[test]
fn what_was_acknowledged_is_there() {
    let home = Home::sqlite();
    home.acme();
    home.text(&["user", "create", "--email", "ada@example.com", "--name", "Ada", "--admin", "--password-stdin"]);
    home.execute("UPDATE workspaces SET settings = json_set(settings, '$.max_active_keys_per_member', 1000)");
    let keys: Vec<Vec<(String, String)>> = (0..WORKERS)
        .map(|worker| {
            let made = (0..KEYS_EACH).map(|at| home.key(&format!("{worker}-{at}"), &[]));
            made.map(|key| ["key", "id"].map(|field| key[field].as_str().unwrap().to_owned()).into()).collect()
        })
        .collect();
    let leaver = leaving(&home);
    let mut served = home.serve();
    let cookie = served.sign_in("ada@example.com", PASSWORD);
    let expected: Mutex<Expected> =
        Mutex::new(keys.iter().flatten().map(|(key, _)| (key.clone(), Some(WORKS))).collect());
    let (over, acknowledged) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut snapshots = Vec::new();
    thread::scope(|scope| {
        for (worker, keys) in keys.iter().enumerate() {
            let (served, cookie, expected, over) = (&served, &cookie, &expected, &over);
            let acknowledged = &acknowledged;
            scope.spawn(move || change(served, cookie, &format!("{worker}"), keys, expected, over, acknowledged));
        }
        for cut in 0..CUTS {
            let before = acknowledged.load(Ordering::Relaxed);
            thread::sleep(Duration::from_millis(150 + cut * 97 % 250));
            until_more_than(before, &acknowledged);
            served.signal("STOP");
            let known = expected.lock().unwrap().clone();
            let copy = Home::sqlite();
            copy_files(&home.data(), &copy.data(), cut % 2 == 0);
            served.signal("CONT");
            snapshots.push((copy, known));
        }
        // The last change before the end: a member goes, and their key with them.
        let remove = [("workspace", "acme"), ("user", &*leaver.user)];
        assert_eq!(served.post(&cookie, "remove_member", &remove).0, 200);
        expected.lock().unwrap().insert(leaver.key.clone(), Some(OWNER_GONE));
        thread::sleep(Duration::from_millis(200));
        until_more_than(2 * WORKERS, &acknowledged);
        over.store(true, Ordering::Relaxed);
        served.signal("KILL");
    });
    served.wait();
    let at_the_end = expected.into_inner().unwrap();
    for (copy, known) in &snapshots {
        holds(copy, known);
    }
    holds(&home, &at_the_end);
    assert!(at_the_end.values().any(|known| *known == Some(WORKS_FOR_A_TIME)), "no expiry was moved");
    // However slow the machine: each worker got past its first key.
    let acknowledged = acknowledged.into_inner();
    assert!(acknowledged > 2 * WORKERS, "{acknowledged} changes were acknowledged: hardly a storm");
}

struct Leaver {
    user: String,
    key: String,
}

/// A second member, with a key.
fn leaving(home: &Home) -> Leaver {
    let user = home.user("zoe@example.com");
    home.json(&["workspace", "add-member", "--workspace", "acme", "--email", "zoe@example.com", "--role", "developer"]);
    let made = home.json(&["key", "create", "--workspace", "acme", "--owner", "zoe@example.com", "--name", "Leaver's"]);
    Leaver { user: user["id"].as_str().unwrap().into(), key: made["key"].as_str().unwrap().into() }
}

/// Waits until more changes than that were acknowledged. Where none comes for a minute, the count at the end tells.
fn until_more_than(before: usize, acknowledged: &AtomicUsize) {
    let begun = Instant::now();
    while acknowledged.load(Ordering::Relaxed) <= before && begun.elapsed() < Duration::from_mins(1) {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Disables, enables, ends and deletes until the server is gone; counts those of these that were acknowledged.
fn change(
    served: &Served,
    cookie: &str,
    worker: &str,
    keys: &[(String, String)],
    expected: &Mutex<Expected>,
    over: &AtomicBool,
    acknowledged: &AtomicUsize,
) {
    for round in 0.. {
        let at = round % keys.len();
        let (key, id) = &keys[at];
        // Two keys of each worker end for good: one deleted, one expired. The others go to and fro.
        let name = format!("{worker}-{at}");
        let (form, field, value, leaves) = match (at, round / keys.len()) {
            (0, 0) => ("delete_key", "typed_name", &*name, STOPPED),
            (1, 0) => ("expire_key", "expiry", "date", WORKS_FOR_A_TIME),
            (0 | 1, _) => continue,
            (_, turn) if turn % 2 == 0 => ("disable_key", "back", "", STOPPED),
            _ => ("enable_key", "back", "", WORKS),
        };
        expected.lock().unwrap().insert(key.clone(), None);
        let fields = [("workspace", "acme"), ("key", id), (field, value), ("expires_on", "2099-01-01")];
        match served.try_post(cookie, form, &fields) {
            Some(200) => {
                expected.lock().unwrap().insert(key.clone(), Some(leaves));
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Some(other) => panic!("{form} answers {other}"),
            None => {
                assert!(over.load(Ordering::Relaxed), "the server is gone too early");
                break;
            }
        }
    }
}

/// Copies the database's files as they are; the -shm file is not needed and may be lost with the power.
fn copy_files(from: &Path, to: &Path, with_shm: bool) {
    fs::create_dir_all(to).unwrap();
    for name in ["latchkey.db", "latchkey.db-wal", "latchkey.db-shm", "master.key"] {
        if with_shm || !name.ends_with("-shm") {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

fn holds(home: &Home, known: &Expected) {
    let served = home.serve();
    let mut certain = 0;
    for (key, status) in known {
        if let Some(known) = status {
            let (status, body) = served.me(key);
            let is = (status, body["limits"]["expires_at"].is_string());
            assert_eq!(is, *known, "what was acknowledged is not there");
            certain += 1;
        }
    }
    assert!(certain > known.len() / 2);
    drop(served);
    assert_eq!(integrity(&home.data().join("latchkey.db")), "ok");
}
