//! Providers of models by their use-cases: registered, edited, removed; API keys kept to the host they are for, out of every
//! log, and through rotations of the master key.

mod ask;
mod prices;
mod routes;

use crate::{
    console::Browser,
    world::{World, grant},
};
use domain::{access::Role, workspace::Settings};
use reqwest::Method;
use serde_json::Value;
use server::{
    Error, Latchkey,
    audit::{AuditLog, AuditQuery},
    auth::{Caller, ManageModels},
    models::{self, ProviderView, RawProvider},
    sealing,
};

on_both_engines!(
    a_provider_is_registered_edited_and_removed,
    a_key_stays_with_its_host,
    a_form_filled_before_another_edit_is_refused,
    administrators_alone,
    another_workspaces_is_not_there,
    keys_outlive_the_master_key,
);

/// What providers are asked with.
const KEY: &str = "sk-4f1c9e7d20ab4f1c9e7d20ab4f1c9e7d";

fn raw(slug: &str, url: &str) -> RawProvider {
    RawProvider { name: "OpenAI".into(), slug: slug.into(), url: url.into(), ..RawProvider::default() }
}

fn with_models(slug: &str, priority: u32, models: &str) -> RawProvider {
    let priority = priority.to_string();
    RawProvider { priority, models: models.into(), ..raw(slug, &format!("https://{slug}.example.com/v1")) }
}

fn with_key(slug: &str, url: &str) -> RawProvider {
    RawProvider { credential: KEY.to_owned().into(), ..raw(slug, url) }
}

/// An instance that may connect to this machine.
async fn open_instance(world: &World) -> Latchkey {
    world.secret(KEY);
    world.instance(|config| config.allow_private_upstreams = true).await
}

async fn register(latchkey: &Latchkey, raw: &RawProvider) -> Result<ProviderView, Error> {
    models::register(&grant(latchkey, "acme").await, raw).await
}

async fn edit(latchkey: &Latchkey, slug: &str, raw: &RawProvider) -> Result<(), Error> {
    models::edit(&grant(latchkey, "acme").await, slug, raw).await
}

async fn show(latchkey: &Latchkey, slug: &str) -> Result<ProviderView, Error> {
    models::show(&grant(latchkey, "acme").await, slug).await
}

fn fields<T>(answer: Result<T, Error>) -> Vec<String> {
    let Err(error) = answer else { panic!("it was accepted") };
    error.fields().iter().map(|field| field.field.clone()).collect()
}

/// What the audit log says of an action, the latest first.
async fn logged(latchkey: &Latchkey, action: &str) -> Vec<String> {
    let query = AuditQuery { action: action.into(), ..AuditQuery::default() };
    let page = AuditLog::of(&grant(latchkey, "acme").await).page(&query).await.unwrap();
    page.events.into_iter().map(|event| event.target_name).collect()
}

async fn a_provider_is_registered_edited_and_removed(world: &World) {
    let latchkey = &open_instance(world).await;
    let manage = grant::<ManageModels>(latchkey, "acme").await;
    let full = RawProvider { models: "o3, gpt-4.1".into(), ..with_key("openai", "https://api.openai.com/v1/") };
    let made = register(latchkey, &full).await.unwrap();
    assert_eq!((made.url.as_str(), made.timeout, made.priority), ("https://api.openai.com/v1", 300, 100));
    assert_eq!((made.models.written().as_str(), made.has_credential, made.enabled), ("gpt-4.1\no3", true, true));
    assert!(!format!("{made:?}").contains(KEY));
    assert_eq!(fields(register(latchkey, &raw("openai", "https://e.com/")).await), ["slug"], "it is taken");
    let wrong = RawProvider {
        name: String::new(),
        timeout: "0".into(),
        priority: "first".into(),
        models: "a b".into(),
        credential: "a\nb".to_owned().into(),
        ..raw("A", "https://e.com/v1?a=b")
    };
    let all = ["slug", "name", "url", "timeout", "priority", "models", "credential"];
    assert_eq!(fields(register(latchkey, &wrong).await), all);
    assert_eq!(fields(edit(latchkey, "openai", &wrong).await), all[1..]);
    assert_eq!(show(latchkey, "openai").await.unwrap(), made, "what is refused changes nothing");

    let edited = RawProvider { name: "Open".into(), timeout: "60".into(), ..with_models("", 5, "o3") };
    let edited = RawProvider { url: "https://api.openai.com/v2".into(), ..edited };
    edit(latchkey, "openai", &edited).await.unwrap();
    models::enable(&manage, "openai", false).await.unwrap();
    let shown = show(latchkey, "openai").await.unwrap();
    assert_eq!((shown.name.as_str(), shown.timeout, shown.priority, shown.enabled), ("Open", 60, 5, false));
    assert_eq!((shown.models.written().as_str(), shown.has_credential), ("o3", true));
    assert_eq!(logged(latchkey, "provider.edit").await, ["openai: name, URL, timeout, priority, models"]);
    assert_eq!(logged(latchkey, "provider.disable").await, ["openai"]);

    assert_eq!(fields(models::remove(&manage, "openai", "open").await), ["typed"]);
    models::remove(&manage, "openai", " openai ").await.unwrap();
    assert!(models::list(&manage).await.unwrap().is_empty());
    for gone in [
        show(latchkey, "openai").await.map(drop),
        edit(latchkey, "openai", &edited).await,
        models::enable(&manage, "openai", true).await,
        models::remove(&manage, "openai", "openai").await,
        models::ask(&manage, "openai").await.map(drop),
    ] {
        assert!(matches!(gone, Err(Error::NotFound)));
    }
}

async fn a_key_stays_with_its_host(world: &World) {
    let latchkey = &open_instance(world).await;
    register(latchkey, &with_key("openai", "https://api.example.com/v1")).await.unwrap();
    for elsewhere in ["https://evil.example/v1", "http://api.example.com/v1", "https://api.example.com:444/v1"] {
        assert_eq!(fields(edit(latchkey, "openai", &raw("", elsewhere)).await), ["credential"], "{elsewhere}");
    }
    assert_eq!(show(latchkey, "openai").await.unwrap().url, "https://api.example.com/v1");
    edit(latchkey, "openai", &raw("", "https://api.example.com/v2")).await.unwrap();
    assert!(show(latchkey, "openai").await.unwrap().has_credential, "the same host");
    edit(latchkey, "openai", &with_key("", "https://other.example/v1")).await.unwrap();
    let both = RawProvider { erase_credential: true, ..with_key("", "https://other.example/v1") };
    assert_eq!(fields(edit(latchkey, "openai", &both).await), ["credential"]);
    let without = RawProvider { erase_credential: true, ..raw("", "https://third.example/v1") };
    edit(latchkey, "openai", &without).await.unwrap();
    assert!(!show(latchkey, "openai").await.unwrap().has_credential);
    edit(latchkey, "openai", &raw("", "https://fourth.example/v1")).await.unwrap();
    let said = logged(latchkey, "provider.edit").await;
    assert!(
        said.contains(&"openai: URL, credential".into()) && said.contains(&"openai: URL, credential erased".into())
    );
    assert!(!format!("{said:?}").contains("example"), "no address");
}

async fn a_form_filled_before_another_edit_is_refused(world: &World) {
    let latchkey = &open_instance(world).await;
    let version = register(latchkey, &with_models("openai", 1, "o3")).await.unwrap().version.to_string();
    let form = RawProvider { version, ..with_models("openai", 2, "o3") };
    edit(latchkey, "openai", &form).await.unwrap();
    let late = RawProvider { priority: "3".into(), ..form };
    assert!(matches!(edit(latchkey, "openai", &late).await, Err(Error::Changed)));
    let junk = RawProvider { version: "x".into(), ..late };
    assert!(matches!(edit(latchkey, "openai", &junk).await, Err(Error::Changed)));
    assert_eq!(show(latchkey, "openai").await.unwrap().priority, 2);
}

async fn administrators_alone(world: &World) {
    register(&world.latchkey, &with_models("openai", 1, "o3")).await.unwrap();
    for (email, role, status) in [
        ("viewer@example.com", Some(Role::Viewer), 403),
        ("developer@example.com", Some(Role::Developer), 403),
        ("stranger@example.com", None, 404),
        ("admin@example.com", Some(Role::Admin), 200),
    ] {
        let password = world.user(email).await;
        if let Some(role) = role {
            world.member("acme", email, role).await;
        }
        let mut browser = Browser::new(world).await;
        browser.sign_in(email, &password).await;
        let answer = browser.send(Method::GET, "/models", &Value::Null).await;
        assert_eq!(answer.status, status, "{email}: {}", answer.body);
        assert_eq!(answer.body.contains("openai"), status == 200, "{email}");
        assert_eq!(answer.body.contains("Ask one of them."), status == 403, "{email}: {}", answer.body);
    }
}

async fn another_workspaces_is_not_there(world: &World) {
    let latchkey = &open_instance(world).await;
    world.workspace("other", Settings::default()).await;
    let other = grant::<ManageModels>(latchkey, "other").await;
    register(latchkey, &with_key("openai", "https://api.openai.com/v1")).await.unwrap();
    let before = show(latchkey, "openai").await.unwrap();
    for refused in [
        models::show(&other, "openai").await.map(drop),
        models::edit(&other, "openai", &with_key("", "https://evil.example/v1")).await,
        models::enable(&other, "openai", false).await,
        models::remove(&other, "openai", "openai").await,
        models::ask(&other, "openai").await.map(drop),
    ] {
        assert!(matches!(refused, Err(Error::NotFound)));
    }
    assert!(models::list(&other).await.unwrap().is_empty());
    models::register(&other, &raw("openai", "https://api.openai.com/v1")).await.unwrap();
    assert_eq!(show(latchkey, "openai").await.unwrap(), before);
}

async fn keys_outlive_the_master_key(world: &World) {
    let latchkey = &open_instance(world).await;
    register(latchkey, &with_key("openai", &ask::provider().await)).await.unwrap();
    for _ in 0..2 {
        let rotated = sealing::rotate(&Caller::operator(latchkey).instance().unwrap(), false).await.unwrap();
        assert_eq!((rotated.resealed, rotated.unreadable), (1, 0));
        assert!(matches!(ask::ask(latchkey, "openai").await, models::Asked::Lists { .. }));
    }
    std::fs::write(&world.config.master_key_file, [9; 32]).unwrap();
    let models::Asked::Fails(why) = ask::ask(latchkey, "openai").await else { panic!("it was asked") };
    assert!(why.contains("can't be opened"), "{why}");
    let rotated = sealing::rotate(&Caller::operator(latchkey).instance().unwrap(), true).await.unwrap();
    assert_eq!((rotated.resealed, rotated.unreadable), (0, 0));
    assert!(!show(latchkey, "openai").await.unwrap().has_credential, "forgotten with the key that sealed it");
}
