//! `latchkey key disable|enable|delete`: a key by its id alone, whichever workspace it belongs to.

use crate::{
    commands::{as_operator, missing},
    config::Settings,
    failure::Failure,
    output,
};
use clap::Args;
use serde_json::json;
use server::{
    Error,
    auth::{Caller, ChangeKey, Grant},
    keys,
};
use std::io::{self, IsTerminal, Write};

/// Pauses a key, or lets it work again.
#[derive(Args)]
pub struct Change {
    /// The key's id
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Deletes a key.
#[derive(Args)]
pub struct Delete {
    #[command(flatten)]
    key: Change,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Change {
    /// Does it: `change` leaves the key in the state that `status` names.
    pub fn run(
        self,
        settings: &Settings,
        status: &str,
        change: impl AsyncFnOnce(&Grant<ChangeKey>, &str) -> Result<(), Error>,
    ) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let done = change(&self.reach(caller).await?, &self.id).await;
            done.map_err(|error| self.no_such_key(error))?;
            let text = format!("The key {} is {status}.", self.id);
            output::either(self.json, &json!({"id": self.id, "status": status}), &text)
        })
    }

    async fn reach(&self, caller: &Caller) -> Result<Grant<ChangeKey>, Failure> {
        let slug = keys::workspace_of(&caller.instance()?, &self.id).await;
        let slug = slug.map_err(|error| self.no_such_key(error))?;
        Ok(caller.in_workspace(&slug).await?.allow()?)
    }

    fn no_such_key(&self, error: Error) -> Failure {
        missing(error, &format!("there is no key with the id “{}”", self.id))
    }
}

impl Delete {
    /// Does it, having asked whoever sits at a terminal.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        let key = self.key;
        if !self.yes && io::stdin().is_terminal() {
            confirm(&key.id)?;
        }
        as_operator(settings, async |caller| {
            let name = keys::delete(&key.reach(caller).await?, &key.id, "").await;
            let name = name.map_err(|error| key.no_such_key(error))?;
            let text = format!("The key {}, “{}”, is deleted.", key.id, output::safe(&name));
            output::either(key.json, &json!({"id": key.id, "name": name, "status": "deleted"}), &text)
        })
    }
}

fn confirm(id: &str) -> Result<(), Failure> {
    let unheard = |error| Failure::doing("the terminal", error);
    let mut out = io::stderr().lock();
    write!(out, "Delete the key {} for ever? Type yes: ", output::safe(id)).map_err(unheard)?;
    out.flush().map_err(unheard)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(unheard)?;
    if answer.trim() == "yes" { Ok(()) } else { Err(Failure::failed("nothing was deleted")) }
}
