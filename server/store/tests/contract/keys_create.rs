//! Creating a key: every field is kept, a name is taken once, and one audit event comes of it.

use crate::{
    engine::Outcome,
    world::{NOW, World, successes, together},
};
use domain::{
    access::Role,
    key::{McpScope, NewKey, Permission, ServerScope, Status},
    time::DAY,
};
use store::{Error, InsertKey};

on_both_engines!(
    every_field_is_kept,
    a_key_for_urls_verifies_no_others,
    a_name_is_taken_by_a_live_key,
    a_name_is_taken_once_of_twenty,
    an_id_is_taken_for_ever,
    needs_its_owner_and_workspace,
);

async fn every_field_is_kept(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = InsertKey {
        created_by: None,
        key: NewKey {
            name: "Ünïcode 🔑 <b>'\"".into(),
            description: "line\nline\t%_\\".into(),
            environment: "prod-1.eu_x".into(),
            permission: Permission::ReadOnly,
            expires_at: Some(NOW.plus(DAY)),
            gateway: true,
            url_credential: false,
            limits: serde_json::from_str(r#"{"addresses": ["10.0.0.0/8", "2001:db8::7"], "rate": 60}"#)?,
            mcp: McpScope { servers: ServerScope::These(vec![world.server_id()]), policy: None },
            model: serde_json::from_str(r#"{"models": ["gpt*", "o3"], "cap": {"amount": 1, "period": "week"}}"#)?,
        },
        ..world.new_key(&acme, &mina, "")
    };
    let event = world.about(&key, "key.create");
    world.leaving(1, world.store.insert_key(&key, None, &event)).await??;

    let Some(kept) = world.store.key(&acme.id, &key.id).await? else { panic!("the key is not found") };
    assert_eq!((&kept.id, &kept.owner_id, &kept.last4), (&key.id, &mina.id, &key.last4));
    assert_eq!((kept.owner_email.as_str(), kept.owner_name.as_str()), ("mina@example.com", "Mina"));
    let fields = NewKey {
        name: kept.name.clone(),
        description: kept.description.clone(),
        environment: kept.environment.clone(),
        permission: kept.permission,
        expires_at: kept.expires_at,
        gateway: kept.gateway,
        url_credential: kept.url_credential,
        limits: kept.limits.clone(),
        mcp: kept.mcp.clone(),
        model: kept.model.clone(),
    };
    assert_eq!(fields, key.key);
    assert_eq!((kept.disabled, kept.created_at, kept.status(NOW)), (false, NOW, Status::Enabled));
    assert_eq!((kept.last_used_at, kept.uses), (None, 0));
    assert_eq!((kept.last_used_address.as_str(), kept.last_used_agent.as_str()), ("", ""));
    Ok(())
}

async fn a_key_for_urls_verifies_no_others(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let mut key = world.new_key(&acme, &mina, "ChatGPT");
    key.key.url_credential = true;
    world.insert(&key).await?;
    let Some(kept) = world.store.key(&acme.id, &key.id).await? else { panic!("the key is not found") };
    assert!(kept.url_credential && !kept.gateway);
    let facts = world.store.credential(&key.id, &key.hash).await?.map(|found| found.credential.facts);
    assert!(facts.is_some_and(|facts| facts.url_credential));

    let event = world.about(&key, "key.permit");
    let permit = world.store.permit_key(&acme.id, &key.id, Permission::ReadOnly, true, &event);
    assert!(world.leaving(0, permit).await?.is_err(), "whatever the program asks");
    let mut both = world.new_key(&acme, &mina, "both");
    (both.key.url_credential, both.key.gateway) = (true, true);
    let event = world.about(&both, "key.create");
    assert!(world.leaving(0, world.store.insert_key(&both, None, &event)).await?.is_err());
    assert!(world.store.key(&acme.id, &both.id).await?.is_none());

    let plain = world.key(&acme, &mina, "plain").await?;
    assert!(world.store.key(&acme.id, &plain.id).await?.is_some_and(|key| !key.url_credential));
    Ok(())
}

async fn a_name_is_taken_by_a_live_key(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (other, bob) = (world.workspace("other").await?, world.user("bob").await?);
    world.put_member(&acme, &bob, Role::Developer).await?;
    let first = world.key(&acme, &mina, "CI").await?;

    let again = world.new_key(&acme, &mina, "CI");
    let event = world.about(&again, "key.create");
    assert_err!(world.leaving(0, world.store.insert_key(&again, None, &event)).await?, Error::Taken);
    assert!(world.store.key(&acme.id, &again.id).await?.is_none());

    world.key(&acme, &mina, "ci").await?;
    world.key(&acme, &bob, "CI").await?;
    world.key(&other, &mina, "CI").await?;
    world.disable(&first).await?;
    assert_err!(world.store.insert_key(&again, None, &event).await, Error::Taken);
    world.delete(&first).await?;
    world.insert(&again).await?;
    world.delete(&again).await?;
    world.key(&acme, &mina, "CI").await?;
    Ok(())
}

async fn a_name_is_taken_once_of_twenty(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let calls = (0..20).map(|_| {
        let (store, key) = (world.store.clone(), world.new_key(&acme, &mina, "CI"));
        let event = world.about(&key, "key.create");
        async move { store.insert_key(&key, None, &event).await }
    });
    let answers = world.leaving(1, together(calls)).await?;
    assert_eq!(successes(&answers), 1, "{answers:?}");
    assert!(answers.iter().all(|a| matches!(a, Ok(()) | Err(Error::Taken))), "{answers:?}");
    Ok(())
}

async fn an_id_is_taken_for_ever(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let first = world.key(&acme, &mina, "first").await?;
    world.delete(&first).await?;
    let second = InsertKey { id: first.id, ..world.new_key(&acme, &mina, "second") };
    let event = world.about(&second, "key.create");
    assert_err!(world.leaving(0, world.store.insert_key(&second, None, &event)).await?, Error::Taken);
    Ok(())
}

async fn needs_its_owner_and_workspace(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (nobody, nowhere) = (world.new_user("nobody"), world.new_workspace("nowhere"));
    for key in [
        world.new_key(&acme, &nobody, "a"),
        world.new_key(&nowhere, &mina, "b"),
        InsertKey { created_by: Some(nobody.id.clone()), ..world.new_key(&acme, &mina, "c") },
    ] {
        let event = world.event("key.create");
        assert_err!(world.leaving(0, world.store.insert_key(&key, None, &event)).await?, Error::Database(_));
        assert!(world.store.key(&key.workspace, &key.id).await?.is_none());
    }
    Ok(())
}
