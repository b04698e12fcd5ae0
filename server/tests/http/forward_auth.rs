//! `ANY /api/v1/forward-auth`: who passes, what the service behind the proxy learns, and who does not pass. A proxy
//! understands 204, 401 and 403; nothing else may come while the database answers, but 402 for a key
//! that has reached its spend cap and 429 for one over its rate.

use crate::{
    ask::{Answer, answer},
    me_refusals::{made_up, wrong_secret},
    verify::ada,
    world::{MINA, World, gateway, new_key, read_only},
};
use domain::{access::Role, key::NewKey, time::MINUTE, workspace::Settings};
use reqwest::{Method, RequestBuilder};
use server::{keys, users};

on_both_engines![who_it_is, revoked_keys_do_not_pass];
on_sqlite![
    every_form_of_the_credential,
    the_sub_path_form,
    the_gateway_key_is_missing_or_wrong,
    an_ordinary_key_is_no_gateway_key,
    two_gateway_keys,
    the_gateway_key_is_no_client_credential,
    the_clients_credential_is_missing_or_wrong,
    two_client_credentials,
    a_key_of_another_workspace,
    an_owner_beyond_ascii,
];

pub async fn pass(request: RequestBuilder) -> Answer {
    let answer = answer(request).await;
    assert!([204, 401, 402, 403, 429].contains(&answer.status), "no proxy understands {answer:?}");
    if answer.status == 204 {
        assert_eq!(answer.body, "");
    } else {
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("x-latchkey-")), "{answer:?}");
    }
    answer
}

pub fn ask(world: &World, gateway: &str) -> RequestBuilder {
    world.get("/api/v1/forward-auth").header("x-latchkey-gateway-key", gateway)
}

async fn who_it_is(world: &World) {
    let gate = ada(world).await.text;
    let key = world.key(NewKey { environment: "prod".into(), ..new_key("CI") }).await;
    let answer = pass(ask(world, &gate).bearer_auth(&key.text)).await;
    assert_eq!(answer.status, 204);
    let said = ["key", "owner", "workspace", "environment", "permission"]
        .map(|name| answer.header(&format!("x-latchkey-{name}")).to_owned());
    assert_eq!(said, [&key.id, MINA, "acme", "prod", "read_write"]);
    assert!(!format!("{answer:?}").contains(&key.text[12..44]), "the secret came back");

    world.member("acme", MINA, Role::Viewer).await;
    let answer = pass(ask(world, &gate).bearer_auth(&key.text)).await;
    assert_eq!(answer.header("x-latchkey-permission"), "read_only", "a viewer's key");
    let plain = world.key(read_only("plain")).await;
    let answer = pass(ask(world, &gate).bearer_auth(&plain.text)).await;
    assert_eq!(answer.headers["x-latchkey-environment"], "");
}

async fn revoked_keys_do_not_pass(world: &World) {
    let gate = ada(world).await.text;
    let end = world.now().plus(MINUTE);
    let key = world.key(NewKey { expires_at: Some(end), ..new_key("CI") }).await;
    let other = world.key(new_key("other")).await;
    let ask = async |text: &str| pass(ask(world, &gate).bearer_auth(text)).await;
    keys::disable(&world.grant("acme").await, &key.id).await.unwrap();
    ask(&key.text).await.assert_error(401, "KEY_DISABLED");
    keys::enable(&world.grant("acme").await, &key.id).await.unwrap();
    assert_eq!(ask(&key.text).await.status, 204);
    world.clock.advance(MINUTE);
    ask(&key.text).await.assert_error(401, "KEY_EXPIRED");
    keys::delete(&world.grant("acme").await, &key.id, "").await.unwrap();
    ask(&key.text).await.assert_error(401, "UNAUTHORIZED");
    users::disable(&world.operator().instance().unwrap(), MINA).await.unwrap();
    ask(&other.text).await.assert_error(403, "OWNER_INACTIVE");
}

async fn every_form_of_the_credential(world: &World) {
    let (gate, key) = (ada(world).await.text, world.key(new_key("CI")).await.text);
    assert_eq!(pass(ask(world, &gate).header("x-api-key", &key)).await.status, 204);
    assert_eq!(pass(ask(world, &gate).header("authorization", format!("bearer {key}"))).await.status, 204);
    assert_eq!(pass(ask(world, &gate).bearer_auth(&key).header("x-api-key", &key)).await.status, 204);
}

/// Envoy appends the path of the request at hand.
async fn the_sub_path_form(world: &World) {
    let (gate, key) = (ada(world).await.text, world.key(new_key("CI")).await.text);
    for path in ["/orders", "/orders/7?x=1", "/a/b/c//d", "/%20", "/"] {
        let request = world.get(&format!("/api/v1/forward-auth{path}")).header("x-latchkey-gateway-key", &gate);
        assert_eq!(pass(request.bearer_auth(&key)).await.status, 204, "{path}");
        let request = world.get(&format!("/api/v1/forward-auth{path}")).header("x-latchkey-gateway-key", &gate);
        pass(request).await.assert_error(401, "UNAUTHORIZED");
    }
}

async fn the_gateway_key_is_missing_or_wrong(world: &World) {
    let (gate, key) = (ada(world).await, world.key(new_key("CI")).await.text);
    let missing = pass(world.get("/api/v1/forward-auth").bearer_auth(&key)).await;
    missing.assert_error(401, "UNAUTHORIZED");
    missing.assert_bare_challenge();
    for text in ["", "nonsense", made_up().expose(), &wrong_secret(&gate)] {
        pass(ask(world, text).bearer_auth(&key)).await.assert_error(401, "UNAUTHORIZED");
    }
    keys::disable(&world.grant("acme").await, &gate.id).await.unwrap();
    pass(ask(world, &gate.text).bearer_auth(&key)).await.assert_error(401, "KEY_DISABLED");
}

async fn an_ordinary_key_is_no_gateway_key(world: &World) {
    let (one, two) = (world.key(new_key("one")).await.text, world.key(new_key("two")).await.text);
    pass(ask(world, &one).bearer_auth(&two)).await.assert_error(403, "GATEWAY_REQUIRED");
    pass(ask(world, &one).bearer_auth(&one)).await.assert_error(403, "GATEWAY_REQUIRED");
}

async fn two_gateway_keys(world: &World) {
    let (gate, key) = (ada(world).await.text, world.key(new_key("CI")).await.text);
    let another = world.key(gateway("another")).await.text;
    let twice = ask(world, &gate).header("x-latchkey-gateway-key", &another).bearer_auth(&key);
    pass(twice).await.assert_error(401, "UNAUTHORIZED");
    let same = ask(world, &gate).header("x-latchkey-gateway-key", &gate).bearer_auth(&key);
    pass(same).await.assert_error(401, "UNAUTHORIZED");
}

async fn the_gateway_key_is_no_client_credential(world: &World) {
    let (gate, key) = (ada(world).await.text, world.key(new_key("CI")).await.text);
    pass(ask(world, &gate)).await.assert_error(401, "UNAUTHORIZED");
    // And a gateway key in the client's place does not vouch for anybody.
    pass(world.get("/api/v1/forward-auth").bearer_auth(&gate).header("x-api-key", &key))
        .await
        .assert_error(401, "UNAUTHORIZED");
}

async fn the_clients_credential_is_missing_or_wrong(world: &World) {
    let (gate, key) = (ada(world).await.text, world.key(new_key("CI")).await);
    let missing = pass(ask(world, &gate)).await;
    missing.assert_error(401, "UNAUTHORIZED");
    missing.assert_bare_challenge();
    for text in ["", "nonsense", made_up().expose(), &wrong_secret(&key)] {
        let answer = pass(ask(world, &gate).bearer_auth(text)).await;
        answer.assert_error(401, "UNAUTHORIZED");
        answer.assert_challenge("invalid_token");
    }
    pass(ask(world, &gate).basic_auth("mina", Some(&key.text))).await.assert_error(401, "UNAUTHORIZED");
}

async fn two_client_credentials(world: &World) {
    let gate = ada(world).await.text;
    let (one, two) = (world.key(new_key("one")).await.text, world.key(new_key("two")).await.text);
    let answer = pass(ask(world, &gate).bearer_auth(&one).header("x-api-key", &two)).await;
    answer.assert_error(401, "UNAUTHORIZED");
    answer.assert_challenge("invalid_token");
}

async fn a_key_of_another_workspace(world: &World) {
    let gate = ada(world).await.text;
    world.workspace("other", Settings::default()).await;
    world.member("other", MINA, Role::Developer).await;
    let (foreign, paused) =
        (world.key_of("other", MINA, new_key("CI")).await, world.key_of("other", MINA, new_key("paused")).await);
    keys::disable(&world.grant("other").await, &paused.id).await.unwrap();
    for method in [Method::GET, Method::DELETE] {
        for text in [&foreign.text, &paused.text] {
            let request = world.ask(method.clone(), "/api/v1/forward-auth").header("x-latchkey-gateway-key", &gate);
            pass(request.bearer_auth(text)).await.assert_error(401, "UNAUTHORIZED");
        }
    }
}

async fn an_owner_beyond_ascii(world: &World) {
    let (gate, email) = (ada(world).await.text, "jürgen@exämple.org");
    world.user(email).await;
    world.member("acme", email, Role::Developer).await;
    let key = world.key_of("acme", email, new_key("CI")).await.text;
    let answer = pass(ask(world, &gate).bearer_auth(&key)).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers["x-latchkey-owner"].as_bytes(), email.as_bytes());
}
