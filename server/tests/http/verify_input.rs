//! `POST /api/v1/verify` with a bad body: the answer says which field and where, repeats no key, and nothing is recorded.

use crate::{
    ask::{Answer, answer},
    verify::ada,
    world::{World, new_key},
};
use reqwest::Method;

on_sqlite![
    an_unknown_field_is_named,
    a_wrong_type_is_named,
    a_missing_or_doubled_field_is_named,
    a_bad_address_is_named,
    a_bad_access_is_named,
    broken_json_with_its_position,
    a_list_is_no_question,
    an_empty_body,
    a_wrong_content_type,
    content_types_that_are_json,
    a_body_over_the_limit,
    a_chunked_body_over_the_limit,
    a_key_in_the_wrong_place_does_not_come_back,
    credentials_are_judged_before_the_body,
];

async fn sent(world: &World, gateway: &str, body: impl Into<String>) -> Answer {
    let request = world.ask(Method::POST, "/api/v1/verify").bearer_auth(gateway);
    answer(request.header("content-type", "application/json").body(body.into())).await
}

/// Asserts that each body is refused with a message that has each of the words.
async fn refused(world: &World, cases: &[(&str, &[&str])]) {
    let gate = ada(world).await.text;
    for (body, words) in cases {
        let answer = sent(world, &gate, *body).await;
        answer.assert_error(400, "invalid_request");
        for word in *words {
            assert!(answer.message().contains(word), "{body}: {word} is not in {}", answer.message());
        }
    }
}

async fn an_unknown_field_is_named(world: &World) {
    refused(
        world,
        &[
            (r#"{"key":"k","acces":"write"}"#, &["`acces`", "line 1 column"]),
            (r#"{"key":"k","Access":"write"}"#, &["`Access`"]),
            (r#"{"key":"k","":1}"#, &["unknown field ``"]),
        ],
    )
    .await;
}

async fn a_wrong_type_is_named(world: &World) {
    refused(
        world,
        &[
            (r#"{"key":5}"#, &["key", "a string", "line 1 column 8"]),
            (r#"{"key":null}"#, &["key", "a string"]),
            (r#"{"key":["k"]}"#, &["key", "a string"]),
            (r#"{"key":"k","server":{}}"#, &["server", "a string"]),
            (r#"{"key":"k","tool":1}"#, &["tool", "a string"]),
            (r#"{"key":"k","model":true}"#, &["model", "a string"]),
            (r#""k""#, &["expected"]),
            ("null", &["expected"]),
        ],
    )
    .await;
}

async fn a_missing_or_doubled_field_is_named(world: &World) {
    refused(world, &[("{}", &["missing field `key`"]), (r#"{"key":"a","key":"b"}"#, &["duplicate field `key`"])]).await;
}

async fn a_bad_address_is_named(world: &World) {
    for bad in ["localhost", "203.0.113", "203.0.113.9:80", "203.0.113.0/24", "", " "] {
        let gate = world.key(crate::world::gateway(&format!("gate {bad}"))).await.text;
        let answer = sent(world, &gate, format!(r#"{{"key":"k","ip":"{bad}"}}"#)).await;
        answer.assert_error(400, "invalid_request");
        assert!(answer.message().contains("ip: ") && answer.message().contains("address"), "{}", answer.message());
    }
}

async fn a_bad_access_is_named(world: &World) {
    refused(
        world,
        &[
            (r#"{"key":"k","access":"admin"}"#, &["access: ", "`read` or `write`"]),
            (r#"{"key":"k","access":"Write"}"#, &["access: ", "`read` or `write`"]),
            (r#"{"key":"k","access":1}"#, &["access"]),
        ],
    )
    .await;
}

async fn broken_json_with_its_position(world: &World) {
    refused(
        world,
        &[
            ("{\"key\":\n  \"k\",}", &["line 2 column 7"]),
            ("{\"key\": k}", &["line 1 column 9"]),
            ("{\"key\":\"k\"", &["line 1 column 10"]),
            ("{\"key\":\"k\"} x", &["line 1 column 13"]),
            ("\u{FEFF}{\"key\":\"k\"}", &["line 1 column 1"]),
        ],
    )
    .await;
    let deep = "[".repeat(10_000);
    refused_as(world, &format!("{{\"key\":{deep}")).await;
}

async fn refused_as(world: &World, body: &str) {
    let gate = world.key(crate::world::gateway("another")).await.text;
    sent(world, &gate, body).await.assert_error(400, "invalid_request");
}

async fn a_list_is_no_question(world: &World) {
    refused(
        world,
        &[
            (r#"["k",null,"write",null,null,null]"#, &["expected an object"]),
            (r#" [{"key":"k"}]"#, &["expected an object"]),
            ("[", &["expected an object"]),
        ],
    )
    .await;
}

async fn an_empty_body(world: &World) {
    refused(world, &[("", &["line 1 column 0"]), (" \n", &["line 2 column 0"])]).await;
}

async fn a_wrong_content_type(world: &World) {
    let gate = ada(world).await.text;
    let post = || world.ask(Method::POST, "/api/v1/verify").bearer_auth(&gate).body(r#"{"key":"k"}"#);
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", ""] {
        answer(post().header("content-type", kind)).await.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let without = answer(post()).await;
    without.assert_error(415, "UNSUPPORTED_MEDIA_TYPE");
    assert!(without.message().contains("application/json"));
}

async fn content_types_that_are_json(world: &World) {
    let gate = ada(world).await.text;
    for kind in ["application/json; charset=utf-8", "Application/JSON", " application/json ;x=y"] {
        let post = world.ask(Method::POST, "/api/v1/verify").bearer_auth(&gate).header("content-type", kind);
        assert_eq!(answer(post.body(r#"{"key":"k"}"#)).await.json()["code"], "NOT_FOUND", "{kind}");
    }
}

async fn a_body_over_the_limit(world: &World) {
    let gate = ada(world).await.text;
    let body = |size: usize| format!(r#"{{"key":"{}"}}"#, "k".repeat(size - 10));
    let largest = sent(world, &gate, body(64 * 1024)).await;
    assert_eq!((largest.status, &largest.json()["code"]), (200, &"NOT_FOUND".into()));
    let answer = sent(world, &gate, body(64 * 1024 + 1)).await;
    answer.assert_error(413, "PAYLOAD_TOO_LARGE");
    assert!(answer.message().contains("65536"), "{}", answer.message());
}

/// Without a `Content-Length` it only shows while it is read.
async fn a_chunked_body_over_the_limit(world: &World) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let gate = ada(world).await.text;
    let mut stream = tokio::net::TcpStream::connect(world.base.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /api/v1/verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {gate}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "k".repeat(0x1_0000));
    stream.write_all(chunk.as_bytes()).await.unwrap();
    stream.write_all(b"1\r\nk\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains(r#""code":"PAYLOAD_TOO_LARGE""#), "{answer}");
}

async fn a_key_in_the_wrong_place_does_not_come_back(world: &World) {
    let (gate, key) = (ada(world).await.text, world.key(new_key("CI")).await.text);
    let bodies = [
        format!(r#""{key}""#),
        format!(r#"["{key}"]"#),
        format!(r#"{{"key":"k","access":"{key}"}}"#),
        format!(r#"{{"key":"k","ip":"{key}"}}"#),
        format!(r#"{{"{key}":"key"}}"#),
        key.clone(),
        format!(r#"{{"key":"{key}""#),
        format!(r#"{{"key":{key}}}"#),
    ];
    for body in bodies {
        let answer = sent(world, &gate, body).await;
        answer.assert_error(400, "invalid_request");
        assert!(!answer.body.contains(&key[12..44]), "{}", answer.message());
    }
}

async fn credentials_are_judged_before_the_body(world: &World) {
    let key = world.key(new_key("CI")).await.text;
    sent(world, "nonsense", "{").await.assert_error(401, "UNAUTHORIZED");
    sent(world, &key, "{").await.assert_error(403, "GATEWAY_REQUIRED");
}
