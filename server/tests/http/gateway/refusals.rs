//! Who is refused before anything reaches a server: without a key, with a key that may not, from another site, with a request
//! that is not understood.

use super::{
    Gate, assert_rpc_error, call,
    fake::{Fake, two_tools},
    rpc,
};
use crate::{
    ask::answer,
    me_refusals::made_up,
    spend::{capped, spend},
    world::{MINA, World, grant, limited, new_key},
};
use domain::{access::Role, key::NewKey, time::MINUTE};
use reqwest::Method;
use serde_json::{Value, json};
use server::{auth::ManageServers, keys, servers, users};

on_both_engines![keys_that_may_not, an_exhausted_key_reaches_no_server];
on_sqlite![no_key, other_sites, paths_and_methods, bodies, headers_that_lie];

async fn gate(world: &World) -> (Gate, Fake) {
    let (gate, fake) = (Gate::open(world).await, Fake::json(two_tools()).await);
    gate.register("files", &fake.url).await;
    (gate, fake)
}

fn ping() -> Value {
    rpc(1, "ping", &json!({}))
}

async fn an_exhausted_key_reaches_no_server(world: &World) {
    let (gate, fake) = gate(world).await;
    let key = world.key(capped("agent", "", "1", "day")).await;
    assert_eq!(gate.answer("files", &key, &ping()).await.status, 200);
    let before = fake.seen().len();
    spend(world, &key, "1").await;
    gate.answer("files", &key, &ping()).await.assert_error(402, "KEY_EXHAUSTED");
    let url = format!("{}/mcp/acme", gate.base);
    let workspace = world.http.post(url).bearer_auth(&key.text).json(&ping());
    answer(workspace).await.assert_error(402, "KEY_EXHAUSTED");
    assert_eq!(fake.seen().len(), before, "nothing went on");
}

async fn keys_that_may_not(world: &World) {
    let (gate, fake) = gate(world).await;
    let end = world.now().plus(MINUTE);
    let key = world.key(NewKey { expires_at: Some(end), ..new_key("agent") }).await;
    let ask = async || gate.answer("files", &key, &ping()).await;
    assert_eq!(ask().await.status, 200);
    let change = grant(&gate.latchkey, "acme").await;
    keys::disable(&change, &key.id).await.unwrap();
    ask().await.assert_error(401, "KEY_DISABLED");
    keys::enable(&change, &key.id).await.unwrap();
    world.clock.advance(MINUTE);
    ask().await.assert_error(401, "KEY_EXPIRED");
    keys::delete(&grant(&gate.latchkey, "acme").await, &key.id, "").await.unwrap();
    ask().await.assert_error(401, "UNAUTHORIZED");

    let far = world.key(limited("far", "10.0.0.0/8", "")).await;
    gate.answer("files", &far, &ping()).await.assert_error(403, "IP_NOT_ALLOWED");
    let rare = world.key(limited("rare", "", "1")).await;
    assert_eq!(gate.answer("files", &rare, &ping()).await.status, 200);
    let told = gate.answer("files", &rare, &ping()).await;
    told.assert_error(429, "RATE_LIMITED");
    assert_ne!(told.header("retry-after"), "");

    // A server that is not there, one that is off, and one that is others': alike.
    let key = world.key(new_key("other")).await;
    gate.answer("nowhere", &key, &ping()).await.assert_error(403, "SERVER_NOT_ALLOWED");
    let manage = grant::<ManageServers>(&gate.latchkey, "acme").await;
    servers::enable(&manage, "files", false).await.unwrap();
    gate.answer("files", &key, &ping()).await.assert_error(403, "SERVER_NOT_ALLOWED");
    servers::enable(&manage, "files", true).await.unwrap();
    assert_eq!(gate.answer("files", &key, &ping()).await.status, 200);
    world.workspace("umbrella", domain::workspace::Settings::default()).await;
    world.member("umbrella", MINA, Role::Developer).await;
    let foreign = world.key_of("umbrella", MINA, new_key("foreign")).await;
    gate.answer("files", &foreign, &ping()).await.assert_error(403, "SERVER_NOT_ALLOWED");

    users::disable(&world.operator().instance().unwrap(), MINA).await.unwrap();
    gate.answer("files", &key, &ping()).await.assert_error(403, "OWNER_INACTIVE");
    assert_eq!(fake.seen().len(), 3, "what was refused did not reach the server");
    gate.latchkey.shut_down().await;
}

async fn no_key(world: &World) {
    let (gate, fake) = gate(world).await;
    let url = format!("{}/mcp-connect/files", gate.base);
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let bare = answer(world.http.request(method.clone(), &url)).await;
        bare.assert_error(401, "UNAUTHORIZED");
        bare.assert_bare_challenge();
        assert!(!bare.header("www-authenticate").contains("resource_metadata"));
        let wrong = answer(world.http.request(method, &url).bearer_auth(made_up().expose())).await;
        wrong.assert_error(401, "UNAUTHORIZED");
        wrong.assert_challenge("invalid_token");
    }
    let (one, two) = (world.key(new_key("one")).await, world.key(new_key("two")).await);
    let both = gate.post("files", &one, &ping()).header("x-api-key", &two.text);
    answer(both).await.assert_error(400, "invalid_request");
    assert!(fake.seen().is_empty());
}

async fn other_sites(world: &World) {
    let (gate, fake) = gate(world).await;
    let key = world.key(new_key("agent")).await;
    for origin in ["https://evil.example", "null", "http://localhost:3000"] {
        for method in [Method::POST, Method::GET, Method::DELETE] {
            let request = gate.request(method, "files", &key).header("origin", origin).json(&ping());
            let told = answer(request).await;
            assert_eq!((told.status, &told.json()["error"]["code"]), (403, &json!("ORIGIN_NOT_ALLOWED")));
        }
    }
    let own = gate.post("files", &key, &ping()).header("origin", "http://127.0.0.1:3000");
    assert_eq!(answer(own).await.status, 200);
    assert_eq!(fake.seen().len(), 1);
}

async fn paths_and_methods(world: &World) {
    let (gate, fake) = gate(world).await;
    let key = world.key(new_key("agent")).await;
    for path in [
        "/mcp-connect",
        "/mcp-connect/",
        "/mcp-connect/files/",
        "/mcp-connect/files/more",
        "/mcp-connect/files/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp-connect/files",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/mcp-connect/files",
        "/.well-known/openid-configuration",
    ] {
        for method in [Method::GET, Method::POST] {
            let told = answer(world.http.request(method, format!("{}{path}", gate.base)).bearer_auth(&key.text)).await;
            told.assert_error(404, "NOT_FOUND");
        }
    }
    for method in [Method::PUT, Method::PATCH, Method::OPTIONS, Method::HEAD] {
        let told = answer(gate.request(method.clone(), "files", &key)).await;
        assert_eq!((told.status, told.header("allow")), (405, "GET, POST, DELETE"), "{method}");
    }
    assert!(fake.seen().is_empty());
}

async fn bodies(world: &World) {
    let (gate, fake) = gate(world).await;
    let key = world.key(new_key("agent")).await;
    let send = async |kind: &str, body: String| {
        answer(gate.request(Method::POST, "files", &key).header("content-type", kind).body(body)).await
    };
    send("text/plain", ping().to_string()).await.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
    send("application/json", "x".repeat(4 * 1024 * 1024 + 1)).await.assert_error(413, "PAYLOAD_TOO_LARGE");
    for (body, code) in [
        ("", -32700),
        ("{", -32700),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/call"}"#, -32700),
        (r#"{"jsonrpc":"2.0","id":1}"#, -32600),
        ("[]", -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#, -32602),
    ] {
        let told = send("application/json", body.into()).await;
        assert_rpc_error(&told, 400, &Value::Null, "invalid_request");
        assert_eq!(told.json()["error"]["code"], code, "{body}");
    }
    assert!(fake.seen().is_empty());
    // One that fits.
    let large = rpc(1, "ping", &json!({"x": "y".repeat(4_000_000)}));
    assert_eq!(send("application/json; charset=utf-8", large.to_string()).await.status, 200);
    assert_eq!(fake.seen()[0].body.len(), large.to_string().len());
}

async fn headers_that_lie(world: &World) {
    let (gate, fake) = gate(world).await;
    let key = world.key(new_key("agent")).await;
    for lie in [("mcp-method", "tools/list"), ("mcp-name", "get"), ("mcp-protocol-version", "2026-07-28")] {
        let told = answer(gate.post("files", &key, &call(7, "set")).header(lie.0, lie.1)).await;
        assert_rpc_error(&told, 400, &json!(7), "invalid_request");
        assert_eq!(told.json()["error"]["code"], -32020);
    }
    let said = gate.post("files", &key, &call(7, "set")).header("mcp-method", "tools/call").header("mcp-name", "set");
    assert_eq!(answer(said).await.status, 200);
    assert_eq!(fake.seen().len(), 1);
}
