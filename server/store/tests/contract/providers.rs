//! Providers of models: registered, edited, listed in their order, removed; their sealed credentials kept, replaced, erased,
//! and sealed anew when the master key is rotated.

use crate::{
    engine::Outcome,
    server_credentials::{anew, sealed},
    world::{NOW, World, together},
};
use domain::{
    id::ProviderId,
    model::{MOST_PROVIDERS, ModelList, Provider, ProviderSettings},
};
use store::{AuditEvent, CredentialChange, Error, ModelProvider, NewProvider, ProviderEdit, Sealed, Workspace};

on_both_engines!(
    a_provider_is_registered_and_found,
    a_slug_is_taken_once,
    a_workspace_has_so_many_and_no_more,
    they_are_listed_in_the_order_of_trying,
    each_change_is_made_and_recorded,
    an_edit_of_what_changed_meanwhile_is_refused,
    another_workspace_finds_and_changes_nothing,
    a_credential_is_kept_replaced_and_erased,
    nothing_is_kept_under_a_master_key_that_went,
    another_master_key_seals_anew,
    what_nothing_opens_is_forgotten,
    what_no_version_wrote_is_unreadable,
);

fn event(world: &World) -> AuditEvent {
    world.event("provider.change")
}

fn settings(slug: &str, priority: u32) -> ProviderSettings {
    let Ok(models) = ModelList::parse("o3, gpt-4.1") else { panic!("these are names") };
    ProviderSettings {
        name: slug.to_uppercase(),
        url: format!("https://{slug}.example.com/v1"),
        timeout: 60,
        priority,
        models,
    }
}

fn new_provider(world: &World, workspace: &Workspace, slug: &str) -> NewProvider {
    NewProvider {
        id: world.provider_id(),
        workspace: workspace.id.clone(),
        slug: slug.into(),
        settings: settings(slug, 100),
        credential: None,
        created_at: NOW,
    }
}

async fn insert(world: &World, new: NewProvider) -> Outcome<NewProvider> {
    world.store.insert_provider(&new, &event(world)).await?;
    Ok(new)
}

async fn provider(world: &World, workspace: &Workspace, slug: &str) -> Outcome<NewProvider> {
    insert(world, new_provider(world, workspace, slug)).await
}

pub async fn with_credential(world: &World, workspace: &Workspace, slug: &str, by: &str) -> Outcome<NewProvider> {
    let credential = Some(sealed(slug.as_bytes(), by));
    insert(world, NewProvider { credential, ..new_provider(world, workspace, slug) }).await
}

async fn found(world: &World, new: &NewProvider) -> Outcome<ModelProvider> {
    let found = world.store.provider(&new.workspace, &new.slug).await?;
    let Some(found) = found else { panic!("the provider is not found") };
    Ok(found)
}

async fn credential(world: &World, new: &NewProvider) -> Outcome<Option<Sealed>> {
    let held = world.store.held_provider(&new.workspace, &new.slug).await?;
    let Some(held) = held else { panic!("the provider is not found") };
    assert_eq!(found(world, new).await?.has_credential, held.credential.is_some());
    Ok(held.credential)
}

fn edit(version: i64, credential: CredentialChange) -> ProviderEdit {
    let url = "https://elsewhere.example.com/v1".into();
    let settings = ProviderSettings { url, timeout: 5, models: ModelList::default(), ..settings("edited", 7) };
    ProviderEdit { settings, credential, version }
}

fn slugs(providers: &[ModelProvider]) -> Vec<&str> {
    providers.iter().map(|found| found.provider.slug.as_str()).collect()
}

async fn a_provider_is_registered_and_found(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    let new = new_provider(world, &acme, "openai");
    world.leaving(1, store.insert_provider(&new, &event(world))).await??;
    let provider = Provider { slug: "openai".into(), enabled: true, settings: new.settings.clone() };
    let wanted = ModelProvider {
        id: new.id.clone(),
        provider: provider.clone(),
        has_credential: false,
        version: 0,
        created_at: NOW,
    };
    assert_eq!(found(world, &new).await?, wanted);
    assert_eq!(store.providers(&acme.id).await?, [wanted]);
    let held = store.held_providers(&acme.id).await?;
    assert_eq!((held.len(), &held[0].provider, &held[0].credential), (1, &provider, &None));
    assert!(store.provider(&acme.id, "open").await?.is_none());
    assert!(store.held_provider(&acme.id, "open").await?.is_none());
    Ok(())
}

async fn a_slug_is_taken_once(world: &World) -> Outcome {
    let ((acme, _), other) = (world.acme().await?, world.workspace("other").await?);
    provider(world, &acme, "openai").await?;
    let second = new_provider(world, &acme, "openai");
    assert_err!(world.leaving(0, world.store.insert_provider(&second, &event(world))).await?, Error::Taken);
    provider(world, &other, "openai").await?;
    Ok(())
}

async fn a_workspace_has_so_many_and_no_more(world: &World) -> Outcome {
    let ((acme, _), other) = (world.acme().await?, world.workspace("other").await?);
    for n in 2..MOST_PROVIDERS {
        provider(world, &acme, &format!("p{n}")).await?;
    }
    // Two places are left for eight that come at once.
    let calls = (0..8).map(|n| {
        let (store, event) = (world.store.clone(), event(world));
        let new = new_provider(world, &acme, &format!("late{n}"));
        async move { store.insert_provider(&new, &event).await }
    });
    let answers = world.leaving(2, together(calls)).await?;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2);
    for refused in answers.into_iter().filter(Result::is_err) {
        assert_err!(refused, Error::TooManyProviders(50));
    }
    assert_eq!(world.store.providers(&acme.id).await?.len(), MOST_PROVIDERS);
    provider(world, &other, "openai").await?;
    Ok(())
}

async fn they_are_listed_in_the_order_of_trying(world: &World) -> Outcome {
    let (store, (acme, _), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    provider(world, &other, "theirs").await?;
    for (slug, priority) in [("b", 20), ("c", 5), ("a-1", 20), ("a", 20)] {
        let settings = settings(slug, priority);
        insert(world, NewProvider { settings, ..new_provider(world, &acme, slug) }).await?;
    }
    assert_eq!(slugs(&store.providers(&acme.id).await?), ["c", "a", "a-1", "b"]);
    let off = store.provider(&acme.id, "a").await?.map(|found| found.id);
    let Some(off) = off else { panic!("the provider is not found") };
    store.enable_provider(&acme.id, &off, false, &event(world)).await?;
    let held = store.held_providers(&acme.id).await?;
    assert_eq!(held.iter().map(|held| held.provider.slug.as_str()).collect::<Vec<_>>(), ["c", "a-1", "b"]);
    assert_eq!(store.providers(&acme.id).await?.len(), 4, "lists have those that are off too");
    Ok(())
}

async fn each_change_is_made_and_recorded(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    let (new, other) = (provider(world, &acme, "openai").await?, provider(world, &acme, "azure").await?);
    let untouched = found(world, &other).await?;
    let edit = edit(0, CredentialChange::Keep);
    world.leaving(1, store.edit_provider(&acme.id, &new.id, &edit, &event(world))).await??;
    world.leaving(1, store.enable_provider(&acme.id, &new.id, false, &event(world))).await??;
    let kept = found(world, &new).await?;
    assert_eq!((&kept.provider.settings, kept.provider.enabled, kept.version), (&edit.settings, false, 1));
    world.leaving(1, store.enable_provider(&acme.id, &new.id, true, &event(world))).await??;
    assert!(found(world, &new).await?.provider.enabled);

    world.leaving(1, store.remove_provider(&acme.id, &new.id, &event(world))).await??;
    assert!(store.provider(&acme.id, "openai").await?.is_none());
    for answer in every_change(world, &acme, &new.id, 1).await? {
        assert_err!(answer, Error::NotFound);
    }
    assert_eq!(found(world, &other).await?, untouched);
    Ok(())
}

/// Tries every change of a provider; none may leave an event.
async fn every_change(
    world: &World,
    workspace: &Workspace,
    provider: &ProviderId,
    version: i64,
) -> Outcome<[Result<(), Error>; 3]> {
    let (store, event, id) = (&world.store, event(world), &workspace.id);
    Ok([
        world.leaving(0, store.edit_provider(id, provider, &edit(version, CredentialChange::Erase), &event)).await?,
        world.leaving(0, store.enable_provider(id, provider, false, &event)).await?,
        world.leaving(0, store.remove_provider(id, provider, &event)).await?,
    ])
}

async fn an_edit_of_what_changed_meanwhile_is_refused(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    store.master_key("one").await?;
    let new = with_credential(world, &acme, "openai", "one").await?;
    store.edit_provider(&acme.id, &new.id, &edit(0, CredentialChange::Keep), &event(world)).await?;
    let before = found(world, &new).await?;
    let late = edit(0, CredentialChange::Erase);
    assert_err!(world.leaving(0, store.edit_provider(&acme.id, &new.id, &late, &event(world))).await?, Error::Changed);
    assert_eq!(found(world, &new).await?, before, "not even its version");
    assert!(credential(world, &new).await?.is_some());
    store.edit_provider(&acme.id, &new.id, &edit(1, CredentialChange::Keep), &event(world)).await?;
    assert_eq!(found(world, &new).await?.version, 2);
    Ok(())
}

async fn another_workspace_finds_and_changes_nothing(world: &World) -> Outcome {
    let (store, (acme, _), other) = (&world.store, world.acme().await?, world.workspace("other").await?);
    let new = provider(world, &acme, "openai").await?;
    let before = found(world, &new).await?;
    assert!(store.provider(&other.id, "openai").await?.is_none());
    assert!(store.held_provider(&other.id, "openai").await?.is_none());
    assert!(store.providers(&other.id).await?.is_empty());
    assert!(store.held_providers(&other.id).await?.is_empty());
    for answer in every_change(world, &other, &new.id, 0).await? {
        assert_err!(answer, Error::NotFound);
    }
    assert_eq!(found(world, &new).await?, before);
    Ok(())
}

async fn a_credential_is_kept_replaced_and_erased(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    store.master_key("one").await?;
    let new = with_credential(world, &acme, "openai", "one").await?;
    let other = with_credential(world, &acme, "azure", "one").await?;
    let change = async |version, change| {
        let edit = edit(version, change);
        world.leaving(1, store.edit_provider(&acme.id, &new.id, &edit, &event(world))).await??;
        credential(world, &new).await
    };
    assert_eq!(change(0, CredentialChange::Keep).await?, Some(sealed(b"openai", "one")));
    let second = sealed(b"second", "one");
    assert_eq!(change(1, CredentialChange::Replace(second.clone())).await?, Some(second));
    assert_eq!(change(2, CredentialChange::Erase).await?, None);
    assert_eq!(change(3, CredentialChange::Keep).await?, None);
    assert_eq!(credential(world, &other).await?, Some(sealed(b"azure", "one")));
    Ok(())
}

async fn nothing_is_kept_under_a_master_key_that_went(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    store.master_key("one").await?;
    let kept = with_credential(world, &acme, "openai", "one").await?;
    store.set_master_key("two", &world.event("master_key.rotate")).await?;
    let late = NewProvider { credential: Some(sealed(b"x", "one")), ..new_provider(world, &acme, "late") };
    assert_err!(world.leaving(0, store.insert_provider(&late, &event(world))).await?, Error::Changed);
    assert!(store.provider(&acme.id, "late").await?.is_none());
    let before = found(world, &kept).await?;
    let edit = edit(0, CredentialChange::Replace(sealed(b"x", "one")));
    assert_err!(world.leaving(0, store.edit_provider(&acme.id, &kept.id, &edit, &event(world))).await?, Error::Changed);
    assert_eq!(found(world, &kept).await?, before, "all or nothing");
    assert_eq!(credential(world, &kept).await?, Some(sealed(b"openai", "one")));
    Ok(())
}

async fn another_master_key_seals_anew(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    store.master_key("one").await?;
    let (one, two) =
        (with_credential(world, &acme, "a", "one").await?, with_credential(world, &acme, "b", "one").await?);
    provider(world, &acme, "without").await?;
    store.set_master_key("two", &world.event("master_key.rotate")).await?;
    assert_eq!(store.count_sealed_otherwise("two").await?, 2);
    let read = store.credentials_sealed_otherwise::<ProviderId>("two", "", 9).await?;
    assert_eq!(read.len(), 2);
    assert_eq!(store.credentials_sealed_otherwise::<ProviderId>("two", read[0].0.as_str(), 9).await?, read[1..]);
    // The one that was erased in the meantime stays so.
    store.edit_provider(&acme.id, &two.id, &edit(0, CredentialChange::Erase), &event(world)).await?;
    assert_eq!(world.leaving(0, store.reseal_credentials(&anew(&read))).await??, 1);
    assert_eq!(credential(world, &one).await?, Some(sealed(b"a anew", "two")));
    assert_eq!(credential(world, &two).await?, None);
    assert_eq!(store.count_sealed_otherwise("two").await?, 0);
    Ok(())
}

async fn what_nothing_opens_is_forgotten(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    store.master_key("one").await?;
    let lost = with_credential(world, &acme, "lost", "one").await?;
    store.set_master_key("two", &world.event("master_key.rotate")).await?;
    let kept = with_credential(world, &acme, "kept", "two").await?;
    world.leaving(1, store.forget_sealed_otherwise("two", &world.event("master_key.forget"))).await??;
    assert_eq!(credential(world, &lost).await?, None);
    assert_eq!(credential(world, &kept).await?, Some(sealed(b"kept", "two")));
    Ok(())
}

async fn what_no_version_wrote_is_unreadable(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    provider(world, &acme, "openai").await?;
    for (wrong, right) in [
        ("UPDATE providers SET models = '[\"a b\"]'", "UPDATE providers SET models = '[]'"),
        ("UPDATE providers SET timeout = -1", "UPDATE providers SET timeout = 1"),
        ("UPDATE providers SET priority = 4294967296", "UPDATE providers SET priority = 1"),
    ] {
        world.place.execute(wrong).await?;
        assert_err!(store.provider(&acme.id, "openai").await, Error::Unreadable(_));
        assert_err!(store.held_providers(&acme.id).await, Error::Unreadable(_));
        world.place.execute(right).await?;
        store.provider(&acme.id, "openai").await?;
    }
    Ok(())
}
