//! The log as it grows, as its stream reads it: what is written late, by an instance whose clock is behind, or with a smaller
//! number than what was seen, is met all the same, and nothing twice.

use crate::world::{World, new_key};
use domain::{key::KeyId, time::Timestamp};
use server::logs::{Live, LogQuery};
use store::{Store, Use};

on_both_engines![late_ones_are_met_once, long_calls_come_in_when_they_end, a_long_pause_loses_nothing];
on_sqlite![it_looks_back_so_far_and_no_further, numbers_that_begin_anew, another_workspace_has_taken_the_name];

const SECOND: i64 = 1_000;

/// Writes requests of these moments, as another instance would.
async fn written(world: &World, key: &str, moments: &[Timestamp]) {
    let store = Store::open(&world.config.database).await.unwrap();
    let workspace = store.workspace("acme").await.unwrap().unwrap().id;
    let key = KeyId::parse(key).unwrap();
    let of = |at: &Timestamp| Use {
        at: *at,
        workspace: &workspace,
        key,
        surface: "me",
        code: "VALID",
        address: None,
        agent: "",
        mcp: None,
        model: None,
    };
    let uses: Vec<_> = moments.iter().map(of).collect();
    store.log_uses(&uses).await.unwrap();
    store.close().await;
}

async fn live(world: &World, query: &LogQuery) -> Live {
    Live::new(world.operator().in_workspace("acme").await.unwrap(), query, world.now()).unwrap()
}

/// How long ago each new one was, in the order they came in.
async fn seen(world: &World, live: &mut Live) -> Vec<i64> {
    live.look().await.unwrap().into_iter().map(|line| world.now().since(line.used.at)).collect()
}

async fn late_ones_are_met_once(world: &World) {
    let key = world.key(new_key("CI")).await.id;
    let mut live = live(world, &LogQuery::default()).await;
    assert!(seen(world, &mut live).await.is_empty());
    world.clock.advance(SECOND);
    let now = world.now();
    written(world, &key, &[now.plus(-100), now]).await;
    assert_eq!(seen(world, &mut live).await, [100, 0], "the oldest first");
    assert!(seen(world, &mut live).await.is_empty());
    // Before those in time, and after them in number; and one by a clock that is ahead.
    written(world, &key, &[now.plus(-5 * SECOND), now.plus(2 * SECOND)]).await;
    assert_eq!(seen(world, &mut live).await, [5 * SECOND, -2 * SECOND]);
    for _ in 0..20 {
        world.clock.advance(SECOND);
        assert!(seen(world, &mut live).await.is_empty());
    }
    written(world, &key, &[world.now().plus(-14 * SECOND)]).await;
    assert_eq!(seen(world, &mut live).await, [14 * SECOND]);
}

/// A call stands at the moment at which it began, and is written when it has ended.
async fn long_calls_come_in_when_they_end(world: &World) {
    let key = world.key(new_key("CI")).await.id;
    written(world, &key, &[world.now().plus(-90 * SECOND)]).await;
    let mut all = live(world, &LogQuery::default()).await;
    let mut one = live(world, &LogQuery { key: key.clone(), ..LogQuery::default() }).await;
    let mut refused = live(world, &LogQuery { answer: "refused".into(), ..LogQuery::default() }).await;
    for live in [&mut all, &mut one, &mut refused] {
        assert!(seen(world, live).await.is_empty(), "what had ended before is on the page");
    }
    for took in [40, 3_600] {
        written(world, &key, &[world.now().plus(-took * SECOND)]).await;
        for live in [&mut all, &mut one] {
            assert_eq!(seen(world, live).await, [took * SECOND]);
        }
        assert!(seen(world, &mut refused).await.is_empty());
        for _ in 0..20 {
            world.clock.advance(SECOND);
            assert!(seen(world, &mut all).await.is_empty(), "once");
        }
    }
}

/// SQLite does so where the last request was deleted.
async fn numbers_that_begin_anew(world: &World) {
    let key = world.key(new_key("CI")).await.id;
    written(world, &key, &[world.now(); 30]).await;
    let mut live = live(world, &LogQuery::default()).await;
    assert_eq!(seen(world, &mut live).await.len(), 30);
    for _ in 0..20 {
        world.clock.advance(SECOND);
        assert!(seen(world, &mut live).await.is_empty());
    }
    world.place.execute("DELETE FROM usage_events").await;
    written(world, &key, &[world.now()]).await;
    assert_eq!(seen(world, &mut live).await, [0]);
    assert!(seen(world, &mut live).await.is_empty());
}

async fn a_long_pause_loses_nothing(world: &World) {
    let key = world.key(new_key("CI")).await.id;
    let mut live = live(world, &LogQuery::default()).await;
    let begun = world.now();
    world.clock.advance(600 * SECOND);
    written(world, &key, &[begun.plus(SECOND), begun.plus(300 * SECOND), world.now()]).await;
    assert_eq!(seen(world, &mut live).await, [599 * SECOND, 300 * SECOND, 0]);
    // More than a page keeps: the newest of them.
    let many: Vec<_> = (0..250).map(|n| world.now().plus(n)).collect();
    written(world, &key, &many).await;
    let last = live.look().await.unwrap();
    assert_eq!((last.len(), last[0].used.at, last[199].used.at), (200, many[50], many[249]));
    assert!(live.look().await.unwrap().is_empty(), "and never the older ones");
}

async fn it_looks_back_so_far_and_no_further(world: &World) {
    let key = world.key(new_key("CI")).await.id;
    let other = world.key(new_key("agent")).await.id;
    let mut all = live(world, &LogQuery::default()).await;
    let mut one = live(world, &LogQuery { key: "agent".into(), ..LogQuery::default() }).await;
    let mut refused = live(world, &LogQuery { answer: "refused".into(), ..LogQuery::default() }).await;
    written(world, &key, &[world.now().plus(-16 * SECOND), world.now().plus(-15 * SECOND)]).await;
    written(world, &other, &[world.now()]).await;
    assert_eq!(seen(world, &mut all).await, [15 * SECOND, 0]);
    assert_eq!(seen(world, &mut one).await, [0]);
    assert!(seen(world, &mut refused).await.is_empty());
}

async fn another_workspace_has_taken_the_name(world: &World) {
    world.workspace("other", domain::workspace::Settings::default()).await;
    let mut live = live(world, &LogQuery::default()).await;
    let place = async |slug| world.operator().in_workspace(slug).await.unwrap();
    live.renew(place("acme").await).unwrap();
    assert_eq!(live.renew(place("other").await).unwrap_err().status(), 404);
}
