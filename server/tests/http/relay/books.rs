//! What is written down of calls that came to no answer: those whose body is none, those that could not be judged, and those
//! whose client did not wait.

use super::{
    House, chat,
    fake::{Fake, json_answer, slowly},
    spend::settled,
};
use crate::{
    ask::answer,
    spend::capped,
    world::{Made, World, limited, new_key},
};
use server::{
    keys::UseView,
    logs::{self, LogQuery},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

on_sqlite![
    the_rate_is_taken_before_the_body_comes,
    a_call_that_can_t_be_judged_is_no_accepted_one,
    who_leaves_before_an_answer_is_in_the_log,
    who_leaves_before_a_body_is_whole_is_in_the_log,
];

/// The latest requests of a key, once so many are written.
pub async fn uses(world: &World, key: &Made, count: usize) -> Vec<UseView> {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let place = world.operator().in_workspace("acme").await.unwrap();
        let query = LogQuery { key: key.id.clone(), ..LogQuery::default() };
        let page = logs::page(&place.clone().allow().unwrap(), &place, &query).await.unwrap();
        let uses: Vec<UseView> = page.lines.into_iter().map(|line| line.used).collect();
        if uses.len() >= count {
            assert_eq!(uses.len(), count);
            return uses;
        }
        assert!(Instant::now() < until, "{} of {count}", uses.len());
        sleep(Duration::from_millis(50)).await;
    }
}

/// Sends a chat's head, and the first bytes of a body that would be long.
async fn begin(house: &House, key: &Made) -> TcpStream {
    let mut stream = TcpStream::connect(house.base.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{{\"model\":",
        key.text
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn the_rate_is_taken_before_the_body_comes(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let key = world.key(limited("slow", "", "1")).await;
    let broken = house.http.post(format!("{}/v1/chat/completions", house.base)).bearer_auth(&key.text);
    let said = answer(broken.header("content-type", "application/json").body("{")).await;
    assert_eq!(said.status, 400, "{said:?}");
    // Nobody waits for a body that is not to be read.
    let mut second = begin(&house, &key).await;
    let mut said = [0; 12];
    timeout(Duration::from_secs(30), second.read_exact(&mut said)).await.expect("at once").unwrap();
    assert_eq!(&said, b"HTTP/1.1 429");
    let uses = uses(world, &key, 2).await;
    let mut codes: Vec<&str> = uses.iter().map(|used| used.code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["RATE_LIMITED", "invalid_request"]);
    assert!(uses.iter().all(|used| used.model.is_none() && used.surface == "relay"));
    assert!(fake.seen().is_empty());
    house.latchkey.shut_down().await;
}

async fn a_call_that_can_t_be_judged_is_no_accepted_one(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let key = world.key(new_key("agent")).await;
    world.place.execute("ALTER TABLE providers RENAME TO elsewhere").await;
    house.chat(&key).await.assert_failure(503, "server_error", None, "UNAVAILABLE");
    world.place.execute("ALTER TABLE elsewhere RENAME TO providers").await;
    let used = uses(world, &key, 1).await.remove(0);
    assert_eq!((used.code.as_str(), used.model.unwrap().model.as_str()), ("UNAVAILABLE", "small"));
    assert_eq!(world.view(&key.id).await.uses, 0);
    house.latchkey.shut_down().await;
}

async fn who_leaves_before_an_answer_is_in_the_log(world: &World) {
    let fake = Fake::serve(|_| json_answer(200, slowly(vec!["{}".into()], Duration::from_mins(1)))).await;
    let house = House::open(world).await;
    house.register("slow", &fake.url, 1, "small").await;
    house.price("small").await;
    let (key, free) = (world.key(capped("agent", "", "1", "day")).await, world.key(new_key("free")).await);
    for key in [&key, &free] {
        let asked = fake.seen().len();
        let call = tokio::spawn(house.post("chat/completions", key, &chat("small")).send());
        let until = Instant::now() + Duration::from_mins(1);
        while fake.seen().len() == asked {
            assert!(Instant::now() < until, "the provider is asked");
            sleep(Duration::from_millis(20)).await;
        }
        call.abort();
        assert!(call.await.is_err_and(|error| error.is_cancelled()), "the client went away");
        assert_eq!(fake.seen().len(), asked + 1);
        let used = uses(world, key, 1).await.remove(0);
        let took = used.model.expect("its model is known");
        assert_eq!(
            (used.code.as_str(), took.outcome.as_str(), took.provider.as_str()),
            ("VALID", "CLIENT_LEFT", "slow")
        );
        assert!(took.counted.estimated && took.counted.usage.input() > 0 && took.counted.usage.output() == 0);
        // It is settled just after it is written down.
        settled(world, key).await;
        let account = world.view(&key.id).await.account;
        if key.id == free.id {
            assert!((1..600).contains(&took.cost.micros()), "what it read: {}", took.cost.micros());
        } else {
            // Nobody knows what it would have cost: a hundred tokens out at most.
            assert!(took.cost.micros() >= 1_000, "{}", took.cost.micros());
            assert_eq!(account.settled, took.cost);
        }
    }
    house.latchkey.shut_down().await;
}

async fn who_leaves_before_a_body_is_whole_is_in_the_log(world: &World) {
    let fake = Fake::ordinary().await;
    let house = House::with(world, &fake).await;
    let key = world.key(new_key("agent")).await;
    let begun = begin(&house, &key).await;
    sleep(Duration::from_millis(100)).await;
    drop(begun);
    let used = uses(world, &key, 1).await.remove(0);
    assert_eq!((used.code.as_str(), used.model.is_none()), ("invalid_request", true));
    assert_eq!(world.view(&key.id).await.uses, 0);
    assert!(fake.seen().is_empty());
    house.latchkey.shut_down().await;
}
