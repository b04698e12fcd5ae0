//! The command line beside a running server on the same database: what it revokes is refused on the very next request.

use crate::{home::Home, served::Served};
use serde_json::Value;
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

on_both_engines!(a_disabled_key_is_refused_on_the_next_request, what_else_stops_a_key);

const ROUNDS: usize = 50;

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

/// Each round under load: a second client keeps asking with the key, so that whatever is cached is warm.
fn a_disabled_key_is_refused_on_the_next_request(home: &Home) {
    home.acme();
    let made = home.key("Deploy", &[]);
    let (key, id) = (text(&made, "key"), text(&made, "id"));
    let served = home.serve();
    let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                served.me(key);
                asked.fetch_add(1, Ordering::Relaxed);
            }
        });
        let rounds = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for round in 0..ROUNDS {
                home.json(&["key", "disable", id]);
                assert_eq!(code(&served, key), (401, "KEY_DISABLED".into()), "round {round}");
                home.json(&["key", "enable", id]);
                assert_eq!(served.me(key).0, 200, "round {round}");
            }
        }));
        over.store(true, Ordering::Relaxed);
        rounds.unwrap();
    });
    assert!(asked.load(Ordering::Relaxed) > ROUNDS);
    home.json(&["key", "delete", id]);
    assert_eq!(code(&served, key), (401, "UNAUTHORIZED".into()));
    let fresh = home.key("Fresh", &[]);
    assert_eq!(served.me(text(&fresh, "key")).0, 200, "a key of the command line works at once");
}

fn what_else_stops_a_key(home: &Home) {
    home.acme();
    let made = home.key("Deploy", &[]);
    let key = text(&made, "key");
    let served = home.serve();
    assert_eq!(served.me(key).0, 200);
    let member = ["--workspace", "acme", "--email", "mina@example.com"];
    home.json(&[&["workspace", "remove-member"], &member[..]].concat());
    assert_eq!(code(&served, key), (403, "OWNER_INACTIVE".into()));
    home.json(&[&["workspace", "add-member", "--role", "viewer"], &member[..]].concat());
    assert_eq!(served.me(key).1["owner"]["role"], "viewer");
    home.json(&["user", "disable", "mina@example.com"]);
    assert_eq!(code(&served, key), (403, "OWNER_INACTIVE".into()));
}

fn code(served: &Served, key: &str) -> (u16, String) {
    let (status, body) = served.me(key);
    (status, body["error"]["code"].as_str().unwrap_or("accepted").to_owned())
}
