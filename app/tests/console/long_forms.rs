//! Refused forms that no cookie has room for, without script: they come back whole to whoever typed them, once.

use super::{
    forms::text,
    world::{PASSWORD, Page, Who, World, location},
};
use reqwest::{Client, Response, redirect::Policy};

/// What a browser keeps of one cookie.
const COOKIE_MOST: usize = 4_096;

fn cookies(answer: &Response) -> Vec<String> {
    answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

fn long_provider() -> (String, Vec<(&'static str, String)>) {
    let long = format!("{}no name", "some-model-with-a-long-name\n".repeat(2_000));
    let form =
        [("workspace", "acme"), ("name", "Long"), ("slug", "long"), ("url", "https://e.com/v1"), ("models", &*long)]
            .map(|(field, value)| (field, value.to_owned()));
    (long, form.into())
}

#[tokio::test]
async fn a_form_that_is_too_long_for_a_cookie_comes_back_whole() {
    let world = World::new().await;
    let browser = world.browser(Who::Admin).await;
    let (long, form) = long_provider();
    let new = "/w/acme/models/new";
    for _ in 0..2 {
        let answer = browser.post("/console/register_provider", &form).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), location(&answer).as_str()), (303, new));
        let left = cookies(&answer);
        assert!(left.iter().any(|cookie| cookie.starts_with("latchkey_form=")), "{left:?}");
        assert!(left.iter().all(|cookie| cookie.len() <= COOKIE_MOST), "a browser keeps it");
        // What the browser fetches meanwhile takes nothing away.
        assert_eq!(browser.get("/favicon.svg").await.status(), 200);
        let html = text(&browser, new).await;
        assert!(html.contains("value=\"Long\"") && html.contains("Line 2001: “no name”") && html.contains(&long));
        assert!(!text(&browser, new).await.contains("some-model"), "once");
    }
    let waits = async |session: &str| {
        let posted = Client::builder().redirect(Policy::none()).build().unwrap();
        let posted = posted.post(format!("{}/console/register_provider", world.url)).header("cookie", session);
        let posted =
            posted.header("origin", &world.url).header("accept", "text/html").form(&form).send().await.unwrap();
        cookie_of(&posted, "latchkey_form")
    };
    let shown = async |session: &str, marker: &str| {
        let page = Client::new().get(format!("{}{new}", world.url)).header("cookie", format!("{session}; {marker}"));
        let page = page.header("accept", "text/html").send().await.unwrap();
        assert_eq!(page.status(), 200);
        page.html().await.contains("some-model")
    };
    let (mine, others) = (session(&world, Who::Admin).await, session(&world, Who::Instance).await);
    let (first, second) = (waits(&mine).await, waits(&mine).await);
    assert!(!shown(&others, &first).await, "it waits for whoever typed it");
    assert!(shown(&mine, &first).await);
    assert!(!shown(&mine, &first).await, "it goes when it is shown");
    assert!(shown(&mine, &second).await, "what another tab left waits on");
}

async fn session(world: &World, who: Who) -> String {
    let nobody = world.browser(Who::Nobody).await;
    let form = [("email", who.email()), ("password", PASSWORD.into())];
    cookie_of(&nobody.post("/console/sign_in", &form).send().await.unwrap(), "latchkey_session")
}

fn cookie_of(answer: &Response, name: &str) -> String {
    let set = cookies(answer).into_iter().find(|cookie| cookie.starts_with(&format!("{name}="))).unwrap();
    set.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_long_form_of_nobody_says_what_is_wrong_and_is_not_kept() {
    let world = World::new().await;
    let nobody = world.browser(Who::Nobody).await;
    let form = [("email", "a".repeat(20_000)), ("password", "wrong".into())];
    let answer = nobody.post("/console/sign_in", &form).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let left = cookies(&answer);
    assert!(left.len() == 1 && left[0].starts_with("latchkey_form=") && left[0].len() <= COOKIE_MOST, "{left:?}");
    let html = text(&nobody, "/login").await;
    assert!(html.contains("data-form-notice") && !html.contains("aaaa"));
}
