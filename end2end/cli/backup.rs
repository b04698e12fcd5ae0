//! Backup and restore, from outside: beside a server under load, into a new place, and everything that is refused.

use crate::{
    home::{Home, ran},
    served::Served,
    tables::{dump, of_this_moment},
};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

#[test]
fn under_load_it_holds_what_was_acknowledged_before_it() {
    let home = Home::sqlite();
    home.acme();
    let served = home.serve();
    let (over, acknowledged) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let elsewhere = Home::sqlite();
    thread::scope(|scope| {
        let writer = |name: &'static str| {
            let (home, served, over, acknowledged) = (&home, &served, &over, &acknowledged);
            move || write_until(home, served, over, acknowledged, name)
        };
        for name in ["a", "b", "c"] {
            scope.spawn(writer(name));
        }
        let work = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for round in 0..5 {
                let before = once_there_are_more_than(round, &acknowledged);
                let file = home.folder.path().join(format!("backup-{round}.db"));
                let said = home.json(&["backup", file.to_str().unwrap()]);
                assert!(said["keys"].as_i64().unwrap() >= 1, "{said}");
                let back = elsewhere.json(&["restore", file.to_str().unwrap(), "--force"]);
                assert_eq!(back["keys"], said["keys"]);
                let restored = elsewhere.serve();
                for (key, status) in before {
                    assert_eq!(restored.me(&key).0, status, "acknowledged before backup {round}");
                }
            }
        }));
        over.store(true, Ordering::Relaxed);
        work.unwrap();
    });
}

/// What was acknowledged, as soon as that is more than `round`.
fn once_there_are_more_than(round: usize, acknowledged: &Mutex<Vec<(String, u16)>>) -> Vec<(String, u16)> {
    let begun = Instant::now();
    loop {
        let before = acknowledged.lock().unwrap().clone();
        if before.len() > round {
            return before;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing was written before backup {round}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Creates, uses, disables and deletes until told to stop; notes what a key answers once that was acknowledged.
fn write_until(home: &Home, served: &Served, over: &AtomicBool, acknowledged: &Mutex<Vec<(String, u16)>>, name: &str) {
    for round in 0.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let made = home.key(&format!("{name}{round}"), &[]);
        let (key, id) = (text(&made, "key").to_owned(), text(&made, "id"));
        assert_eq!(served.me(&key).0, 200);
        match round % 3 {
            0 => acknowledged.lock().unwrap().push((key, 200)),
            1 => {
                home.json(&["key", "disable", id]);
                acknowledged.lock().unwrap().push((key, 401));
            }
            _ => {
                home.json(&["key", "delete", id]);
                acknowledged.lock().unwrap().push((key, 401));
            }
        }
    }
}

#[test]
fn every_row_comes_back() {
    let home = Home::sqlite();
    home.text(&["demo"]);
    let mut served = home.serve();
    served.stop();
    let file = home.folder.path().join("backup.db");
    let said = home.text(&["backup", file.to_str().unwrap()]);
    assert!(said.starts_with(&format!("{} holds ", file.display())), "{said}");
    assert!(said.contains("The master key is not in it."), "{said}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let elsewhere = Home::sqlite();
    let said = elsewhere.text(&["restore", file.to_str().unwrap()]);
    assert!(said.contains("works again: disable it before you start the server."), "{said}");
    let (was, is) = (dump(&home), dump(&elsewhere));
    assert!(was.iter().map(|(_, rows)| rows.len()).sum::<usize>() > 1_000, "the sample data is small");
    assert_eq!(was.len(), is.len());
    for ((table, rows), (same, restored)) in was.iter().zip(&is) {
        assert_eq!(table, same);
        assert!(rows == restored, "{table} differs: {} and {} rows", rows.len(), restored.len());
    }
    assert_eq!(fs::metadata(elsewhere.data().join("latchkey.db")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_master_key_is_named_and_not_in_it() {
    let home = Home::sqlite();
    home.acme();
    home.execute("UPDATE workspaces SET settings = json_set(settings, '$.reveal', 'recoverable')");
    home.key("Kept", &[]);
    let file = home.folder.path().join("backup.db");
    let said = home.json(&["backup", file.to_str().unwrap()]);
    let needed = &said["master_keys"][0];
    assert_eq!((&needed["secrets"], &needed["at_hand"]), (&1.into(), &true.into()), "{said}");
    let id = text(needed, "id");
    let text = home.text(&["backup", file.to_str().unwrap(), "--force"]);
    let line = format!("It needs the master key {id} (1 sealed secret), the one in this installation's file.");
    assert!(text.contains(&line), "{text}");
    let master = fs::read(home.data().join("master.key")).unwrap();
    let copy = fs::read(&file).unwrap();
    assert!(!copy.windows(16).any(|part| part == &master[..16]), "the master key is in the backup");
    let elsewhere = Home::sqlite();
    let said = elsewhere.json(&["restore", file.to_str().unwrap()]);
    assert_eq!(said["master_keys"][0]["at_hand"], false, "{said}");
    fs::write(elsewhere.data().join("master.key"), master).unwrap();
    let said = elsewhere.json(&["restore", file.to_str().unwrap(), "--force"]);
    assert_eq!(said["master_keys"][0]["at_hand"], true, "{said}");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let home = Home::sqlite();
    home.acme();
    let file = home.folder.path().join("backup.db");
    let path = file.to_str().unwrap();
    fs::write(&file, "mine").unwrap();
    let in_the_way = format!("{path} is there already; --force takes its place");
    home.run(&["backup", path]).refused(1, &in_the_way);
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    home.text(&["backup", path, "--force"]);
    let key = home.key("After", &[]);
    let database = home.data().join("latchkey.db");
    let in_the_way = format!("{} is there already; --force takes its place", database.display());
    home.run(&["restore", path]).refused(1, &in_the_way);
    home.run(&["backup", database.to_str().unwrap(), "--force"]).refused(1, &in_the_way);
    home.run(&["restore", database.to_str().unwrap(), "--force"]).refused(1, &in_the_way);
    assert_eq!(home.keys().len(), 1);
    let said = home.json(&["restore", path, "--force"]);
    assert_eq!(home.keys().len(), 0, "it is the backup's state");
    // What was there lies beside it, whole.
    let before = text(&said, "before");
    let elsewhere = Home::sqlite();
    elsewhere.json(&["restore", before]);
    assert_eq!(elsewhere.serve().me(text(&key, "key")).0, 200);
    let left: Vec<_> = fs::read_dir(home.data()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with("restoring")), "{left:?}");
}

#[test]
fn a_database_in_use_is_not_taken_away() {
    let home = Home::sqlite();
    home.acme();
    let made = home.key("Deploy", &[]);
    let file = home.folder.path().join("backup.db");
    home.text(&["backup", file.to_str().unwrap()]);
    let in_use = "the database is in use: stop the server, and whatever else has it open, first";
    let mut served = home.serve();
    home.run(&["restore", file.to_str().unwrap(), "--force"]).refused(1, in_use);
    assert_eq!(served.me(text(&made, "key")).0, 200);
    served.stop();
    // Another program that has it open, such as a shell, does not know our lock.
    let held = of_this_moment(&home);
    home.run(&["restore", file.to_str().unwrap(), "--force"]).refused(1, in_use);
    drop(held);
    home.text(&["restore", file.to_str().unwrap(), "--force"]);
    assert_eq!(home.serve().me(text(&made, "key")).0, 200);
}

#[test]
fn what_is_no_backup_is_refused_and_changes_nothing() {
    let home = Home::sqlite();
    home.acme();
    let folder = home.folder.path();
    let good = folder.join("good.db");
    home.text(&["backup", good.to_str().unwrap()]);
    let whole = fs::read(&good).unwrap();
    let before = dump(&home);
    let refused = |name: &str, bytes: &[u8], said: &str| {
        let file = folder.join(name);
        fs::write(&file, bytes).unwrap();
        let path = file.to_str().unwrap();
        let ran = home.run(&["restore", path, "--force"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{name}: {}", ran.err);
        assert!(ran.err.starts_with(&format!("latchkey: {path} {said}")), "{name}: {}", ran.err);
    };
    refused("empty", b"", "is not a Latchkey database");
    refused("text", &b"not a database at all, only some text. ".repeat(100), "is not a Latchkey database");
    refused("cut", &whole[..whole.len() / 2], "is damaged: ");
    let mut bent = whole.clone();
    let middle = bent.len() / 2;
    bent[middle..middle + 4_096 * 4].fill(0xff);
    refused("bent", &bent, "is damaged: ");
    let other = Home::sqlite();
    other.acme();
    other.execute("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 7");
    let copy = fs::read(other.data().join("latchkey.db")).unwrap();
    refused("later", &copy, "was made by a version of Latchkey that this one does not know");
    other.execute("DROP TABLE _sqlx_migrations");
    let copy = fs::read(other.data().join("latchkey.db")).unwrap();
    refused("foreign", &copy, "is not a Latchkey database");
    home.run(&["restore", folder.join("none").to_str().unwrap()])
        .refused(1, &format!("there is no database at {}", folder.join("none").display()));
    assert_eq!(dump(&home), before, "a refused restore changes nothing");
    let nowhere = Home::sqlite();
    let missing = nowhere.data().join("latchkey.db");
    nowhere.run(&["backup", "b.db"]).refused(1, &format!("there is no database at {}", missing.display()));
    assert!(!missing.exists());
}

#[test]
fn postgresql_has_tools_of_its_own() {
    let home = Home::sqlite();
    for (command, tool) in [
        ("backup", "pg_dump makes a backup while Latchkey runs"),
        ("restore", "pg_restore puts a backup back while no instance runs"),
    ] {
        let mut command = home.command(&[command, "b.db"]);
        let line =
            format!("the database is PostgreSQL, which has tools of its own: {tool} (docs/operating.md, Backups)");
        ran(command.env("LATCHKEY_DATABASE_URL", "postgres://u:secret@127.0.0.1:1/d"), "").refused(1, &line);
    }
}
