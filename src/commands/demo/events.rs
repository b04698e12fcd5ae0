//! Turns the lives of the keys into one sequence of moments. The same every time but for the day it ends on: the jitter
//! comes from a seeded generator.

use super::{
    keys::KEYS,
    story::{Fate, LEAVER, LEFT, Life},
};
use domain::time::{DAY, HOUR, MINUTE, Timestamp};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: Timestamp,
    pub what: What,
}

/// What happens, to the key of that index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Make(usize),
    Use(usize),
    Pause(usize),
    Resume(usize),
    Delete(usize),
    /// Somebody leaves Acme.
    Leave,
}

/// Everything that happens until `now`, in order.
pub fn events(now: Timestamp) -> Vec<Event> {
    let mut rng = StdRng::seed_from_u64(41);
    let mut events = vec![Event { at: now.plus(-LEFT * DAY), what: What::Leave }];
    for (index, life) in KEYS.iter().enumerate() {
        of_key(&mut events, &mut rng, index, life, now);
    }
    // Stable: what was said first of one moment happens first.
    events.sort_by_key(|event| event.at);
    events
}

fn of_key(events: &mut Vec<Event>, rng: &mut StdRng, index: usize, life: &Life, now: Timestamp) {
    let mut happens = |at: Timestamp, what| events.push(Event { at, what });
    let made = now.plus(-life.made * DAY + rng.random_range(0..6 * HOUR));
    happens(made, What::Make(index));
    if let Some((_, a_week, last)) = life.used {
        let last = now.plus(-last * MINUTE);
        let span = last.since(made).max(HOUR);
        for _ in 0..span * a_week / (7 * DAY) {
            happens(made.plus(rng.random_range(0..span)), What::Use(index));
        }
        happens(last, What::Use(index));
        // Nobody told the program that carries the key: it knocks for some days more.
        if let Some(stopped) = stopped(life, made, now) {
            for _ in 0..4 {
                happens(stopped.plus(rng.random_range(MINUTE..2 * DAY)).min(now), What::Use(index));
            }
        }
    }
    match life.fate {
        Fate::Kept => {}
        Fate::Paused(days) => happens(now.plus(-days * DAY), What::Pause(index)),
        Fate::PausedForAWhile(days) => {
            happens(now.plus(-days * DAY), What::Pause(index));
            happens(now.plus(-(days - 2) * DAY), What::Resume(index));
        }
        Fate::Deleted(days) => happens(now.plus(-days * DAY), What::Delete(index)),
    }
}

/// When the key stopped to work, if it did.
fn stopped(life: &Life, made: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let expired = life.lives.map(|days| made.plus(i64::from(days) * DAY)).filter(|end| *end < now);
    match life.fate {
        Fate::Paused(days) => Some(now.plus(-days * DAY)),
        _ if life.place == "acme" && LEAVER.starts_with(life.owner) => Some(now.plus(-LEFT * DAY)),
        _ => expired,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::demo::story::{DAYS, DELETED, LISTED};

    const NOW: Timestamp = Timestamp(1_786_000_000_000);

    #[test]
    fn there_are_as_many_keys_as_is_said() {
        let deleted = KEYS.iter().filter(|life| matches!(life.fate, Fate::Deleted(_))).count();
        assert_eq!((KEYS.len() - deleted, deleted), (LISTED, DELETED));
    }

    #[test]
    fn everything_happens_within_the_story_and_after_the_key_was_made() {
        let events = events(NOW);
        assert!(events.iter().all(|event| event.at <= NOW && event.at > NOW.plus(-DAYS * DAY)));
        assert!(events.is_sorted_by_key(|event| event.at));
        for (index, life) in KEYS.iter().enumerate() {
            let about = |event: &&Event| !matches!(event.what, What::Leave) && of(event.what) == Some(index);
            assert_eq!(events.iter().find(about).map(|event| event.what), Some(What::Make(index)), "{}", life.name);
        }
    }

    #[test]
    fn the_usage_queue_takes_all_of_it() {
        let uses = events(NOW).iter().filter(|event| matches!(event.what, What::Use(_))).count();
        assert!((2_000..15_000).contains(&uses), "{uses} uses; the queue drops from 20,000");
    }

    fn of(what: What) -> Option<usize> {
        match what {
            What::Make(index) | What::Use(index) | What::Pause(index) | What::Resume(index) | What::Delete(index) => {
                Some(index)
            }
            What::Leave => None,
        }
    }
}
