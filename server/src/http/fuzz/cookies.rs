//! The `Cookie` header: of the session, and of what one page leaves for the next.

use crate::flash::{Flash, FreshInvite, FreshKey, opened};
use async_trait::async_trait;
use axum::{
    body::Body,
    http::{HeaderValue, Request, Response, header::COOKIE},
};
use cookie::Key;
use domain::time::Timestamp;
use futures::executor::block_on;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};
use tower::{Layer, ServiceExt, service_fn};
use tower_sessions::{
    Session, SessionManagerLayer, SessionStore,
    session::{Id, Record},
    session_store,
};

/// A store without sessions, that notes which it is asked for.
#[derive(Clone, Debug, Default)]
struct Empty(Arc<Mutex<Vec<Id>>>);

#[async_trait]
impl SessionStore for Empty {
    async fn save(&self, _: &Record) -> session_store::Result<()> {
        Err(session_store::Error::Backend("a session is saved".into()))
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        if let Ok(mut asked) = self.0.lock() {
            asked.push(*id);
        }
        Ok(None)
    }

    async fn delete(&self, _: &Id) -> session_store::Result<()> {
        Err(session_store::Error::Backend("a session is deleted".into()))
    }
}

/// Any `Cookie` header.
///
/// # Panics
/// If something opens that was not sealed here, or a session comes from nowhere.
pub fn cookies(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (key, now) = (Key::from(&[7; 64]), Timestamp(0));
    assert!(opened::<Flash>(&key, "latchkey_form", &text, now).is_none());
    assert!(opened::<FreshKey>(&key, "latchkey_key", &text, now).is_none());
    assert!(opened::<FreshInvite>(&key, "latchkey_invite", &text, now).is_none());

    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let store = Empty::default();
    let handler = service_fn(async |request: Request<Body>| {
        let session = request.extensions().get::<Session>().cloned();
        let user = match session {
            Some(session) => session.get::<String>("user").await.ok().flatten(),
            None => None,
        };
        assert_eq!(user, None, "somebody is signed in");
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let layer = SessionManagerLayer::new(store.clone()).with_name("latchkey_session");
    let Ok(request) = Request::builder().header(COOKIE, value).body(Body::empty()) else { return };
    let answer = block_on(layer.layer(handler).oneshot(request));
    assert!(answer.is_ok_and(|answer| answer.status().is_success()), "the session layer failed");
    let asked = store.0.lock().map(|asked| asked.clone()).unwrap_or_default();
    for id in asked {
        assert!(text.contains(&id.to_string()), "{id} is asked for, and was not sent: {text}");
    }
}
