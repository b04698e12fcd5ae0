//! Settings: flags over variables over defaults, unknown and invalid ones, and what lies in the data folder.

use crate::home::{Home, PASSWORD, bare, ran};
use std::{fs, os::unix::fs::PermissionsExt};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn data_is_private() {
    let home = Home::sqlite();
    home.user("mina@example.com");
    assert_eq!(mode(&home.data()), 0o700);
    assert_eq!(mode(&home.data().join("master.key")), 0o600);
    assert_eq!(fs::metadata(home.data().join("master.key")).unwrap().len(), 32);
    assert!(home.data().join("latchkey.db").exists());
}

#[test]
fn the_data_folder_of_somebody_else_keeps_its_mode() {
    let home = Home::sqlite();
    fs::create_dir(home.data()).unwrap();
    fs::set_permissions(home.data(), fs::Permissions::from_mode(0o750)).unwrap();
    home.user("mina@example.com");
    assert_eq!(mode(&home.data()), 0o750);
}

#[test]
fn flags_win_over_variables_and_stand_anywhere() {
    let home = Home::sqlite();
    let other = home.folder.path().join("other");
    let other = other.to_str().unwrap();
    home.json(&["--data-dir", other, "workspace", "create", "--slug", "there", "--name", "There"]);
    assert_eq!(home.json(&["workspace", "list", "--data-dir", other])[0]["slug"], "there");
    assert_eq!(home.json(&["workspace", "list"]), serde_json::json!([]));
}

#[test]
fn by_default_the_data_lies_in_the_current_folder() {
    let home = Home::sqlite();
    let mut command = bare(&["workspace", "list", "--json"]);
    ran(command.current_dir(home.folder.path()), "").succeeded();
    assert!(home.folder.path().join("data/latchkey.db").exists());
}

#[test]
fn every_file_can_be_named() {
    let home = Home::sqlite();
    let at = |name: &str| home.folder.path().join(name);
    let (database, master) = (format!("sqlite:{}", at("a.db").display()), at("a.key"));
    home.json(&["--database-url", &database, "--master-key-file", master.to_str().unwrap(), "user", "list"]);
    assert!(at("a.db").exists() && master.exists());
    assert!(!home.data().exists(), "nothing needs the data folder");
}

#[test]
fn mail_settings_are_checked_and_not_repeated() {
    let home = Home::sqlite();
    let refused = |arguments: &[&str], line: &str| {
        let ran = home.run(&[&["serve", "--addr", "127.0.0.1:0"], arguments].concat());
        assert!(!ran.err.contains("hunter2"), "{}", ran.err);
        ran.refused(2, line);
    };
    let url = "smtps://latchkey:hunter2@mail.example.com:465";
    refused(&["--smtp-url", url], "--mail-from (LATCHKEY_MAIL_FROM): a mail server needs a sender too");
    refused(&["--mail-from", "a@example.com"], "--smtp-url (LATCHKEY_SMTP_URL): a sender needs a mail server too");
    let advice = "--smtp-url (LATCHKEY_SMTP_URL): give the mail server as smtps://user:password@host:465, \
                  smtp://…?tls=required, or smtp://host:25 without a password";
    for bad in ["latchkey:hunter2@mail.example.com", "smtp://latchkey:hunter2@mail.example.com"] {
        refused(&["--smtp-url", bad, "--mail-from", "a@example.com"], advice);
    }
    let advice = "--mail-from (LATCHKEY_MAIL_FROM): give the sender as an address such as latchkey@example.com, or Latchkey \
                  <latchkey@example.com>";
    refused(&["--smtp-url", url, "--mail-from", "nobody"], advice);
    assert!(!home.data().exists(), "nothing was written");
}

#[test]
fn the_token_of_the_metrics_is_checked_and_not_repeated() {
    let home = Home::sqlite();
    let file = home.folder.path().join("token");
    let refused = |why: &str| {
        let ran = home.run(&["serve", "--addr", "127.0.0.1:0", "--metrics-token-file", file.to_str().unwrap()]);
        assert!(!ran.err.contains("hunter2"), "{}", ran.err);
        ran.refused(2, &format!("--metrics-token-file (LATCHKEY_METRICS_TOKEN_FILE): {why}"));
    };
    refused("No such file or directory (os error 2)");
    for bad in ["", "\n", "hunter2", "hunter2 and a long\ttoken", "\nhunter2hunter2hunter2", "hunter2hunter2hunter2é"]
    {
        fs::write(&file, bad).unwrap();
        refused("the first line of the file has 16 or more letters, digits and signs, without a space");
    }
    assert!(!home.data().exists(), "nothing was written");
}

#[test]
fn unknown_variables_stop_every_command() {
    let home = Home::sqlite();
    let line = "the environment variable LATCHKEY_ADRESS is no setting; see latchkey serve --help";
    for arguments in [&["serve"][..], &["user", "list"], &["key", "check", "x"], &["whoami"], &["demo"]] {
        ran(home.command(arguments).env("LATCHKEY_ADRESS", "x"), "").refused(2, line);
    }
    ran(home.command(&["user", "list"]).env("LATCHKEY_E2E_PORT", "1").env("LATCHKEY_CACHE", "x"), "").succeeded();
}

#[test]
fn invalid_settings_name_flag_and_variable() {
    let home = Home::sqlite();
    let url = "give scheme, host and perhaps a port, such as https://keys.example.com";
    let url = format!("--public-url (LATCHKEY_PUBLIC_URL): {url}");
    let prefix = "--key-prefix (LATCHKEY_KEY_PREFIX): \
                  The key prefix takes 2 to 12 lower-case letters and digits, a letter first.";
    let address = "--addr (LATCHKEY_ADDR): give an IP address and a port, such as 127.0.0.1:3000";
    let database = "--database-url (LATCHKEY_DATABASE_URL): a database URL starts with postgres:// or sqlite:";
    let proxies = "--trusted-proxies (LATCHKEY_TRUSTED_PROXIES): \
                   “10.0.0.0/99” is neither an address nor a block such as 10.0.0.0/8";
    let file = "--admin-password-file (LATCHKEY_ADMIN_PASSWORD_FILE): \
                an administrator's e-mail needs the file of their password too";
    let output = "--held-output-tokens (LATCHKEY_HELD_OUTPUT_TOKENS): give a number of tokens from 1 to 1000000000";
    let context = "--held-context-tokens (LATCHKEY_HELD_CONTEXT_TOKENS): give a number of tokens from 1 to 1000000000";
    let recheck = "--recheck-patience (LATCHKEY_RECHECK_PATIENCE): give milliseconds from 100 to 60000, such as 500";
    for (variable, value, line) in [
        ("LATCHKEY_ADDR", "localhost", address),
        ("LATCHKEY_ADDR", "", address),
        ("LATCHKEY_PUBLIC_URL", "keys.example.com", &url),
        ("LATCHKEY_PUBLIC_URL", "https://a/path", &url),
        ("LATCHKEY_KEY_PREFIX", "LK_", prefix),
        ("LATCHKEY_DATABASE_URL", "mysql://user:hunter2@host/db", database),
        ("LATCHKEY_LOG", "xml", "--log (LATCHKEY_LOG): the log is text or json"),
        ("LATCHKEY_TRUSTED_PROXIES", "10.0.0.0/99", proxies),
        ("LATCHKEY_ADMIN_EMAIL", "ada@example.com", file),
        ("LATCHKEY_HELD_OUTPUT_TOKENS", "0", output),
        ("LATCHKEY_HELD_OUTPUT_TOKENS", "16k", output),
        ("LATCHKEY_HELD_CONTEXT_TOKENS", "1000000001", context),
        ("LATCHKEY_RECHECK_PATIENCE", "99", recheck),
        ("LATCHKEY_RECHECK_PATIENCE", "60001", recheck),
        ("LATCHKEY_RECHECK_PATIENCE", "1s", recheck),
        ("RUST_LOG", "loud=very", "RUST_LOG: give levels such as info,sqlx=warn"),
    ] {
        let mut command = home.serve_command(&[]);
        if variable == "LATCHKEY_ADDR" {
            command = home.command(&["serve"]);
        }
        ran(command.env(variable, value), "").refused(2, line);
    }
    assert!(!home.data().exists(), "nothing was written");
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let home = Home::sqlite();
    fs::write(home.data(), "a file in the folder's place").unwrap();
    let ran = home.run_with(&["user", "list"], PASSWORD);
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1));
    assert!(ran.err.starts_with("latchkey: --data-dir (LATCHKEY_DATA_DIR): "), "{}", ran.err);
    let home = Home::sqlite();
    fs::create_dir(home.data()).unwrap();
    fs::write(home.data().join("master.key"), "short").unwrap();
    let ran = home.run(&["user", "list"]);
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1));
    assert!(ran.err.contains("master.key has fewer than 32 bytes"), "{}", ran.err);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let home = Home::sqlite();
    let mut child = home.command(&["workspace", "list"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stderr, b"");
}
