//! Users: unique by e-mail, signed out with their access or their password, and the last administrator stays.

use crate::{
    engine::Outcome,
    world::{NOW, World, all, successes, together},
};
use store::{CreationLimits, Error, InsertKey, KeyFilter, Section, User};

on_both_engines!(
    are_found_and_listed,
    an_email_is_unique,
    an_administrator_is_known,
    a_new_name_is_kept,
    a_new_email_is_kept_and_unique,
    a_new_password_ends_the_other_sessions,
    without_access_sessions_end,
    an_unknown_user_is_not_changed,
    the_last_administrator_stays,
    of_two_administrators_only_one_goes,
    access_and_creation_do_not_block_each_other,
);

async fn are_found_and_listed(world: &World) -> Outcome {
    let store = &world.store;
    let zoe = User { name: "Zoë 🔑".into(), instance_admin: true, active: false, ..world.new_user("zoe") };
    let event = world.event("user.create");
    world.leaving(1, store.insert_user(&zoe, "argon2", &event)).await??;
    let mina = world.user("Mina").await?;

    let (found, hash) = store.user_by_email("zoe@example.com").await?.unzip();
    assert_eq!(hash.as_deref(), Some("argon2"));
    assert_eq!(format!("{found:?}"), format!("{:?}", Some(&zoe)));
    assert_eq!(format!("{:?}", store.user(&zoe.id).await?), format!("{:?}", Some(&zoe)));
    let listed = store.users().await?;
    assert_eq!(listed.iter().map(|u| &u.id).collect::<Vec<_>>(), [&mina.id, &zoe.id]);

    assert!(store.user_by_email("Zoe@example.com").await?.is_none(), "callers write e-mails in lower case");
    assert!(store.user(&world.new_user("nobody").id).await?.is_none());
    Ok(())
}

async fn an_email_is_unique(world: &World) -> Outcome {
    let mina = world.user("mina").await?;
    let (other, event) = (User { name: "Other".into(), ..world.new_user("mina") }, world.event("user.create"));
    let again = world.leaving(0, world.store.insert_user(&other, "other", &event)).await?;
    assert_err!(again, Error::Taken);
    let (kept, hash) = world.store.user_by_email("mina@example.com").await?.unzip();
    assert_eq!((kept.map(|u| u.id), hash), (Some(mina.id), Some("hash".into())));
    Ok(())
}

async fn a_new_name_is_kept(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let key = world.key(&acme, &mina, "key").await?;
    world.leaving(1, store.rename_user(&mina.id, "Zoë PARK", &world.event("user.rename"))).await??;
    assert_eq!(store.user(&mina.id).await?.map(|user| user.name).as_deref(), Some("Zoë PARK"));
    assert_eq!(store.members(&acme.id, 10).await?[0].name, "Zoë PARK");
    assert_eq!(store.key(&acme.id, &key.id).await?.map(|key| key.owner_name).as_deref(), Some("Zoë PARK"));
    let search = |text: &str| KeyFilter { search: text.into(), ..all(Section::Enabled) };
    assert_eq!(store.count_keys(&acme.id, &search("zoë park")).await?.count, 1, "and found by, in either case");
    assert_eq!(store.count_keys(&acme.id, &search("mina p")).await?.count, 0);
    let nobody = world.new_user("nobody");
    let answer = world.leaving(0, store.rename_user(&nobody.id, "Name", &world.event("user.rename"))).await?;
    assert_err!(answer, Error::NotFound);
    Ok(())
}

async fn a_new_email_is_kept_and_unique(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, bob) = (world.key(&acme, &mina, "key").await?, world.user("bob").await?);
    world.session(&mina, "hers").await?;
    let event = world.event("user.email");
    world.leaving(1, store.set_user_email(&mina.id, "zoe@example.com", &event)).await??;
    assert!(store.user_by_email(&mina.email).await?.is_none());
    let (found, hash) = store.user_by_email("zoe@example.com").await?.unzip();
    assert_eq!((found.map(|user| user.id), hash.as_deref()), (Some(mina.id.clone()), Some("hash")));
    assert_eq!(store.key(&acme.id, &key.id).await?.map(|key| key.owner_email).as_deref(), Some("zoe@example.com"));
    let credential = store.credential(&key.id, &key.hash).await?;
    assert!(format!("{credential:?}").contains("zoe@example.com"), "the next request says it");
    assert_eq!(store.sessions_of(&mina.id, NOW).await?.len(), 1, "sessions stay");
    let taken = world.leaving(0, store.set_user_email(&bob.id, "zoe@example.com", &world.event("user.email"))).await?;
    assert_err!(taken, Error::Taken);
    let nobody = world.new_user("nobody");
    let event = world.event("user.email");
    let unknown = store.set_user_email(&nobody.id, "nobody@example.com", &event);
    assert_err!(world.leaving(0, unknown).await?, Error::NotFound);
    Ok(())
}

async fn an_administrator_is_known(world: &World) -> Outcome {
    let store = &world.store;
    assert!(!store.has_instance_admin().await?);
    world.user("mina").await?;
    let gone = User { instance_admin: true, active: false, ..world.new_user("gone") };
    store.insert_user(&gone, "hash", &world.event("user.create")).await?;
    assert!(!store.has_instance_admin().await?, "neither a user nor a deactivated administrator counts");
    store.set_user_active(&gone.id, true, &world.event("user.enable")).await?;
    assert!(store.has_instance_admin().await?);
    Ok(())
}

async fn a_new_password_ends_the_other_sessions(world: &World) -> Outcome {
    let (store, mina, bob) = (&world.store, world.user("mina").await?, world.user("bob").await?);
    for id in ["here", "phone", "cafe"] {
        world.session(&mina, id).await?;
    }
    world.session(&bob, "bobs").await?;

    let event = world.event("user.password");
    world.leaving(1, store.set_password(&mina.id, "second", "here", &event)).await??;
    assert_eq!(sessions(world, &mina).await?, ["here"]);
    assert_eq!(sessions(world, &bob).await?, ["bobs"]);
    let hash = store.user_by_email(&mina.email).await?.map(|(_, hash)| hash);
    assert_eq!(hash.as_deref(), Some("second"));
    let hash = store.user_by_email(&bob.email).await?.map(|(_, hash)| hash);
    assert_eq!(hash.as_deref(), Some("hash"));

    store.set_password(&mina.id, "third", "", &world.event("user.password")).await?;
    assert!(sessions(world, &mina).await?.is_empty());
    Ok(())
}

async fn without_access_sessions_end(world: &World) -> Outcome {
    let (store, mina, bob) = (&world.store, world.user("mina").await?, world.user("bob").await?);
    world.session(&mina, "minas").await?;
    world.session(&bob, "bobs").await?;
    for active in [false, false, true] {
        let event = world.event("user.change");
        world.leaving(1, store.set_user_active(&mina.id, active, &event)).await??;
        assert_eq!(store.user(&mina.id).await?.map(|u| u.active), Some(active));
        assert!(sessions(world, &mina).await?.is_empty());
    }
    assert_eq!(sessions(world, &bob).await?, ["bobs"]);
    Ok(())
}

async fn an_unknown_user_is_not_changed(world: &World) -> Outcome {
    let (store, nobody) = (&world.store, world.new_user("nobody").id);
    let event = world.event("user.change");
    assert_err!(world.leaving(0, store.set_password(&nobody, "hash", "", &event)).await?, Error::NotFound);
    assert_err!(world.leaving(0, store.set_user_active(&nobody, false, &event)).await?, Error::NotFound);
    assert_err!(world.leaving(0, store.set_user_active(&nobody, true, &event)).await?, Error::NotFound);
    Ok(())
}

async fn the_last_administrator_stays(world: &World) -> Outcome {
    let (store, ada) = (&world.store, world.instance_admin("ada").await?);
    let (alan, mina) = (world.instance_admin("alan").await?, world.user("mina").await?);
    world.session(&ada, "adas").await?;
    store.set_user_active(&alan.id, false, &world.event("user.disable")).await?;

    let event = world.event("user.disable");
    assert_err!(world.leaving(0, store.set_user_active(&ada.id, false, &event)).await?, Error::LastAdministrator);
    assert_eq!(store.user(&ada.id).await?.map(|u| u.active), Some(true));
    assert_eq!(sessions(world, &ada).await?, ["adas"]);

    store.set_user_active(&ada.id, true, &world.event("user.enable")).await?;
    store.set_user_active(&mina.id, false, &world.event("user.disable")).await?;
    store.set_user_active(&alan.id, true, &world.event("user.enable")).await?;
    store.set_user_active(&ada.id, false, &world.event("user.disable")).await?;
    Ok(())
}

async fn of_two_administrators_only_one_goes(world: &World) -> Outcome {
    let admins = [world.instance_admin("ada").await?, world.instance_admin("alan").await?];
    for round in 0..5 {
        let answers = together(admins.clone().map(|admin| {
            let (store, event) = (world.store.clone(), world.event("user.disable"));
            async move { store.set_user_active(&admin.id, false, &event).await }
        }))
        .await;
        assert_eq!(successes(&answers), 1, "round {round}: {answers:?}");
        assert!(answers.iter().any(|a| matches!(a, Err(Error::LastAdministrator))), "round {round}: {answers:?}");
        for admin in &admins {
            world.store.set_user_active(&admin.id, true, &world.event("user.enable")).await?;
        }
    }
    Ok(())
}

async fn access_and_creation_do_not_block_each_other(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let people = [world.instance_admin("ada").await?, mina, world.instance_admin("alan").await?];
    for round in 0..10 {
        let creations = (0..9).map(|n| {
            // Each of the three makes keys for each: the rows of two users are taken in every order.
            let (creator, owner) = (&people[n % 3], &people[n / 3]);
            let key = world.new_key(&acme, owner, &format!("key {round} {n}"));
            (InsertKey { created_by: Some(creator.id.clone()), ..key }, owner.id.clone(), n == 8)
        });
        let answers = together(creations.map(|(key, owner, gone)| {
            let (store, created, changed) = (world.store.clone(), world.about(&key, "a"), world.event("b"));
            async move {
                let limits = CreationLimits { active: 1_000, per_hour: 1_000 };
                store.insert_key(&key, Some(limits), &created).await?;
                store.set_user_active(&owner, !gone, &changed).await
            }
        }))
        .await;
        assert_eq!(successes(&answers), 9, "round {round}: {answers:?}");
    }
    Ok(())
}

async fn sessions(world: &World, user: &User) -> Outcome<Vec<String>> {
    Ok(world.store.sessions_of(&user.id, NOW).await?.into_iter().map(|session| session.id).collect())
}
