//! Forward auth: which methods a read-only key passes, and whose word about the method counts.

use crate::{
    forward_auth::pass,
    verify::ada,
    world::{MINA, World, new_key, read_only},
};
use domain::access::Role;
use reqwest::Method;

const READS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];
const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

on_sqlite![
    by_the_own_method,
    by_x_forwarded_method,
    by_x_original_method,
    odd_methods_count_as_writes,
    a_clients_header_turns_no_write_into_a_read,
    a_viewers_key_is_judged_as_read_only,
];

/// The status for a key when the proxy calls with a method and these headers.
async fn status(world: &World, gate: &str, key: &str, own: &str, headers: &[(&str, &str)]) -> u16 {
    let method = Method::from_bytes(own.as_bytes()).unwrap();
    let mut request = world.ask(method, "/api/v1/forward-auth").header("x-latchkey-gateway-key", gate).bearer_auth(key);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = pass(request).await;
    if answer.status == 403 && own != "HEAD" {
        answer.assert_error(403, "READ_ONLY");
        answer.assert_challenge("insufficient_scope");
    }
    answer.status
}

/// What a read-only key is answered to a method; a read-write key always passes.
fn wanted(method: &str) -> u16 {
    if READS.contains(&method) { 204 } else { 403 }
}

async fn keys(world: &World) -> (String, String, String) {
    (ada(world).await.text, world.key(read_only("reader")).await.text, world.key(new_key("writer")).await.text)
}

async fn by_the_own_method(world: &World) {
    let (gate, reader, writer) = keys(world).await;
    for method in METHODS {
        assert_eq!(status(world, &gate, &reader, method, &[]).await, wanted(method), "{method}");
        assert_eq!(status(world, &gate, &writer, method, &[]).await, 204, "{method}");
    }
}

async fn by_x_forwarded_method(world: &World) {
    by_header(world, "x-forwarded-method").await;
}

async fn by_x_original_method(world: &World) {
    by_header(world, "x-original-method").await;
}

async fn by_header(world: &World, header: &str) {
    let (gate, reader, writer) = keys(world).await;
    // Caddy, Traefik and nginx ask with GET, whatever they ask for.
    for method in METHODS {
        let headers = [(header, method)];
        assert_eq!(status(world, &gate, &reader, "GET", &headers).await, wanted(method), "{method}");
        assert_eq!(status(world, &gate, &writer, "GET", &headers).await, 204, "{method}");
    }
}

async fn odd_methods_count_as_writes(world: &World) {
    let (gate, reader, writer) = keys(world).await;
    for odd in ["", "get", "TRACE", "CONNECT", "PROPFIND", "GET, POST", "GET POST", "*"] {
        let headers = [("x-forwarded-method", odd)];
        assert_eq!(status(world, &gate, &reader, "GET", &headers).await, 403, "{odd:?}");
        assert_eq!(status(world, &gate, &writer, "GET", &headers).await, 204, "{odd:?}");
    }
    assert_eq!(status(world, &gate, &reader, "PROPFIND", &[]).await, 403);
}

/// A proxy that sets one of the headers, or none, hands on the others as the client wrote them.
async fn a_clients_header_turns_no_write_into_a_read(world: &World) {
    let (gate, reader, _) = keys(world).await;
    let (forwarded, original) = ("x-forwarded-method", "x-original-method");
    let spoofs: [(&str, &[(&str, &str)]); 5] = [
        ("GET", &[(forwarded, "GET"), (original, "DELETE")]),
        ("GET", &[(forwarded, "DELETE"), (original, "GET")]),
        ("GET", &[(forwarded, "GET"), (forwarded, "DELETE")]),
        ("DELETE", &[(forwarded, "GET")]),
        ("DELETE", &[(forwarded, "GET"), (original, "GET")]),
    ];
    for (own, headers) in spoofs {
        assert_eq!(status(world, &gate, &reader, own, headers).await, 403, "{own} {headers:?}");
    }
    let honest = [(forwarded, "HEAD"), (original, "HEAD")];
    assert_eq!(status(world, &gate, &reader, "GET", &honest).await, 204);
}

async fn a_viewers_key_is_judged_as_read_only(world: &World) {
    let (gate, _, writer) = keys(world).await;
    world.member("acme", MINA, Role::Viewer).await;
    for method in METHODS {
        let headers = [("x-forwarded-method", method)];
        assert_eq!(status(world, &gate, &writer, "GET", &headers).await, wanted(method), "{method}");
    }
}
