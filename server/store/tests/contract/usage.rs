//! Requests that carried a key: all are logged, only accepted ones count, and "last used" never moves back.

use crate::{
    engine::Outcome,
    uses::{Use, log, record},
    world::{NOW, World, successes, together},
};
use domain::{
    model::{Counted, MicroUsd, Usage},
    time::MINUTE,
};
use std::net::Ipv4Addr;
use store::{Error, InsertKey, Key, McpUse, ModelUse, ROWS};

on_both_engines!(
    only_accepted_requests_count,
    last_used_only_moves_forward,
    requests_are_listed_newest_first,
    requests_are_paged_by_outcome,
    a_batch_is_kept_whole_or_not,
    every_size_of_a_batch_is_logged_in_its_order,
    batches_at_once_lose_nothing,
    a_deleted_keys_history_stays,
    what_went_through_the_gateway_says_where_to,
    what_went_through_the_relay_says_what_it_took,
);

pub fn used(key: &InsertKey, minutes: i64, code: &'static str, agent: &str) -> Use {
    Use {
        at: NOW.plus(minutes * MINUTE),
        workspace: key.workspace.clone(),
        key: key.id,
        surface: "verify",
        code,
        address: Some(address_of(agent).into()),
        agent: agent.into(),
        mcp: None,
        model: None,
    }
}

/// Each agent has an address of its own.
fn address_of(agent: &str) -> Ipv4Addr {
    Ipv4Addr::from_bits(agent.bytes().fold(1 << 24, |sum, byte| sum + u32::from(byte)))
}

pub async fn kept(world: &World, key: &InsertKey) -> Outcome<Key> {
    let Some(key) = world.store.key(&key.workspace, &key.id).await? else { panic!("the key is not found") };
    Ok(key)
}

async fn only_accepted_requests_count(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (key, other) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "other").await?);
    world.record(&[]).await?;
    world.record(&[used(&key, 1, "KEY_DISABLED", "x"), used(&key, 2, "READ_ONLY", "x")]).await?;
    let refused = kept(world, &key).await?;
    assert_eq!((refused.uses, refused.last_used_at, refused.last_used_agent.as_str()), (0, None, ""));

    let batch = [
        used(&key, 5, "VALID", "curl"),
        used(&other, 4, "VALID", "other"),
        used(&key, 3, "VALID", "late"),
        used(&key, 9, "READ_ONLY", "refused"),
    ];
    world.record(&batch).await?;
    let accepted = kept(world, &key).await?;
    assert_eq!((accepted.uses, accepted.last_used_at), (2, Some(NOW.plus(5 * MINUTE))));
    assert_eq!(
        (accepted.last_used_address, accepted.last_used_agent.as_str()),
        (address_of("curl").to_string(), "curl")
    );
    let accepted = kept(world, &other).await?;
    assert_eq!((accepted.uses, accepted.last_used_agent.as_str()), (1, "other"));
    assert_eq!(world.store.uses_of(&acme.id, &key.id, 100).await?.len(), 5);
    Ok(())
}

async fn last_used_only_moves_forward(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    for (minutes, agent, last_minutes, last_agent) in [
        (5, "first", 5, "first"),
        (2, "delayed", 5, "first"),
        (5, "same moment", 5, "same moment"),
        (6, "new", 6, "new"),
    ] {
        world.record(&[used(&key, minutes, "VALID", agent)]).await?;
        let kept = kept(world, &key).await?;
        assert_eq!(
            (kept.last_used_at, kept.last_used_agent.as_str()),
            (Some(NOW.plus(last_minutes * MINUTE)), last_agent)
        );
        assert_eq!(kept.last_used_address, address_of(last_agent).to_string());
    }
    assert_eq!(kept(world, &key).await?.uses, 4, "a delayed use counts all the same");
    Ok(())
}

async fn requests_are_listed_newest_first(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (key, other) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "other").await?);
    let batch = [
        used(&key, 2, "VALID", "b"),
        used(&key, 1, "READ_ONLY", "a"),
        used(&key, 2, "VALID", "c"),
        used(&key, 3, "VALID", "d"),
    ];
    world.record(&batch).await?;
    world.record(&[used(&other, 9, "VALID", "other's")]).await?;
    let listed = world.store.uses_of(&acme.id, &key.id, 10).await?;
    assert_eq!(listed.iter().map(|u| u.agent.as_str()).collect::<Vec<_>>(), ["d", "c", "b", "a"]);
    let last = &listed[3];
    assert_eq!((last.at, last.surface.as_str(), last.code.as_str()), (NOW.plus(MINUTE), "verify", "READ_ONLY"));
    assert_eq!(last.address, address_of("a").to_string());
    assert_eq!(world.store.uses_of(&acme.id, &key.id, 2).await?.len(), 2);
    assert!(world.store.uses_of(&acme.id, &world.unknown_key(), 2).await?.is_empty());
    Ok(())
}

async fn requests_are_paged_by_outcome(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (key, other) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "other").await?);
    let names: Vec<String> = (0..9).map(|n| format!("{n}")).collect();
    // Three of each minute; every fourth is refused.
    let batch: Vec<Use> = (0..9_i64)
        .zip(&names)
        .map(|(n, name)| used(&key, n / 3, if n % 4 == 0 { "READ_ONLY" } else { "VALID" }, name))
        .collect();
    world.record(&batch).await?;
    world.record(&[used(&other, 9, "VALID", "other's"), used(&other, 9, "READ_ONLY", "other's")]).await?;
    for (accepted, expected) in [(None, "876543210"), (Some(true), "765321"), (Some(false), "840")] {
        for size in [1, 2, 3, 9, 10] {
            let (mut found, mut after) = (String::new(), None);
            loop {
                let page = world.store.use_page(&acme.id, &key.id, accepted, after.as_ref(), size).await?;
                assert!(page.uses.len() <= size);
                found.extend(page.uses.iter().map(|used| used.agent.as_str()));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{accepted:?} by pages of {size}");
        }
    }
    Ok(())
}

async fn a_batch_is_kept_whole_or_not(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (key, unknown) = (world.key(&acme, &mina, "key").await?, world.new_key(&acme, &mina, "unknown"));
    // The last of them, in a statement of its own, can't be written.
    let mut batch = vec![used(&key, 1, "VALID", "a"); ROWS];
    batch.push(used(&unknown, 1, "VALID", "b"));
    assert_err!(log(&world.store, &batch).await, Error::Database(_));
    assert!(world.store.uses_of(&acme.id, &key.id, 10).await?.is_empty());
    Ok(())
}

async fn every_size_of_a_batch_is_logged_in_its_order(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    for size in [1, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS, 2 * ROWS + 1] {
        let key = world.key(&acme, &mina, &format!("key {size}")).await?;
        // All of one moment: nothing but their numbers orders them.
        let batch: Vec<_> = (0..size).map(|n| used(&key, 1, "VALID", &n.to_string())).collect();
        log(&world.store, &batch).await?;
        let listed = world.store.uses_of(&acme.id, &key.id, size + 1).await?;
        let expected: Vec<_> = (0..size).rev().map(|n| n.to_string()).collect();
        assert_eq!(listed.into_iter().map(|used| used.agent).collect::<Vec<_>>(), expected);
        assert_eq!(kept(world, &key).await?.uses, 0, "the log alone counts nothing");
    }
    Ok(())
}

async fn batches_at_once_lose_nothing(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (a, b) = (world.key(&acme, &mina, "a").await?, world.key(&acme, &mina, "b").await?);
    // Half of the batches name the keys the other way round: they must not wait for each other for ever.
    let answers = together((0..20).map(|n| {
        let mut batch = vec![used(&a, n, "VALID", "a"), used(&b, n, "VALID", "b"), used(&a, n, "VALID", "a")];
        if n % 2 == 0 {
            batch.reverse();
            batch.swap(0, 1);
        }
        let store = world.store.clone();
        async move { record(&store, &batch).await }
    }))
    .await;
    assert_eq!(successes(&answers), 20, "{answers:?}");
    assert_eq!((kept(world, &a).await?.uses, kept(world, &b).await?.uses), (40, 20));
    assert_eq!(kept(world, &a).await?.last_used_at, Some(NOW.plus(19 * MINUTE)));
    Ok(())
}

async fn a_deleted_keys_history_stays(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    world.record(&[used(&key, 1, "VALID", "before")]).await?;
    world.delete(&key).await?;
    world.record(&[used(&key, 2, "VALID", "in flight")]).await?;
    assert_eq!(world.store.uses_of(&acme.id, &key.id, 10).await?.len(), 2);
    Ok(())
}

async fn what_went_through_the_relay_says_what_it_took(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    let counted = Counted { usage: Usage::new(2_006, 1_920, 300), estimated: true };
    let cost = MicroUsd::new(5_615).unwrap_or_default();
    let sample = "8fQk20JaBRTRKFsL";
    let call = ModelUse { model: "o3 \"mini\"", provider: "openai", outcome: "", counted, cost, millis: 812, sample };
    let refused = Counted { usage: Usage::default(), estimated: false };
    let refused = ModelUse {
        provider: "",
        outcome: "UPSTREAM_UNAVAILABLE",
        counted: refused,
        cost: MicroUsd::ZERO,
        millis: 0,
        sample: "",
        ..call
    };
    let mcp = McpUse { server: "github", tool: "get_issue", outcome: "", millis: 12 };
    let row = |n, mcp, model| Use { mcp, model, ..used(&key, n, "VALID", "x") };
    let mut batch =
        vec![row(0, None, Some(call)), row(1, Some(mcp), None), row(2, None, Some(refused)), row(3, None, None)];
    batch.extend((4_i64..).take(ROWS + 1).map(|n| row(n, None, Some(call))));
    log(&world.store, &batch).await?;
    let kept = world.store.uses_of(&acme.id, &key.id, batch.len() + 1).await?;
    let borrowed = |found: &ModelUse<String>| {
        let ModelUse { model, provider, outcome, counted, cost, millis, sample } = found.clone();
        (model, provider, outcome, counted, cost, millis, sample)
    };
    let found: Vec<_> = kept.iter().rev().map(|event| event.model.as_ref().map(borrowed)).collect();
    let told = |used: &ModelUse<&str>| {
        let texts = (used.model.into(), used.provider.into(), used.outcome.into());
        (texts.0, texts.1, texts.2, used.counted, used.cost, used.millis, used.sample.into())
    };
    let wanted: Vec<_> = batch.iter().map(|used| used.model.as_ref().map(told)).collect();
    assert_eq!(found, wanted);
    Ok(())
}

async fn what_went_through_the_gateway_says_where_to(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    let call = McpUse { server: "github", tool: "get_issue", outcome: "", millis: 12 };
    let list = McpUse { tool: "", outcome: "UPSTREAM_UNAVAILABLE", millis: 0, ..call };
    // More than a statement's rows of each kind, in turns.
    let rows: Vec<Option<McpUse<&str>>> = [None, Some(call), Some(list), None]
        .into_iter()
        .chain(std::iter::repeat_n(Some(call), ROWS + 1))
        .chain(std::iter::repeat_n(None, ROWS + 1))
        .collect();
    let batch: Vec<Use> =
        (0_i64..).zip(&rows).map(|(n, mcp)| Use { mcp: *mcp, ..used(&key, n, "VALID", "x") }).collect();
    log(&world.store, &batch).await?;
    let kept = world.store.uses_of(&acme.id, &key.id, rows.len() + 1).await?;
    let borrowed = |mcp: &McpUse<String>| (mcp.server.clone(), mcp.tool.clone(), mcp.outcome.clone(), mcp.millis);
    let found: Vec<_> = kept.iter().rev().map(|event| event.mcp.as_ref().map(borrowed)).collect();
    let told = |mcp: &McpUse<&str>| (mcp.server.into(), mcp.tool.into(), mcp.outcome.into(), mcp.millis);
    let wanted: Vec<_> = rows.iter().map(|mcp| mcp.as_ref().map(told)).collect();
    assert_eq!(found, wanted);
    Ok(())
}
