//! The servers behind the gateway and the relay: the MCP project's reference server and a mock of OpenAI's API, both of npm,
//! where they are installed, and the bare ones.

use crate::{
    Outcome,
    cores::{Cores, pinned},
    process::Server,
};
use std::{env, fs, path::PathBuf};
use tempfile::TempDir;
use tokio::process::Command;

/// The folders of the installed packages; set by `scripts/bench.sh`.
const REFERENCE: &str = "BENCH_MCP_REFERENCE";
const PROVIDER: &str = "BENCH_PROVIDER_REFERENCE";

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
        let Some(installed) = installed(REFERENCE) else { return Ok(None) };
        let folder = folder()?;
        let before = folder.path().join("reference.mjs");
        fs::write(&before, include_str!("reference.mjs"))?;
        let mut command = node(cores);
        command.arg("--import").arg(&before).arg(installed.join("dist/index.js")).arg("streamableHttp");
        let server = Server::start(command, &folder.path().join("log")).await?;
        let url = format!("{}/mcp", server.url);
        Ok(Some(Self { name: "reference", slug: "reference", url, server, _folder: folder }))
    }

    /// The mock of OpenAI's API; `None` where it is not installed.
    pub async fn mock_provider(cores: Option<Cores>) -> Outcome<Option<Self>> {
        let Some(installed) = installed(PROVIDER) else { return Ok(None) };
        let folder = folder()?;
        let script = folder.path().join("provider.mjs");
        fs::write(&script, include_str!("../relay/provider.mjs"))?;
        let mut command = node(cores);
        command.arg(&script).arg(installed.join("dist/index.js"));
        let server = Server::start(command, &folder.path().join("log")).await?;
        let url = format!("{}/v1", server.url);
        Ok(Some(Self { name: "aimock", slug: "aimock", url, server, _folder: folder }))
    }
}

fn installed(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty())
}

/// Node.js, with nothing of this environment that some tool could tell.
fn node(cores: Option<Cores>) -> Command {
    let mut command = pinned(cores.map(|cores| cores.server), "node");
    command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default()).env("NODE_ENV", "production");
    command
}

fn folder() -> Outcome<TempDir> {
    Ok(tempfile::Builder::new().prefix("latchkey-bench-").tempdir()?)
}
