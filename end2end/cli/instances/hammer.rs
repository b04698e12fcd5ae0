//! Requests with one key on several instances, without a pause, and the one question: was one accepted that began after the
//! key's end had been acknowledged?

use crate::served::Served;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

/// Threads that ask each instance.
const ASKERS: usize = 2;

#[derive(Default)]
pub struct Hammer {
    /// Odd: the key's end is acknowledged, and nothing that would revive it has begun.
    phase: AtomicU64,
    over: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Answers that began and ended in the latest phase, by instance and code.
    phase: u64,
    answers: BTreeMap<(usize, String), usize>,
    violations: Vec<String>,
}

impl Hammer {
    /// Runs `story` while the instances are asked.
    pub fn beside(instances: &[&Served], key: &str, story: impl FnOnce(&Self)) {
        let made = Self::default();
        let hammer = &made;
        thread::scope(|scope| {
            for (number, served) in instances.iter().enumerate() {
                for _ in 0..ASKERS {
                    scope.spawn(move || hammer.ask(number, served, key));
                }
            }
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| story(hammer)));
            hammer.over.store(true, SeqCst);
            if let Err(panic) = done {
                std::panic::resume_unwind(panic);
            }
        });
        let seen = made.seen.into_inner().unwrap();
        assert!(seen.violations.is_empty(), "accepted after the acknowledgement: {:?}", seen.violations);
    }

    fn ask(&self, number: usize, served: &Served, key: &str) {
        while !self.over.load(SeqCst) {
            let phase = self.phase.load(SeqCst);
            // An instance that was killed answers nothing.
            let code = served.try_me(key).unwrap_or_else(|| "nothing".into());
            let mut seen = self.seen.lock().unwrap();
            if self.phase.load(SeqCst) == phase {
                if seen.phase != phase {
                    seen.phase = phase;
                    seen.answers.clear();
                }
                if phase % 2 == 1 && code == "accepted" {
                    seen.violations.push(format!("instance {number} in phase {phase}"));
                }
                *seen.answers.entry((number, code.clone())).or_default() += 1;
            }
            drop(seen);
            // Keeps two cores for those who are asked.
            thread::sleep(Duration::from_millis(if code == "nothing" { 50 } else { 2 }));
        }
    }

    /// The key's end has just been acknowledged.
    pub fn ended(&self) {
        assert_eq!(self.phase.fetch_add(1, SeqCst) % 2, 0);
    }

    /// What would revive it is about to begin.
    pub fn reviving(&self) {
        assert_eq!(self.phase.fetch_add(1, SeqCst) % 2, 1);
    }

    /// What was answered so far counts no more.
    pub fn forget(&self) {
        self.seen.lock().unwrap().answers.clear();
    }

    /// Waits until these instances have answered so, begun and ended within this phase.
    #[track_caller]
    pub fn until(&self, instances: &[usize], code: &str) {
        let begun = Instant::now();
        let phase = self.phase.load(SeqCst);
        for number in instances {
            loop {
                let seen = self.seen.lock().unwrap();
                if seen.phase == phase && seen.answers.get(&(*number, code.to_owned())).is_some_and(|count| *count > 2)
                {
                    break;
                }
                let found = format!("{:?}", seen.answers);
                drop(seen);
                assert!(begun.elapsed() < Duration::from_secs(40), "instance {number} never answered {code}: {found}");
                thread::sleep(Duration::from_millis(2));
            }
        }
    }
}
