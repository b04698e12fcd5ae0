//! `/healthz` (the process answers) and `/readyz` (it can decide: the database is reachable and, since the program only
//! starts with them, its migrations are in place).

use super::{answer::Outcome, pass::Exchange};
use crate::surface::Code;
use axum::{http::StatusCode, response::IntoResponse};
use domain::refusal::Refusal;

pub(super) async fn alive(_: Exchange) -> Outcome {
    Outcome { code: Code::Valid, response: "ok\n".into_response() }
}

pub(super) async fn ready(exchange: Exchange) -> Outcome {
    let (code, status, text) = match exchange.latchkey.ready().await {
        Ok(()) => (Code::Valid, StatusCode::OK, "ready\n"),
        Err(_) => {
            (Code::Refused(Refusal::Unavailable), StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    };
    Outcome { code, response: (status, text).into_response() }
}
