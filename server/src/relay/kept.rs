//! What is kept of a request once its answer has begun: its tokens are counted if its provider does not say how many they were. A
//! stream may last an hour, and most of a large body are pictures, whose bytes nobody counts. Called by `bill`.

use super::{room::Room, texts::without_pictures};
use axum::body::Bytes;
use std::mem;
use tokio::task::{JoinHandle, spawn_blocking};

/// Bodies up to this are kept as they are: most of them are text.
const SMALL: usize = 256 * 1024;

/// A request's body, for the count.
pub(super) enum Kept {
    Whole(Bytes),
    /// Its media are being taken out, on a thread of its own: nothing waits for that.
    Lighter(JoinHandle<Bytes>),
}

impl Kept {
    /// Keeps no more than the count needs.
    pub fn lighten(&mut self, room: &Room) {
        let Self::Whole(body) = self else { return };
        if body.len() > SMALL {
            let (body, room) = (mem::take(body), room.clone());
            *self = Self::Lighter(spawn_blocking(move || lighter(&body, &room).unwrap_or(body)));
        }
    }

    pub async fn body(self) -> Bytes {
        match self {
            Self::Whole(body) => body,
            Self::Lighter(task) => task.await.unwrap_or_default(),
        }
    }
}

/// The same body for a count, in room of its own; `None` where that would not be worth it.
fn lighter(body: &[u8], room: &Room) -> Option<Bytes> {
    let mut value: serde_json::Value = serde_json::from_slice(body).ok()?;
    without_pictures(&mut value);
    let light = serde_json::to_vec(&value).ok()?;
    (light.len() <= body.len() / 2).then_some(())?;
    Some(room.hold(light))
}

#[cfg(test)]
mod tests {
    use super::{super::texts::Texts, *};
    use serde_json::json;

    fn with_picture(bytes: usize, text: &str) -> Bytes {
        let picture = format!("data:image/png;base64,{}", "A".repeat(bytes));
        let content = json!([{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": picture}}]);
        json!({"model": "small", "messages": [{"role": "user", "content": content}]}).to_string().into()
    }

    #[tokio::test]
    async fn pictures_are_not_kept_and_the_count_is_the_same() {
        // Also where there is no room: that is when it has to be given back.
        for room in [Room::of(4 * SMALL), Room::of(0)] {
            let body = with_picture(2 * SMALL, "What is this? data:text/plain,is no picture");
            let (length, input) = (body.len(), Texts::of_request(&body));
            let mut kept = Kept::Whole(body);
            kept.lighten(&room);
            let light = kept.body().await;
            assert!(light.len() < length / 100, "{}", light.len());
            assert_eq!(Texts::of_request(&light), input);
        }
    }

    #[tokio::test]
    async fn what_would_not_be_lighter_stays_as_it_is() {
        let room = &Room::of(4 * SMALL);
        let text = "word ".repeat(SMALL / 4);
        for body in [with_picture(10, "What is this?"), with_picture(10, &text), Bytes::from(vec![b'x'; SMALL + 1])] {
            let mut kept = Kept::Whole(body.clone());
            kept.lighten(room);
            assert_eq!(kept.body().await, body);
        }
    }
}
