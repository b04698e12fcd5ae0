//! Settings: flags with environment variables of the same name, checked before anything starts. Every value is read as text
//! and refused here, so that a refusal is one line, names flag and variable, and never repeats a password in a URL.

use crate::failure::Failure;
use clap::Args;
use domain::key::Prefix;
use ipnet::IpNet;
use std::{
    fs,
    net::{IpAddr, SocketAddr},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// Where the installation lies: every command takes it.
#[derive(Args)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// Folder of the database and the master key, made if it is not there
    #[arg(
        long,
        global = true,
        env = "LATCHKEY_DATA_DIR",
        hide_env_values = true,
        value_name = "DIR",
        default_value = "./data"
    )]
    data_dir: PathBuf,
    /// The database: postgres://… or sqlite:FILE [default: sqlite:<data-dir>/latchkey.db]
    #[arg(long, global = true, env = "LATCHKEY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// File of the master key, made if it is not there [default: <data-dir>/master.key]
    #[arg(long, global = true, env = "LATCHKEY_MASTER_KEY_FILE", hide_env_values = true, value_name = "FILE")]
    master_key_file: Option<PathBuf>,
    /// Let MCP servers and model providers stand at private addresses: this machine's, and those of its network
    #[arg(long, global = true, env = "LATCHKEY_ALLOW_PRIVATE_UPSTREAMS", hide_env_values = true)]
    allow_private_upstreams: bool,
    /// Seconds that an MCP server may be silent while it is asked
    #[arg(
        long,
        global = true,
        env = "LATCHKEY_UPSTREAM_PATIENCE",
        hide_env_values = true,
        value_name = "SECONDS",
        default_value_t = server::Patience::default().upstream.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=3_600)
    )]
    upstream_patience: u64,
    /// First part of every key
    #[arg(
        long,
        global = true,
        env = "LATCHKEY_KEY_PREFIX",
        hide_env_values = true,
        value_name = "PREFIX",
        default_value = "lk"
    )]
    key_prefix: String,
    /// Form of the log on stderr: text or json
    #[arg(
        long,
        global = true,
        env = "LATCHKEY_LOG",
        hide_env_values = true,
        value_name = "FORM",
        default_value = "text"
    )]
    log: String,
}

/// Where the console is reached.
#[derive(Args)]
pub struct Address {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "LATCHKEY_ADDR", hide_env_values = true, default_value = "127.0.0.1:3000")]
    addr: String,
    /// Address that people use, such as `https://keys.example.com` [default: `http://ADDR`]
    #[arg(
        long,
        env = "LATCHKEY_PUBLIC_URL",
        hide_env_values = true,
        value_name = "URL",
        help = "Address that people use, such as https://keys.example.com [default: http://ADDR]"
    )]
    public_url: Option<String>,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogForm {
    /// For a person's terminal.
    Text,
    /// One object a line.
    Json,
}

impl Settings {
    /// What `server` is opened with. Makes the data directory if something goes into it.
    pub fn open(&self, public_url: String, trusted_proxies: Vec<IpNet>) -> Result<server::Config, Failure> {
        let database = self.database_url()?.parse();
        let database = database.map_err(|error| Failure::setting("--database-url", "LATCHKEY_DATABASE_URL", error))?;
        let prefix = self.prefix()?;
        if self.database_url.is_none() || self.master_key_file.is_none() {
            make_private(&self.data_dir)?;
        }
        let master_key_file = self.master_key_file.clone().unwrap_or_else(|| self.data_dir.join("master.key"));
        Ok(server::Config {
            database,
            public_url,
            prefix,
            trusted_proxies,
            cached_keys: server::CACHED_KEYS,
            usage_events_per_second: server::USAGE_EVENTS_PER_SECOND,
            usage_retention_days: server::USAGE_RETENTION_DAYS,
            master_key_file,
            allow_private_upstreams: self.allow_private_upstreams,
            ceilings: domain::model::Ceilings::default(),
            patience: server::Patience {
                upstream: std::time::Duration::from_secs(self.upstream_patience),
                ..server::Patience::default()
            },
            relay_memory: server::RELAY_MEMORY,
            metrics_token: None,
        })
    }

    /// The same for commands that work on its files alone.
    pub fn files(&self) -> Result<server::Config, Failure> {
        // No link is printed, and no request comes.
        self.open(String::new(), Vec::new())
    }

    /// The installation's key prefix.
    pub fn prefix(&self) -> Result<Prefix, Failure> {
        let prefix = Prefix::new(&self.key_prefix);
        prefix.map_err(|error| Failure::setting("--key-prefix", "LATCHKEY_KEY_PREFIX", error.message))
    }

    /// The form of the log.
    pub fn log_form(&self) -> Result<LogForm, Failure> {
        match self.log.as_str() {
            "text" => Ok(LogForm::Text),
            "json" => Ok(LogForm::Json),
            _ => Err(Failure::setting("--log", "LATCHKEY_LOG", "the log is text or json")),
        }
    }

    fn database_url(&self) -> Result<String, Failure> {
        match &self.database_url {
            Some(url) => Ok(url.clone()),
            None => match self.data_dir.join("latchkey.db").to_str() {
                Some(file) => Ok(format!("sqlite:{file}")),
                None => Err(Failure::setting("--data-dir", "LATCHKEY_DATA_DIR", "the path is not UTF-8")),
            },
        }
    }
}

impl Address {
    /// Where to listen.
    pub fn socket(&self) -> Result<SocketAddr, Failure> {
        let message = "give an IP address and a port, such as 127.0.0.1:3000";
        self.addr.parse().map_err(|_| Failure::setting("--addr", "LATCHKEY_ADDR", message))
    }

    /// The address that people use, given the one that is listened on.
    pub fn public_url(&self, socket: SocketAddr) -> Result<String, Failure> {
        match &self.public_url {
            Some(url) => check_public_url(url),
            None => Ok(format!("http://{}", reachable(socket))),
        }
    }
}

/// Everybody's address is nobody's: the machine itself reaches it at the loopback.
fn reachable(mut socket: SocketAddr) -> SocketAddr {
    if socket.ip().is_unspecified() {
        socket.set_ip(if socket.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    socket
}

fn check_public_url(url: &str) -> Result<String, Failure> {
    let host =
        url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).map(|rest| rest.trim_end_matches('/'));
    match host {
        Some(host) if !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b)) => {
            Ok(url.trim_end_matches('/').to_owned())
        }
        _ => {
            let message = "give scheme, host and perhaps a port, such as https://keys.example.com";
            Err(Failure::setting("--public-url", "LATCHKEY_PUBLIC_URL", message))
        }
    }
}

/// Proxies from a list of addresses and blocks, separated by commas.
pub fn proxies(list: &str) -> Result<Vec<IpNet>, Failure> {
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            entry.parse::<IpNet>().ok().or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from)).ok_or_else(|| {
                let message = format!("“{entry}” is neither an address nor a block such as 10.0.0.0/8");
                Failure::setting("--trusted-proxies", "LATCHKEY_TRUSTED_PROXIES", message)
            })
        })
        .collect()
}

fn make_private(dir: &Path) -> Result<(), Failure> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|error| Failure::doing(format!("--data-dir (LATCHKEY_DATA_DIR): {}", dir.display()), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls() {
        assert_eq!(check_public_url("https://keys.example.com/").ok().as_deref(), Some("https://keys.example.com"));
        assert!(check_public_url("http://[::1]:3000").is_ok());
        for bad in ["", "keys.example.com", "ftp://a", "https://", "https://a/console", "https://a b", "https://u@a"] {
            assert!(check_public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn trusted_proxies() {
        assert_eq!(proxies("10.0.0.0/8, ::1,").unwrap().len(), 2);
        assert!(proxies("").unwrap().is_empty());
        assert!(proxies("10.0.0.0/33").is_err());
    }

    #[test]
    fn an_unspecified_address_is_reached_at_the_loopback() {
        assert_eq!(reachable("0.0.0.0:80".parse().unwrap()).to_string(), "127.0.0.1:80");
        assert_eq!(reachable("[::]:80".parse().unwrap()).to_string(), "[::1]:80");
    }
}
