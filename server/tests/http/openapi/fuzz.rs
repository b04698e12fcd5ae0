//! Requests made from the OpenAPI document, as it describes them and with something wrong about them, against a listening
//! server: each answer has to be as the document says, and none is Latchkey's own failure. Where the credential is good, the
//! schema of the question and the reader of the body agree on what is one.

use super::{
    conform::{DOCUMENT, check, validator},
    shot::Shot,
};
use crate::{
    verify::ada,
    world::{MINA, World, limited, new_key},
};
use domain::{access::Role, workspace::Settings};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use serde_json::{Map, Value, json};
use server::{http::BODY_MOST, keys};
use tokio::{runtime::Handle, task::block_in_place};

on_sqlite![answers_are_as_the_document_says, the_schema_is_what_the_reader_takes];

const CASES: u32 = 400;

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() })
}

/// Keys of every kind, the gateway key first.
async fn keys(world: &World) -> Vec<String> {
    let gate = ada(world).await.text;
    let (good, paused, bound) = (
        world.key(new_key("good")).await.text,
        world.key(new_key("paused")).await,
        world.key(limited("bound", "203.0.113.0/24", "2")).await.text,
    );
    keys::disable(&world.grant("acme").await, &paused.id).await.unwrap();
    world.workspace("other", Settings::default()).await;
    world.member("other", MINA, Role::Developer).await;
    let foreign = world.key_of("other", MINA, new_key("foreign")).await.text;
    vec![gate, good, paused.text, bound, foreign]
}

async fn answers_are_as_the_document_says(world: &World) {
    let keys = keys(world).await;
    let shots = shots(&keys);
    block_in_place(|| {
        let told = runner().run(&shots, |shot| {
            let answer = Handle::current().block_on(shot.send(&world.base));
            prop_assert!(answer.status != 500, "{answer:?}");
            if shot.is_http() {
                check(&shot.method, &shot.path, &answer);
            } else {
                prop_assert!(answer.status == 400 && answer.body.is_empty(), "no HTTP, and yet {answer:?}");
            }
            Ok(())
        });
        told.unwrap();
    });
}

async fn the_schema_is_what_the_reader_takes(world: &World) {
    let keys = keys(world).await;
    let question = validator(question());
    let bodies = bodies(&keys);
    block_in_place(|| {
        let told = runner().run(&bodies, |body| {
            let shot = Shot {
                method: "POST".into(),
                path: "/api/v1/verify".into(),
                headers: vec![
                    ("Authorization".into(), format!("Bearer {}", keys[0]).into_bytes()),
                    ("Content-Type".into(), b"application/json".to_vec()),
                ],
                body: body.clone(),
            };
            let answer = Handle::current().block_on(shot.send(&world.base));
            check(&shot.method, &shot.path, &answer);
            let value = serde_json::from_slice::<Value>(&body);
            let wanted = match value {
                _ if body.len() > BODY_MOST => 413,
                // A field that comes twice is one to who reads the text into a value.
                Ok(value) if question.is_valid(&value) && !doubled(&body) => 200,
                _ => 400,
            };
            prop_assert_eq!(answer.status, wanted, "{:?}", answer);
            Ok(())
        });
        told.unwrap();
    });
}

fn question() -> &'static Value {
    &DOCUMENT["paths"]["/api/v1/verify"]["post"]["requestBody"]["content"]["application/json"]["schema"]
}

/// Whether the body is one that [`bodies`] gave a field twice.
fn doubled(body: &[u8]) -> bool {
    body.starts_with(b"{\"key\":\"twice\",")
}

/// Texts of all kinds: what people type, what programs get wrong, and what somebody tries.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        4 => "[ -~]{0,60}",
        2 => "\\PC{0,30}",
        1 => ".{0,30}",
        1 => any::<String>(),
        1 => select(vec!["", "null", "0", "../../etc/passwd", "' OR 1=1 --", "\u{202e}", "\u{0}", "é", "{}", "%00", "GET", "::1"])
            .prop_map(str::to_owned),
        1 => (1_usize..20_000).prop_map(|length| "a".repeat(length)),
    ]
    .boxed()
}

/// A value that a schema of the document takes.
fn valid(schema: &Value, keys: &[String]) -> BoxedStrategy<Value> {
    if let Some(words) = schema["enum"].as_array() {
        return select(words.clone()).boxed();
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let choices: Vec<_> = choices.iter().map(|choice| valid(choice, keys)).collect();
        return proptest::strategy::Union::new(choices).boxed();
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        let texts = prop::string::string_regex(pattern.trim_matches(['^', '$'])).unwrap();
        return texts.prop_map(Value::from).boxed();
    }
    match (schema["format"].as_str(), first_type(schema)) {
        (Some("ipv4"), _) => any::<std::net::Ipv4Addr>().prop_map(|ip| json!(ip.to_string())).boxed(),
        (Some("ipv6"), _) => any::<std::net::Ipv6Addr>().prop_map(|ip| json!(ip.to_string())).boxed(),
        (_, "null") => Just(Value::Null).boxed(),
        (_, "string") => prop_oneof![select(keys.to_vec()), text()].prop_map(Value::from).boxed(),
        (_, kind) => panic!("there is no {kind} in a question"),
    }
}

fn first_type(schema: &Value) -> &str {
    schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default()
}

/// An object of the question's schema: what is required, nearly always, and some of the rest.
fn objects(keys: &[String]) -> BoxedStrategy<Map<String, Value>> {
    let schema = &DOCUMENT["components"]["schemas"]["Question"];
    let required = schema["required"].as_array().unwrap();
    let fields: Vec<_> = schema["properties"].as_object().unwrap().iter().collect();
    fields.into_iter().fold(Just(Map::new()).boxed(), |object, (name, field)| {
        let least = if required.contains(&json!(name)) { 0.97 } else { 0.4 };
        let value = proptest::option::weighted(least, valid(field, keys));
        (object, value)
            .prop_map(move |(mut object, value)| {
                if let Some(value) = value {
                    object.insert(name.clone(), value);
                }
                object
            })
            .boxed()
    })
}

fn anything() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
    .boxed()
}

/// Bodies: questions, and questions with something wrong about them.
fn bodies(keys: &[String]) -> BoxedStrategy<Vec<u8>> {
    let bytes = |value: &Value| value.to_string().into_bytes();
    let names = ["key", "ip", "access", "server", "tool", "model"];
    prop_oneof![
        6 => objects(keys).prop_map(move |object| bytes(&Value::Object(object))),
        // A field of another type.
        3 => (objects(keys), select(names.to_vec()), anything()).prop_map(move |(mut object, name, value)| {
            object.insert(name.into(), value);
            bytes(&Value::Object(object))
        }),
        // A field more, or one that is misspelt.
        2 => (objects(keys), "[a-zA-Z_]{0,12}|\\PC{0,6}", anything()).prop_map(move |(mut object, name, value)| {
            object.insert(name, value);
            bytes(&Value::Object(object))
        }),
        1 => (objects(keys), select(names.to_vec())).prop_map(move |(mut object, name)| {
            object.remove(name);
            bytes(&Value::Object(object))
        }),
        1 => objects(keys).prop_map(move |mut object| {
            object.entry("key").or_insert_with(|| json!("again"));
            [b"{\"key\":\"twice\",", &bytes(&Value::Object(object))[1..]].concat()
        }),
        // Cut off.
        1 => (objects(keys), any::<prop::sample::Index>()).prop_map(move |(object, at)| {
            let whole = bytes(&Value::Object(object));
            whole[..at.index(whole.len())].to_vec()
        }),
        // Too large, and just not.
        1 => (BODY_MOST - 20..BODY_MOST + 2_000).prop_map(move |size| {
            bytes(&json!({"key": "a".repeat(size - 10)}))
        }),
        2 => anything().prop_map(move |value| bytes(&value)),
        1 => (1_usize..2_000).prop_map(|depth| "[".repeat(depth).into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ]
    .boxed()
}

/// The value of a credential's header.
fn credentials(keys: &[String]) -> BoxedStrategy<Vec<u8>> {
    let key = select(keys.to_vec());
    let scheme = select(vec!["Bearer ", "bearer ", "Bearer", "Basic ", "", "Bearer  ", "Token ", "Bearer\t"]);
    prop_oneof![
        6 => key.clone().prop_map(|key| format!("Bearer {key}").into_bytes()),
        3 => key.clone().prop_map(String::into_bytes),
        3 => (scheme, prop_oneof![key.clone(), text()]).prop_map(|(scheme, text)| format!("{scheme}{text}").into_bytes()),
        1 => (key, any::<prop::sample::Index>(), any::<u8>()).prop_map(|(key, at, byte)| {
            let mut bytes = key.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes
        }),
        1 => prop::collection::vec(any::<u8>(), 0..80),
    ]
    .prop_map(one_line)
    .boxed()
}

/// A header's value ends with its line: what came after would be other headers.
fn one_line(mut value: Vec<u8>) -> Vec<u8> {
    value.retain(|byte| *byte != b'\r' && *byte != b'\n');
    value
}

/// The headers that the document lists for an operation, and those of credentials.
fn headers(operation: &Value, keys: &[String]) -> BoxedStrategy<Vec<(String, Vec<u8>)>> {
    let schemes = DOCUMENT["components"]["securitySchemes"].as_object().unwrap().values();
    let named = schemes.filter_map(|scheme| scheme["name"].as_str());
    let credential = select(named.chain(["Authorization"]).map(str::to_owned).collect::<Vec<_>>());
    let parameters = operation["parameters"].as_array().unwrap().iter().map(|parameter| {
        let reference = parameter["$ref"].as_str().and_then(|text| DOCUMENT.pointer(&text[1..]));
        reference.unwrap_or(parameter)["name"].as_str().unwrap().to_owned()
    });
    let others = ["Content-Type", "User-Agent", "Forwarded", "X-Request-Id", "Accept", "Expect-Nothing"];
    let parameter = select(parameters.chain(others.map(str::to_owned)).collect::<Vec<_>>());
    let value = text().prop_map(|text| one_line(text.into_bytes()));
    let one = prop_oneof![3 => (credential, credentials(keys)), 2 => (parameter, value)];
    let json = ("Content-Type".to_owned(), b"application/json".to_vec());
    (prop::collection::vec(one, 0..6), prop::bool::weighted(0.8))
        .prop_map(move |(mut headers, as_json)| {
            headers.extend(as_json.then(|| json.clone()));
            headers
        })
        .boxed()
}

/// Requests to every operation, some with another method.
fn shots(keys: &[String]) -> BoxedStrategy<Shot> {
    let operations: Vec<(String, String)> = super::paths()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(|method| (path.clone(), method.to_uppercase()))
        })
        .collect();
    let keys = keys.to_vec();
    let method =
        proptest::option::weighted(0.1, select(vec!["GET", "HEAD", "POST", "DELETE", "TRACE", "PROPFIND", "X"]));
    (select(operations), method)
        .prop_flat_map(move |((path, own), other)| {
            let operation = &DOCUMENT["paths"][&path][own.to_lowercase()];
            let method = other.map_or(own, str::to_owned);
            let body = prop_oneof![2 => bodies(&keys), 1 => Just(Vec::new())];
            (Just(method), Just(path), headers(operation, &keys), body).prop_map(|(method, path, headers, body)| Shot {
                method,
                path,
                headers,
                body,
            })
        })
        .boxed()
}
