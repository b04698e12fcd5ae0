//! Opening: migrations in two folders of the same names, run once however many open at a time; two stores on one database
//! see each other's changes at once, as the command line and a running server do.

use crate::{
    engine::{Engine, Outcome, Place},
    one_key::OneKey,
    world::{World, together},
};
use std::{collections::BTreeSet, fs, path::Path};
use store::{DatabaseUrl, Error, Store};

on_both_engines!(
    opening_again_changes_nothing,
    several_open_an_empty_database_at_once,
    a_database_of_a_later_version_is_refused,
    a_place_that_is_not_there_is_an_error,
    a_closed_store_answers_no_ping,
    a_second_store_sees_changes_at_once,
    references_sort_as_what_they_refer_to,
);

#[test]
fn both_folders_hold_the_same_names() -> Outcome {
    let names = |engine: &str| -> Outcome<BTreeSet<_>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    };
    assert!(!names("sqlite")?.is_empty());
    assert_eq!(names("sqlite")?, names("postgres")?);
    Ok(())
}

const MIGRATIONS: &str = "SELECT COUNT(*) FROM _sqlx_migrations";

async fn opening_again_changes_nothing(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    let migrations = world.place.number(MIGRATIONS).await?;
    for _ in 0..2 {
        let again = Store::open(&world.place.url).await?;
        again.ping().await?;
        assert!(again.credential(&key.id, &key.hash).await?.is_some());
        again.close().await;
    }
    assert_eq!(world.place.number(MIGRATIONS).await?, migrations);
    assert!(world.store.key(&acme.id, &key.id).await?.is_some());
    Ok(())
}

async fn several_open_an_empty_database_at_once(world: &World) -> Outcome {
    let place = Place::fresh(world.place.engine).await?;
    let opened = together((0..4).map(|_| {
        let url = place.url.clone();
        async move { Store::open(&url).await }
    }))
    .await;
    for store in opened {
        let store = store?;
        store.ping().await?;
        store.close().await;
    }
    place.remove().await
}

async fn a_database_of_a_later_version_is_refused(world: &World) -> Outcome {
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 SELECT 9999, 'later', success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1";
    world.place.execute(later).await?;
    assert_err!(Store::open(&world.place.url).await.map(drop), Error::Migration(_));
    Ok(())
}

async fn a_place_that_is_not_there_is_an_error(world: &World) -> Outcome {
    match (&world.place.url, world.place.engine) {
        (DatabaseUrl::Sqlite(path), Engine::Sqlite) => {
            let url = DatabaseUrl::Sqlite(path.with_file_name("no-folder").join("latchkey.db"));
            assert_err!(Store::open(&url).await.map(drop), Error::File(_));
        }
        (DatabaseUrl::Postgres(url), Engine::Postgres) => {
            let url = DatabaseUrl::Postgres(url.replace("/latchkey_test_", "/latchkey_no_"));
            assert_err!(Store::open(&url).await.map(drop), Error::Database(_));
        }
        (DatabaseUrl::Sqlite(_), Engine::Postgres) | (DatabaseUrl::Postgres(_), Engine::Sqlite) => {
            panic!("the URL is the other engine's")
        }
    }
    Ok(())
}

async fn a_closed_store_answers_no_ping(world: &World) -> Outcome {
    let store = Store::open(&world.place.url).await?;
    store.ping().await?;
    store.close().await;
    assert_err!(store.ping().await, Error::Database(_));
    let event = world.event("user.create");
    assert_err!(store.insert_user(&world.new_user("mina"), "hash", &event).await, Error::Database(_));
    world.store.ping().await?;
    Ok(())
}

async fn a_second_store_sees_changes_at_once(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (server, command_line) = (&world.store, Store::open(&world.place.url).await?);
    for round in 0..10 {
        let key = world.key(&acme, &mina, &format!("key {round}")).await?;
        assert!(command_line.credential(&key.id, &key.hash).await?.is_some(), "round {round}");
        command_line.disable_key(&acme.id, &key.id, &world.about(&key, "key.disable")).await?;
        let seen = server.credential(&key.id, &key.hash).await?;
        assert!(seen.is_some_and(|found| found.credential.facts.disabled), "round {round}");
        server.enable_key(&acme.id, &key.id, None, &world.about(&key, "key.enable")).await?;
        let seen = command_line.credential(&key.id, &key.hash).await?;
        assert!(seen.is_some_and(|found| !found.credential.facts.disabled), "round {round}");
        command_line.delete_key(&acme.id, &key.id, &world.about(&key, "key.delete")).await?;
        assert!(server.credential(&key.id, &key.hash).await?.is_none(), "round {round}");
    }
    command_line.close().await;
    Ok(())
}

async fn references_sort_as_what_they_refer_to(world: &World) -> Outcome {
    if matches!(world.place.engine, Engine::Sqlite) {
        // It sorts every text bytewise.
        return Ok(());
    }
    assert!(world.place.number("SELECT COUNT(*) FROM pg_constraint WHERE contype = 'f'").await? > 0);
    let apart = world.place.number(
        "SELECT COUNT(*) FROM pg_constraint c CROSS JOIN LATERAL UNNEST(c.conkey, c.confkey) AS pair (mine, theirs)
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = pair.mine
         JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = pair.theirs
         WHERE c.contype = 'f' AND a.attcollation <> b.attcollation",
    );
    assert_eq!(apart.await?, 0, "an index on such a column is of no use to a join that comes from the id");
    Ok(())
}
