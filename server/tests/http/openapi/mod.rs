//! The OpenAPI document: it is valid, describes every route and no other, and every answer of this suite is as it says
//! (conform.rs is called for each of them by ask.rs). fuzz.rs makes requests from it.

pub mod conform;
mod fuzz;
mod shot;

use crate::{ask::answer, world::World};
use conform::{DOCUMENT, validator};
use reqwest::Method;
use serde_json::{Value, json};
use server::http::{
    DATA_PLANE,
    reference::{OPERATIONS, document},
};
use std::collections::BTreeSet;

on_sqlite![it_is_served, every_route_is_described_and_no_other, nothing_of_the_installation_but_its_address];

/// Every method that HTTP and the document know.
const METHODS: [&str; 8] = ["get", "head", "options", "post", "put", "patch", "delete", "trace"];

async fn it_is_served(world: &World) {
    let served = answer(world.get("/api/openapi.json")).await;
    assert_eq!((served.status, served.header("content-type")), (200, "application/json"));
    assert_eq!(served.json(), document("http://127.0.0.1:3000"));
    assert_eq!(served.json()["servers"], json!([{"url": "http://127.0.0.1:3000"}]));
    assert_eq!(answer(world.ask(Method::HEAD, "/api/openapi.json")).await.status, 200);
}

async fn every_route_is_described_and_no_other(world: &World) {
    let described: BTreeSet<&str> = paths().map(|(path, _)| path.as_str()).collect();
    assert_eq!(described, DATA_PLANE.iter().copied().collect());
    for (path, operations) in paths() {
        for method in METHODS {
            let taken = operations.get(method).is_some() || (method == "head" && operations.get("get").is_some());
            let asked = answer(world.ask(method.to_uppercase().parse().unwrap(), path)).await;
            // Forward auth takes whatever a proxy asks with.
            let any = *path == "/api/v1/forward-auth";
            assert_eq!(asked.status != 405, taken || any, "{method} {path}: {asked:?}");
        }
    }
}

async fn nothing_of_the_installation_but_its_address(world: &World) {
    let text = answer(world.get("/api/openapi.json")).await.body;
    for told in ["acme.", "ACME", "latchkey.db", "sqlite", &world.place.url()] {
        assert!(!text.contains(told), "{told}");
    }
}

fn paths() -> impl Iterator<Item = (&'static String, &'static Value)> {
    DOCUMENT["paths"].as_object().unwrap().iter()
}

fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    paths().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn every_schema_is_one() {
    let schemas = DOCUMENT["components"]["schemas"].as_object().unwrap();
    assert_eq!(schemas.keys().collect::<Vec<_>>(), ["Error", "Me", "Question", "Verdict"]);
    for (name, schema) in schemas {
        assert!(jsonschema::meta::is_valid(schema), "{name}: {schema}");
        assert!(schema["description"].is_string(), "{name} has no description");
    }
    let required = |name: &str| schemas[name]["required"].as_array().unwrap().len();
    let all = |name: &str| schemas[name]["properties"].as_object().unwrap().len();
    assert_eq!((required("Verdict"), required("Me")), (all("Verdict"), all("Me")), "every field is there, or null");
    assert_eq!(schemas["Question"]["required"], json!(["key"]));
    assert_eq!(schemas["Question"]["additionalProperties"], false);
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, found: &mut Vec<String>) {
        if let Some(reference) = value["$ref"].as_str() {
            found.push(reference.to_owned());
        }
        match value {
            Value::Object(fields) => fields.values().for_each(|value| walk(value, found)),
            Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(&DOCUMENT, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        assert!(DOCUMENT.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
    }
}

#[test]
fn operations_have_names_of_their_own_and_known_credentials() {
    let ids: Vec<&str> = operations().map(|(_, operation)| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let schemes = &DOCUMENT["components"]["securitySchemes"];
    for (name, operation) in operations() {
        for scheme in operation["security"].as_array().unwrap().iter().flat_map(|one| one.as_object().unwrap().keys()) {
            assert!(schemes[scheme].is_object(), "{name}: {scheme}");
        }
    }
}

#[test]
fn the_examples_are_such_answers_and_questions() {
    let mut examples = 0;
    for (name, operation) in operations() {
        let question = &operation["requestBody"]["content"]["application/json"];
        let answers = operation["responses"].as_object().unwrap().values();
        for content in answers.map(|answer| &answer["content"]["application/json"]).chain([question]) {
            if content["example"].is_object() {
                let problems: Vec<_> =
                    validator(&content["schema"]).iter_errors(&content["example"]).map(|e| e.to_string()).collect();
                assert_eq!(problems, [""; 0], "{name}");
                examples += 1;
            }
        }
    }
    assert_eq!(examples, 3);
}

#[test]
fn every_operation_can_be_tried() {
    for operation in OPERATIONS {
        assert!(operation.curl.contains(&format!("{{url}}{}", operation.path)), "{}", operation.id);
        assert!(operation.answers().iter().all(|answer| !answer.text.is_empty()));
    }
}
