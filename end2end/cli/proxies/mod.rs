//! Real reverse proxies with the documented files (docs/proxies) in front of a service and a real Latchkey. Each story is told
//! to nginx and to Caddy.

mod client;
mod documents;
mod program;
mod service;

use crate::{home::Home, served::Served};
use axum::http::StatusCode;
use client::{Ask, Got};
use documents::document;
use program::{
    Kind::{self, Caddy, Nginx},
    Program,
};
use service::Service;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::mpsc,
};

/// Latchkey, the service, and the proxy in front of both.
struct World {
    home: Home,
    latchkey: Served,
    service: Service,
    gateway: String,
    proxy: Program,
}

impl World {
    fn new(kind: Kind, service: StatusCode) -> Self {
        let home = Home::sqlite();
        home.acme();
        let add = ["workspace", "add-member", "--workspace", "acme", "--email", "mina@example.com", "--role", "admin"];
        home.json(&add);
        let gateway = text(&home, "proxy", &["--gateway"]);
        let (latchkey, service) = (home.serve(), Service::answering(service));
        let proxy = Program::start(kind, address(&latchkey), service.address, &gateway);
        Self { home, latchkey, service, gateway, proxy }
    }

    fn key(&self, name: &str, more: &[&str]) -> String {
        text(&self.home, name, more)
    }

    fn send(&self, ask: &Ask) -> Got {
        let got = ask.send(self.proxy.address);
        assert!(!got.text.contains(&self.gateway), "the client gets the gateway key");
        got
    }

    fn get(&self, key: &str) -> Got {
        self.send(&Ask { headers: vec![("Authorization", &bearer(key))], ..Ask::default() })
    }

    /// It was refused with that status, and the service did not hear of it.
    #[track_caller]
    fn refused(&self, got: &Got, status: u16) {
        assert_eq!(got.status, status, "{got:?}\n{}", self.proxy.log());
        assert!(self.service.arrived().is_empty(), "the service got a refused request");
    }
}

fn text(home: &Home, name: &str, more: &[&str]) -> String {
    home.key(name, more)["key"].as_str().unwrap().to_owned()
}

fn address(latchkey: &Served) -> SocketAddr {
    latchkey.url.strip_prefix("http://").unwrap().parse().unwrap()
}

fn bearer(key: &str) -> String {
    format!("Bearer {key}")
}

macro_rules! on_each_proxy {
    ($($story:ident),+ $(,)?) => {$(
        mod $story {
            #[test]
            fn nginx() {
                super::$story(super::Nginx);
            }
            #[test]
            fn caddy() {
                super::$story(super::Caddy);
            }
        }
    )+};
}

on_each_proxy![
    who_passes_and_who_does_not,
    the_service_learns_who_it_is_and_nothing_else,
    what_the_client_claims_is_gone,
    bodies_go_to_the_service_alone,
    the_clients_address_decides,
    over_the_rate,
    nobody_can_decide,
    the_services_own_errors,
];

fn who_passes_and_who_does_not(kind: Kind) {
    let world = World::new(kind, StatusCode::OK);
    let key = world.key("reader", &[]);
    let got = world.get(&key);
    assert_eq!((got.status, got.text.contains("from the service")), (200, true), "{got:?}\n{}", world.proxy.log());
    world.service.one();
    let other = world.send(&Ask { headers: vec![("X-API-Key", &key)], ..Ask::default() });
    assert_eq!(other.status, 200);
    world.service.one();

    let nothing = world.send(&Ask::default());
    world.refused(&nothing, 401);
    assert_eq!(nothing.header("www-authenticate"), Some(r#"Bearer realm="latchkey""#));
    world.refused(&world.get("nonsense"), 401);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let ask = Ask { method, headers: vec![("X-API-Key", &key)], body: b"{}", ..Ask::default() };
        world.refused(&world.send(&ask), 403);
        // Nor by naming another method than its own.
        let lie = [("X-API-Key", key.as_str()), ("X-Original-Method", "GET"), ("X-Forwarded-Method", "GET")];
        world.refused(&world.send(&Ask { method, headers: lie.to_vec(), ..Ask::default() }), 403);
    }
    let writer = world.key("writer", &["--permission", "read_write"]);
    let delete = Ask { method: "DELETE", headers: vec![("X-API-Key", &writer)], ..Ask::default() };
    assert_eq!(world.send(&delete).status, 200);
    let arrived = world.service.one();
    assert_eq!((arrived.method.as_str(), arrived.uri.as_str()), ("DELETE", "/orders/7?x=1"));

    // At once: the proxy keeps no answer.
    let id = world.home.keys().iter().find(|key| key["name"] == "writer").unwrap()["id"].clone();
    world.home.text(&["key", "disable", id.as_str().unwrap()]);
    world.refused(&world.send(&delete), 401);
}

fn the_service_learns_who_it_is_and_nothing_else(kind: Kind) {
    let world = World::new(kind, StatusCode::OK);
    let key = world.key("CI", &["--environment", "prod"]);
    let headers = vec![("Authorization", ""), ("X-API-Key", &*key), ("Accept", "text/plain")];
    let both = bearer(&key);
    let headers = headers.into_iter().map(|(name, value)| (name, if value.is_empty() { &*both } else { value }));
    assert_eq!(world.send(&Ask { headers: headers.collect(), ..Ask::default() }).status, 200);
    let arrived = world.service.one();
    let said = ["key", "owner", "workspace", "environment", "permission"];
    let said = said.map(|name| arrived.header(&format!("x-latchkey-{name}")));
    assert_eq!(said, [&key[3..11], "mina@example.com", "acme", "prod", "read_only"]);
    assert_eq!(arrived.header("accept"), "text/plain", "other headers pass");
    let all = format!("{arrived:?}");
    assert!(!all.contains(&key) && !all.contains(&world.gateway), "a key reached the service: {all}");
    assert!(arrived.headers.get("authorization").is_none() && arrived.headers.get("x-api-key").is_none());
    assert!(arrived.headers.get("x-latchkey-gateway-key").is_none());
}

fn what_the_client_claims_is_gone(kind: Kind) {
    let world = World::new(kind, StatusCode::OK);
    let key = world.key("CI", &[]);
    let claims = [
        ("X-API-Key", key.as_str()),
        ("X-Latchkey-Key", "claimed"),
        ("X-Latchkey-Owner", "claimed@example.com"),
        ("x-latchkey-owner", "claimed@example.com"),
        ("X-Latchkey-Workspace", "claimed"),
        // The key has no environment: what was claimed must not fill the gap.
        ("X-Latchkey-Environment", "claimed"),
        ("X-Latchkey-Permission", "claimed"),
        ("X-Latchkey-Gateway-Key", "claimed"),
    ];
    assert_eq!(world.send(&Ask { headers: claims.to_vec(), ..Ask::default() }).status, 200);
    let arrived = world.service.one();
    assert!(!format!("{arrived:?}").contains("claimed"), "{arrived:?}");
    assert_eq!(arrived.header("x-latchkey-owner"), "mina@example.com");
    // Without a key of its own, a client's gateway key opens nothing.
    let gateway = [("X-Latchkey-Gateway-Key", world.gateway.as_str())];
    world.refused(&world.send(&Ask { headers: gateway.to_vec(), ..Ask::default() }), 401);
    // Many frameworks cannot tell these from the ones with hyphens.
    for name in ["X_Latchkey_Owner", "x_latchkey_owner", "X-Latchkey_Owner", "X_Latchkey-Owner", "X-LATCHKEY_OWNER"] {
        let headers = vec![("X-API-Key", key.as_str()), (name, "claimed")];
        assert_eq!(world.send(&Ask { headers, ..Ask::default() }).status, 200);
        let arrived = world.service.one();
        assert!(!format!("{arrived:?}").contains("claimed"), "{name}: {arrived:?}");
    }
}

fn bodies_go_to_the_service_alone(kind: Kind) {
    // More than Latchkey itself would take.
    let body: Vec<u8> = (0_u8..=255).cycle().take(200 * 1024).collect();
    let world = World::new(kind, StatusCode::OK);
    let key = world.key("CI", &["--permission", "read_write"]);
    for chunked in [false, true] {
        let headers = vec![("X-API-Key", key.as_str())];
        let got = world.send(&Ask { method: "POST", headers, body: &body, chunked, ..Ask::default() });
        assert_eq!(got.status, 200, "{got:?}\n{}", world.proxy.log());
        assert!(world.service.one().body == body, "another body");
    }

    let (asked, heard) = mpsc::channel();
    let latchkey = service::raw(asked);
    let proxy = Program::start(kind, latchkey, world.service.address, "the-gateway-key");
    for chunked in [false, true] {
        let headers = vec![("X-API-Key", "a-key"), ("X-Latchkey-Gateway-Key", "claimed")];
        let got = Ask { method: "POST", headers, body: &body, chunked, ..Ask::default() }.send(proxy.address);
        assert_eq!(got.status, 200);
        assert!(world.service.one().body == body);
        let asked = heard.recv().unwrap().to_ascii_lowercase();
        assert!(asked.starts_with("get ") && asked.ends_with("\r\n\r\n"), "a body came along: {asked:?}");
        for header in ["\r\ncontent-length: ", "\r\ntransfer-encoding: ", "claimed"] {
            assert!(!asked.contains(header), "{asked}");
        }
        for header in ["x-latchkey-gateway-key: the-gateway-key", "x-api-key: a-key"] {
            assert_eq!(asked.matches(&format!("\r\n{header}\r\n")).count(), 1, "{asked}");
        }
    }
}

fn the_clients_address_decides(kind: Kind) {
    let world = World::new(kind, StatusCode::OK);
    let theirs = Ipv4Addr::new(127, 0, 0, 2);
    let key = world.key("CI", &["--allow-ip", "127.0.0.2"]);
    let ask = |from, forwarded: Option<&'static str>| {
        let mut headers = vec![("X-API-Key", key.as_str())];
        headers.extend(forwarded.map(|value| ("X-Forwarded-For", value)));
        world.send(&Ask { headers, from, ..Ask::default() })
    };
    assert_eq!(ask(theirs, None).status, 200, "{}", world.proxy.log());
    world.service.one();
    // The proxy's own address, and what the client writes itself, count for nothing.
    world.refused(&ask(Ipv4Addr::LOCALHOST, None), 403);
    world.refused(&ask(Ipv4Addr::LOCALHOST, Some("127.0.0.2")), 403);
    assert_eq!(ask(theirs, Some("203.0.113.9")).status, 200);
}

fn over_the_rate(kind: Kind) {
    let world = World::new(kind, StatusCode::OK);
    let key = world.key("CI", &["--rate-limit", "1"]);
    assert_eq!(world.get(&key).status, 200);
    world.service.one();
    let got = world.get(&key);
    world.refused(&got, 429);
    let wait: u64 = got.header("retry-after").and_then(|seconds| seconds.parse().ok()).expect("a Retry-After");
    assert!((1..=60).contains(&wait), "{wait}");
    world.refused(&world.send(&Ask::default()), 401);
}

fn nobody_can_decide(kind: Kind) {
    let mut world = World::new(kind, StatusCode::OK);
    let key = world.key("CI", &[]);
    assert_eq!(world.get(&key).status, 200);
    world.service.one();
    let away = Service::answering(StatusCode::SERVICE_UNAVAILABLE);
    let proxy = Program::start(kind, away.address, world.service.address, &world.gateway);
    let headers = vec![("X-API-Key", key.as_str())];
    let got = Ask { headers, ..Ask::default() }.send(proxy.address);
    world.refused(&got, 503);
    // And with nobody there at all: what passed a moment ago passes no more.
    world.latchkey.kill();
    world.refused(&world.get(&key), if kind == Caddy { 502 } else { 503 });
}

fn the_services_own_errors(kind: Kind) {
    for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS] {
        let world = World::new(kind, status);
        let got = world.get(&world.key("CI", &[]));
        assert_eq!(got.status, status.as_u16());
        assert!(got.text.contains("from the service"), "the service's own answer: {got:?}");
    }
}
