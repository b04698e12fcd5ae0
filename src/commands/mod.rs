//! The commands, one module each. What they share stands here: the list of them, and opening the database beside whatever
//! server may be running on it.

mod audit;
mod backup;
mod ceilings;
mod demo;
mod key;
mod logging;
mod master_key;
mod notices;
mod places;
mod restore;
mod serve;
mod site;
mod user;
mod whoami;
mod workspace;

use crate::{arguments::CommandLine, config::Settings, environment, failure::Failure};
use clap::Subcommand;
use server::{
    Clock, Error, Random,
    auth::{Caller, InWorkspace},
};

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Serve the console and the data plane
    Serve(Box<serve::Serve>),
    /// Users: who may sign in
    #[command(subcommand)]
    User(user::User),
    /// Workspaces and their members
    #[command(subcommand)]
    Workspace(workspace::Workspace),
    /// Keys
    #[command(subcommand)]
    Key(key::Key),
    /// The key under which recoverable secrets are sealed
    #[command(subcommand)]
    MasterKey(master_key::MasterKey),
    /// Copy the database into a file, beside a running server
    Backup(backup::Backup),
    /// Put a backup in the database's place, while no server runs
    Restore(restore::Restore),
    /// Print the audit log, newest first
    Audit(audit::Audit),
    /// Tell which keys need a look, for cron: nothing where there is nothing to say
    Notices(notices::Notices),
    /// Ask a running Latchkey which key this is
    #[command(about = "Ask the Latchkey at LATCHKEY_URL about the key in LATCHKEY_API_KEY")]
    Whoami(whoami::Whoami),
    /// Fill an empty database with believable sample data
    Demo(demo::Demo),
}

/// Does it.
pub fn run(command_line: CommandLine) -> Result<(), Failure> {
    environment::check()?;
    let CommandLine { settings, command } = command_line;
    let form = settings.log_form()?;
    logging::start(form, matches!(command, Command::Serve(_)))?;
    match command {
        Command::Serve(serve) => serve.run(&settings),
        Command::User(user) => user.run(&settings),
        Command::Workspace(workspace) => workspace.run(&settings),
        Command::Key(key) => key.run(&settings),
        Command::MasterKey(master_key) => master_key.run(&settings),
        Command::Backup(backup) => backup.run(&settings),
        Command::Restore(restore) => restore.run(&settings),
        Command::Audit(audit) => audit.run(&settings),
        Command::Notices(notices) => notices.run(&settings),
        Command::Whoami(whoami) => whoami.run(),
        Command::Demo(demo) => demo.run(&settings),
    }
}

/// Opens the database, does `work` as the operator, and closes it: what is still waiting is written, whether or not the
/// work succeeded.
fn as_operator(settings: &Settings, work: impl AsyncFnOnce(&Caller) -> Result<(), Failure>) -> Result<(), Failure> {
    as_operator_at(settings, Clock::system(), work)
}

/// The same by another clock.
fn as_operator_at(
    settings: &Settings,
    clock: Clock,
    work: impl AsyncFnOnce(&Caller) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // Nobody is shown this address: none of the commands prints a link.
    let config = settings.open("http://127.0.0.1:3000".into(), Vec::new())?;
    runtime()?.block_on(async {
        let latchkey = server::open(config, clock, Random::system()).await;
        let latchkey = latchkey.map_err(|error| Failure::failed(error.to_string()))?;
        let done = work(&Caller::operator(&latchkey)).await;
        latchkey.shut_down().await;
        done
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::doing("threads", error))
}

/// The operator in a workspace.
async fn enter(caller: &Caller, slug: &str) -> Result<InWorkspace, Failure> {
    caller
        .in_workspace(slug)
        .await
        .map_err(|error| missing(error, &format!("--workspace: there is no workspace “{slug}”")))
}

/// The failure of an error, with words for what is not there.
fn missing(error: Error, words: &str) -> Failure {
    match error {
        Error::NotFound => Failure::failed(words),
        other => other.into(),
    }
}
