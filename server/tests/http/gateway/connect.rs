//! A real client and a real server: what they do together passes, in both ways to begin.

use super::{
    Connected, Gate,
    tools::{LARGE, tools},
    ways,
};
use crate::world::{World, new_key, read_only};
use futures::future::join_all;
use rmcp::model::{CallToolRequestParams, ErrorCode};
use rmcp::service::ServiceError;
use serde_json::json;

on_both_engines![a_client_lists_and_calls, a_read_only_key_reads, many_at_once, large_answers];

async fn text(client: &Connected, tool: &'static str, n: usize) -> Result<String, ServiceError> {
    let params = CallToolRequestParams::new(tool).with_arguments(json!({"n": n}).as_object().unwrap().clone());
    let result = client.call_tool(params).await?;
    Ok(result.content[0].as_text().unwrap().text.clone())
}

async fn names(client: &Connected) -> Vec<String> {
    client.list_all_tools().await.unwrap().into_iter().map(|tool| tool.name.to_string()).collect()
}

async fn a_client_lists_and_calls(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("tools", &tools().await).await;
    let key = world.key(new_key("agent")).await;
    for way in ways() {
        let client = gate.client("tools", &key, way).await;
        assert_eq!(names(&client).await, ["echo", "large", "report", "change"]);
        assert_eq!(text(&client, "change", 1).await.unwrap(), r#"change: {"n":1}"#);
        assert_eq!(text(&client, "report", 1).await.unwrap(), "reported");
        assert!(client.list_all_prompts().await.unwrap().is_empty());
        assert!(client.list_all_resources().await.unwrap().is_empty());
        client.cancel().await.unwrap();
    }
}

async fn a_read_only_key_reads(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("tools", &tools().await).await;
    let key = world.key(read_only("reader")).await;
    for way in ways() {
        let client = gate.client("tools", &key, way).await;
        assert_eq!(names(&client).await, ["echo", "large", "report"]);
        assert_eq!(text(&client, "echo", 1).await.unwrap(), r#"echo: {"n":1}"#);
        let Err(ServiceError::McpError(refused)) = text(&client, "change", 1).await else { panic!("it was called") };
        assert_eq!(refused.code, ErrorCode(-32000));
        assert_eq!(refused.data.unwrap()["code"], "READ_ONLY");
        // The session goes on.
        assert_eq!(text(&client, "echo", 2).await.unwrap(), r#"echo: {"n":2}"#);
        client.cancel().await.unwrap();
    }
}

async fn many_at_once(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("tools", &tools().await).await;
    let key = world.key(new_key("agent")).await;
    for way in ways() {
        let client = gate.client("tools", &key, way).await;
        let answers = join_all((0..100).map(|n| text(&client, "echo", n))).await;
        for (n, answer) in answers.into_iter().enumerate() {
            assert_eq!(answer.unwrap(), format!(r#"echo: {{"n":{n}}}"#));
        }
        client.cancel().await.unwrap();
    }
}

/// Ten megabytes, passed through for one key and looked through for the other.
async fn large_answers(world: &World) {
    let gate = Gate::open(world).await;
    gate.register("tools", &tools().await).await;
    for key in [world.key(new_key("agent")).await, world.key(read_only("reader")).await] {
        for way in ways() {
            let client = gate.client("tools", &key, way).await;
            assert_eq!(text(&client, "large", 1).await.unwrap().len(), LARGE);
            client.cancel().await.unwrap();
        }
    }
}
