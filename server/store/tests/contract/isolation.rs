//! Tenants: whoever asks with another workspace's id finds nothing and changes nothing.

use crate::{
    engine::Outcome,
    keys_change::every_change,
    uses::Use,
    world::{NOW, World, all},
};
use domain::{access::Role, time::DAY};
use store::{Error, Section, Sort};

on_both_engines!(another_workspace_finds_nothing, another_workspace_changes_nothing);

async fn another_workspace_finds_nothing(world: &World) -> Outcome {
    let (store, (acme, mina), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    let mut key = world.new_key(&acme, &mina, "key");
    key.key.environment = "prod".into();
    world.insert(&key).await?;
    world.record(&[Use::of(&key, NOW, "VALID")]).await?;
    for (workspace, finds) in [(&acme.id, 1), (&other.id, 0)] {
        let found = [
            usize::from(store.key(workspace, &key.id).await?.is_some()),
            usize::from(store.has_keys(workspace).await?),
            usize::from(store.role(workspace, &mina.id).await?.is_some()),
            store.environments(workspace).await?.len(),
            store.members(workspace, 10).await?.len(),
            store.uses_of(workspace, &key.id, 10).await?.len(),
            store.use_page(workspace, &key.id, Some(true), None, 10).await?.uses.len(),
            store.usage_hours(workspace, &key.id, NOW.plus(-DAY)).await?.len(),
            store.audit_of_key(workspace, key.id.as_str(), 10).await?.len(),
            store.key_page(workspace, &all(Section::Enabled), Sort::Created, None, 10).await?.keys.len(),
            usize::try_from(store.count_keys(workspace, &all(Section::Enabled)).await?.count)?,
        ];
        assert_eq!(found, [finds; 11]);
    }
    Ok(())
}

async fn another_workspace_changes_nothing(world: &World) -> Outcome {
    let (store, (acme, mina), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    let key = world.key(&acme, &mina, "key").await?;
    world.disable(&key).await?;
    let before = format!("{:?}", store.key(&acme.id, &key.id).await?);
    let event = world.about(&key, "key.change");
    for answer in world.leaving(0, every_change(world, &other.id, &key.id, &event)).await? {
        assert_err!(answer, Error::NotFound);
    }
    assert_err!(world.leaving(0, store.remove_member(&other.id, &mina.id, &event)).await?, Error::NotFound);
    assert_eq!(format!("{:?}", store.key(&acme.id, &key.id).await?), before);
    assert_eq!(store.role(&acme.id, &mina.id).await?, Some(Role::Developer));
    assert!(store.credential(&key.id, &key.hash).await?.is_some());
    Ok(())
}
