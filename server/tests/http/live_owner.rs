//! A key follows its owner: a role taken, a membership ended, a user shut out, a plan changed hold on the very next request of
//! every key concerned, on every surface, under load, also where another instance makes the change; and ending a
//! membership costs the same however many keys stop with it.

use crate::{
    ask::answer,
    load::{Asking, Load, together},
    wire::{Wire, me},
    world::{MINA, Made, World, grant, new_key},
};
use domain::{
    access::Role,
    workspace::{Plan, Settings},
};
use server::{Latchkey, auth::Caller, users, workspaces};
use std::time::Duration;
use tokio::time::Instant;

on_both_engines![
    a_membership_ends,
    a_user_is_shut_out,
    a_role_is_taken,
    a_plan_changes,
    a_membership_ends_elsewhere,
    a_user_is_shut_out_elsewhere,
    a_role_is_taken_elsewhere,
    a_plan_changes_elsewhere,
    a_thousand_keys_stop_with_one_membership,
];

const ROUNDS: usize = 100;
/// Where another instance makes the change: the command line beside the server, or the next one behind the load balancer.
const FEWER: usize = 40;

/// Ends and revives the key's right `rounds` times; says how often a request was accepted in between.
async fn rounds(world: &World, asking: Asking, rounds: usize, end: impl AsyncFn(), revive: impl AsyncFn()) {
    let (load, key) = (Load::asking(world, asking).await, world.key(new_key("live")).await);
    for _ in 0..rounds {
        load.good(&key.text).await;
        end().await;
        load.ended().await;
        revive().await;
    }
    assert_eq!(load.violations(), 0, "accepted after the acknowledgement");
}

async fn a_membership_ends(world: &World) {
    remove(world, &world.latchkey, ROUNDS).await;
}

async fn remove(world: &World, changer: &Latchkey, times: usize) {
    let members = grant(changer, "acme").await;
    rounds(
        world,
        Asking::Everywhere,
        times,
        async || workspaces::remove_member(&members, MINA).await.unwrap(),
        async || workspaces::put_member(&members, MINA, Role::Developer).await.unwrap(),
    )
    .await;
}

async fn a_user_is_shut_out(world: &World) {
    shut_out(world, &world.latchkey, ROUNDS).await;
}

async fn shut_out(world: &World, changer: &Latchkey, times: usize) {
    let instance = Caller::operator(changer).instance().unwrap();
    let mina = users::by_email(&instance, MINA).await.unwrap().id;
    let set = async |active| drop(users::set_active(&instance, mina.as_str(), active).await.unwrap());
    rounds(world, Asking::Everywhere, times, async || set(false).await, async || set(true).await).await;
}

async fn a_role_is_taken(world: &World) {
    demote(world, &world.latchkey, ROUNDS).await;
}

/// A viewer's key reads and no longer writes.
async fn demote(world: &World, changer: &Latchkey, times: usize) {
    let (instance, members) = (Caller::operator(changer).instance().unwrap(), grant(changer, "acme").await);
    let mina = users::by_email(&instance, MINA).await.unwrap().id;
    let put = async |role| drop(workspaces::change_role(&members, mina.as_str(), role).await.unwrap());
    rounds(world, Asking::ToWrite, times, async || put("viewer").await, async || put("developer").await).await;
    put("viewer").await;
    let key = world.key(new_key("reads")).await;
    assert_eq!(answer(world.get("/api/me").bearer_auth(&key.text)).await.status, 200, "it still reads");
    put("developer").await;
}

async fn a_plan_changes(world: &World) {
    change_plan(world, &world.latchkey, ROUNDS).await;
}

async fn change_plan(world: &World, changer: &Latchkey, times: usize) {
    let set = async |plan| {
        let settings = grant(changer, "acme").await;
        workspaces::update(&settings, plan, Settings::default()).await.unwrap();
    };
    rounds(world, Asking::WithoutGateway, times, async || set(Plan::Basic).await, async || set(Plan::Pro).await).await;
}

async fn a_membership_ends_elsewhere(world: &World) {
    let other = world.instance(|_| ()).await;
    remove(world, &other, FEWER).await;
    other.shut_down().await;
}

async fn a_user_is_shut_out_elsewhere(world: &World) {
    let other = world.instance(|_| ()).await;
    shut_out(world, &other, FEWER).await;
    other.shut_down().await;
}

async fn a_role_is_taken_elsewhere(world: &World) {
    let other = world.instance(|_| ()).await;
    demote(world, &other, FEWER).await;
    other.shut_down().await;
}

async fn a_plan_changes_elsewhere(world: &World) {
    let other = world.instance(|_| ()).await;
    change_plan(world, &other, FEWER).await;
    other.shut_down().await;
}

async fn a_thousand_keys_stop_with_one_membership(world: &World) {
    let mut took = Vec::new();
    for (email, count) in [("one@example.com", 1), ("many@example.com", 1_000)] {
        world.user(email).await;
        let mut quickest = Duration::MAX;
        world.member("acme", email, Role::Developer).await;
        let mut made: Vec<Made> = Vec::new();
        for n in 0..count {
            made.push(world.key_of("acme", email, new_key(&format!("key {n}"))).await);
        }
        assert_eq!(statuses(world, &made).await, vec![200; made.len()], "all of them work");
        for _ in 0..5 {
            world.member("acme", email, Role::Developer).await;
            let members = world.grant("acme").await;
            let begun = Instant::now();
            workspaces::remove_member(&members, email).await.unwrap();
            quickest = quickest.min(begun.elapsed());
        }
        // All at once, on connections that were open before.
        assert_eq!(statuses(world, &made).await, vec![403; made.len()], "not one is accepted");
        world.member("acme", email, Role::Developer).await;
        assert_eq!(statuses(world, &made).await, vec![200; made.len()], "and all come back");
        took.push(quickest);
    }
    println!("one key: {:?}, a thousand keys: {:?}", took[0], took[1]);
    // That no key is written at all stands in the store's contract; this is what a person would notice.
    assert!(took[1] < took[0] * 5 + Duration::from_millis(20), "{took:?}");
}

/// What every key is answered, on eight connections at once.
async fn statuses(world: &World, keys: &[Made]) -> Vec<u16> {
    let size = keys.len().div_ceil(8);
    let parts: Vec<Vec<String>> =
        keys.chunks(size).map(|part| part.iter().map(|key| me(&key.text)).collect()).collect();
    let answers = together(parts.into_iter().map(|requests| {
        let base = world.base.clone();
        async move {
            let mut wire = Wire::connect(&base).await;
            let mut statuses = Vec::new();
            for request in requests {
                statuses.push(wire.ask(&request).await.0);
            }
            statuses
        }
    }))
    .await;
    answers.concat()
}
