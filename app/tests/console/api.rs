//! The page that describes the API: it shows every operation of the document, for whoever asks, and nothing of anybody.

use super::world::{Page, Who, World, location};
use serde_json::Value;

/// A page's words, as they are read.
fn words(html: &str) -> String {
    let text = html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect::<Vec<_>>();
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.join(" "), |text, (entity, plain)| text.replace(entity, plain))
}

#[tokio::test]
async fn every_operation_stands_on_the_page() {
    let world = World::new().await;
    let browser = world.browser(Who::Nobody).await;
    let document: Value = browser.get("/api/openapi.json").await.json().await.unwrap();
    assert_eq!(document["servers"][0]["url"], world.url);
    let html = browser.get("/api/docs").await.html().await;
    let text = words(&html);
    for (path, methods) in document["paths"].as_object().unwrap() {
        assert!(
            text.contains(&format!("curl {}{path}", world.url))
                || text.contains(&format!("curl -i {}{path}", world.url))
        );
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().trim_end_matches(&format!("-{method}")).to_owned();
            assert!(html.contains(&format!("href=\"#{id}\"")) && html.contains(&format!("<h2 id=\"{id}\"")), "{id}");
            assert!(text.contains(operation["summary"].as_str().unwrap()), "{path}");
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let told = answer["description"].as_str().unwrap().split('`').next().unwrap();
                assert!(text.contains(status.as_str()) && text.contains(told), "{path} {status}");
            }
        }
    }
    for name in ["Question", "Me", "Verdict"] {
        for (field, schema) in document["components"]["schemas"][name]["properties"].as_object().unwrap() {
            let inner = schema["properties"].as_object().into_iter().flat_map(|fields| fields.keys());
            let names: Vec<String> = inner.map(|inner| format!("{field}.{inner}")).collect();
            let names = if names.is_empty() { vec![field.clone()] } else { names };
            assert!(names.iter().all(|name| html.contains(&format!(">{name}</td>"))), "{names:?}");
        }
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        for answer in methods
            .as_object()
            .unwrap()
            .values()
            .flat_map(|operation| operation["responses"].as_object().unwrap().values())
        {
            let codes = &answer["content"]["application/json"]["schema"]["allOf"][1]["properties"]["error"]["properties"]
                ["code"]["enum"];
            for code in codes.as_array().into_iter().flatten().map(|code| code.as_str().unwrap()) {
                assert!(section(&html, path).contains(&format!(">{code}</code>")), "{path} {code}");
            }
        }
    }
    let all = document.pointer("/components/schemas/Error/properties/error/properties/code/enum").unwrap();
    for code in all.as_array().unwrap().iter().map(|code| code.as_str().unwrap()) {
        assert!(html.contains(&format!("class=\"mono\">{code}</td>")), "{code} is not among all errors");
    }
}

/// The part of the page about a path.
fn section<'a>(html: &'a str, path: &str) -> &'a str {
    let about = html.split("<section").find(|section| section.contains(&format!("</span> {path}</p>")));
    about.unwrap_or_else(|| panic!("nothing is about {path}"))
}

#[tokio::test]
async fn a_way_leads_there_from_the_door_and_from_every_page() {
    let world = World::new().await;
    for (who, path) in [(Who::Nobody, "/login"), (Who::Viewer, "/w/acme/keys"), (Who::Instance, "/account")] {
        let html = world.browser(who).await.get(path).await.html().await;
        assert!(html.contains("href=\"/api/docs\""), "{path}");
    }
}

#[tokio::test]
async fn it_is_one_page_for_everybody_and_loads_nothing_from_elsewhere() {
    let world = World::new().await;
    let anonymous = world.browser(Who::Nobody).await.get("/api/docs").await;
    assert_eq!(anonymous.headers()["cache-control"], "no-store");
    let html = anonymous.html().await;
    for address in html.split("src=\"").skip(1).chain(html.split("<link ").skip(1)) {
        assert!(!address.split('>').next().unwrap().contains("://"), "{address}");
    }
    assert!(!html.contains("acme<") && !html.contains("developer@example.com"));
    let signed_in = world.browser(Who::Admin).await.get("/api/docs").await.html().await;
    assert!(!signed_in.contains("admin@example.com"));
    assert_eq!(words(&signed_in).len(), words(&html).len(), "the same for everybody");
}

#[tokio::test]
async fn paths_beside_it_are_the_data_planes() {
    let world = World::new().await;
    let browser = world.browser(Who::Nobody).await;
    for path in ["/api/docs/", "/api/docs/me", "/api/doc"] {
        let answer = browser.get(path).await;
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
            (404, "application/json")
        );
    }
    // Until somebody administers it, the console answers nothing else.
    let empty = World::empty().await;
    let browser = empty.browser(Who::Nobody).await;
    assert_eq!(location(&browser.get("/api/docs").await), "/setup");
    assert_eq!(browser.get("/api/openapi.json").await.status(), 200);
}
