//! `latchkey key list`: every key of a workspace, those that work first.

use super::as_json;
use crate::{
    commands::{as_operator, enter},
    config::Settings,
    failure::Failure,
    output,
};
use clap::Args;
use domain::{
    key::{Permission, Status},
    time::Timestamp,
};
use server::keys::{self, KeyView};

/// Lists keys.
#[derive(Args)]
pub struct List {
    /// The workspace's slug
    #[arg(long, value_name = "SLUG")]
    workspace: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl List {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let keys = keys::all(&enter(caller, &self.workspace).await?.allow()?).await?;
            if self.json {
                return output::json(&keys.iter().map(as_json).collect());
            }
            let now = caller.latchkey().now();
            let rows: Vec<_> = keys.into_iter().map(|key| row(key, now)).collect();
            let titles = ["ID", "NAME", "STATUS", "PERMISSION", "ENVIRONMENT", "OWNER", "LAST USED", "EXPIRES", "KEY"];
            output::print(&output::table(titles, &rows))
        })
    }
}

fn row(key: KeyView, now: Timestamp) -> [String; 9] {
    let status = match key.status {
        Status::Disabled => "disabled",
        Status::Expired => "expired",
        Status::Exhausted => "exhausted",
        Status::Enabled => "enabled",
    };
    let permission = match key.permission {
        Permission::ReadOnly => "read_only",
        Permission::ReadWrite => "read_write",
    };
    // No key is both.
    let kind = match (key.gateway, key.url_credential) {
        (true, _) => ", gateway",
        (_, true) => ", URL",
        _ => "",
    };
    let expires =
        key.expires_at.map_or_else(|| "never".to_owned(), |end| if end <= now { end.ago(now) } else { end.ahead(now) });
    [
        key.id.to_string(),
        key.name,
        status.into(),
        format!("{permission}{kind}"),
        if key.environment.is_empty() { "–".into() } else { key.environment },
        key.owner_email,
        key.last_used_at.map_or_else(|| "never".into(), |at| at.ago(now)),
        expires,
        key.masked,
    ]
}
