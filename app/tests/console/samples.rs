//! Samples of model calls in the console: turned on and off by administrators, read by them alone and with a line in the audit
//! log, told to everybody.

use super::{
    logs::once,
    mcp::{send, text},
    models::register,
    world::{Page, Who, World},
};
use axum::{Json, Router, extract::Request, response::IntoResponse};
use domain::{key::Permission, sample::RawSampling};
use serde_json::json;
use server::{auth::Caller, workspaces};

const PROMPT: &str = "What is <b>nine</b> by seven?";
const ANSWER: &str = "Sixty-three.";

/// Serves one answer to whatever is asked; answers with the base of its address.
async fn upstream() -> String {
    async fn said(_: Request) -> axum::response::Response {
        let message = json!({"role": "assistant", "content": ANSWER});
        Json(json!({"choices": [{"index": 0, "message": message}], "usage": {"prompt_tokens": 9, "completion_tokens": 3}}))
            .into_response()
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(said)).await.unwrap() });
    url
}

/// A call of `acme`'s model `talker`.
async fn call(world: &World, key: &str) {
    let asked = reqwest::Client::new().post(format!("{}/v1/chat/completions", world.url)).bearer_auth(key);
    let body = json!({"model": "talker", "messages": [{"role": "user", "content": PROMPT}]});
    let said = asked.json(&body).send().await.unwrap();
    assert_eq!(said.status(), 200, "{}", said.html().await);
}

/// The id of the sample that a page of the log leads to.
fn linked(html: &str) -> Option<String> {
    let rest = html.split_once("/w/acme/logs/samples/")?.1;
    Some(rest.split('"').next().unwrap_or_default().to_owned())
}

/// A sample of a call in `acme`, which takes samples of every call from here on: its id.
pub async fn sample(world: &World) -> String {
    let grant = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
    let raw = RawSampling { share: "1".into(), keep: "24".into() };
    workspaces::change_samples(&grant, &raw, false).await.unwrap();
    register(world, "talkers", &upstream().await, "talker").await;
    let (_, key) = world.key(Who::Developer, "sampled", Permission::ReadOnly, false).await;
    call(world, &key).await;
    sampled(world).await
}

async fn sampled(world: &World) -> String {
    let admin = world.browser(Who::Admin).await;
    linked(&once(&admin, "/w/acme/logs?model=talker", "/logs/samples/").await).unwrap()
}

#[tokio::test]
async fn a_sample_is_read_with_a_line_in_the_audit_log() {
    let world = World::new().await;
    let page = format!("/w/acme/logs/samples/{}", sample(&world).await);
    let admin = world.browser(Who::Admin).await;
    let html = text(&admin, &page).await;
    for part in ["Sample of a call", "sampled", "Developer", "talker", "in 23 h", "Show what was said"] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("Sixty-three") && !html.contains("by seven"));
    assert!(!text(&admin, "/w/acme/audit").await.contains("Read a sample"), "looking at the page is no reading");

    let answer = admin.post(&page, &[]).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["cache-control"]), (200, &"no-store".parse().unwrap()));
    assert!(!answer.headers().contains_key("set-cookie"), "nothing of it goes into a cookie");
    let html = answer.html().await;
    for part in
        ["What is &lt;b&gt;nine&lt;/b&gt; by seven?", ANSWER, "  \"messages\": [", "As it went to the provider."]
    {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("<b>nine") && !html.contains("Show what was said") && !html.contains("are kept."));
    let log = text(&admin, "/w/acme/audit").await;
    assert!(log.contains("Read a sample of a call with key") && log.contains("sampled (talker, "), "{log}");
    assert!(!text(&admin, &page).await.contains(ANSWER), "loaded again it is closed");

    for path in ["/w/acme/logs", "/w/acme/logs.csv", "/w/acme/logs.json", "/w/acme/audit.json"] {
        let html = text(&admin, path).await;
        assert!(!html.contains("Sixty-three") && !html.contains("by seven"), "{path}");
    }
    for gone in ["/w/acme/logs/samples/unknown", &page.replace("acme", "other")] {
        let other = world.browser(Who::Other).await;
        let (admins, others) =
            (admin.post(gone, &[]).send().await.unwrap(), other.post(gone, &[]).send().await.unwrap());
        assert_eq!((admins.status(), others.status()), (404.try_into().unwrap(), 404.try_into().unwrap()), "{gone}");
    }
}

#[tokio::test]
async fn nobody_else_is_shown_that_there_is_one() {
    let world = World::new().await;
    let id = sample(&world).await;
    let page = format!("/w/acme/logs/samples/{id}");
    for (who, reads) in [(Who::Viewer, false), (Who::Developer, false), (Who::Admin, true), (Who::Instance, true)] {
        let browser = world.browser(who).await;
        let html = text(&browser, "/w/acme/logs").await;
        assert_eq!(linked(&html), reads.then(|| id.clone()), "{who:?}");
        assert!(
            html.contains("Of every model call, prompt and answer are kept sealed for 24 hours"),
            "{who:?} is told"
        );
        assert!(!text(&browser, "/w/acme/logs.json").await.contains(&id), "{who:?}");
        let answer = browser.post(&page, &[]).send().await.unwrap();
        assert_eq!(answer.status() == 200, reads, "{who:?}");
        assert_eq!(answer.html().await.contains(ANSWER), reads, "{who:?}");
    }
    let developer = world.browser(Who::Developer).await;
    let (key, _) = world.key(Who::Developer, "told", Permission::ReadOnly, false).await;
    for path in ["/w/acme/keys/new".to_owned(), format!("/w/acme/keys/{key}")] {
        let html = text(&developer, &path).await;
        assert!(html.contains("prompt and answer are kept sealed for 24 hours"), "{path}");
    }
}

#[tokio::test]
async fn samples_are_turned_on_and_off() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let settings = "/w/acme/settings";
    let html = text(&admin, settings).await;
    assert!(html.contains("value=\"off\" checked") && html.contains("Administrators of the workspace can read them"));
    assert!(!html.contains("confirm_erase_samples"), "there is nothing to erase");
    assert!(text(&admin, "/w/acme/logs").await.contains("No prompt and no answer is in it."));
    for (fields, error) in [
        ([("samples", "2"), ("samples_keep", "24")], "Choose which calls are sampled"),
        ([("samples", "10"), ("samples_keep", "100")], "Samples are kept for 1, 6, 24 or 72 hours."),
    ] {
        let (html, to) = send(&admin, "change_samples", &fields).await;
        assert!(to == settings && html.contains(error), "{error}");
    }
    let html = send(&admin, "change_samples", &[("samples", "10"), ("samples_keep", "72")]).await.0;
    assert!(html.contains("Saved.") && html.contains("value=\"10\" checked") && html.contains("value=\"72\" selected"));
    assert!(text(&admin, "/w/acme/audit").await.contains("acme: samples"));
    // Another form leaves it as it is.
    let form =
        [("name", "acme"), ("plan", "pro"), ("max_active_keys_per_member", "1000"), ("key_creations_per_hour", "5")];
    let form = [&form[..], &[("viewer_keys", "none")]].concat();
    assert!(send(&admin, "change_settings", &form).await.0.contains("value=\"10\" checked"));

    let id = sample(&world).await;
    assert!(text(&admin, settings).await.contains("Erase 1 kept sample"));
    let (html, _) = send(&admin, "change_samples", &[("samples", "off")]).await;
    assert!(html.contains("The 1 sample that is kept would be erased for ever."), "{html}");
    assert_eq!(admin.get(&format!("/w/acme/logs/samples/{id}")).await.status(), 200, "it is still there");
    let off = [("samples", "off"), ("confirm_erase_samples", "on")];
    assert!(send(&admin, "change_samples", &off).await.0.contains("Saved."));
    assert_eq!(admin.get(&format!("/w/acme/logs/samples/{id}")).await.status(), 404);
    let html = text(&admin, "/w/acme/logs").await;
    assert!(linked(&html).is_none() && html.contains("No prompt and no answer is in it."));
}

#[tokio::test]
async fn a_deleted_key_takes_its_samples_with_it() {
    let world = World::new().await;
    let page = format!("/w/acme/logs/samples/{}", sample(&world).await);
    let admin = world.browser(Who::Admin).await;
    let html = text(&admin, &page).await;
    let key = html.split_once("href=\"/w/acme/keys/").unwrap().1.split('"').next().unwrap().to_owned();
    // It was used a moment ago: whoever deletes it types its name.
    let (html, to) = send(&admin, "delete_key", &[("key", &key), ("typed_name", "sampled")]).await;
    assert!(to == "/w/acme/keys" && html.contains("is deleted."), "{to}");
    let gone = admin.get(&page).await;
    assert_eq!(gone.status(), 404);
    assert!(gone.text().await.unwrap().contains("This sample is not there any more"));
    assert!(linked(&text(&admin, "/w/acme/logs").await).is_none(), "no line leads to it");
}
