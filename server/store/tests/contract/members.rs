//! Members: one role each, the last administrator stays, pages by age, keys counted beside them and never touched.

use crate::{
    engine::Outcome,
    world::{NOW, World, successes, together},
};
use domain::{access::Role, key::NewKey, time::DAY};
use store::{AuditEvent, Cursor, Error, InsertKey, MemberRow, User, Workspace};

on_both_engines!(
    a_member_has_one_role,
    members_are_listed_by_name,
    of_many_members_the_first_to_join_are_listed,
    pages_show_the_newest_first,
    pages_are_searched,
    keys_that_are_live_are_counted,
    the_last_administrator_stays,
    a_deactivated_administrator_does_not_count,
    of_two_administrators_only_one_goes,
    every_change_of_a_role_moves_the_stamp,
    no_key_is_written,
);

async fn a_member_has_one_role(world: &World) -> Outcome {
    let (store, acme, mina) = (&world.store, world.workspace("acme").await?, world.user("mina").await?);
    world.put_member(&acme, &world.user("ada").await?, Role::Admin).await?;
    assert_eq!(store.role(&acme.id, &mina.id).await?, None);
    assert!(store.member(&acme.id, &mina.id).await?.is_none());
    let event = world.event("member.put");
    assert_err!(world.leaving(0, store.set_role(&acme.id, &mina.id, Role::Admin, &event)).await?, Error::NotFound);
    for role in [Role::Viewer, Role::Developer, Role::Admin] {
        world.leaving(1, store.put_member(&acme.id, &mina.id, role, &world.event("member.put"))).await??;
        assert_eq!(store.role(&acme.id, &mina.id).await?, Some(role));
        assert_eq!(store.member(&acme.id, &mina.id).await?.map(|m| m.role), Some(role));
    }
    for role in [Role::Developer, Role::Viewer] {
        world.leaving(1, store.set_role(&acme.id, &mina.id, role, &world.event("member.put"))).await??;
        assert_eq!(store.role(&acme.id, &mina.id).await?, Some(role));
    }
    assert_eq!(store.members(&acme.id, 10).await?.len(), 2);
    let event = world.event("member.remove");
    world.leaving(1, store.remove_member(&acme.id, &mina.id, &event)).await??;
    assert_eq!(store.role(&acme.id, &mina.id).await?, None);
    assert_eq!(store.members(&acme.id, 10).await?.len(), 1);

    let (nobody, event) = (world.new_user("nobody").id, world.event("member.change"));
    assert_err!(world.leaving(0, store.remove_member(&acme.id, &mina.id, &event)).await?, Error::NotFound);
    assert_err!(world.leaving(0, store.put_member(&acme.id, &nobody, Role::Admin, &event)).await?, Error::Database(_));
    Ok(())
}

async fn members_are_listed_by_name(world: &World) -> Outcome {
    let (store, acme, other) = (&world.store, world.workspace("acme").await?, world.workspace("other").await?);
    for (email, name) in [("u1", "zoe"), ("u2", "Ärmel"), ("u3", "ada"), ("u4", "_x"), ("u5", "Bob"), ("u6", "🔑")] {
        let user = User { name: name.into(), ..world.new_user(email) };
        store.insert_user(&user, "hash", &world.event("user.create")).await?;
        world.put_member(&acme, &user, Role::Viewer).await?;
    }
    let stranger = world.user("aaa").await?;
    world.put_member(&other, &stranger, Role::Admin).await?;
    let members = store.members(&acme.id, 10).await?;
    let names: Vec<_> = members.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["_x", "ada", "Bob", "zoe", "Ärmel", "🔑"]);
    assert_eq!(members[2].email, "u5@example.com");
    assert_eq!(store.members(&acme.id, 2).await?.len(), 2);
    Ok(())
}

async fn of_many_members_the_first_to_join_are_listed(world: &World) -> Outcome {
    let (store, acme, other) = (&world.store, world.workspace("acme").await?, world.workspace("other").await?);
    let stranger = world.user("aaron").await?;
    store.put_member(&other.id, &stranger.id, Role::Viewer, &at(world, 0)).await?;
    for (minutes, name) in [(3, "ada"), (1, "zoe"), (2, "mia"), (4, "bob")] {
        let user = world.user(name).await?;
        store.put_member(&acme.id, &user.id, Role::Viewer, &at(world, minutes)).await?;
    }
    for (most, wanted) in [(1, &["zoe"][..]), (2, &["mia", "zoe"]), (3, &["ada", "mia", "zoe"])] {
        let listed = store.members(&acme.id, most).await?;
        assert_eq!(listed.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), wanted);
    }
    Ok(())
}

fn at(world: &World, minutes: i64) -> AuditEvent {
    AuditEvent { at: NOW.plus(minutes * 60_000), ..world.event("member.put") }
}

fn names(members: &[MemberRow]) -> Vec<&str> {
    members.iter().map(|row| row.member.name.as_str()).collect()
}

async fn pages_show_the_newest_first(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    for (n, name) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        let user = world.user(name).await?;
        // Two of them joined at the same moment.
        let minutes = i64::try_from(n.min(3)).unwrap_or_default();
        store.put_member(&acme.id, &user.id, Role::Viewer, &at(world, minutes)).await?;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.member_page(&acme.id, "", NOW, after.as_ref(), 2).await?;
        assert!(page.members.len() <= 2);
        seen.extend(names(&page.members).into_iter().map(str::to_owned));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
    assert_eq!(seen[2..], ["c", "b", "a"]);
    // A role that changes moves nobody.
    let whole = store.member_page(&acme.id, "", NOW, None, 9).await?;
    let oldest = whole.members[4].member.user_id.clone();
    store.set_role(&acme.id, &oldest, Role::Admin, &at(world, 9)).await?;
    assert_eq!(names(&store.member_page(&acme.id, "", NOW, None, 9).await?.members), names(&whole.members));
    let odd = Cursor { value: "x".into(), id: "~".into() };
    assert_eq!(store.member_page(&acme.id, "", NOW, Some(&odd), 9).await?.members.len(), 5);
    Ok(())
}

async fn pages_are_searched(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    for (email, name) in [("mina", "Mina Park"), ("zoe", "Zoë 100%"), ("bob", "Bob")] {
        let user = User { name: name.into(), ..world.new_user(email) };
        store.insert_user(&user, "hash", &world.event("user.create")).await?;
        world.put_member(&acme, &user, Role::Viewer).await?;
    }
    let stranger = world.user("minas friend").await?;
    world.put_member(&world.workspace("other").await?, &stranger, Role::Admin).await?;
    for (search, found) in
        [("mina", "Mina Park"), ("PARK", "Mina Park"), ("100%", "Zoë 100%"), ("ZOË", "Zoë 100%"), ("bob@", "Bob")]
    {
        let page = store.member_page(&acme.id, search, NOW, None, 9).await?;
        assert_eq!(names(&page.members), [found], "{search}");
    }
    for search in ["%", "_", "nobody"] {
        let page = store.member_page(&acme.id, search, NOW, None, 9).await?;
        assert_eq!(page.members.len(), usize::from(search == "%"), "{search}");
    }
    Ok(())
}

/// Keys of every kind: three that are live.
async fn keys(world: &World, acme: &Workspace, owner: &User) -> Outcome<Vec<InsertKey>> {
    let mut made = Vec::new();
    for name in ["one", "two", "paused", "deleted"] {
        made.push(world.key(acme, owner, name).await?);
    }
    world.disable(&made[2]).await?;
    world.delete(&made[3]).await?;
    for (name, days) in [("later", 1), ("over", -1)] {
        let key = world.new_key(acme, owner, name);
        let key = InsertKey { key: NewKey { expires_at: Some(NOW.plus(days * DAY)), ..key.key.clone() }, ..key };
        world.insert(&key).await?;
        made.push(key);
    }
    Ok(made)
}

async fn keys_that_are_live_are_counted(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let bob = world.user("bob").await?;
    world.put_member(&acme, &bob, Role::Viewer).await?;
    keys(world, &acme, &mina).await?;
    let page = store.member_page(&acme.id, "", NOW, None, 9).await?;
    let counted: Vec<_> = page.members.iter().map(|row| (row.member.name.as_str(), row.keys.count)).collect();
    assert!(counted.contains(&("Mina", 3)) && counted.contains(&("bob", 0)), "{counted:?}");

    let working = async |owner| Ok::<_, Error>(store.working_keys(&acme.id, owner, NOW).await?.count);
    assert_eq!((working(None).await?, working(Some(&mina.id)).await?, working(Some(&bob.id)).await?), (3, 3, 0));
    let (of_mina, places) = store.working_keys_of(&mina.id, NOW).await?;
    assert_eq!((of_mina.count, of_mina.more, places), (3, false, 1));

    store.set_user_active(&mina.id, false, &world.event("user.disable")).await?;
    assert_eq!(working(None).await?, 0, "her keys do not work any more");
    store.set_user_active(&mina.id, true, &world.event("user.enable")).await?;
    let basic = Workspace { plan: domain::workspace::Plan::Basic, ..acme.clone() };
    world.update_workspace(&basic, &world.event("workspace.update")).await?;
    assert_eq!((working(None).await?, store.working_keys_of(&mina.id, NOW).await?.0.count), (0, 0));
    world.update_workspace(&acme, &world.event("workspace.update")).await?;
    store.remove_member(&acme.id, &mina.id, &world.event("member.remove")).await?;
    assert_eq!((working(None).await?, store.working_keys_of(&mina.id, NOW).await?.0.count), (0, 0));
    Ok(())
}

async fn the_last_administrator_stays(world: &World) -> Outcome {
    let (store, acme, ada) = (&world.store, world.workspace("acme").await?, world.user("ada").await?);
    let (instance, mina) = (world.instance_admin("instance").await?, world.user("mina").await?);
    world.put_member(&acme, &ada, Role::Admin).await?;
    world.put_member(&acme, &mina, Role::Developer).await?;
    // Neither an administrator of the installation nor of another workspace is one of this.
    world.put_member(&world.workspace("other").await?, &instance, Role::Admin).await?;
    let event = world.event("member.change");
    let refused = [
        world.leaving(0, store.remove_member(&acme.id, &ada.id, &event)).await?,
        world.leaving(0, store.set_role(&acme.id, &ada.id, Role::Developer, &event)).await?,
        world.leaving(0, store.put_member(&acme.id, &ada.id, Role::Viewer, &event)).await?,
    ];
    for answer in refused {
        assert_err!(answer, Error::LastOfWorkspace);
    }
    assert_eq!(store.role(&acme.id, &ada.id).await?, Some(Role::Admin));
    store.set_role(&acme.id, &ada.id, Role::Admin, &world.event("member.put")).await?;
    store.remove_member(&acme.id, &mina.id, &world.event("member.remove")).await?;

    world.put_member(&acme, &mina, Role::Admin).await?;
    store.set_role(&acme.id, &ada.id, Role::Developer, &world.event("member.put")).await?;
    let event = world.event("member.remove");
    assert_err!(world.leaving(0, store.remove_member(&acme.id, &mina.id, &event)).await?, Error::LastOfWorkspace);
    Ok(())
}

async fn a_deactivated_administrator_does_not_count(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    let (ada, alan) = (world.user("ada").await?, world.user("alan").await?);
    for admin in [&ada, &alan] {
        world.put_member(&acme, admin, Role::Admin).await?;
    }
    store.set_user_active(&alan.id, false, &world.event("user.disable")).await?;
    let event = world.event("member.remove");
    assert_err!(world.leaving(0, store.remove_member(&acme.id, &ada.id, &event)).await?, Error::LastOfWorkspace);
    store.remove_member(&acme.id, &alan.id, &event).await?;
    Ok(())
}

async fn of_two_administrators_only_one_goes(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    let admins = [world.user("ada").await?, world.user("alan").await?];
    for round in 0..10 {
        for admin in &admins {
            world.put_member(&acme, admin, Role::Admin).await?;
        }
        // Each removes the other, or one leaves while the other steps down.
        let answers = together(admins.clone().into_iter().enumerate().map(|(n, admin)| {
            let (store, event, acme) = (world.store.clone(), world.event("member.change"), acme.id.clone());
            async move {
                if (round + n) % 2 == 0 {
                    store.remove_member(&acme, &admin.id, &event).await
                } else {
                    store.set_role(&acme, &admin.id, Role::Viewer, &event).await
                }
            }
        }))
        .await;
        assert_eq!(successes(&answers), 1, "round {round}: {answers:?}");
        assert!(answers.iter().any(|a| matches!(a, Err(Error::LastOfWorkspace))), "round {round}: {answers:?}");
        let left = store.members(&acme.id, 9).await?;
        assert_eq!(left.iter().filter(|member| member.role == Role::Admin).count(), 1, "round {round}");
    }
    Ok(())
}

async fn every_change_of_a_role_moves_the_stamp(world: &World) -> Outcome {
    let (store, acme, mina) = (&world.store, world.workspace("acme").await?, world.user("mina").await?);
    world.put_member(&acme, &world.user("ada").await?, Role::Admin).await?;
    let event = || world.event("change");
    let mut last = store.role_stamp(&mina.id).await?;
    let mut moved = async |yes: bool| {
        let (_, now) = store.session_user(&mina.id).await?.unwrap_or((mina.clone(), -1));
        assert_eq!(now, store.role_stamp(&mina.id).await?);
        assert_eq!(now != last, yes);
        last = now;
        Outcome::Ok(())
    };
    store.put_member(&acme.id, &mina.id, Role::Viewer, &event()).await?;
    moved(true).await?;
    store.put_member(&acme.id, &mina.id, Role::Viewer, &event()).await?;
    store.set_role(&acme.id, &mina.id, Role::Viewer, &event()).await?;
    moved(false).await?;
    store.set_role(&acme.id, &mina.id, Role::Admin, &event()).await?;
    moved(true).await?;
    store.remove_member(&acme.id, &mina.id, &event()).await?;
    moved(true).await?;
    store.set_instance_admin(&mina.id, true, &event()).await?;
    moved(true).await?;
    store.set_user_active(&mina.id, true, &event()).await?;
    moved(false).await?;
    Ok(())
}

/// However many keys somebody has: when they leave, not one row of a key is written.
async fn no_key_is_written(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let made = keys(world, &acme, &mina).await?;
    world.place.forbid_writes_of_keys().await?;
    assert!(world.place.execute("UPDATE keys SET disabled = TRUE").await.is_err(), "writing a key fails from here on");
    store.set_role(&acme.id, &mina.id, Role::Viewer, &world.event("member.put")).await?;
    store.set_user_active(&mina.id, false, &world.event("user.disable")).await?;
    store.set_user_active(&mina.id, true, &world.event("user.enable")).await?;
    store.remove_member(&acme.id, &mina.id, &world.event("member.remove")).await?;
    let found = store.credential(&made[0].id, &made[0].hash).await?;
    assert_eq!(found.map(|found| found.credential.facts.owner_role), Some(None));
    Ok(())
}
