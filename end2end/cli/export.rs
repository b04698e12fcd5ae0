//! A large audit log leaves the program whole and in constant memory, and whoever hangs up stops its reading. Measured on the
//! real program: its memory is its own.

use crate::home::{Home, PASSWORD};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

on_both_engines!(a_large_log_leaves_whole_in_constant_memory);

const EVENTS: usize = 200_000;
const MUCH: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
    INSERT INTO audit_events (id, at, workspace_id, actor_id, actor, action, target, target_name, address)
    SELECT 'seed' || i, 1700000000000 + i, (SELECT id FROM workspaces WHERE slug = 'acme'), NULL, 'mina@example.com',
      'key.rename', 'key' || (i % 1000), 'Pipeline number ' || i || ' of the many that a busy workspace has', '192.0.2.1'
    FROM n";
/// What an export may add to the program's memory. The file is some 35 MB, as JSON twice that.
const ROOM: u64 = 30 << 20;

fn a_large_log_leaves_whole_in_constant_memory(home: &Home) {
    home.text(&["user", "create", "--email", "ada@example.com", "--name", "Ada", "--admin", "--password-stdin"]);
    home.text(&["workspace", "create", "--slug", "acme", "--name", "Acme"]);
    home.execute(MUCH);
    let served = home.serve();
    let cookie = served.sign_in("ada@example.com", PASSWORD);
    let ask = |path: &str| {
        let mut stream = TcpStream::connect(served.url.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: x\r\nCookie: {cookie}\r\n\r\n").unwrap();
        let mut answer = BufReader::new(stream);
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        assert!(line.contains(" 200 "), "{path}: {line}");
        while line.trim() != "" {
            line.clear();
            answer.read_line(&mut line).unwrap();
        }
        answer
    };

    // Once around, so that what every request needs is there before it is measured.
    ask("/w/acme/audit.csv?target=key7").read_to_end(&mut Vec::new()).unwrap();
    let before = served.resident();
    let (mut rows, mut most) = (0, 0);
    // One event of the workspace's own making is among them, and the row of titles.
    for line in ask("/w/acme/audit.csv").lines() {
        assert!(line.unwrap().len() > 40);
        rows += 1;
        if rows % 1_000 == 0 {
            most = most.max(served.resident());
        }
    }
    assert_eq!(rows, EVENTS + 2);
    let objects = ask("/admin/audit.json").lines().filter(|line| line.as_ref().unwrap().starts_with('{')).count();
    assert_eq!(objects, EVENTS + 2);
    most = most.max(served.resident());
    assert!(most < before + ROOM, "{} MB more than before", (most - before) >> 20);

    // Somebody hangs up: the rest is not read for nobody.
    let mut answer = ask("/w/acme/audit.csv");
    answer.read_exact(&mut [0; 4_096]).unwrap();
    drop(answer);
    let since = Instant::now();
    let told = loop {
        let log = served.err();
        if let Some(line) = log.lines().find(|line| line.contains("stopped before its end")) {
            break line.to_owned();
        }
        assert!(since.elapsed() < Duration::from_secs(20), "it reads on: {log}");
        thread::sleep(Duration::from_millis(20));
    };
    let events: usize = told.rsplit("lines=").next().unwrap().trim().parse().unwrap();
    assert!(events < EVENTS, "{told}");
}
