//! Whatever changes many keys takes their locks in the order in which the counts of uses take them: side by side, neither ever
//! has to give up.

use crate::{
    engine::Outcome,
    guardrails::guardrail,
    policies::policy,
    uses::{Use, sums},
    world::{NOW, World, successes, together},
};
use domain::workspace::{Reveal, Settings};
use store::{Error, InsertKey, KeyUses, ROWS, Sealed, Workspace};

on_both_engines!(
    showing_secrets_once_waits_for_the_counts,
    forgetting_sealed_secrets_waits_for_the_counts,
    sealing_anew_waits_for_the_counts,
    deleting_a_policy_waits_for_the_counts,
    deleting_a_guardrail_waits_for_the_counts,
);

/// More than one statement of the counts takes the locks of.
const KEYS: usize = 3 * ROWS;
/// How often each story is tried: one may pass by chance.
const ROUNDS: usize = 4;

async fn keys(world: &World) -> Outcome<(Workspace, Vec<InsertKey>)> {
    let (acme, mina) = world.acme().await?;
    let mut keys = Vec::with_capacity(KEYS);
    for n in 0..KEYS {
        keys.push(world.key(&acme, &mina, &format!("key {n}")).await?);
    }
    Ok((acme, keys))
}

fn used(keys: &[InsertKey]) -> Vec<KeyUses> {
    sums(&keys.iter().map(|key| Use::of(key, NOW, "VALID")).collect::<Vec<_>>())
}

/// Does the change while the keys' uses are counted again and again, as several instances would.
async fn beside_the_counts(
    world: &World,
    keys: &[InsertKey],
    change: impl Future<Output = Result<(), Error>> + Send + 'static,
) -> Outcome {
    world.place.turn_keys_round().await?;
    let counts = (0..6).map(|_| {
        let (store, uses) = (world.store.clone(), used(keys));
        async move { store.count_uses(&uses).await }
    });
    let (answers, changed) = tokio::join!(together(counts), tokio::spawn(change));
    changed??;
    assert_eq!(successes(&answers), 6, "{answers:?}");
    Ok(())
}

const SEAL: &str = "UPDATE keys SET sealed = hash, sealed_by = 'one'";

async fn showing_secrets_once_waits_for_the_counts(world: &World) -> Outcome {
    let (acme, keys) = keys(world).await?;
    let once = Workspace { settings: Settings { reveal: Reveal::Once, ..acme.settings.clone() }, ..acme.clone() };
    for _ in 0..ROUNDS {
        world.place.execute(SEAL).await?;
        let (store, changed, event) = (world.store.clone(), once.clone(), world.event("workspace.update"));
        let seen = acme.clone();
        beside_the_counts(world, &keys, async move { store.update_workspace(&seen, &changed, &event).await }).await?;
        assert_eq!(world.store.count_recoverable(&once.id).await?, 0);
    }
    Ok(())
}

async fn forgetting_sealed_secrets_waits_for_the_counts(world: &World) -> Outcome {
    let (acme, keys) = keys(world).await?;
    for _ in 0..ROUNDS {
        world.place.execute(SEAL).await?;
        let (store, event) = (world.store.clone(), world.event("master_key.forget"));
        beside_the_counts(world, &keys, async move { store.forget_sealed_otherwise("two", &event).await }).await?;
        assert_eq!(world.store.count_recoverable(&acme.id).await?, 0);
    }
    Ok(())
}

/// Also of a caller who names them in another order.
async fn sealing_anew_waits_for_the_counts(world: &World) -> Outcome {
    let (_, keys) = keys(world).await?;
    let mut anew: Vec<_> = keys.iter().map(|key| (key.id, Sealed { bytes: vec![1], by: "two".into() })).collect();
    anew.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
    for _ in 0..ROUNDS {
        world.place.execute(SEAL).await?;
        let (store, anew) = (world.store.clone(), anew.clone());
        beside_the_counts(world, &keys, async move { store.reseal(&anew).await }).await?;
        assert_eq!(world.store.count_sealed_otherwise("two").await?, 0);
    }
    Ok(())
}

/// Deletes keys: their tombstones are under what they were under, and still counted.
async fn bury(world: &World, keys: &[InsertKey]) -> Outcome {
    for key in keys {
        world.delete(key).await?;
    }
    Ok(())
}

async fn deleting_a_policy_waits_for_the_counts(world: &World) -> Outcome {
    let (acme, keys) = keys(world).await?;
    bury(world, &keys).await?;
    for _ in 0..ROUNDS {
        let policy = policy(world, &acme, "Careful").await?;
        world.place.execute("UPDATE keys SET policy_id = (SELECT id FROM policies)").await?;
        let (store, id, event) = (world.store.clone(), acme.id.clone(), world.event("policy.delete"));
        beside_the_counts(world, &keys, async move { store.delete_policy(&id, &policy, &event).await }).await?;
    }
    Ok(())
}

async fn deleting_a_guardrail_waits_for_the_counts(world: &World) -> Outcome {
    let (acme, keys) = keys(world).await?;
    bury(world, &keys).await?;
    for _ in 0..ROUNDS {
        let guardrail = guardrail(world, &acme, "Personal data").await?;
        world.place.execute("UPDATE keys SET guardrail_id = (SELECT id FROM guardrails)").await?;
        let (store, id, event) = (world.store.clone(), acme.id.clone(), world.event("guardrail.delete"));
        beside_the_counts(world, &keys, async move { store.delete_guardrail(&id, &guardrail, &event).await }).await?;
    }
    Ok(())
}
