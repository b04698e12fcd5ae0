//! Accepting invites: by somebody with an account and by somebody who gets one; what is over, used or made up opens nothing, and
//! no log holds a token.

use crate::{
    ask::{Answer, answer},
    console::{Browser, somebody},
    load::together,
    world::World,
};
use domain::{
    access::Role,
    time::{DAY, MINUTE},
};
use serde_json::{Value, json};
use server::{
    auth::{CLOSED, Caller},
    invites, users, workspaces,
};

on_both_engines![
    somebody_signed_in_becomes_a_member,
    somebody_new_gets_an_account_and_is_signed_in,
    what_opens_nothing_answers_alike,
    of_eight_who_join_one_is_let_in,
];
on_sqlite![
    a_higher_role_uses_nothing_up,
    every_wrong_field_is_named,
    a_taken_email_is_sent_to_sign_in,
    whoever_is_signed_in_gets_no_second_account,
    joining_is_throttled_like_signing_in,
];

/// A token, which no log may hold.
async fn invite(world: &World, role: Role) -> String {
    let made = invites::create(&world.grant("acme").await, role).await.unwrap();
    let link = made.link("https://keys.example.com");
    let token = link.strip_prefix("https://keys.example.com/invite?token=").unwrap().to_owned();
    assert_eq!(token.len(), 32);
    world.secret(&token);
    token
}

fn account(world: &World, token: &str, email: &str) -> Value {
    json!({"token": token, "name": "Zoe", "email": email, "password": world.fresh_password()})
}

async fn role(world: &World, email: &str) -> Option<Role> {
    let list = workspaces::members(&world.grant("acme").await, email, "").await.unwrap();
    list.members.first().map(|member| member.role)
}

#[track_caller]
fn assert_closed(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (422, CLOSED));
}

async fn somebody_signed_in_becomes_a_member(world: &World) {
    let ((email, password), token) = (somebody(world).await, invite(world, Role::Developer).await);
    // As a browser opens it: the log has the path alone.
    answer(world.get(&format!("/invite?token={token}"))).await;
    let mut browser = Browser::new(world).await;
    assert_eq!(browser.post("/accept", json!({"token": token})).await.status, 401, "nobody is signed in");
    browser.sign_in(email, &password).await;
    let done = browser.post("/accept", json!({"token": token})).await;
    assert_eq!((done.status, done.body.as_str()), (200, "acme"));
    assert_eq!(role(world, email).await, Some(Role::Developer));
    assert!(invites::open(&world.grant("acme").await).await.unwrap().is_empty());
    assert_eq!(browser.who().await, email);

    let other = invite(world, Role::Admin).await;
    assert_eq!(browser.post("/accept", json!({"token": other})).await.status, 200);
    assert_eq!(role(world, email).await, Some(Role::Admin), "raised");
}

async fn a_higher_role_uses_nothing_up(world: &World) {
    let ((email, password), token) = (somebody(world).await, invite(world, Role::Developer).await);
    world.member("acme", email, Role::Admin).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    assert_eq!(browser.post("/accept", json!({"token": token})).await.status, 200);
    assert_eq!(role(world, email).await, Some(Role::Admin));
    assert_eq!(invites::open(&world.grant("acme").await).await.unwrap().len(), 1, "it is for somebody else");
}

async fn somebody_new_gets_an_account_and_is_signed_in(world: &World) {
    let token = invite(world, Role::Viewer).await;
    let mut browser = Browser::new(world).await;
    let form = account(world, &token, " Zoe@Example.com ");
    let done = browser.post("/join", form.clone()).await;
    assert_eq!((done.status, done.body.as_str()), (200, "acme"), "{done:?}");
    assert_eq!(browser.who().await, "zoe@example.com");
    assert_eq!(role(world, "zoe@example.com").await, Some(Role::Viewer));
    let user = users::by_email(&world.operator().instance().unwrap(), "zoe@example.com").await.unwrap();
    assert!(user.active && !user.instance_admin);
    let mut later = browser.another("Later");
    assert_eq!(later.sign_in("zoe@example.com", form["password"].as_str().unwrap()).await.status, 204);
}

async fn what_opens_nothing_answers_alike(world: &World) {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    let (used, revoked) = (invite(world, Role::Viewer).await, invite(world, Role::Viewer).await);
    assert_eq!(browser.post("/accept", json!({"token": used})).await.status, 200);
    let members = world.grant("acme").await;
    let open = invites::open(&members).await.unwrap();
    assert_eq!(open.len(), 1);
    invites::revoke(&members, open[0].id.as_str()).await.unwrap();
    assert!(invites::revoke(&members, "nothing").await.is_err());
    for token in [used.as_str(), &revoked, "made up", ""] {
        assert_closed(&browser.post("/accept", json!({"token": token})).await);
    }
    let expired = invite(world, Role::Viewer).await;
    world.clock.advance(7 * DAY - MINUTE);
    assert_eq!(invites::open(&members).await.unwrap().len(), 1, "until the very end");
    world.clock.advance(MINUTE);
    for token in [used.as_str(), &revoked, &expired, "made up", ""] {
        let mut nobody = browser.another("Nobody");
        assert_closed(&nobody.post("/join", account(world, token, "new@example.com")).await);
        assert_eq!(nobody.who().await, "");
    }
    assert!(users::by_email(&world.operator().instance().unwrap(), "new@example.com").await.is_err());
}

async fn of_eight_who_join_one_is_let_in(world: &World) {
    let token = invite(world, Role::Developer).await;
    let base = Browser::new(world).await.base;
    let requests: Vec<_> = (0..8)
        .map(|n| world.http.post(format!("{base}/join")).json(&account(world, &token, &format!("u{n}@example.com"))))
        .collect();
    let answers = together(requests.into_iter().map(answer)).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_closed(answer);
    }
    let instance = Caller::operator(&world.latchkey).instance().unwrap();
    assert_eq!(users::list(&instance).await.unwrap().len(), 2, "who was late left nothing behind");
}

async fn every_wrong_field_is_named(world: &World) {
    let token = invite(world, Role::Developer).await;
    let mut browser = Browser::new(world).await;
    let refused = browser.post("/join", json!({"token": token, "name": "", "email": "zoe", "password": "short"})).await;
    assert_eq!(refused.status, 422);
    for part in ["Name is required.", "E-mail needs the form", "it needs at least 10"] {
        assert!(refused.body.contains(part), "{}", refused.body);
    }
    assert_eq!(
        browser.post("/join", account(world, &token, "zoe@example.com")).await.status,
        200,
        "nothing is used up"
    );
}

async fn a_taken_email_is_sent_to_sign_in(world: &World) {
    let ((email, password), token) = (somebody(world).await, invite(world, Role::Developer).await);
    let mut browser = Browser::new(world).await;
    let refused = browser.post("/join", account(world, &token, &email.to_uppercase())).await;
    assert_eq!((refused.status, refused.body.contains("Sign in to accept.")), (422, true), "{refused:?}");
    assert_eq!(browser.sign_in(email, &password).await.status, 204, "the password is what it was");
    assert_eq!(browser.post("/accept", json!({"token": token})).await.status, 200, "nothing is used up");
}

async fn whoever_is_signed_in_gets_no_second_account(world: &World) {
    let ((email, password), token) = (somebody(world).await, invite(world, Role::Developer).await);
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    assert_eq!(browser.post("/join", account(world, &token, "zoe@example.com")).await.status, 403);
    assert_eq!(browser.who().await, email);
}

async fn joining_is_throttled_like_signing_in(world: &World) {
    let (token, (email, _)) = (invite(world, Role::Developer).await, somebody(world).await);
    let base = Browser::new(world).await.base;
    let requests: Vec<_> =
        (0..12).map(|_| world.http.post(format!("{base}/join")).json(&account(world, &token, email))).collect();
    let answers = together(requests.into_iter().map(answer)).await;
    let throttled = answers.iter().filter(|answer| answer.status == 429).count();
    assert!((1..=2).contains(&throttled), "{answers:?}");
}
