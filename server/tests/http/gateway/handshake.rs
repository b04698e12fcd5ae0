//! How conversations with a server behind the workspace's endpoint begin: as the last one did, and anew where that is wrong.

use super::{
    Gate, call,
    fake::{Fake, greeting, json_answer},
};
use crate::{
    ask::answer,
    upstream::{Seen, told},
    world::{Made, World, new_key},
};
use axum::{body::Body, response::Response};
use futures::stream;
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

on_sqlite![
    a_server_is_begun_with_as_before,
    another_program_at_the_address,
    who_fails_is_begun_with_anew,
    one_that_is_slow_on_a_bad_day,
];

/// What stands at the address.
#[derive(Clone, Copy, PartialEq)]
enum Program {
    /// Of the revisions with sessions.
    Earlier,
    /// Of the newest alone.
    Newest,
    /// The same, and needs longer for its first answer than rmcp waits before it takes a server for an earlier one.
    Slow,
    /// Of the newest alone, and fails by itself where it is greeted as one of the earlier.
    Stumbling,
}

struct House {
    gate: Gate,
    key: Made,
    fake: Fake,
    program: Arc<Mutex<Program>>,
}

impl House {
    async fn with(world: &World, program: Program) -> Self {
        let gate = Gate::open(world).await;
        let program = Arc::new(Mutex::new(program));
        let now = Arc::clone(&program);
        let fake = Fake::serve(move |seen| said(*now.lock().unwrap(), seen)).await;
        gate.register("files", &fake.url).await;
        let key = world.key(new_key("agent")).await;
        Self { gate, key, fake, program }
    }

    fn becomes(&self, program: Program) {
        *self.program.lock().unwrap() = program;
    }

    async fn ask(&self) -> Value {
        let request = reqwest::Client::new().post(format!("{}/mcp/acme", self.gate.base)).bearer_auth(&self.key.text);
        let accept = "application/json, text/event-stream";
        answer(request.header("accept", accept).json(&call(1, "files__get"))).await.json()
    }

    /// Calls a tool, which works; what the server was asked meanwhile.
    async fn call(&self) -> Vec<String> {
        let before = self.fake.seen().len();
        let told = self.ask().await;
        assert_eq!(told["result"]["content"], json!([]), "{told}");
        let asked = self.fake.seen().into_iter().skip(before);
        // A stream that is listened to has none.
        asked.filter_map(|seen| seen.json()["method"].as_str().map(str::to_owned)).collect()
    }
}

fn said(program: Program, seen: &Seen) -> Response {
    let done = || json_answer(&seen.result(&json!({"resultType": "complete", "content": []})));
    if program == Program::Earlier {
        return greeting(seen).unwrap_or_else(done);
    }
    match seen.json()["method"].as_str() {
        Some("server/discover") => {
            let capabilities = json!({"tools": {}});
            let result = json!({"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": capabilities,
                "ttlMs": 0, "cacheScope": "private"});
            match program {
                Program::Slow => late(&seen.result(&result)),
                _ => json_answer(&seen.result(&result)),
            }
        }
        Some("tools/call") => done(),
        Some("initialize") if program == Program::Stumbling => told(500, "text/plain", "oh"),
        _ => {
            let error = json!({"code": -32601, "message": "unknown"});
            told(
                404,
                "application/json",
                json!({"jsonrpc": "2.0", "id": seen.json()["id"], "error": error}).to_string(),
            )
        }
    }
}

/// An answer that comes after eleven seconds.
fn late(body: &Value) -> Response {
    let body = body.to_string();
    let late = stream::once(async move {
        tokio::time::sleep(Duration::from_secs(11)).await;
        Ok::<_, Infallible>(body)
    });
    told(200, "application/json", Body::from_stream(late))
}

const BY_SESSION: [&str; 3] = ["initialize", "notifications/initialized", "tools/call"];
const WITHOUT: [&str; 2] = ["server/discover", "tools/call"];

async fn a_server_is_begun_with_as_before(world: &World) {
    let house = House::with(world, Program::Earlier).await;
    assert_eq!(house.call().await, [&["server/discover"], &BY_SESSION[..]].concat());
    for _ in 0..3 {
        assert_eq!(house.call().await, BY_SESSION, "what it does not know is not asked again");
    }
}

async fn another_program_at_the_address(world: &World) {
    let house = House::with(world, Program::Earlier).await;
    house.call().await;
    house.becomes(Program::Newest);
    assert_eq!(house.call().await, [&["initialize"], &WITHOUT[..]].concat());
    assert_eq!(house.call().await, WITHOUT);
    house.becomes(Program::Earlier);
    assert_eq!(house.call().await, [&["server/discover", "server/discover"], &BY_SESSION[..]].concat());
    assert_eq!(house.call().await, BY_SESSION);
}

async fn who_fails_is_begun_with_anew(world: &World) {
    let house = House::with(world, Program::Earlier).await;
    house.call().await;
    house.becomes(Program::Stumbling);
    assert_eq!(house.ask().await["error"]["data"]["code"], "UPSTREAM_UNAVAILABLE");
    assert_eq!(house.call().await, WITHOUT);
}

async fn one_that_is_slow_on_a_bad_day(world: &World) {
    let house = House::with(world, Program::Newest).await;
    assert_eq!(house.call().await, WITHOUT);
    house.becomes(Program::Slow);
    assert_eq!(house.call().await, WITHOUT, "and not taken for a server of an earlier revision");
}
