//! The list of all keys: its filters, page by page, and what they offer.

use crate::{
    engine::Outcome,
    uses::Use,
    world::{NOW, World, all},
};
use domain::{access::Role, time::MINUTE};
use store::{KeyFilter, Scope, Section, Sort};

on_both_engines!(filters_hold_in_every_workspace, environments_of_all_workspaces, the_first_users_are_offered);

async fn filters_hold_in_every_workspace(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (other, bob) = (world.workspace("other").await?, world.user("bob").await?);
    for user in [&mina, &bob] {
        world.put_member(&other, user, Role::Developer).await?;
    }
    for n in 0..12_i64 {
        let (workspace, owner) = (if n % 2 == 0 { &acme } else { &other }, if n % 4 == 1 { &bob } else { &mina });
        let mut key = world.new_key(workspace, owner, &format!("key {n:02}"));
        key.key.environment = if n % 3 == 0 { "prod".into() } else { String::new() };
        world.insert(&key).await?;
        world.record(&[Use::of(&key, NOW.plus(n * MINUTE), "VALID")]).await?;
    }
    let prod = KeyFilter { environment: "prod".into(), ..all(Section::Enabled) };
    let minas = KeyFilter { owner: Some(mina.id.clone()), ..all(Section::Enabled) };
    let both = KeyFilter { owner: Some(bob.id.clone()), ..prod.clone() };
    for (filter, expected) in [(&prod, &[9, 6, 3, 0][..]), (&minas, &[11, 10, 8, 7, 6, 4, 3, 2, 0]), (&both, &[9])] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = world.store.key_page(Scope::Everywhere, filter, Sort::LastUsed, after.as_ref(), 2).await?;
            seen.extend(page.keys.into_iter().map(|key| key.name));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected.iter().map(|n| format!("key {n:02}")).collect::<Vec<_>>());
        let counted = world.store.count_keys(Scope::Everywhere, filter).await?;
        assert_eq!(counted.count, i64::try_from(expected.len())?);
    }
    Ok(())
}

async fn environments_of_all_workspaces(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let other = world.workspace("other").await?;
    world.put_member(&other, &mina, Role::Developer).await?;
    for (n, (workspace, label)) in
        [(&acme, "prod"), (&acme, ""), (&other, "prod"), (&other, "dev"), (&other, "gone")].into_iter().enumerate()
    {
        let mut key = world.new_key(workspace, &mina, &format!("key {n}"));
        key.key.environment = label.into();
        world.insert(&key).await?;
        if label == "gone" {
            world.delete(&key).await?;
        }
    }
    assert_eq!(world.store.environments(Scope::Everywhere).await?, ["dev", "prod"]);
    assert_eq!(world.store.environments(&acme.id).await?, ["prod"]);
    Ok(())
}

async fn the_first_users_are_offered(world: &World) -> Outcome {
    for name in ["c", "a", "b"] {
        world.user(name).await?;
    }
    let first: Vec<_> = world.store.first_users(2).await?.into_iter().map(|user| user.name).collect();
    assert_eq!(first, ["a", "b"]);
    Ok(())
}
