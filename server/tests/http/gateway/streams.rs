//! Streams that are open while something changes: they end with their key, and servers are told when a client goes away.

use super::{
    Gate, call,
    fake::{Fake, events},
};
use crate::{
    ticks::{Ticks, ends},
    world::{MINA, Made, World, grant, new_key, read_only},
};
use domain::{access::Role, key::NewKey, time::MINUTE};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use server::{
    auth::{ChangeKey, ManageServers},
    keys, servers, users,
};
use std::time::Duration;

on_both_engines![streams_end_with_their_key, streams_end_with_what_the_key_needs, other_changes_leave_them];
on_sqlite![who_waits_is_told, who_waits_in_a_stream_is_told, a_client_that_goes_away_cancels, keys_end_by_time];

/// A server whose every answer is a stream that does not end.
async fn ticking() -> (Fake, Ticks) {
    let ticks = Ticks::default();
    let told = ticks.clone();
    (Fake::serve(move |_| events(told.body(""))).await, ticks)
}

/// Reads a stream until something has come.
async fn begun(response: &mut Response) {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    response.chunk().await.unwrap().unwrap();
}

/// Asserts that streams end, and pass nothing on from after this moment; with how long the quickest took.
async fn end(streams: Vec<Response>, ticks: &Ticks) -> Duration {
    let last = ticks.said();
    let mut quickest = Duration::MAX;
    for stream in streams {
        quickest = quickest.min(ends(stream, last).await.1);
    }
    quickest
}

async fn listen(gate: &Gate, key: &Made) -> Vec<Response> {
    let mut both = vec![
        gate.request(Method::GET, "ticks", key).send().await.unwrap(),
        gate.post("ticks", key, &call(1, "get")).send().await.unwrap(),
    ];
    for one in &mut both {
        begun(one).await;
    }
    both
}

async fn streams_end_with_their_key(world: &World) {
    let (gate, (fake, ticks)) = (Gate::open(world).await, ticking().await);
    gate.register("ticks", &fake.url).await;
    let mut quickest = Duration::MAX;
    // By the instance that serves, and by another.
    for changer in [&gate.latchkey, &world.latchkey] {
        let key = world.key(new_key("agent")).await;
        let change = grant(changer, "acme").await;
        let streams = listen(&gate, &key).await;
        keys::disable(&change, &key.id).await.unwrap();
        quickest = quickest.min(end(streams, &ticks).await);
        keys::enable(&change, &key.id).await.unwrap();
        let streams = listen(&gate, &key).await;
        keys::delete(&grant(changer, "acme").await, &key.id, "").await.unwrap();
        quickest = quickest.min(end(streams, &ticks).await);
        ticks.closed().await;
    }
    // Each of them, but a busy machine may be late.
    assert!(quickest < Duration::from_secs(1), "{quickest:?}");
    gate.latchkey.shut_down().await;
}

async fn streams_end_with_what_the_key_needs(world: &World) {
    let (gate, (fake, ticks)) = (Gate::open(world).await, ticking().await);
    gate.register("ticks", &fake.url).await;
    let key = world.key(new_key("agent")).await;
    let manage = grant::<ManageServers>(&gate.latchkey, "acme").await;
    let change = grant::<ChangeKey>(&gate.latchkey, "acme").await;
    let none: &[String] = &[];
    let narrow = async |what: &str| match what {
        "disabled" => servers::enable(&manage, "ticks", false).await,
        "closed" => servers::open(&manage, "ticks", false).await,
        "hidden tool" => servers::mark(&manage, "ticks", "get", "hidden").await,
        "other servers" => keys::scope(&change, &key.id, Some(none), "").await,
        "read-only" => keys::permit(&change, &key.id, "read_only", false).await,
        _ => {
            world.member("acme", MINA, Role::Viewer).await;
            Ok(())
        }
    };
    let widen = async |what: &str| match what {
        "disabled" => servers::enable(&manage, "ticks", true).await,
        "closed" => servers::open(&manage, "ticks", true).await,
        "hidden tool" => servers::mark(&manage, "ticks", "get", "").await,
        "other servers" => keys::scope(&change, &key.id, None, "").await,
        "read-only" => keys::permit(&change, &key.id, "read_write", false).await,
        _ => {
            world.member("acme", MINA, Role::Developer).await;
            Ok(())
        }
    };
    for what in ["disabled", "closed", "hidden tool", "other servers", "read-only", "a viewer's"] {
        let streams = listen(&gate, &key).await;
        narrow(what).await.unwrap();
        end(streams, &ticks).await;
        ticks.closed().await;
        widen(what).await.unwrap();
    }
    let streams = listen(&gate, &key).await;
    gate.police(&key, "allow */get", false).await;
    end(streams, &ticks).await;
    let streams = listen(&gate, &key).await;
    users::disable(&world.operator().instance().unwrap(), MINA).await.unwrap();
    end(streams, &ticks).await;
    gate.latchkey.shut_down().await;
}

/// What does not concern a key leaves its streams open.
async fn other_changes_leave_them(world: &World) {
    let (gate, (fake, ticks)) = (Gate::open(world).await, ticking().await);
    gate.register("ticks", &fake.url).await;
    let (key, other) = (world.key(new_key("agent")).await, world.key(new_key("other")).await);
    let mut streams = listen(&gate, &key).await;
    let change = grant(&gate.latchkey, "acme").await;
    keys::disable(&change, &other.id).await.unwrap();
    keys::rename(&change, &key.id, "renamed").await.unwrap();
    gate.register("more", &fake.url).await;
    servers::enable(&gate.grant().await, "more", false).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for stream in &mut streams {
        begun(stream).await;
    }
    assert_eq!(ticks.open(), 2);
    drop(streams);
    ticks.closed().await;
    gate.latchkey.shut_down().await;
}

/// A request whose answer has not begun ends too, and its client is told why.
async fn who_waits_is_told(world: &World) {
    let gate = Gate::open(world).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    gate.register("silent", &format!("http://{}/", listener.local_addr().unwrap())).await;
    let key = world.key(new_key("agent")).await;
    let change = grant(&gate.latchkey, "acme").await;
    let message = call(1, "get");
    // The server holds its connection, and says nothing.
    let disable = async {
        let held = listener.accept().await.unwrap();
        keys::disable(&change, &key.id).await.unwrap();
        held
    };
    let (told, _held) = tokio::join!(gate.answer("silent", &key, &message), disable);
    told.assert_error(401, "KEY_DISABLED");
}

/// A request whose answer has begun is told in it, whether the stream passes as it comes or is looked through.
async fn who_waits_in_a_stream_is_told(world: &World) {
    let (gate, (fake, _)) = (Gate::open(world).await, ticking().await);
    gate.register("ticks", &fake.url).await;
    let key = world.key(new_key("agent")).await;
    let change = grant::<ChangeKey>(&gate.latchkey, "acme").await;
    for mark in ["", "hidden"] {
        servers::mark(&gate.grant().await, "ticks", "other", mark).await.unwrap();
        let mut streams = listen(&gate, &key).await;
        keys::disable(&change, &key.id).await.unwrap();
        let told = streams.pop().unwrap().text().await.unwrap();
        let last = told.trim_end().rsplit("\n\n").next().unwrap();
        let last: Value = serde_json::from_str(last.strip_prefix("event: message\ndata: ").unwrap()).unwrap();
        assert_eq!((&last["id"], &last["error"]["data"]["code"]), (&json!(1), &json!("KEY_DISABLED")));
        // Who only listens waits for no answer.
        assert!(!streams.pop().unwrap().text().await.unwrap().contains("error"));
        keys::enable(&change, &key.id).await.unwrap();
    }
}

async fn a_client_that_goes_away_cancels(world: &World) {
    let (gate, (fake, ticks)) = (Gate::open(world).await, ticking().await);
    gate.register("ticks", &fake.url).await;
    for key in [world.key(new_key("agent")).await, world.key(read_only("reader")).await] {
        let mut stream = gate.request(Method::GET, "ticks", &key).send().await.unwrap();
        begun(&mut stream).await;
        assert_eq!(ticks.open(), 1);
        drop(stream);
        ticks.closed().await;
    }
}

async fn keys_end_by_time(world: &World) {
    let (gate, (fake, ticks)) = (Gate::open(world).await, ticking().await);
    gate.register("ticks", &fake.url).await;
    let expires_at = world.now().plus(MINUTE);
    let key = world.key(NewKey { expires_at: Some(expires_at), ..new_key("agent") }).await;
    let streams = listen(&gate, &key).await;
    world.clock.advance(MINUTE);
    end(streams, &ticks).await;
    ticks.closed().await;
}
