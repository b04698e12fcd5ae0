//! Invites: open once, for a while, and only as long as whoever made it may invite; kept as a hash.

use crate::{
    engine::Outcome,
    world::{NOW, World, successes, together},
};
use domain::{
    access::Role,
    id::UserId,
    key::SecretHash,
    time::{DAY, Timestamp},
};
use store::{AuditEvent, Error, Invite, Newcomer, OpenInvite, User, Workspace};

on_both_engines!(
    one_is_found_by_its_token_and_used_once,
    somebody_new_comes_in_with_an_account,
    a_taken_email_uses_nothing_up,
    a_higher_role_is_never_lowered,
    it_ends_by_itself,
    it_is_revoked_in_its_own_workspace,
    it_holds_as_long_as_its_maker_may_invite,
    so_many_are_open_and_no_more,
    of_ten_who_accept_one_is_let_in,
);

fn new_invite(world: &World, workspace: &Workspace, by: Option<&UserId>, role: Role, token: &str) -> Invite {
    Invite {
        id: world.invite_id(),
        workspace: workspace.id.clone(),
        hash: SecretHash::of(token),
        role,
        invited_by: by.cloned(),
        created_at: NOW,
        expires_at: NOW.plus(7 * DAY),
    }
}

async fn invite(world: &World, workspace: &Workspace, role: Role, token: &str) -> Outcome<Invite> {
    let invite = new_invite(world, workspace, None, role, token);
    world.leaving(1, world.store.insert_invite(&invite, 50, &world.event("invite.create"))).await??;
    Ok(invite)
}

async fn found(world: &World, token: &str, now: Timestamp) -> Outcome<Option<OpenInvite>> {
    Ok(world.store.invite(&SecretHash::of(token), now).await?)
}

async fn open(world: &World, token: &str) -> Outcome<OpenInvite> {
    Ok(found(world, token, NOW).await?.ok_or(Error::NotFound)?)
}

async fn one_is_found_by_its_token_and_used_once(world: &World) -> Outcome {
    let (store, acme, bob) = (&world.store, world.workspace("acme").await?, world.user("bob").await?);
    let made = invite(world, &acme, Role::Developer, "token").await?;
    let offer = open(world, "token").await?;
    assert_eq!((&offer.id, offer.role, &offer.invited_by), (&made.id, Role::Developer, &None));
    assert_eq!((offer.workspace_slug.as_str(), offer.workspace_name.as_str()), ("acme", "ACME"));
    assert_eq!(offer.expires_at, NOW.plus(7 * DAY));
    assert!(found(world, "Token", NOW).await?.is_none());
    assert_eq!(store.open_invites(&acme.id, NOW).await?.len(), 1);

    let event = world.event("invite.accept");
    world.leaving(1, store.accept_invite(&offer, Newcomer::User(&bob.id), &event)).await??;
    assert_eq!(store.role(&acme.id, &bob.id).await?, Some(Role::Developer));
    assert!(found(world, "token", NOW).await?.is_none() && store.open_invites(&acme.id, NOW).await?.is_empty());
    let (eve, event) = (world.user("eve").await?, world.event("invite.accept"));
    let again = world.leaving(0, store.accept_invite(&offer, Newcomer::User(&eve.id), &event)).await?;
    assert_err!(again, Error::NotFound);
    assert_eq!(store.role(&acme.id, &eve.id).await?, None);
    Ok(())
}

async fn somebody_new_comes_in_with_an_account(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    invite(world, &acme, Role::Viewer, "token").await?;
    let (fresh, offer) = (world.new_user("fresh"), open(world, "token").await?);
    let (created, event) = (world.event("user.create"), world.event("invite.accept"));
    world.leaving(2, store.accept_invite(&offer, Newcomer::Fresh(&fresh, "argon2", &created), &event)).await??;
    let (user, hash) = store.user_by_email("fresh@example.com").await?.unzip();
    assert_eq!((user.map(|user| user.id), hash.as_deref()), (Some(fresh.id.clone()), Some("argon2")));
    assert_eq!(store.role(&acme.id, &fresh.id).await?, Some(Role::Viewer));
    Ok(())
}

async fn a_taken_email_uses_nothing_up(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    world.user("bob").await?;
    invite(world, &acme, Role::Viewer, "token").await?;
    let (again, offer) = (world.new_user("bob"), open(world, "token").await?);
    let (created, event) = (world.event("user.create"), world.event("invite.accept"));
    let answer = world.leaving(0, store.accept_invite(&offer, Newcomer::Fresh(&again, "x", &created), &event)).await?;
    assert_err!(answer, Error::Taken);
    assert!(found(world, "token", NOW).await?.is_some());
    // Nor does an event that cannot be written.
    let fresh = world.new_user("fresh");
    let answer = store.accept_invite(&offer, Newcomer::Fresh(&fresh, "x", &event), &event).await;
    assert_err!(answer, Error::Database(_));
    assert!(found(world, "token", NOW).await?.is_some() && store.user(&fresh.id).await?.is_none());
    Ok(())
}

async fn a_higher_role_is_never_lowered(world: &World) -> Outcome {
    let (store, acme, ada) = (&world.store, world.workspace("acme").await?, world.user("ada").await?);
    for (before, offered, after) in [
        (Role::Admin, Role::Viewer, Role::Admin),
        (Role::Developer, Role::Developer, Role::Developer),
        (Role::Viewer, Role::Developer, Role::Developer),
    ] {
        world.place.execute("DELETE FROM memberships").await?;
        world.put_member(&acme, &ada, before).await?;
        invite(world, &acme, offered, "token").await?;
        let offer = open(world, "token").await?;
        store.accept_invite(&offer, Newcomer::User(&ada.id), &world.event("invite.accept")).await?;
        assert_eq!(store.role(&acme.id, &ada.id).await?, Some(after), "{before:?} invited as {offered:?}");
    }
    Ok(())
}

async fn it_ends_by_itself(world: &World) -> Outcome {
    let (store, acme, bob) = (&world.store, world.workspace("acme").await?, world.user("bob").await?);
    invite(world, &acme, Role::Viewer, "token").await?;
    let (offer, end) = (open(world, "token").await?, NOW.plus(7 * DAY));
    assert!(found(world, "token", end.plus(-1)).await?.is_some());
    assert!(found(world, "token", end).await?.is_none() && store.open_invites(&acme.id, end).await?.is_empty());
    let late = AuditEvent { at: end, ..world.event("invite.accept") };
    assert_err!(world.leaving(0, store.accept_invite(&offer, Newcomer::User(&bob.id), &late)).await?, Error::NotFound);
    // The next one clears it away.
    let next =
        Invite { created_at: end, expires_at: end.plus(DAY), ..new_invite(world, &acme, None, Role::Viewer, "next") };
    store.insert_invite(&next, 1, &world.event("invite.create")).await?;
    assert_eq!(world.place.number("SELECT COUNT(*) FROM invites").await?, 1);
    Ok(())
}

async fn it_is_revoked_in_its_own_workspace(world: &World) -> Outcome {
    let (store, acme, other) = (&world.store, world.workspace("acme").await?, world.workspace("other").await?);
    let made = invite(world, &acme, Role::Viewer, "token").await?;
    let (offer, event) = (open(world, "token").await?, world.event("invite.revoke"));
    assert_err!(world.leaving(0, store.revoke_invite(&other.id, &made.id, &event)).await?, Error::NotFound);
    assert!(store.open_invites(&other.id, NOW).await?.is_empty());
    world.leaving(1, store.revoke_invite(&acme.id, &made.id, &event)).await??;
    assert!(found(world, "token", NOW).await?.is_none());
    let (bob, event) = (world.user("bob").await?, world.event("invite.accept"));
    assert_err!(store.accept_invite(&offer, Newcomer::User(&bob.id), &event).await, Error::NotFound);
    assert_err!(store.revoke_invite(&acme.id, &made.id, &event).await, Error::NotFound);
    Ok(())
}

async fn it_holds_as_long_as_its_maker_may_invite(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    let (ada, alan, bob) = (world.user("ada").await?, world.instance_admin("alan").await?, world.user("bob").await?);
    let second = world.instance_admin("second").await?;
    world.put_member(&acme, &ada, Role::Admin).await?;
    world.put_member(&acme, &second, Role::Admin).await?;
    for (by, token) in [(&ada, "adas"), (&alan, "alans")] {
        let made = new_invite(world, &acme, Some(&by.id), Role::Admin, token);
        store.insert_invite(&made, 50, &world.event("invite.create")).await?;
    }
    assert_eq!(open(world, "adas").await?.invited_by.as_deref(), Some("ada"));
    let offer = open(world, "adas").await?;
    let is_open = async |token| Outcome::Ok(found(world, token, NOW).await?.is_some());

    store.set_role(&acme.id, &ada.id, Role::Developer, &world.event("member.put")).await?;
    assert!(!is_open("adas").await? && is_open("alans").await?);
    let event = world.event("invite.accept");
    let late = world.leaving(0, store.accept_invite(&offer, Newcomer::User(&bob.id), &event)).await?;
    assert_err!(late, Error::NotFound);
    assert_eq!(store.open_invites(&acme.id, NOW).await?.len(), 1);
    store.remove_member(&acme.id, &ada.id, &world.event("member.remove")).await?;
    assert!(!is_open("adas").await?);

    store.set_user_active(&alan.id, false, &world.event("user.disable")).await?;
    assert!(!is_open("alans").await?);
    store.set_user_active(&alan.id, true, &world.event("user.enable")).await?;
    assert!(is_open("alans").await?);
    store.set_instance_admin(&alan.id, false, &world.event("user.demote")).await?;
    assert!(!is_open("alans").await?);
    Ok(())
}

async fn so_many_are_open_and_no_more(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    let other = world.workspace("other").await?;
    invite(world, &other, Role::Viewer, "elsewhere").await?;
    let answers = together((0..8).map(|n| {
        let made = new_invite(world, &acme, None, Role::Viewer, &format!("token {n}"));
        let (store, event) = (world.store.clone(), world.event("invite.create"));
        async move { store.insert_invite(&made, 3, &event).await }
    }))
    .await;
    assert_eq!(successes(&answers), 3, "{answers:?}");
    assert!(answers.iter().filter(|a| matches!(a, Err(Error::TooManyInvites(3)))).count() == 5, "{answers:?}");
    assert_eq!(store.open_invites(&acme.id, NOW).await?.len(), 3);
    Ok(())
}

async fn of_ten_who_accept_one_is_let_in(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    for round in 0..3 {
        let token = format!("token {round}");
        invite(world, &acme, Role::Developer, &token).await?;
        let offer = open(world, &token).await?;
        let answers = together((0..10).map(|n| {
            let (store, offer, fresh) = (world.store.clone(), offer.clone(), world.new_user(&format!("u{round}-{n}")));
            let (created, event) = (world.event("user.create"), world.event("invite.accept"));
            async move { store.accept_invite(&offer, Newcomer::Fresh(&fresh, "hash", &created), &event).await }
        }))
        .await;
        assert_eq!(successes(&answers), 1, "{answers:?}");
        assert!(answers.iter().all(|a| matches!(a, Ok(()) | Err(Error::NotFound))), "{answers:?}");
    }
    let users: Vec<User> = store.users().await?;
    assert_eq!((users.len(), store.members(&acme.id, 99).await?.len()), (3, 3), "who was late left nothing");
    Ok(())
}
