//! Streams that are open while something changes: they end with their key, and servers are told when a client goes away.

use super::{
    Gate, call,
    fake::{Fake, events},
};
use crate::world::{MINA, Made, World, grant, new_key, read_only};
use axum::body::{Body, Bytes};
use domain::{access::Role, key::NewKey, time::MINUTE};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use server::{
    auth::{ChangeKey, ManageServers},
    keys, servers, users,
};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, interval, timeout};

on_both_engines![streams_end_with_their_key, streams_end_with_what_the_key_needs, other_changes_leave_them];
on_sqlite![who_waits_is_told, who_waits_in_a_stream_is_told, a_client_that_goes_away_cancels, keys_end_by_time];

/// Counts the streams that are open at a server.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A server whose every answer is a stream with an event every 20 ms; with the count of those that are open.
async fn ticking() -> (Fake, Arc<AtomicUsize>) {
    let open = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&open);
    let fake = Fake::serve(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        let state = (interval(Duration::from_millis(20)), Open(Arc::clone(&counted)));
        let ticks = futures::stream::unfold(state, |(mut every, open)| async {
            every.tick().await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b"data: {}\n\n")), (every, open)))
        });
        events(Body::from_stream(ticks))
    })
    .await;
    (fake, open)
}

/// Reads a stream until something has come.
async fn begun(response: &mut Response) {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    response.chunk().await.unwrap().unwrap();
}

/// Asserts that a stream ends in order within a second, and what it held back meanwhile is little.
async fn ends(mut response: Response) {
    let since = Instant::now();
    while let Some(piece) = timeout(Duration::from_secs(1), response.chunk()).await.expect("it ends").unwrap() {
        assert!(since.elapsed() < Duration::from_millis(500), "{piece:?} passed after the end");
    }
}

async fn closed(open: &AtomicUsize) {
    let until = Instant::now() + Duration::from_secs(2);
    while open.load(Ordering::SeqCst) > 0 {
        assert!(Instant::now() < until, "the server's stream is still open");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
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
    let (gate, (fake, open)) = (Gate::open(world).await, ticking().await);
    gate.register("ticks", &fake.url).await;
    // By the instance that serves, and by another.
    for changer in [&gate.latchkey, &world.latchkey] {
        let key = world.key(new_key("agent")).await;
        let change = grant(changer, "acme").await;
        let streams = listen(&gate, &key).await;
        keys::disable(&change, &key.id).await.unwrap();
        for stream in streams {
            ends(stream).await;
        }
        keys::enable(&change, &key.id).await.unwrap();
        let streams = listen(&gate, &key).await;
        keys::delete(&grant(changer, "acme").await, &key.id, "").await.unwrap();
        for stream in streams {
            ends(stream).await;
        }
        closed(&open).await;
    }
    gate.latchkey.shut_down().await;
}

async fn streams_end_with_what_the_key_needs(world: &World) {
    let (gate, (fake, open)) = (Gate::open(world).await, ticking().await);
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
        for stream in streams {
            ends(stream).await;
        }
        closed(&open).await;
        widen(what).await.unwrap();
    }
    let streams = listen(&gate, &key).await;
    gate.police(&key, "allow */get", false).await;
    for stream in streams {
        ends(stream).await;
    }
    let streams = listen(&gate, &key).await;
    users::disable(&world.operator().instance().unwrap(), MINA).await.unwrap();
    for stream in streams {
        ends(stream).await;
    }
    gate.latchkey.shut_down().await;
}

/// What does not concern a key leaves its streams open.
async fn other_changes_leave_them(world: &World) {
    let (gate, (fake, open)) = (Gate::open(world).await, ticking().await);
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
    assert_eq!(open.load(Ordering::SeqCst), 2);
    drop(streams);
    closed(&open).await;
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
    let disable = async {
        let _held = listener.accept().await.unwrap();
        keys::disable(&change, &key.id).await.unwrap();
        let since = Instant::now();
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        since
    };
    let (told, since) = tokio::join!(gate.answer("silent", &key, &message), disable);
    told.assert_error(401, "KEY_DISABLED");
    assert!(since.elapsed() < Duration::from_secs(2));
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
    let (gate, (fake, open)) = (Gate::open(world).await, ticking().await);
    gate.register("ticks", &fake.url).await;
    for key in [world.key(new_key("agent")).await, world.key(read_only("reader")).await] {
        let mut stream = gate.request(Method::GET, "ticks", &key).send().await.unwrap();
        begun(&mut stream).await;
        assert_eq!(open.load(Ordering::SeqCst), 1);
        drop(stream);
        closed(&open).await;
    }
}

async fn keys_end_by_time(world: &World) {
    let (gate, (fake, open)) = (Gate::open(world).await, ticking().await);
    gate.register("ticks", &fake.url).await;
    let end = world.now().plus(MINUTE);
    let key = world.key(NewKey { expires_at: Some(end), ..new_key("agent") }).await;
    let streams = listen(&gate, &key).await;
    world.clock.advance(MINUTE);
    for stream in streams {
        ends(stream).await;
    }
    closed(&open).await;
}
