//! `latchkey demo`: fills an empty database with two workspaces and what happened in them within 120 days. The history is
//! not written, it is lived through: `replay` turns the clock and calls the same use-cases as everybody.

mod events;
mod keys;
mod replay;
mod story;

use super::as_operator_at;
use crate::{
    config::{Address, Settings},
    failure::Failure,
    output,
};
use clap::Args;
use domain::{random::base62, time::DAY};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use server::{Clock, Random, auth::Caller, users, workspaces};
use story::PEOPLE;

/// Fills an empty database.
#[derive(Args)]
pub struct Demo {
    #[command(flatten)]
    address: Address,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Demo {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        let url = self.address.public_url(self.address.socket()?)?;
        let now = Clock::system().now();
        let (clock, hand) = Clock::manual(now.plus(-story::DAYS * DAY));
        as_operator_at(settings, clock, async |caller| {
            refuse_if_in_use(caller).await?;
            let passwords = PEOPLE.map(|_| fresh_password());
            replay::replay(caller, &hand, now, &passwords).await?;
            self.tell(&url, &passwords)
        })
    }

    fn tell(&self, url: &str, passwords: &[SecretString]) -> Result<(), Failure> {
        let sign_ins = PEOPLE.iter().zip(passwords).map(|(person, password)| {
            [person.name, person.role, person.email, password.expose_secret()].map(str::to_owned)
        });
        let sign_ins: Vec<[String; 4]> = sign_ins.collect();
        if self.json {
            let told = sign_ins.iter().map(|[name, role, email, password]| {
                json!({"name": name, "role": role, "email": email, "password": password})
            });
            return output::json(&json!({
                "console": url,
                "workspaces": story::WORKSPACES.map(|workspace| workspace.slug),
                "keys": story::LISTED,
                "deleted_keys": story::DELETED,
                "sign_ins": told.collect::<Vec<_>>(),
            }));
        }
        let table = output::table(["NAME", "ROLE", "E-MAIL", "PASSWORD"], &sign_ins);
        output::print(&format!(
            "Sample data: {} workspaces, {} people, {} keys and {} deleted ones.\n\n{table}\nThe console, once `latchkey serve` runs: {url}",
            story::WORKSPACES.len(),
            PEOPLE.len(),
            story::LISTED,
            story::DELETED,
        ))
    }
}

async fn refuse_if_in_use(caller: &Caller) -> Result<(), Failure> {
    let grant = caller.instance()?;
    if users::list(&grant).await?.is_empty() && workspaces::list(&grant).await?.is_empty() {
        return Ok(());
    }
    Err(Failure::failed("demo: the database is in use; sample data goes into an empty one (see --data-dir)"))
}

fn fresh_password() -> SecretString {
    Random::system().with(|rng| base62(rng, 16)).into()
}
