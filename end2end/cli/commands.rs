//! Every command that touches the database, in the JSON forms that scripts rely on, and their effects.

use crate::home::Home;
use serde_json::{Value, json};

on_both_engines!(
    users,
    names_and_emails,
    administrators,
    workspaces,
    invites,
    a_key_has_the_documented_form,
    a_key_is_made_under_a_guardrail,
    a_keys_life,
    expiry,
    a_member_who_left
);

/// A time as the JSON forms have it: RFC 3339, in UTC, to the second.
fn is_time(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let form: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    form == "0000-00-00T00:00:00Z"
}

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn users(home: &Home) {
    assert_eq!(home.json(&["user", "list"]), json!([]));
    let admin = ["user", "create", "--email", "Ada@Example.com", "--name", "Ada", "--admin", "--password-stdin"];
    let ada = home.json(&admin);
    assert_eq!(fields(&ada), ["active", "created_at", "email", "id", "instance_admin", "name"]);
    assert_eq!((&ada["email"], &ada["name"]), (&json!("ada@example.com"), &json!("Ada")));
    assert_eq!((&ada["instance_admin"], &ada["active"]), (&json!(true), &json!(true)));
    assert!(is_time(&ada["created_at"]));
    let mina = home.user("mina@example.com");
    assert_eq!(mina["instance_admin"], false);
    assert_eq!(home.json(&["user", "list"]), json!([ada, mina]));
    let shut_out = home.json(&["user", "disable", "MINA@example.com"]);
    assert_eq!(shut_out, json!({"email": "mina@example.com", "active": false}));
    assert_eq!(home.json(&["user", "list"])[1]["active"], false);
    let table = home.text(&["user", "list"]);
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("E-MAIL            NAME  ADMIN  SIGN-IN   CREATED"));
    assert!(lines.next().unwrap().starts_with("ada@example.com   Ada   yes    allowed   20"));
    assert!(lines.next().unwrap().starts_with("mina@example.com  Mina  no     shut out  20"));
    home.run(&["user", "disable", "ada@example.com"])
        .refused(1, "This is the last active administrator: make another one first.");
    let let_in = home.json(&["user", "enable", "--email", "mina@example.com"]);
    assert_eq!(let_in, json!({"email": "mina@example.com", "active": true}));
    assert_eq!(home.json(&["user", "list"])[1]["active"], true);
    assert_eq!(home.text(&["user", "enable", "mina@example.com"]), "mina@example.com may sign in again, keys work.\n");
}

fn names_and_emails(home: &Home) {
    home.acme();
    home.user("ada@example.com");
    let made = home.key("CI", &[]);
    let rename = ["user", "rename", "--email", "Mina@example.com", "--name", "Zoë"];
    let renamed = home.json(&rename);
    assert_eq!((&renamed["name"], &renamed["email"]), (&json!("Zoë"), &json!("mina@example.com")));
    let set = |from, to| ["user", "set-email", "--email", from, "--new-email", to];
    let said = home.text(&set("mina@example.com", "Zoe@Example.com"));
    assert_eq!(said, "Zoë signs in with zoe@example.com from now on.\n");
    assert_eq!(home.keys()[0]["owner"], "zoe@example.com", "{made}");
    home.run(&set("mina@example.com", "x@example.com")).refused(1, "there is no user “mina@example.com”");
    home.run(&set("zoe@example.com", "ADA@example.com"))
        .refused(1, "--new-email: There is a user with this e-mail already.");
    home.run(&["user", "rename", "--email", "zoe@example.com", "--name", " "]).refused(1, "--name: Name is required.");
    let log = home.json(&["audit"]);
    let last = &log[0];
    assert_eq!((&last["action"], &last["target_name"]), (&json!("user.email"), &json!("mina@example.com")));
    assert_eq!(last["new_name"], "zoe@example.com");
}

fn administrators(home: &Home) {
    home.json(&["user", "create", "--email", "ada@example.com", "--name", "Ada", "--admin", "--password-stdin"]);
    home.user("mina@example.com");
    let remove = |email| ["user", "admin", "--email", email, "--remove"];
    home.run(&remove("ada@example.com")).refused(1, "This is the last active administrator: make another one first.");
    let made = home.json(&["user", "admin", "--email", "Mina@example.com"]);
    assert_eq!(made, json!({"email": "mina@example.com", "instance_admin": true}));
    assert_eq!(home.text(&remove("ada@example.com")), "ada@example.com is an ordinary user now.\n");
    let listed = home.json(&["user", "list"]);
    assert_eq!((&listed[0]["instance_admin"], &listed[1]["instance_admin"]), (&json!(false), &json!(true)));
    home.run(&["user", "admin", "--email", "nobody@example.com"]).refused(1, "there is no user “nobody@example.com”");
}

fn invites(home: &Home) {
    home.acme();
    let invite = ["workspace", "invite", "--workspace", "acme", "--role", "developer"];
    let made = home.json(&[&invite[..], &["--public-url", "https://keys.example.com/"]].concat());
    assert_eq!(fields(&made), ["expires_at", "link", "role", "workspace"]);
    assert_eq!((&made["role"], &made["workspace"]), (&json!("developer"), &json!("acme")));
    assert!(is_time(&made["expires_at"]));
    let token = made["link"].as_str().unwrap().strip_prefix("https://keys.example.com/invite?token=").unwrap();
    assert!(token.len() == 32 && token.bytes().all(|b| b.is_ascii_alphanumeric()));
    let text = home.text(&invite);
    assert!(text.starts_with("Whoever opens this link first joins acme as developer, until "), "{text}");
    assert!(text.contains("\n  http://127.0.0.1:3000/invite?token=") && text.ends_with("it isn't shown again.\n"));
    for _ in 2..50 {
        home.json(&invite);
    }
    home.run(&invite).refused(1, "50 invites are open, the most a workspace can have. Revoke one first.");
    home.run(&["workspace", "invite", "--workspace", "nope", "--role", "admin"])
        .refused(1, "--workspace: there is no workspace “nope”");
}

fn workspaces(home: &Home) {
    assert_eq!(home.json(&["workspace", "list"]), json!([]));
    let acme = home.json(&["workspace", "create", "--slug", "acme", "--name", "Acme & Söhne"]);
    assert_eq!(fields(&acme), ["created_at", "name", "plan", "slug"]);
    assert_eq!((&acme["plan"], &acme["name"]), (&json!("pro"), &json!("Acme & Söhne")));
    assert!(is_time(&acme["created_at"]));
    let small = home.json(&["workspace", "create", "--slug", "small", "--name", "Small", "--plan", "basic"]);
    assert_eq!(small["plan"], "basic");
    assert_eq!(home.json(&["workspace", "list"]), json!([acme, small]));
    assert!(
        home.text(&["workspace", "list"]).starts_with("SLUG   NAME          PLAN   CREATED\nacme   Acme & Söhne  pro")
    );
    home.user("mina@example.com");
    let member = ["--workspace", "acme", "--email", "mina@example.com"];
    let put = home.json(&[&["workspace", "add-member", "--role", "viewer"], &member[..]].concat());
    assert_eq!(put, json!({"workspace": "acme", "email": "mina@example.com", "role": "viewer"}));
    let put = home.json(&[&["workspace", "add-member", "--role", "admin"], &member[..]].concat());
    assert_eq!(put["role"], "admin");
    home.run(&[&["workspace", "remove-member"], &member[..]].concat())
        .refused(1, "This is the last active administrator of the workspace: make another member one first.");
    home.user("ada@example.com");
    home.json(&["workspace", "add-member", "--workspace", "acme", "--email", "ada@example.com", "--role", "admin"]);
    let gone = home.json(&[&["workspace", "remove-member"], &member[..]].concat());
    assert_eq!(gone, json!({"workspace": "acme", "email": "mina@example.com", "role": null}));
}

fn a_key_has_the_documented_form(home: &Home) {
    home.acme();
    let more = ["--permission", "read_write", "--environment", "prod", "--expires-in", "30d", "--gateway"];
    let limits = ["--allow-ip", "10.0.0.0/8", "--allow-ip", "::ffff:192.0.2.7", "--rate-limit", "60"];
    let money = ["--models", "gpt-4.1*", "--models", "o3", "--spend-cap", "12.5", "--spend-period", "month"];
    let mut made = home.key("Deploy", &[&more[..], &limits, &money, &["--description", "from CI"]].concat());
    let key = made["key"].as_str().unwrap().to_owned();
    let (id, last) = (made["id"].as_str().unwrap().to_owned(), &key[key.len() - 4..]);
    assert!(key.starts_with(&format!("lk_{id}_")), "the key begins with prefix and id");
    assert_eq!(key.len(), 50);
    assert_eq!(made["masked"], format!("lk_{id}_••••{last}"));
    assert_eq!(made["workspace"], "acme");
    assert!(is_time(&made["created_at"]) && is_time(&made["expires_at"]));
    for (field, value) in [
        ("name", json!("Deploy")),
        ("description", json!("from CI")),
        ("environment", json!("prod")),
        ("permission", json!("read_write")),
        ("gateway", json!(true)),
        ("url_credential", json!(false)),
        ("allow_ip", json!(["10.0.0.0/8", "192.0.2.7"])),
        ("rate_limit", json!(60)),
        ("models", json!(["gpt-4.1*", "o3"])),
        ("spend_cap_usd", json!(12.5)),
        ("spend_period", json!("month")),
        ("status", json!("enabled")),
        ("owner", json!("mina@example.com")),
        ("last_used_at", Value::Null),
        ("uses", json!(0)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    // The list has the same, without the key.
    let fresh = made.as_object_mut().unwrap();
    fresh.remove("key");
    fresh.remove("workspace");
    assert_eq!(home.keys(), [made]);
    let defaults = home.key("Defaults", &[]);
    assert_eq!((&defaults["permission"], &defaults["environment"]), (&json!("read_only"), &json!("")));
    assert_eq!((&defaults["expires_at"], &defaults["gateway"]), (&Value::Null, &json!(false)));
    assert_eq!((&defaults["allow_ip"], &defaults["rate_limit"]), (&json!([]), &Value::Null));
    assert_eq!((&defaults["models"], &defaults["spend_cap_usd"]), (&Value::Null, &Value::Null));
    let for_urls = home.key("ChatGPT", &["--url-credential"]);
    assert_eq!((&for_urls["url_credential"], &for_urls["gateway"]), (&json!(true), &json!(false)));
    assert!(home.text(&["key", "list", "--workspace", "acme"]).contains("read_only, URL"));
}

fn a_key_is_made_under_a_guardrail(home: &Home) {
    home.acme();
    home.json(&["workspace", "create", "--slug", "other", "--name", "Other"]);
    home.execute(
        r#"INSERT INTO guardrails (id, workspace_id, name, name_folded, description, rules, created_at)
           SELECT 'g' || slug, id, 'Personal data of ' || slug, 'personal data of ' || slug, '',
             '{"rules":[],"max_input":null,"dry_run":false}', 0 FROM workspaces"#,
    );
    assert_eq!(home.key("Plain", &[])["guardrail"], Value::Null);
    for (name, named) in [("By name", "personal DATA of acme"), ("By id", "gacme")] {
        assert_eq!(home.key(name, &["--guardrail", named])["guardrail"], json!("gacme"), "{named}");
    }
    let create = ["key", "create", "--workspace", "acme", "--owner", "mina@example.com", "--name", "a", "--guardrail"];
    for unknown in ["", "Personal data", "gother", "Personal data of other"] {
        home.run(&[&create[..], &[unknown]].concat()).refused(
            1,
            "--guardrail: The workspace has no guardrail of this name or id. Its page Guardrails lists those it has.",
        );
    }
    assert_eq!(home.keys().len(), 3, "none was made without");
}

fn a_keys_life(home: &Home) {
    home.acme();
    let made = home.key("Deploy", &[]);
    let id = made["id"].as_str().unwrap();
    let status = |home: &Home| home.keys()[0]["status"].clone();
    for (command, left) in
        [("disable", "disabled"), ("disable", "disabled"), ("enable", "enabled"), ("enable", "enabled")]
    {
        assert_eq!(home.json(&["key", command, id]), json!({"id": id, "status": left}));
        assert_eq!(status(home), left);
    }
    assert_eq!(home.text(&["key", "disable", id]), format!("The key {id} is disabled.\n"));
    // Nobody sits at a terminal: nobody is asked.
    assert_eq!(home.json(&["key", "delete", id]), json!({"id": id, "name": "Deploy", "status": "deleted"}));
    assert!(home.keys().is_empty());
    let gone = format!("there is no key with the id “{id}”");
    home.run(&["key", "enable", id]).refused(1, &gone);
    home.run(&["key", "delete", "--yes", id]).refused(1, &gone);
    // Its name is free again.
    let text = home.text(&["key", "create", "--workspace", "acme", "--owner", "mina@example.com", "--name", "Deploy"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "“Deploy” of mina@example.com in acme:");
    assert!(lines[2].starts_with("  lk_"));
    assert_eq!(lines[4], "Copy it now: it isn't shown again.");
    assert_eq!(text.matches("lk_").count(), 1);
}

fn expiry(home: &Home) {
    home.acme();
    let seconds = |span: &str| {
        let key = home.key(span, &["--expires-in", span]);
        let read = |field: &str| {
            let text = key[field].as_str().unwrap().to_owned();
            let clock: Vec<i64> = text[11..19].split(':').map(|part| part.parse().unwrap()).collect();
            clock[0] * 3_600 + clock[1] * 60 + clock[2]
        };
        (read("expires_at") - read("created_at")).rem_euclid(86_400)
    };
    for (span, expected) in [("90m", 5_400), ("5h", 18_000), ("30d", 0), ("2w", 0)] {
        // The two moments are taken one after the other and written in whole seconds: a second may turn between them.
        let short = (expected - seconds(span)).rem_euclid(86_400);
        assert!(short <= 1, "{span}: {short} s short");
    }
}

fn a_member_who_left(home: &Home) {
    home.acme();
    home.key("Deploy", &[]);
    home.json(&["workspace", "remove-member", "--workspace", "acme", "--email", "mina@example.com"]);
    assert_eq!(home.keys().len(), 1, "the key stays listed");
    let again = ["key", "create", "--workspace", "acme", "--owner", "mina@example.com", "--name", "Another"];
    home.run(&again).refused(1, "--owner: Only a member of the workspace can own a key of it.");
}
