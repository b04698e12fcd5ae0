//! Finds environment variables that begin like Latchkey's settings and are none. Called once, before any command: a
//! misspelt setting would otherwise be ignored in silence.

use crate::{arguments, failure::Failure};
use std::env;

/// Variables that others read: `latchkey whoami`, the scripts and the test suites.
const ELSEWHERE: &[&str] = &[
    "LATCHKEY_API_KEY",
    "LATCHKEY_BIN",
    "LATCHKEY_CACHE",
    "LATCHKEY_CHROMIUM",
    "LATCHKEY_DEMO_DIR",
    "LATCHKEY_ROOT",
    "LATCHKEY_URL",
];
const ELSEWHERE_PREFIXES: &[&str] = &["LATCHKEY_TEST_", "LATCHKEY_E2E_"];

/// Refuses a variable that begins like ours and is none: a misspelt setting would be ignored in silence.
pub fn check() -> Result<(), Failure> {
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    match unknown_variable(names, &arguments::variables()) {
        Some(name) => {
            Err(Failure::usage(format!("the environment variable {name} is no setting; see latchkey serve --help")))
        }
        None => Ok(()),
    }
}

fn unknown_variable(names: impl Iterator<Item = String>, settings: &[String]) -> Option<String> {
    let mut unknown: Vec<String> = names
        .filter(|name| name.starts_with("LATCHKEY_"))
        .filter(|name| !settings.contains(name) && !ELSEWHERE.contains(&name.as_str()))
        .filter(|name| !ELSEWHERE_PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    unknown.sort();
    unknown.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(names: &[&str]) -> Option<String> {
        unknown_variable(names.iter().map(|name| (*name).to_owned()), &arguments::variables())
    }

    #[test]
    fn misspelt_variables_are_found() {
        assert_eq!(unknown(&["PATH", "LATCHKEY_ADRESS", "LATCHKEY_ADDR"]).as_deref(), Some("LATCHKEY_ADRESS"));
        assert_eq!(unknown(&["LATCHKEY_"]).as_deref(), Some("LATCHKEY_"));
    }

    #[test]
    fn settings_and_what_others_read_are_known() {
        for name in [
            "LATCHKEY_ADDR",
            "LATCHKEY_ADMIN_EMAIL",
            "LATCHKEY_ADMIN_PASSWORD_FILE",
            "LATCHKEY_DATABASE_URL",
            "LATCHKEY_DATA_DIR",
            "LATCHKEY_KEY_PREFIX",
            "LATCHKEY_LOG",
            "LATCHKEY_MAIL_FROM",
            "LATCHKEY_MASTER_KEY_FILE",
            "LATCHKEY_MAX_CONNECTIONS",
            "LATCHKEY_METRICS_TOKEN_FILE",
            "LATCHKEY_PUBLIC_URL",
            "LATCHKEY_SMTP_URL",
            "LATCHKEY_TRUSTED_PROXIES",
            "LATCHKEY_USAGE_EVENTS_PER_SECOND",
            "LATCHKEY_API_KEY",
            "LATCHKEY_TEST_POSTGRES",
            "LATCHKEY_E2E_PORT",
        ] {
            assert_eq!(unknown(&[name]), None);
        }
    }
}
