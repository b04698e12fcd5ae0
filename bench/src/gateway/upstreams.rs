//! The MCP servers behind the gateway: the MCP project's reference server of npm, where it is installed, and the bare one.

use crate::{
    Outcome,
    cores::{Cores, pinned},
    process::Server,
};
use std::{env, fs, path::PathBuf};
use tempfile::TempDir;

/// The folder of the installed package; set by `scripts/bench.sh`.
const REFERENCE: &str = "BENCH_MCP_REFERENCE";

/// A running server.
pub struct Upstream {
    /// As the tables call it.
    pub name: &'static str,
    /// As Latchkey calls it.
    pub slug: &'static str,
    /// Where it speaks MCP.
    pub url: String,
    /// The process.
    pub server: Server,
    // Held: its log goes with it.
    _folder: TempDir,
}

impl Upstream {
    /// The bare one ([`super::bare`]).
    pub async fn bare(cores: Option<Cores>) -> Outcome<Self> {
        Self::own(cores, "bare-mcp", "/mcp").await
    }

    /// The bare provider of models ([`crate::relay`]).
    pub async fn provider(cores: Option<Cores>) -> Outcome<Self> {
        Self::own(cores, "bare-provider", "/v1").await
    }

    /// This program, as another one.
    async fn own(cores: Option<Cores>, command_name: &str, path: &str) -> Outcome<Self> {
        let folder = folder()?;
        let mut command = pinned(cores.map(|cores| cores.server), env::current_exe()?);
        command.arg(command_name);
        let server = Server::start(command, &folder.path().join("log")).await?;
        Ok(Self { name: "bare", slug: "bare", url: format!("{}{path}", server.url), server, _folder: folder })
    }

    /// The reference server; `None` where it is not installed.
    pub async fn reference(cores: Option<Cores>) -> Outcome<Option<Self>> {
        let Some(installed) = env::var_os(REFERENCE).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty())
        else {
            return Ok(None);
        };
        let folder = folder()?;
        let before = folder.path().join("reference.mjs");
        fs::write(&before, include_str!("reference.mjs"))?;
        let mut command = pinned(cores.map(|cores| cores.server), "node");
        command.arg("--import").arg(&before).arg(installed.join("dist/index.js")).arg("streamableHttp");
        // One of its tools tells its environment.
        command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default()).env("NODE_ENV", "production");
        let server = Server::start(command, &folder.path().join("log")).await?;
        let url = format!("{}/mcp", server.url);
        Ok(Some(Self { name: "reference", slug: "reference", url, server, _folder: folder }))
    }
}

fn folder() -> Outcome<TempDir> {
    Ok(tempfile::Builder::new().prefix("latchkey-bench-").tempdir()?)
}
