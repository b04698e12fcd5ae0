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

/// Room is taken for so much at once, and for no more than comes: who only says that much will come keeps it from nobody.
const STEP: usize = 1024 * 1024;
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

    /// Holds bytes that are there already, if there is room for them now.
    pub(super) fn hold(&self, bytes: Vec<u8>) -> Result<Bytes, NoRoom> {
        let permits = u32::try_from(bytes.len()).map_err(|_| NoRoom)?;
        let part = Arc::clone(&self.0).try_acquire_many_owned(permits).map_err(|_| NoRoom)?;
        Ok(Bytes::from_owner(Held { bytes, _part: Some(part) }))
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
            let to_come = self.declared.map_or(STEP, |all| all.saturating_sub(taken));
            let more = to_come.min(STEP).max(wanted - taken);
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
    async fn who_finds_no_room_is_refused_after_a_while_and_others_may_go_before() {
        let room = Room::of(100);
        let first = room.hold(vec![b'x'; 60]).unwrap();
        assert_eq!(room.hold(vec![b'x'; 41]).err(), Some(NoRoom));
        let mut second = Filling::of(&room, Some(50));
        let begun = tokio::time::Instant::now();
        assert_eq!(second.add(&[b'x'; 50]).await, Err(NoRoom));
        assert!(begun.elapsed() >= PATIENCE);
        let giving_back = async {
            tokio::time::sleep(PATIENCE / 10).await;
            drop(first);
        };
        let (added, ()) = tokio::join!(second.add(&[b'x'; 50]), giving_back);
        assert_eq!((added, free(&room)), (Ok(()), 50));
        drop(second);
        assert_eq!(free(&room), 100, "what did not come to its end takes nothing");
    }
}
