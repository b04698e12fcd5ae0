//! An unknown key id and a wrong secret take the same time: nobody learns from the clock which ids exist.

use crate::{
    me_refusals::{made_up, wrong_secret},
    wire::{Wire, me},
    world::{World, new_key},
};
use std::time::{Duration, Instant};

on_sqlite![unknown_id_and_wrong_secret];

const EACH: usize = 2_000;

/// The median; sorts what it is given.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Asks in turns over one connection. What the clock can tell on this machine is measured in the same run: by how much the
/// medians of two halves of one class differ. The machine is shared: three chances.
async fn unknown_id_and_wrong_secret(world: &World) {
    let key = world.key(new_key("CI")).await;
    let mut wire = Wire::connect(&world.base).await;
    for _ in 0..200 {
        time(&mut wire, &wrong_secret(&key)).await;
    }
    for _ in 0..3 {
        let (mut unknown, mut wrong) = (Vec::with_capacity(EACH), Vec::with_capacity(EACH));
        for n in 0..EACH {
            let texts = (made_up().expose().to_owned(), wrong_secret(&key));
            // Who comes first changes too.
            if n % 2 == 0 {
                unknown.push(time(&mut wire, &texts.0).await);
                wrong.push(time(&mut wire, &texts.1).await);
            } else {
                wrong.push(time(&mut wire, &texts.1).await);
                unknown.push(time(&mut wire, &texts.0).await);
            }
        }
        let noise = halves(&unknown).max(halves(&wrong));
        let (unknown, wrong) = (median(&mut unknown), median(&mut wrong));
        let (difference, allowed) = (unknown.abs_diff(wrong), (noise * 3).max(unknown / 20));
        println!(
            "unknown id {unknown:?}, wrong secret {wrong:?} (medians of {EACH}): they differ by {difference:?}, \
             halves of one class by {noise:?}"
        );
        if difference <= allowed {
            return;
        }
    }
    panic!("the clock tells an unknown id from a wrong secret");
}

/// By how much the medians of the odd and the even tries differ.
fn halves(times: &[Duration]) -> Duration {
    let half = |odd: usize| times.iter().copied().skip(odd).step_by(2).collect::<Vec<_>>();
    median(&mut half(0)).abs_diff(median(&mut half(1)))
}

async fn time(wire: &mut Wire, key: &str) -> Duration {
    let request = me(key);
    let begun = Instant::now();
    let (status, _) = wire.ask(&request).await;
    let time = begun.elapsed();
    assert_eq!(status, 401);
    time
}
