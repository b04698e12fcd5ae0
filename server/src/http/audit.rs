//! The audit log as a download, for whoever is signed in and may read it: routes of the console, behind its session layer
//! and its gate. Streamed from the database; a failure on the way breaks the connection off, so that no file looks whole
//! that is not.

use crate::{
    Error, Latchkey,
    audit::{AuditLog, AuditQuery, Export, Format},
    auth::Caller,
};
use axum::{
    Router,
    body::Body,
    extract::{Path, Query},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::stream;
use serde::Deserialize;

/// Every path of a download, for the test that walks them.
pub const DOWNLOADS: &[&str] =
    &["/w/{workspace}/audit.csv", "/w/{workspace}/audit.json", "/admin/audit.csv", "/admin/audit.json"];

/// The downloads.
pub fn downloads(latchkey: &Latchkey) -> Router {
    let csv = (
        async |caller: Caller, place: Path<String>, filters: Query<Filters>| {
            of(caller, place, filters, Format::Csv).await
        },
        async |caller: Caller, filters: Query<Filters>| whole(caller, filters, Format::Csv).await,
    );
    let json = (
        async |caller: Caller, place: Path<String>, filters: Query<Filters>| {
            of(caller, place, filters, Format::Json).await
        },
        async |caller: Caller, filters: Query<Filters>| whole(caller, filters, Format::Json).await,
    );
    Router::new()
        .route("/w/{workspace}/audit.csv", get(csv.0))
        .route("/w/{workspace}/audit.json", get(json.0))
        .route("/admin/audit.csv", get(csv.1))
        .route("/admin/audit.json", get(json.1))
        .with_state(latchkey.clone())
}

/// The filters, as the page's URL has them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Filters {
    who: String,
    action: String,
    target: String,
    from: String,
    to: String,
}

async fn of(
    caller: Caller,
    Path(workspace): Path<String>,
    Query(filters): Query<Filters>,
    format: Format,
) -> Result<Response, Error> {
    let log = AuditLog::of(&caller.in_workspace(&workspace).await?.allow()?);
    download(&log, filters, format).await
}

async fn whole(caller: Caller, Query(filters): Query<Filters>, format: Format) -> Result<Response, Error> {
    download(&AuditLog::whole(&caller.instance()?), filters, format).await
}

async fn download(log: &AuditLog, filters: Filters, format: Format) -> Result<Response, Error> {
    let Filters { who, action, target, from, to } = filters;
    let query = AuditQuery { who, action, target, from, to, after: String::new() };
    let export = Export::start(log, &query, format).await?;
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Json => "application/json",
    };
    let disposition = format!("attachment; filename=\"{}\"", log.file_name(format));
    let parts =
        stream::try_unfold(export, async |mut export| Ok::<_, Error>(export.next().await?.map(|part| (part, export))));
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], Body::from_stream(parts))
        .into_response())
}
