//! `latchkey audit`: the audit log, newest first, printed while it is read.

use super::{as_operator, enter};
use crate::{config::Settings, failure::Failure, output};
use clap::Args;
use server::{
    audit::{AuditLog, AuditQuery, EventView, words},
    export::{Export, Format},
};

/// Prints the audit log.
#[derive(Args)]
pub struct Audit {
    /// Only what happened in the workspace of this slug
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Audit {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let log = match &self.workspace {
                Some(slug) => AuditLog::of(&enter(caller, slug).await?.allow()?),
                None => AuditLog::whole(&caller.instance()?),
            };
            if self.json { as_json(&log).await } else { as_lines(&log).await }
        })
    }
}

async fn as_json(log: &AuditLog) -> Result<(), Failure> {
    let mut export = Export::start(log.read(&AuditQuery::default()).await?, Format::Json).await?;
    while let Some(part) = export.next().await? {
        if !output::pour(&part)? {
            break;
        }
    }
    Ok(())
}

async fn as_lines(log: &AuditLog) -> Result<(), Failure> {
    let mut reader = log.read(&AuditQuery::default()).await?;
    while let Some(events) = reader.batch().await? {
        let lines: String = events.into_iter().map(line).collect();
        if !output::pour(lines.as_bytes())? {
            break;
        }
    }
    Ok(())
}

/// When, where, who, what and from where. The log is printed as it is read, so its columns can't be as wide as their widest.
fn line(event: EventView) -> String {
    let what = words(&event.action).map_or_else(|| event.action.clone(), |words| words.sentence.to_owned());
    let name = if event.target_name.is_empty() { &event.target } else { &event.target_name };
    let to = if event.new_name.is_empty() { String::new() } else { format!(" to “{}”", event.new_name) };
    let from = if event.address.is_empty() { String::new() } else { format!("  from {}", event.address) };
    let place = event.workspace.unwrap_or_else(|| "–".into());
    output::safe(&format!(
        "{}  {place}  {}  {what} “{name}”{to} ({}){from}",
        event.at.rfc3339(),
        event.actor,
        event.target
    )) + "\n"
}
