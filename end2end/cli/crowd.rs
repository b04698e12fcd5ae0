//! Many connections: ten thousand that do nothing, and more than there is room for.

use crate::{
    home::{Home, bare, ran},
    served::Served,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// What an idle connection may cost, with room to spare.
const BYTES_EACH: u64 = 24 << 10;

#[test]
fn ten_thousand_that_do_nothing() {
    // This process and the server each need a file for every connection.
    let allowed = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: allowed, maximum: allowed }).unwrap();
    let room = usize::try_from(allowed.unwrap_or(100_000)).unwrap() - 500;
    let many = room.min(10_000);
    println!("{many} idle connections; the system allows a process {room}");
    assert!(many >= 3_000, "the system lets a process open too few files for this test: {allowed:?}");
    let home = Home::sqlite();
    home.acme();
    let made = home.key("Deploy", &[]);
    let key = made["key"].as_str().unwrap();
    let most = (many + 100).to_string();
    let served = Served::start(&mut home.serve_command(&["--max-connections", &most]));
    assert_eq!(served.me(key).0, 200);
    let before = served.resident();
    let began = Instant::now();
    let mut crowd: Vec<TcpStream> = (0..many)
        .map(|at| {
            let mut stream = served.connect();
            // Every fifth one asks something first.
            if at % 5 == 0 {
                stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
                assert!(stream.read(&mut [0; 1_024]).unwrap() > 0);
            }
            stream
        })
        .collect();
    println!("all are there after {:?}", began.elapsed());
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let began = Instant::now();
            assert_eq!(served.me(key).0, 200);
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    // Nine of ten: the machine may stand still in some.
    let (most_are, slowest) = (times[179], times[199]);
    let more = served.resident().saturating_sub(before);
    println!("resident: {} KB before, {} KB more with them", before >> 10, more >> 10);
    println!("answers: 90% within {most_are:?}, the slowest after {slowest:?}");
    assert!(more < BYTES_EACH * u64::try_from(many).unwrap(), "{} KB more", more >> 10);
    assert!(most_are < Duration::from_secs(1), "{most_are:?}");
    // Who said nothing is shown out.
    let began = Instant::now();
    assert_eq!(crowd[1].read(&mut [0; 10]).unwrap_or(0), 0);
    assert!(began.elapsed() < Duration::from_secs(35));
}

#[test]
fn where_there_is_no_room_those_at_rest_make_some() {
    let home = Home::sqlite();
    home.acme();
    let made = home.key("Deploy", &[]);
    let key = made["key"].as_str().unwrap();
    let served = Served::start(&mut home.serve_command(&["--max-connections", "20"]));
    let mut crowd: Vec<TcpStream> = (0..20).map(|_| served.connect()).collect();
    let began = Instant::now();
    for stream in &mut crowd {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        assert!(stream.read(&mut [0; 1_024]).unwrap() > 0);
    }
    assert_eq!(served.me(key).0, 200, "the 21st waits, and is answered");
    let took = began.elapsed();
    // None of them has rested for less than 5 s when it is closed.
    assert!((Duration::from_secs(5)..Duration::from_mins(1)).contains(&took), "it waited {took:?}");
    served.heard("all connections are taken");
}

#[test]
fn the_number_is_a_setting() {
    let line = "--max-connections (LATCHKEY_MAX_CONNECTIONS): give a number of connections, such as 10000";
    let home = Home::sqlite();
    ran(home.command(&["serve", "--addr", "127.0.0.1:0"]).env("LATCHKEY_MAX_CONNECTIONS", "many"), "").refused(2, line);
    let ran = ran(&mut bare(&["serve", "--addr", "127.0.0.1:0", "--max-connections", "999999999"]), "");
    assert_eq!((ran.code, ran.err.lines().count()), (Some(2), 1), "{}", ran.err);
    assert!(ran.err.contains("raise its limit of open files (LimitNOFILE)"), "{}", ran.err);
}
