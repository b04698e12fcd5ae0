//! `latchkey key check`: offline, and silent about the secret.

use crate::home::{Home, Ran, bare, ran};
use serde_json::{Value, json};

fn check(text: &str) -> Ran {
    ran(&mut bare(&["key", "check", text]), "")
}

fn check_json(text: &str, code: i32) -> Value {
    let ran = ran(&mut bare(&["key", "check", "--json", text]), "");
    assert_eq!(ran.code, Some(code));
    serde_json::from_str(&ran.out).unwrap()
}

fn a_key() -> (String, String) {
    let home = Home::sqlite();
    home.acme();
    let made = home.key("Deploy", &[]);
    (made["key"].as_str().unwrap().into(), made["id"].as_str().unwrap().into())
}

#[test]
fn a_good_one() {
    let (key, id) = a_key();
    let said = check(&key).succeeded();
    assert_eq!(said, format!("It has the form of a key: prefix lk, id {id}, the checksum matches.\n"));
    let good = json!({"valid": true, "code": null, "message": null, "prefix": "lk", "id": id});
    assert_eq!(check_json(&key, 0), good);
    let from_stdin = ran(&mut bare(&["key", "check", "-"]), &format!("{key}\n"));
    assert_eq!(from_stdin.succeeded(), said);
}

#[test]
fn a_mistyped_one_is_not_repeated() {
    let (key, _) = a_key();
    let typo =
        format!("{}{}", &key[..20], key[20..].replacen(|_: char| true, if &key[20..21] == "a" { "b" } else { "a" }, 1));
    let line = "not a key: its checksum does not match: it was mistyped, cut off or made up";
    check(&typo).refused(1, line);
    let said = check_json(&typo, 1);
    assert_eq!((&said["valid"], &said["code"], &said["id"]), (&json!(false), &json!("checksum"), &Value::Null));
    assert!(!said.to_string().contains(&typo[12..]));
    for junk in ["", "lk", "--help-me", "ghp_0123456789", &key[..49], &"x".repeat(10_000)] {
        check(junk).refused(1, "not a key: it does not have the form of a Latchkey key");
    }
}

#[test]
fn another_installations() {
    let (key, id) = a_key();
    let line = format!("not a key of this installation: its prefix is another installation's (lk, not acme; id {id})");
    ran(bare(&["key", "check", &key]).env("LATCHKEY_KEY_PREFIX", "acme"), "").refused(1, &line);
    let home = Home::sqlite();
    home.acme();
    let theirs = home.key("Theirs", &["--key-prefix", "acme"]);
    let theirs = theirs["key"].as_str().unwrap();
    assert!(theirs.starts_with("acme_"));
    assert_eq!(check_json(theirs, 1)["code"], "prefix");
    ran(bare(&["key", "check", theirs]).env("LATCHKEY_KEY_PREFIX", "acme"), "").succeeded();
}

#[test]
fn no_database_is_touched() {
    let home = Home::sqlite();
    home.run(&["key", "check", "x"]);
    assert!(!home.data().exists());
}
