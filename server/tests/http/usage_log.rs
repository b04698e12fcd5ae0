//! The log of single requests and the counts beside it: what the log drops is counted all the same, and the counts outlive
//! a database that does not take them.

use crate::{
    ask::answer,
    last_used::used,
    world::{World, grant, new_key, serve},
};
use domain::{key::KeyId, time::DAY};
use server::{
    Latchkey,
    auth::SeeKeys,
    http::data_plane,
    keys::{self, KeyView},
    logs::{self, LogQuery},
};
use std::time::{Duration, Instant};

on_both_engines![
    beyond_the_budget_is_counted_and_not_listed,
    a_budget_of_nothing_lists_nothing,
    what_is_too_old_is_deleted,
];
on_sqlite![counts_wait_until_they_can_be_written, the_last_counts_are_tried_again];

mod postgres_alone {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn counts_wait_until_the_database_is_back() {
        crate::world::tell(crate::engine::Engine::Postgres, super::counts_wait_until_the_database_is_back).await;
    }
}

/// Longer than two rounds of the recorder.
const ROUNDS: Duration = Duration::from_millis(1_800);

async fn ask_often(world: &World, latchkey: &Latchkey, key: &str, times: usize) {
    let base = serve(data_plane(latchkey)).await;
    for _ in 0..times {
        assert_eq!(answer(world.http.get(format!("{base}/api/me")).bearer_auth(key)).await.status, 200);
    }
}

/// The key as another instance shows it.
async fn seen(world: &World, id: &str) -> KeyView {
    let keys = keys::all(&grant::<SeeKeys>(&world.latchkey, "acme").await).await.unwrap();
    keys.into_iter().find(|view| Some(view.id) == KeyId::parse(id)).unwrap()
}

/// Whether nothing waits, and how many requests were written into the log and dropped.
fn log(latchkey: &Latchkey) -> (usize, u64, u64) {
    let recorder = latchkey.recorder();
    (recorder.depth(), recorder.written(), recorder.dropped())
}

async fn beyond_the_budget_is_counted_and_not_listed(world: &World) {
    let latchkey = world.instance(|config| config.usage_events_per_second = 3).await;
    let key = world.key(new_key("CI")).await;
    ask_often(world, &latchkey, &key.text, 10).await;
    world.clock.advance(1_000);
    ask_often(world, &latchkey, &key.text, 2).await;
    latchkey.shut_down().await;
    assert_eq!(log(&latchkey), (0, 5, 7));
    let view = seen(world, &key.id).await;
    assert_eq!((view.uses, view.last_used_at), (12, Some(world.now())));
}

async fn a_budget_of_nothing_lists_nothing(world: &World) {
    let latchkey = world.instance(|config| config.usage_events_per_second = 0).await;
    let key = world.key(new_key("CI")).await;
    ask_often(world, &latchkey, &key.text, 3).await;
    latchkey.shut_down().await;
    assert_eq!(log(&latchkey), (0, 0, 3));
    assert_eq!(seen(world, &key.id).await.uses, 3);
}

async fn what_is_too_old_is_deleted(world: &World) {
    let latchkey = world.instance(|_| {}).await;
    let key = world.key(new_key("CI")).await;
    ask_often(world, &latchkey, &key.text, 2).await;
    world.clock.advance(31 * DAY);
    ask_often(world, &latchkey, &key.text, 1).await;
    latchkey.shut_down().await;
    let place = world.operator().in_workspace("acme").await.unwrap();
    let listed = async || {
        let query = LogQuery { key: key.id.clone(), ..LogQuery::default() };
        logs::page(&place.clone().allow().unwrap(), &place, &query).await.unwrap().lines.len()
    };
    assert_eq!((listed().await, world.latchkey.forget_uses(32).await.unwrap()), (3, 0));
    assert_eq!((world.latchkey.forget_uses(30).await.unwrap(), listed().await), (2, 1));
    assert_eq!(seen(world, &key.id).await.uses, 3, "the counts stay");
}

async fn counts_wait_until_they_can_be_written(world: &World) {
    let (key, other) = (world.key(new_key("CI")).await, world.key(new_key("other")).await);
    refuse_counts(world).await;
    ask_often(world, &world.latchkey, &key.text, 3).await;
    tokio::time::sleep(ROUNDS).await;
    ask_often(world, &world.latchkey, &key.text, 2).await;
    ask_often(world, &world.latchkey, &other.text, 1).await;
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(world.view(&key.id).await.uses, 0);
    assert_eq!(log(&world.latchkey), (6, 0, 0), "the log waits with them");
    take_counts(world).await;
    assert_eq!(used(world, &key, 5).await.last_used_at, Some(world.now()));
    used(world, &other, 1).await;
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(world.view(&key.id).await.uses, 5, "once");
    let until = Instant::now() + Duration::from_mins(1);
    while log(&world.latchkey) != (0, 6, 0) {
        assert!(Instant::now() < until, "{:?}", log(&world.latchkey));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn the_last_counts_are_tried_again(world: &World) {
    let latchkey = world.instance(|_| ()).await;
    let key = world.key(new_key("CI")).await;
    refuse_counts(world).await;
    ask_often(world, &latchkey, &key.text, 3).await;
    let ending = tokio::spawn({
        let latchkey = latchkey.clone();
        async move { latchkey.shut_down().await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    take_counts(world).await;
    ending.await.unwrap();
    assert_eq!(seen(world, &key.id).await.uses, 3);
    assert_eq!(log(&latchkey), (0, 3, 0));
}

async fn refuse_counts(world: &World) {
    let sql = "CREATE TRIGGER no_counts BEFORE UPDATE OF uses ON keys BEGIN SELECT RAISE(ABORT, 'no'); END";
    world.place.execute(sql).await;
}

async fn take_counts(world: &World) {
    world.place.execute("DROP TRIGGER no_counts").await;
}

async fn counts_wait_until_the_database_is_back(world: &World) {
    let key = world.key(new_key("CI")).await;
    ask_often(world, &world.latchkey, &key.text, 1).await;
    used(world, &key, 1).await;
    // The feed brings the making of the key once more, and with it the key would be loaded anew.
    while world.latchkey.change_lag().await.unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ask_often(world, &world.latchkey, &key.text, 1).await;
    let (mut wanted, mut passed) = (2, 0);
    // From memory, as long as the instance's lease holds: once more where the machine was too slow for it.
    while passed < 3 {
        world.place.reachable(false).await;
        passed = 0;
        for _ in 0..3 {
            passed += i64::from(answer(world.get("/api/me").bearer_auth(&key.text)).await.status == 200);
        }
        wanted += passed;
        tokio::time::sleep(ROUNDS).await;
        world.place.reachable(true).await;
        while !world.latchkey.records().trusted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let until = tokio::time::Instant::now() + Duration::from_mins(1);
    while world.view(&key.id).await.uses < wanted {
        assert!(tokio::time::Instant::now() < until, "they are not counted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(world.view(&key.id).await.uses, wanted, "once");
}
