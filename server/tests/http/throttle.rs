//! Guessing passwords is slow: tries are counted per account and per address, and those that are let through take as long
//! for an unknown e-mail as for a wrong password.

use crate::{
    ask::Answer,
    console::{Browser, somebody},
    load::together,
    world::World,
};
use reqwest::RequestBuilder;
use serde_json::json;
use std::time::{Duration, Instant};

on_sqlite![
    an_account_from_many_addresses,
    an_address_over_many_accounts,
    an_unknown_email_takes_as_long_as_a_wrong_password,
];

/// A console that believes the `X-Forwarded-For` of this machine.
async fn console(world: &World) -> Browser<'_> {
    let latchkey = world.instance(|config| config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).await;
    Browser::of(world, &latchkey).await
}

fn attempt(world: &World, browser: &Browser<'_>, email: &str, password: &str, address: &str) -> RequestBuilder {
    let request = world.http.post(format!("{}/sign-in", browser.base)).header("x-forwarded-for", address);
    request.json(&json!({"email": email, "password": password}))
}

/// How many of the answers were throttled; the others must have that status.
fn throttled(answers: &[Answer], others: u16) -> usize {
    let (refused, tried): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.status == 429);
    for answer in &refused {
        let seconds = answer.body.strip_prefix("Too many tries. Wait ").and_then(|rest| rest.split(' ').next());
        assert!(seconds.is_some_and(|n| (1..=60).contains(&n.parse().unwrap_or(0))), "{answer:?}");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    assert!(tried.iter().all(|answer| answer.status == others), "{tried:?}");
    refused.len()
}

async fn an_account_from_many_addresses(world: &World) {
    let (email, password) = somebody(world).await;
    let browser = console(world).await;
    for email in ["unknown@example.com", email] {
        let tries = (0..20).map(|n| attempt(world, &browser, email, "wrong", &format!("10.0.0.{n}")));
        let refused = throttled(&together(tries.map(crate::ask::answer)).await, 401);
        // Ten at once, then one every six seconds; the machine may be slow.
        assert!((6..=10).contains(&refused), "{refused} of 20 tries for {email} were refused");
    }
    // Those that came last were refused, and in six seconds there is room for one: more tries take it before this one does.
    let last = (0..5).map(|n| attempt(world, &browser, email, "wrong", &format!("10.0.1.{n}")));
    throttled(&together(last.map(crate::ask::answer)).await, 401);
    let right = crate::ask::answer(attempt(world, &browser, email, &password, "10.0.0.99")).await;
    assert_eq!(right.status, 429, "even the right password waits");
    let other = world.user("other@example.com").await;
    let request = attempt(world, &browser, "other@example.com", &other, "10.0.0.99");
    assert_eq!(crate::ask::answer(request).await.status, 204, "other accounts do not");
}

async fn an_address_over_many_accounts(world: &World) {
    let (email, password) = somebody(world).await;
    let browser = console(world).await;
    let tries = (0..60).map(|n| attempt(world, &browser, &format!("{n}@example.com"), "wrong", "203.0.113.9"));
    let refused = throttled(&together(tries.map(crate::ask::answer)).await, 401);
    // Thirty at once, then one every two seconds.
    assert!((20..=30).contains(&refused), "{refused} of 60 tries were refused");
    let elsewhere = attempt(world, &browser, email, &password, "203.0.113.10");
    assert_eq!(crate::ask::answer(elsewhere).await.status, 204);
}

/// Twenty tries of each, who comes first changing too. What else runs on the machine only ever adds to a time: the shortest
/// of each are what the work itself takes. The machine is shared: three chances.
async fn an_unknown_email_takes_as_long_as_a_wrong_password(world: &World) {
    let browser = console(world).await;
    for round in 0..3 {
        // Other people every time: five tries each are let through, more would not be.
        for n in 0..4 {
            world.user(&format!("user{round}-{n}@example.com")).await;
        }
        let (mut wrong, mut unknown) = (Vec::new(), Vec::new());
        for n in 0..20 {
            let address = format!("10.{round}.{n}.");
            let known = format!("user{round}-{}@example.com", n % 4);
            let known = attempt(world, &browser, &known, "wrong password", &(address.clone() + "1"));
            let nobody = format!("nobody{round}-{n}@example.com");
            let nobody = attempt(world, &browser, &nobody, "wrong password", &(address + "2"));
            if n % 2 == 0 {
                wrong.push(time(known).await);
                unknown.push(time(nobody).await);
            } else {
                unknown.push(time(nobody).await);
                wrong.push(time(known).await);
            }
        }
        let (wrong, unknown) = (wrong.iter().min().unwrap(), unknown.iter().min().unwrap());
        println!("wrong password {wrong:?}, unknown e-mail {unknown:?} (the shortest of 20)");
        if wrong.abs_diff(*unknown) < *wrong / 4 {
            return;
        }
    }
    panic!("the shortest times differ by more than a quarter");
}

async fn time(request: RequestBuilder) -> Duration {
    let begun = Instant::now();
    let answer = crate::ask::answer(request).await;
    assert_eq!(answer.status, 401);
    begun.elapsed()
}
