//! Where the console's files lie: scripts, WebAssembly and styles that the build put beside the program. Found from the
//! program itself, so that it may be started from any folder.

use crate::failure::Failure;
use leptos::config::{Env, LeptosOptions};
use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The folder of the files below the site's.
const PKG: &str = "pkg";

/// What Leptos needs to know, with the site's folder found.
pub fn options(socket: SocketAddr) -> Result<LeptosOptions, Failure> {
    let program = env::current_exe().map_err(|error| Failure::doing("the program's own path", error))?;
    let beside = program.parent().unwrap_or(Path::new("."));
    let root = match env::var_os("LEPTOS_SITE_ROOT") {
        Some(named) => found(vec![named.into()]),
        None => found(vec![beside.join("site"), beside.join("../site")]),
    };
    let Some(root) = root.as_deref().and_then(Path::to_str) else {
        let advice = "build it with `make build`, or name their folder in LEPTOS_SITE_ROOT";
        return Err(Failure::failed(format!("the console's files are not beside the program: {advice}")));
    };
    // cargo-leptos writes it beside the program when it puts hashes into the files' names.
    let hashed = beside.join("hash.txt").is_file();
    let watching = env::var_os("LEPTOS_WATCH").is_some();
    Ok(LeptosOptions::builder()
        .output_name("latchkey")
        .site_root(root)
        .site_pkg_dir(PKG)
        .site_addr(socket)
        .env(if watching { Env::DEV } else { Env::PROD })
        .hash_files(hashed)
        .build())
}

fn found(candidates: Vec<PathBuf>) -> Option<PathBuf> {
    candidates.into_iter().find(|folder| folder.join(PKG).is_dir())
}
