//! One address for all servers of a workspace: gathered, named apart, routed; who is away or slow is left out alone.

use super::{
    Gate, assert_rpc_error, call,
    fake::{Fake, greeting, json_answer, two_tools},
    rpc,
    tools::tools,
    ways,
};
use crate::{
    ask::{Answer, answer},
    last_used::used,
    world::{MINA, Made, World, grant, new_key, read_only},
};
use domain::{access::Role, workspace::Settings};
use reqwest::{Method, RequestBuilder};
use rmcp::{
    model::{CallToolRequestParams, GetPromptRequestParams, ReadResourceRequestParams, ResourceContents},
    service::{ClientLifecycleMode, ClientServiceExt, ServiceError},
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use serde_json::{Value, json};
use server::{
    auth::ChangeKey,
    keys,
    servers::{self, RawServer},
};
use std::fs;
use tokio::{net::TcpListener, time::Instant};

on_both_engines![a_client_uses_all_servers, what_a_key_reaches];
on_sqlite![
    prompts_and_resources,
    one_that_is_away_or_slow,
    one_whose_credential_cannot_be_opened,
    who_is_refused,
    own_tools,
    keys_that_end,
];

fn post(gate: &Gate, key: &Made, body: &Value) -> RequestBuilder {
    let request = reqwest::Client::new().post(format!("{}/mcp/acme", gate.base)).bearer_auth(&key.text);
    request.header("accept", "application/json, text/event-stream").json(body)
}

async fn ask(gate: &Gate, key: &Made, body: &Value) -> Answer {
    answer(post(gate, key, body)).await
}

async fn client(gate: &Gate, key: &Made, way: ClientLifecycleMode) -> super::Connected {
    let config =
        StreamableHttpClientTransportConfig::with_uri(format!("{}/mcp/acme", gate.base)).auth_header(&key.text);
    let transport = StreamableHttpClientTransport::with_client(reqwest::Client::new(), config);
    super::myself().serve_with_lifecycle(transport, way).await.unwrap()
}

async fn names(gate: &Gate, key: &Made) -> Vec<String> {
    let told = ask(gate, key, &rpc(1, "tools/list", &json!({}))).await;
    assert_eq!(told.status, 200, "{told:?}");
    let tools = told.json()["result"]["tools"].as_array().unwrap().clone();
    let names = tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned());
    names.filter(|name| !name.starts_with("latchkey__")).collect()
}

async fn a_client_uses_all_servers(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("tools", &tools().await).await;
    gate.register("files", &Fake::json(two_tools()).await.url).await;
    let key = world.key(new_key("agent")).await;
    for way in ways() {
        let client = client(&gate, &key, way).await;
        let mut names: Vec<String> =
            client.list_all_tools().await.unwrap().into_iter().map(|tool| tool.name.to_string()).collect();
        names.sort();
        let wanted = [
            "files__get",
            "files__set",
            "latchkey__list_keys",
            "latchkey__usage",
            "latchkey__whoami",
            "tools__change",
            "tools__echo",
            "tools__large",
            "tools__report",
        ];
        assert_eq!(names, wanted);
        let params =
            CallToolRequestParams::new("tools__echo").with_arguments(json!({"n": 1}).as_object().unwrap().clone());
        let result = client.call_tool(params).await.unwrap();
        assert_eq!(result.content[0].as_text().unwrap().text, r#"echo: {"n":1}"#);
        let Err(ServiceError::McpError(_)) = client.call_tool(CallToolRequestParams::new("tools__")).await else {
            panic!("there is none")
        };
        client.cancel().await.unwrap();
    }
    gate.latchkey.shut_down().await;
}

async fn what_a_key_reaches(world: &World) {
    let gate = Gate::open(world).await;
    let (one, two) = (Fake::json(two_tools()).await, Fake::json(two_tools()).await);
    gate.register("one", &one.url).await;
    gate.register("two", &two.url).await;
    let (key, reader) = (world.key(new_key("agent")).await, world.key(read_only("reader")).await);
    assert_eq!(names(&gate, &key).await, ["one__get", "one__set", "two__get", "two__set"]);
    assert_eq!(names(&gate, &reader).await, ["one__get", "two__get"]);
    assert_rpc_error(&ask(&gate, &reader, &call(1, "one__set")).await, 200, &json!(1), "READ_ONLY");
    assert_eq!(ask(&gate, &reader, &call(1, "one__get")).await.json()["error"], Value::Null);

    servers::mark(&gate.grant().await, "one", "get", "hidden").await.unwrap();
    let change = grant::<ChangeKey>(&gate.latchkey, "acme").await;
    keys::scope(&change, &key.id, Some(&["one".to_owned()]), "").await.unwrap();
    assert_eq!(names(&gate, &key).await, ["one__set"]);
    assert_rpc_error(&ask(&gate, &key, &call(1, "two__get")).await, 200, &json!(1), "SERVER_NOT_ALLOWED");
    assert_rpc_error(&ask(&gate, &key, &call(1, "three__get")).await, 200, &json!(1), "SERVER_NOT_ALLOWED");
    assert_rpc_error(&ask(&gate, &key, &call(1, "one__get")).await, 200, &json!(1), "TOOL_BLOCKED");
    gate.police(&key, "allow */get", false).await;
    assert_eq!(names(&gate, &key).await, ["two__get"], "the policy, and all servers again");
    assert_rpc_error(&ask(&gate, &key, &call(1, "two__set")).await, 200, &json!(1), "TOOL_BLOCKED");
    servers::enable(&gate.grant().await, "two", false).await.unwrap();
    assert_eq!(names(&gate, &key).await, [""; 0]);
    let called = |fake: &Fake| fake.seen().iter().filter(|seen| seen.json()["method"] == "tools/call").count();
    assert_eq!((called(&one), called(&two)), (1, 0));
    gate.latchkey.shut_down().await;
}

/// A server with a prompt, a resource and a template, which it also names in answers.
async fn library() -> Fake {
    Fake::serve(|seen| {
        greeting(seen).unwrap_or_else(|| {
            let message = seen.json();
            let contents = json!({"uri": "file:///a", "text": message["params"]["uri"].as_str().unwrap_or_default()});
            let link = json!({"type": "resource_link", "uri": "file:///b", "name": "b"});
            let embedded = json!({"type": "resource", "resource": contents});
            json_answer(&seen.result(&match message["method"].as_str() {
                Some("prompts/list") => json!({"prompts": [{"name": "greet"}]}),
                Some("prompts/get") => json!({"messages": [
                    {"role": "user", "content": {"type": "text", "text": message["params"]["name"]}},
                    {"role": "user", "content": link},
                ]}),
                Some("resources/list") => json!({"resources": [{"uri": "file:///a", "name": "a"}]}),
                Some("resources/templates/list") => {
                    json!({"resourceTemplates": [{"uriTemplate": "file:///{name}", "name": "any"}]})
                }
                Some("resources/read") => json!({"contents": [contents]}),
                Some("tools/call") => json!({"content": [link, embedded]}),
                _ => json!({"tools": []}),
            }))
        })
    })
    .await
}

async fn prompts_and_resources(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("library", &library().await.url).await;
    gate.register("tools", &tools().await).await;
    let key = world.key(new_key("agent")).await;
    for way in ways() {
        let client = client(&gate, &key, way).await;
        let prompts = client.list_all_prompts().await.unwrap();
        assert_eq!(prompts.iter().map(|prompt| &*prompt.name).collect::<Vec<_>>(), ["library__greet"]);
        let prompt = client.get_prompt(GetPromptRequestParams::new("library__greet")).await.unwrap();
        assert_eq!(prompt.messages[0].content.as_text().unwrap().text, "greet", "by its own name");
        let linked = serde_json::to_value(&prompt.messages[1].content).unwrap();
        assert_eq!(linked["uri"], "latchkey.library+file:///b");

        let resources = client.list_all_resources().await.unwrap();
        assert_eq!(resources.iter().map(|one| &*one.uri).collect::<Vec<_>>(), ["latchkey.library+file:///a"]);
        let templates = client.list_all_resource_templates().await.unwrap();
        assert_eq!(templates[0].uri_template, "latchkey.library+file:///{name}");
        let read = client.read_resource(ReadResourceRequestParams::new("latchkey.library+file:///a")).await.unwrap();
        let ResourceContents::TextResourceContents { uri, text, .. } = &read.contents[0] else { panic!("{read:?}") };
        assert_eq!((&**uri, &**text), ("latchkey.library+file:///a", "file:///a"));
        client.cancel().await.unwrap();
    }
    let told = ask(&gate, &key, &call(1, "library__any")).await.json();
    assert_eq!(told["result"]["content"][0]["uri"], "latchkey.library+file:///b");
    assert_eq!(told["result"]["content"][1]["resource"]["uri"], "latchkey.library+file:///a");
}

async fn one_that_is_away_or_slow(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("files", &Fake::json(two_tools()).await.url).await;
    gate.register("away", "http://127.0.0.1:9/mcp").await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    gate.register("silent", &format!("http://{}/", silent.local_addr().unwrap())).await;
    let key = world.key(new_key("agent")).await;
    let begun = Instant::now();
    let told = ask(&gate, &key, &rpc(1, "tools/list", &json!({}))).await;
    assert!((7..60).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    let result = &told.json()["result"];
    assert_eq!(result["_meta"]["latchkey/left_out"], json!(["away", "silent"]));
    assert_eq!(result["tools"].as_array().unwrap().len(), 5, "its own three, and those of the one that answers");
    let called = ask(&gate, &key, &call(2, "away__get")).await.json();
    assert_eq!((&called["id"], &called["error"]["data"]["code"]), (&json!(2), &json!("UPSTREAM_UNAVAILABLE")));
    assert_eq!(ask(&gate, &key, &call(3, "files__get")).await.json()["error"], Value::Null);
}

async fn one_whose_credential_cannot_be_opened(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("files", &Fake::json(two_tools()).await.url).await;
    let url = Fake::json(two_tools()).await.url;
    let open = RawServer { name: "Open".into(), slug: "open".into(), url, ..RawServer::default() };
    servers::register(&gate.grant().await, &open, true).await.unwrap();
    let key = world.key(new_key("agent")).await;
    let file = &world.config.master_key_file;
    let right = fs::read(file).unwrap();
    fs::write(file, [9; 32]).unwrap();
    let told = ask(&gate, &key, &rpc(1, "tools/list", &json!({}))).await.json();
    assert_eq!(told["result"]["_meta"]["latchkey/left_out"], json!(["files"]));
    assert_eq!(told["result"]["tools"].as_array().unwrap().len(), 5, "its own three, and those of the other one");
    assert_eq!(ask(&gate, &key, &call(2, "open__get")).await.json()["error"], Value::Null);
    let told = ask(&gate, &key, &call(3, "latchkey__whoami")).await.json();
    assert_eq!(told["result"]["structuredContent"]["servers"], json!(["files", "open"]));
    let called = ask(&gate, &key, &call(4, "files__get")).await;
    assert_eq!((called.status, &called.json()["error"]["code"]), (503, &json!("UNAVAILABLE")));
    fs::write(file, right).unwrap();
    let told = ask(&gate, &key, &rpc(5, "tools/list", &json!({}))).await.json();
    assert_eq!(told["result"]["tools"].as_array().unwrap().len(), 7, "it was not remembered");
}

async fn who_is_refused(world: &World) {
    let gate = Gate::open(world).await;
    let fake = Fake::json(two_tools()).await;
    gate.register("files", &fake.url).await;
    let key = world.key(new_key("agent")).await;
    let list = rpc(1, "tools/list", &json!({}));
    let http = reqwest::Client::new();
    let url = format!("{}/mcp/acme", gate.base);
    let bare = answer(http.post(&url).json(&list)).await;
    bare.assert_error(401, "UNAUTHORIZED");
    bare.assert_bare_challenge();
    let told = answer(post(&gate, &key, &list).header("origin", "https://evil.example")).await;
    assert_eq!((told.status, &told.json()["error"]["code"]), (403, &json!("ORIGIN_NOT_ALLOWED")));
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let told = answer(http.request(method, &url).bearer_auth(&key.text)).await;
        assert_eq!((told.status, told.header("allow")), (405, "POST"));
    }
    for path in ["/mcp", "/mcp/", "/mcp/acme/", "/mcp/acme/more", "/mcp/acme/.well-known/oauth-protected-resource"] {
        let told = answer(http.post(format!("{}{path}", gate.base)).bearer_auth(&key.text).json(&list)).await;
        told.assert_error(404, "NOT_FOUND");
    }
    // Another workspace, there or not: alike.
    world.workspace("umbrella", Settings::default()).await;
    world.member("umbrella", MINA, Role::Developer).await;
    for path in ["/mcp/umbrella", "/mcp/nowhere"] {
        let told = answer(http.post(format!("{}{path}", gate.base)).bearer_auth(&key.text).json(&list)).await;
        told.assert_error(404, "NOT_FOUND");
    }
    for (body, code) in [
        (json!([list]), -32600),
        (json!([list, list]), -32600),
        (rpc(1, "tools/call", &json!({})), -32602),
        (call(1, "get"), -32602),
        (call(1, "latchkey__delete_everything"), -32602),
        (rpc(1, "prompts/get", &json!({"name": "latchkey__whoami"})), -32602),
        (rpc(1, "resources/read", &json!({"uri": "file:///a"})), -32602),
    ] {
        let told = ask(&gate, &key, &body).await;
        assert_eq!((told.status, &told.json()["error"]["code"]), (400, &json!(code)), "{told:?}");
    }
    let lie = answer(post(&gate, &key, &call(1, "files__set")).header("mcp-name", "files__get")).await;
    assert_eq!(lie.json()["error"]["code"], -32020);
    assert!(fake.seen().is_empty());
}

async fn own_tools(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("files", &Fake::json(two_tools()).await.url).await;
    let key = world.key(read_only("reader")).await;
    let other = world.key(new_key("another")).await;
    world.user("zoe@example.com").await;
    world.member("acme", "zoe@example.com", Role::Developer).await;
    world.key_of("acme", "zoe@example.com", new_key("theirs")).await;
    let told = async |tool: &str| {
        let told = ask(&gate, &key, &call(1, &format!("latchkey__{tool}"))).await;
        assert!(!told.body.contains(&key.text[12..44]) && !told.body.contains(&other.text[12..44]), "a secret");
        told.json()["result"]["structuredContent"].clone()
    };
    let me = told("whoami").await;
    assert_eq!((&me["key"]["name"], &me["key"]["permission"]), (&json!("reader"), &json!("read_only")));
    assert_eq!((&me["owner"]["email"], &me["workspace"]["slug"]), (&json!(MINA), &json!("acme")));
    assert_eq!(me["servers"], json!(["files"]));
    let keys = told("list_keys").await;
    let mut names: Vec<&str> =
        keys["keys"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!((names, &keys["more"]), (vec!["another", "reader"], &json!(false)), "its owner's");
    // To be asked about it counts too, once it is over.
    used(world, &key, 2).await;
    let usage = told("usage").await;
    assert_eq!(usage["last_24_hours"], json!({"accepted": 2, "refused": 0}));
    assert_eq!(usage["last_24_hours"], usage["last_30_days"]);
}

/// A key that stops while servers are asked: nothing of what they say gets out.
async fn keys_that_end(world: &World) {
    let gate = Gate::open(world).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    gate.register("silent", &format!("http://{}/", silent.local_addr().unwrap())).await;
    for message in [rpc(1, "tools/list", &json!({})), call(1, "silent__get")] {
        let key = world.key(new_key("agent")).await;
        let change = grant::<ChangeKey>(&gate.latchkey, "acme").await;
        // The server holds its connection, and says nothing.
        let disable = async {
            let held = silent.accept().await.unwrap();
            keys::disable(&change, &key.id).await.unwrap();
            held
        };
        let (told, _held) = tokio::join!(ask(&gate, &key, &message), disable);
        told.assert_error(401, "KEY_DISABLED");
        keys::delete(&grant(&gate.latchkey, "acme").await, &key.id, "").await.unwrap();
    }
}
