//! Filters of the keys list: environment, owner and the search, alone and together; the search takes its text literally.

use crate::{
    engine::Outcome,
    keys_list::pages,
    world::{NOW, World, all},
};
use domain::access::Role;
use store::{KeyFilter, Section, Sort, User, Workspace};

on_both_engines!(the_search_finds_names_ids_and_owners, filters_narrow_together);

/// The names of the enabled keys that a filter finds, having checked that the count agrees.
async fn found(world: &World, workspace: &Workspace, filter: &KeyFilter) -> Outcome<Vec<String>> {
    let listed = pages(world, &workspace.id, filter, Sort::Name, 3).await?.concat();
    let counted = world.store.count_keys(&workspace.id, filter).await?;
    assert_eq!(counted.count, i64::try_from(listed.len())?, "{filter:?}");
    Ok(listed.into_iter().map(|key| key.name).collect())
}

fn search(text: &str) -> KeyFilter {
    KeyFilter { search: text.into(), ..all(Section::Enabled) }
}

async fn the_search_finds_names_ids_and_owners(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let zoe = User { name: "Zoë Ördek".into(), email: "z_1%@example.org".into(), ..world.new_user("zoe") };
    world.store.insert_user(&zoe, "hash", &world.event("user.create")).await?;
    world.put_member(&acme, &zoe, Role::Developer).await?;
    for name in ["100% Deploy", "100x deploy", "under_score", "underXscore", "back\\slash", "ÉCLAIR", "it's"] {
        world.key(&acme, &mina, name).await?;
    }
    let zoes = world.key(&acme, &zoe, "Zoes").await?;
    world.key(&acme, &zoe, "straße").await?;

    for (text, expected) in [
        ("deploy", &["100% Deploy", "100x deploy"][..]),
        ("  DEPLOY ", &["100% Deploy", "100x deploy"]),
        ("100%", &["100% Deploy"]),
        ("100_", &[]),
        ("r_s", &["under_score"]),
        ("R_S", &["under_score"]),
        ("%", &["100% Deploy", "straße", "Zoes"]),
        ("\\", &["back\\slash"]),
        ("k\\s", &["back\\slash"]),
        ("éclair", &["ÉCLAIR"]),
        ("ÉCL", &["ÉCLAIR"]),
        ("eclair", &[]),
        ("STRAß", &["straße"]),
        ("'", &["it's"]),
        ("' OR 1=1 --", &[]),
        ("z_1%@EXAMPLE.org", &["straße", "Zoes"]),
        ("ördek", &["straße", "Zoes"]),
        ("ZOË", &["straße", "Zoes"]),
        ("zoes", &["Zoes"]),
        (zoes.id.as_str(), &["Zoes"]),
        (&zoes.id.as_str().to_uppercase(), &["Zoes"]),
        (&zoes.id.as_str()[1..6], &["Zoes"]),
        ("nowhere", &[]),
    ] {
        assert_eq!(found(world, &acme, &search(text)).await?, expected, "{text:?}");
    }
    assert_eq!(found(world, &acme, &search("mina@")).await?.len(), 7);
    assert_eq!(found(world, &acme, &search("  ")).await?.len(), 9);
    Ok(())
}

async fn filters_narrow_together(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let bob = world.user("Bob").await?;
    world.put_member(&acme, &bob, Role::Developer).await?;
    for (owner, name, environment) in [
        (&mina, "deploy", "prod"),
        (&mina, "deploy 2", "dev"),
        (&mina, "report", "prod"),
        (&bob, "deploy", "prod"),
        (&bob, "over", "prod"),
    ] {
        let mut key = world.new_key(&acme, owner, name);
        key.key.environment = environment.into();
        key.key.expires_at = (name == "over").then_some(NOW);
        world.insert(&key).await?;
    }
    let in_prod = KeyFilter { environment: "prod".into(), ..all(Section::Enabled) };
    assert_eq!(found(world, &acme, &in_prod).await?, ["deploy", "deploy", "report"]);
    let of_mina = KeyFilter { owner: Some(mina.id.clone()), ..all(Section::Enabled) };
    assert_eq!(found(world, &acme, &of_mina).await?, ["deploy", "deploy 2", "report"]);
    let both = KeyFilter { owner: Some(mina.id.clone()), ..in_prod.clone() };
    assert_eq!(found(world, &acme, &both).await?, ["deploy", "report"]);
    let all_three = KeyFilter { search: "EPLO".into(), ..both };
    assert_eq!(found(world, &acme, &all_three).await?, ["deploy"]);
    let over = KeyFilter { section: Section::Expired, ..in_prod.clone() };
    assert_eq!(found(world, &acme, &over).await?, ["over"]);
    let by_part = KeyFilter { environment: "pro".into(), ..in_prod };
    assert!(found(world, &acme, &by_part).await?.is_empty(), "an environment is chosen whole");
    let stranger = KeyFilter { owner: Some(world.new_user("x").id), ..all(Section::Enabled) };
    assert!(found(world, &acme, &stranger).await?.is_empty());
    Ok(())
}
