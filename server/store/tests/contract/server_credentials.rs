//! Servers' sealed credentials: kept, replaced, erased, and sealed anew when the master key is rotated.

use crate::{
    engine::Outcome,
    servers::{edit, event, new_server},
    world::World,
};
use domain::id::ServerId;
use store::{CredentialChange, Error, HasCredential, NewServer, Sealed, Workspace};

on_both_engines!(
    a_credential_is_kept_replaced_and_erased,
    nothing_is_kept_under_a_master_key_that_went,
    another_master_key_seals_anew,
    a_credential_replaced_meanwhile_stays,
    what_nothing_opens_is_forgotten,
);

pub fn sealed(bytes: &[u8], by: &str) -> Sealed {
    Sealed { bytes: bytes.into(), by: by.into() }
}

pub async fn server(world: &World, acme: &Workspace, slug: &str, by: &str) -> Outcome<NewServer> {
    let new = NewServer { credential: Some(sealed(slug.as_bytes(), by)), ..new_server(world, acme, slug) };
    world.store.insert_server(&new, &event(world)).await?;
    Ok(new)
}

async fn credential(world: &World, server: &NewServer) -> Outcome<Option<Sealed>> {
    let nobody = domain::id::UserId::from_text("nobody");
    let found = world.store.upstream(&server.workspace, &server.slug, &nobody).await?;
    let Some(found) = found else { panic!("the server is not found") };
    let shown = world.store.server(&server.workspace, &server.slug).await?.is_some_and(|server| server.has_credential);
    assert_eq!(shown, found.credential.is_some());
    Ok(found.credential)
}

async fn a_credential_is_kept_replaced_and_erased(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    store.master_key("one").await?;
    let (new, other) = (server(world, &acme, "github", "one").await?, server(world, &acme, "files", "one").await?);
    assert_eq!(credential(world, &new).await?, Some(sealed(b"github", "one")));
    let change = async |change| {
        let edit = edit(&new, &new.url, change);
        world.leaving(1, store.edit_server(&acme.id, &new.id, &edit, &event(world))).await??;
        credential(world, &new).await
    };
    assert_eq!(change(CredentialChange::Keep).await?, Some(sealed(b"github", "one")));
    let second = sealed(b"second", "one");
    assert_eq!(change(CredentialChange::Replace(second.clone())).await?, Some(second));
    assert_eq!(change(CredentialChange::Erase).await?, None);
    assert_eq!(change(CredentialChange::Keep).await?, None);
    assert_eq!(credential(world, &other).await?, Some(sealed(b"files", "one")));
    Ok(())
}

async fn nothing_is_kept_under_a_master_key_that_went(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    store.master_key("one").await?;
    let kept = server(world, &acme, "github", "one").await?;
    store.set_master_key("two", &world.event("master_key.rotate")).await?;
    let late = NewServer { credential: Some(sealed(b"x", "one")), ..new_server(world, &acme, "late") };
    assert_err!(world.leaving(0, store.insert_server(&late, &event(world))).await?, Error::Changed);
    assert!(store.server(&acme.id, "late").await?.is_none());
    let edit = edit(&kept, "https://elsewhere.example.com/", CredentialChange::Replace(sealed(b"x", "one")));
    assert_err!(world.leaving(0, store.edit_server(&acme.id, &kept.id, &edit, &event(world))).await?, Error::Changed);
    assert_eq!(
        store.server(&acme.id, "github").await?.map(|server| server.url),
        Some(kept.url.clone()),
        "all or nothing"
    );
    assert_eq!(credential(world, &kept).await?, Some(sealed(b"github", "one")));
    Ok(())
}

pub fn anew<I: HasCredential + Clone>(batch: &[(I, Sealed)]) -> Vec<(I, [Sealed; 2])> {
    let after = |before: &Sealed| sealed(&[before.bytes.as_slice(), b" anew"].concat(), "two");
    batch.iter().map(|(id, before)| (id.clone(), [before.clone(), after(before)])).collect()
}

async fn another_master_key_seals_anew(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    store.master_key("one").await?;
    let mut servers = Vec::new();
    for slug in ["a", "b", "c"] {
        servers.push(server(world, &acme, slug, "one").await?);
    }
    store.insert_server(&new_server(world, &acme, "without"), &event(world)).await?;
    store.set_master_key("two", &world.event("master_key.rotate")).await?;
    assert_eq!(store.count_sealed_otherwise("two").await?, 3);
    let first = store.credentials_sealed_otherwise::<ServerId>("two", "", 2).await?;
    let rest = store.credentials_sealed_otherwise("two", first[1].0.as_str(), 2).await?;
    assert_eq!((first.len(), rest.len()), (2, 1));
    for batch in [first, rest] {
        let done = world.leaving(0, store.reseal_credentials(&anew(&batch))).await??;
        assert_eq!(done, u64::try_from(batch.len())?);
    }
    assert_eq!(store.count_sealed_otherwise("two").await?, 0);
    assert!(store.credentials_sealed_otherwise::<ServerId>("two", "", 9).await?.is_empty());
    for server in &servers {
        let wanted = sealed(format!("{} anew", server.slug).as_bytes(), "two");
        assert_eq!(credential(world, server).await?, Some(wanted));
    }
    Ok(())
}

async fn a_credential_replaced_meanwhile_stays(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    store.master_key("one").await?;
    let (replaced, erased) = (server(world, &acme, "a", "one").await?, server(world, &acme, "b", "one").await?);
    store.set_master_key("two", &world.event("master_key.rotate")).await?;
    let read = store.credentials_sealed_otherwise::<ServerId>("two", "", 9).await?;
    let newer = sealed(b"newer", "two");
    let change = edit(&replaced, &replaced.url, CredentialChange::Replace(newer.clone()));
    store.edit_server(&acme.id, &replaced.id, &change, &event(world)).await?;
    let change = edit(&erased, &erased.url, CredentialChange::Erase);
    store.edit_server(&acme.id, &erased.id, &change, &event(world)).await?;
    assert_eq!(store.reseal_credentials(&anew(&read)).await?, 0);
    assert_eq!((credential(world, &replaced).await?, credential(world, &erased).await?), (Some(newer), None));
    Ok(())
}

async fn what_nothing_opens_is_forgotten(world: &World) -> Outcome {
    let (store, (acme, _)) = (&world.store, world.acme().await?);
    store.master_key("one").await?;
    let lost = server(world, &acme, "lost", "one").await?;
    store.set_master_key("two", &world.event("master_key.rotate")).await?;
    let kept = server(world, &acme, "kept", "two").await?;
    world.leaving(1, store.forget_sealed_otherwise("two", &world.event("master_key.forget"))).await??;
    assert_eq!(credential(world, &lost).await?, None);
    assert_eq!(credential(world, &kept).await?, Some(sealed(b"kept", "two")));
    assert_eq!(store.count_sealed_otherwise("two").await?, 0);
    Ok(())
}
