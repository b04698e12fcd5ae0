//! `GET /api/me` with a key that does not work: each way with its status, code and challenge; and what an attacker must
//! not be able to tell apart.

use crate::{
    ask::{Answer, answer},
    world::{MINA, Made, World, new_key},
};
use domain::{
    key::{NewKey, PlainKey, Prefix},
    time::MINUTE,
    workspace::{Plan, Settings},
};
use server::{Random, auth::Caller, keys, users, workspaces};

on_both_engines![
    disabled_and_enabled_again,
    expired_at_the_very_millisecond,
    deleted,
    owner_deactivated,
    owner_removed_and_back,
    plan_basic_and_pro_again,
    unknown_wrong_and_deleted_answer_the_same_bytes,
];
on_sqlite![
    missing,
    malformed,
    of_another_installation,
    another_scheme,
    two_different_credentials,
    the_first_reason_counts
];

async fn me(world: &World, key: &str) -> Answer {
    answer(world.get("/api/me").bearer_auth(key)).await
}

/// Asserts a refused credential.
async fn refused(world: &World, key: &str, status: u16, code: &str) {
    let answer = me(world, key).await;
    answer.assert_error(status, code);
    answer.assert_challenge(if status == 401 { "invalid_token" } else { "insufficient_scope" });
}

/// A well-formed key that was never made.
pub fn made_up() -> PlainKey {
    Random::system().with(|rng| PlainKey::generate(&Prefix::default(), rng))
}

/// The key's id with another secret.
pub fn wrong_secret(key: &Made) -> String {
    let other = made_up();
    with_checksum(&format!("lk_{}_{}", key.id, &other.expose()[12..44]))
}

/// Appends the checksum: six base62 characters of CRC-32, as the documentation describes it.
fn with_checksum(text: &str) -> String {
    let mut crc = !0_u32;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    let (mut rest, mut check) = (!crc, [0_u8; 6]);
    for place in check.iter_mut().rev() {
        *place = domain::random::BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    format!("{text}{}", String::from_utf8(check.into()).unwrap())
}

async fn missing(world: &World) {
    let answer = answer(world.get("/api/me")).await;
    answer.assert_error(401, "UNAUTHORIZED");
    answer.assert_bare_challenge();
}

async fn malformed(world: &World) {
    let good = world.key(new_key("CI")).await.text;
    let typo = format!("{}{}", &good[..20], if &good[20..21] == "a" { "b" } else { "a" }) + &good[21..];
    let cases = ["", "x", "lk_", &good[..49], &format!("{good}0"), &typo, &good.to_uppercase(), &"a".repeat(5_000)];
    for text in cases {
        refused(world, text, 401, "UNAUTHORIZED").await;
    }
    refused(world, &format!("{good} {good}"), 401, "UNAUTHORIZED").await;
}

async fn of_another_installation(world: &World) {
    let foreign = Random::system().with(|rng| PlainKey::generate(&Prefix::new("other").unwrap(), rng));
    refused(world, foreign.expose(), 401, "UNAUTHORIZED").await;
}

async fn another_scheme(world: &World) {
    let key = world.key(new_key("CI")).await.text;
    for header in [format!("Basic {key}"), key.clone(), format!("Bearer{key}"), "Bearer".into(), String::new()] {
        let answer = answer(world.get("/api/me").header("authorization", &header)).await;
        answer.assert_error(401, "UNAUTHORIZED");
        answer.assert_challenge("invalid_token");
    }
}

async fn two_different_credentials(world: &World) {
    let (one, two) = (world.key(new_key("one")).await.text, world.key(new_key("two")).await.text);
    let both = [
        world.get("/api/me").bearer_auth(&one).header("x-api-key", &two),
        world.get("/api/me").bearer_auth(&one).bearer_auth(&two),
        world.get("/api/me").header("x-api-key", &one).header("x-api-key", &two),
        world.get("/api/me").bearer_auth(&one).header("x-api-key", ""),
        world.get("/api/me").header("authorization", "Basic YTpi").header("x-api-key", &one),
    ];
    for request in both {
        let answer = answer(request).await;
        answer.assert_error(400, "invalid_request");
        answer.assert_challenge("invalid_request");
    }
}

async fn disabled_and_enabled_again(world: &World) {
    let key = world.key(new_key("CI")).await;
    keys::disable(&world.grant("acme").await, &key.id).await.unwrap();
    refused(world, &key.text, 401, "KEY_DISABLED").await;
    keys::enable(&world.grant("acme").await, &key.id).await.unwrap();
    assert_eq!(me(world, &key.text).await.status, 200);
}

async fn expired_at_the_very_millisecond(world: &World) {
    let end = world.now().plus(MINUTE);
    let key = world.key(NewKey { expires_at: Some(end), ..new_key("CI") }).await;
    world.clock.advance(MINUTE - 1);
    assert_eq!(me(world, &key.text).await.status, 200);
    world.clock.advance(1);
    refused(world, &key.text, 401, "KEY_EXPIRED").await;
}

async fn deleted(world: &World) {
    let key = world.key(new_key("CI")).await;
    keys::delete(&world.grant("acme").await, &key.id, "").await.unwrap();
    refused(world, &key.text, 401, "UNAUTHORIZED").await;
}

async fn owner_deactivated(world: &World) {
    let key = world.key(new_key("CI")).await;
    users::disable(&Caller::operator(&world.latchkey).instance().unwrap(), MINA).await.unwrap();
    refused(world, &key.text, 403, "OWNER_INACTIVE").await;
}

async fn owner_removed_and_back(world: &World) {
    let key = world.key(new_key("CI")).await;
    workspaces::remove_member(&world.grant("acme").await, MINA).await.unwrap();
    refused(world, &key.text, 403, "OWNER_INACTIVE").await;
    world.member("acme", MINA, domain::access::Role::Developer).await;
    assert_eq!(me(world, &key.text).await.status, 200);
}

async fn plan_basic_and_pro_again(world: &World) {
    let key = world.key(new_key("CI")).await;
    workspaces::update(&world.grant("acme").await, Plan::Basic, Settings::default()).await.unwrap();
    refused(world, &key.text, 403, "PLAN_REQUIRED").await;
    workspaces::update(&world.grant("acme").await, Plan::Pro, Settings::default()).await.unwrap();
    assert_eq!(me(world, &key.text).await.status, 200);
}

async fn the_first_reason_counts(world: &World) {
    let end = world.now().plus(MINUTE);
    let key = world.key(NewKey { expires_at: Some(end), ..new_key("CI") }).await;
    let instance = world.operator().instance().unwrap();
    workspaces::update(&world.grant("acme").await, Plan::Basic, Settings::default()).await.unwrap();
    refused(world, &key.text, 403, "PLAN_REQUIRED").await;
    users::disable(&instance, MINA).await.unwrap();
    refused(world, &key.text, 403, "OWNER_INACTIVE").await;
    world.clock.advance(MINUTE);
    refused(world, &key.text, 401, "KEY_EXPIRED").await;
    keys::disable(&world.grant("acme").await, &key.id).await.unwrap();
    refused(world, &key.text, 401, "KEY_DISABLED").await;
    refused(world, &wrong_secret(&key), 401, "UNAUTHORIZED").await;
}

async fn unknown_wrong_and_deleted_answer_the_same_bytes(world: &World) {
    let (key, gone) = (world.key(new_key("CI")).await, world.key(new_key("gone")).await);
    keys::delete(&world.grant("acme").await, &gone.id, "").await.unwrap();
    assert_eq!(with_checksum(&key.text[..44]), key.text, "the suite's own checksum");
    let mut answers = Vec::new();
    for text in [made_up().expose(), &wrong_secret(&key), &gone.text, "lk_no_key"] {
        let mut answer = answer(world.get("/api/me").bearer_auth(text).header("x-request-id", "same")).await;
        answer.assert_error(401, "UNAUTHORIZED");
        answer.headers.remove("date");
        answers.push((answer.status, answer.headers, answer.body));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
}
