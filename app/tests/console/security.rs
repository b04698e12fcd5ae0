//! The console's own security: headers, origin, set-up.

use super::world::{Page, Who, World, location};

#[tokio::test]
async fn pages_carry_the_headers() {
    let world = World::new().await;
    let browser = world.browser(Who::Admin).await;
    for path in ["/login", "/w/acme/keys", "/account", "/nothing"] {
        let answer = browser.get(path).await;
        let header =
            |name: &str| answer.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let policy = header("content-security-policy");
        if answer.status() != 303 {
            assert!(
                policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'nonce-"),
                "{path}: {policy}"
            );
            assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        }
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_ne!(header("permissions-policy"), "", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert!(!header("x-request-id").is_empty(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_never_takes_a_pages_headers() {
    let world = World::new().await;
    let browser = world.browser(Who::Admin).await;
    for _ in 0..40 {
        let flash = browser.post("/console/rename_key", &[("workspace", "acme".into())]).send().await.unwrap();
        assert!(flash.headers().contains_key("set-cookie"), "the form leaves a sealed cookie");
        let (page, file, other) =
            tokio::join!(browser.get("/w/acme/keys"), browser.get("/favicon.svg"), browser.get("/account"));
        for page in [page, other] {
            assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'nonce-"));
        }
        assert_eq!(file.status(), 200);
        assert!(!file.headers().contains_key("set-cookie"), "a file carries somebody's cookie");
        assert!(!file.headers()["content-security-policy"].to_str().unwrap().contains("nonce"));
    }
}

#[tokio::test]
async fn every_inline_script_has_the_nonce_and_nothing_is_styled_inline() {
    let world = World::new().await;
    let answer = world.browser(Who::Admin).await.get("/w/acme/keys").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let html = answer.html().await;
    for script in html.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "<script{tag}>");
    }
    assert!(!html.contains(" style=") && !html.contains(" onclick="));
    let other = world.browser(Who::Admin).await.get("/w/acme/keys").await;
    assert!(!other.headers()["content-security-policy"].to_str().unwrap().contains(&nonce), "a new one for each page");
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused() {
    let world = World::new().await;
    let browser = world.browser(Who::Admin).await;
    for path in app::server_function_paths().into_iter().chain(app::form_page_paths()) {
        for origin in [Some("https://evil.example"), Some("null"), None] {
            let mut request = browser.client.post(format!("{}{path}", world.url)).form(&[("workspace", "acme")]);
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            assert_eq!(request.send().await.unwrap().status(), 403, "{path} from {origin:?}");
        }
    }
    assert_eq!(browser.get("/account").await.status(), 200, "nobody was signed out");
}

#[tokio::test]
async fn until_set_up_the_console_answers_nothing_else() {
    let world = World::empty().await;
    let browser = world.browser(Who::Nobody).await;
    for path in ["/", "/login", "/account", "/w/acme/keys", "/nothing"] {
        assert_eq!(location(&browser.get(path).await), "/setup", "{path}");
    }
    let sign_in = browser.post("/console/sign_in", &[("email", "a@b.c".into())]).send().await.unwrap();
    assert_eq!(sign_in.status(), 401);
    let link = world.latchkey.set_up_url().await.unwrap().unwrap();
    let path = link.strip_prefix(&world.url).unwrap();
    assert!(browser.get("/setup").await.html().await.contains("not set up yet"));
    let wrong = browser.get("/setup?token=abc").await.html().await;
    assert!(wrong.contains("not the one of the running program") && !wrong.contains("<form method"), "{wrong}");
    assert!(browser.get(path).await.html().await.contains("Create administrator"));

    let token = path.split('=').nth(1).unwrap();
    let form = |token: &str, password: &str| {
        [
            ("token", token),
            ("name", "Mina"),
            ("email", "mina@acme.dev"),
            ("password", password),
            ("workspace", "Acme"),
            ("slug", "acme"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    };
    let wrong = browser.fetch("/console/set_up", &form("abc", "a long passphrase")).send().await.unwrap();
    assert_eq!(wrong.status(), 404);
    let short = browser.fetch("/console/set_up", &form(token, "short")).send().await.unwrap();
    assert_eq!(short.status(), 422);
    let done = browser.post("/console/set_up", &form(token, "a long passphrase")).send().await.unwrap();
    assert_eq!((done.status().as_u16(), location(&done).as_str()), (303, "/w/acme/keys"));
    assert_eq!(browser.get("/w/acme/keys").await.status(), 200, "signed in");
    let again = browser.fetch("/console/set_up", &form(token, "a long passphrase")).send().await.unwrap();
    assert_eq!(again.status(), 404, "one-time");
    assert_eq!(world.latchkey.set_up_url().await.unwrap(), None);
}

#[tokio::test]
async fn names_are_text_everywhere() {
    let world = World::new().await;
    let browser = world.browser(Who::Admin).await;
    let long = "🔑".repeat(80);
    for name in ["<script>alert(1)</script>", "\"quoted\" & 'so'", "مفتاح النشر", long.as_str()] {
        let (id, _) = world.key(Who::Admin, name, domain::key::Permission::ReadOnly, false).await;
        for path in ["/w/acme/keys".to_owned(), format!("/w/acme/keys/{id}"), format!("/w/acme/keys/{id}/delete")] {
            let html = browser.get(&path).await.html().await;
            assert!(!html.contains("<script>alert"), "{path}");
            let shown = ["&lt;<", "&gt;>", "&quot;\"", "&#x27;'", "&amp;&"].iter().fold(html, |html, entity| {
                let (escaped, plain) = entity.split_at(entity.len() - 1);
                html.replace(escaped, plain)
            });
            assert!(shown.contains(name), "{name} is not shown on {path}");
        }
    }
}
