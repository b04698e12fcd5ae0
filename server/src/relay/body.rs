//! Reads the body of a call, as far as it may be and as far as there is room for it. Called by `ready`, with a key that was let pass.

use super::{
    REQUEST_MOST,
    room::{Filling, Room},
};
use crate::http::{BODY_TIME, is_json};
use axum::{
    body::{Body, Bytes, HttpBody},
    http::HeaderMap,
};
use domain::model::{BadBody, Failure};
use http_body_util::BodyExt;
use tokio::time::timeout;

/// The body, if it is one that may be read; its room is free again once nobody holds the bytes any more.
pub(super) async fn read(room: &Room, headers: &HeaderMap, body: Body) -> Result<Bytes, Failure> {
    if !is_json(headers) {
        let message = "Send the body as Content-Type: application/json.".into();
        return Err(Failure::BadBody(BadBody { param: None, message }));
    }
    timeout(BODY_TIME, arrive(room, body)).await.unwrap_or(Err(Failure::BodyTooSlow))
}

async fn arrive(room: &Room, mut body: Body) -> Result<Bytes, Failure> {
    let declared = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
    // One that says that it is too large is read all the same, as far as may be: who is still sending would hear no answer.
    // So is one for which there is no room, and nothing of it is kept.
    let (mut filling, mut length) = (Ok(Filling::of(room, declared)), 0);
    while let Some(frame) = body.frame().await {
        // Cut off: nobody is there any more to be told something else.
        let Ok(piece) = frame.map_err(|_| Failure::BodyTooLarge)?.into_data() else { continue };
        length += piece.len();
        if length > REQUEST_MOST {
            return Err(Failure::BodyTooLarge);
        }
        if let Ok(room) = &mut filling
            && room.add(&piece).await.is_err()
        {
            filling = Err(Failure::NoRoomForBody);
        }
    }
    filling.map(Filling::full)
}
