//! `/healthz` (the process answers) and `/readyz` (it can decide: the database is reachable and, since the program only
//! starts with them, its migrations are in place).

use super::{
    answer::{Outcome, plain},
    pass::Exchange,
};
use crate::surface::Code;
use axum::http::StatusCode;
use domain::refusal::Refusal;

pub(super) fn alive() -> Outcome {
    plain(Code::Valid, StatusCode::OK, "ok\n")
}

pub(super) async fn ready(exchange: &Exchange<'_>) -> Outcome {
    let (code, status, text) = match exchange.latchkey.ready().await {
        Ok(()) => (Code::Valid, StatusCode::OK, "ready\n"),
        Err(_) => {
            (Code::Refused(Refusal::Unavailable), StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    };
    plain(code, status, text)
}
