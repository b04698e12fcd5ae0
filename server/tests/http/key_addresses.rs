//! A key's list of addresses, on the three surfaces: whose address counts, and what a stranger's headers are worth.

use crate::{
    ask::{Answer, answer},
    forward_auth::{self, pass},
    verify::{ada, ask},
    world::{Made, World, gateway, limited, serve, serve_at},
};
use domain::key::{Limits, NewKey};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use server::{http::data_plane, keys};

on_both_engines![
    me_by_the_connections_address,
    verify_by_the_address_it_was_told,
    forward_auth_by_what_the_proxy_says,
    narrowing_holds_at_the_next_request,
];
on_sqlite![
    trusted_proxies_are_read_from_the_right,
    a_strangers_header_is_not_believed,
    ipv4_in_its_ipv6_form,
    a_gateway_keys_own_list,
    the_address_comes_before_the_scope,
    refusals_say_nothing_of_the_list,
];

async fn me(world: &World, key: &Made) -> Answer {
    answer(world.get("/api/me").bearer_auth(&key.text)).await
}

fn refused(answer: &Answer) {
    answer.assert_error(403, "IP_NOT_ALLOWED");
    answer.assert_challenge("insufficient_scope");
}

/// The address list of a key from now on.
async fn relist(world: &World, key: &Made, allow_ip: &str) {
    keys::limit(&world.grant("acme").await, &key.id, allow_ip, "").await.unwrap();
}

async fn me_by_the_connections_address(world: &World) {
    let key = world.key(limited("CI", "10.0.0.0/8\n127.0.0.0/8", "")).await;
    let answer = me(world, &key).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["limits"]["allow_ip"], json!(["10.0.0.0/8", "127.0.0.0/8"]));
    refused(&me(world, &world.key(limited("elsewhere", "10.0.0.0/8, ::1", "")).await).await);
}

async fn verify_by_the_address_it_was_told(world: &World) {
    let (gate, key) = (ada(world).await, world.key(limited("CI", "203.0.113.0/24\n2001:db8::/32", "")).await);
    let code = async |question: Value| {
        let answer = ask(world, &gate.text, &question).await;
        assert_eq!(answer.status, 200);
        let answer = answer.json();
        assert_eq!(answer["valid"], json!(answer["code"] == "VALID"));
        assert_eq!(answer["key_id"], json!(key.id), "the secret was right");
        answer["code"].as_str().unwrap().to_owned()
    };
    for (ip, wanted) in [
        ("203.0.113.9", "VALID"),
        ("::ffff:203.0.113.9", "VALID"),
        ("2001:db8:1::5", "VALID"),
        ("203.0.114.9", "IP_NOT_ALLOWED"),
        ("127.0.0.1", "IP_NOT_ALLOWED"),
    ] {
        assert_eq!(code(json!({"key": key.text, "ip": ip})).await, wanted, "{ip}");
    }
    assert_eq!(code(json!({"key": key.text})).await, "IP_NOT_ALLOWED", "nobody said from where");
    assert_eq!(code(json!({"key": key.text, "ip": null})).await, "IP_NOT_ALLOWED");
    let open = world.key(limited("open", "", "")).await;
    assert_eq!(ask(world, &gate.text, &json!({"key": open.text})).await.json()["code"], "VALID");
}

async fn forward_auth_by_what_the_proxy_says(world: &World) {
    let (gate, key) = (ada(world).await, world.key(limited("CI", "203.0.113.0/24", "")).await);
    let status = async |forwarded_for: &[&str]| {
        let request = forward_auth::ask(world, &gate.text).bearer_auth(&key.text);
        let request = forwarded_for.iter().fold(request, |request, value| request.header("x-forwarded-for", *value));
        let answer = pass(request).await;
        if answer.status != 204 {
            refused(&answer);
        }
        answer.status
    };
    assert_eq!(status(&["203.0.113.9"]).await, 204);
    assert_eq!(status(&["8.8.8.8, 203.0.113.9"]).await, 204);
    assert_eq!(status(&["8.8.8.8", "::ffff:203.0.113.9"]).await, 204);
    assert_eq!(status(&["203.0.113.9, 8.8.8.8"]).await, 403, "the client wrote the first itself");
    assert_eq!(status(&["203.0.113.9, unknown"]).await, 403);
    assert_eq!(status(&[]).await, 403, "the proxy itself");
}

async fn narrowing_holds_at_the_next_request(world: &World) {
    let key = world.key(limited("CI", "", "")).await;
    for _ in 0..3 {
        assert_eq!(me(world, &key).await.status, 200);
        relist(world, &key, "10.0.0.0/8").await;
        refused(&me(world, &key).await);
        relist(world, &key, "10.0.0.0/8\n127.0.0.1").await;
    }
    let elsewhere = world.instance(|_| ()).await;
    relist(world, &key, "192.0.2.1").await;
    let base = serve(data_plane(&elsewhere)).await;
    refused(&answer(world.http.get(format!("{base}/api/me")).bearer_auth(&key.text)).await);
}

async fn trusted_proxies_are_read_from_the_right(world: &World) {
    let proxies = ["127.0.0.0/8", "10.0.0.0/8"].map(|block| block.parse().unwrap());
    let latchkey = world.instance(|config| config.trusted_proxies = proxies.into()).await;
    let base = serve(data_plane(&latchkey)).await;
    let (gate, key) = (ada(world).await, world.key(limited("CI", "203.0.113.9", "")).await);
    let cases = [
        ("203.0.113.9", true),
        ("8.8.8.8, 203.0.113.9", true),
        ("8.8.8.8, 203.0.113.9, 10.0.0.7", true),
        ("[::ffff:203.0.113.9]:4711, 10.0.0.7", true),
        ("203.0.113.9, 8.8.8.8", false),
        ("203.0.113.9, 8.8.8.8, 10.0.0.7", false),
        ("203.0.113.9, unknown, 10.0.0.7", false),
        ("10.0.0.7", false),
    ];
    for (header, passes) in cases {
        let send = |path: &str| -> RequestBuilder {
            let request = world.http.get(format!("{base}{path}")).bearer_auth(&key.text);
            request.header("x-forwarded-for", header).header("x-latchkey-gateway-key", &gate.text)
        };
        assert_eq!(answer(send("/api/me")).await.status, if passes { 200 } else { 403 }, "{header}");
        assert_eq!(pass(send("/api/v1/forward-auth")).await.status, if passes { 204 } else { 403 }, "{header}");
    }
}

async fn a_strangers_header_is_not_believed(world: &World) {
    let key = world.key(limited("CI", "203.0.113.9", "")).await;
    for name in ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip"] {
        let value = if name == "forwarded" { "for=203.0.113.9" } else { "203.0.113.9" };
        refused(&answer(world.get("/api/me").bearer_auth(&key.text).header(name, value)).await);
    }
}

async fn ipv4_in_its_ipv6_form(world: &World) {
    let base = serve_at("[::]:0", data_plane(&world.latchkey)).await;
    for (list, status) in [("127.0.0.1", 200), ("::ffff:127.0.0.0/104", 200), ("::/0", 403), ("0.0.0.0/0", 200)] {
        let key = world.key(limited(list, list, "")).await;
        let answer = answer(world.http.get(format!("{base}/api/me")).bearer_auth(&key.text)).await;
        assert_eq!(answer.status, status, "{list}");
    }
}

/// It is compared with who asks, not with the client in question.
async fn a_gateway_keys_own_list(world: &World) {
    let listed = |list: &str| NewKey { limits: Limits::check(list, "").unwrap(), ..gateway(list) };
    let key = world.key(limited("CI", "", "")).await;
    for (list, passes) in [("127.0.0.1", true), ("203.0.113.9", false)] {
        let gate = world.key(listed(list)).await;
        let answer = ask(world, &gate.text, &json!({"key": key.text, "ip": "203.0.113.9"})).await;
        let passed =
            pass(forward_auth::ask(world, &gate.text).bearer_auth(&key.text).header("x-forwarded-for", "203.0.113.9"));
        let passed = passed.await;
        if passes {
            assert_eq!((&answer.json()["valid"], passed.status), (&json!(true), 204));
        } else {
            refused(&answer);
            refused(&passed);
        }
    }
    // Also where the proxy is a trusted one: the header speaks of its client.
    let latchkey = world.instance(|config| config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]).await;
    let base = serve(data_plane(&latchkey)).await;
    let gate = world.key(NewKey { name: "nginx".into(), ..listed("127.0.0.1") }).await;
    let request = world.http.get(format!("{base}/api/v1/forward-auth")).header("x-latchkey-gateway-key", &gate.text);
    assert_eq!(pass(request.bearer_auth(&key.text).header("x-forwarded-for", "203.0.113.9")).await.status, 204);
}

async fn the_address_comes_before_the_scope(world: &World) {
    let gate = ada(world).await;
    let reader = NewKey { limits: Limits::check("10.0.0.0/8", "").unwrap(), ..crate::world::read_only("reader") };
    let reader = world.key(reader).await;
    let code = async |ip: &str| {
        ask(world, &gate.text, &json!({"key": reader.text, "access": "write", "ip": ip})).await.json()["code"].clone()
    };
    assert_eq!(code("192.0.2.1").await, "IP_NOT_ALLOWED");
    assert_eq!(code("10.0.0.1").await, "READ_ONLY");
    keys::disable(&world.grant("acme").await, &reader.id).await.unwrap();
    assert_eq!(code("192.0.2.1").await, "KEY_DISABLED");
}

async fn refusals_say_nothing_of_the_list(world: &World) {
    let key = world.key(limited("CI", "198.51.100.0/24", "60")).await;
    let answer = me(world, &key).await;
    refused(&answer);
    assert!(!format!("{answer:?}").contains("198.51.100"));
}
