//! `latchkey restore`: a backup in the database's place, while no server runs.

use super::{
    backup::{about_master_key, contents, described},
    runtime,
};
use crate::{config::Settings, failure::Failure, output};
use clap::Args;
use server::{Clock, backup};
use std::path::PathBuf;

/// Puts a backup back.
#[derive(Args)]
pub struct Restore {
    /// The file that latchkey backup made
    file: PathBuf,
    /// Take the place of a database that is there; it is kept beside the restored one
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Restore {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        let config = settings.files()?;
        let restored = runtime()?.block_on(backup::restore(&config, &self.file, self.force, &Clock::system()));
        let restored = restored.map_err(|error| Failure::failed(error.to_string()))?;
        let mut value = described(&self.file, &restored);
        let before = restored.before.as_ref().map(|file| file.display().to_string());
        let aside =
            before.as_ref().map(|before| format!("The database that was there is {before}.\n")).unwrap_or_default();
        let said = format!(
            "The database holds {} now.\n{}\n{aside}A key that was disabled or deleted after the backup works again: disable it \
             before you start the server.",
            contents(&restored),
            about_master_key(&restored)
        );
        value["before"] = before.into();
        output::either(self.json, &value, &said)
    }
}
