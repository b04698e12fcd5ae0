//! What must never be printed: passwords, keys after their creation, passwords of databases.

use crate::home::{Home, PASSWORD};

#[test]
fn passwords_are_never_repeated() {
    let home = Home::sqlite();
    let create = ["user", "create", "--email", "mina@example.com", "--name", "Mina", "--password-stdin"];
    for (more, stdin) in [(&[][..], format!("{PASSWORD}\n")), (&["--json"], PASSWORD.into()), (&[], "tooshort".into())]
    {
        let ran = home.run_with(&[&create[..], more].concat(), &stdin);
        assert!(!format!("{}{}", ran.out, ran.err).contains(stdin.trim()));
    }
    // A password in a place that takes none.
    let ran = home.run(&[&create[..], &["hunter2hunter2"]].concat());
    ran.refused(2, "there is an argument too many; see --help");
    let ran = home.run(&["user", "create", "--password=hunter2hunter2"]);
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);
}

#[test]
fn the_first_line_is_the_password() {
    let home = Home::sqlite();
    let create = ["user", "create", "--email", "mina@example.com", "--name", "Mina", "--password-stdin"];
    home.run_with(&create, "").refused(1, "password: Password is required.");
    home.run_with(&create, "short\r\nlong enough for all\n")
        .refused(1, "password: The password has 5 characters; it needs at least 10.");
    home.run_with(&create, "0123456789\r\n").succeeded();
}

#[test]
fn keys_are_shown_once() {
    let home = Home::sqlite();
    home.acme();
    let key = home.key("Deploy", &[])["key"].as_str().unwrap().to_owned();
    let secret = &key[12..];
    assert!(!home.text(&["key", "list", "--workspace", "acme"]).contains(secret));
    assert!(!home.text(&["key", "list", "--workspace", "acme", "--json"]).contains(secret));
    // Pasted where something else belongs.
    for arguments in [&["key", "disable", &key][..], &["key", &key], &["key", "list", "--workspace", &key], &[&key]] {
        let ran = home.run(arguments);
        assert_ne!(ran.code, Some(0));
        assert!(!format!("{}{}", ran.out, ran.err).contains(secret), "{}", ran.err);
    }
}

#[test]
fn a_databases_password_is_not_repeated() {
    let home = Home::sqlite();
    let url = "postgres://latchkey:hunter2hunter2@127.0.0.1:9/none";
    let ran = home.run(&["--database-url", url, "user", "list"]);
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1), "{}", ran.err);
    assert!(ran.err.starts_with("latchkey: database: ") && !ran.err.contains("hunter2"), "{}", ran.err);
    let ran = home.run(&["--database-url", "postgres://latchkey:hunter2hunter2@127.0.0.1:port/none", "user", "list"]);
    assert!(ran.code == Some(1) && !ran.err.contains("hunter2"), "{}", ran.err);
}
