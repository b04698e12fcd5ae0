//! What requests came to by day, key and model: each stands in one row, none is lost or counted twice, and the usage page's sums
//! are theirs, whichever way they are grouped and narrowed.

use crate::{
    engine::Outcome,
    usage::used,
    uses::{Use, sums},
    world::{NOW, World, successes, together},
};
use domain::{
    id::WorkspaceId,
    model::{Counted, MicroUsd, Usage},
    time::{DAY, Timestamp},
};
use store::{
    Error, InsertKey, KeyUses, ModelUse, ROWS, Store, UsageFilter, UsageGroup, UsageOrder, UsageReport, UsageSum,
};

on_both_engines!(
    each_request_stands_in_one_row,
    every_filter_narrows,
    the_greatest_groups_come_first,
    another_workspace_has_its_own,
    rows_follow_each_other_without_a_gap,
    batches_at_once_count_everything,
    what_failed_is_taken_back_and_counted_once,
    deleted_keys_count_and_unknown_ones_are_left_out,
    money_stops_before_it_is_no_number,
    the_largest_counts_are_summed_up,
    an_upgrade_takes_the_largest_counts,
    an_upgrade_counts_what_was_there,
);

/// The beginning of the day so many days ago.
fn day(ago: i64) -> Timestamp {
    Timestamp(NOW.0 - NOW.0.rem_euclid(DAY) - ago * DAY)
}

/// All that a workspace was used for in 90 days.
fn all(workspace: &WorkspaceId) -> UsageFilter {
    UsageFilter {
        workspace: workspace.clone(),
        key: None,
        key_name: String::new(),
        environment: String::new(),
        owner: None,
        model: String::new(),
        from: day(89),
        until: day(0),
    }
}

/// A call of 19 tokens in, 8 of them cached, and 10 out.
fn call(key: &InsertKey, at: Timestamp, model: &'static str, cost: i64) -> Use {
    let counted = Counted { usage: Usage::new(19, 8, 10), estimated: false };
    let cost = MicroUsd::new(cost).unwrap_or_default();
    let model = ModelUse { model, provider: "openai", outcome: "", counted, cost, millis: 9, sample: "" };
    Use { surface: "relay", model: Some(model), ..Use::of(key, at, "VALID") }
}

/// The sum of so many such calls, and of other requests.
fn sum(others: i64, refused: i64, calls: i64, cost: i64) -> UsageSum {
    UsageSum {
        accepted: others + calls,
        refused,
        input_tokens: 19 * calls,
        cached_tokens: 8 * calls,
        output_tokens: 10 * calls,
        cost,
        estimated: 0,
    }
}

async fn report(world: &World, filter: &UsageFilter) -> Outcome<UsageReport> {
    Ok(world.store.usage_report(filter, UsageOrder::Requests, 50).await?)
}

/// What a filter finds: the sums of its groups, of its days and of its rows are all the same.
async fn found(world: &World, filter: &UsageFilter) -> Outcome<UsageSum> {
    let report = report(world, filter).await?;
    let total = |sums: Vec<UsageSum>| {
        let mut total = UsageSum::default();
        for sum in sums {
            total += sum;
        }
        total
    };
    for groups in [&report.keys, &report.environments, &report.models, &report.members] {
        assert_eq!(total(groups.groups.iter().map(|group| group.sum).collect()), report.sum, "{filter:?}");
        assert_eq!(usize::try_from(groups.count)?, groups.groups.len());
    }
    let days = world.store.usage_by_day(filter).await?;
    assert_eq!(total(days.into_iter().map(|(_, sum)| sum).collect()), report.sum, "{filter:?}");
    let (rows, next) = world.store.usage_rows(filter, None, 1_000).await?;
    assert!(next.is_none());
    assert_eq!(total(rows.into_iter().map(|row| row.sum).collect()), report.sum, "{filter:?}");
    Ok(report.sum)
}

async fn each_request_stands_in_one_row(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (ci, agent) = (world.key(&acme, &mina, "CI").await?, world.key(&acme, &mina, "agent").await?);
    assert_eq!(found(world, &all(&acme.id)).await?, UsageSum::default());
    let guessed = Use { model: call(&agent, NOW, "o3", 7).model.map(estimated), ..call(&agent, NOW, "o3", 7) };
    let refused = Use { code: "KEY_EXHAUSTED", ..call(&agent, NOW, "o3", 0) };
    let refused = Use { model: refused.model.map(|model| ModelUse { counted: none(), ..model }), ..refused };
    // The first and the last millisecond of a day.
    let (first, last) = (day(3), day(2).plus(-1));
    world
        .record(&[
            Use::of(&ci, first, "VALID"),
            Use::of(&ci, last, "KEY_DISABLED"),
            Use::of(&agent, NOW, "VALID"),
            call(&agent, NOW, "o3", 100),
            guessed,
            refused,
            call(&agent, last, "small", 3),
            call(&agent, NOW, "small", 5),
        ])
        .await?;
    // Once more, into rows that are there.
    world.record(&[Use::of(&ci, first, "VALID"), call(&agent, NOW, "small", 5)]).await?;
    let (rows, _) = world.store.usage_rows(&all(&acme.id), None, 1_000).await?;
    let mut rows: Vec<_> = rows.into_iter().map(|row| (row.day, row.key_name, row.model, row.sum)).collect();
    // Keys are in the order of their ids, which are drawn.
    rows.sort_by(|a, b| (a.0, &a.1, &a.2).cmp(&(b.0, &b.1, &b.2)));
    let row = |day, key: &str, model: &str, sum| (day, key.to_owned(), model.to_owned(), sum);
    let wanted = [
        row(day(3), "CI", "", sum(2, 1, 0, 0)),
        row(day(3), "agent", "small", sum(0, 0, 1, 3)),
        row(day(0), "agent", "", sum(1, 0, 0, 0)),
        row(day(0), "agent", "o3", UsageSum { estimated: 1, ..sum(0, 1, 2, 107) }),
        row(day(0), "agent", "small", sum(0, 0, 2, 10)),
    ];
    assert_eq!(rows, wanted);
    let days = world.store.usage_by_day(&all(&acme.id)).await?;
    let today = UsageSum { estimated: 1, ..sum(1, 1, 4, 117) };
    assert_eq!(days, [(day(3), sum(2, 1, 1, 3)), (day(0), today)]);
    assert_eq!(found(world, &all(&acme.id)).await?, UsageSum { estimated: 1, ..sum(3, 2, 5, 120) });
    Ok(())
}

fn none() -> Counted {
    Counted { usage: Usage::default(), estimated: false }
}

fn estimated(used: ModelUse<&'static str>) -> ModelUse<&'static str> {
    ModelUse { counted: Counted { estimated: true, ..used.counted }, ..used }
}

async fn every_filter_narrows(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let omar = world.user("Omar").await?;
    let mut prod = world.new_key(&acme, &mina, "CI 50%");
    prod.key.environment = "prod".into();
    world.insert(&prod).await?;
    let agent = world.key(&acme, &omar, "agent").await?;
    world
        .record(&[
            Use::of(&prod, day(1), "VALID"),
            Use::of(&prod, day(0), "KEY_EXPIRED"),
            call(&agent, day(2), "o3", 7),
            call(&prod, day(0), "o3", 11),
            call(&prod, day(0), "small", 13),
        ])
        .await?;
    let all = all(&acme.id);
    let text = String::from;
    for (filter, wanted) in [
        (all.clone(), sum(1, 1, 3, 31)),
        (UsageFilter { key: Some(prod.id), ..all.clone() }, sum(1, 1, 2, 24)),
        (UsageFilter { key_name: text("50%"), ..all.clone() }, sum(1, 1, 2, 24)),
        (UsageFilter { key_name: text("AGE"), ..all.clone() }, sum(0, 0, 1, 7)),
        (UsageFilter { key_name: text("a%t"), ..all.clone() }, UsageSum::default()),
        (UsageFilter { environment: text("prod"), ..all.clone() }, sum(1, 1, 2, 24)),
        (UsageFilter { environment: text("nowhere"), ..all.clone() }, UsageSum::default()),
        (UsageFilter { owner: Some(omar.id.clone()), ..all.clone() }, sum(0, 0, 1, 7)),
        (UsageFilter { model: text("o3"), ..all.clone() }, sum(0, 0, 2, 18)),
        (UsageFilter { model: text("o3"), owner: Some(mina.id.clone()), ..all.clone() }, sum(0, 0, 1, 11)),
        (UsageFilter { from: day(1), ..all.clone() }, sum(1, 1, 2, 24)),
        (UsageFilter { until: day(1), ..all.clone() }, sum(1, 0, 1, 7)),
        (UsageFilter { from: day(1), until: day(1), ..all.clone() }, sum(1, 0, 0, 0)),
    ] {
        assert_eq!(found(world, &filter).await?, wanted, "{filter:?}");
    }
    Ok(())
}

async fn the_greatest_groups_come_first(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let omar = world.user("Omar").await?;
    let (often, dear) = (world.key(&acme, &mina, "often").await?, world.key(&acme, &omar, "dear").await?);
    let mut wordy = world.new_key(&acme, &omar, "wordy");
    wordy.key.environment = "prod".into();
    world.insert(&wordy).await?;
    let mut uses = vec![Use::of(&often, NOW, "VALID"); 6];
    uses.push(call(&dear, NOW, "o3", 1_000));
    uses.extend([call(&wordy, NOW, "small", 1), call(&wordy, NOW, "small", 1)]);
    world.record(&uses).await?;
    let names = |groups: &[UsageGroup]| -> Vec<String> { groups.iter().map(|group| group.name.clone()).collect() };
    for (order, keys, models, members) in [
        (UsageOrder::Requests, ["often", "wordy"], ["", "small"], ["Mina", "Omar"]),
        (UsageOrder::Tokens, ["wordy", "dear"], ["small", "o3"], ["Omar", "Mina"]),
        (UsageOrder::Spend, ["dear", "wordy"], ["o3", "small"], ["Omar", "Mina"]),
    ] {
        let report = world.store.usage_report(&all(&acme.id), order, 2).await?;
        assert_eq!((names(&report.keys.groups), report.keys.count), (keys.map(String::from).into(), 3));
        assert_eq!((names(&report.models.groups), report.models.count), (models.map(String::from).into(), 3));
        assert_eq!((names(&report.members.groups), report.members.count), (members.map(String::from).into(), 2));
        assert_eq!(report.environments.count, 2);
        assert_eq!(report.sum, sum(6, 0, 3, 1_002), "of all, not only of those that are shown");
    }
    let report = report(world, &all(&acme.id)).await?;
    let key = &report.keys.groups[0];
    assert_eq!((key.id.clone(), key.owner.as_str(), key.deleted), (often.id.to_string(), "Mina", false));
    assert_eq!(key.sum, sum(6, 0, 0, 0));
    Ok(())
}

async fn another_workspace_has_its_own(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let other = world.workspace("other").await?;
    let (key, theirs) = (world.key(&acme, &mina, "key").await?, world.key(&other, &mina, "theirs").await?);
    world.record(&[Use::of(&key, NOW, "VALID"), call(&theirs, NOW, "o3", 7)]).await?;
    assert_eq!(found(world, &all(&acme.id)).await?, sum(1, 0, 0, 0));
    assert_eq!(found(world, &all(&other.id)).await?, sum(0, 0, 1, 7));
    let strange = UsageFilter { key: Some(key.id), ..all(&other.id) };
    assert_eq!(found(world, &strange).await?, UsageSum::default());
    assert!(report(world, &strange).await?.keys.groups.is_empty());
    Ok(())
}

async fn rows_follow_each_other_without_a_gap(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (a, b) = (world.key(&acme, &mina, "a").await?, world.key(&acme, &mina, "b").await?);
    let mut uses = Vec::new();
    for ago in [2, 1, 0] {
        for key in [&a, &b] {
            uses.extend([
                Use::of(key, day(ago), "VALID"),
                call(key, day(ago), "o3", 1),
                call(key, day(ago), "small", 1),
            ]);
        }
    }
    world.record(&uses).await?;
    for size in [1, 4, 9, 18, 19] {
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let (rows, next) = world.store.usage_rows(&all(&acme.id), after.as_ref(), size).await?;
            assert!(rows.len() <= size);
            seen.extend(rows.into_iter().map(|row| (row.day, row.key, row.model)));
            let Some(next) = next else { break };
            after = Some(next);
        }
        assert_eq!(seen.len(), 18, "{size}");
        assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
    }
    Ok(())
}

async fn batches_at_once_count_everything(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let mut keys = Vec::new();
    for n in 0..=ROWS {
        keys.push(world.key(&acme, &mina, &format!("key {n}")).await?);
    }
    let other = Store::open(&world.place.url).await?;
    let answers = together((0..20_usize).map(|n| {
        let mut uses: Vec<_> = keys
            .iter()
            .flat_map(|key| [Use::of(key, day(1), "READ_ONLY"), call(key, NOW, "o3", 2), call(key, NOW, "small", 1)])
            .collect();
        if n % 2 == 0 {
            uses.reverse();
        }
        let store = if n % 2 == 0 { world.store.clone() } else { other.clone() };
        async move { store.count_uses(&sums(&uses)).await }
    }))
    .await;
    assert_eq!(successes(&answers), 20, "{answers:?}");
    let each = 20 * i64::try_from(keys.len())?;
    assert_eq!(found(world, &all(&acme.id)).await?, sum(0, each, 2 * each, 3 * each));
    other.close().await;
    Ok(())
}

async fn what_failed_is_taken_back_and_counted_once(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    // The hours come last, after the days and models have done their work.
    world.place.forbid_an_hour().await?;
    let failed =
        sums(&[call(&key, NOW, "o3", 7), used(&key, 1, "VALID", "x"), Use::of(&key, Timestamp(0), "READ_ONLY")]);
    assert_err!(world.store.count_uses(&failed).await, Error::Database(_));
    assert_eq!(found(world, &all(&acme.id)).await?, UsageSum::default());

    world.place.allow_the_hour().await?;
    let mut since = sums(&[call(&key, NOW, "o3", 11), call(&key, NOW, "small", 13)]);
    for failed in failed {
        since[0].take_back(failed);
    }
    assert_eq!(since.iter().map(KeyUses::count).sum::<i64>(), 5);
    world.store.count_uses(&since).await?;
    assert_eq!(found(world, &all(&acme.id)).await?, sum(1, 0, 3, 31));
    let first = UsageFilter { from: Timestamp(0), until: Timestamp(0), ..all(&acme.id) };
    assert_eq!(found(world, &first).await?, sum(0, 1, 0, 0));
    Ok(())
}

async fn deleted_keys_count_and_unknown_ones_are_left_out(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let gone = world.key(&acme, &mina, "gone").await?;
    world.record(&[call(&gone, NOW, "o3", 7)]).await?;
    world.delete(&gone).await?;
    let unknown = world.new_key(&acme, &mina, "unknown");
    world.store.count_uses(&sums(&[call(&gone, NOW, "o3", 7), call(&unknown, NOW, "o3", 7)])).await?;
    assert_eq!(found(world, &all(&acme.id)).await?, sum(0, 0, 2, 14));
    let groups = report(world, &all(&acme.id)).await?.keys.groups;
    assert_eq!((groups.len(), groups[0].name.as_str(), groups[0].deleted), (1, "gone", true));
    Ok(())
}

/// A provider that makes up its counts stops nobody's sums.
async fn money_stops_before_it_is_no_number(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    for _ in 0..12 {
        world.store.count_uses(&sums(&[call(&key, NOW, "o3", i64::MAX), call(&key, NOW, "o3", i64::MAX)])).await?;
    }
    let found = found(world, &all(&acme.id)).await?;
    assert_eq!((found.accepted, found.cost), (24, 1_000_000_000_000_000));
    Ok(())
}

/// The largest counts that a provider can make up.
fn made_up(key: &InsertKey, at: Timestamp, model: &'static str) -> Use {
    let counted = Counted { usage: Usage::new(u64::MAX, u64::MAX, u64::MAX), estimated: false };
    let used = call(key, at, model, i64::MAX);
    Use { model: used.model.map(|used| ModelUse { counted, ..used }), ..used }
}

async fn the_largest_counts_are_summed_up(world: &World) -> Outcome {
    const ROW: i64 = 1_000_000_000_000_000;
    const ALL: i64 = 4_000_000_000_000_000_000;
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    for _ in 0..3 {
        world.store.count_uses(&sums(&[made_up(&key, NOW, "o3"), made_up(&key, day(1), "small")])).await?;
    }
    let found = found(world, &all(&acme.id)).await?;
    assert_eq!((found.accepted, found.cost), (6, 2 * ROW));
    assert_eq!((found.input_tokens, found.cached_tokens, found.output_tokens), (2 * ROW, 2 * ROW, 2 * ROW));
    // As many such rows of one day that their sum is no number.
    world.place.execute(
        "INSERT INTO usage_days (workspace_id, day, key_id, model, input_tokens, cached_tokens, output_tokens, cost)
         WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 10000)
         SELECT d.workspace_id, d.day, d.key_id, 'model ' || n, d.input_tokens, d.cached_tokens, d.output_tokens, d.cost
         FROM usage_days d CROSS JOIN counted WHERE d.model = 'o3'",
    )
    .await?;
    for order in [UsageOrder::Requests, UsageOrder::Tokens, UsageOrder::Spend] {
        let report = world.store.usage_report(&all(&acme.id), order, 50).await?;
        assert_eq!((report.sum.cost, report.sum.input_tokens, report.sum.tokens()), (ALL, ALL, 2 * ALL));
        assert_eq!((report.keys.groups[0].sum, report.models.count), (report.sum, 10_002));
    }
    let days = world.store.usage_by_day(&all(&acme.id)).await?;
    assert_eq!(days.iter().map(|(_, sum)| sum.cost).collect::<Vec<_>>(), [ROW, ALL]);
    Ok(())
}

async fn an_upgrade_takes_the_largest_counts(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let key = world.key(&acme, &mina, "key").await?;
    world.record(&[made_up(&key, NOW, "o3"), made_up(&key, NOW, "o3"), call(&key, NOW, "small", 7)]).await?;
    for sql in ["DROP TABLE usage_days", "DELETE FROM _sqlx_migrations WHERE version = 18"] {
        world.place.execute(sql).await?;
    }
    Store::open(&world.place.url).await?.close().await;
    let models = report(world, &all(&acme.id)).await?.models.groups;
    let costs: Vec<_> = models.iter().map(|group| (group.id.as_str(), group.sum.accepted, group.sum.cost)).collect();
    assert_eq!(costs, [("o3", 2, 2_000_000_000_000), ("small", 1, 7)]);
    Ok(())
}

async fn an_upgrade_counts_what_was_there(world: &World) -> Outcome {
    let (acme, mina) = world.acme().await?;
    let (key, agent) = (world.key(&acme, &mina, "key").await?, world.key(&acme, &mina, "agent").await?);
    world
        .record(&[
            Use::of(&key, day(40), "VALID"),
            Use::of(&key, NOW, "KEY_DISABLED"),
            Use::of(&agent, day(1), "KEY_EXPIRED"),
            call(&agent, day(1), "o3", 7),
            Use { model: call(&agent, NOW, "o3", 7).model.map(estimated), ..call(&agent, NOW, "o3", 7) },
            call(&agent, NOW, "small", 5),
            Use::of(&agent, NOW, "VALID"),
        ])
        .await?;
    world.delete(&key).await?;
    let (before, rows) = (found(world, &all(&acme.id)).await?, rows(world, &acme.id).await?);
    assert_eq!(before, UsageSum { estimated: 1, ..sum(2, 2, 3, 19) });
    // Before there were days, the hours knew what the log has lost since; and a model that never was is no model.
    let lost = "DELETE FROM usage_events WHERE code = 'KEY_DISABLED'";
    let made_up = "UPDATE usage_events SET code = 'MODEL_NOT_FOUND', model = 'made-up' WHERE code = 'KEY_EXPIRED'";
    for sql in [made_up, lost, "DROP TABLE usage_days", "DELETE FROM _sqlx_migrations WHERE version = 18"] {
        world.place.execute(sql).await?;
    }
    Store::open(&world.place.url).await?.close().await;
    assert_eq!(self::rows(world, &acme.id).await?, rows);
    Ok(())
}

async fn rows(world: &World, workspace: &WorkspaceId) -> Outcome<Vec<(Timestamp, String, String, UsageSum)>> {
    let (rows, _) = world.store.usage_rows(&all(workspace), None, 1_000).await?;
    Ok(rows.into_iter().map(|row| (row.day, row.key, row.model, row.sum)).collect())
}
