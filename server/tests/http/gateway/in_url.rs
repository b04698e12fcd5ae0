//! Keys in the URL, for clients that take no header: read on the MCP surfaces alone, taken only from those that were created for
//! it, and seen by nobody else: no log, no server behind, no answer, no row.

use super::{
    Gate, call,
    fake::{Fake, two_tools},
    rpc,
};
use crate::{
    ask::{Answer, answer},
    forward_auth,
    me_refusals::wrong_secret,
    secrets_in_logs::lies_in,
    verify::{ada, ask},
    world::{Made, World, for_urls, grant, new_key, serve, serve_by},
};
use axum::{Router, extract::Request as AxumRequest};
use domain::{key::NewKey, mcp::connect::Client, time::MINUTE};
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde_json::{Value, json};
use server::{
    auth::{ChangeKey, SeeKeys, SeeServers},
    connect,
    http::{common_layers, data_plane},
    keys,
};
use std::time::Duration;
use tokio::net::TcpListener;

on_both_engines![who_may, rotation_and_permission];
on_sqlite![two_credentials, nobody_else_sees_it, no_other_surface_reads_it, the_helpers_test];

/// The two surfaces.
const PATHS: [&str; 2] = ["/mcp-connect/files", "/mcp/acme"];

async fn gate(world: &World) -> (Gate, Fake) {
    let (gate, fake) = (Gate::open(world).await, Fake::json(two_tools()).await);
    gate.register("files", &fake.url).await;
    (gate, fake)
}

fn list() -> Value {
    rpc(1, "tools/list", &json!({}))
}

/// A request with a key in its URL, and whatever stands there already.
fn request(gate: &Gate, method: Method, path: &str, text: &str) -> RequestBuilder {
    let sign = if path.contains('?') { '&' } else { '?' };
    let request = gate.http.request(method, format!("{}{path}{sign}api_key={text}", gate.base));
    request.header("accept", "application/json, text/event-stream")
}

fn post(gate: &Gate, path: &str, text: &str) -> RequestBuilder {
    request(gate, Method::POST, path, text).json(&list())
}

#[track_caller]
fn assert_kept_back(answer: &Answer) {
    let told = (answer.header("referrer-policy"), answer.header("cache-control"), answer.header("location"));
    assert_eq!(told, ("no-referrer", "no-store", ""), "{answer:?}");
}

async fn who_may(world: &World) {
    let (gate, fake) = gate(world).await;
    let (made, plain) = (world.key(for_urls("ChatGPT")).await, world.key(new_key("agent")).await);
    for path in PATHS {
        let told = answer(post(&gate, path, &made.text)).await;
        assert_eq!((told.status, told.body.contains("get")), (200, true), "{told:?}");
        assert_kept_back(&told);
        let among = answer(post(&gate, &format!("{path}?utm=1&x"), &made.text)).await;
        assert_eq!(among.status, 200);
        let in_header = gate.http.post(format!("{}{path}", gate.base)).bearer_auth(&made.text).json(&list());
        let in_header = in_header.header("accept", "application/json, text/event-stream");
        assert_eq!(answer(in_header).await.status, 200, "it is a key like any other");

        let refused = answer(post(&gate, path, &plain.text)).await;
        refused.assert_error(403, "KEY_IN_URL");
        refused.assert_challenge("insufficient_scope");
        assert_kept_back(&refused);
        for unknown in [&*wrong_secret(&made), &*wrong_secret(&plain), "", "lk_", &made.text[..44]] {
            let refused = answer(post(&gate, path, unknown)).await;
            refused.assert_error(401, "UNAUTHORIZED");
            refused.assert_challenge("invalid_token");
            assert_kept_back(&refused);
        }
    }
    let reached = fake.seen().len();
    assert!(reached > 0 && fake.seen().iter().all(|seen| !format!("{seen:?}").contains("api_key")));
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(answer(request(&gate, method, "/mcp-connect/files", &made.text)).await.status, 200);
    }
    assert_eq!(fake.seen().len(), reached + 2);

    // What a header would be told comes first, and no more is told than that.
    let change = grant::<ChangeKey>(&gate.latchkey, "acme").await;
    for key in [&made, &plain] {
        keys::disable(&change, &key.id).await.unwrap();
        answer(post(&gate, "/mcp/acme", &key.text)).await.assert_error(401, "KEY_DISABLED");
        keys::enable(&change, &key.id).await.unwrap();
    }
    let end = world.now().plus(MINUTE);
    let short = world.key(NewKey { expires_at: Some(end), ..new_key("short") }).await;
    world.clock.advance(MINUTE);
    answer(post(&gate, "/mcp/acme", &short.text)).await.assert_error(401, "KEY_EXPIRED");
    answer(post(&gate, "/mcp/other", &plain.text)).await.assert_error(404, "NOT_FOUND");
    assert_eq!(fake.seen().len(), reached + 2);
    gate.latchkey.shut_down().await;
    let place = server::auth::Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap();
    let page = keys::show(&world.grant::<SeeKeys>("acme").await, &place, &plain.id).await.unwrap();
    assert!(page.uses.iter().any(|used| used.code == "KEY_IN_URL"), "its owner sees that it was tried");
}

/// The successor may stand in a URL too; neither can be made to verify others, or lose what it was made for.
async fn rotation_and_permission(world: &World) {
    let (gate, _fake) = gate(world).await;
    let (made, plain) = (world.key(for_urls("ChatGPT")).await, world.key(new_key("agent")).await);
    let change = grant::<ChangeKey>(&gate.latchkey, "acme").await;
    for (old, status) in [(&made, 200), (&plain, 403)] {
        let created = keys::rotate(&change, &old.id, "1h").await.unwrap();
        let text = created.key.expose().to_owned();
        world.secret(&text[text.len() - 38..][..32]);
        assert_eq!(created.view.url_credential, status == 200);
        assert_eq!(answer(post(&gate, "/mcp/acme", &text)).await.status, status);
        assert_eq!(answer(post(&gate, "/mcp/acme", &old.text)).await.status, status, "as long as it has its grace");
        let refused = keys::permit(&change, created.view.id.as_str(), "read_only", true).await;
        assert_eq!(refused.is_err(), status == 200);
    }
    let refused = keys::permit(&change, &made.id, "read_only", true).await.unwrap_err();
    assert_eq!(refused.fields()[0].field, "gateway");
    keys::permit(&change, &made.id, "read_only", false).await.unwrap();
    assert!(world.view(&made.id).await.url_credential);
    assert_eq!(answer(post(&gate, "/mcp/acme", &made.text)).await.status, 200);
    gate.latchkey.shut_down().await;
}

async fn two_credentials(world: &World) {
    let (gate, fake) = gate(world).await;
    let (made, other) = (world.key(for_urls("ChatGPT")).await, world.key(for_urls("Claude")).await);
    for path in PATHS {
        for twice in [
            post(&gate, path, &made.text).bearer_auth(&other.text),
            post(&gate, path, &made.text).header("x-api-key", &other.text),
            post(&gate, path, &made.text).basic_auth("a", Some("b")),
            post(&gate, &format!("{path}?api_key={}", other.text), &made.text),
            post(&gate, &format!("{path}?api_key="), &made.text),
        ] {
            let refused = answer(twice).await;
            refused.assert_error(400, "invalid_request");
            assert_kept_back(&refused);
        }
        for once in [
            post(&gate, path, &made.text).bearer_auth(&made.text),
            post(&gate, path, &made.text).header("x-api-key", &made.text),
            post(&gate, &format!("{path}?api_key={}", made.text), &made.text),
        ] {
            assert_eq!(answer(once).await.status, 200, "the same one given twice is one");
        }
        let plain = world.key(new_key(path)).await;
        let both = answer(post(&gate, path, &plain.text).bearer_auth(&plain.text)).await;
        both.assert_error(403, "KEY_IN_URL");
    }
    assert!(fake.seen().iter().all(|seen| !format!("{seen:?}").contains(&made.text)));
}

/// Whatever becomes of the request. The logs are those of the whole process, at the finest level ([`crate::logs`]).
async fn nobody_else_sees_it(world: &World) {
    let (gate, fake) = gate(world).await;
    gate.register("away", "http://127.0.0.1:9/mcp").await;
    let broken = Fake::serve(|_| axum::response::Response::builder().status(500).body("no".into()).unwrap()).await;
    gate.register("broken", &broken.url).await;
    let moved = Fake::serve(|_| {
        let elsewhere = axum::response::Response::builder().status(302).header("location", "http://127.0.0.1:9/");
        elsewhere.body(axum::body::Body::empty()).unwrap()
    })
    .await;
    gate.register("moved", &moved.url).await;
    let (made, plain) = (world.key(for_urls("ChatGPT")).await, world.key(new_key("agent")).await);
    for Made { text, .. } in [&made, &plain] {
        let mut told = Vec::new();
        let url = format!("{}/mcp/acme?api_key={text}", gate.base);
        for path in [
            "/mcp-connect/files",
            "/mcp-connect/away",
            "/mcp-connect/broken",
            "/mcp-connect/moved",
            "/mcp-connect/nowhere",
            "/mcp-connect/files/",
            "/mcp-connect",
            "/mcp/acme",
            "/mcp/nowhere",
            "/mcp",
            "/mcp/acme/.well-known/oauth-protected-resource",
        ] {
            for method in [Method::POST, Method::GET, Method::DELETE, Method::PUT, Method::OPTIONS] {
                told.push(answer(request(&gate, method, path, text).json(&list())).await);
            }
            let called = request(&gate, Method::POST, path, text).json(&call(2, "set"));
            told.push(answer(called).await);
            // What browsers and proxies repeat of the URL.
            let repeated = post(&gate, path, text).header("referer", &url).header("x-forwarded-uri", &url);
            let repeated = repeated.header("x-original-url", &url).header("x-mcp-url", &url).header("forwarded", &url);
            told.push(answer(repeated).await);
            told.push(answer(post(&gate, path, text).header("origin", "https://evil.example")).await);
            let raw = |body: &'static str| request(&gate, Method::POST, path, text).body(body);
            told.push(answer(raw("{").header("content-type", "application/json")).await);
            told.push(answer(raw("x")).await);
            told.push(answer(post(&gate, path, text).header("mcp-session-id", "none")).await);
            told.push(answer(post(&gate, path, &format!("{text}!"))).await);
            let encoded = post(&gate, path, &text.replace('_', "%5F"));
            told.push(answer(encoded.header("x-mcp-url", url.replace('_', "%5F"))).await);
            told.push(answer(post(&gate, path, text).header("x-api-key", text)).await);
            told.push(answer(post(&gate, path, text).basic_auth("a", Some("b"))).await);
        }
        let statuses: std::collections::BTreeSet<u16> = told.iter().map(|told| told.status).collect();
        let refused = [400, 401, 403, 404, 405];
        let wanted = if *text == made.text { [&[200], &refused[..], &[415, 502]].concat() } else { refused.to_vec() };
        assert_eq!(statuses.into_iter().collect::<Vec<_>>(), wanted);
        for told in &told {
            assert!(!format!("{told:?}").contains(&text[12..44]), "an answer has the key");
            assert_kept_back(told);
        }
    }
    let seen = [fake.seen(), broken.seen(), moved.seen()].concat();
    assert!(seen.len() > 10, "servers were asked");
    for seen in seen {
        let seen = format!("{seen:?}");
        assert!(!seen.contains(&made.text[12..44]) && !seen.contains("api_key") && !seen.contains(&made.id), "{seen}");
    }
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    gate.latchkey.shut_down().await;
    world.latchkey.shut_down().await;
    assert!(lies_in(world.place.folder(), "KEY_IN_URL") && lies_in(world.place.folder(), &made.id), "uses are written");
    for text in [&made.text, &plain.text] {
        assert!(!lies_in(world.place.folder(), &text[12..44]));
        assert!(!crate::logs::heard(&text[12..44]) && !crate::logs::heard(text));
    }
}

async fn no_other_surface_reads_it(world: &World) {
    let (key, gate) = (world.key(for_urls("ChatGPT")).await, ada(world).await);
    let me = answer(world.get(&format!("/api/me?api_key={}", key.text))).await;
    me.assert_error(401, "UNAUTHORIZED");
    me.assert_bare_challenge();
    assert_eq!(answer(world.get("/api/me").bearer_auth(&key.text)).await.status, 200);
    let both = answer(world.get(&format!("/api/me?api_key={}", gate.text)).bearer_auth(&key.text)).await;
    assert_eq!(both.json()["key"]["name"], "ChatGPT", "it is not looked at");

    let in_url = world.ask(Method::POST, &format!("/api/v1/verify?api_key={}", gate.text));
    answer(in_url.json(&json!({"key": key.text}))).await.assert_error(401, "UNAUTHORIZED");
    let in_url = world.ask(Method::POST, &format!("/api/v1/verify?api_key={}&key={}", key.text, key.text));
    answer(in_url.bearer_auth(&gate.text).json(&json!({}))).await.assert_error(400, "invalid_request");
    assert_eq!(ask(world, &gate.text, &json!({"key": key.text})).await.json()["code"], "VALID");

    for path in ["/api/v1/forward-auth", "/api/v1/forward-auth/mcp/acme"] {
        let asked = world.get(&format!("{path}?api_key={}", key.text)).header("x-latchkey-gateway-key", &gate.text);
        let asked = asked.header("x-original-url", format!("https://e.com/?api_key={}", key.text));
        let asked = asked.header("x-forwarded-uri", format!("/mcp/acme?api_key={}", key.text));
        answer(asked).await.assert_error(401, "UNAUTHORIZED");
    }
    assert_eq!(forward_auth::pass(forward_auth::ask(world, &gate.text).bearer_auth(&key.text)).await.status, 204);

    // What is behind the data plane does not see it either; a query without one stays.
    let echo = Router::new().fallback(async |request: AxumRequest| request.uri().to_string());
    let base = serve(data_plane(&world.latchkey).before(common_layers(echo, &world.latchkey))).await;
    for (asked, seen) in [
        (format!("/w/acme/keys?page=2&api_key={}", key.text), "/w/acme/keys"),
        (format!("/mcps?api_key={}", key.text), "/mcps"),
        ("/w/acme/keys?page=2".to_owned(), "/w/acme/keys?page=2"),
    ] {
        assert_eq!(answer(world.http.get(format!("{base}{asked}"))).await.body, seen);
    }
}

/// The connect helper tries the address that it hands out.
async fn the_helpers_test(world: &World) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let fake = Fake::json(two_tools()).await;
    let latchkey = world
        .instance(|config| {
            config.allow_private_upstreams = true;
            config.public_url = format!("http://{address}");
        })
        .await;
    let base = serve_by(listener, data_plane(&latchkey));
    let gate = Gate { latchkey, base, http: reqwest::Client::new() };
    world.secret(super::CREDENTIAL.trim_start_matches("Bearer "));
    gate.register("files", &fake.url).await;
    let (made, plain) = (world.key(for_urls("ChatGPT")).await, world.key(new_key("agent")).await);
    for server in [Some("files"), None] {
        let grant = grant::<SeeServers>(&gate.latchkey, "acme").await;
        let test = async |client, key: &str| {
            let key = SecretString::from(key.to_owned());
            let found = connect::test(&grant, client, server, &key).await.unwrap();
            (found.works, found.text)
        };
        assert!(test(Client::Connector, &made.text).await.0);
        assert!(test(Client::ClaudeCode, &made.text).await.0);
        assert!(test(Client::ClaudeCode, &plain.text).await.0);
        let (works, said) = test(Client::Connector, &plain.text).await;
        let refused = "The connection is refused: This API key was not made for URLs. Send it in a header.";
        assert_eq!((works, &*said), (false, refused));
        let junk = test(Client::Connector, "lk_1&x=/../").await;
        assert!(!junk.0 && junk.1.contains("no key of this installation"), "{junk:?}");
    }
    gate.latchkey.shut_down().await;
}
