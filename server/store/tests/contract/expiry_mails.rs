//! Mails about expiries: who is due one, that one instance alone gets it, that it comes once, and again if it failed.

use crate::{
    engine::Outcome,
    world::{NOW, World, together},
};
use domain::time::{DAY, HOUR, Timestamp};
use store::{Error, ExpiryMail, InsertKey, Store, User, Workspace};

on_both_engines!(
    it_says_whom_and_what,
    only_keys_that_work_of_owners_who_are_there,
    once_sent_it_is_not_due_again,
    a_failed_one_is_due_again,
    a_claim_runs_out,
    of_many_one_gets_it,
    a_moved_expiry_is_another_mail,
);

/// A key made sixty days ago that ends so long from now.
async fn key(world: &World, workspace: &Workspace, owner: &User, name: &str, end: i64) -> Outcome<InsertKey> {
    made(world, workspace, owner, name, end, -60 * DAY).await
}

async fn made(world: &World, at: &Workspace, owner: &User, name: &str, end: i64, since: i64) -> Outcome<InsertKey> {
    let mut key = world.new_key(at, owner, name);
    key.created_at = NOW.plus(since);
    key.key.expires_at = Some(NOW.plus(end));
    world.insert(&key).await?;
    Ok(key)
}

/// Claims for an hour what is due a week ahead and not yet a day ahead.
async fn claim(store: &Store, now: Timestamp) -> Result<Vec<ExpiryMail>, Error> {
    store.claim_expiry_mails(7, now.plus(DAY), now, now.plus(HOUR), 100).await
}

async fn claimed(world: &World, now: Timestamp) -> Outcome<Vec<String>> {
    Ok(claim(&world.store, now).await?.into_iter().map(|mail| mail.about.key_name).collect())
}

async fn it_says_whom_and_what(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = key(world, &acme, &mina, "CI", 5 * DAY).await?;
    let mails = claim(&world.store, NOW).await?;
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((&mail.about.key, mail.about.key_name.as_str(), &mail.about.last4), (&key.id, "CI", &key.last4));
    assert_eq!((mail.expires_at, mail.days), (NOW.plus(5 * DAY), 7));
    assert_eq!((mail.about.owner_email.as_str(), mail.about.owner_name.as_str()), ("mina@example.com", "Mina"));
    assert_eq!((mail.about.workspace_slug.as_str(), mail.about.workspace_name.as_str()), ("acme", "ACME"));
    Ok(())
}

async fn only_keys_that_work_of_owners_who_are_there(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    for (name, end) in [("later", 7 * DAY + 1), ("b", 7 * DAY), ("a", DAY + 1), ("tomorrow", DAY), ("over", 0)] {
        key(world, &acme, &mina, name, end).await?;
    }
    world.key(&acme, &mina, "never").await?;
    world.disable(&key(world, &acme, &mina, "disabled", 5 * DAY).await?).await?;
    world.delete(&key(world, &acme, &mina, "deleted", 5 * DAY).await?).await?;
    made(world, &acme, &mina, "short-lived", 5 * DAY, -2 * DAY).await?;
    made(world, &acme, &mina, "just old enough", 6 * DAY, -2 * DAY).await?;
    let (gone, shut_out) = (world.user("gone").await?, world.user("out").await?);
    world.put_member(&acme, &shut_out, domain::access::Role::Admin).await?;
    key(world, &acme, &gone, "no member's", 5 * DAY).await?;
    key(world, &acme, &shut_out, "a shut out user's", 5 * DAY).await?;
    world.store.set_user_active(&shut_out.id, false, &world.event("user.disable")).await?;
    assert_eq!(claimed(world, NOW).await?, ["a", "just old enough", "b"]);
    Ok(())
}

async fn once_sent_it_is_not_due_again(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    key(world, &acme, &mina, "CI", 5 * DAY).await?;
    for mail in claim(&world.store, NOW).await? {
        world.store.expiry_mail_sent(&mail, NOW).await?;
        // Said too late, or by mistake: it stays sent.
        world.store.expiry_mail_failed(&mail, NOW).await?;
    }
    for later in [0, HOUR, 3 * DAY] {
        assert!(claimed(world, NOW.plus(later)).await?.is_empty());
    }
    // The mail a day ahead is another one.
    let now = NOW.plus(4 * DAY + 1);
    assert_eq!(world.store.claim_expiry_mails(1, now, now, now.plus(HOUR), 9).await?.len(), 1);
    Ok(())
}

async fn a_failed_one_is_due_again(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    key(world, &acme, &mina, "CI", 5 * DAY).await?;
    for mail in claim(&world.store, NOW).await? {
        world.store.expiry_mail_failed(&mail, NOW.plus(10)).await?;
    }
    assert!(claimed(world, NOW.plus(9)).await?.is_empty());
    assert_eq!(claimed(world, NOW.plus(10)).await?, ["CI"]);
    Ok(())
}

async fn a_claim_runs_out(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    key(world, &acme, &mina, "CI", 5 * DAY).await?;
    assert_eq!(claimed(world, NOW).await?, ["CI"]);
    assert!(claimed(world, NOW.plus(HOUR - 1)).await?.is_empty());
    assert_eq!(claimed(world, NOW.plus(HOUR)).await?, ["CI"]);
    Ok(())
}

async fn of_many_one_gets_it(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    for n in 0..10 {
        key(world, &acme, &mina, &format!("key {n}"), 5 * DAY + n).await?;
    }
    let other = Store::open(&world.place.url).await?;
    let calls = (0..12).map(|n| {
        let store = if n % 2 == 0 { world.store.clone() } else { other.clone() };
        async move { store.claim_expiry_mails(7, NOW.plus(DAY), NOW, NOW.plus(HOUR), 3).await }
    });
    let mut got = Vec::new();
    for mails in together(calls).await {
        got.extend(mails?.into_iter().map(|mail| mail.about.key_name));
    }
    got.extend(claimed(world, NOW).await?);
    got.sort();
    assert_eq!(got, (0..10).map(|n| format!("key {n}")).collect::<Vec<_>>());
    other.close().await;
    Ok(())
}

async fn a_moved_expiry_is_another_mail(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    key(world, &acme, &mina, "CI", 5 * DAY).await?;
    for mail in claim(&world.store, NOW).await? {
        world.store.expiry_mail_sent(&mail, NOW).await?;
    }
    world.place.execute("UPDATE keys SET expires_at = expires_at + 86400000").await?;
    assert_eq!(claimed(world, NOW).await?, ["CI"]);
    world.place.execute("UPDATE keys SET expires_at = expires_at + 8640000000").await?;
    assert!(claimed(world, NOW.plus(2 * HOUR)).await?.is_empty(), "far ahead again");
    Ok(())
}
