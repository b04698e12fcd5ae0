//! The house stays as `docs/architecture.md` draws it: which crate may depend on which, and who may know SQL.

#![expect(clippy::unwrap_used, reason = "a test that can't read the house fails")]

use serde_json::Value;
use std::{collections::BTreeMap, process::Command};

/// The workspace's crates, each with the libraries it names (not those for its tests).
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let named = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        all.filter(|dependency| dependency["kind"].is_null()).map(|dependency| text(&dependency["name"])).collect()
    };
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(|package| (text(&package["name"]), named(package))).collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let all = dependencies();
    let ours = |name: &str| {
        let mut found: Vec<&str> = all[name].iter().map(String::as_str).filter(|d| all.contains_key(*d)).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(ours("domain"), [""; 0]);
    assert_eq!(ours("store"), ["domain"]);
    assert_eq!(ours("cache"), [""; 0]);
    assert_eq!(ours("server"), ["cache", "domain", "store"]);
    assert_eq!(ours("app"), ["domain", "server"]);
    assert_eq!(ours("latchkey"), ["app", "domain", "server"]);
}

#[test]
fn only_the_store_knows_sql_and_domain_does_nothing_but_think() {
    let all = dependencies();
    // The bench is no part of the program: it fills a database with 100,000 keys by itself.
    for (name, named) in all.iter().filter(|(name, _)| *name != "bench") {
        assert_eq!(named.iter().any(|d| d == "sqlx"), name == "store", "{name} and sqlx");
    }
    for effect in ["tokio", "axum", "sqlx", "leptos", "reqwest", "ureq"] {
        assert!(!all["domain"].iter().any(|d| d == effect), "domain names {effect}");
    }
}

#[test]
fn no_query_is_written_outside_the_store() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["domain/src", "server/src", "app/src", "src"] {
        for file in files(&root.join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for sql in ["SELECT ", "INSERT INTO", "DELETE FROM", "UPDATE keys"] {
                assert!(!text.contains(sql), "{} holds SQL: {sql}", file.display());
            }
        }
    }
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
