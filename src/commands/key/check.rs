//! `latchkey key check`: is this text a key of ours? Offline, by form, checksum and prefix alone; it says nothing about
//! whether the key was ever made or still works, and never repeats it.

use crate::{config::Settings, failure::Failure, output};
use clap::Args;
use domain::key::{Form, Malformed};
use serde_json::json;
use std::io::{self, Read};

/// More than any key has.
const STDIN_MOST: u64 = 4_096;

/// Checks the form of a key.
#[derive(Args)]
pub struct Check {
    /// The text, or - to read it from stdin, which keeps it out of the shell's history
    #[arg(value_name = "KEY", allow_hyphen_values = true)]
    text: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        let ours = settings.prefix()?;
        let text = if self.text == "-" { from_stdin()? } else { self.text };
        let (form, wrong) = match Form::parse(text.trim()) {
            Ok(form) if form.prefix == ours.as_str() => (Some(form), None),
            Ok(form) => (Some(form), Some(Malformed::Prefix)),
            Err(malformed) => (None, Some(malformed)),
        };
        let prefix = form.as_ref().map(|form| form.prefix);
        let id = form.as_ref().map(|form| form.id);
        if self.json {
            let (code, message) = (wrong.map(code), wrong.map(|wrong| wrong.to_string()));
            let valid = wrong.is_none();
            output::json(&json!({"valid": valid, "code": code, "message": message, "prefix": prefix, "id": id}))?;
        }
        match (wrong, prefix, id) {
            (None, Some(prefix), Some(id)) if !self.json => {
                output::print(&format!("It has the form of a key: prefix {prefix}, id {id}, the checksum matches."))
            }
            (None, ..) => Ok(()),
            (Some(wrong), Some(prefix), Some(id)) => {
                let ours = ours.as_str();
                Err(Failure::failed(format!("not a key of this installation: {wrong} ({prefix}, not {ours}; id {id})")))
            }
            (Some(wrong), ..) => Err(Failure::failed(format!("not a key: {wrong}"))),
        }
    }
}

fn code(wrong: Malformed) -> &'static str {
    match wrong {
        Malformed::Form => "form",
        Malformed::Checksum => "checksum",
        Malformed::Prefix => "prefix",
    }
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().take(STDIN_MOST).read_to_string(&mut text);
    read.map_err(|error| Failure::doing("stdin", error))?;
    Ok(text)
}
