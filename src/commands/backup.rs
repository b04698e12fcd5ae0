//! `latchkey backup`: the database in one file, made beside a running server. What it says about the copy, `latchkey restore`
//! says too.

use super::runtime;
use crate::{config::Settings, failure::Failure, output};
use clap::Args;
use serde_json::{Value, json};
use server::backup::{self, Copied};
use std::path::{Path, PathBuf};

/// Copies the database.
#[derive(Args)]
pub struct Backup {
    /// The file to make
    file: PathBuf,
    /// Take the place of a file that is there
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        let config = settings.files()?;
        let copied = runtime()?.block_on(backup::backup(&config, &self.file, self.force));
        let copied = copied.map_err(|error| Failure::failed(error.to_string()))?;
        let said = format!("{} holds {}.\n{}", self.file.display(), contents(&copied), about_master_key(&copied));
        output::either(self.json, &described(&self.file, &copied), &said)
    }
}

/// The fields that both commands print with `--json`.
pub fn described(file: &Path, copied: &Copied) -> Value {
    let needs = copied.needs.iter();
    json!({
        "file": file.display().to_string(),
        "bytes": copied.holdings.bytes,
        "version": copied.holdings.version,
        "users": copied.holdings.users,
        "workspaces": copied.holdings.workspaces,
        "keys": copied.holdings.keys,
        "master_keys": needs
            .map(|need| json!({"id": need.id, "secrets": need.secrets, "at_hand": need.at_hand}))
            .collect::<Vec<_>>(),
    })
}

/// What it holds, in words.
pub fn contents(copied: &Copied) -> String {
    let holdings = &copied.holdings;
    let parts = [count(holdings.keys, "key"), count(holdings.users, "user"), count(holdings.workspaces, "workspace")];
    format!("{}, {} and {}", parts[0], parts[1], parts[2])
}

fn count(number: i64, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// Which master key it needs. That is in no backup: who finds the one must not have the other.
pub fn about_master_key(copied: &Copied) -> String {
    if copied.needs.is_empty() {
        return "The master key is not in it. No secrets are kept, so it works with any.".into();
    }
    let needs = copied.needs.iter().map(|need| {
        let whose = if need.at_hand {
            "the one in this installation's file"
        } else {
            "which is NOT in this installation's file"
        };
        let secrets = count(need.secrets, "sealed secret");
        format!("\nIt needs the master key {} ({secrets}), {whose}.", need.id)
    });
    let advice = "The master key is not in it. Keep its file apart: without it, kept secrets can't be revealed, and \
                  the credentials of servers and providers have to be typed again.";
    [advice.to_owned()].into_iter().chain(needs).collect()
}
