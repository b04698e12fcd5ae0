//! Lists as downloads, for whoever is signed in and may read them: the audit log, the log of requests and the usage, routes of
//! the console behind its session layer and its gate. Streamed from the database; a failure on the way breaks the connection off, so that no
//! file looks whole that is not.

use crate::{
    Error, Latchkey,
    audit::{AuditLog, AuditQuery},
    auth::{Caller, SeeKeys},
    export::{Export, Format, Lines},
    logs::{self, LogQuery},
    usage::{self, UsageQuery},
};
use axum::{
    Router,
    body::Body,
    extract::{Path, Query},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use futures::stream;
use serde::{Deserialize, de::DeserializeOwned};

/// Every path of a download, for the test that walks them.
pub const DOWNLOADS: &[&str] = &[
    "/w/{workspace}/audit.csv",
    "/w/{workspace}/audit.json",
    "/admin/audit.csv",
    "/admin/audit.json",
    "/w/{workspace}/logs.csv",
    "/w/{workspace}/logs.json",
    "/w/{workspace}/usage.csv",
    "/w/{workspace}/usage.json",
];

/// The downloads.
pub fn downloads(latchkey: &Latchkey) -> Router {
    let mut routes = Router::new();
    for format in [Format::Csv, Format::Json] {
        let extension = format.extension();
        routes = routes
            .route(&format!("/w/{{workspace}}/audit.{extension}"), place(format, audit))
            .route(&format!("/admin/audit.{extension}"), whole(format))
            .route(&format!("/w/{{workspace}}/logs.{extension}"), place(format, requests))
            .route(&format!("/w/{{workspace}}/usage.{extension}"), place(format, used));
    }
    routes.with_state(latchkey.clone())
}

/// A list of a workspace.
fn place<Q, F>(
    format: Format,
    list: impl Fn(Caller, String, Q, Format) -> F + Clone + Send + Sync + 'static,
) -> MethodRouter<Latchkey>
where
    Q: DeserializeOwned + Send + 'static,
    F: Future<Output = Result<Response, Error>> + Send,
{
    get(async move |caller: Caller, Path(workspace): Path<String>, Query(filters): Query<Q>| {
        list(caller, workspace, filters, format).await
    })
}

/// The audit log of the installation.
fn whole(format: Format) -> MethodRouter<Latchkey> {
    get(async move |caller: Caller, Query(filters): Query<AuditFilters>| {
        audit_of(&AuditLog::whole(&caller.instance()?), filters, format).await
    })
}

/// The audit log's filters, as its page's URL has them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct AuditFilters {
    who: String,
    action: String,
    target: String,
    from: String,
    to: String,
}

async fn audit(caller: Caller, workspace: String, filters: AuditFilters, format: Format) -> Result<Response, Error> {
    let log = AuditLog::of(&caller.in_workspace(&workspace).await?.allow()?);
    audit_of(&log, filters, format).await
}

async fn audit_of(log: &AuditLog, filters: AuditFilters, format: Format) -> Result<Response, Error> {
    let AuditFilters { who, action, target, from, to } = filters;
    let query = AuditQuery { who, action, target, from, to, after: String::new() };
    download(log.read(&query).await?, &log.file_name(format), format).await
}

async fn requests(caller: Caller, workspace: String, query: LogQuery, format: Format) -> Result<Response, Error> {
    let grant = caller.in_workspace(&workspace).await?.allow::<SeeKeys>()?;
    download(logs::read(&grant, &query)?, &logs::file_name(&grant, format), format).await
}

/// What the usage page's URL says of its file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct UsageFilters {
    range: String,
    from: String,
    to: String,
    key: String,
    environment: String,
    model: String,
    member: String,
}

async fn used(caller: Caller, workspace: String, filters: UsageFilters, format: Format) -> Result<Response, Error> {
    let grant = caller.in_workspace(&workspace).await?.allow::<SeeKeys>()?;
    let UsageFilters { range, from, to, key, environment, model, member } = filters;
    let query = UsageQuery { range, from, to, key, environment, model, member, show: String::new() };
    download(usage::read(&grant, &query)?, &usage::file_name(&grant, &query, format)?, format).await
}

async fn download<L: Lines>(lines: L, name: &str, format: Format) -> Result<Response, Error> {
    let export = Export::start(lines, format).await?;
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Json => "application/json",
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    let parts =
        stream::try_unfold(export, async |mut export| Ok::<_, Error>(export.next().await?.map(|part| (part, export))));
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], Body::from_stream(parts))
        .into_response())
}
