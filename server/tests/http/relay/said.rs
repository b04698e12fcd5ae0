//! Nothing of what is said through the relay is written down, by any of the ways that a call can go: every line of the log is
//! searched for it (logs.rs), and here the files of the database are too.

use super::{
    House, PROMPT, chat,
    fake::{ANSWER, ARGUMENTS, FAULT, Fake, events, fault, json_answer, ordinary},
    guardrails::{MAIL, ordinary_rules, rule},
};
use crate::{
    ask::answer,
    secrets_in_logs::lies_in,
    upstream::Seen,
    world::{Made, World, new_key},
};
use axum::response::Response;
use domain::guardrail::RawGuardrail;
use serde_json::{Value, json};

on_sqlite![nothing_that_is_said_is_written_down];

/// What the provider does, by the name of the model.
const MODELS: [&str; 8] = ["small", "caller", "wrong", "fails", "errs", "babbles", "halves", "tokens"];

fn provider(seen: &Seen) -> Response {
    let asked = seen.json();
    let streams = asked["stream"] == json!(true);
    let event = |data: Value| format!("data: {data}\n\n");
    let chosen = |said: Value| json!({"id": "c", "object": "chat.completion.chunk", "choices": [said]});
    match asked["model"].as_str().unwrap() {
        "caller" => {
            let arguments = json!({"to": MAIL, "text": ARGUMENTS}).to_string();
            let calls = json!([{"index": 0, "id": "call_1", "function": {"name": "mail", "arguments": arguments}}]);
            let told = if streams { "delta" } else { "message" };
            let said = chosen(json!({"index": 0, told: {"content": MAIL, "tool_calls": calls}}));
            if streams { events(event(said)) } else { json_answer(200, said.to_string()) }
        }
        "wrong" => json_answer(400, fault()),
        "fails" => json_answer(500, fault()),
        "errs" if streams => events(
            [event(chosen(json!({"delta": {"content": ANSWER}}))), event(json!({"error": {"message": FAULT}}))]
                .concat(),
        ),
        "babbles" if streams => events(format!("data: {FAULT}\n\n")),
        "halves" if streams => events(format!("data: {{\"choices\": [{{\"delta\": {{\"content\": \"{ANSWER}")),
        "babbles" | "errs" => json_answer(200, FAULT),
        "halves" => json_answer(200, format!("{{\"choices\": [\"{ANSWER}")),
        "tokens" => {
            let said = chosen(json!({"delta": {"content": ANSWER}, "token_ids": [64]}));
            if streams { events(event(said)) } else { json_answer(200, said.to_string()) }
        }
        _ => ordinary(seen),
    }
}

/// Keys under no guardrail, and under those that redact, deny, and only tell.
async fn keys(house: &House, world: &World) -> Vec<(&'static str, Made)> {
    let named = |name: &str, rules: RawGuardrail| RawGuardrail { name: name.into(), ..rules };
    let denying = |side: &str| RawGuardrail {
        rules: vec![rule("pattern", "(answer|arguments|fault|prompt)-[0-9a-f]+", "deny", side)],
        ..RawGuardrail::default()
    };
    let dry = RawGuardrail { dry_run: true, ..denying("both") };
    let mut keys = vec![("free", world.key(new_key("free")).await)];
    for (name, rules) in [
        ("redacting", ordinary_rules()),
        ("denying prompts", denying("input")),
        ("denying answers", denying("output")),
        ("telling", dry),
    ] {
        keys.push((name, house.guarded(world, &named(name, rules)).await.0));
    }
    keys
}

async fn nothing_that_is_said_is_written_down(world: &World) {
    let fake = Fake::serve(provider).await;
    let house = House::open(world).await;
    house.register("one", &fake.url, 1, &MODELS.join(",")).await;
    let mut came = String::new();
    for (name, key) in keys(&house, world).await {
        for (model, streams) in MODELS.into_iter().flat_map(|model| [(model, false), (model, true)]) {
            let mut body = chat(model);
            body["messages"][0]["content"] = format!("{PROMPT} {MAIL}").into();
            body["stream"] = streams.into();
            let said = answer(house.post("chat/completions", &key, &body)).await;
            assert!(!name.starts_with("denying") || !said.body.contains(ANSWER), "{name}, {model}: {said:?}");
            came.push_str(&said.body);
        }
    }
    for said in [ANSWER, ARGUMENTS, FAULT, MAIL] {
        assert!(came.contains(said), "{said} was said");
    }
    assert!(fake.seen().iter().any(|seen| seen.body.contains(PROMPT)));
    house.latchkey.shut_down().await;
    world.latchkey.shut_down().await;
    assert!(lies_in(world.place.folder(), "GUARDRAIL_BLOCKED"), "the files hold what they should");
    for said in [PROMPT, ANSWER, ARGUMENTS, FAULT, MAIL] {
        assert!(!lies_in(world.place.folder(), said), "{said}");
    }
}
