//! `/healthz` (the process answers) and `/readyz` (it can decide: the database is reachable and, since the program only
//! starts with them, its migrations are in place).

use super::pass::Exchange;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

pub(super) async fn alive(_: Exchange) -> Response {
    "ok\n".into_response()
}

pub(super) async fn ready(exchange: Exchange) -> Response {
    match exchange.latchkey.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n").into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response(),
    }
}
