//! What every answer of the data plane has in common: request id, security headers, errors in JSON, and no OAuth
//! discovery (an MCP client that finds it drops the header it was given).

use crate::{
    ask::answer,
    world::{World, new_key, serve},
};
use axum::{Router, routing::get};
use reqwest::Method;
use server::http::{common_layers, data_plane};

on_sqlite![
    a_plain_request_id_is_echoed,
    any_other_request_id_is_replaced,
    security_headers_on_every_answer,
    hsts_over_https,
    unknown_paths,
    wrong_methods,
    no_oauth_discovery,
    health,
    a_panic_is_an_answer,
];

async fn a_plain_request_id_is_echoed(world: &World) {
    for id in ["a", "7f3-B.c_9", &"x".repeat(64)] {
        let answer = answer(world.get("/api/me").header("x-request-id", id)).await;
        assert_eq!(answer.header("x-request-id"), id);
        assert_eq!(answer.json()["error"]["request_id"], id);
    }
}

async fn any_other_request_id_is_replaced(world: &World) {
    let mut fresh = std::collections::HashSet::new();
    for id in ["", "a b", "<script>", "é", &"x".repeat(65), "a;b"] {
        let answer = answer(world.get("/api/me").header("x-request-id", id.as_bytes())).await;
        let given = answer.header("x-request-id");
        assert!(given.len() == 16 && given.bytes().all(|b| b.is_ascii_alphanumeric()), "{given}");
        assert!(fresh.insert(given.to_owned()), "{given} came twice");
    }
}

async fn security_headers_on_every_answer(world: &World) {
    let key = world.key(new_key("CI")).await;
    let requests = [
        world.get("/api/me").bearer_auth(&key.text),
        world.get("/api/me"),
        world.get("/api/nothing"),
        world.get("/healthz"),
        world.ask(Method::DELETE, "/api/me"),
    ];
    for request in requests {
        let answer = answer(request).await;
        let csp = answer.header("content-security-policy");
        assert_eq!(csp, "default-src 'none'; frame-ancestors 'none'");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("strict-transport-security"), "", "plain HTTP");
        assert_eq!(answer.header("server"), "");
    }
}

async fn hsts_over_https(world: &World) {
    let latchkey = world.instance(|config| config.public_url = "https://keys.example.com".into()).await;
    let base = serve(data_plane(&latchkey)).await;
    let answer = answer(world.http.get(format!("{base}/api/me"))).await;
    assert!(answer.header("strict-transport-security").starts_with("max-age=31536000"));
}

async fn unknown_paths(world: &World) {
    let key = world.key(new_key("CI")).await;
    for path in ["/api", "/api/", "/api/nothing", "/api/me/", "/api/v1", "/api/v1/verify/x", "/api/v2/verify"] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = answer(world.ask(method, path).bearer_auth(&key.text)).await;
            assert_eq!((path, answer.header("content-type")), (path, "application/json"));
            answer.assert_error(404, "NOT_FOUND");
        }
    }
}

async fn wrong_methods(world: &World) {
    let key = world.key(new_key("CI")).await;
    let cases = [
        (Method::POST, "/api/me", "GET,HEAD"),
        (Method::DELETE, "/api/me", "GET,HEAD"),
        (Method::OPTIONS, "/api/me", "GET,HEAD"),
        (Method::GET, "/api/v1/verify", "POST"),
        (Method::PUT, "/api/v1/verify", "POST"),
    ];
    for (method, path, allowed) in cases {
        let answer = answer(world.ask(method, path).bearer_auth(&key.text)).await;
        answer.assert_error(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), allowed, "{path}");
    }
}

async fn no_oauth_discovery(world: &World) {
    let key = world.key(new_key("CI")).await;
    for name in [
        "oauth-protected-resource",
        "oauth-protected-resource/api/me",
        "oauth-authorization-server",
        "openid-configuration",
    ] {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let request = world.ask(method.clone(), &format!("/.well-known/{name}")).bearer_auth(&key.text);
            let answer = answer(request).await;
            assert_eq!(answer.status, 404, "{method} {name}");
            assert_eq!(answer.header("www-authenticate"), "");
            assert_eq!(answer.header("location"), "");
        }
    }
    let challenge = answer(world.get("/api/me")).await;
    assert!(!challenge.header("www-authenticate").contains("resource_metadata"));
}

async fn health(world: &World) {
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = answer(world.get(path)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, body));
    }
}

async fn a_panic_is_an_answer(world: &World) {
    // In the console; the data plane's own is beside its code (server/src/http/pass.rs).
    let router = Router::new().route("/broken", get(|| async { panic!("on purpose") as () }));
    let base = serve(data_plane(&world.latchkey).before(common_layers(router, &world.latchkey))).await;
    let answer = answer(world.http.get(format!("{base}/broken"))).await;
    assert_eq!(answer.status, 500);
    assert!(!answer.body.contains("on purpose"));
}
