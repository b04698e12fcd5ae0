//! The streams of the log that are open: so many for each person and in all, and their end when the program ends. Held by
//! [`Latchkey`](crate::Latchkey), asked by the stream's route.

use crate::Error;
use domain::id::UserId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio_util::sync::CancellationToken;

/// Streams that one person may have open: one in each of some windows.
const OF_ONE: usize = 10;
/// Streams that may be open in this process: each reads a little of the database every second.
const OF_ALL: usize = 100;

/// Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Streams {
    open: Arc<Mutex<HashMap<UserId, usize>>>,
    end: CancellationToken,
}

/// A stream's place among them, for as long as it is kept.
pub(crate) struct Slot {
    streams: Streams,
    user: UserId,
}

impl Streams {
    /// Makes room for one more stream of a person.
    pub fn enter(&self, user: &UserId) -> Result<Slot, Error> {
        let mut open = self.open();
        if open.values().sum::<usize>() >= OF_ALL {
            return Err(Error::Limit(format!(
                "{OF_ALL} live logs are open, the most at a time. Close one, or try later."
            )));
        }
        let own = open.entry(user.clone()).or_default();
        if *own >= OF_ONE {
            return Err(Error::Limit(format!(
                "You have {OF_ONE} live logs open, the most at a time. Close one of them."
            )));
        }
        *own += 1;
        Ok(Slot { streams: self.clone(), user: user.clone() })
    }

    /// Ends all of them, those to come too.
    pub fn end(&self) {
        self.end.cancel();
    }

    fn open(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Returns when the program ends.
    pub async fn ended(&self) {
        self.streams.end.cancelled().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        if let Some(own) = open.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: usize) -> UserId {
        UserId::from_text(format!("user {n}"))
    }

    #[test]
    fn ten_of_one_and_a_hundred_of_all() {
        let streams = Streams::default();
        let mut slots: Vec<Slot> = (0..10).map(|_| streams.enter(&user(0)).unwrap()).collect();
        assert_eq!(streams.enter(&user(0)).map(drop).unwrap_err().status(), 429);
        for n in 10..100 {
            slots.push(streams.enter(&user(n / 10)).unwrap());
        }
        assert_eq!(streams.enter(&user(99)).map(drop).unwrap_err().status(), 429);
        slots.pop();
        streams.enter(&user(99)).unwrap();
        slots.clear();
        assert!(streams.open().is_empty(), "nothing is kept of who has gone");
    }

    #[tokio::test]
    async fn they_end_with_the_program() {
        let streams = Streams::default();
        let slot = streams.enter(&user(1)).unwrap();
        streams.end();
        slot.ended().await;
        streams.enter(&user(1)).unwrap().ended().await;
    }
}
