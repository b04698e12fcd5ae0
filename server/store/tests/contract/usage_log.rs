//! The log of a workspace: every filter alone and together, page by page without a gap, cut where it would compare too much; and
//! its end, where old requests are deleted.

use crate::{
    engine::Outcome,
    uses::{Use, log},
    world::{NOW, World},
};
use domain::{
    id::WorkspaceId,
    model::{Counted, MicroUsd, Usage},
    time::{DAY, MINUTE, Timestamp},
};
use store::{LogFilter, McpUse, ModelUse, UseCursor};

on_both_engines!(
    every_filter_narrows,
    pages_follow_each_other_without_a_gap,
    a_page_compares_only_so_much,
    another_workspace_has_its_own,
    old_requests_are_deleted_a_few_at_a_time,
);

fn all(workspace: &WorkspaceId) -> LogFilter {
    LogFilter::all(workspace.clone())
}

fn minute(n: i64) -> Timestamp {
    NOW.plus(n * MINUTE)
}

/// The minutes of the requests that a filter finds, in the order of the page.
async fn found(world: &World, filter: &LogFilter) -> Outcome<Vec<i64>> {
    let page = world.store.log_page(filter, None, 100, 1_000).await?;
    assert!(page.next.is_none() && !page.cut);
    Ok(page.lines.iter().map(|line| line.event.at.since(NOW) / MINUTE).collect())
}

async fn every_filter_narrows(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let mut ci = world.new_key(&acme, &mina, "CI 50%");
    ci.key.environment = "prod".into();
    world.insert(&ci).await?;
    let agent = world.key(&acme, &mina, "agent").await?;
    let mcp = McpUse { server: "github", tool: "get_issue", outcome: "", millis: 12 };
    let counted = Counted { usage: Usage::new(19, 0, 10), estimated: false };
    let model = ModelUse {
        model: "o3",
        provider: "openai",
        outcome: "",
        counted,
        cost: MicroUsd::new(148).unwrap_or_default(),
        millis: 9,
        sample: "",
    };
    log(
        &world.store,
        &[
            Use::of(&ci, minute(0), "VALID"),
            Use { surface: "verify", ..Use::of(&ci, minute(1), "KEY_EXPIRED") },
            Use { surface: "mcp", mcp: Some(mcp), ..Use::of(&agent, minute(2), "VALID") },
            Use { surface: "relay", model: Some(model), ..Use::of(&agent, minute(3), "VALID") },
            Use { surface: "relay", model: Some(model), ..Use::of(&agent, minute(4), "RATE_LIMITED") },
        ],
    )
    .await?;
    let all = all(&acme.id);
    let text = String::from;
    for (filter, wanted) in [
        (all.clone(), vec![4, 3, 2, 1, 0]),
        (LogFilter { key: Some(ci.id), ..all.clone() }, vec![1, 0]),
        (LogFilter { key_name: text("50%"), ..all.clone() }, vec![1, 0]),
        (LogFilter { key_name: text("AGE"), ..all.clone() }, vec![4, 3, 2]),
        (LogFilter { key_name: text("a%t"), ..all.clone() }, vec![]),
        (LogFilter { accepted: Some(true), ..all.clone() }, vec![3, 2, 0]),
        (LogFilter { accepted: Some(false), ..all.clone() }, vec![4, 1]),
        (LogFilter { code: text("RATE_LIMITED"), ..all.clone() }, vec![4]),
        (LogFilter { surface: text("relay"), accepted: Some(true), ..all.clone() }, vec![3]),
        (LogFilter { server: text("github"), ..all.clone() }, vec![2]),
        (LogFilter { model: text("o3"), key: Some(agent.id), ..all.clone() }, vec![4, 3]),
        (LogFilter { model: text("o3"), key: Some(ci.id), ..all.clone() }, vec![]),
        (LogFilter { from: minute(1), until: minute(2), ..all.clone() }, vec![2, 1]),
        (LogFilter { environment: text("prod"), ..all.clone() }, vec![1, 0]),
        (LogFilter { environment: text("nowhere"), ..all.clone() }, vec![]),
    ] {
        assert_eq!(found(world, &filter).await?, wanted, "{filter:?}");
    }
    let line =
        world.store.log_page(&LogFilter { model: text("o3"), ..all.clone() }, None, 1, 1_000).await?.lines.remove(0);
    assert_eq!((line.key, line.key_name.as_str(), line.owner_name), (agent.id, "agent", mina.name.clone()));
    assert_eq!(line.event.model.map(|used| (used.model, used.cost.micros())), Some((text("o3"), 148)));
    // What a key was used for outlives it.
    world.delete(&ci).await?;
    assert_eq!(found(world, &LogFilter { key: Some(ci.id), ..all }).await?, [1, 0]);
    Ok(())
}

async fn pages_follow_each_other_without_a_gap(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    // Three of each moment: the moment alone does not tell where a page ends.
    let uses: Vec<_> =
        (0..21).map(|n| Use::of(&key, minute(n / 3), if n % 2 == 0 { "VALID" } else { "KEY_EXPIRED" })).collect();
    log(&world.store, &uses).await?;
    for (filter, wanted) in [
        (all(&acme.id), 21),
        (LogFilter { accepted: Some(true), ..all(&acme.id) }, 11),
        (LogFilter { key: Some(key.id), ..all(&acme.id) }, 21),
    ] {
        let (mut after, mut seen): (Option<UseCursor>, Vec<i64>) = (None, Vec::new());
        loop {
            let page = world.store.log_page(&filter, after.as_ref(), 4, 1_000).await?;
            seen.extend(page.lines.iter().map(|line| line.event.at.0));
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        assert_eq!(seen.len(), wanted, "{filter:?}");
        assert!(seen.is_sorted_by(|a, b| a >= b));
    }
    Ok(())
}

async fn a_page_compares_only_so_much(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    let uses: Vec<_> =
        (0..30).map(|n| Use::of(&key, minute(n), if n == 3 { "KEY_EXPIRED" } else { "VALID" })).collect();
    log(&world.store, &uses).await?;
    let refused = LogFilter { accepted: Some(false), ..all(&acme.id) };
    let (mut after, mut pages) = (None, 0);
    loop {
        let page = world.store.log_page(&refused, after.as_ref(), 5, 10).await?;
        pages += 1;
        if !page.lines.is_empty() {
            assert_eq!((page.lines[0].event.at, pages), (minute(3), 3));
        }
        assert_eq!(page.cut, page.next.is_some());
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    // The third page ends with the log, which nobody knows before looking once more.
    assert!((3..=4).contains(&pages), "{pages}");
    Ok(())
}

async fn another_workspace_has_its_own(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    log(&world.store, &[Use::of(&key, minute(0), "VALID")]).await?;
    let elsewhere = WorkspaceId::from_text("elsewhere");
    assert!(found(world, &all(&elsewhere)).await?.is_empty());
    assert!(found(world, &LogFilter { key: Some(key.id), ..all(&elsewhere) }).await?.is_empty());
    Ok(())
}

async fn old_requests_are_deleted_a_few_at_a_time(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    // A clock was ahead for a while: what it wrote stays, and keeps nothing else.
    let ahead: Vec<_> = (0..12).map(|n| Use::of(&key, NOW.plus(400 * DAY + n), "VALID")).collect();
    log(&world.store, &ahead).await?;
    let old: Vec<_> = (0..25).map(|n| Use::of(&key, NOW.plus(-40 * DAY + n), "VALID")).collect();
    log(&world.store, &old).await?;
    let fresh: Vec<_> = (0..5).map(|n| Use::of(&key, minute(n), "VALID")).collect();
    log(&world.store, &fresh).await?;
    let before = NOW.plus(-30 * DAY);
    let (mut deleted, mut after) = (Vec::new(), Some(i64::MIN));
    while let Some(number) = after {
        let batch = world.store.forget_uses(before, NOW, number, 10).await?;
        deleted.push(batch.deleted);
        after = batch.next;
    }
    assert_eq!(deleted, [0, 8, 10, 7, 0], "12 that are ahead, 25, and 5 that are kept");
    assert_eq!(world.store.forget_uses(before, NOW, i64::MIN, 100).await?.deleted, 0);
    assert_eq!(found(world, &LogFilter { until: NOW.plus(DAY), ..all(&acme.id) }).await?, [4, 3, 2, 1, 0]);
    Ok(())
}
