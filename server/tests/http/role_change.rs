//! A session gets a new id once a role of its user was changed, and its user stays signed in: here, there, everywhere.

use crate::{
    ask::{answer, assert_all},
    console::{Browser, somebody},
    load::together,
    world::World,
};
use domain::{access::Role, time::MINUTE};
use server::{users, workspaces};

on_both_engines![a_new_id_at_the_next_request, every_session_gets_its_own, requests_under_way_are_not_signed_out];
on_sqlite![every_kind_of_change];

async fn a_new_id_at_the_next_request(world: &World) {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    let first = browser.cookie.clone();
    for _ in 0..3 {
        assert_eq!(browser.who().await, email);
        assert_eq!(browser.cookie, first, "nothing has changed yet");
    }
    world.member("acme", email, Role::Viewer).await;
    assert_eq!(browser.who().await, email, "still signed in");
    let second = browser.cookie.clone();
    assert_ne!(first, second);
    let mut thief = browser.another("Thief");
    thief.cookie.clone_from(&first);
    assert_eq!(browser.sessions().await.len(), 1, "the old one is not listed");
    world.clock.advance(10_000);
    assert_eq!(thief.who().await, "", "the old id opens nothing");
    for _ in 0..3 {
        assert_eq!(browser.who().await, email);
        assert_eq!(browser.cookie, second, "once");
    }
    assert_eq!(browser.sessions().await.len(), 1);
}

async fn every_session_gets_its_own(world: &World) {
    let (email, password) = somebody(world).await;
    let mut laptop = Browser::new(world).await;
    let mut phone = laptop.another("Phone");
    laptop.sign_in(email, &password).await;
    phone.sign_in(email, &password).await;
    let before = [laptop.cookie.clone(), phone.cookie.clone()];
    world.member("acme", email, Role::Developer).await;
    assert_eq!((laptop.who().await.as_str(), phone.who().await.as_str()), (email, email), "nobody is signed out");
    assert!(laptop.cookie != before[0] && phone.cookie != before[1] && laptop.cookie != phone.cookie);
    assert_eq!(laptop.sessions().await.len(), 2);
}

/// A page of many parts, or several tabs: all of them come with the old id.
async fn requests_under_way_are_not_signed_out(world: &World) {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    for role in [Role::Viewer, Role::Developer] {
        world.member("acme", email, role).await;
        // Each of them would also note where it was seen from.
        world.clock.advance(MINUTE);
        // Not more than the database has connections: who waits for one for long is refused.
        let requests: Vec<_> = (0..12)
            .map(|_| world.http.get(format!("{}/who", browser.base)).header("cookie", &browser.cookie))
            .collect();
        let answers = together(requests.into_iter().map(answer)).await;
        assert_all(&answers, 200, "all the while");
        let fresh: Vec<_> =
            answers.iter().map(|answer| answer.header("set-cookie")).filter(|set| !set.is_empty()).collect();
        assert_eq!(fresh.len(), 1, "one of them brings the new id, none takes it away");
        fresh[0].split(';').next().unwrap_or_default().clone_into(&mut browser.cookie);
        world.secret(browser.cookie.split_once('=').unwrap().1);
        assert_eq!(browser.sessions().await.len(), 1);
    }
    // What ends sessions ends these too.
    world.member("acme", email, Role::Viewer).await;
    let old = browser.cookie.clone();
    assert_eq!(browser.who().await, email);
    users::disable(&world.operator().instance().unwrap(), email).await.unwrap();
    browser.cookie = old;
    assert_eq!(browser.who().await, "");
}

async fn every_kind_of_change(world: &World) {
    let (email, password) = somebody(world).await;
    let mut browser = Browser::new(world).await;
    browser.sign_in(email, &password).await;
    let instance = world.operator().instance().unwrap();
    let id = users::by_email(&instance, email).await.unwrap().id;
    for change in 0..5 {
        match change {
            0 => world.member("acme", email, Role::Viewer).await,
            1 => drop(workspaces::change_role(&world.grant("acme").await, id.as_str(), "developer").await.unwrap()),
            2 => drop(workspaces::remove(&world.grant("acme").await, id.as_str()).await.unwrap()),
            3 => drop(users::set_instance_admin(&instance, id.as_str(), true).await.unwrap()),
            _ => drop(users::set_instance_admin(&instance, id.as_str(), false).await),
        }
        let before = browser.cookie.clone();
        assert_eq!(browser.who().await, email);
        // The last one is refused: nobody else administers the installation.
        assert_eq!(browser.cookie != before, change < 4, "change {change}");
    }
}
