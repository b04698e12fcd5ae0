//! Forty parallel creations, half of them at another instance on the same database, never pass the workspace's limits.

use crate::{
    ask::{Answer, answer},
    console::Browser,
    load::together,
    world::{MINA, World},
};
use domain::{
    access::Role,
    time::HOUR,
    workspace::{Plan, Settings},
};
use reqwest::RequestBuilder;
use serde_json::json;
use server::{auth::SeeKeys, keys, workspaces};

on_both_engines![active_keys_per_member, creations_per_hour, a_name_is_taken_once];
on_sqlite![a_viewer_creates_nothing, a_refused_form_names_its_fields];

/// A signed-in developer at two instances.
async fn developer(world: &World, settings: Settings) -> [Browser<'_>; 2] {
    workspaces::update(&world.grant("acme").await, Plan::Pro, settings).await.unwrap();
    let password = world.user("dev@example.com").await;
    world.member("acme", "dev@example.com", Role::Developer).await;
    let mut here = Browser::new(world).await;
    assert_eq!(here.sign_in("dev@example.com", &password).await.status, 204);
    let other = world.instance(|_| ()).await;
    let mut there = Browser::of(world, &other).await;
    there.cookie.clone_from(&here.cookie);
    [here, there]
}

/// Forty creations at once; how many were made, and what the others were told.
async fn storm(world: &World, browsers: &[Browser<'_>; 2], name: impl Fn(usize) -> String) -> (usize, Vec<Answer>) {
    let requests = (0..40).map(|n| {
        let Browser { base, cookie, .. } = &browsers[n % 2];
        let form = json!({"name": name(n), "permission": "read_only", "expiry": "30"});
        insist(world.http.post(format!("{base}/keys")).header("cookie", cookie).json(&form))
    });
    let (made, refused): (Vec<_>, Vec<_>) =
        together(requests).await.into_iter().partition(|answer| answer.status == 201);
    (made.len(), refused)
}

/// On a machine that is busy with other things a connection may be long in coming: asks again, as the answer says.
async fn insist(request: RequestBuilder) -> Answer {
    let mut last = answer(request.try_clone().unwrap()).await;
    for _ in 0..3 {
        if last.status != 503 {
            break;
        }
        last = answer(request.try_clone().unwrap()).await;
    }
    last
}

async fn listed(world: &World) -> usize {
    let keys = keys::all(&world.grant::<SeeKeys>("acme").await).await.unwrap();
    keys.iter().filter(|key| key.owner_email == "dev@example.com").count()
}

fn assert_refused(refused: &[Answer], status: u16, words: &str) {
    for answer in refused {
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.body.contains(words), "{}", answer.body);
    }
}

async fn active_keys_per_member(world: &World) {
    let settings = Settings { max_active_keys_per_member: 3, key_creations_per_hour: 1_000, ..Settings::default() };
    let browsers = developer(world, settings).await;
    let (made, refused) = storm(world, &browsers, |n| format!("key {n}")).await;
    assert_eq!((made, refused.len(), listed(world).await), (3, 37, 3));
    assert_refused(&refused, 429, "3 keys are active already");
    // A key less makes room for one.
    let grant = world.grant::<SeeKeys>("acme").await;
    let one = keys::all(&grant).await.unwrap().remove(0);
    keys::disable(&world.grant("acme").await, one.id.as_str()).await.unwrap();
    let (made, _) = storm(world, &browsers, |n| format!("another {n}")).await;
    assert_eq!((made, listed(world).await), (1, 4));
    let enabled = keys::enable(&world.grant("acme").await, one.id.as_str()).await;
    assert!(enabled.is_ok(), "the operator is bound by no limit");
}

async fn creations_per_hour(world: &World) {
    let settings = Settings { max_active_keys_per_member: 1_000, key_creations_per_hour: 5, ..Settings::default() };
    let browsers = developer(world, settings).await;
    let (made, refused) = storm(world, &browsers, |n| format!("key {n}")).await;
    assert_eq!((made, refused.len(), listed(world).await), (5, 35, 5));
    assert_refused(&refused, 429, "5 keys within an hour");
    // Deleting one does not give its creation back; an hour does.
    let one = keys::all(&world.grant::<SeeKeys>("acme").await).await.unwrap().remove(0);
    keys::delete(&world.grant("acme").await, one.id.as_str(), "").await.unwrap();
    assert_eq!(storm(world, &browsers, |n| format!("too soon {n}")).await.0, 0);
    world.clock.advance(HOUR);
    assert_eq!(storm(world, &browsers, |n| format!("later {n}")).await.0, 5);
}

async fn a_name_is_taken_once(world: &World) {
    let settings = Settings { max_active_keys_per_member: 1_000, key_creations_per_hour: 1_000, ..Settings::default() };
    let browsers = developer(world, settings).await;
    let (made, refused) = storm(world, &browsers, |_| "the same".into()).await;
    assert_eq!((made, refused.len(), listed(world).await), (1, 39, 1));
    assert_refused(&refused, 422, "You have a key of this name already");
}

async fn a_viewer_creates_nothing(world: &World) {
    let browsers = developer(world, Settings::default()).await;
    world.member("acme", "dev@example.com", Role::Viewer).await;
    let (made, refused) = storm(world, &browsers, |n| format!("key {n}")).await;
    assert_eq!((made, listed(world).await), (0, 0));
    assert_refused(&refused, 403, "Viewers can't create keys here");
    workspaces::remove_member(&world.grant("acme").await, "dev@example.com").await.unwrap();
    let (_, refused) = storm(world, &browsers, |n| format!("key {n}")).await;
    assert_refused(&refused, 404, "Not found");
}

async fn a_refused_form_names_its_fields(world: &World) {
    let [mut here, _] = developer(world, Settings::default()).await;
    let form = json!({"name": "", "permission": "all", "expiry": "soon", "environment": "a b"});
    let answer = here.post("/keys", form).await;
    assert_eq!(answer.status, 422);
    for words in ["Name is required", "Permission is", "Expiry takes", "Environment takes"] {
        assert!(answer.body.contains(words), "{}", answer.body);
    }
    assert_eq!((listed(world).await, world.key(crate::world::new_key("CI")).await.id.len()), (0, 8), "{MINA} may");
}
