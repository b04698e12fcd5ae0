//! `/healthz` (the process answers) and `/readyz` (it can decide: the database is reachable and, since the program only
//! starts with them, its migrations are in place).

use crate::Latchkey;
use axum::{extract::State, http::StatusCode};

pub(super) async fn alive() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(latchkey): State<Latchkey>) -> (StatusCode, &'static str) {
    match latchkey.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
