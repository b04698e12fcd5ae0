//! The administrators' lists: users by e-mail, workspaces by name, by page, searched, with what is theirs counted beside
//! them; and who administers the installation.

use crate::{
    engine::Outcome,
    world::{NOW, World, successes, together},
};
use domain::{access::Role, workspace::Plan};
use store::{Error, User, Workspace};

on_both_engines!(
    users_by_page,
    users_are_searched,
    workspaces_by_page,
    what_is_theirs_is_counted,
    counts_beside_a_row_stop_at_a_hundred,
    the_last_administrator_stays,
    of_two_administrators_only_one_goes,
);

async fn users_by_page(world: &World) -> Outcome {
    for name in ["c", "a", "e", "b", "d"] {
        world.user(name).await?;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.store.user_page("", NOW, after.as_deref(), 2).await?;
        assert!(page.users.len() <= 2);
        seen.extend(page.users.into_iter().map(|row| row.user.name));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    assert_eq!(seen, ["a", "b", "c", "d", "e"]);
    assert!(world.store.user_page("", NOW, Some("zzz"), 2).await?.users.is_empty());
    Ok(())
}

async fn users_are_searched(world: &World) -> Outcome {
    for (email, name) in [("mina", "Mina Park"), ("zoe", "Zoë 100%")] {
        let user = User { name: name.into(), ..world.new_user(email) };
        world.store.insert_user(&user, "hash", &world.event("user.create")).await?;
    }
    for (search, found) in [("PARK", "Mina Park"), ("zoe@", "Zoë 100%"), ("0%", "Zoë 100%")] {
        let page = world.store.user_page(search, NOW, None, 9).await?;
        assert_eq!(page.users.iter().map(|row| row.user.name.as_str()).collect::<Vec<_>>(), [found], "{search}");
    }
    assert!(world.store.user_page("nobody", NOW, None, 9).await?.users.is_empty());
    Ok(())
}

async fn workspaces_by_page(world: &World) -> Outcome {
    for (slug, name) in [("one", "b"), ("two", "A"), ("three", "c"), ("four", "B")] {
        let workspace = Workspace { name: name.into(), ..world.new_workspace(slug) };
        world.store.insert_workspace(&workspace, &world.event("workspace.create")).await?;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.store.workspace_page("", NOW, after.as_ref(), 1).await?;
        seen.extend(page.workspaces.into_iter().map(|row| row.name.to_lowercase()));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    assert_eq!(seen, ["a", "b", "b", "c"]);
    for (search, found) in [("thr", "three"), ("C", "three"), ("TWO", "two")] {
        let page = world.store.workspace_page(search, NOW, None, 9).await?;
        assert_eq!(page.workspaces.iter().map(|row| row.slug.as_str()).collect::<Vec<_>>(), [found], "{search}");
    }
    Ok(())
}

async fn what_is_theirs_is_counted(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let other = world.workspace("other").await?;
    world.put_member(&other, &mina, Role::Viewer).await?;
    let bob = world.user("bob").await?;
    world.put_member(&acme, &bob, Role::Admin).await?;
    for name in ["one", "two", "three"] {
        world.key(&acme, &mina, name).await?;
    }
    let paused = world.key(&acme, &mina, "paused").await?;
    world.disable(&paused).await?;
    world.key(&other, &mina, "elsewhere").await?;
    world.key(&acme, &bob, "bobs").await?;

    let user = async |name: &str| {
        let page = store.user_page(name, NOW, None, 9).await?;
        Outcome::Ok((page.users[0].workspaces.count, page.users[0].keys.count))
    };
    let workspace = async |slug: &str| {
        let page = store.workspace_page(slug, NOW, None, 9).await?;
        Outcome::Ok((page.workspaces[0].members.count, page.workspaces[0].keys.count))
    };
    assert_eq!((user("mina").await?, user("bob").await?), ((2, 4), (1, 1)));
    assert_eq!((workspace("acme").await?, workspace("other").await?), ((2, 4), (1, 1)));
    assert_eq!(store.working_keys_of(&mina.id, NOW).await?.1, 2);

    world.update_workspace(&Workspace { plan: Plan::Basic, ..other }, &world.event("workspace.update")).await?;
    assert_eq!((user("mina").await?, workspace("other").await?), ((2, 3), (1, 0)));
    store.remove_member(&acme.id, &mina.id, &world.event("member.remove")).await?;
    assert_eq!((user("mina").await?, workspace("acme").await?), ((1, 0), (1, 1)));
    store.set_user_active(&bob.id, false, &world.event("user.disable")).await?;
    assert_eq!((user("bob").await?, workspace("acme").await?), ((1, 0), (1, 0)));
    Ok(())
}

async fn counts_beside_a_row_stop_at_a_hundred(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    for (n, more) in [(99, false), (1, true)] {
        for at in 0..n {
            world.key(&acme, &mina, &format!("key {n} {at}")).await?;
            let (user, place) =
                (world.user(&format!("u{n}-{at}")).await?, world.workspace(&format!("w{n}-{at}")).await?);
            world.put_member(&acme, &user, Role::Viewer).await?;
            world.put_member(&place, &mina, Role::Viewer).await?;
        }
        if !more {
            world.key(&acme, &mina, "the hundredth").await?;
        }
        let users = world.store.user_page("mina", NOW, None, 9).await?.users;
        let workspaces = world.store.workspace_page("acme", NOW, None, 9).await?.workspaces;
        let counts = [users[0].workspaces, users[0].keys, workspaces[0].members, workspaces[0].keys];
        assert_eq!(counts.map(|counted| (counted.count, counted.more)), [(100, more); 4], "{n}");
    }
    Ok(())
}

async fn the_last_administrator_stays(world: &World) -> Outcome {
    let (store, ada, mina) = (&world.store, world.instance_admin("ada").await?, world.user("mina").await?);
    let event = world.event("user.demote");
    assert_err!(world.leaving(0, store.set_instance_admin(&ada.id, false, &event)).await?, Error::LastAdministrator);
    // One who may not sign in is none.
    store.set_instance_admin(&mina.id, true, &world.event("user.promote")).await?;
    store.set_user_active(&mina.id, false, &world.event("user.disable")).await?;
    assert_err!(world.leaving(0, store.set_instance_admin(&ada.id, false, &event)).await?, Error::LastAdministrator);
    store.set_user_active(&mina.id, true, &world.event("user.enable")).await?;
    world.leaving(1, store.set_instance_admin(&ada.id, false, &event)).await??;
    assert_eq!(store.user(&ada.id).await?.map(|user| user.instance_admin), Some(false));

    let (nobody, event) = (world.new_user("nobody").id, world.event("user.promote"));
    assert_err!(world.leaving(0, store.set_instance_admin(&nobody, true, &event)).await?, Error::NotFound);
    Ok(())
}

async fn of_two_administrators_only_one_goes(world: &World) -> Outcome {
    let admins = [world.instance_admin("ada").await?, world.instance_admin("alan").await?];
    for round in 0..6 {
        let answers = together(admins.clone().into_iter().enumerate().map(|(n, admin)| {
            let (store, event) = (world.store.clone(), world.event("user.change"));
            async move {
                if (round + n) % 2 == 0 {
                    store.set_instance_admin(&admin.id, false, &event).await
                } else {
                    store.set_user_active(&admin.id, false, &event).await
                }
            }
        }))
        .await;
        assert_eq!(successes(&answers), 1, "round {round}: {answers:?}");
        for admin in &admins {
            world.store.set_instance_admin(&admin.id, true, &world.event("user.promote")).await?;
            world.store.set_user_active(&admin.id, true, &world.event("user.enable")).await?;
        }
    }
    Ok(())
}
