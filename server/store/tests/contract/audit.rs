//! The audit log: events as they were written, newest first, and no change without its event.

use crate::{
    engine::Outcome,
    keys_change::every_change,
    one_key::OneKey,
    world::{NOW, World},
};
use domain::{access::Role, workspace::Plan};
use store::{AuditEvent, Error, InsertKey, User, Workspace};

on_both_engines!(
    events_are_kept_as_written,
    events_are_listed_newest_first,
    without_its_event_no_change_is_made,
    without_its_event_there_is_no_set_up,
);

async fn events_are_kept_as_written(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.new_key(&acme, &mina, "key");
    let event = AuditEvent {
        actor_id: Some(mina.id.clone()),
        actor: mina.email.clone(),
        address: "2001:db8::1".into(),
        target_name: "ключ 🔑".into(),
        new_name: "другой".into(),
        ..world.about(&key, "key.create")
    };
    world.store.insert_key(&key, None, &event).await?;
    let listed = world.store.audit_of_key(&acme.id, key.id.as_str(), 10).await?;
    assert_eq!(format!("{listed:?}"), format!("{:?}", [event]));
    Ok(())
}

async fn events_are_listed_newest_first(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, other) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "other").await?);
    for (action, later) in [("two", 2), ("three", 3), ("one", 1)] {
        let event = AuditEvent { at: NOW.plus(later), ..world.about(&key, action) };
        store.disable_key(&acme.id, &key.id, &event).await?;
    }
    world.disable(&other).await?;
    let listed = store.audit_of_key(&acme.id, key.id.as_str(), 10).await?;
    assert_eq!(actions(&listed), ["three", "two", "one", "key.create"]);
    assert_eq!(actions(&store.audit_of_key(&acme.id, key.id.as_str(), 2).await?), ["three", "two"]);

    let tied = AuditEvent { at: NOW.plus(3), ..world.about(&key, "tied") };
    store.disable_key(&acme.id, &key.id, &tied).await?;
    let listed = store.audit_of_key(&acme.id, key.id.as_str(), 2).await?;
    assert!(listed[0].at == listed[1].at && listed[0].id > listed[1].id, "ties by id");

    store.delete_key(&acme.id, &key.id, &AuditEvent { at: NOW.plus(9), ..world.about(&key, "key.delete") }).await?;
    let listed = store.audit_of_key(&acme.id, key.id.as_str(), 1).await?;
    assert_eq!(actions(&listed), ["key.delete"], "the log outlives the key");
    Ok(())
}

/// All that the changes of the next story could touch.
async fn picture(world: &World, workspace: &Workspace, user: &User, key: &InsertKey) -> Outcome<String> {
    let store = &world.store;
    let people =
        (store.users().await?, store.user_by_email(&user.email).await?, store.sessions_of(&user.id, NOW).await?);
    let places = (store.workspaces().await?, store.members(&workspace.id, 100).await?);
    let keys = (store.key(&workspace.id, &key.id).await?, store.credential(&key.id, &key.hash).await?.is_some());
    let rows = world.place.number("SELECT COUNT(*) FROM keys").await?;
    Ok(format!("{people:?} {places:?} {keys:?} {rows}"))
}

async fn without_its_event_no_change_is_made(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, bob) = (world.key(&acme, &mina, "key").await?, world.user("bob").await?);
    world.disable(&key).await?;
    world.session(&mina, "here").await?;
    // An event whose id is taken cannot be written.
    let taken = world.event("user.create");
    store.insert_user(&world.new_user("first"), "hash", &taken).await?;

    let before = picture(world, &acme, &mina, &key).await?;
    let basic = Workspace { plan: Plan::Basic, ..acme.clone() };
    let answers = Box::pin(async {
        let mut answers = vec![
            store.insert_user(&world.new_user("second"), "hash", &taken).await,
            store.rename_user(&mina.id, "other", &taken).await,
            store.set_user_email(&mina.id, "other@example.com", &taken).await,
            store.set_password(&mina.id, "other", "", &taken).await,
            store.set_user_active(&mina.id, false, &taken).await,
            store.insert_workspace(&world.new_workspace("other"), &taken).await,
            world.update_workspace(&basic, &taken).await,
            store.put_member(&acme.id, &mina.id, Role::Viewer, &taken).await,
            store.put_member(&acme.id, &bob.id, Role::Viewer, &taken).await,
            store.set_role(&acme.id, &mina.id, Role::Viewer, &taken).await,
            store.remove_member(&acme.id, &mina.id, &taken).await,
            store.set_instance_admin(&mina.id, true, &taken).await,
            store.found_workspace(&world.new_workspace("third"), Some(&mina.id), &taken).await,
            store.insert_key(&world.new_key(&acme, &mina, "other"), None, &taken).await,
        ];
        answers.extend(every_change(world, &acme.id, &key.id, &taken).await);
        answers
    });
    for (n, answer) in world.leaving(0, answers).await?.into_iter().enumerate() {
        assert!(matches!(answer, Err(Error::Database(_))), "call {n}: {answer:?}");
    }
    assert_eq!(picture(world, &acme, &mina, &key).await?, before);
    Ok(())
}

async fn without_its_event_there_is_no_set_up(world: &World) -> Outcome {
    let (store, taken) = (&world.store, world.event("user.create"));
    store.insert_user(&world.new_user("mina"), "hash", &taken).await?;
    let (ada, acme) = (User { instance_admin: true, ..world.new_user("ada") }, world.new_workspace("acme"));
    assert_err!(store.set_up(&ada, "hash", Some(&acme), &taken).await, Error::Database(_));
    assert!(!store.has_instance_admin().await? && store.workspaces().await?.is_empty());
    store.set_up(&ada, "hash", Some(&acme), &world.event("installation.set_up")).await?;
    Ok(())
}

fn actions(events: &[AuditEvent]) -> Vec<&str> {
    events.iter().map(|event| event.action.as_str()).collect()
}
