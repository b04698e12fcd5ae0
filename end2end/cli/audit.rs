//! `latchkey audit`: the log in the documented forms, of one workspace or of all.

use crate::home::Home;
use serde_json::Value;

on_both_engines!(the_log_is_printed);

fn actions(events: &Value) -> Vec<&str> {
    events.as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect()
}

fn the_log_is_printed(home: &Home) {
    assert_eq!(home.json(&["audit"]), serde_json::json!([]));
    assert_eq!(home.text(&["audit"]), "");
    home.acme();
    home.json(&["workspace", "create", "--slug", "other", "--name", "Other"]);
    let made = home.key("Deploy", &[]);
    let id = made["id"].as_str().unwrap();
    home.json(&["key", "disable", id]);

    let events = home.json(&["audit", "--workspace", "acme"]);
    assert_eq!(actions(&events), ["key.disable", "key.create", "member.put", "workspace.create"]);
    let event = &events[0];
    let fields: Vec<&String> = event.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["action", "actor", "address", "at", "id", "new_name", "target", "target_name", "workspace"]);
    assert_eq!((&event["actor"], &event["address"]), (&"command line".into(), &"".into()));
    assert_eq!((&event["target"], &event["target_name"]), (&made["id"], &"Deploy".into()));
    let all = home.json(&["audit"]);
    assert_eq!(
        actions(&all),
        ["key.disable", "key.create", "workspace.create", "member.put", "workspace.create", "user.create"]
    );
    assert_eq!((&all[5]["workspace"], &all[2]["workspace"]), (&Value::Null, &"other".into()));

    home.json(&["user", "rename", "--email", "mina@example.com", "--name", "Zoë"]);
    let text = home.text(&["audit"]);
    let line = text.lines().next().unwrap();
    assert!(line.contains("command line  Changed name of “mina@example.com” to “Zoë” ("), "{line}");
    let text = home.text(&["audit", "--workspace", "acme"]);
    let line = text.lines().next().unwrap();
    assert!(line.ends_with(&format!("Z  acme  command line  Disabled key “Deploy” ({id})")), "{line}");
    assert_eq!(text.lines().count(), 4);
    home.run(&["audit", "--workspace", "nowhere"]).refused(1, "--workspace: there is no workspace “nowhere”");
}
