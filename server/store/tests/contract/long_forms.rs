//! Refused forms that wait for their page: whose they are, how many, and how long.

use crate::{
    engine::Outcome,
    world::{NOW, World},
};
use domain::time::MINUTE;
use store::Error;

on_both_engines!(a_form_waits_for_its_user_alone, it_waits_a_minute, a_user_has_so_many, a_name_is_taken_once);

async fn a_form_waits_for_its_user_alone(world: &World) -> Outcome {
    let (mina, noor) = (world.user("mina").await?, world.user("noor").await?);
    let (store, end) = (&world.store, NOW.plus(MINUTE));
    store.keep_form("one", &mina.id, "sealed", NOW, end).await?;
    assert_eq!(store.kept_form("one", &mina.id, NOW).await?.as_deref(), Some("sealed"));
    assert_eq!(store.kept_form("one", &noor.id, NOW).await?, None);
    assert_eq!(store.kept_form("two", &mina.id, NOW).await?, None);
    store.drop_form("one", &noor.id).await?;
    assert!(store.kept_form("one", &mina.id, NOW).await?.is_some(), "nobody else's to drop");
    store.drop_form("one", &mina.id).await?;
    assert_eq!(store.kept_form("one", &mina.id, NOW).await?, None);
    Ok(())
}

async fn it_waits_a_minute(world: &World) -> Outcome {
    let mina = world.user("mina").await?;
    let (store, end) = (&world.store, NOW.plus(MINUTE));
    store.keep_form("one", &mina.id, "sealed", NOW, end).await?;
    assert!(store.kept_form("one", &mina.id, end.plus(-1)).await?.is_some());
    assert_eq!(store.kept_form("one", &mina.id, end).await?, None);
    // It is not only hidden: who looks at an earlier time finds it gone.
    store.keep_form("two", &mina.id, "sealed", end, end.plus(MINUTE)).await?;
    assert_eq!(store.kept_form("one", &mina.id, NOW).await?, None);
    store.delete_ended_sessions(end.plus(MINUTE)).await?;
    assert_eq!(store.kept_form("two", &mina.id, NOW).await?, None, "nor does one stay where no other comes");
    Ok(())
}

async fn a_user_has_so_many(world: &World) -> Outcome {
    let (mina, noor) = (world.user("mina").await?, world.user("noor").await?);
    let store = &world.store;
    store.keep_form("noor's", &noor.id, "sealed", NOW, NOW.plus(MINUTE)).await?;
    for n in 0..10_i64 {
        let now = NOW.plus(n);
        store.keep_form(&format!("form {n}"), &mina.id, "sealed", now, now.plus(MINUTE)).await?;
    }
    let mut left = Vec::new();
    for n in 0..10 {
        if store.kept_form(&format!("form {n}"), &mina.id, NOW).await?.is_some() {
            left.push(n);
        }
    }
    assert_eq!(left, [2, 3, 4, 5, 6, 7, 8, 9]);
    assert!(store.kept_form("noor's", &noor.id, NOW).await?.is_some());
    Ok(())
}

async fn a_name_is_taken_once(world: &World) -> Outcome {
    let mina = world.user("mina").await?;
    world.store.keep_form("one", &mina.id, "first", NOW, NOW.plus(MINUTE)).await?;
    let again = world.store.keep_form("one", &mina.id, "second", NOW, NOW.plus(MINUTE)).await;
    assert!(matches!(again, Err(Error::Taken)), "{again:?}");
    assert_eq!(world.store.kept_form("one", &mina.id, NOW).await?.as_deref(), Some("first"));
    Ok(())
}
