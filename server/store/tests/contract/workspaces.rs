//! Workspaces: the set-up that happens once, unique slugs, plan and settings.

use crate::{
    engine::Outcome,
    world::{World, successes, together},
};
use domain::{
    access::Role,
    sample::{Keep, Sampling, Share},
    workspace::{Plan, Settings, ViewerKeys},
};
use store::{Error, User, Workspace};

on_both_engines!(
    set_up_makes_administrator_and_workspace,
    set_up_happens_once_of_eight,
    set_up_is_over_once_there_is_an_administrator,
    a_failed_set_up_may_be_tried_again,
    are_found_and_listed,
    a_slug_is_unique,
    plan_and_settings_change,
    nobody_overwrites_settings_that_they_have_not_seen,
    one_is_founded_with_its_administrator,
    a_new_name_moves_it_in_the_order,
    what_no_version_wrote_is_unreadable,
);

async fn set_up_makes_administrator_and_workspace(world: &World) -> Outcome {
    let (store, ada) = (&world.store, User { instance_admin: true, ..world.new_user("ada") });
    let (acme, event) = (world.new_workspace("acme"), world.event("installation.set_up"));
    world.leaving(1, store.set_up(&ada, "argon2", Some(&acme), &event)).await??;
    assert!(store.has_instance_admin().await?);
    assert_eq!(store.role(&acme.id, &ada.id).await?, Some(Role::Admin));
    let (found, hash) = store.user_by_email("ada@example.com").await?.unzip();
    assert_eq!((found.map(|u| u.id), hash), (Some(ada.id), Some("argon2".into())));
    assert!(store.workspace("acme").await?.is_some());
    Ok(())
}

async fn set_up_happens_once_of_eight(world: &World) -> Outcome {
    let attempts = (0..8).map(|n| {
        let (store, event) = (world.store.clone(), world.event("installation.set_up"));
        let user = User { instance_admin: true, ..world.new_user(&format!("ada{n}")) };
        let workspace = world.new_workspace(&format!("acme-{n}"));
        async move { store.set_up(&user, "hash", Some(&workspace), &event).await }
    });
    let answers = world.leaving(1, together(attempts)).await?;
    assert_eq!(successes(&answers), 1, "{answers:?}");
    assert!(answers.iter().all(|a| matches!(a, Ok(()) | Err(Error::Taken))), "{answers:?}");
    assert_eq!((world.store.users().await?.len(), world.store.workspaces().await?.len()), (1, 1));
    Ok(())
}

async fn set_up_is_over_once_there_is_an_administrator(world: &World) -> Outcome {
    world.instance_admin("ada").await?;
    let (alan, event) = (User { instance_admin: true, ..world.new_user("alan") }, world.event("installation.set_up"));
    assert_err!(world.leaving(0, world.store.set_up(&alan, "hash", None, &event)).await?, Error::Taken);
    assert_eq!(world.store.users().await?.len(), 1);
    Ok(())
}

async fn a_failed_set_up_may_be_tried_again(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    let (ada, event) = (User { instance_admin: true, ..world.new_user("ada") }, world.event("installation.set_up"));
    let same_slug = world.new_workspace("acme");
    assert_err!(world.leaving(0, store.set_up(&ada, "hash", Some(&same_slug), &event)).await?, Error::Taken);
    assert!(store.users().await?.is_empty());

    store.set_up(&ada, "hash", None, &event).await?;
    assert!(store.workspaces_of(&ada.id).await?.is_empty());
    assert_eq!(store.workspaces().await?.len(), 1);
    assert_eq!(store.role(&acme.id, &ada.id).await?, None);
    Ok(())
}

async fn are_found_and_listed(world: &World) -> Outcome {
    let (store, mina) = (&world.store, world.user("mina").await?);
    let acme = world.new_workspace("acme");
    world.leaving(1, store.insert_workspace(&acme, &world.event("workspace.create"))).await??;
    let (zeta, labs) = (world.workspace("zeta").await?, world.workspace("acme-labs").await?);
    assert_eq!(format!("{:?}", store.workspace("acme").await?), format!("{:?}", Some(&acme)));
    assert!(store.workspace("acm").await?.is_none());
    assert_eq!(slugs(&store.workspaces().await?), ["acme", "acme-labs", "zeta"]);

    assert!(store.workspaces_of(&mina.id).await?.is_empty());
    world.put_member(&zeta, &mina, Role::Viewer).await?;
    world.put_member(&labs, &mina, Role::Admin).await?;
    let found: Vec<_> = store.workspaces_of(&mina.id).await?.into_iter().map(|(w, role)| (w.slug, role)).collect();
    assert_eq!(found, [("acme-labs".to_owned(), Role::Admin), ("zeta".to_owned(), Role::Viewer)]);
    assert_eq!(slugs(&store.first_workspaces(2).await?), ["acme", "acme-labs"]);
    Ok(())
}

async fn a_slug_is_unique(world: &World) -> Outcome {
    let acme = world.workspace("acme").await?;
    let (other, event) = (world.new_workspace("acme"), world.event("workspace.create"));
    assert_err!(world.leaving(0, world.store.insert_workspace(&other, &event)).await?, Error::Taken);
    assert_eq!(world.store.workspace("acme").await?.map(|w| w.id), Some(acme.id));
    Ok(())
}

async fn plan_and_settings_change(world: &World) -> Outcome {
    let (store, acme, other) = (&world.store, world.workspace("acme").await?, world.workspace("other").await?);
    let settings = Settings {
        max_active_keys_per_member: 3,
        key_creations_per_hour: 0,
        viewer_keys: ViewerKeys::ReadOnly,
        reveal: domain::workspace::Reveal::Recoverable,
        require_expiry: true,
        max_expiry_days: Some(90),
        samples: Some(Sampling { share: Share::Tenth, keep: Keep::SixHours }),
    };
    let changed = Workspace { name: "Acme Ltd".into(), plan: Plan::Basic, settings, ..acme };
    let event = world.event("workspace.change");
    world.leaving(1, world.update_workspace(&changed, &event)).await??;
    assert_eq!(format!("{:?}", store.workspace("acme").await?), format!("{:?}", Some(&changed)));
    assert_eq!(format!("{:?}", store.workspace("other").await?), format!("{:?}", Some(&other)));

    let (unknown, event) = (world.new_workspace("unknown"), world.event("workspace.change"));
    assert_err!(world.leaving(0, world.update_workspace(&unknown, &event)).await?, Error::NotFound);
    assert!(store.workspace("unknown").await?.is_none());
    Ok(())
}

/// As where one administrator turns samples off while another one saves another form of the same page.
async fn nobody_overwrites_settings_that_they_have_not_seen(world: &World) -> Outcome {
    let (store, seen) = (&world.store, world.workspace("acme").await?);
    let days = |days| Settings { max_expiry_days: Some(days), ..seen.settings.clone() };
    let named = Workspace { name: "Acme Ltd".into(), ..seen.clone() };
    for theirs in [
        Workspace { settings: days(30), ..seen.clone() },
        Workspace { plan: Plan::Basic, ..seen.clone() },
        Workspace { name: "Theirs".into(), ..seen.clone() },
    ] {
        world.update_workspace(&theirs, &world.event("workspace.update")).await?;
        let event = world.event("workspace.update");
        assert_err!(world.leaving(0, store.update_workspace(&seen, &named, &event)).await?, Error::Changed);
        assert_eq!(format!("{:?}", store.workspace("acme").await?), format!("{:?}", Some(&theirs)));
        world.update_workspace(&seen, &world.event("workspace.update")).await?;
    }
    let event = world.event("workspace.update");
    world.leaving(1, store.update_workspace(&seen, &named, &event)).await??;
    Ok(())
}

async fn one_is_founded_with_its_administrator(world: &World) -> Outcome {
    let (store, ada, acme) = (&world.store, world.user("ada").await?, world.new_workspace("acme"));
    let event = world.event("workspace.create");
    world.leaving(1, store.found_workspace(&acme, Some(&ada.id), &event)).await??;
    assert_eq!(store.role(&acme.id, &ada.id).await?, Some(Role::Admin));
    let (again, event) = (world.new_workspace("acme"), world.event("workspace.create"));
    assert_err!(world.leaving(0, store.found_workspace(&again, Some(&ada.id), &event)).await?, Error::Taken);
    assert_eq!(store.workspaces_of(&ada.id).await?.len(), 1);
    Ok(())
}

async fn a_new_name_moves_it_in_the_order(world: &World) -> Outcome {
    let (store, acme) = (&world.store, world.workspace("acme").await?);
    world.workspace("beta").await?;
    assert_eq!(slugs(&store.first_workspaces(9).await?), ["acme", "beta"]);
    let named = Workspace { name: "Zed".into(), ..acme };
    world.update_workspace(&named, &world.event("workspace.update")).await?;
    assert_eq!(slugs(&store.first_workspaces(9).await?), ["beta", "acme"]);
    Ok(())
}

async fn what_no_version_wrote_is_unreadable(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    world.place.execute("UPDATE memberships SET role = 'owner'").await?;
    assert_err!(world.store.role(&acme.id, &mina.id).await, Error::Unreadable("role"));
    assert_err!(world.store.members(&acme.id, 10).await, Error::Unreadable("role"));
    world.place.execute("UPDATE workspaces SET settings = 'none'").await?;
    assert_err!(world.store.workspaces().await, Error::Unreadable("workspace settings"));
    world.place.execute("UPDATE workspaces SET plan = 'gold', settings = '{}'").await?;
    assert_err!(world.store.workspace("acme").await, Error::Unreadable("plan"));
    Ok(())
}

fn slugs(workspaces: &[Workspace]) -> Vec<&str> {
    workspaces.iter().map(|workspace| workspace.slug.as_str()).collect()
}
