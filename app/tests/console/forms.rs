//! Forms without script (Post/Redirect/Get, nothing typed is lost) and with it (JSON that names the fields).

use super::{
    logs::once,
    world::{Browser, Page, Who, World, location},
};
use domain::key::Permission;
use serde_json::{Value, json};

fn create<'a>(name: &str) -> Vec<(&'a str, String)> {
    [("workspace", "acme"), ("name", name), ("permission", "read_write"), ("expiry", "never")]
        .map(|(field, value)| (field, value.to_owned()))
        .into()
}

pub async fn text(browser: &Browser, path: &str) -> String {
    browser.get(path).await.html().await
}

#[tokio::test]
async fn a_key_is_created_shown_once_and_works() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    let answer = browser.post("/console/create_key", &create("CI")).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let page = location(&answer);
    assert!(page.starts_with("/w/acme/keys/") && page.ends_with("/new"), "{page}");
    let cookie = answer.headers().get("set-cookie").unwrap().to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("Max-Age=60"), "{cookie}");

    let shown = browser.get(&page).await;
    assert_eq!(shown.headers()["cache-control"], "no-store");
    let html = shown.html().await;
    let at = html.find("lk_").unwrap();
    let key = &html[at..at + 50];
    let me = browser.client.get(format!("{}/api/me", world.url)).bearer_auth(key).send().await.unwrap();
    assert_eq!(me.status(), 200);
    assert_eq!(me.json::<Value>().await.unwrap()["key"]["name"], "CI");

    let again = browser.get(&page).await;
    assert_eq!(again.status(), 303, "shown once");
    assert_eq!(location(&again), page.trim_end_matches("/new"));
    for path in ["/w/acme/keys".to_owned(), location(&again)] {
        let html = text(&browser, &path).await;
        assert!(html.contains(&format!("••••{}", &key[46..])) && !html.contains(&key[12..]), "masked on {path}");
    }
}

#[tokio::test]
async fn the_fresh_key_is_its_creators_alone() {
    let world = World::new().await;
    let (developer, admin) = (world.browser(Who::Developer).await, world.browser(Who::Admin).await);
    let answer = developer.post("/console/create_key", &create("CI")).send().await.unwrap();
    let sealed = answer.headers().get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
    let stolen = admin.client.get(format!("{}{}", world.url, location(&answer))).header("cookie", &sealed);
    assert_eq!(stolen.send().await.unwrap().status(), 303);
}

#[tokio::test]
async fn a_refused_form_comes_back_with_what_was_typed() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    let mut form = create(" ");
    form.push(("description", "<b>for \"CI\" & more</b>".into()));
    form.push(("environment", "prod eu".into()));
    let answer = browser.post("/console/create_key", &form).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), location(&answer).as_str()), (303, "/w/acme/keys/new"));
    let html = text(&browser, "/w/acme/keys/new").await;
    for part in ["Name is required.", "Environment takes at most", "prod eu", "&lt;b&gt;for &quot;CI&quot; &amp; more"]
    {
        assert!(html.contains(part), "{part} is not in the page");
    }
    assert!(!html.contains("<b>for"), "escaped");
    assert!(!text(&browser, "/w/acme/keys/new").await.contains("prod eu"), "once");
    assert!(!text(&browser, "/w/acme/keys").await.contains("key-row"), "nothing was written");
}

/// Where a form goes, what it holds, and which fields are wrong with it.
type Case = (&'static str, Vec<(&'static str, String)>, &'static [&'static str]);

#[tokio::test]
async fn the_script_is_told_which_field_is_wrong() {
    let world = World::new().await;
    let browser = world.browser(Who::Admin).await;
    let (id, _) = world.key(Who::Admin, "one", Permission::ReadOnly, false).await;
    let on_key = |more: &[(&'static str, &str)]| {
        let mut form = vec![("workspace", "acme".to_owned()), ("key", id.clone())];
        form.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        form
    };
    let long = "x".repeat(501);
    let cases: Vec<Case> = vec![
        ("/console/create_key", vec![("workspace", "acme".into())], &["name", "permission", "expiry"]),
        ("/console/create_key", create("one"), &["name"]),
        ("/console/rename_key", on_key(&[("name", "")]), &["name"]),
        ("/console/rename_key", on_key(&[("name", "a\u{202E}b")]), &["name"]),
        (
            "/console/describe_key",
            on_key(&[("description", &long), ("environment", "ä")]),
            &["description", "environment"],
        ),
        (
            "/console/limit_key",
            on_key(&[("allow_ip", "10.0.0.0/8\n10.0.0.5/24"), ("rate_limit", "0")]),
            &["allow_ip", "rate_limit"],
        ),
        (
            "/console/change_password",
            vec![
                ("current_password", "a".into()),
                ("new_password", "short".into()),
                ("repeat_password", "short".into()),
            ],
            &["new_password"],
        ),
        (
            "/console/change_password",
            vec![("new_password", "long enough".into()), ("repeat_password", "other".into())],
            &["repeat_password"],
        ),
        ("/console/theme", vec![("theme", "pink".into())], &["theme"]),
    ];
    for (path, form, fields) in cases {
        let answer = browser.fetch(path, &form).send().await.unwrap();
        assert_eq!(answer.status(), 422, "{path}");
        let body: Value = answer.json().await.unwrap();
        let named: Vec<&str> =
            body["fields"].as_array().unwrap().iter().map(|f| f["field"].as_str().unwrap()).collect();
        assert_eq!(named, fields, "{path}");
        assert!(body["fields"].as_array().unwrap().iter().all(|f| f["message"].as_str().unwrap().ends_with('.')));
    }
}

#[tokio::test]
async fn limits_say_which_how_many_and_when() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    for at in 0..5 {
        assert_eq!(browser.fetch("/console/create_key", &create(&format!("{at}"))).send().await.unwrap().status(), 200);
    }
    let refused = browser.fetch("/console/create_key", &create("6")).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    let message = refused.json::<Value>().await.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("5 keys within an hour") && message.contains("60 min"), "{message}");
    let html = {
        browser.post("/console/create_key", &create("6")).send().await.unwrap();
        text(&browser, "/w/acme/keys/new").await
    };
    assert!(html.contains("5 keys within an hour") && html.contains("value=\"6\""), "and without script");
}

#[tokio::test]
async fn limits_are_set_and_changed_without_script() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    let mut form = create("CI");
    form.extend([("allow_ip", "10.0.0.0/8\r\n10.0.0.5/24".to_owned()), ("rate_limit", "60".to_owned())]);
    let refused = browser.post("/console/create_key", &form).send().await.unwrap();
    assert_eq!(location(&refused), "/w/acme/keys/new");
    let html = text(&browser, "/w/acme/keys/new").await;
    let is_open =
        |html: &str| html.split("<details ").skip(1).any(|tag| tag.split('>').next().unwrap() == "open class=\"fold\"");
    assert!(is_open(&html), "open where something in it is wrong");
    let fold = &html[html.find("class=\"fold\"").unwrap()..];
    assert!(fold.contains("Line 2: “10.0.0.5/24” has bits beyond its prefix"), "{fold}");
    assert!(fold.contains("10.0.0.0/8\r\n10.0.0.5/24</textarea>") && fold.contains("value=\"60\""), "{fold}");
    assert!(!is_open(&text(&browser, "/w/acme/keys/new").await), "else folded");

    form.retain(|(field, _)| *field != "allow_ip");
    form.push(("allow_ip", "10.0.0.0/8".to_owned()));
    let page = location(&browser.post("/console/create_key", &form).send().await.unwrap());
    let html = text(&browser, &page).await;
    let at = html.find("lk_").unwrap();
    let key = html[at..at + 50].to_owned();
    let code = async || {
        let answer = browser.client.get(format!("{}/api/me", world.url)).bearer_auth(&key).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    assert_eq!(code().await["error"]["code"], "IP_NOT_ALLOWED");

    let (page, id) = (page.trim_end_matches("/new").to_owned(), key[3..11].to_owned());
    let html = text(&browser, &page).await;
    assert!(
        html.contains("Works from one address or block, 60 times a minute.") && html.contains("10.0.0.0/8</textarea>")
    );
    let limit = |allow_ip: &str, rate: &str| {
        [("workspace", "acme"), ("key", &id), ("allow_ip", allow_ip), ("rate_limit", rate)]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let wider = browser.post("/console/limit_key", &limit("10.0.0.0/8, 127.0.0.1", "2")).send().await.unwrap();
    assert_eq!((wider.status().as_u16(), location(&wider)), (303, page.clone()));
    let html = text(&browser, &page).await;
    assert!(html.contains("Saved. The limits hold") && html.contains("Limits changed"), "said and recorded");
    assert_eq!(code().await["limits"]["allow_ip"], json!(["10.0.0.0/8", "127.0.0.1"]));
    assert_eq!(code().await["limits"]["rate_remaining"], 0);
    assert_eq!(code().await["error"]["code"], "RATE_LIMITED");
    browser.post("/console/limit_key", &limit("", "many")).send().await.unwrap();
    let html = text(&browser, &page).await;
    assert!(
        html.contains("Rate limit takes a whole number") && html.contains("value=\"many\""),
        "nothing typed is lost"
    );
    browser.post("/console/limit_key", &limit("", "")).send().await.unwrap();
    assert_eq!(code().await["limits"]["rate_limit"], Value::Null);
}

#[tokio::test]
async fn a_key_used_today_is_deleted_by_typing_its_name() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    let (id, key) = world.key(Who::Developer, "deploys", Permission::ReadOnly, false).await;
    let ask = || browser.client.get(format!("{}/api/me", world.url)).bearer_auth(&key).header("user-agent", "curl/8.5");
    assert_eq!(ask().send().await.unwrap().status(), 200);
    let html = once(&browser, &format!("/w/acme/keys/{id}/delete"), "from 127.0.0.1 (curl/8.5)").await;
    assert!(html.contains("typed_name"), "{html}");
    let form = |typed: &str| [("workspace", "acme".to_owned()), ("key", id.clone()), ("typed_name", typed.to_owned())];
    let refused = browser.fetch("/console/delete_key", &form("deploy")).send().await.unwrap();
    assert_eq!(refused.status(), 422);
    assert_eq!(refused.json::<Value>().await.unwrap()["fields"][0]["field"], "typed_name");
    assert_eq!(ask().send().await.unwrap().status(), 200);
    assert_eq!(browser.fetch("/console/delete_key", &form("deploys")).send().await.unwrap().status(), 200);
    assert_eq!(ask().send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn sign_in_says_little_and_leads_on() {
    let world = World::new().await;
    let browser = world.browser(Who::Nobody).await;
    let asked = browser.get("/w/acme/keys?q=a%20b").await;
    assert_eq!(location(&asked), "/login?next=/w/acme/keys%3Fq%3Da%2520b");
    let form = |password: &str, next: &str| {
        [("email", Who::Viewer.email()), ("password", password.to_owned()), ("next", next.to_owned())]
    };
    let refused = browser.post("/console/sign_in", &form("wrong wrong", "/account")).send().await.unwrap();
    assert_eq!(location(&refused), "/login?next=%2Faccount");
    let html = text(&browser, "/login?next=%2Faccount").await;
    assert!(html.contains("E-mail or password is wrong.") && html.contains(&Who::Viewer.email()));
    assert!(!html.contains("wrong wrong"), "no password comes back");
    for evil in ["//evil.org", "https://evil.org", "/\\evil.org"] {
        let fresh = world.browser(Who::Nobody).await;
        let done = fresh.post("/console/sign_in", &form(super::world::PASSWORD, evil)).send().await.unwrap();
        assert_eq!(location(&done), "/", "{evil}");
    }
    let done = browser.post("/console/sign_in", &form(super::world::PASSWORD, "/account")).send().await.unwrap();
    assert_eq!(location(&done), "/account");
    assert_eq!(browser.get("/account").await.status(), 200);
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    let send = |kind: &str, body: String| {
        let request = browser.client.post(format!("{}/console/create_key", world.url));
        request
            .header("origin", &world.url)
            .header("accept", "application/json")
            .header("content-type", kind)
            .body(body)
    };
    assert_eq!(send("application/json", json!({"name": "a"}).to_string()).send().await.unwrap().status(), 415);
    let large = format!("name={}", "x".repeat(70_000));
    assert_eq!(send("application/x-www-form-urlencoded", large).send().await.unwrap().status(), 413);
    let broken = send("application/x-www-form-urlencoded", "name=%FF&name=b".into()).send().await.unwrap();
    assert!([400, 422].contains(&broken.status().as_u16()), "{}", broken.status());
}

#[tokio::test]
async fn odd_addresses_are_no_errors() {
    let world = World::new().await;
    let browser = world.browser(Who::Developer).await;
    world.key(Who::Developer, "one", Permission::ReadOnly, false).await;
    for (path, status) in [
        ("/w/acme/keys?q=%00&owner=%00&environment=%ff&sort=x&status=y&after=zzz", 200),
        ("/w/acme/keys?after=.&after_disabled=A.B&sort=name", 200),
        ("/w/a%00/keys", 404),
        ("/w/acme/keys/..%2f..", 404),
        ("/w/acme/keys/AAAAAAAA", 404),
        ("/nothing/here", 404),
    ] {
        assert_eq!(browser.get(path).await.status(), status, "{path}");
    }
}
