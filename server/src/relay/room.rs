//! Room in memory for the bodies of requests: all that the relay holds of them at a time is bounded, however many clients send
//! large ones. Taken as a body arrives (`body`), given back once its last bytes are gone, wherever they went.

use axum::body::Bytes;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Bytes of requests' bodies that an instance holds at a time unless configured otherwise.
pub const RELAY_MEMORY: usize = 512 * 1024 * 1024;

/// Room is taken for as much again as has come, at least and at most for so much: who only says that much will come keeps it from
/// nobody.
const STEPS: [usize; 2] = [64 * 1024, 1024 * 1024];
/// The longest that a body waits for room. Its client may try again; those who hold room may hold it for minutes.
const PATIENCE: Duration = Duration::from_secs(2);

/// All of it.
#[derive(Clone)]
pub(crate) struct Room(Arc<Semaphore>);

/// Others hold it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoRoom;

impl Room {
    pub fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    async fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, NoRoom> {
        let taking = Arc::clone(&self.0).acquire_many_owned(u32::try_from(bytes).map_err(|_| NoRoom)?);
        // Never closed, so never another error.
        timeout(PATIENCE, taking).await.map_err(|_| NoRoom)?.map_err(|_| NoRoom)
    }

    /// Holds bytes that are there already, beside the room if there is none for them now.
    pub(super) fn hold(&self, bytes: Vec<u8>) -> Bytes {
        let permits = u32::try_from(bytes.len()).ok();
        let part = permits.and_then(|permits| Arc::clone(&self.0).try_acquire_many_owned(permits).ok());
        Bytes::from_owner(Held { bytes, _part: part })
    }
}

/// Bytes in the place of others, whose room they have from now on.
pub(super) fn in_place_of(others: Bytes, bytes: Bytes) -> Bytes {
    Bytes::from_owner(Instead { bytes, _room: others })
}

struct Instead {
    bytes: Bytes,
    _room: Bytes,
}

impl AsRef<[u8]> for Instead {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Bytes, and the room that they take.
struct Held {
    bytes: Vec<u8>,
    _part: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A body that arrives.
pub(super) struct Filling<'a> {
    room: &'a Room,
    /// How long it will be, if it says so.
    declared: Option<usize>,
    part: Option<OwnedSemaphorePermit>,
    bytes: Vec<u8>,
}

impl<'a> Filling<'a> {
    pub fn of(room: &'a Room, declared: Option<usize>) -> Self {
        Self { room, declared, part: None, bytes: Vec::new() }
    }

    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    fn taken(&self) -> usize {
        self.part.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Takes a piece, once there is room for it.
    pub async fn add(&mut self, piece: &[u8]) -> Result<(), NoRoom> {
        let (taken, wanted) = (self.taken(), self.length() + piece.len());
        if wanted > taken {
            let [least, most] = STEPS;
            let to_come = self.declared.map_or(most, |all| all.saturating_sub(taken));
            let more = to_come.min(self.length().clamp(least, most)).max(wanted - taken);
            let part = self.room.take(more).await?;
            match &mut self.part {
                Some(taken) => taken.merge(part),
                None => self.part = Some(part),
            }
            self.bytes.reserve_exact(taken + more - self.bytes.len());
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// All of it is there.
    pub fn full(self) -> Bytes {
        let (beyond, Self { mut bytes, mut part, .. }) = (self.taken() - self.length(), self);
        if beyond > 0 {
            bytes.shrink_to_fit();
            drop(part.as_mut().and_then(|part| part.split(beyond)));
        }
        Bytes::from_owner(Held { bytes, _part: part })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: usize = STEPS[1];

    fn free(room: &Room) -> usize {
        room.0.available_permits()
    }

    #[tokio::test]
    async fn a_body_has_its_room_until_the_last_of_its_bytes_is_gone() {
        let room = Room::of(3 * STEP);
        for declared in [None, Some(STEP + 10)] {
            let mut filling = Filling::of(&room, declared);
            assert_eq!(free(&room), 3 * STEP, "what is said takes nothing");
            for piece in [&vec![b'x'; STEP][..], b"0123456789"] {
                filling.add(piece).await.unwrap();
            }
            let body = filling.full();
            assert_eq!((body.len(), free(&room)), (STEP + 10, 2 * STEP - 10), "{declared:?}");
            let part = body.slice(STEP..);
            drop(body);
            assert_eq!((&part[..], free(&room)), (&b"0123456789"[..], 2 * STEP - 10));
            drop(part);
            assert_eq!(free(&room), 3 * STEP);
        }
        assert!(Filling::of(&room, Some(0)).full().is_empty());
    }

    #[tokio::test]
    async fn who_sends_little_takes_little() {
        let room = Room::of(3 * STEP);
        for declared in [None, Some(2 * STEP)] {
            let mut filling = Filling::of(&room, declared);
            let mut taken = Vec::new();
            for piece in [1, STEPS[0], 4 * STEPS[0]] {
                filling.add(&vec![b'x'; piece]).await.unwrap();
                taken.push(3 * STEP - free(&room));
            }
            assert_eq!(taken, [STEPS[0], 2 * STEPS[0], 5 * STEPS[0] + 1], "{declared:?}");
        }
    }

    #[tokio::test]
    async fn what_stands_in_the_place_of_others_has_their_room() {
        let room = Room::of(100);
        let instead = in_place_of(room.hold(vec![b'x'; 60]), Bytes::from_static(b"redacted"));
        assert_eq!((&instead[..], free(&room)), (&b"redacted"[..], 40));
        drop(instead);
        assert_eq!(free(&room), 100);
    }

    #[tokio::test]
    async fn who_finds_no_room_is_refused_after_a_while_and_others_may_go_before() {
        let room = Room::of(100);
        let first = room.hold(vec![b'x'; 60]);
        assert_eq!((room.hold(vec![b'x'; 41]).len(), free(&room)), (41, 40), "what is there stands beside it");
        let mut second = Filling::of(&room, Some(50));
        let begun = tokio::time::Instant::now();
        assert_eq!(second.add(&[b'x'; 50]).await, Err(NoRoom));
        assert!(begun.elapsed() >= PATIENCE);
        // It waits, and then there is room.
        let (added, ()) = tokio::join!(second.add(&[b'x'; 50]), async { drop(first) });
        assert_eq!((added, free(&room)), (Ok(()), 50));
        drop(second);
        assert_eq!(free(&room), 100, "what did not come to its end takes nothing");
    }
}
