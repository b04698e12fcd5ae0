//! `GET /metrics`: what is counted, who may read it, and that the dashboard and the documentation know every metric by its
//! name and no other.

use crate::{
    ask::{Answer, answer},
    verify::ada,
    world::{Made, World, limited, new_key, read_only, serve},
};
use axum::{Extension, Router, extract::ConnectInfo};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use server::{
    Latchkey,
    http::{common_layers, data_plane},
    keys,
};
use std::{collections::BTreeSet, fs, net::SocketAddr, path::Path, time::Duration};
use tokio::net::TcpListener;

on_both_engines![
    every_answer_is_counted,
    about_records_uses_and_the_database,
    where_a_record_came_from,
    the_log_of_uses_falls_behind,
    changes_are_applied,
];
on_sqlite![
    the_console_is_counted_by_class,
    from_this_machine_alone,
    somebody_elses_name_for_this_machine,
    with_the_token,
    another_method,
    the_database_is_away,
    nobody_is_named,
    the_dashboard_and_the_documentation_are_about_these,
];

const TOKEN: &str = "a-token-of-the-metrics";

/// A scrape, by lines.
pub struct Scrape(String);

impl Scrape {
    pub async fn of(request: RequestBuilder) -> Self {
        let answer = answer(request).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; version=0.0.4"), "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        Self(answer.body)
    }

    /// The value of a series as it is written, such as `a{b="c"}`.
    fn value(&self, series: &str) -> &str {
        self.seek(series).unwrap_or_else(|| panic!("no {series} in {}", self.0))
    }

    fn seek(&self, series: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))
    }

    fn number(&self, series: &str) -> f64 {
        self.value(series).parse().unwrap()
    }

    /// How many series count requests.
    fn kinds_of_requests(&self) -> usize {
        self.0.lines().filter(|line| line.starts_with("latchkey_requests_total{")).count()
    }

    fn requests(&self, surface: &str, code: &str, status: u16) -> &str {
        // The encoder sorts the labels.
        self.value(&format!("latchkey_requests_total{{code=\"{code}\",status=\"{status}\",surface=\"{surface}\"}}"))
    }

    /// The names of all metrics, each of which has its help and its type.
    fn names(&self) -> BTreeSet<&str> {
        let after = |word| self.0.lines().filter_map(move |line| line.strip_prefix(word)?.split(' ').next());
        let names: BTreeSet<&str> = after("# TYPE ").collect();
        assert_eq!(names, after("# HELP ").collect());
        names
    }
}

async fn scrape(world: &World) -> Scrape {
    Scrape::of(world.get("/metrics")).await
}

/// The first scrape that says so.
async fn until(world: &World, series: &str, value: &str) -> Scrape {
    for _ in 0..600 {
        let found = scrape(world).await;
        // What needs the database is left out where that does not answer in time.
        if found.seek(series) == Some(value) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{series} does not become {value}");
}

async fn every_answer_is_counted(world: &World) {
    let (gate, key) = (ada(world).await.text, world.key(new_key("CI")).await);
    let (reader, once) = (world.key(read_only("reader")).await, world.key(limited("once", "", "1")).await);
    let paused = world.key(new_key("paused")).await;
    keys::disable(&world.grant("acme").await, &paused.id).await.unwrap();
    let forward = |key: &Made| world.ask(Method::DELETE, "/api/v1/forward-auth").bearer_auth(&key.text);
    let forward = |key: &Made| forward(key).header("x-latchkey-gateway-key", &gate);
    let me = |key: &Made| world.get("/api/me").bearer_auth(&key.text);
    let verify =
        |gate: &str, question: Value| world.ask(Method::POST, "/api/v1/verify").bearer_auth(gate).json(&question);
    let requests = [
        me(&key),
        me(&key),
        me(&paused),
        me(&once),
        me(&once),
        world.get("/api/me"),
        world.get("/api/me").bearer_auth(&key.text).header("x-api-key", &reader.text),
        verify(&gate, json!({"key": key.text})),
        verify(&gate, json!({"key": paused.text})),
        verify(&paused.text, json!({"key": key.text})),
        verify(&gate, json!({"key": "nonsense"})),
        verify(&gate, json!({"kee": 1})),
        forward(&key),
        forward(&reader),
        world.get("/api/nothing"),
        world.ask(Method::PUT, "/api/me"),
        world.get("/healthz"),
        world.get("/readyz"),
    ];
    let before = scrape(world).await;
    for request in requests {
        answer(request).await;
    }
    let scrape = scrape(world).await;
    // Every series is made at the start: to make one takes a lock, and no request should.
    assert_eq!(scrape.kinds_of_requests(), before.kinds_of_requests());
    for (surface, code, status, count) in [
        ("me", "VALID", 200, "3"),
        ("me", "KEY_DISABLED", 401, "1"),
        ("me", "RATE_LIMITED", 429, "1"),
        ("me", "UNAUTHORIZED", 401, "1"),
        ("me", "invalid_request", 400, "1"),
        ("me", "KEY_EXPIRED", 401, "0"),
        ("verify", "VALID", 200, "1"),
        ("verify", "KEY_DISABLED", 200, "1"),
        ("verify", "KEY_DISABLED", 401, "1"),
        ("verify", "NOT_FOUND", 200, "1"),
        ("verify", "invalid_request", 400, "1"),
        ("forward-auth", "VALID", 204, "1"),
        ("forward-auth", "READ_ONLY", 403, "1"),
        ("other", "NOT_FOUND", 404, "1"),
        ("other", "METHOD_NOT_ALLOWED", 405, "1"),
        ("health", "VALID", 200, "2"),
    ] {
        assert_eq!(scrape.requests(surface, code, status), count, "{surface} {code} {status}");
    }
    for (surface, decisions) in [("me", "5"), ("verify", "3"), ("forward-auth", "2")] {
        let count = scrape.value(&format!("latchkey_decision_seconds_count{{surface=\"{surface}\"}}"));
        assert_eq!(count, decisions, "{surface}");
        let all = scrape.value(&format!("latchkey_decision_seconds_bucket{{surface=\"{surface}\",le=\"+Inf\"}}"));
        assert_eq!(all, decisions, "{surface}");
    }
}

/// A key's first request is read from the database, and from then on from memory.
async fn where_a_record_came_from(world: &World) {
    until(world, "latchkey_lease_held", "1").await;
    let key = world.key(new_key("CI")).await;
    let me = async || {
        assert_eq!(answer(world.get("/api/me").bearer_auth(&key.text)).await.status, 200);
        let scrape = scrape(world).await;
        let of = |from: &str| scrape.value(&format!("latchkey_record_lookups_total{{from=\"{from}\"}}")).to_owned();
        (of("memory"), of("database"), scrape.value("latchkey_records").to_owned())
    };
    let mut last = me().await;
    assert_ne!(last.1, "0");
    // That the key is new may reach the instance after its first request: its record is read once more then.
    for _ in 0..20 {
        let (memory, database, held) = me().await;
        if database == last.1 {
            assert_ne!(memory, last.0, "neither from memory nor from the database");
            if held == "1" {
                return;
            }
        }
        last = (memory, database, held);
    }
    panic!("nothing is found in memory: {last:?}");
}

/// Requests that wait for the log of uses are seen until they are written; those beyond its budget are dropped.
async fn the_log_of_uses_falls_behind(world: &World) {
    let key = world.key(new_key("CI")).await;
    let latchkey = world.instance(|config| config.usage_events_per_second = 3).await;
    let base = serve(data_plane(&latchkey)).await;
    let get = |path: &str| world.http.get(format!("{base}{path}"));
    let mut was_seen = false;
    let mut asked = 0_u32;
    // It is written every moment: the first scrape after a request hardly ever comes too late.
    for _ in 0..20 {
        asked += 1;
        answer(get("/api/me").bearer_auth(&key.text)).await;
        was_seen = Scrape::of(get("/metrics")).await.value("latchkey_usage_queue") != "0";
        if was_seen {
            break;
        }
        world.clock.advance(1_000);
    }
    assert!(was_seen);
    world.clock.advance(1_000);
    for _ in 0..5 {
        answer(get("/api/me").bearer_auth(&key.text)).await;
    }
    let dropped = Scrape::of(get("/metrics")).await;
    assert_eq!(dropped.value("latchkey_usage_dropped_total"), "2");
    let all = (asked + 3).to_string();
    for _ in 0..600 {
        let scrape = Scrape::of(get("/metrics")).await;
        if scrape.value("latchkey_usage_written_total") == all {
            assert_eq!(
                (scrape.value("latchkey_usage_queue"), scrape.value("latchkey_usage_dropped_total")),
                ("0", "2")
            );
            latchkey.shut_down().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("what waits is not written");
}

/// Every change of what a key may do is applied under the next number.
async fn changes_are_applied(world: &World) {
    let key = world.key(new_key("CI")).await;
    let before = until(world, "latchkey_change_lag", "0").await;
    let first = before.number("latchkey_change_applied");
    keys::disable(&world.grant("acme").await, &key.id).await.unwrap();
    let next = (first + 1.0).to_string();
    until(world, "latchkey_change_applied", &next).await;
    until(world, "latchkey_change_lag", "0").await;
}

async fn about_records_uses_and_the_database(world: &World) {
    let key = world.key(new_key("CI")).await;
    // Before the lease nothing is held.
    until(world, "latchkey_lease_held", "1").await;
    for _ in 0..3 {
        assert_eq!(answer(world.get("/api/me").bearer_auth(&key.text)).await.status, 200);
    }
    crate::last_used::used(world, &key, 3).await;
    // The log of uses is written after the counts. A busy machine may have let its lease go by meanwhile.
    let found = until(world, "latchkey_usage_written_total", "3").await;
    for (series, wanted) in [
        ("latchkey_usage_queue", "0"),
        ("latchkey_usage_written_total", "3"),
        ("latchkey_usage_dropped_total", "0"),
        ("latchkey_database_up", "1"),
    ] {
        assert_eq!(found.value(series), wanted, "{series}");
    }
    let (engine, pools): (_, &[&str]) = if world.place.url().starts_with("sqlite:") {
        ("sqlite", &["readers", "writer"])
    } else {
        ("postgres", &["all"])
    };
    let version = env!("CARGO_PKG_VERSION");
    found.value(&format!("latchkey_build_info{{database=\"{engine}\",version=\"{version}\"}}"));
    for pool in pools {
        let of = |state: &str| found.number(&format!("latchkey_database_connections{state}{{pool=\"{pool}\"}}"));
        assert!(of("") > 0.5 && (0.0..=of("")).contains(&of("_idle")), "{pool}");
    }
    let started = found.number("process_start_time_seconds") * 1_000.0;
    let now = format!("{}", world.now().0).parse::<f64>().unwrap();
    assert!((now - started).abs() < 120_000.0, "{started}");
}

async fn the_console_is_counted_by_class(world: &World) {
    let pages = Router::new().route("/page", axum::routing::get(async || "a page"));
    let whole = data_plane(&world.latchkey).before(common_layers(pages, &world.latchkey));
    let base = serve(whole).await;
    for path in ["/page", "/page", "/none"] {
        answer(world.http.get(format!("{base}{path}"))).await;
    }
    let scrape = scrape(world).await;
    for (class, count) in [("2xx", "2"), ("4xx", "1"), ("5xx", "0")] {
        let found = scrape.value(&format!("latchkey_console_requests_total{{status=\"{class}\"}}"));
        assert_eq!(found, count, "{class}");
    }
}

/// Asserts that the path is none, in the words of any other that is none.
#[track_caller]
fn assert_none(answer: &Answer) {
    answer.assert_error(404, "NOT_FOUND");
    assert_eq!(answer.message(), "There is nothing at this path.");
}

/// Where an instance answers a peer at that address.
async fn as_peer(latchkey: &Latchkey, peer: &str) -> String {
    let peer: SocketAddr = format!("{peer}:4711").parse().unwrap();
    let router = Router::from(data_plane(latchkey)).layer(Extension(ConnectInfo(peer)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    base
}

async fn from_this_machine_alone(world: &World) {
    Scrape::of(world.get("/metrics")).await;
    for name in ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"] {
        for value in ["127.0.0.1", ""] {
            assert_none(&answer(world.get("/metrics").header(name, value)).await);
        }
    }
    // A token that nobody configured opens nothing.
    let from_afar = as_peer(&world.latchkey, "203.0.113.9").await;
    assert_none(&answer(world.http.get(format!("{from_afar}/metrics"))).await);
    assert_none(&answer(world.http.get(format!("{from_afar}/metrics")).bearer_auth("")).await);
    // Neither does a key.
    let key = ada(world).await;
    assert_none(&answer(world.http.get(format!("{from_afar}/metrics")).bearer_auth(&key.text)).await);
    for here in ["127.0.0.9", "[::1]", "[::ffff:127.0.0.1]"] {
        Scrape::of(world.http.get(format!("{}/metrics", as_peer(&world.latchkey, here).await))).await;
    }
    // Who is a proxy does not matter: the peer counts, and what it writes about others.
    let behind = world.instance(|config| config.trusted_proxies = vec!["203.0.113.0/24".parse().unwrap()]).await;
    let proxy = as_peer(&behind, "203.0.113.9").await;
    let spoofed = world.http.get(format!("{proxy}/metrics")).header("x-forwarded-for", "127.0.0.1");
    assert_none(&answer(spoofed).await);
    behind.shut_down().await;
}

/// A browser of this machine that follows a stranger's name to the loopback sends that name.
async fn somebody_elses_name_for_this_machine(world: &World) {
    for host in ["attacker.example", "attacker.example:3000", "127.0.0.1.attacker.example"] {
        assert_none(&answer(world.get("/metrics").header("host", host)).await);
    }
    for host in ["localhost:3000", "[::1]:3000", "127.0.0.1"] {
        Scrape::of(world.get("/metrics").header("host", host)).await;
    }
}

async fn with_the_token(world: &World) {
    world.secret(TOKEN);
    let latchkey = world.instance(|config| config.metrics_token = Some(TOKEN.into())).await;
    let base = as_peer(&latchkey, "203.0.113.9").await;
    let get = || world.http.get(format!("{base}/metrics"));
    Scrape::of(get().bearer_auth(TOKEN)).await;
    Scrape::of(get().bearer_auth(TOKEN).header("x-forwarded-for", "198.51.100.7").header("host", "keys.example")).await;
    let key = ada(world).await.text;
    for request in [
        get(),
        get().bearer_auth(""),
        get().bearer_auth(&TOKEN[1..]),
        get().bearer_auth(format!("{TOKEN}x")),
        get().bearer_auth(&key),
        get().header("authorization", TOKEN),
        get().header("x-api-key", TOKEN),
        get().basic_auth(TOKEN, None::<&str>),
    ] {
        assert_none(&answer(request).await);
    }
    // With a token, to be on this machine is not enough.
    let here = serve(data_plane(&latchkey)).await;
    assert_none(&answer(world.http.get(format!("{here}/metrics"))).await);
    assert!(!format!("{:?}", world.config).contains(TOKEN));
    latchkey.shut_down().await;
}

async fn another_method(world: &World) {
    let answer = answer(world.ask(Method::POST, "/metrics")).await;
    answer.assert_error(405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

async fn the_database_is_away(world: &World) {
    world.latchkey.shut_down().await;
    answer(world.get("/readyz")).await;
    let scrape = scrape(world).await;
    assert_eq!((scrape.value("latchkey_database_up"), scrape.value("latchkey_lease_held")), ("0", "0"));
    assert_eq!(scrape.seek("latchkey_change_lag"), None, "nobody knows it");
    assert_eq!(scrape.requests("health", "UNAVAILABLE", 503), "1");
}

async fn nobody_is_named(world: &World) {
    let key = world.key(new_key("a telling name")).await;
    for request in [world.get("/api/me").bearer_auth(&key.text), world.get("/api/a-telling-path")] {
        answer(request.header("user-agent", "a telling agent")).await;
    }
    let text = scrape(world).await.0;
    for told in [&key.id, "telling", "mina", "acme", &key.text[12..44]] {
        assert!(!text.contains(told), "{told}: {text}");
    }
}

/// The words of a text that begin like a metric's name.
fn metrics_of(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("latchkey_") || word.starts_with("process_")).collect()
}

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The queries of a dashboard's panels.
fn queries(panels: &Value) -> Vec<String> {
    let panels = panels.as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap().iter());
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

async fn the_dashboard_and_the_documentation_are_about_these(world: &World) {
    let scrape = scrape(world).await;
    let names = scrape.names();
    let dashboard: Value = serde_json::from_str(&file("docs/grafana/latchkey.json")).unwrap();
    let queries = queries(&dashboard["panels"]);
    assert!(queries.len() > 8);
    for query in &queries {
        let asked = metrics_of(query);
        assert!(!asked.is_empty(), "{query} asks for nothing");
        for name in asked {
            let family = ["_bucket", "_count", "_sum"].iter().find_map(|part| name.strip_suffix(part));
            assert!(names.contains(family.unwrap_or(name)), "the dashboard asks for {name}");
        }
    }
    let operating = file("docs/operating.md");
    let section = operating.split("\n## ").find(|section| section.starts_with("Metrics")).unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `latchkey_") || line.starts_with("| `process_"));
    let described: BTreeSet<&str> = rows.filter_map(|row| row.split(['`', '{']).nth(1)).collect();
    assert_eq!(described, names, "docs/operating.md");
}
