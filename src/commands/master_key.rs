//! `latchkey master-key`: the key under which recoverable secrets are sealed.

use super::as_operator;
use crate::{config::Settings, failure::Failure, output};
use clap::{Args, Subcommand};
use serde_json::json;
use server::sealing;

/// The master key.
#[derive(Subcommand)]
pub enum MasterKey {
    /// Make a new one and seal every kept secret anew under it, beside a running server
    Rotate(Rotate),
}

/// Makes a new master key.
#[derive(Args)]
pub struct Rotate {
    /// Erase what the master key at hand does not open, for one that is lost. Keys go on working; credentials of MCP servers and
    /// model providers have to be typed again
    #[arg(long)]
    forget_unreadable: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl MasterKey {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        let Self::Rotate(Rotate { forget_unreadable, json }) = self;
        as_operator(settings, async |caller| {
            let done = sealing::rotate(&caller.instance()?, forget_unreadable).await?;
            if done.unreadable > 0 {
                return Err(Failure::failed(format!(
                    "{} secrets are not opened by the master key at hand; the one before is kept until they are. With the \
                     right file this goes on where it stopped; --forget-unreadable erases them: kept secrets of keys, and credentials of servers and providers",
                    done.unreadable
                )));
            }
            let said = format!("The master key is new; {} secrets are sealed under it.", done.resealed);
            output::either(json, &json!({ "resealed": done.resealed }), &said)
        })
    }
}
