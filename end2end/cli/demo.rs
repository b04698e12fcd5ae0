//! `latchkey demo`: what it promises is there, and it leaves a database in use alone.

use crate::home::{Home, PASSWORD};
use serde_json::{Value, json};
use std::collections::HashSet;

on_both_engines!(everything_promised_is_there);

fn everything_promised_is_there(home: &Home) {
    let told = home.json(&["demo"]);
    assert_eq!(told["console"], "http://127.0.0.1:3000");
    assert_eq!(told["workspaces"], json!(["acme", "northwind"]));
    assert_eq!((&told["keys"], &told["deleted_keys"]), (&json!(40), &json!(3)));
    let users = home.json(&["user", "list"]);
    let known: HashSet<&str> = users.as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect();
    let sign_ins = told["sign_ins"].as_array().unwrap();
    assert_eq!((sign_ins.len(), known.len()), (5, 5));
    let passwords: HashSet<&str> = sign_ins.iter().map(|one| one["password"].as_str().unwrap()).collect();
    assert_eq!(passwords.len(), 5);
    assert!(passwords.iter().all(|password| password.len() == 16));
    assert!(sign_ins.iter().all(|one| known.contains(one["email"].as_str().unwrap())));

    let keys: Vec<Value> = ["acme", "northwind"]
        .iter()
        .flat_map(|slug| home.json(&["key", "list", "--workspace", slug]).as_array().unwrap().clone())
        .collect();
    assert_eq!(keys.len(), 40);
    let count = |wanted: &dyn Fn(&Value) -> bool| keys.iter().filter(|key| wanted(key)).count();
    for status in ["enabled", "disabled", "expired"] {
        assert!(count(&|key| key["status"] == status) >= 3, "{status}");
    }
    assert!(count(&|key| key["last_used_at"].is_null()) >= 2, "never used");
    assert!(count(&|key| key["expires_at"].is_null()) >= 5, "never expires");
    assert!(count(&|key| key["gateway"] == true) >= 2);
    assert!(count(&|key| key["uses"].as_i64() > Some(50)) >= 15, "a history");
    assert!(count(&|key| key["environment"] == "staging") >= 5);
    let owners: HashSet<&str> = keys.iter().map(|key| key["owner"].as_str().unwrap()).collect();
    assert_eq!(owners.len(), 5);
    let created: HashSet<&str> = keys.iter().map(|key| &key["created_at"].as_str().unwrap()[..7]).collect();
    assert!(created.len() >= 4, "made over months: {created:?}");

    home.run(&["demo"]).refused(1, "demo: the database is in use; sample data goes into an empty one (see --data-dir)");
    assert_eq!(home.json(&["user", "list"]), users);
}

#[test]
fn a_database_in_use_is_left_alone() {
    let home = Home::sqlite();
    home.json(&["workspace", "create", "--slug", "acme", "--name", "Acme"]);
    home.run_with(&["demo"], PASSWORD)
        .refused(1, "demo: the database is in use; sample data goes into an empty one (see --data-dir)");
    assert_eq!(home.json(&["user", "list"]), json!([]));
}

#[test]
fn the_table_has_every_sign_in_and_the_address() {
    let home = Home::sqlite();
    let text = home.text(&["demo", "--public-url", "https://keys.example.com"]);
    assert!(text.starts_with("Sample data: 2 workspaces, 5 people, 40 keys and 3 deleted ones.\n"));
    for name in ["ada", "ben", "chiara", "deniz", "erik"] {
        assert!(text.contains(&format!("{name}@example.com")));
    }
    assert!(text.ends_with("The console, once `latchkey serve` runs: https://keys.example.com\n"));
}
