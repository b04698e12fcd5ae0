//! `latchkey whoami` against a running server.

use crate::home::{Home, bare, ran};
use serde_json::{Value, json};

fn whoami(url: &str, key: &str, more: &[&str]) -> crate::home::Ran {
    let mut command = bare(&[&["whoami"], more].concat());
    ran(command.env("LATCHKEY_URL", url).env("LATCHKEY_API_KEY", key), "")
}

#[test]
fn says_which_key_this_is() {
    let home = Home::sqlite();
    home.acme();
    let made = home.key("Deploy", &["--environment", "prod", "--expires-in", "30d"]);
    let (key, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    let served = home.serve();
    let said = whoami(&served.url, key, &[]).succeeded();
    let expiry = made["expires_at"].as_str().unwrap();
    assert_eq!(
        said,
        format!(
            "Key          Deploy ({id})\nEnvironment  prod\nPermission   read_only\n\
             Owner        Mina <mina@example.com>, developer\nWorkspace    Acme (acme)\nExpires      {expiry}\n\
             Addresses    any\nRate         no limit\nModels       any\nSpend        no cap\n"
        )
    );
    let body: Value = serde_json::from_str(&whoami(&format!("{}/", served.url), key, &["--json"]).succeeded()).unwrap();
    assert_eq!((&body["key"]["id"], &body["workspace"]["slug"]), (&json!(id), &json!("acme")));

    let limited = home.key("Limited", &["--allow-ip", "127.0.0.1", "--allow-ip", "::1", "--rate-limit", "60"]);
    let said = whoami(&served.url, limited["key"].as_str().unwrap(), &[]).succeeded();
    assert!(said.contains("Addresses    127.0.0.1, ::1\nRate         60 a minute, 59 left\n"), "{said}");
    let money = ["--models", "o3,gpt-4.1*", "--spend-cap", "12.5", "--spend-period", "month"];
    let capped = home.key("Capped", &money);
    let said = whoami(&served.url, capped["key"].as_str().unwrap(), &[]).succeeded();
    assert!(said.ends_with("Models       gpt-4.1*, o3\nSpend        12.5 USD a month, 12.5 left\n"), "{said}");

    home.json(&["key", "disable", id]);
    whoami(&served.url, key, &[]).refused(1, "KEY_DISABLED: This API key is disabled.");
    let refused = whoami(&served.url, key, &["--json"]);
    assert_eq!((refused.code, refused.err.as_str()), (Some(1), "latchkey: KEY_DISABLED: This API key is disabled.\n"));
    let body: Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!(body["error"]["code"], "KEY_DISABLED");
    whoami(&served.url, "nonsense", &[]).refused(1, "UNAUTHORIZED: No valid API key was given.");
}

#[test]
fn says_what_is_missing_or_unreachable() {
    ran(&mut bare(&["whoami"]), "").refused(2, "LATCHKEY_API_KEY: set it to the key to ask about");
    whoami("http://127.0.0.1:9", " ", &[]).refused(2, "LATCHKEY_API_KEY: set it to the key to ask about");
    whoami("http://127.0.0.1:9", "a\u{e9}b", &[]).refused(2, "LATCHKEY_API_KEY: this is no key");
    let line = "LATCHKEY_URL: give an address such as http://127.0.0.1:3000";
    whoami("127.0.0.1:9", "lk_secret", &[]).refused(2, line);
    let ran = whoami("http://127.0.0.1:9", "lk_secret", &[]);
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1));
    assert!(ran.err.starts_with("latchkey: LATCHKEY_URL: ") && !ran.err.contains("lk_secret"), "{}", ran.err);
}
