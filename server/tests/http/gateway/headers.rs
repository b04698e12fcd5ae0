//! What of a client reaches a server, and what of a server its clients.

use super::{
    CREDENTIAL, Gate,
    fake::{Fake, json_answer},
    rpc,
};
use crate::{
    ask::answer,
    world::{World, new_key},
};
use reqwest::header::HeaderName;
use serde_json::json;

on_both_engines![credentials_are_exchanged];

async fn credentials_are_exchanged(world: &World) {
    let gate = Gate::open(world).await;
    let fake = Fake::serve(|seen| {
        let mut answer = json_answer(&seen.result(&json!({})));
        for (name, value) in [
            ("set-cookie", "a=b"),
            ("www-authenticate", "Bearer resource_metadata=x"),
            ("x-latchkey-key", "fake"),
            ("access-control-allow-origin", "*"),
            ("cache-control", "max-age=60"),
            ("mcp-protocol-version", "2025-11-25"),
        ] {
            answer.headers_mut().insert(name, value.parse().unwrap());
        }
        answer
    })
    .await;
    gate.register("files", &fake.url).await;
    let key = world.key(new_key("agent")).await;
    let message = rpc(1, "ping", &json!({}));
    let request = gate
        .post("files", &key, &message)
        .header("x-api-key", &key.text)
        .header("cookie", "session=1")
        .header("x-latchkey-gateway-key", "g")
        .header("x-forwarded-for", "10.0.0.1")
        .header("forwarded", "for=10.0.0.1")
        .header("referer", "https://keys.example.com/")
        .header("x-anything", "else")
        .header("mcp-protocol-version", "2025-11-25");
    let told = answer(request).await;
    assert_eq!(told.status, 200);
    for (name, wanted) in [
        ("set-cookie", ""),
        ("www-authenticate", ""),
        ("x-latchkey-key", ""),
        ("access-control-allow-origin", ""),
        ("cache-control", "no-store"),
        ("mcp-protocol-version", "2025-11-25"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(told.header(name), wanted, "{name}");
    }
    let seen = fake.seen().remove(0);
    let mut names: Vec<&str> = seen.headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    let wanted =
        ["accept", "authorization", "content-length", "content-type", "host", "mcp-protocol-version", "user-agent"];
    assert_eq!(names, wanted);
    assert_eq!(seen.headers["authorization"], CREDENTIAL);
    assert!(seen.headers["user-agent"].to_str().unwrap().starts_with("latchkey/"));
    assert_eq!(
        (seen.body, seen.uri.as_str()),
        (message.to_string(), "/mcp?secret=query-4f1c9e7d20ab4f1c9e7d20ab4f1c9e7d")
    );
    assert!(!format!("{:?}", seen.headers).contains(&key.text));
}
