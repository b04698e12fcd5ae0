//! Guardrails: one of a name in a workspace, changed, listed by name, found by the relay, and never taken from under a key.

use crate::{
    engine::Outcome,
    one_key::OneKey,
    world::{NOW, World},
};
use domain::{
    guardrail::{Guardrail, NewGuardrail, RawGuardrail, RawRule},
    id::GuardrailId,
    model::ModelLimits,
};
use store::{AuditEvent, Error, InsertGuardrail, Workspace};

on_both_engines!(
    a_guardrail_is_added_changed_and_deleted,
    nobody_overwrites_what_they_have_not_seen,
    a_name_is_taken_once_in_upper_or_lower_case,
    guardrails_are_listed_by_name,
    a_guardrail_is_never_taken_from_under_a_key,
    a_key_is_put_under_its_own_workspaces_guardrails_alone,
    the_relay_finds_a_keys_guardrail,
    a_guardrail_is_not_lifted_unseen,
    another_workspace_finds_and_changes_nothing,
    what_no_version_wrote_is_unreadable,
);

fn rules(name: &str, finds: &[&str]) -> NewGuardrail {
    let rule = |find: &&str| RawRule {
        find: (*find).into(),
        effect: "redact".into(),
        side: "both".into(),
        ..RawRule::default()
    };
    let raw = RawGuardrail { name: name.into(), rules: finds.iter().map(rule).collect(), ..RawGuardrail::default() };
    let Ok(new) = raw.check() else { panic!("{finds:?} are no rules") };
    new
}

fn event(world: &World) -> AuditEvent {
    world.event("guardrail.change")
}

fn new_guardrail(world: &World, workspace: &Workspace, name: &str) -> InsertGuardrail {
    InsertGuardrail {
        id: world.guardrail_id(),
        workspace: workspace.id.clone(),
        new: rules(name, &["email", "payment_card"]),
        created_at: NOW,
    }
}

pub async fn guardrail(world: &World, workspace: &Workspace, name: &str) -> Outcome<GuardrailId> {
    let new = new_guardrail(world, workspace, name);
    world.store.insert_guardrail(&new, &event(world)).await?;
    Ok(new.id)
}

fn under(guardrail: &GuardrailId) -> ModelLimits {
    ModelLimits { guardrail: Some(guardrail.clone()), ..ModelLimits::default() }
}

async fn a_guardrail_is_added_changed_and_deleted(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    let new = new_guardrail(world, &acme, "Personal data");
    world.leaving(1, store.insert_guardrail(&new, &event(world))).await??;
    let Some(kept) = store.guardrail(&acme.id, &new.id).await? else { panic!("the guardrail is not found") };
    assert_eq!((&kept.id, kept.name.as_str(), kept.keys, kept.created_at), (&new.id, "Personal data", 0, NOW));
    assert_eq!((&kept.guardrail, kept.description.as_str()), (&new.new.guardrail, ""));

    let mut other = rules("PERSONAL data", &["iban"]);
    other.description = "Of customers".into();
    other.guardrail.dry_run = true;
    world.leaving(1, store.change_guardrail(&acme.id, &kept, &other, &event(world))).await??;
    // Of what was seen before that, whatever of it is another by now.
    assert_err!(
        world.leaving(0, store.change_guardrail(&acme.id, &kept, &new.new, &event(world))).await?,
        Error::Changed
    );
    let Some(kept) = store.guardrail(&acme.id, &new.id).await? else { panic!("the guardrail is not found") };
    assert_eq!((kept.name.as_str(), kept.description.as_str()), ("PERSONAL data", "Of customers"));
    assert_eq!(kept.guardrail, other.guardrail);

    world.leaving(1, store.delete_guardrail(&acme.id, &new.id, &event(world))).await??;
    assert!(store.guardrail(&acme.id, &new.id).await?.is_none());
    assert_err!(world.leaving(0, store.delete_guardrail(&acme.id, &new.id, &event(world))).await?, Error::NotFound);
    assert_err!(
        world.leaving(0, store.change_guardrail(&acme.id, &kept, &other, &event(world))).await?,
        Error::NotFound
    );
    Ok(())
}

/// Whichever part of it somebody else changed meanwhile; but a key that was put under it is no other guardrail.
async fn nobody_overwrites_what_they_have_not_seen(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let personal = guardrail(world, &acme, "Personal data").await?;
    let now = || async {
        let found = store.guardrail(&acme.id, &personal).await?;
        Outcome::Ok(found.unwrap_or_else(|| panic!("the guardrail is not found")))
    };
    let ours = rules("Mine", &["iban"]);
    let mut theirs = vec![rules("Theirs", &["email", "payment_card"]), rules("Theirs", &["email"])];
    theirs.push(NewGuardrail { description: "Of customers".into(), ..theirs[1].clone() });
    theirs.push(NewGuardrail {
        guardrail: Guardrail { dry_run: true, ..theirs[2].guardrail.clone() },
        ..theirs[2].clone()
    });
    for change in theirs {
        let seen = now().await?;
        store.change_guardrail(&acme.id, &seen, &change, &event(world)).await?;
        let answer = world.leaving(0, store.change_guardrail(&acme.id, &seen, &ours, &event(world))).await?;
        assert_err!(answer, Error::Changed);
        assert_eq!(now().await?.guardrail, change.guardrail);
    }
    let seen = now().await?;
    let mut key = world.new_key(&acme, &mina, "key");
    key.key.model = under(&personal);
    world.insert(&key).await?;
    store.change_guardrail(&acme.id, &seen, &ours, &event(world)).await?;
    assert_eq!(now().await?.name, "Mine");
    Ok(())
}

async fn a_name_is_taken_once_in_upper_or_lower_case(world: &World) -> Outcome {
    let (store, (acme, _), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    guardrail(world, &acme, "Étoile").await?;
    let second = new_guardrail(world, &acme, "éTOILE");
    assert_err!(world.leaving(0, store.insert_guardrail(&second, &event(world))).await?, Error::Taken);
    let theirs = guardrail(world, &other, "Étoile").await?;
    let named = store.guardrail_named(&other.id, "ÉTOILE").await?.map(|found| found.id);
    assert_eq!((named, store.guardrail_named(&acme.id, "Étoil").await?), (Some(theirs), None));
    let loose = guardrail(world, &acme, "Loose").await?;
    let Some(seen) = store.guardrail(&acme.id, &loose).await? else { panic!("the guardrail is not found") };
    assert_err!(
        world.leaving(0, store.change_guardrail(&acme.id, &seen, &second.new, &event(world))).await?,
        Error::Taken
    );
    assert_eq!(store.guardrail(&acme.id, &loose).await?.map(|kept| kept.name), Some("Loose".into()));
    Ok(())
}

async fn guardrails_are_listed_by_name(world: &World) -> Outcome {
    let (store, (acme, mina), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    guardrail(world, &other, "Aside").await?;
    for name in ["C", "A", "b"] {
        guardrail(world, &acme, name).await?;
    }
    let first = store.guardrail_page(&acme.id, "", 2).await?;
    assert_eq!(first.guardrails.iter().map(|kept| kept.name.as_str()).collect::<Vec<_>>(), ["A", "b"]);
    let Some(after) = first.next else { panic!("a third one is left") };
    let last = store.guardrail_page(&acme.id, &after, 2).await?;
    let mut key = world.new_key(&acme, &mina, "key");
    key.key.model = under(&last.guardrails[0].id);
    world.insert(&key).await?;
    let last = store.guardrail_page(&acme.id, &after, 2).await?;
    let found: Vec<_> = last.guardrails.iter().map(|kept| (kept.name.as_str(), kept.keys)).collect();
    assert_eq!((found.as_slice(), last.next), ([("C", 1)].as_slice(), None));
    Ok(())
}

async fn a_guardrail_is_never_taken_from_under_a_key(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let personal = guardrail(world, &acme, "Personal data").await?;
    let mut key = world.new_key(&acme, &mina, "key");
    key.key.model = under(&personal);
    world.insert(&key).await?;
    world.disable(&key).await?;
    assert_err!(
        world.leaving(0, store.delete_guardrail(&acme.id, &personal, &event(world))).await?,
        Error::GuardrailInUse(1)
    );
    let found = store.key(&acme.id, &key.id).await?;
    assert_eq!(found.map(|key| key.model), Some(under(&personal)), "a paused key keeps it");
    store.delete_key(&acme.id, &key.id, &world.about(&key, "key.delete")).await?;
    store.delete_guardrail(&acme.id, &personal, &event(world)).await?;
    assert!(store.key_or_tombstone(&acme.id, &key.id).await?.is_some_and(|key| key.model.guardrail.is_none()));
    Ok(())
}

async fn a_key_is_put_under_its_own_workspaces_guardrails_alone(world: &World) -> Outcome {
    let (store, (acme, mina), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    let (ours, theirs) = (guardrail(world, &acme, "Ours").await?, guardrail(world, &other, "Theirs").await?);
    let mut key = world.new_key(&acme, &mina, "key");
    for bad in [theirs.clone(), world.guardrail_id()] {
        key.key.model = under(&bad);
        let created = world.about(&key, "key.create");
        assert_err!(world.leaving(0, store.insert_key(&key, None, &created)).await?, Error::NotFound);
    }
    key.key.model = under(&ours);
    world.insert(&key).await?;
    let (limits, event) = (under(&theirs), event(world));
    assert_err!(
        world.leaving(0, store.limit_models(&acme.id, &key.id, &limits, Some(&ours), &event)).await?,
        Error::NotFound
    );
    assert_eq!(store.key(&acme.id, &key.id).await?.map(|key| key.model), Some(under(&ours)));
    Ok(())
}

async fn the_relay_finds_a_keys_guardrail(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, personal) = (world.key(&acme, &mina, "key").await?, guardrail(world, &acme, "Personal data").await?);
    let found = || async {
        let Some(found) = store.credential(&key.id, &key.hash).await? else { panic!("the key is not found") };
        Outcome::Ok(found.credential.guardrail)
    };
    assert_eq!(found().await?, None);
    world.leaving(1, store.limit_models(&acme.id, &key.id, &under(&personal), None, &event(world))).await??;
    assert_eq!(found().await?, Some(personal.clone()));
    let kept = store.key_record(&key.id).await?.and_then(|found| found.credential.guardrail);
    assert_eq!(kept, Some(personal.clone()), "also where a process keeps it");
    let lift = ModelLimits::default();
    store.limit_models(&acme.id, &key.id, &lift, Some(&personal), &event(world)).await?;
    assert_eq!(found().await?, None);
    Ok(())
}

/// Whoever found the key without a guardrail, or under another, can't take it from under the one it was put under meanwhile.
async fn a_guardrail_is_not_lifted_unseen(world: &World) -> Outcome {
    let (store, (acme, mina)) = (&world.store, world.acme().await?);
    let (key, personal) = (world.key(&acme, &mina, "key").await?, guardrail(world, &acme, "Personal data").await?);
    let other = guardrail(world, &acme, "Other").await?;
    store.limit_models(&acme.id, &key.id, &under(&personal), None, &event(world)).await?;
    let (lift, event) = (ModelLimits::default(), event(world));
    for was in [None, Some(&other)] {
        let answer = world.leaving(0, store.limit_models(&acme.id, &key.id, &lift, was, &event)).await?;
        assert_err!(answer, Error::Changed);
    }
    assert_eq!(store.key(&acme.id, &key.id).await?.map(|key| key.model), Some(under(&personal)));
    Ok(())
}

async fn another_workspace_finds_and_changes_nothing(world: &World) -> Outcome {
    let (store, (acme, _), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    let personal = guardrail(world, &acme, "Personal data").await?;
    assert!(store.guardrail(&other.id, &personal).await?.is_none());
    assert!(store.guardrail_page(&other.id, "", 9).await?.guardrails.is_empty());
    let Some(seen) = store.guardrail(&acme.id, &personal).await? else { panic!("the guardrail is not found") };
    let (loose, event) = (rules("Loose", &[]), event(world));
    for answer in [
        world.leaving(0, store.change_guardrail(&other.id, &seen, &loose, &event)).await?,
        world.leaving(0, store.delete_guardrail(&other.id, &personal, &event)).await?,
    ] {
        assert_err!(answer, Error::NotFound);
    }
    assert_eq!(store.guardrail(&acme.id, &personal).await?.map(|kept| kept.name), Some("Personal data".into()));
    Ok(())
}

async fn what_no_version_wrote_is_unreadable(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    let personal = guardrail(world, &acme, "Personal data").await?;
    world.place.execute("UPDATE guardrails SET rules = '{}'").await?;
    assert_err!(store.guardrail(&acme.id, &personal).await, Error::Unreadable("guardrail"));
    Ok(())
}
