//! `latchkey serve` from its start to its end.

use crate::{
    home::{Home, PASSWORD, ran},
    served::Served,
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

on_both_engines!(starts_serves_and_ends);

fn starts_serves_and_ends(home: &Home) {
    home.acme();
    let made = home.key("Deploy", &[]);
    let key = made["key"].as_str().unwrap();
    let mut served = home.serve();
    assert!(served.url.starts_with("http://127.0.0.1:") && !served.url.ends_with(":0"), "{}", served.url);
    assert_eq!((served.get("/healthz"), served.get("/readyz")), (200, 200));
    let (status, body) = served.me(key);
    assert_eq!((status, &body["key"]["id"]), (200, &made["id"]));
    assert_eq!(served.me(key).0, 200);
    // The uses of the last moment are written on the way out.
    let quick = |took| took < Duration::from_secs(9);
    let is_quick = quick(ending(&mut served));
    let listed = &home.keys()[0];
    assert_eq!((&listed["id"], &listed["uses"]), (&made["id"], &serde_json::json!(2)));
    assert!(listed["last_used_at"].is_string());
    assert_eq!(listed["last_used_address"], "127.0.0.1");
    assert!(!served.err().contains(key) && !served.out().contains(key), "a key is in the log");
    // The quickest of three: the machine may stand still in one of them.
    let again = || quick(ending(&mut home.serve()));
    assert!(is_quick || again() || again(), "nothing is under way: nothing to wait for");
}

/// Ends it; says how long that took. Nothing is under way that would have to be cut off.
fn ending(served: &mut Served) -> Duration {
    let before = Instant::now();
    assert_eq!(served.stop().code(), Some(0));
    let took = before.elapsed();
    assert!(!served.err().contains("cut off"), "{}", served.err());
    assert!(took < Duration::from_mins(1), "it took {took:?}");
    took
}

#[test]
fn the_set_up_link_is_on_stdout_alone_and_until_there_is_an_administrator() {
    let home = Home::sqlite();
    let served = home.serve();
    let link = loop {
        if let Some(link) = served.out().lines().find(|line| line.contains("/setup?token=")) {
            break link.to_owned();
        }
        thread::sleep(Duration::from_millis(20));
    };
    let path = link.strip_prefix(&served.url).expect("the link has the port that was taken");
    assert_eq!(served.get(path), 200);
    let token = link.split("token=").nth(1).unwrap();
    assert!(token.len() >= 32 && !served.err().contains(token), "the log has the token");
    drop(served);
    home.text(&["user", "create", "--email", "ada@example.com", "--name", "Ada", "--admin", "--password-stdin"]);
    let mut served = home.serve();
    assert_eq!(served.get("/login"), 200);
    served.stop();
    assert!(!served.out().contains("/setup"));
}

#[test]
fn the_first_administrator_comes_unattended() {
    let home = Home::sqlite();
    let file = home.folder.path().join("password");
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let start = || {
        let mut command = home.serve_command(&[]);
        command.env("LATCHKEY_ADMIN_EMAIL", "Ada@example.com").env("LATCHKEY_ADMIN_PASSWORD_FILE", &file);
        command
    };
    for _ in 0..2 {
        let mut served = Served::start(&mut start());
        assert_eq!(served.stop().code(), Some(0));
        assert!(!served.out().contains("/setup"));
        assert!(!served.err().contains(PASSWORD));
    }
    let users = home.json(&["user", "list"]);
    assert_eq!(users.as_array().unwrap().len(), 1);
    assert_eq!((&users[0]["email"], &users[0]["instance_admin"]), (&"ada@example.com".into(), &true.into()));
    let home = Home::sqlite();
    let mut command = home.serve_command(&[]);
    fs::write(&file, "short").unwrap();
    command.env("LATCHKEY_ADMIN_EMAIL", "ada@example.com").env("LATCHKEY_ADMIN_PASSWORD_FILE", &file);
    let line = "--admin-password-file (LATCHKEY_ADMIN_PASSWORD_FILE): \
                The password has 5 characters; it needs at least 10.";
    ran(&mut command, "").refused(2, line);
}

#[test]
fn what_keeps_it_from_starting_is_one_line() {
    let home = Home::sqlite();
    let mut command = home.command(&["serve"]);
    let advice = "build it with `make build`, or name their folder in LEPTOS_SITE_ROOT";
    let line = format!("the console's files are not beside the program: {advice}");
    ran(command.env("LEPTOS_SITE_ROOT", home.folder.path().join("nothing")), "").refused(1, &line);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = home.command(&["serve", "--addr", &address]);
    let ran = ran(command.env("LEPTOS_SITE_ROOT", home.empty_site()), "");
    assert_eq!((ran.code, ran.err.lines().count(), ran.out.as_str()), (Some(1), 1, ""));
    assert!(ran.err.starts_with(&format!("latchkey: --addr (LATCHKEY_ADDR): cannot listen on {address}: ")));
}

#[test]
fn a_request_that_never_ends_does_not_keep_it_from_ending() {
    let home = Home::sqlite();
    home.acme();
    let made = home.key("Gateway", &["--gateway"]);
    let key = made["key"].as_str().unwrap();
    let mut served = home.serve();
    let _stream = served.begin(&format!(
        "POST /api/v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    ));
    let before = Instant::now();
    assert_eq!(served.stop().code(), Some(0));
    let took = before.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_mins(1)).contains(&took), "it took {took:?}");
    assert!(served.err().contains("cut off"), "{}", served.err());
    assert_eq!(home.keys()[0]["status"], "enabled", "the database opens");
}

#[test]
fn a_live_log_that_is_open_does_not_keep_it_from_ending() {
    let home = Home::sqlite();
    home.acme();
    home.text(&["user", "create", "--email", "ada@example.com", "--name", "Ada", "--admin", "--password-stdin"]);
    let mut served = home.serve();
    let cookie = served.sign_in("ada@example.com", PASSWORD);
    let mut stream = BufReader::new(served.connect());
    write!(stream.get_mut(), "GET /w/acme/logs/live HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n\r\n").unwrap();
    let mut line = String::new();
    while !line.starts_with("retry: ") {
        line.clear();
        assert!(stream.read_line(&mut line).unwrap() > 0, "the stream has not begun");
    }
    // Had it been waited for, it would be cut off.
    ending(&mut served);
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "the stream ends as it should: {rest}");
}

#[test]
fn the_log_may_be_json_and_ctrl_c_ends_it_too() {
    let home = Home::sqlite();
    let mut command = home.serve_command(&["--public-url", "https://keys.example.com/"]);
    let mut served = Served::start(command.env("LATCHKEY_LOG", "json"));
    assert!(served.out().starts_with("Latchkey serves https://keys.example.com\n"));
    served.signal("INT");
    assert_eq!(served.wait().code(), Some(0));
    let log = served.err();
    assert!(log.lines().count() >= 2);
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["timestamp"].is_string() && line["level"].is_string() && line["message"].is_string());
    }
}
