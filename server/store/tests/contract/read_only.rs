//! A database that takes no changes, and a copy of one: what can be read is read, what can't be written is refused by name.

use crate::{engine::Outcome, providers::with_credential, server_credentials, world::World};
use store::{BackupError, DatabaseUrl, Error, Store, backup, restore};

mod postgres {
    #[tokio::test]
    async fn a_server_that_takes_no_changes() -> crate::engine::Outcome {
        crate::engine::tell(crate::engine::Engine::Postgres, super::a_server_that_takes_no_changes).await
    }
}

mod sqlite {
    #[tokio::test]
    async fn a_copy_is_the_database_of_that_moment() -> crate::engine::Outcome {
        crate::engine::tell(crate::engine::Engine::Sqlite, super::a_copy_is_the_database_of_that_moment).await
    }

    #[tokio::test]
    async fn a_copy_says_which_master_keys_it_needs() -> crate::engine::Outcome {
        crate::engine::tell(crate::engine::Engine::Sqlite, super::a_copy_says_which_master_keys_it_needs).await
    }
}

async fn a_server_that_takes_no_changes(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    let takes = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$";
    world.place.execute(takes).await?;
    let reader = Store::open(&world.place.url).await?;
    assert!(reader.credential(&key.id, &key.hash).await?.is_some());
    assert_err!(
        reader.insert_workspace(&world.new_workspace("second"), &world.event("workspace.create")).await,
        Error::ReadOnly
    );
    reader.close().await;
    // The world's own connections were opened before.
    world.place.execute("SET transaction_read_only = off; DELETE FROM _sqlx_migrations WHERE version = 7").await?;
    assert_err!(Store::open(&world.place.url).await.map(drop), Error::Outdated);
    Ok(())
}

async fn a_copy_is_the_database_of_that_moment(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    let DatabaseUrl::Sqlite(path) = &world.place.url else { panic!("it is SQLite") };
    let (copy, elsewhere) = (path.with_extension("backup"), path.with_file_name("restored.db"));
    let holdings = backup(path, &copy, false).await?;
    assert_eq!((holdings.users, holdings.workspaces, holdings.keys), (1, 1, 1));
    world.delete(&key).await?;
    assert_err!(backup(path, &copy, false).await, BackupError::Exists(_));
    assert_err!(restore(&copy, path, true, "now").await, BackupError::InUse);
    let restored = restore(&copy, &elsewhere, false, "now").await?;
    assert_eq!((&restored.holdings, restored.before), (&holdings, None));
    assert_err!(restore(&copy, &elsewhere, false, "now").await, BackupError::Exists(_));
    let [one, another] = [(); 2].map(|()| restore(&copy, &elsewhere, true, "now"));
    let kept = [one.await?.before, another.await?.before].map(|before| before.filter(|file| file.is_file()));
    assert!(kept[0].is_some() && kept[1].is_some() && kept[0] != kept[1], "of one moment: {kept:?}");
    let store = Store::open(&DatabaseUrl::Sqlite(elsewhere)).await?;
    assert!(store.credential(&key.id, &key.hash).await?.is_some(), "it was deleted later");
    store.close().await;
    Ok(())
}

async fn a_copy_says_which_master_keys_it_needs(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    let DatabaseUrl::Sqlite(path) = &world.place.url else { panic!("it is SQLite") };
    store.master_key("one").await?;
    server_credentials::server(world, &acme, "github", "one").await?;
    with_credential(world, &acme, "openai", "one").await?;
    assert_eq!(backup(path, &path.with_extension("first"), false).await?.sealed, [("one".to_owned(), 2)]);
    store.set_master_key("two", &world.event("master_key.rotate")).await?;
    with_credential(world, &acme, "azure", "two").await?;
    let needed = backup(path, &path.with_extension("second"), false).await?.sealed;
    assert_eq!(needed, [("one".to_owned(), 2), ("two".to_owned(), 1)]);
    Ok(())
}
