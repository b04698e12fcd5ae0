//! `latchkey whoami`: asks a running Latchkey which key this is, whose, and what it may do. The key is taken from the
//! environment and sent as any client would send it; it is never printed.

use crate::{failure::Failure, output};
use clap::Args;
use serde_json::Value;
use std::{env, fmt::Write, time::Duration};
use ureq::Agent;

/// Asks about a key.
#[derive(Args)]
pub struct Whoami {
    /// Print the answer's JSON
    #[arg(long)]
    json: bool,
}

impl Whoami {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        let missing = || Failure::usage("LATCHKEY_API_KEY: set it to the key to ask about");
        let key = env::var("LATCHKEY_API_KEY").ok().filter(|key| !key.trim().is_empty()).ok_or_else(missing)?;
        let url = env::var("LATCHKEY_URL").unwrap_or_else(|_| "http://127.0.0.1:3000".into());
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::usage("LATCHKEY_URL: give an address such as http://127.0.0.1:3000"));
        }
        let (status, body) = ask(url.trim_end_matches('/'), key.trim())?;
        let answer: Option<Value> = serde_json::from_str(&body).ok().filter(Value::is_object);
        let Some(answer) = answer else {
            return Err(Failure::failed(format!("LATCHKEY_URL: no Latchkey answers there (HTTP status {status})")));
        };
        if status == 200 {
            return output::either(self.json, &answer, &told(&answer));
        }
        if self.json {
            output::json(&answer)?;
        }
        let error = |field| text(&answer, &["error", field]);
        Err(Failure::failed(format!("{}: {}", error("code"), error("message"))))
    }
}

fn ask(url: &str, key: &str) -> Result<(u16, String), Failure> {
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::usage("LATCHKEY_API_KEY: this is no key"));
    }
    // A key is for the address that was named: redirects are not followed.
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
    let agent: Agent = config.timeout_global(Some(Duration::from_secs(15))).build().into();
    let request = agent.get(format!("{url}/api/me")).header("authorization", format!("Bearer {key}"));
    let mut response = request.call().map_err(|error| Failure::doing("LATCHKEY_URL", error))?;
    let body = response.body_mut().read_to_string().map_err(|error| Failure::doing("LATCHKEY_URL", error))?;
    Ok((response.status().as_u16(), body))
}

/// The answer as a person reads it.
fn told(answer: &Value) -> String {
    let say = |path: &[&str]| output::safe(&text(answer, path));
    let expiry = text(answer, &["limits", "expires_at"]);
    let mut told = String::new();
    for (title, value) in [
        ("Key", format!("{} ({})", say(&["key", "name"]), say(&["key", "id"]))),
        ("Environment", say(&["key", "environment"])),
        ("Permission", say(&["key", "permission"])),
        ("Owner", format!("{} <{}>, {}", say(&["owner", "name"]), say(&["owner", "email"]), say(&["owner", "role"]))),
        ("Workspace", format!("{} ({})", say(&["workspace", "name"]), say(&["workspace", "slug"]))),
        ("Expires", if expiry.is_empty() { "never".into() } else { output::safe(&expiry) }),
        ("Addresses", addresses(answer)),
        ("Rate", rate(answer)),
        ("Models", models(answer)),
        ("Spend", spend(answer)),
    ] {
        let value = if value.is_empty() { "–" } else { &value };
        let _ = writeln!(told, "{title:<13}{value}");
    }
    told
}

/// From where the key works.
fn addresses(answer: &Value) -> String {
    let entries = answer["limits"]["allow_ip"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let entries: Vec<_> = entries.map(output::safe).collect();
    if entries.is_empty() { "any".into() } else { entries.join(", ") }
}

/// How often it works, and how often still.
fn rate(answer: &Value) -> String {
    let limits = &answer["limits"];
    match (limits["rate_limit"].as_u64(), limits["rate_remaining"].as_u64()) {
        (None, _) => "no limit".into(),
        (Some(most), None) => format!("{most} a minute"),
        (Some(most), Some(left)) => format!("{most} a minute, {left} left"),
    }
}

/// Which models it may use.
fn models(answer: &Value) -> String {
    match answer["limits"]["models"].as_array() {
        None => "any".into(),
        Some(names) if names.is_empty() => "none".into(),
        Some(names) => names.iter().filter_map(Value::as_str).map(output::safe).collect::<Vec<_>>().join(", "),
    }
}

/// What it may spend, and how much still.
fn spend(answer: &Value) -> String {
    let limits = &answer["limits"];
    let Some((cap, left)) = limits["spend_cap_usd"].as_f64().zip(limits["remaining_usd"].as_f64()) else {
        return "no cap".into();
    };
    let time = match limits["spend_period"].as_str().unwrap_or_default() {
        "total" => "in total".to_owned(),
        period => format!("a {}", output::safe(period)),
    };
    format!("{cap} USD {time}, {left} left")
}

fn text(answer: &Value, path: &[&str]) -> String {
    let found = path.iter().try_fold(answer, |value, name| value.get(name));
    found.and_then(Value::as_str).unwrap_or_default().to_owned()
}
