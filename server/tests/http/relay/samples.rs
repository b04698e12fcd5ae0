//! Samples of calls, where the workspace wants some: what was said as it passed and no more of it, of no call that went nowhere,
//! sealed, and gone when it is to be gone.

use super::{
    House, PROMPT, chat,
    fake::{ANSWER, Fake, chat_answer, chunks, events, fault, json_answer},
    guardrails::{MAIL, answering, ordinary_rules},
    streamed,
};
use crate::{
    ask::answer,
    secrets_in_logs::lies_in,
    world::{Made, World, grant, new_key},
};
use domain::{
    access::Role,
    sample::{EXCERPT_MOST, RawSampling, Sample},
    time::HOUR,
};
use serde_json::{Value, json};
use server::{
    Error, Latchkey,
    auth::{ChangeSettings, ReadSamples},
    keys, logs, samples, sealing, workspaces,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

on_both_engines![what_was_said_is_kept_as_it_passed, turned_off_nothing_is_kept, a_rotation_erases_samples];
on_sqlite![
    nothing_is_kept_unless_it_is_turned_on,
    what_a_guardrail_took_away_is_in_no_sample,
    what_went_nowhere_is_not_sampled,
    what_is_long_is_cut,
    what_came_until_the_client_went_away_is_kept,
    a_share_of_the_calls_is_sampled,
    beyond_so_many_a_second_there_are_none,
    a_reading_is_recorded_and_a_sample_ends,
    nothing_in_the_database_says_what_was_said,
];

async fn set(latchkey: &Latchkey, share: &str, keep: &str) {
    let raw = RawSampling { share: share.into(), keep: keep.into() };
    workspaces::change_samples(&grant::<ChangeSettings>(latchkey, "acme").await, &raw, true).await.unwrap();
}

/// The requests of the log, with the ids of their samples: key and sample.
async fn logged(world: &World) -> Vec<(String, Option<String>)> {
    let place = world.operator().in_workspace("acme").await.unwrap();
    let page = logs::page(&place.clone().allow().unwrap(), &place, &logs::LogQuery::default()).await.unwrap();
    page.lines.into_iter().map(|line| (line.key, line.sample)).collect()
}

async fn read(world: &World, id: &str) -> Result<Sample, Error> {
    samples::read(&grant::<ReadSamples>(&world.latchkey, "acme").await, id).await.map(|(_, said)| said)
}

/// What was said in the only call of a key, if it was sampled. The instance that it was made at has ended.
async fn said(world: &World, key: &Made) -> Option<Sample> {
    let mut lines = logged(world).await;
    lines.retain(|(of, _)| *of == key.id);
    assert_eq!(lines.len(), 1, "one call is logged once");
    Some(read(world, &lines.pop()?.1?).await.unwrap())
}

async fn nothing_is_kept_unless_it_is_turned_on(world: &World) {
    let house = House::with(world, &Fake::ordinary().await).await;
    let key = world.key(new_key("agent")).await;
    assert_eq!(house.chat(&key).await.status, 200);
    house.latchkey.shut_down().await;
    assert!(said(world, &key).await.is_none());
}

async fn what_was_said_is_kept_as_it_passed(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    set(&house.latchkey, "1", "24").await;
    let (whole, stream) = (world.key(new_key("whole")).await, world.key(new_key("stream")).await);
    assert_eq!(house.chat(&whole).await.status, 200);
    let asked = fake.last().body;
    let answered = answer(house.post("chat/completions", &stream, &streamed("small"))).await;
    assert_eq!(answered.body, chunks(false).concat());
    house.latchkey.shut_down().await;
    let kept = said(world, &whole).await.unwrap();
    assert_eq!((kept.request.text, kept.answer.text), (asked, chat_answer()));
    assert!(!kept.request.cut && !kept.answer.cut);
    let kept = said(world, &stream).await.unwrap();
    assert_eq!(kept.request.text, fake.last().body, "with the usage that Latchkey asks for");
    assert_eq!(kept.answer.text, answered.body, "and without it");
}

async fn what_a_guardrail_took_away_is_in_no_sample(world: &World) {
    let fake = answering(&["Write ", "to ada.", "lovelace@exam", "ple.com"]).await;
    let house = House::with(world, &fake).await;
    let denying = answering(&["A bluebird."]).await;
    house.register("denying", &denying.url, 1, "denying").await;
    set(&house.latchkey, "1", "1").await;
    let (whole, id) = house.guarded(world, &ordinary_rules()).await;
    let mut under = Vec::new();
    for name in ["stream", "denied", "refused"] {
        let made = world.key(new_key(name)).await;
        let change = grant(&house.latchkey, "acme").await;
        keys::limit_models(&change, &made.id, "", "", "", &id).await.unwrap();
        under.push(made);
    }
    let [stream, denied, refused] = under.try_into().unwrap();
    let about = |model: &str, mut body: Value| {
        body["model"] = model.into();
        body["messages"][0]["content"] = format!("Who is {MAIL}?").into();
        body
    };
    for (key, body, status) in [
        (&whole, about("small", chat("")), 200),
        (&stream, about("small", streamed("")), 200),
        (&denied, about("denying", chat("")), 403),
    ] {
        assert_eq!(answer(house.post("chat/completions", key, &body)).await.status, status);
    }
    assert_eq!(house.say(&refused, "The bluebird flies").await.status, 403);
    house.latchkey.shut_down().await;
    for key in [&whole, &stream, &denied] {
        let kept = said(world, key).await.unwrap();
        let text = kept.request.text + &kept.answer.text;
        assert!(
            text.contains("Who is [e-mail]?") && !text.contains("lovelace") && !text.contains("bluebird"),
            "{text}"
        );
    }
    assert!(said(world, &whole).await.unwrap().answer.text.contains("Write to [e-mail]"));
    let kept: Value = serde_json::from_str(&said(world, &denied).await.unwrap().answer.text).unwrap();
    assert_eq!(kept["error"]["code"], "GUARDRAIL_BLOCKED", "what the client got");
    assert!(said(world, &refused).await.is_none(), "it went nowhere");
}

async fn what_went_nowhere_is_not_sampled(world: &World) {
    let house = House::with(world, &Fake::ordinary().await).await;
    house.register("down", "http://127.0.0.1:9/v1", 1, "down").await;
    let wrong = Fake::serve(|_| json_answer(400, fault())).await;
    house.register("wrong", &wrong.url, 1, "wrong").await;
    set(&house.latchkey, "1", "1").await;
    for (model, sampled) in [("unknown", false), ("down", false), ("wrong", true)] {
        let key = world.key(new_key(model)).await;
        answer(house.post("chat/completions", &key, &chat(model))).await;
        let until = Instant::now() + Duration::from_mins(1);
        // The sample may come a moment after the line that leads to it.
        let is_there = |(of, sample): &(String, Option<_>)| *of == key.id && (!sampled || sample.is_some());
        while !logged(world).await.iter().any(is_there) {
            assert!(Instant::now() < until, "{model} is not logged as it has to be");
            sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(logged(world).await[0].1.is_some(), sampled, "{model}");
        world.clock.advance(1);
    }
    house.latchkey.shut_down().await;
}

async fn what_is_long_is_cut(world: &World) {
    let long = || "word ".repeat(20_000);
    let fake = Fake::serve(move |seen| {
        if seen.json()["stream"] == json!(true) {
            let chunk = json!({"choices": [{"index": 0, "delta": {"content": "word ".repeat(1_000)}}]});
            return events(format!("data: {chunk}\n\n").repeat(20) + "data: [DONE]\n\n");
        }
        let message = json!({"role": "assistant", "content": long()});
        json_answer(
            200,
            json!({"choices": [{"index": 0, "message": message}], "usage": super::fake::usage()}).to_string(),
        )
    })
    .await;
    let house = House::with(world, &fake).await;
    set(&house.latchkey, "1", "1").await;
    let (whole, stream) = (world.key(new_key("whole")).await, world.key(new_key("stream")).await);
    for (key, mut body) in [(&whole, chat("small")), (&stream, streamed("small"))] {
        body["messages"][0]["content"] = "word ".repeat(20_000).into();
        let answered = answer(house.post("chat/completions", key, &body)).await;
        assert!(answered.status == 200 && answered.body.len() > 100_000, "the call itself is not cut");
    }
    house.latchkey.shut_down().await;
    for key in [&whole, &stream] {
        let kept = said(world, key).await.unwrap();
        for part in [kept.request, kept.answer] {
            assert_eq!((part.text.len(), part.cut), (EXCERPT_MOST, true));
        }
    }
}

async fn what_came_until_the_client_went_away_is_kept(world: &World) {
    let (fake, _never) = Fake::begun().await;
    let house = House::with(world, &fake).await;
    set(&house.latchkey, "1", "1").await;
    let key = world.key(new_key("agent")).await;
    let mut stream = house.post("chat/completions", &key, &streamed("small")).send().await.unwrap();
    stream.chunk().await.unwrap().unwrap();
    drop(stream);
    let until = Instant::now() + Duration::from_mins(1);
    while logged(world).await.is_empty() {
        assert!(Instant::now() < until, "the call is not logged");
        sleep(Duration::from_millis(50)).await;
    }
    house.latchkey.shut_down().await;
    let kept = said(world, &key).await.unwrap().answer.text;
    let whole = chunks(false).concat();
    assert!(!kept.is_empty() && kept.len() < whole.len() && whole.starts_with(&kept), "{kept}");
}

async fn a_share_of_the_calls_is_sampled(world: &World) {
    let house = House::with(world, &Fake::ordinary().await).await;
    set(&house.latchkey, "10", "1").await;
    let key = world.key(new_key("agent")).await;
    // Fewer than a page of the log has. None or half of them would be sampled less than once in a hundred runs and never.
    for _ in 0..45 {
        assert_eq!(house.chat(&key).await.status, 200);
        world.clock.advance(250);
    }
    house.latchkey.shut_down().await;
    let lines = logged(world).await;
    let sampled = lines.iter().filter(|(_, sample)| sample.is_some()).count();
    assert!(lines.len() == 45 && sampled < 23, "{sampled} of {}", lines.len());
}

async fn beyond_so_many_a_second_there_are_none(world: &World) {
    let house = House::with(world, &Fake::ordinary().await).await;
    set(&house.latchkey, "1", "1").await;
    let key = world.key(new_key("agent")).await;
    for _ in 0..8 {
        assert_eq!(house.chat(&key).await.status, 200);
    }
    house.latchkey.shut_down().await;
    let lines = logged(world).await;
    let sampled: Vec<_> = lines.iter().filter_map(|(_, sample)| sample.as_ref()).collect();
    assert_eq!((lines.len(), sampled.len()), (8, 5), "by a clock that stands");
    for id in sampled {
        assert!(read(world, id).await.is_ok(), "what is linked is there");
    }
}

async fn turned_off_nothing_is_kept(world: &World) {
    let (fake, tell) = Fake::begun().await;
    let house = House::with(world, &fake).await;
    set(&house.latchkey, "1", "1").await;
    let key = world.key(new_key("agent")).await;
    // By another instance, while a call is under way that would be sampled.
    let mut stream = house.post("chat/completions", &key, &streamed("small")).send().await.unwrap();
    stream.chunk().await.unwrap().unwrap();
    set(&world.latchkey, "off", "").await;
    tell.notify_one();
    while stream.chunk().await.unwrap().is_some() {}
    tell.notify_one();
    assert_eq!(answer(house.post("chat/completions", &key, &streamed("small"))).await.status, 200);
    house.latchkey.shut_down().await;
    let change = grant::<ChangeSettings>(&world.latchkey, "acme").await;
    assert_eq!(workspaces::kept_samples(&change).await.unwrap(), 0);
    let lines = logged(world).await;
    assert!(lines.len() == 2 && lines.iter().all(|(_, sample)| sample.is_none()), "and nobody is led to one");
}

async fn a_rotation_erases_samples(world: &World) {
    let house = House::with(world, &Fake::ordinary().await).await;
    set(&house.latchkey, "1", "1").await;
    let (before, after) = (world.key(new_key("before")).await, world.key(new_key("after")).await);
    assert_eq!(house.chat(&before).await.status, 200);
    let change = grant::<ChangeSettings>(&world.latchkey, "acme").await;
    let until = Instant::now() + Duration::from_mins(1);
    while workspaces::kept_samples(&change).await.unwrap() == 0 {
        assert!(Instant::now() < until, "the sample is not kept");
        sleep(Duration::from_millis(50)).await;
    }
    let rotated = sealing::rotate(&world.operator().instance().unwrap(), false).await.unwrap();
    assert_eq!(rotated.unreadable, 0);
    assert_eq!(workspaces::kept_samples(&change).await.unwrap(), 0);
    assert_eq!(house.chat(&after).await.status, 200);
    house.latchkey.shut_down().await;
    assert!(said(world, &after).await.is_some(), "the next ones are sealed by the new one");
}

async fn a_reading_is_recorded_and_a_sample_ends(world: &World) {
    let house = House::with(world, &Fake::ordinary().await).await;
    set(&house.latchkey, "1", "6").await;
    let key = world.key(new_key("agent")).await;
    assert_eq!(house.chat(&key).await.status, 200);
    house.latchkey.shut_down().await;
    let id = logged(world).await.remove(0).1.unwrap();
    let place = world.operator().in_workspace("acme").await.unwrap();
    let readings = async || {
        let page = keys::show(&place.clone().allow().unwrap(), &place, &key.id).await.unwrap();
        page.changes.iter().filter(|change| change.action == "sample.read").count()
    };
    let look = grant::<ReadSamples>(&world.latchkey, "acme").await;
    let shown = samples::show(&look, &id).await.unwrap();
    assert_eq!((shown.key.as_str(), shown.key_name.as_str(), shown.model.as_str()), (&*key.id, "agent", "small"));
    assert_eq!(shown.ends_at, shown.at.plus(6 * HOUR));
    assert_eq!(readings().await, 0, "that there is one is no secret to whoever may read it");
    read(world, &id).await.unwrap();
    assert_eq!(readings().await, 1);

    world.workspace("other", domain::workspace::Settings::default()).await;
    world.member("other", crate::world::MINA, Role::Admin).await;
    let other = grant::<ReadSamples>(&world.latchkey, "other").await;
    assert!(matches!(samples::read(&other, &id).await, Err(Error::NotFound)), "another workspace's");
    assert!(matches!(samples::read(&look, "unknown").await, Err(Error::NotFound)));

    world.clock.advance(6 * HOUR);
    assert!(matches!(read(world, &id).await, Err(Error::NotFound)), "over, if not erased yet");
    assert!(logged(world).await[0].1.is_none(), "and nobody is led to it");
    assert_eq!(readings().await, 1);
    // The instance may have erased it by itself.
    assert!(world.latchkey.forget_samples().await.unwrap() <= 1);
    let kept = grant::<ChangeSettings>(&world.latchkey, "acme").await;
    assert_eq!(workspaces::kept_samples(&kept).await.unwrap(), 0);
}

async fn nothing_in_the_database_says_what_was_said(world: &World) {
    let house = House::with(world, &Fake::ordinary().await).await;
    set(&house.latchkey, "1", "1").await;
    let key = world.key(new_key("agent")).await;
    assert_eq!(house.chat(&key).await.status, 200);
    house.latchkey.shut_down().await;
    assert!(said(world, &key).await.unwrap().request.text.contains(PROMPT));
    world.latchkey.shut_down().await;
    assert!(lies_in(world.place.folder(), &key.id), "the files hold what they should");
    assert!(!lies_in(world.place.folder(), PROMPT));
    assert!(!lies_in(world.place.folder(), ANSWER));
}
