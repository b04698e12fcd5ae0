//! Providers' pages and prices: added, asked, chosen, edited, removed; models and spend caps of keys.

use super::{
    mcp::{send, text},
    world::{Page, Who, World},
};
use axum::{Json, Router, extract::Request, http::StatusCode, response::IntoResponse, routing::get};
use domain::{key::Permission, time::DAY};
use serde_json::json;
use server::{
    auth::{Caller, ManageModels},
    models::{self, RawPrice, RawProvider},
};

const KEY: &str = "sk-5a8c1f9e7d20ab4f1c9e7d20ab4f1c9e";

async fn grant(world: &World) -> server::auth::Grant<ManageModels> {
    Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap()
}

/// A provider of `acme`, if it is not there already.
pub async fn register(world: &World, slug: &str, url: &str, names: &str) {
    let raw = RawProvider {
        name: slug.to_uppercase(),
        slug: slug.into(),
        url: url.into(),
        models: names.into(),
        credential: KEY.into(),
        ..RawProvider::default()
    };
    let _there_already = models::register(&grant(world).await, &raw).await;
}

/// A price of that model: 2.50 dollars a million tokens of input, 10 of output.
pub async fn price(world: &World, model: &str, from: &str) {
    let raw = RawPrice {
        model: model.into(),
        input_price: "2.50".into(),
        output_price: "10".into(),
        from: from.into(),
        ..RawPrice::default()
    };
    let _there_already = models::set_price(&grant(world).await, &raw).await;
}

/// A price of that model that begins in two days: the moment.
pub async fn price_to_come(world: &World, model: &str) -> String {
    let day = world.latchkey.now().plus(2 * DAY).day();
    price(world, model, &day).await;
    domain::time::Timestamp::start_of_day(&day).unwrap().0.to_string()
}

/// Serves a list of models to whoever has the key; answers with the base of its address.
async fn upstream() -> String {
    async fn list(request: Request) -> axum::response::Response {
        let wanted = format!("Bearer {KEY}");
        if request.headers().get("authorization").is_none_or(|got| *got != *wanted) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let names = ["gpt-4.1", "gpt-4.1-mini", "o3", "not a name"].map(|id| json!({"id": id, "object": "model"}));
        Json(json!({"object": "list", "data": names})).into_response()
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/v1/models", get(list))).await.unwrap() });
    url
}

#[tokio::test]
async fn a_provider_is_added_asked_chosen_and_removed() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let empty = text(&admin, "/w/acme/models").await;
    assert!(empty.contains("No providers yet") && empty.contains(&format!("{}/v1", world.url)));
    let url = upstream().await;
    let fields = [("name", "OpenAI"), ("slug", "openai"), ("url", &*url), ("credential", KEY)];
    let (html, page) = send(&admin, "register_provider", &fields).await;
    assert_eq!(page, "/w/acme/models/openai");
    assert!(html.contains("OpenAI is registered. Ask it for its models next.") && html.contains("No models yet"));
    assert!(html.contains("Sealed; sent to this host alone") && !html.contains(KEY));

    let choose = text(&admin, &format!("{page}/choose")).await;
    for part in ["It lists 3 models.", "1 entry is no name of a model", "value=\"gpt-4.1-mini\"", "It took "] {
        assert!(choose.contains(part), "{part}");
    }
    assert!(!choose.contains("checked") && !choose.contains("Not in its list"));
    let chosen = [("provider", "openai"), ("chosen[]", "o3"), ("chosen[]", "gpt-4.1"), ("version", "0")];
    let (html, to) = send(&admin, "choose_models", &chosen).await;
    assert!(to == page && html.contains("Saved.") && html.contains("/w/acme/prices?model=o3"));
    // Of a page that was filled before somebody else's edit.
    let stale = [("provider", "openai"), ("chosen[]", "gpt-4.1-mini"), ("version", "0")];
    let (html, to) = send(&admin, "choose_models", &stale).await;
    assert!(to.ends_with("/choose") && html.contains("value=\"o3\" checked") && html.contains("data-form-notice"));
    assert!(!html.contains("value=\"gpt-4.1-mini\" checked"));
    assert!(text(&admin, "/w/acme/models").await.contains("2 models"));
    // A name that was typed, and that the provider does not list.
    let typed = [("provider", "openai"), ("name", "OpenAI"), ("url", &*url), ("models", "o3\nmine"), ("priority", "7")];
    assert!(send(&admin, "edit_provider", &typed).await.0.contains("Saved."));
    assert!(text(&admin, &format!("{page}/choose")).await.contains("Not in its list"));

    let html = send(&admin, "switch_provider", &[("provider", "openai"), ("enabled", "")]).await.0;
    assert!(html.contains("No request goes to this provider") && html.contains("Enable provider"));
    let html = send(&admin, "switch_provider", &[("provider", "openai"), ("enabled", "on")]).await.0;
    assert!(!html.contains("No request goes to this provider"));
    let ask = text(&admin, &format!("{page}/remove")).await;
    assert!(ask.contains("Requests for its 2 models go elsewhere") && ask.contains("Keep provider"));
    let (html, stay) = send(&admin, "remove_provider", &[("provider", "openai"), ("typed", "open")]).await;
    assert!(stay.ends_with("/remove") && html.contains("Type openai to remove this provider."));
    let (html, list) = send(&admin, "remove_provider", &[("provider", "openai"), ("typed", "openai")]).await;
    assert!(list == "/w/acme/models" && html.contains("No providers yet"));
    assert_eq!(admin.get(&page).await.status(), 404);
}

#[tokio::test]
async fn a_refused_provider_comes_back_without_its_key() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let fields = [
        ("name", "OpenAI"),
        ("slug", "new"),
        ("url", "openai"),
        ("credential", KEY),
        ("models", "o3\ngpt*"),
        ("timeout", "0"),
    ];
    let (html, page) = send(&admin, "register_provider", &fields).await;
    assert_eq!(page, "/w/acme/models/new");
    for part in [
        "value=\"OpenAI\"",
        "value=\"openai\"",
        "URL is not one.",
        "Line 2: “gpt*”",
        "o3\ngpt*",
        "Timeout is a whole number",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains(KEY), "a secret does not come back");
    register(&world, "openai", "https://models.example.com/v1", "").await;
    let fields = [("name", "Again"), ("slug", "openai"), ("url", "https://e.com/v1")];
    assert!(send(&admin, "register_provider", &fields).await.0.contains("There is a provider with this slug already."));
}

#[tokio::test]
async fn an_api_key_stays_with_its_host_and_an_edit_overwrites_nothing_unseen() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    register(&world, "openai", "https://models.example.com/v1", "o3").await;
    let page = text(&admin, "/w/acme/models/openai").await;
    assert!(page.contains("One is kept, and shown to nobody.") && page.contains("name=\"version\" value=\"0\""));
    let moved = [("provider", "openai"), ("name", "Evil"), ("url", "https://evil.example.com/v1"), ("version", "0")];
    let html = send(&admin, "edit_provider", &moved).await.0;
    assert!(html.contains("The address is of another host.") && html.contains("https://evil.example.com/v1"));
    let erased = [&moved[..], &[("erase_credential", "on")]].concat();
    assert!(send(&admin, "edit_provider", &erased).await.0.contains("None: it is asked without one"));
    let html = send(&admin, "edit_provider", &moved).await.0;
    assert!(
        html.contains("name=\"version\" value=\"0\"") && !html.contains("Saved."),
        "a refused form stays the old one"
    );
}

#[tokio::test]
async fn a_provider_that_gives_no_list_is_said_to() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    register(&world, "away", "http://127.0.0.1:9/v1", "o3").await;
    let html = text(&admin, "/w/acme/models/away/choose").await;
    assert!(
        html.contains("The provider gave no list") && html.contains("value=\"o3\" checked"),
        "what is chosen stays"
    );
    assert!(!html.contains("Not in its list"), "nobody knows");
}

#[tokio::test]
async fn prices_are_set_shown_and_taken_back() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    assert!(text(&admin, "/w/acme/prices").await.contains("No prices yet"));
    register(&world, "openai", "https://models.example.com/v1", "meta/llama-3, o3").await;
    let html = text(&admin, "/w/acme/prices").await;
    assert!(html.contains("2 models have no price") && html.contains("?model=meta%2Fllama-3"));
    let wrong = [("model", "o3"), ("input_price", "two"), ("output_price", ""), ("from", "yesterday")];
    let html = send(&admin, "set_price", &wrong).await.0;
    for part in ["Input price is an amount", "Output price is an amount", "From is a day to come", "value=\"two\""] {
        assert!(html.contains(part), "{part}");
    }
    let good = [("model", "o3"), ("input_price", "2.50"), ("cached_input_price", "0.25"), ("output_price", "$10")];
    let (html, page) = send(&admin, "set_price", &good).await;
    assert_eq!(page, "/w/acme/prices?model=o3");
    for part in [
        "The price of o3 is set.",
        "Asked in this order:",
        "OPENAI",
        "$2.50",
        "$0.25",
        "$10.00",
        "Holds",
        "1 model has no price",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let from = price_to_come(&world, "o3").await;
    let html = text(&admin, &page).await;
    assert!(html.contains(", another from 20") && html.contains("Take back the price from"));
    let (html, to) = send(&admin, "remove_price", &[("model", "o3"), ("from", &*from)]).await;
    assert!(to == page && html.contains("The price is taken back.") && !html.contains("Take back the price from"));
    let nobody = text(&admin, "/w/acme/prices?model=gpt-5").await;
    assert!(nobody.contains("No provider that is on has it") && nobody.contains("It has no price yet."));
    assert!(nobody.contains("value=\"gpt-5\""), "the form is about it");
    assert!(!text(&admin, "/w/acme/prices?model=a%20b").await.contains("a b"), "what is no name is nothing");
}

#[tokio::test]
async fn a_key_is_limited_to_models_and_money() {
    let world = World::new().await;
    let (developer, viewer) = (world.browser(Who::Developer).await, world.browser(Who::Viewer).await);
    assert!(!text(&developer, "/w/acme/keys/new").await.contains("spend_cap"), "there is nothing to choose");
    register(&world, "openai", "https://models.example.com/v1", "o3").await;
    assert!(text(&developer, "/w/acme/keys/new").await.contains("The workspace has o3."));
    assert!(!text(&developer, "/w/acme/keys").await.contains("/w/acme/models"), "the page is the administrators'");
    assert!(text(&world.browser(Who::Admin).await, "/w/acme/keys").await.contains("/w/acme/models"));

    let plain = [("name", "CI"), ("permission", "read_only"), ("expiry", "30")];
    let wrong = [&plain[..], &[("models", "*-mini"), ("spend_cap", "0"), ("spend_period", "week")]].concat();
    let (html, page) = send(&developer, "create_key", &wrong).await;
    assert!(
        page.ends_with("/keys/new") && html.contains("*-mini</textarea>") && html.contains("value=\"week\" selected")
    );
    assert!(html.contains("<details open class=\"fold\""), "what is wrong is not folded away");
    let good = [&plain[..], &[("models", "o3\ngpt-4.1*"), ("spend_cap", "25"), ("spend_period", "week")]].concat();
    let page = send(&developer, "create_key", &good).await.1.trim_end_matches("/new").to_owned();
    let html = text(&developer, &page).await;
    assert!(html.contains("Uses gpt-4.1* and o3, for $25.00 a week.") && html.contains("$0.00 of $25.00 this week"));
    assert!(text(&developer, "/w/acme/keys").await.contains("$0.00 of $25.00 this week"), "its row says it");
    let id = page.rsplit('/').next().unwrap().to_owned();
    let like = text(&developer, &format!("/w/acme/keys/new?like={id}")).await;
    assert!(like.contains("gpt-4.1*\no3</textarea>") && like.contains("value=\"25.00\""));
    assert!(like.contains("value=\"week\" selected"));

    let refused = [("key", &*id), ("models", ""), ("spend_cap", "-1"), ("spend_period", "day")];
    let html = send(&developer, "limit_key_models", &refused).await.0;
    assert!(html.contains("value=\"-1\"") && html.contains("for $25.00 a week."));
    let lifted = [("key", &*id), ("models", ""), ("spend_cap", ""), ("spend_period", "day")];
    assert!(
        send(&developer, "limit_key_models", &lifted)
            .await
            .0
            .contains("Uses every model of the workspace, without a spend cap.")
    );
    let html = text(&viewer, &page).await;
    assert!(html.contains("Models and spend") && !html.contains("limit_key_models"));
}

/// A copy keeps its limits also where the workspace has no model any more, and where the key is only a tombstone.
#[tokio::test]
async fn a_copy_is_never_wider_than_its_original() {
    let world = World::new().await;
    let developer = world.browser(Who::Developer).await;
    let (id, _) = world.key(Who::Developer, "CI", Permission::ReadOnly, false).await;
    let limits = [("key", &*id), ("models", "o3"), ("spend_cap", "5"), ("spend_period", "total")];
    send(&developer, "limit_key_models", &limits).await;
    send(&developer, "delete_key", &[("key", &*id), ("typed", "CI")]).await;
    let like = developer.get(&format!("/w/acme/keys/new?like={id}")).await.html().await;
    assert!(like.contains("o3</textarea>") && like.contains("value=\"5.00\""));
}
