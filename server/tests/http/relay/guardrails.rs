//! Keys under guardrails: what is denied goes nowhere, what is redacted is redacted before it goes, both ways, in one piece or in
//! many; a dry run changes nothing and tells; a change holds from its acknowledgement on.

use super::{
    House, PROMPT, chat,
    fake::{Fake, events, json_answer, ordinary, slowly},
    streamed,
};
use crate::{
    ask::{Answer, answer},
    spend::capped,
    world::{Made, World, grant, new_key},
};
use domain::{
    guardrail::{RawGuardrail, RawRule},
    model::ModelLimits,
};
use serde_json::{Value, json};
use server::{
    auth::Caller,
    guardrails,
    keys::{self, UseView},
};
use std::time::Duration;

on_both_engines![a_change_holds_at_once];
on_sqlite![
    a_denied_request_goes_nowhere,
    a_redacted_request_goes_on,
    an_answer_is_redacted_or_denied,
    a_stream_is_redacted_across_its_pieces,
    a_stream_ends_where_it_is_denied,
    what_can_t_be_read_does_not_pass,
    a_dry_run_only_tells,
    what_is_redacted_is_what_is_reserved,
];

pub const MAIL: &str = "ada.lovelace@example.com";

pub fn rule(find: &str, text: &str, effect: &str, side: &str) -> RawRule {
    let [find, text, effect, side] = [find, text, effect, side].map(String::from);
    RawRule { find, text, effect, side, replacement: String::new() }
}

fn raw(rules: Vec<RawRule>) -> RawGuardrail {
    RawGuardrail { name: "Personal data".into(), rules, ..RawGuardrail::default() }
}

/// Redacts addresses and denies a word.
pub fn ordinary_rules() -> RawGuardrail {
    raw(vec![rule("email", "", "redact", "both"), rule("word", "bluebird", "deny", "both")])
}

impl House {
    /// A key under a guardrail, whose id it answers.
    pub async fn guarded(&self, world: &World, raw: &RawGuardrail) -> (Made, String) {
        world.secret(MAIL);
        let id = guardrails::create(&grant(&self.latchkey, "acme").await, raw).await.unwrap();
        let model = ModelLimits { guardrail: Some(id.clone()), ..ModelLimits::default() };
        (world.key(domain::key::NewKey { model, ..new_key(&raw.name) }).await, id.to_string())
    }

    pub async fn say(&self, key: &Made, content: &str) -> Answer {
        answer(self.post("chat/completions", key, &saying(content))).await
    }
}

fn saying(content: &str) -> Value {
    let mut body = chat("small");
    body["messages"][0]["content"] = content.into();
    body
}

/// A provider that answers a chat with these words, and a streamed one in these pieces.
pub async fn answering(pieces: &'static [&'static str]) -> Fake {
    Fake::serve(move |seen| {
        if seen.json()["stream"] == json!(true) {
            let chunk = |choice: Value| {
                format!("data: {}\n\n", json!({"id": "c", "object": "chat.completion.chunk", "choices": [choice]}))
            };
            let words = pieces.iter().map(|piece| chunk(json!({"index": 0, "delta": {"content": piece}})));
            let end = [chunk(json!({"index": 0, "delta": {}, "finish_reason": "stop"})), "data: [DONE]\n\n".into()];
            return events(slowly(words.chain(end).collect(), Duration::from_millis(5)));
        }
        let message = json!({"role": "assistant", "content": pieces.concat()});
        json_answer(200, json!({"id": "c", "choices": [{"index": 0, "message": message}]}).to_string())
    })
    .await
}

/// The events of a stream, and the words in them.
async fn read(house: &House, key: &Made) -> (Vec<Value>, String) {
    let said = answer(house.post("chat/completions", key, &streamed("small"))).await;
    assert_eq!(said.status, 200, "{said:?}");
    let events = said.body.split("\n\n").filter_map(|event| event.strip_prefix("data: "));
    let events: Vec<Value> = events.filter_map(|data| serde_json::from_str(data).ok()).collect();
    let words = events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect();
    (events, words)
}

/// What the log says of a key's calls, in any order: code and outcome.
async fn logged(world: &World, key: &Made) -> Vec<(String, String)> {
    let place = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap();
    let page = keys::show(&place.clone().allow().unwrap(), &place, &key.id).await.unwrap();
    let line = |used: UseView| (used.code, used.model.map(|took| took.outcome).unwrap_or_default());
    let mut lines: Vec<_> = page.uses.into_iter().map(line).collect();
    lines.sort();
    lines
}

fn lines(lines: &[(&str, &str)]) -> Vec<(String, String)> {
    lines.iter().map(|(code, outcome)| ((*code).into(), (*outcome).into())).collect()
}

async fn a_denied_request_goes_nowhere(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let limited = RawGuardrail { max_input: "300".into(), ..ordinary_rules() };
    let (key, _) = house.guarded(world, &limited).await;
    for content in [format!("{PROMPT}: the Bluebird flies"), PROMPT.repeat(9)] {
        let said = house.say(&key, &content).await;
        said.assert_failure(403, "invalid_request_error", None, "GUARDRAIL_BLOCKED");
        assert!(!said.body.to_lowercase().contains("bluebird"), "what is denied is not told: {said:?}");
    }
    assert!(fake.seen().is_empty(), "it never reached the provider");
    assert_eq!(house.chat(&key).await.status, 200);
    let free = world.key(new_key("free")).await;
    assert_eq!(house.say(&free, "The bluebird flies").await.status, 200, "another key is under no guardrail");
    house.latchkey.shut_down().await;
    let blocked = ("GUARDRAIL_BLOCKED", "GUARDRAIL_BLOCKED");
    assert_eq!(logged(world, &key).await, lines(&[blocked, blocked, ("VALID", "")]));
}

async fn a_redacted_request_goes_on(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let (key, _) = house.guarded(world, &ordinary_rules()).await;
    let body = format!(
        "{{ \"model\":\"small\",\n \"messages\":[{{\"role\":\"user\",\"content\":\"{PROMPT}\\n{MAIL}\\u0021\"}}], \"seed\":1.0}}"
    );
    let request = house.http.post(format!("{}/v1/chat/completions", house.base)).body(body.clone());
    let said = answer(request.bearer_auth(&key.text).header("content-type", "application/json")).await;
    assert_eq!(said.status, 200, "{said:?}");
    let wanted = body.replace(MAIL, "[e-mail]").replace("\\u0021", "!");
    assert_eq!(fake.last().body, wanted, "every other byte is as it was");
    let mut asked = streamed("small");
    asked["messages"][0]["content"] = MAIL.into();
    assert_eq!(answer(house.post("chat/completions", &key, &asked)).await.status, 200);
    let seen = fake.last().json();
    assert_eq!(seen["messages"][0]["content"], "[e-mail]");
    assert_eq!(seen["stream_options"]["include_usage"], true, "its usage is asked for all the same");
    house.latchkey.shut_down().await;
    assert_eq!(logged(world, &key).await, lines(&[("VALID", "REDACTED"); 2]));
}

async fn an_answer_is_redacted_or_denied(world: &World) {
    let fake = answering(&["Write to ", MAIL, "."]).await;
    let house = House::with(world, &fake).await;
    let denying = answering(&["A bluebird."]).await;
    house.register("denying", &denying.url, 1, "denying").await;
    let (key, _) = house.guarded(world, &ordinary_rules()).await;
    let said = house.chat(&key).await;
    assert_eq!(said.json()["choices"][0]["message"]["content"], "Write to [e-mail].");
    let said = answer(house.post("chat/completions", &key, &chat("denying"))).await;
    said.assert_failure(403, "invalid_request_error", None, "GUARDRAIL_BLOCKED");
    assert!(!said.body.contains("bluebird"));
    house.latchkey.shut_down().await;
    assert_eq!(logged(world, &key).await, lines(&[("VALID", "GUARDRAIL_BLOCKED"), ("VALID", "REDACTED")]));
}

async fn a_stream_is_redacted_across_its_pieces(world: &World) {
    let fake = answering(&["Write ", "to ada.", "lovelace", "@exam", "ple.com"]).await;
    let house = House::with(world, &fake).await;
    let (key, _) = house.guarded(world, &ordinary_rules()).await;
    let (events, words) = read(&house, &key).await;
    assert_eq!(words, "Write to [e-mail]");
    let finish = events.iter().position(|event| event["choices"][0]["finish_reason"] == "stop").unwrap();
    assert_eq!(finish, events.len() - 1, "what was held back comes before the end: {events:?}");
    assert_eq!(events[0]["choices"][0]["delta"]["content"], "Write ", "ordinary words are not held back");
    house.latchkey.shut_down().await;
    assert_eq!(logged(world, &key).await, lines(&[("VALID", "REDACTED")]));
}

async fn a_stream_ends_where_it_is_denied(world: &World) {
    let fake = answering(&["It is a blue", "bird that", " flies", " high"]).await;
    let house = House::with(world, &fake).await;
    let (key, _) = house.guarded(world, &ordinary_rules()).await;
    let (events, words) = read(&house, &key).await;
    assert_eq!(words, "It is a ");
    let last = events.last().unwrap();
    assert_eq!((&last["error"]["code"], &last["error"]["param"]), (&json!("GUARDRAIL_BLOCKED"), &Value::Null));
    house.latchkey.shut_down().await;
    assert_eq!(logged(world, &key).await, lines(&[("VALID", "GUARDRAIL_BLOCKED")]));
}

async fn what_can_t_be_read_does_not_pass(world: &World) {
    let house = House::open(world).await;
    for (slug, said) in [
        ("two-lines", "data: {\"choices\":\ndata: []}\n\n"),
        ("babbles", "data: bluebird\n\n"),
        ("marked", "\u{FEFF}data: {\"choices\":[{\"delta\":{\"content\":\"bluebird\"}}]}\n\n"),
        ("bare", "{\"choices\":[{\"delta\":{\"content\":\"bluebird\"}}]}\n\n"),
        ("numbers", "data: {\"choices\":[{\"delta\":{\"content\":\"bluebird\"},\"token_ids\":[64]}]}\n\n"),
        ("nothing", ": nothing yet\n\nevent: ping\n\ndata: [DONE]\n\n"),
    ] {
        let fake = Fake::serve(move |_| events(said)).await;
        house.register(slug, &fake.url, 1, slug).await;
    }
    let (key, _) = house.guarded(world, &ordinary_rules()).await;
    let ask = async |key, model: &str| answer(house.post("chat/completions", key, &streamed(model))).await;
    for model in ["two-lines", "babbles", "marked", "bare", "numbers"] {
        let said = ask(&key, model).await;
        assert!(said.body.contains("UPSTREAM_UNAVAILABLE") && !said.body.contains("bluebird"), "{said:?}");
    }
    assert_eq!(ask(&key, "nothing").await.body, ": nothing yet\n\nevent: ping\n\ndata: [DONE]\n\n");
    let free = world.key(new_key("free")).await;
    assert!(ask(&free, "babbles").await.body.contains("bluebird"), "without a guardrail it passes as it is");
    house.register("one", &Fake::ordinary().await.url, 1, "small").await;
    for (path, more, param) in [
        ("chat/completions", json!({"messages": [], "logprobs": true}), "logprobs"),
        ("chat/completions", json!({"messages": [], "return_token_ids": true}), "return_token_ids"),
        ("completions", json!({"prompt": [1, 2]}), "prompt"),
        ("embeddings", json!({"input": [[1, 2]]}), "input"),
    ] {
        let mut body = json!({"model": "small"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let said = answer(house.post(path, &key, &body)).await;
        said.assert_failure(400, "invalid_request_error", Some(param), "invalid_request");
        assert_eq!(answer(house.post(path, &free, &body)).await.status, 200, "{path}");
    }
    house.latchkey.shut_down().await;
}

async fn a_dry_run_only_tells(world: &World) {
    let fake = answering(&["A blue", "bird of ada.lovelace@exam", "ple.com"]).await;
    let house = House::with(world, &fake).await;
    let (key, _) = house.guarded(world, &RawGuardrail { dry_run: true, ..ordinary_rules() }).await;
    let body = saying(&format!("{PROMPT} {MAIL}"));
    assert_eq!(answer(house.post("chat/completions", &key, &body)).await.status, 200);
    assert_eq!(fake.last().json(), body);
    assert_eq!(read(&house, &key).await.1, format!("A bluebird of {MAIL}"));
    let quiet = Fake::serve(ordinary).await;
    house.register("quiet", &quiet.url, 1, "quiet").await;
    let mut body = saying(MAIL);
    body["model"] = "quiet".into();
    assert_eq!(answer(house.post("chat/completions", &key, &body)).await.status, 200);
    house.latchkey.shut_down().await;
    let wanted = [("VALID", "WOULD_BLOCK"), ("VALID", "WOULD_BLOCK"), ("VALID", "WOULD_REDACT")];
    assert_eq!(logged(world, &key).await, lines(&wanted));
}

async fn what_is_redacted_is_what_is_reserved(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    house.price("small").await;
    let id = guardrails::create(&grant(&house.latchkey, "acme").await, &ordinary_rules()).await.unwrap();
    // A hundred tokens out are a thousandth of a dollar, and 400 bytes in are another one.
    let capped = capped("agent", "", "0.004", "total");
    let model = ModelLimits { guardrail: Some(id), ..capped.model.clone() };
    let key = world.key(domain::key::NewKey { model, ..capped }).await;
    let said = house.say(&key, &"ada.lovelace.of.london@example.com ".repeat(28)).await;
    assert_eq!(said.status, 200, "what goes to the provider is short enough: {said:?}");
    let said = house.say(&key, &"word ".repeat(196)).await;
    assert_eq!(said.status, 402, "{said:?}");
    let said = house.say(&key, "bluebird").await;
    assert_eq!(said.status, 403, "what is denied takes nothing from the cap: {said:?}");
    house.latchkey.shut_down().await;
}

async fn a_change_holds_at_once(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let (key, id) = house.guarded(world, &ordinary_rules()).await;
    let free = world.key(new_key("free")).await;
    let admin = grant(&house.latchkey, "acme").await;
    let status = async |key| house.say(key, "The bluebird flies").await.status;
    let wren = raw(vec![rule("word", "wren", "deny", "both")]);
    for _ in 0..5 {
        assert_eq!(status(&key).await, 403);
        guardrails::change(&admin, &id, &wren).await.unwrap();
        assert_eq!(status(&key).await, 200);
        guardrails::change(&admin, &id, &ordinary_rules()).await.unwrap();
        assert_eq!(status(&key).await, 403);
        // A key comes under it, and goes.
        let limit = async |guardrail: &str| {
            let change = grant(&house.latchkey, "acme").await;
            keys::limit_models(&change, &free.id, "", "", "", guardrail).await.unwrap();
        };
        limit(&id).await;
        assert_eq!(status(&free).await, 403);
        limit("").await;
        assert_eq!(status(&free).await, 200);
    }
    house.latchkey.shut_down().await;
}
