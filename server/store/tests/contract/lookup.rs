//! Looking up one key: the verifier finds it by id and secret alone, with what its owner and workspace are at this moment.

use crate::{
    engine::Outcome,
    one_key::OneKey,
    world::{NOW, World, all},
};
use domain::{
    access::Role,
    decision::Facts,
    key::{Permission, SecretHash},
    time::DAY,
    workspace::Plan,
};
use store::{Error, InsertKey, KeyRecord, Section, Sort, Workspace};

on_both_engines!(
    the_right_secret_finds_everything,
    nothing_else_finds_it,
    the_owners_role_is_live,
    the_plan_is_live,
    the_keys_own_state_is_live,
    a_live_key_is_found_by_id,
    what_no_version_wrote_is_unreadable,
);

async fn facts(world: &World, key: &InsertKey) -> Outcome<Facts> {
    let found = world.store.credential(&key.id, &key.hash).await?;
    let Some(found) = found else { panic!("the key is not found") };
    Ok(found.credential.facts)
}

async fn the_right_secret_finds_everything(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let mut key = world.new_key(&acme, &mina, "Deploy");
    key.key.environment = "prod".into();
    key.key.gateway = true;
    key.key.permission = Permission::ReadOnly;
    key.key.expires_at = Some(NOW.plus(DAY));
    world.insert(&key).await?;
    world.key(&acme, &mina, "other").await?;

    let Some(found) = world.store.credential(&key.id, &key.hash).await? else { panic!("the key is not found") };
    let by_id = world.store.key_record(&key.id).await?;
    assert_eq!(format!("{by_id:?}"), format!("{:?}", Some(&found)), "by id alone it is the same");
    let KeyRecord { credential: found, owner, workspace } = found;
    assert_eq!((found.id, &*found.name, &*found.environment), (key.id, "Deploy", "prod"));
    assert!(found.gateway && found.hash.matches(&key.hash));
    assert_eq!((owner.id, &*owner.email, &*owner.name), (mina.id, "mina@example.com", "Mina"));
    assert_eq!((workspace.id, &*workspace.slug, &*workspace.name), (acme.id, "acme", "ACME"));
    assert_eq!((found.facts.disabled, found.facts.expires_at), (false, Some(NOW.plus(DAY))));
    assert_eq!(found.facts.permission, Permission::ReadOnly);
    assert_eq!((found.facts.owner_role, found.facts.plan), (Some(Role::Developer), Plan::Pro));
    Ok(())
}

async fn nothing_else_finds_it(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, other) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "other").await?);
    assert!(store.credential(&key.id, &SecretHash::of("wrong")).await?.is_none());
    assert!(store.credential(&key.id, &other.hash).await?.is_none());
    assert!(store.credential(&world.unknown_key(), &key.hash).await?.is_none());
    world.delete(&key).await?;
    assert!(store.credential(&key.id, &key.hash).await?.is_none());
    assert!(store.credential(&other.id, &other.hash).await?.is_some());
    Ok(())
}

async fn the_owners_role_is_live(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let elsewhere = world.workspace("elsewhere").await?;
    let key = world.key(&acme, &mina, "key").await?;
    // She may come and go: somebody else stays.
    world.put_member(&acme, &world.user("ada").await?, Role::Admin).await?;
    for role in [Role::Viewer, Role::Admin, Role::Developer] {
        world.put_member(&acme, &mina, role).await?;
        assert_eq!(facts(world, &key).await?.owner_role, Some(role));
    }
    store.set_user_active(&mina.id, false, &world.event("user.disable")).await?;
    assert_eq!(facts(world, &key).await?.owner_role, None, "deactivated");
    store.set_user_active(&mina.id, true, &world.event("user.enable")).await?;
    assert_eq!(facts(world, &key).await?.owner_role, Some(Role::Developer));

    world.put_member(&elsewhere, &mina, Role::Admin).await?;
    store.remove_member(&acme.id, &mina.id, &world.event("member.remove")).await?;
    assert_eq!(facts(world, &key).await?.owner_role, None, "a role elsewhere is none here");
    Ok(())
}

async fn the_plan_is_live(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    for plan in [Plan::Basic, Plan::Pro] {
        let changed = Workspace { plan, ..acme.clone() };
        world.update_workspace(&changed, &world.event("workspace.change")).await?;
        assert_eq!(facts(world, &key).await?.plan, plan);
    }
    Ok(())
}

async fn the_keys_own_state_is_live(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    world.disable(&key).await?;
    assert!(facts(world, &key).await?.disabled);
    world.store.enable_key(&acme.id, &key.id, None, &world.about(&key, "key.enable")).await?;
    assert!(!facts(world, &key).await?.disabled);
    world.store.rename_key(&acme.id, &key.id, "renamed", &world.about(&key, "key.rename")).await?;
    let name = world.store.credential(&key.id, &key.hash).await?.map(|found| found.credential.name);
    assert_eq!(name.as_deref(), Some("renamed"));
    Ok(())
}

async fn a_live_key_is_found_by_id(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let key = world.key(&acme, &mina, "key").await?;
    assert_eq!(store.workspace_of_key(&key.id).await?.as_deref(), Some("acme"));
    world.disable(&key).await?;
    assert!(store.key(&acme.id, &key.id).await?.is_some_and(|k| k.disabled));
    assert!(store.key(&acme.id, &world.unknown_key()).await?.is_none());
    assert!(store.workspace_of_key(&world.unknown_key()).await?.is_none());
    world.delete(&key).await?;
    assert!(store.key(&acme.id, &key.id).await?.is_none());
    assert!(store.workspace_of_key(&key.id).await?.is_none());
    assert!(!store.has_keys(&acme.id).await?);
    Ok(())
}

async fn what_no_version_wrote_is_unreadable(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let key = world.key(&acme, &mina, "key").await?;
    world.place.execute("UPDATE memberships SET role = 'owner'").await?;
    assert_err!(store.credential(&key.id, &key.hash).await, Error::Unreadable("role"));
    world.place.execute("UPDATE workspaces SET plan = 'gold'").await?;
    world.place.execute("UPDATE memberships SET role = 'admin'").await?;
    assert_err!(store.credential(&key.id, &key.hash).await, Error::Unreadable("plan"));
    world.place.execute("UPDATE keys SET permission = 'write_only'").await?;
    assert_err!(store.credential(&key.id, &key.hash).await, Error::Unreadable("permission"));
    assert_err!(store.key(&acme.id, &key.id).await, Error::Unreadable("permission"));
    world.place.execute("UPDATE workspaces SET plan = 'pro'").await?;
    world.place.execute("UPDATE keys SET permission = 'read_only', allow_ip = 'anywhere'").await?;
    assert_err!(store.credential(&key.id, &key.hash).await, Error::Unreadable("address list"));
    world.place.execute("UPDATE keys SET allow_ip = '[]', rate_limit = 0").await?;
    assert_err!(store.credential(&key.id, &key.hash).await, Error::Unreadable("rate limit"));
    assert_err!(store.key(&acme.id, &key.id).await, Error::Unreadable("rate limit"));
    world.place.execute("UPDATE keys SET rate_limit = NULL, id = 'too long an id'").await?;
    let page = store.key_page(&acme.id, &all(Section::Enabled), Sort::Name, None, 5).await;
    assert_err!(page, Error::Unreadable("key id"));
    Ok(())
}
