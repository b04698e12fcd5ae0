//! Reading the audit log: pages that lose and repeat nothing, filters by who, what, to what and when, and pages that stay
//! cheap however much there is to compare.

use crate::{
    engine::Outcome,
    world::{NOW, World},
};
use domain::{
    id::WorkspaceId,
    time::{DAY, Timestamp},
};
use store::{AuditCursor, AuditEvent, AuditFilter, STRETCH, Sought, Workspace};

on_both_engines!(
    pages_lose_and_repeat_nothing,
    filters_narrow_and_combine,
    a_stretch_ends_a_page_and_never_the_log,
    a_workspace_sees_its_own_and_the_whole_sees_all,
    names_are_found_in_part_and_taken_literally,
    what_is_there_is_known,
);

fn filter(workspace: Option<&Workspace>) -> AuditFilter {
    AuditFilter {
        workspace: workspace.map(|workspace| workspace.id.clone()),
        actor: Sought::Any,
        action: String::new(),
        target: Sought::Any,
        from: Timestamp(0),
        until: Timestamp(i64::MAX),
    }
}

fn part(text: &str) -> Sought {
    Sought::Part(text.into())
}

fn whole(text: &str) -> Sought {
    Sought::Whole(text.into())
}

/// Writes an event: creating a user is the change that asks for nothing.
async fn write(world: &World, event: AuditEvent) -> Outcome {
    let user = world.new_user(event.id.as_str());
    world.store.insert_user(&user, "hash", &event).await?;
    Ok(())
}

/// An event of now, not yet written.
fn event(world: &World, workspace: Option<&Workspace>, actor: &str, action: &str, name: &str) -> AuditEvent {
    AuditEvent {
        workspace: workspace.map(|workspace| workspace.id.clone()),
        actor: actor.into(),
        target: format!("id of {name}"),
        target_name: name.into(),
        ..world.event(action)
    }
}

/// Every page of a filter, as names of targets; and how many pages there were.
async fn all(world: &World, filter: &AuditFilter, size: usize, stretch: usize) -> Outcome<(Vec<String>, usize)> {
    let (mut names, mut pages, mut after): (_, _, Option<AuditCursor>) = (Vec::new(), 0, None);
    loop {
        let page = world.store.audit_page(filter, after.as_ref(), size, stretch).await?;
        assert!(page.events.len() <= size);
        assert!(!page.cut || page.next.is_some(), "a page that is cut short goes on");
        names.extend(page.events.into_iter().map(|listed| listed.event.target_name));
        pages += 1;
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok((names, pages)),
        }
    }
}

async fn names(world: &World, filter: &AuditFilter) -> Outcome<Vec<String>> {
    Ok(all(world, filter, 50, STRETCH).await?.0)
}

async fn pages_lose_and_repeat_nothing(world: &World) -> Outcome {
    let acme = world.new_workspace("acme");
    let first = AuditEvent { workspace: Some(acme.id.clone()), target_name: "start".into(), ..world.event("a") };
    world.store.insert_workspace(&acme, &first).await?;
    let mut expected = vec![];
    for n in 0..9_i64 {
        // Three of each moment: only ids tell them apart.
        let event = AuditEvent { at: NOW.plus(n / 3), ..event(world, Some(&acme), "mina", "a", &n.to_string()) };
        expected.push((event.at, event.id.to_string(), event.target_name.clone()));
        write(world, event).await?;
    }
    expected.push((first.at, first.id.to_string(), first.target_name));
    expected.sort();
    let expected: Vec<String> = expected.into_iter().rev().map(|(.., name)| name).collect();
    for size in [1, 2, 3, 4, 9, 10, 11] {
        let (found, pages) = all(world, &filter(Some(&acme)), size, STRETCH).await?;
        assert_eq!((found, pages), (expected.clone(), expected.len().div_ceil(size)), "pages of {size}");
    }
    Ok(())
}

async fn filters_narrow_and_combine(world: &World) -> Outcome {
    let acme = world.workspace("acme").await?;
    for (days, actor, action, name) in [
        (1, "mina@example.com", "key.create", "CI"),
        (2, "mina@example.org", "key.create", "Deploy"),
        (3, "mina@example.com", "key.delete", "CI"),
        (4, "ada@example.com", "key.delete", "Deploy"),
    ] {
        let event = AuditEvent { at: NOW.plus(days * DAY), ..event(world, Some(&acme), actor, action, name) };
        write(world, event).await?;
    }
    let all = filter(Some(&acme));
    for (narrowed, expected) in [
        (all.clone(), &["Deploy", "CI", "Deploy", "CI"][..]),
        (AuditFilter { actor: whole("mina@example.com"), ..all.clone() }, &["CI", "CI"]),
        (AuditFilter { actor: part("mina"), ..all.clone() }, &["CI", "Deploy", "CI"]),
        (AuditFilter { actor: part("example.org"), ..all.clone() }, &["Deploy"]),
        (AuditFilter { actor: whole("mina"), ..all.clone() }, &[]),
        (AuditFilter { action: "key.create".into(), ..all.clone() }, &["Deploy", "CI"]),
        (AuditFilter { action: "key".into(), ..all.clone() }, &[]),
        (AuditFilter { target: whole("id of CI"), ..all.clone() }, &["CI", "CI"]),
        (AuditFilter { target: whole("CI"), ..all.clone() }, &[]),
        (AuditFilter { target: part("depl"), ..all.clone() }, &["Deploy", "Deploy"]),
        (AuditFilter { from: NOW.plus(2 * DAY), until: NOW.plus(3 * DAY), ..all.clone() }, &["CI", "Deploy"]),
        (AuditFilter { from: NOW.plus(9 * DAY), ..all.clone() }, &[]),
        (AuditFilter { from: NOW.plus(3 * DAY), until: NOW.plus(2 * DAY), ..all.clone() }, &[]),
        (AuditFilter { actor: part("mina"), action: "key.create".into(), ..all.clone() }, &["Deploy", "CI"]),
        (AuditFilter { actor: whole("mina@example.com"), action: "key.delete".into(), ..all.clone() }, &["CI"]),
        (
            AuditFilter {
                actor: whole("ada@example.com"),
                action: "key.delete".into(),
                target: whole("id of Deploy"),
                ..all.clone()
            },
            &["Deploy"],
        ),
        (AuditFilter { actor: part("ada"), target: whole("id of CI"), ..all.clone() }, &[]),
    ] {
        assert_eq!(names(world, &narrowed).await?, expected, "{narrowed:?}");
        let everywhere = AuditFilter { workspace: None, from: narrowed.from.max(NOW.plus(1)), ..narrowed };
        assert_eq!(names(world, &everywhere).await?, expected, "{everywhere:?}");
    }
    Ok(())
}

async fn a_stretch_ends_a_page_and_never_the_log(world: &World) -> Outcome {
    let acme = world.workspace("acme").await?;
    for n in 0..20_i64 {
        let name = if n % 7 == 0 { format!("rare {n}") } else { format!("common {n}") };
        let event = AuditEvent { at: NOW.plus(n), ..event(world, Some(&acme), "mina", "a", &name) };
        write(world, event).await?;
    }
    let rare = AuditFilter { target: part("rare"), ..filter(Some(&acme)) };
    let page = world.store.audit_page(&rare, None, 50, 4).await?;
    assert!(page.events.is_empty() && page.cut, "the newest four are common");
    assert_eq!(page.next.map(|next| next.at), Some(NOW.plus(16)), "and the next page begins below them");
    for stretch in [1, 4, 5, 7, 20, 21, 100] {
        for size in [1, 2, 50] {
            let (found, _) = all(world, &rare, size, stretch).await?;
            assert_eq!(found, ["rare 14", "rare 7", "rare 0"], "{size} of a stretch of {stretch}");
        }
    }
    // An index finds it: nothing is compared, and nothing is cut.
    let one = AuditFilter { target: whole("id of rare 0"), ..filter(Some(&acme)) };
    let page = world.store.audit_page(&one, None, 50, 1).await?;
    assert_eq!((page.events.len(), page.cut, page.next), (1, false, None));
    Ok(())
}

async fn a_workspace_sees_its_own_and_the_whole_sees_all(world: &World) -> Outcome {
    let (acme, other) = (world.workspace("acme").await?, world.workspace("other").await?);
    for (workspace, name) in [(Some(&acme), "ours"), (Some(&other), "theirs"), (None, "the house's")] {
        write(world, event(world, workspace, "mina", "a", name)).await?;
    }
    assert_eq!(names(world, &filter(Some(&acme))).await?, ["ours"]);
    for narrow in [
        AuditFilter { actor: whole("mina"), ..filter(Some(&acme)) },
        AuditFilter { action: "a".into(), ..filter(Some(&acme)) },
        AuditFilter { target: part("e"), actor: part("min"), ..filter(Some(&acme)) },
    ] {
        let found = names(world, &narrow).await?;
        assert!(found.iter().all(|name| name == "ours"), "{narrow:?}: {found:?}");
    }
    let theirs = AuditFilter { target: whole("id of theirs"), ..filter(Some(&acme)) };
    assert!(names(world, &theirs).await?.is_empty());
    let page = world.store.audit_page(&AuditFilter { action: "a".into(), ..filter(None) }, None, 50, STRETCH).await?;
    let mut seen: Vec<_> = page.events.iter().map(|e| (&*e.event.target_name, e.workspace_slug.as_deref())).collect();
    seen.sort_unstable();
    assert_eq!(seen, [("ours", Some("acme")), ("the house's", None), ("theirs", Some("other"))]);
    let nobody = AuditFilter { workspace: Some(WorkspaceId::from_text("nobody's")), ..filter(None) };
    assert!(names(world, &nobody).await?.is_empty());
    Ok(())
}

async fn names_are_found_in_part_and_taken_literally(world: &World) -> Outcome {
    let acme = world.workspace("acme").await?;
    for name in ["100% of it", "1000 of it", "a_b", "axb", r"back\slash", "Ключ", "<b>'\"&"] {
        write(world, event(world, Some(&acme), "mina", "a", name)).await?;
    }
    for (text, expected) in [
        ("100%", "100% of it"),
        ("a_b", "a_b"),
        (r"k\s", r"back\slash"),
        ("Ключ", "Ключ"),
        ("'\"&", "<b>'\"&"),
        ("BACK", r"back\slash"),
    ] {
        let found = names(world, &AuditFilter { target: part(text), ..filter(Some(&acme)) }).await?;
        assert_eq!(found, [expected], "{text}");
    }
    Ok(())
}

async fn what_is_there_is_known(world: &World) -> Outcome {
    let (store, acme, other) = (&world.store, world.workspace("acme").await?, world.workspace("other").await?);
    write(world, event(world, Some(&acme), "mina@example.com", "a", "CI")).await?;
    for (place, knows) in [(Some(&acme.id), true), (Some(&other.id), false), (None, true)] {
        assert_eq!(store.audit_has_actor(place, "mina@example.com").await?, knows);
        assert_eq!(store.audit_has_target(place, "id of CI").await?, knows);
        assert!(!store.audit_has_actor(place, "mina@example.co").await?);
        assert!(!store.audit_has_target(place, "CI").await?);
    }
    Ok(())
}
