//! Signing in and out: who gets in, what the cookie looks like, and what a stranger can't tell or fix.

use crate::{
    ask::Answer,
    console::{Browser, somebody},
    world::World,
};
use domain::time::{DAY, MINUTE};
use server::users;

on_both_engines![the_right_password, every_refusal_is_the_same, a_deactivated_user_is_out_at_once, signing_out];
on_sqlite![
    nobody_is_signed_in,
    the_email_is_forgiving_and_the_password_is_not,
    the_cookie_over_http,
    the_cookie_over_https,
    the_id_changes_at_sign_in,
    a_made_up_id_is_not_adopted,
    an_idle_session_ends_after_a_week,
];

async fn the_right_password(world: &World) {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    let answer = browser.sign_in(email, &password).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(browser.who().await, email);
    assert_eq!(browser.another("other").who().await, "", "the cookie is what counts");
}

async fn nobody_is_signed_in(world: &World) {
    let mut browser = Browser::new(world).await;
    for cookie in ["", "latchkey_session=", "latchkey_session=nonsense", "latchkey_session=AAAAAAAAAAAAAAAAAAAAAA"] {
        cookie.clone_into(&mut browser.cookie);
        assert_eq!(browser.who().await, "", "{cookie}");
    }
}

async fn every_refusal_is_the_same(world: &World) {
    let (email, password) = somebody(world).await;
    let gone = world.user("gone@example.com").await;
    users::disable(&world.operator().instance().unwrap(), "gone@example.com").await.unwrap();
    let mut browser = Browser::new(world).await;
    let long = "x".repeat(257);
    let tries = [
        (email, "wrong password"),
        (email, ""),
        (email, &long),
        ("unknown@example.com", &password),
        ("", &password),
        ("gone@example.com", &gone),
    ];
    let mut answers = Vec::new();
    for (email, password) in tries {
        let Answer { status, mut headers, body } = browser.sign_in(email, password).await;
        for differs in ["date", "x-request-id"] {
            headers.remove(differs);
        }
        answers.push((status, headers, body));
        assert_eq!(browser.who().await, "");
    }
    assert_eq!((answers[0].0, answers[0].2.as_str()), (401, "E-mail or password is wrong."));
    assert!(!answers[0].1.contains_key("set-cookie"));
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
}

async fn the_email_is_forgiving_and_the_password_is_not(world: &World) {
    let (_, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    assert_eq!(browser.sign_in(" Somebody@Example.COM ", &password).await.status, 204);
    for wrong in [format!(" {password}"), format!("{password} "), password.to_lowercase()] {
        assert_eq!(browser.sign_in("somebody@example.com", &wrong).await.status, 401);
    }
}

/// The cookie's name and its attributes, in a fixed order.
fn cookie(answer: &Answer) -> (String, Vec<String>) {
    let mut parts = answer.header("set-cookie").split("; ").map(str::to_owned);
    let name = parts.next().unwrap().split('=').next().unwrap().to_owned();
    let mut attributes: Vec<String> = parts.collect();
    attributes.sort();
    (name, attributes)
}

async fn the_cookie_over_http(world: &World) {
    let (email, password) = somebody(world).await;
    let (name, attributes) = cookie(&Browser::new(world).await.sign_in(email, &password).await);
    assert_eq!(name, "latchkey_session");
    assert_eq!(attributes, ["HttpOnly", "Max-Age=604800", "Path=/", "SameSite=Lax"]);
}

async fn the_cookie_over_https(world: &World) {
    let (email, password) = somebody(world).await;
    let latchkey = world.instance(|config| config.public_url = "https://keys.example.com".into()).await;
    let mut browser = Browser::of(world, &latchkey).await;
    let (name, attributes) = cookie(&browser.sign_in(email, &password).await);
    assert_eq!(name, "__Host-latchkey_session");
    assert_eq!(attributes, ["HttpOnly", "Max-Age=604800", "Path=/", "SameSite=Lax", "Secure"]);
    assert_eq!(browser.who().await, email);
}

async fn the_id_changes_at_sign_in(world: &World) {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    let first = browser.cookie.clone();
    browser.sign_in(email, &password).await;
    assert_ne!(browser.cookie, first);
    assert_eq!(browser.who().await, email);
    browser.cookie = first;
    assert_eq!(browser.who().await, "", "who knew the old id knows nothing");
}

async fn a_made_up_id_is_not_adopted(world: &World) {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    let made_up = "latchkey_session=AAAAAAAAAAAAAAAAAAAAAA";
    browser.cookie = made_up.into();
    browser.sign_in(email, &password).await;
    assert_ne!(browser.cookie, made_up);
    browser.cookie = made_up.into();
    assert_eq!(browser.who().await, "");
}

async fn signing_out(world: &World) {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    let kept = browser.cookie.clone();
    let answer = browser.post("/sign-out", serde_json::Value::Null).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("set-cookie").contains("Max-Age=0"), "the browser forgets it: {answer:?}");
    browser.cookie = kept;
    assert_eq!(browser.who().await, "", "and the server does");
}

async fn a_deactivated_user_is_out_at_once(world: &World) {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    assert_eq!(browser.who().await, email);
    users::disable(&world.operator().instance().unwrap(), email).await.unwrap();
    assert_eq!(browser.who().await, "");
    assert_eq!(browser.sign_in(email, &password).await.status, 401);
}

async fn an_idle_session_ends_after_a_week(world: &World) {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    world.clock.advance(7 * DAY - 10 * MINUTE);
    assert_eq!(browser.who().await, email);
    world.clock.advance(11 * MINUTE);
    assert_eq!(browser.who().await, "");
}
