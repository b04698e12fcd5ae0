//! `latchkey notices`: what the keys page of each workspace warns of, for cron. Says nothing where there is nothing to say,
//! so that cron sends no mail then.

use super::{as_operator, enter};
use crate::{config::Settings, failure::Failure, output};
use clap::Args;
use serde_json::{Value, json};
use server::{
    keys::{self, Noticed, Notices as Found},
    workspaces,
};
use std::fmt::Write;

/// Tells what keys need a look.
#[derive(Args)]
pub struct Notices {
    /// Only this workspace, by its slug
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Notices {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let slugs = match &self.workspace {
                Some(slug) => vec![slug.clone()],
                None => workspaces::list(&caller.instance()?).await?.into_iter().map(|place| place.slug).collect(),
            };
            let (mut lines, mut found) = (String::new(), Vec::new());
            for slug in slugs {
                let place = enter(caller, &slug).await?;
                let notices = keys::notices(&place.clone().allow()?, &place).await?;
                if self.json {
                    found.push(as_json(&slug, &notices));
                } else if !notices.is_empty() {
                    let _ = writeln!(lines, "{slug}: {}", notices.parts().join(", "));
                }
            }
            match (self.json, lines.is_empty()) {
                (true, _) => output::json(&found.into()),
                (false, true) => Ok(()),
                (false, false) => output::print(&lines),
            }
        })
    }
}

fn as_json(slug: &str, notices: &Found) -> Value {
    json!({
        "workspace": slug,
        "exhausted": kind(&notices.exhausted),
        "near_cap": kind(&notices.near_cap),
        "expiring": kind(&notices.expiring),
        "unused": kind(&notices.unused),
        "tried": kind(&notices.tried),
    })
}

/// How many there are, and the first of them.
fn kind(noticed: &Noticed) -> Value {
    let keys = noticed.keys.iter().map(|noticed| {
        let mut key = super::key::as_json(&noticed.key);
        key["refused_at"] = noticed.tried_at.map(domain::time::Timestamp::rfc3339).into();
        key["refused_address"] = noticed.tried_from.as_str().into();
        key
    });
    json!({"count": noticed.count, "more": noticed.count_is_floor, "keys": keys.collect::<Vec<_>>()})
}
