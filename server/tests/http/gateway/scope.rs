//! A key's servers and policy in every decision: at the gateway, by the verify call, and by forward auth.

use super::{
    Gate, call,
    fake::{Fake, two_tools},
};
use crate::{
    ask::{Answer, answer},
    verify::ada,
    world::{MINA, Made, World, grant, new_key, read_only},
};
use reqwest::Method;
use serde_json::{Value, json};
use server::{auth::ChangeKey, keys, servers};

on_both_engines![keys_reach_their_servers];
on_sqlite![tools_by_the_verify_call];

/// The verify call and forward auth of an instance, asked by a gateway key.
struct Others<'a> {
    gate: &'a Gate,
    gateway: Made,
    world: &'a World,
}

impl Others<'_> {
    async fn verify(&self, question: &Value) -> String {
        let url = format!("{}/api/v1/verify", self.gate.base);
        let told = answer(self.world.http.post(url).bearer_auth(&self.gateway.text).json(question)).await;
        assert_eq!(told.status, 200, "{told:?}");
        told.json()["code"].as_str().unwrap().to_owned()
    }

    async fn forward_auth(&self, key: &Made, server: &str) -> Answer {
        let url = format!("{}/api/v1/forward-auth", self.gate.base);
        let request =
            self.world.http.get(url).header("x-latchkey-gateway-key", &self.gateway.text).bearer_auth(&key.text);
        answer(request.header("x-latchkey-server", server)).await
    }

    /// Whether a key may use a server, by all three.
    async fn all_say(&self, key: &Made, server: &str, may: bool) {
        let told = self.gate.answer(server, key, &call(1, "get")).await;
        let verified = self.verify(&json!({"key": key.text, "server": server})).await;
        let passed = self.forward_auth(key, server).await;
        if may {
            assert_eq!((told.status, &*verified, passed.status), (200, "VALID", 204));
        } else {
            told.assert_error(403, "SERVER_NOT_ALLOWED");
            assert_eq!(verified, "SERVER_NOT_ALLOWED");
            passed.assert_error(403, "SERVER_NOT_ALLOWED");
        }
    }
}

async fn keys_reach_their_servers(world: &World) {
    let (gate, fake) = (Gate::open(world).await, Fake::json(two_tools()).await);
    let others = Others { gate: &gate, gateway: ada(world).await, world };
    gate.register("one", &fake.url).await;
    gate.register("two", &fake.url).await;
    let key = world.key(new_key("agent")).await;
    let change = grant::<ChangeKey>(&gate.latchkey, "acme").await;
    let manage = gate.grant().await;
    for server in ["one", "two"] {
        others.all_say(&key, server, true).await;
    }
    others.all_say(&key, "three", false).await;
    gate.register("three", &fake.url).await;
    others.all_say(&key, "three", true).await;

    keys::scope(&change, &key.id, Some(&["one".to_owned()]), "").await.unwrap();
    others.all_say(&key, "one", true).await;
    others.all_say(&key, "two", false).await;
    assert_eq!(others.verify(&json!({"key": key.text})).await, "VALID", "what is about no server needs none");

    servers::enable(&manage, "one", false).await.unwrap();
    others.all_say(&key, "one", false).await;
    servers::enable(&manage, "one", true).await.unwrap();
    others.all_say(&key, "one", true).await;

    // The owner loses it, even where the key names it, and gets it back.
    servers::open(&manage, "one", false).await.unwrap();
    others.all_say(&key, "one", false).await;
    let members = server::workspaces::members(&world.grant("acme").await, "", "").await.unwrap().members;
    let mina = members.iter().find(|member| member.email == MINA).unwrap().id.to_string();
    servers::choose(&manage, "one", &mina).await.unwrap();
    others.all_say(&key, "one", true).await;
    // By another instance.
    servers::unchoose(&world.grant("acme").await, "one", &mina).await.unwrap();
    others.all_say(&key, "one", false).await;
    servers::open(&world.grant("acme").await, "one", true).await.unwrap();
    others.all_say(&key, "one", true).await;

    servers::remove(&manage, "one", "one").await.unwrap();
    others.all_say(&key, "one", false).await;
    gate.register("one", &fake.url).await;
    others.all_say(&key, "one", false).await;
    gate.latchkey.shut_down().await;
}

async fn tools_by_the_verify_call(world: &World) {
    let (gate, fake) = (Gate::open(world).await, Fake::json(two_tools()).await);
    let others = Others { gate: &gate, gateway: ada(world).await, world };
    gate.register("files", &fake.url).await;
    let (key, reader) = (world.key(new_key("agent")).await, world.key(read_only("reader")).await);
    let ask =
        async |key: &Made, tool: &str| others.verify(&json!({"key": key.text, "server": "files", "tool": tool})).await;
    assert_eq!(ask(&key, "set").await, "VALID");
    assert_eq!(ask(&reader, "get").await, "VALID", "the server was asked about it");
    assert_eq!(ask(&reader, "set").await, "READ_ONLY");
    assert_eq!(ask(&reader, "unknown").await, "READ_ONLY");
    servers::mark(&gate.grant().await, "files", "set", "hidden").await.unwrap();
    assert_eq!(ask(&key, "set").await, "TOOL_BLOCKED");
    gate.police(&key, "allow files/g*", false).await;
    assert_eq!(ask(&key, "get").await, "VALID");
    assert_eq!(ask(&key, "other").await, "TOOL_BLOCKED");

    let url = format!("{}/api/v1/verify", gate.base);
    let alone = json!({"key": key.text, "tool": "get"});
    answer(world.http.post(url).bearer_auth(&others.gateway.text).json(&alone))
        .await
        .assert_error(400, "invalid_request");

    // Two servers in one request, or what is no name: refused.
    let url = format!("{}/api/v1/forward-auth", gate.base);
    let twice = world.http.request(Method::GET, url).header("x-latchkey-gateway-key", &others.gateway.text);
    let twice = twice.bearer_auth(&key.text).header("x-latchkey-server", "files").header("x-latchkey-server", "one");
    answer(twice).await.assert_error(401, "UNAUTHORIZED");
}
