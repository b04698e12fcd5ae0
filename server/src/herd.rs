//! Many requests at once that want the same record, which memory does not have: one of them reads it from the database, the others
//! take what it read. Called by the verifier and by all else that keeps records in memory, before the database is asked.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use tokio::sync::Mutex;

/// How many records can be read at once. Two that share a place wait for each other, and nothing worse.
pub(crate) const PLACES: u64 = 256;

/// Who reads which record. What was read is kept no longer than somebody waits for it.
pub(crate) struct Herd<R>(Box<[Place<R>]>);

struct Place<R> {
    /// How many readings have begun here.
    begun: AtomicU64,
    /// How many are here.
    present: AtomicUsize,
    /// Held as long as one is under way.
    last: Mutex<Option<Last<R>>>,
}

struct Last<R> {
    /// Its number among those that began here.
    number: u64,
    found: Arc<R>,
}

impl<R> Default for Place<R> {
    fn default() -> Self {
        Self { begun: AtomicU64::new(0), present: AtomicUsize::new(0), last: Mutex::new(None) }
    }
}

/// Somebody who is here; the last one that goes forgets what was read.
struct Present<'a, R>(&'a Place<R>);

impl<'a, R> Present<'a, R> {
    fn at(place: &'a Place<R>) -> Self {
        place.present.fetch_add(1, Ordering::SeqCst);
        Self(place)
    }
}

impl<R> Drop for Present<'_, R> {
    fn drop(&mut self) {
        if self.0.present.fetch_sub(1, Ordering::SeqCst) == 1
            && let Ok(mut last) = self.0.last.try_lock()
        {
            *last = None;
        }
    }
}

impl<R> Default for Herd<R> {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Place::default()).collect())
    }
}

impl<R> Herd<R> {
    /// What `reading` finds, or what another's found that is it and **began after this call**: to whoever asks it is as if they had
    /// read for themselves, so nothing is taken from before a change that was acknowledged to them. `number` chooses the place.
    ///
    /// Waits for the one under way without an end of its own. What was not found, and errors, are nobody else's.
    pub async fn read<E>(
        &self,
        number: u64,
        is_it: impl Fn(&R) -> bool,
        reading: impl Future<Output = Result<Option<Arc<R>>, E>>,
    ) -> Result<Option<Arc<R>>, E> {
        let at = usize::try_from(number % PLACES).unwrap_or_default();
        let Some(place) = self.0.get(at) else { return reading.await };
        // Before the lock, so that it goes after it.
        let _present = Present::at(place);
        let before = place.begun.load(Ordering::SeqCst);
        let mut last = place.last.lock().await;
        if let Some(later) = last.as_ref().filter(|last| last.number > before && is_it(&last.found)) {
            return Ok(Some(Arc::clone(&later.found)));
        }
        let number = place.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let found = reading.await?;
        *last = found.as_ref().map(|found| Last { number, found: Arc::clone(found) });
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{convert::Infallible, future::pending, time::Duration};
    use tokio::{
        sync::Notify,
        task::{JoinSet, yield_now},
        time::{sleep, timeout},
    };

    /// A database with one record, whose readings wait until they are let go.
    #[derive(Default)]
    struct House {
        herd: Herd<String>,
        record: std::sync::Mutex<String>,
        readings: AtomicUsize,
        free: Notify,
    }

    impl House {
        fn set(&self, value: &str) {
            value.clone_into(&mut self.record.lock().unwrap());
        }

        async fn get(&self, number: u64, wanted: &str) -> Option<String> {
            let reading = async {
                self.readings.fetch_add(1, Ordering::SeqCst);
                let found = Arc::new(self.record.lock().unwrap().clone());
                self.free.notified().await;
                Ok::<_, Infallible>(Some(found))
            };
            let Ok(found) = self.herd.read(number, |found| found.starts_with(wanted), reading).await;
            found.map(|found| (*found).clone())
        }

        /// Waits until so many readings have begun.
        async fn begun(&self, count: usize) {
            while self.readings.load(Ordering::SeqCst) < count {
                sleep(Duration::from_millis(1)).await;
            }
        }
    }

    fn asks(house: &Arc<House>, asked: &mut JoinSet<Option<String>>, times: usize) {
        for _ in 0..times {
            let house = Arc::clone(house);
            asked.spawn(async move { house.get(7, "key").await });
        }
    }

    #[tokio::test]
    async fn a_herd_reads_twice_at_most_and_nothing_from_before_it_came() {
        let (house, mut first, mut herd) = (Arc::new(House::default()), JoinSet::new(), JoinSet::new());
        house.set("key 1");
        asks(&house, &mut first, 1);
        house.begun(1).await;
        // A change is acknowledged; whoever comes now may not get what stood before, though it is about to be there.
        house.set("key 2");
        asks(&house, &mut herd, 100);
        sleep(Duration::from_millis(50)).await;
        house.free.notify_one();
        assert_eq!(first.join_next().await.unwrap().unwrap().unwrap(), "key 1");
        house.begun(2).await;
        house.free.notify_one();
        while let Some(found) = timeout(Duration::from_secs(30), herd.join_next()).await.expect("no reading of its own")
        {
            assert_eq!(found.unwrap().unwrap(), "key 2");
        }
        assert_eq!(house.readings.load(Ordering::SeqCst), 2);
        assert!(house.herd.0[7].last.lock().await.is_none(), "nobody needs it any more");
    }

    #[tokio::test]
    async fn what_shares_a_place_is_not_mistaken() {
        let herd = Herd::<String>::default();
        let read = async |number: u64, name: &str| {
            let found = async {
                // Both have come before either reads.
                yield_now().await;
                Ok::<_, Infallible>(Some(Arc::new(name.to_owned())))
            };
            herd.read(number, |found| found == name, found).await.unwrap().unwrap()
        };
        let (one, other) = tokio::join!(read(7, "one"), read(7 + PLACES, "other"));
        assert_eq!((one.as_str(), other.as_str()), ("one", "other"));
    }

    #[tokio::test]
    async fn who_gives_up_lets_the_next_one_read() {
        let herd = Herd::<String>::default();
        let never = herd.read(1, |_| true, pending::<Result<_, Infallible>>());
        assert!(timeout(Duration::from_millis(10), never).await.is_err());
        let failed = herd.read(1, |_| true, async { Err("away") }).await;
        assert_eq!(failed, Err("away"));
        let found = herd.read(1, |_| true, async { Ok::<_, Infallible>(Some(Arc::new("key".to_owned()))) }).await;
        assert_eq!(found.unwrap().unwrap().as_str(), "key");
    }
}
