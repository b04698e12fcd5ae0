//! Names that are awkward on purpose: in JSON as they are, in tables whole and in their column.

use crate::home::Home;

on_both_engines!(names_stay_what_they_are);

fn names_stay_what_they_are(home: &Home) {
    home.acme();
    let eighty = "é".repeat(80);
    let names =
        ["<script>alert(1)</script>", "\"quoted\" & 'so'", "🔑 ключ", "名前", "שלום", "--name", "a\\b %s {}", &eighty];
    for name in names {
        let more = format!("--name={name}");
        let arguments = ["key", "create", "--workspace", "acme", "--owner", "mina@example.com", &more];
        assert_eq!(home.json(&arguments)["name"], name);
    }
    let keys = home.keys();
    let table = home.text(&["key", "list", "--workspace", "acme"]);
    for name in names {
        assert!(keys.iter().any(|key| key["name"] == name), "{name}");
        assert!(table.contains(name), "{name}");
    }
    assert_eq!(table.lines().count(), names.len() + 1, "one line a key");
    assert!(!table.replace('\n', "").contains(char::is_control));
}

#[test]
fn columns_stand_under_each_other() {
    let home = Home::sqlite();
    home.acme();
    for name in ["plain", "名前名前名前"] {
        home.key(name, &[]);
    }
    let table = home.text(&["key", "list", "--workspace", "acme"]);
    // An ideograph is two columns wide: six of them take as much as twelve letters.
    let row = |name: &str| table.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(row("plain").contains("plain         enabled"), "{table}");
    assert!(row("名前").contains("名前名前名前  enabled"), "{table}");
}

#[test]
fn what_deceives_is_refused() {
    let home = Home::sqlite();
    home.acme();
    for name in ["a\u{202E}b", "a\u{200F}b", "a\u{1b}[31mb", "a\nb"] {
        let arguments = ["key", "create", "--workspace", "acme", "--owner", "mina@example.com", "--name", name];
        let line = "--name: Name has a control or text-direction character. Type it again without.";
        home.run(&arguments).refused(1, line);
    }
    // Not even in the words of a refusal.
    home.run(&["key", "disable", "\u{1b}]0;x\u{7}"]).refused(1, "there is no key with the id “\u{FFFD}]0;x\u{FFFD}”");
}
