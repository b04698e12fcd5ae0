//! Reading bodies, which may be of many megabytes: the large ones on a thread of their own, so that requests that came
//! meanwhile need not wait. Called for requests and for whole answers.

use axum::body::Bytes;
use tokio::task::spawn_blocking;

/// What is read at once, in bytes.
const AT_ONCE: usize = 256 * 1024;

/// Reads a body; `None` where the reading broke down.
pub(super) async fn read<T: Send + 'static>(
    body: &Bytes,
    reading: impl FnOnce(&Bytes) -> T + Send + 'static,
) -> Option<T> {
    read_up_to(AT_ONCE, body, reading).await
}

/// The same where more is to be done for each byte: what is larger than `at_once` gets a thread of its own.
pub(super) async fn read_up_to<T: Send + 'static>(
    at_once: usize,
    body: &Bytes,
    reading: impl FnOnce(&Bytes) -> T + Send + 'static,
) -> Option<T> {
    if body.len() <= at_once {
        return Some(reading(body));
    }
    let body = body.clone();
    spawn_blocking(move || reading(&body)).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_of_every_size_are_read() {
        let here = std::thread::current().id();
        for (size, elsewhere) in [(0, false), (AT_ONCE, false), (AT_ONCE + 1, true)] {
            let body = Bytes::from(vec![b' '; size]);
            let (length, thread) = read(&body, |body| (body.len(), std::thread::current().id())).await.unwrap();
            assert_eq!((length, thread != here), (size, elsewhere));
        }
    }
}
