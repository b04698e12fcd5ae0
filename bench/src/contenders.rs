//! The servers that stand beside each other, each with keys of its own to be asked with: Latchkey, the bare server in three
//! kinds, Debian's nginx, better-auth. What is not installed is left out.

use crate::{
    Outcome,
    cores::{Cores, pinned},
    database::{Database, Engine},
    latchkey,
    load::{Case, Load, Surface},
    probe,
    process::Server,
    seed::{Wanted, seed},
};
use std::{
    env,
    fmt::Write,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The folder in which better-auth is installed; set by `scripts/bench.sh`.
const BETTER_AUTH: &str = "BENCH_BETTER_AUTH";
/// The database of a bare server that has one. Not a flag: it may hold a password, and everybody sees the flags.
pub const BARE_DATABASE: &str = "BENCH_BARE_DATABASE_URL";

/// A server and its load.
pub struct Contender {
    /// As the tables call it.
    pub name: &'static str,
    /// Running.
    pub server: Server,
    /// With its keys.
    pub load: Load,
    /// One of its keys, which may ask about others.
    pub key: String,
    // Held: its files and its database go with it.
    _folder: Option<TempDir>,
    database: Option<Database>,
}

/// The keys that all but better-auth and the second Latchkey know, in a file, and where everybody runs.
pub struct Keys<'a> {
    /// One a line; the first may ask about others.
    pub file: &'a Path,
    /// That one.
    pub gateway: &'a str,
    /// The cores.
    pub cores: Option<Cores>,
}

impl Contender {
    /// Latchkey on a SQLite database of its own with so many keys.
    pub async fn latchkey(
        name: &'static str,
        program: &Path,
        cores: Option<Cores>,
        keys: u32,
        settings: &[(&str, String)],
    ) -> Outcome<Self> {
        let database = Database::fresh(Engine::Sqlite).await?;
        let seeded = seed(&database, &[Wanted { slug: "bench", keys, lived_in: false }]).await?;
        let file = database.folder().join("keys");
        fs::write(&file, seeded.keys.concat().join("\n"))?;
        let key = seeded.keys.concat().into_iter().next().ok_or("no keys")?;
        let server = latchkey::serve_with(program, &database, cores, settings, "server.log").await?;
        let load = Load::prepare(database.folder(), &file, &key, cores)?;
        Ok(Self { name, server, load, key, _folder: None, database: Some(database) })
    }

    /// The file of its keys.
    pub fn keys(&self) -> &Path {
        self.load.keys(Case::Good)
    }

    /// The bare server; with a look-up a key in that database, or from memory.
    pub async fn bare(name: &'static str, keys: &Keys<'_>, engine: Option<Engine>) -> Outcome<Self> {
        let database = match engine {
            Some(engine) => Some(Database::fresh(engine).await?),
            None => None,
        };
        let folder = folder()?;
        let mut command = pinned(keys.cores.map(|cores| cores.server), env::current_exe()?);
        command.arg("bare").arg(keys.file).env_remove(BARE_DATABASE);
        if let Some(database) = &database {
            command.env(BARE_DATABASE, database.url());
        }
        let started = async {
            let server = Server::start(command, &folder.path().join("log")).await?;
            Ok((server, Load::prepare(folder.path(), keys.file, keys.gateway, keys.cores)?))
        };
        let started: Outcome<_> = started.await;
        let (server, load) = match (started, database.as_ref()) {
            (Ok(started), _) => started,
            (Err(error), None) => return Err(error),
            (Err(error), Some(_)) => {
                if let Some(database) = database {
                    database.remove().await?;
                }
                return Err(error);
            }
        };
        Ok(Self { name, server, load, key: keys.gateway.to_owned(), _folder: Some(folder), database })
    }

    /// nginx with the keys in a `map` of its configuration; `None` where it is not installed.
    pub async fn nginx(name: &'static str, keys: &Keys<'_>) -> Outcome<Option<Self>> {
        let Some(program) = find("nginx") else { return Ok(None) };
        let folder = folder()?;
        // Free a moment ago; nobody else starts servers here meanwhile.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration(&fs::read_to_string(keys.file)?, keys.gateway, &address, folder.path()))?;
        let mut command = pinned(keys.cores.map(|cores| cores.server), program);
        command.args(["-e", "stderr", "-p"]).arg(folder.path()).arg("-c").arg(&file);
        let server = Server::start_at(command, &address, &folder.path().join("log")).await?;
        let load = Load::prepare(folder.path(), keys.file, keys.gateway, keys.cores)?;
        let key = keys.gateway.to_owned();
        Ok(Some(Self { name, server, load, key, _folder: Some(folder), database: None }))
    }

    /// better-auth with keys of its own; `None` where it is not installed.
    pub async fn better_auth(name: &'static str, cores: Option<Cores>) -> Outcome<Option<Self>> {
        let Some(installed) = env::var_os(BETTER_AUTH).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty())
        else {
            return Ok(None);
        };
        let folder = folder()?;
        let file = folder.path().join("keys");
        let mut command = pinned(cores.map(|cores| cores.server), "node");
        command.arg(installed.join("server.mjs")).arg(&file).env("NODE_ENV", "production");
        let server = Server::start(command, &folder.path().join("log")).await?;
        let key = fs::read_to_string(&file)?.lines().next().ok_or("no keys")?.to_owned();
        let load = Load::prepare(folder.path(), &file, &key, cores)?;
        Ok(Some(Self { name, server, load, key, _folder: Some(folder), database: None }))
    }

    /// The size of its answer to that question; an error if it is not the right one.
    pub async fn answer(&self, surface: Surface, case: Case) -> Outcome<probe::Size> {
        let file = fs::read_to_string(self.load.keys(case))?;
        let key = file.lines().last().ok_or("no keys")?;
        probe::ask(&self.server.url, surface, case, key, &self.key).await
    }

    /// Drops its database, where that lies on a server.
    pub async fn remove(self) -> Outcome<()> {
        let Self { server, database, .. } = self;
        drop(server);
        match database {
            Some(database) => database.remove().await,
            None => Ok(()),
        }
    }
}

fn folder() -> Outcome<TempDir> {
    Ok(tempfile::Builder::new().prefix("latchkey-bench-").tempdir()?)
}

/// The program of that name: on the path, or where Debian keeps what root starts.
fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// One process, no log of requests, a map of the keys in the clear: nothing is hashed.
fn configuration(keys: &str, gateway: &str, address: &str, folder: &Path) -> String {
    let folder = folder.display();
    let mut entries = String::new();
    for key in keys.lines() {
        let _ = writeln!(entries, "    \"Bearer {key}\" {};", key.split('_').nth(1).unwrap_or_default());
    }
    format!(
        r#"daemon off;
master_process off;
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map_hash_max_size 262144;
  map_hash_bucket_size 256;
  map $http_authorization $key {{
    default "";
{entries}  }}
  map $http_x_latchkey_gateway_key $gateway {{
    default "";
    "{gateway}" 1;
  }}
  server {{
    listen {address};
    location = /api/me {{
      default_type application/json;
      if ($key = "") {{ return 401; }}
      return 200 '{me}';
    }}
    location = /api/v1/forward-auth {{
      if ($key = "") {{ return 401; }}
      if ($gateway = "") {{ return 401; }}
      add_header x-latchkey-key $key;
      add_header x-latchkey-owner "bench@example.com";
      add_header x-latchkey-workspace bench;
      add_header x-latchkey-environment prod;
      add_header x-latchkey-permission read_write;
      return 204;
    }}
  }}
}}
"#,
        me = crate::bare::me_of("$key")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nginx_knows_every_key() {
        let text = configuration("lk_AAAAAAAA_x\nlk_BBBBBBBB_y\n", "lk_AAAAAAAA_x", "127.0.0.1:1", Path::new("/f"));
        assert!(
            text.contains("    \"Bearer lk_AAAAAAAA_x\" AAAAAAAA;\n    \"Bearer lk_BBBBBBBB_y\" BBBBBBBB;\n"),
            "{text}"
        );
        assert!(text.contains("    \"lk_AAAAAAAA_x\" 1;\n") && text.contains("listen 127.0.0.1:1;"), "{text}");
        assert!(text.contains(r#"return 200 '{"key":{"id":"$key","#), "{text}");
    }
}
