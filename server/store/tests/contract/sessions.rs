//! Sessions: kept as they are written, over at their millisecond, ended by their user alone, and never revived.

use crate::{
    engine::Outcome,
    world::{NOW, World, new_session},
};
use domain::time::{HOUR, MINUTE};
use store::{Error, StoredSession};

on_both_engines!(
    are_kept_as_written,
    an_id_is_taken_once,
    an_ended_session_stays_ended,
    end_at_their_millisecond,
    are_listed_by_the_last_seen,
    a_user_ends_only_their_own,
    all_others_end_at_once,
    one_is_superseded_once_and_ends_soon,
);

async fn are_kept_as_written(world: &World) -> Outcome {
    let (store, mina) = (&world.store, world.user("mina").await?);
    let nobodys = new_session("a");
    store.insert_session(&nobodys).await?;
    assert_eq!(format!("{:?}", store.session("a", NOW).await?), format!("{:?}", Some(&nobodys)));

    let signed_in = StoredSession {
        user: Some(mina.id.clone()),
        data: r#"{"nonce":"ü"}"#.into(),
        address: "2001:db8::1".into(),
        agent: "curl".into(),
        last_seen_at: NOW.plus(MINUTE),
        expires_at: NOW.plus(HOUR),
        ..nobodys
    };
    store.update_session(&signed_in).await?;
    assert_eq!(format!("{:?}", store.session("a", NOW).await?), format!("{:?}", Some(&signed_in)));
    assert!(store.session("b", NOW).await?.is_none());
    Ok(())
}

async fn an_id_is_taken_once(world: &World) -> Outcome {
    let mina = world.user("mina").await?;
    world.session(&mina, "a").await?;
    assert_err!(world.store.insert_session(&new_session("a")).await, Error::Taken);
    assert_eq!(world.store.session("a", NOW).await?.and_then(|s| s.user), Some(mina.id));

    let strangers = StoredSession { user: Some(world.new_user("nobody").id), ..new_session("b") };
    assert_err!(world.store.insert_session(&strangers).await, Error::Database(_));
    assert!(world.store.session("b", NOW).await?.is_none());
    Ok(())
}

async fn an_ended_session_stays_ended(world: &World) -> Outcome {
    let (store, mina) = (&world.store, world.user("mina").await?);
    let session = world.session(&mina, "a").await?;
    store.delete_session("a").await?;
    store.delete_session("a").await?;
    store.update_session(&session).await?;
    assert!(store.session("a", NOW).await?.is_none());
    assert!(store.sessions_of(&mina.id, NOW).await?.is_empty());
    Ok(())
}

async fn end_at_their_millisecond(world: &World) -> Outcome {
    let (store, mina) = (&world.store, world.user("mina").await?);
    let session = world.session(&mina, "a").await?;
    let (end, last) = (session.expires_at, session.expires_at.plus(-1));
    assert!(store.session("a", last).await?.is_some());
    assert!(store.session("a", end).await?.is_none());
    assert_eq!(store.sessions_of(&mina.id, last).await?.len(), 1);
    assert!(store.sessions_of(&mina.id, end).await?.is_empty());

    store.delete_ended_sessions(last).await?;
    assert!(store.session("a", NOW).await?.is_some());
    store.delete_ended_sessions(end).await?;
    assert!(store.session("a", NOW).await?.is_none());
    Ok(())
}

async fn are_listed_by_the_last_seen(world: &World) -> Outcome {
    let (store, mina, bob) = (&world.store, world.user("mina").await?, world.user("bob").await?);
    for (id, minutes) in [("b", 1), ("C", 1), ("a", 1), ("late", 9), ("early", 0)] {
        let session = world.session(&mina, id).await?;
        store.update_session(&StoredSession { last_seen_at: NOW.plus(minutes * MINUTE), ..session }).await?;
    }
    world.session(&bob, "bobs").await?;
    store.insert_session(&new_session("nobodys")).await?;
    let listed: Vec<_> = store.sessions_of(&mina.id, NOW).await?.into_iter().map(|s| s.id).collect();
    assert_eq!(listed, ["late", "C", "a", "b", "early"]);
    Ok(())
}

async fn a_user_ends_only_their_own(world: &World) -> Outcome {
    let (store, mina, bob) = (&world.store, world.user("mina").await?, world.user("bob").await?);
    world.session(&mina, "minas").await?;
    store.insert_session(&new_session("nobodys")).await?;
    for id in ["minas", "nobodys", "unknown"] {
        assert_err!(store.delete_session_of(&bob.id, id).await, Error::NotFound);
    }
    assert!(store.session("minas", NOW).await?.is_some());
    store.delete_session_of(&mina.id, "minas").await?;
    assert!(store.session("minas", NOW).await?.is_none());
    assert_err!(store.delete_session_of(&mina.id, "minas").await, Error::NotFound);
    Ok(())
}

async fn all_others_end_at_once(world: &World) -> Outcome {
    let (store, mina, bob) = (&world.store, world.user("mina").await?, world.user("bob").await?);
    for id in ["here", "phone", "cafe"] {
        world.session(&mina, id).await?;
    }
    world.session(&bob, "bobs").await?;
    store.delete_other_sessions(&mina.id, "here").await?;
    let left: Vec<_> = store.sessions_of(&mina.id, NOW).await?.into_iter().map(|s| s.id).collect();
    assert_eq!(left, ["here"]);
    assert!(store.session("bobs", NOW).await?.is_some());
    Ok(())
}

async fn one_is_superseded_once_and_ends_soon(world: &World) -> Outcome {
    let (store, mina) = (&world.store, world.user("mina").await?);
    let session = world.session(&mina, "old").await?;
    let until = NOW.plus(MINUTE);
    assert!(store.supersede_session("old", until).await?);
    assert!(!store.supersede_session("old", NOW.plus(HOUR)).await? && !store.supersede_session("none", until).await?);
    let found = store.session("old", NOW).await?.map(|found| (found.superseded, found.expires_at));
    assert_eq!(found, Some((true, until)));
    assert!(store.session("old", until).await?.is_none() && store.sessions_of(&mina.id, NOW).await?.is_empty());
    // Nothing prolongs it, and what is under way ends it no sooner.
    store.update_session(&session).await?;
    store.delete_session("old").await?;
    assert_eq!(store.session("old", NOW).await?.map(|found| found.expires_at), Some(until));
    store.set_user_active(&mina.id, false, &world.event("user.disable")).await?;
    assert!(store.session("old", NOW).await?.is_none(), "but what ends all of them");
    Ok(())
}
