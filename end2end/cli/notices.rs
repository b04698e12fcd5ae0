//! `latchkey notices`: one line for a workspace that has something to say, nothing for one that has not.

use crate::home::Home;
use serde_json::json;

on_both_engines!(notices);

fn notices(home: &Home) {
    home.acme();
    home.json(&["workspace", "create", "--slug", "quiet", "--name", "Quiet"]);
    assert_eq!(home.text(&["notices"]), "");
    let none = json!({"count": 0, "more": false, "keys": []});
    let quiet = json!({"workspace": "quiet", "exhausted": none, "near_cap": none, "expiring": none, "unused": none, "tried": none});
    assert_eq!(home.json(&["notices", "--workspace", "quiet"]), json!([quiet]));

    home.key("one", &["--expires-in", "2d"]);
    let made = home.key("two", &["--expires-in", "6d"]);
    home.key("later", &["--expires-in", "8d"]);
    assert_eq!(home.text(&["notices"]), "acme: 2 keys expire within 7 days\n");
    let served = home.serve();
    let id = made["id"].as_str().unwrap();
    home.json(&["key", "disable", id]);
    assert_eq!(served.me(made["key"].as_str().unwrap()).0, 401);
    drop_in_order(served);
    assert_eq!(
        home.text(&["notices", "--workspace", "acme"]),
        "acme: 1 key expires within 7 days, 1 stopped key is still being tried\n"
    );
    let all = home.json(&["notices"]);
    assert_eq!(all.as_array().unwrap().len(), 2);
    let tried = &all[0]["tried"];
    assert_eq!((&tried["count"], &tried["keys"][0]["id"]), (&json!(1), &json!(id)));
    assert_eq!(tried["keys"][0]["refused_address"], "127.0.0.1");
    assert!(tried["keys"][0]["refused_at"].is_string());
    assert_eq!(all[0]["expiring"]["keys"][0]["name"], "one");
    assert_eq!(all[1], quiet);
    home.run(&["notices", "--workspace", "none"]).refused(1, "--workspace: there is no workspace “none”");
}

/// Stops a server, so that what it still had to write is written.
fn drop_in_order(mut served: crate::served::Served) {
    assert_eq!(served.stop().code(), Some(0));
}
