//! Starts `latchkey serve` on a database that was filled before, as somebody would: only address and database are set, and
//! no setting of this shell's reaches it. Its log goes to a file, at its usual level.

use crate::{
    Outcome,
    cores::{Cores, pinned},
    database::Database,
    process::Server,
};
use std::{env, path::Path};

/// Starts it on a free port of the loopback.
pub async fn serve(program: &Path, database: &Database, cores: Option<Cores>) -> Outcome<Server> {
    serve_with(program, database, cores, &[], "server.log").await
}

/// The same with some settings more, and its log in a file of that name.
pub async fn serve_with(
    program: &Path,
    database: &Database,
    cores: Option<Cores>,
    settings: &[(&str, String)],
    log: &str,
) -> Outcome<Server> {
    let mut command = pinned(cores.map(|cores| cores.server), program);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("LATCHKEY_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command.args(["serve", "--addr", "127.0.0.1:0", "--data-dir"]).arg(database.folder());
    // Not as a flag: it may hold a password, and everybody sees the flags.
    command.env("LATCHKEY_DATABASE_URL", database.url());
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    Server::start(command, &database.folder().join(log)).await
}
