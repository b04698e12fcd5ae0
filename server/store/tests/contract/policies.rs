//! Firewall policies: one of a name in a workspace, changed, listed by name, and never taken from under a key.

use crate::{
    engine::Outcome,
    one_key::OneKey,
    world::{NOW, World},
};
use domain::{
    id::PolicyId,
    key::{McpScope, ServerScope},
    mcp::{Effect, Firewall, Policy},
};
use store::{AuditEvent, Error, NewPolicy, Workspace};

on_both_engines!(
    a_policy_is_added_changed_and_deleted,
    a_name_is_taken_once,
    policies_are_listed_by_name,
    a_policy_is_never_taken_from_under_a_key,
    a_key_is_put_under_its_own_workspaces_policies_alone,
    a_policy_is_not_lifted_unseen,
    the_verifier_finds_a_keys_scope,
    another_workspace_finds_and_changes_nothing,
    what_no_version_wrote_is_unreadable,
);

fn firewall(rules: &str) -> Firewall {
    let Ok(rules) = Policy::parse_rules(rules) else { panic!("{rules} are no rules") };
    Firewall { policy: Policy { rules, default: Effect::Deny }, dry_run: false }
}

fn event(world: &World) -> AuditEvent {
    world.event("policy.change")
}

fn new_policy(world: &World, workspace: &Workspace, name: &str) -> NewPolicy {
    NewPolicy {
        id: world.policy_id(),
        workspace: workspace.id.clone(),
        name: name.into(),
        firewall: firewall("allow github/get_*\ndeny */*"),
        created_at: NOW,
    }
}

pub async fn policy(world: &World, workspace: &Workspace, name: &str) -> Outcome<PolicyId> {
    let new = new_policy(world, workspace, name);
    world.store.insert_policy(&new, &event(world)).await?;
    Ok(new.id)
}

fn under(policy: &PolicyId) -> McpScope {
    McpScope { servers: ServerScope::All, policy: Some(policy.clone()) }
}

async fn a_policy_is_added_changed_and_deleted(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    let new = new_policy(world, &acme, "Careful");
    world.leaving(1, store.insert_policy(&new, &event(world))).await??;
    let Some(kept) = store.policy(&acme.id, &new.id).await? else { panic!("the policy is not found") };
    assert_eq!((&kept.id, kept.name.as_str(), kept.keys, kept.created_at), (&new.id, "Careful", 0, NOW));
    assert_eq!(kept.firewall, new.firewall);
    let seen = kept;

    let looser = Firewall { dry_run: true, ..firewall("allow */*") };
    world.leaving(1, store.change_policy(&acme.id, &seen, "Looser", &looser, &event(world))).await??;
    // Of what was seen before that.
    assert_err!(
        world.leaving(0, store.change_policy(&acme.id, &seen, "Mine", &new.firewall, &event(world))).await?,
        Error::Changed
    );
    let changed = store.policy(&acme.id, &new.id).await?.map(|policy| (policy.name, policy.firewall));
    assert_eq!(changed, Some(("Looser".into(), looser.clone())));

    world.leaving(1, store.delete_policy(&acme.id, &new.id, &event(world))).await??;
    assert!(store.policy(&acme.id, &new.id).await?.is_none());
    assert_err!(world.leaving(0, store.delete_policy(&acme.id, &new.id, &event(world))).await?, Error::NotFound);
    assert_err!(
        world.leaving(0, store.change_policy(&acme.id, &seen, "Gone", &looser, &event(world))).await?,
        Error::NotFound
    );
    Ok(())
}

async fn a_name_is_taken_once(world: &World) -> Outcome {
    let (store, (acme, _), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    policy(world, &acme, "Careful").await?;
    let second = new_policy(world, &acme, "Careful");
    assert_err!(world.leaving(0, store.insert_policy(&second, &event(world))).await?, Error::Taken);
    policy(world, &other, "Careful").await?;
    let loose = policy(world, &acme, "Loose").await?;
    let Some(seen) = store.policy(&acme.id, &loose).await? else { panic!("the policy is not found") };
    assert_err!(
        world.leaving(0, store.change_policy(&acme.id, &seen, "Careful", &second.firewall, &event(world))).await?,
        Error::Taken
    );
    assert_eq!(store.policy(&acme.id, &loose).await?.map(|policy| policy.name), Some("Loose".into()));
    Ok(())
}

async fn policies_are_listed_by_name(world: &World) -> Outcome {
    let (store, (acme, mina), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    policy(world, &other, "Aside").await?;
    for name in ["C", "A", "B"] {
        policy(world, &acme, name).await?;
    }
    let first = store.policy_page(&acme.id, "", 2).await?;
    assert_eq!(first.policies.iter().map(|policy| policy.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    let Some(after) = first.next else { panic!("a third one is left") };
    let mut key = world.new_key(&acme, &mina, "key");
    let last = store.policy_page(&acme.id, &after, 2).await?;
    key.key.mcp = under(&last.policies[0].id);
    world.insert(&key).await?;
    let last = store.policy_page(&acme.id, &after, 2).await?;
    let found: Vec<_> = last.policies.iter().map(|policy| (policy.name.as_str(), policy.keys)).collect();
    assert_eq!((found.as_slice(), last.next), ([("C", 1)].as_slice(), None));
    Ok(())
}

async fn a_policy_is_never_taken_from_under_a_key(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let careful = policy(world, &acme, "Careful").await?;
    let mut key = world.new_key(&acme, &mina, "key");
    key.key.mcp = under(&careful);
    world.insert(&key).await?;
    world.disable(&key).await?;
    assert_err!(world.leaving(0, store.delete_policy(&acme.id, &careful, &event(world))).await?, Error::PolicyInUse(1));
    let found = store.key(&acme.id, &key.id).await?;
    assert_eq!(found.and_then(|key| key.mcp.policy), Some(careful.clone()), "a paused key keeps it");
    store.delete_key(&acme.id, &key.id, &world.about(&key, "key.delete")).await?;
    store.delete_policy(&acme.id, &careful, &event(world)).await?;
    assert!(store.key_or_tombstone(&acme.id, &key.id).await?.is_some_and(|key| key.mcp.policy.is_none()));
    Ok(())
}

async fn a_key_is_put_under_its_own_workspaces_policies_alone(world: &World) -> Outcome {
    let (store, (acme, mina), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    let (ours, theirs) = (policy(world, &acme, "Careful").await?, policy(world, &other, "Careful").await?);
    let mut key = world.new_key(&acme, &mina, "key");
    for bad in [theirs, world.policy_id()] {
        key.key.mcp = under(&bad);
        let created = world.about(&key, "key.create");
        assert_err!(world.leaving(0, store.insert_key(&key, None, &created)).await?, Error::NotFound);
    }
    key.key.mcp = under(&ours);
    world.insert(&key).await?;
    let theirs = store.policy_page(&other.id, "", 9).await?.policies.remove(0).id;
    let moved = store.scope_key(&acme.id, &key.id, &under(&theirs), Some(&ours), &event(world)).await;
    assert_err!(moved, Error::NotFound);
    assert_eq!(store.key(&acme.id, &key.id).await?.map(|key| key.mcp), Some(under(&ours)));
    Ok(())
}

/// Whoever found the key without a policy, or under another, can't take it from under the one it was put under meanwhile.
async fn a_policy_is_not_lifted_unseen(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, careful) = (world.key(&acme, &mina, "key").await?, policy(world, &acme, "Careful").await?);
    let (loose, event) = (policy(world, &acme, "Loose").await?, event(world));
    store.scope_key(&acme.id, &key.id, &under(&careful), None, &world.event("key.scope")).await?;
    for (lift, was) in [(McpScope::default(), None), (McpScope::default(), Some(&loose)), (under(&loose), None)] {
        let answer = world.leaving(0, store.scope_key(&acme.id, &key.id, &lift, was, &event)).await?;
        assert_err!(answer, Error::Changed);
    }
    assert_eq!(store.key(&acme.id, &key.id).await?.map(|key| key.mcp), Some(under(&careful)));
    Ok(())
}

async fn the_verifier_finds_a_keys_scope(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, careful) = (world.key(&acme, &mina, "key").await?, policy(world, &acme, "Careful").await?);
    let found = || async {
        let Some(found) = store.credential(&key.id, &key.hash).await? else { panic!("the key is not found") };
        Outcome::Ok((found.credential.facts.servers, found.credential.policy))
    };
    assert_eq!(found().await?, (ServerScope::All, None), "everything, unless it was narrowed");
    let narrow = McpScope { servers: ServerScope::These(vec![world.server_id()]), policy: Some(careful) };
    world.leaving(1, store.scope_key(&acme.id, &key.id, &narrow, None, &event(world))).await??;
    assert_eq!(found().await?, (narrow.servers.clone(), narrow.policy.clone()));
    assert_eq!(store.key(&acme.id, &key.id).await?.map(|key| key.mcp), Some(narrow.clone()));
    let none = McpScope { servers: ServerScope::These(Vec::new()), policy: None };
    store.scope_key(&acme.id, &key.id, &none, narrow.policy.as_ref(), &event(world)).await?;
    assert_eq!(found().await?, (none.servers.clone(), None), "an empty list is not all");

    world.delete(&key).await?;
    assert_err!(
        world.leaving(0, store.scope_key(&acme.id, &key.id, &none, None, &event(world))).await?,
        Error::NotFound
    );
    Ok(())
}

async fn another_workspace_finds_and_changes_nothing(world: &World) -> Outcome {
    let (store, (acme, mina), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    let (key, careful) = (world.key(&acme, &mina, "key").await?, policy(world, &acme, "Careful").await?);
    assert!(store.policy(&other.id, &careful).await?.is_none());
    assert!(store.policy_page(&other.id, "", 9).await?.policies.is_empty());
    let Some(seen) = store.policy(&acme.id, &careful).await? else { panic!("the policy is not found") };
    let (loose, event) = (firewall("allow */*"), event(world));
    for answer in [
        world.leaving(0, store.change_policy(&other.id, &seen, "Loose", &loose, &event)).await?,
        world.leaving(0, store.delete_policy(&other.id, &careful, &event)).await?,
        world.leaving(0, store.scope_key(&other.id, &key.id, &McpScope::default(), None, &event)).await?,
    ] {
        assert_err!(answer, Error::NotFound);
    }
    assert_eq!(store.policy(&acme.id, &careful).await?.map(|policy| policy.name), Some("Careful".into()));
    Ok(())
}

async fn what_no_version_wrote_is_unreadable(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, careful) = (world.key(&acme, &mina, "key").await?, policy(world, &acme, "Careful").await?);
    world.place.execute("UPDATE policies SET policy = '{}'").await?;
    assert_err!(store.policy(&acme.id, &careful).await, Error::Unreadable("policy"));
    world.place.execute("UPDATE keys SET servers = '\"all\"'").await?;
    assert_err!(store.credential(&key.id, &key.hash).await, Error::Unreadable("server list"));
    assert_err!(store.key(&acme.id, &key.id).await, Error::Unreadable("server list"));
    Ok(())
}
