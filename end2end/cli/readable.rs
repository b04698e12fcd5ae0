//! A database that can only be read: keys are checked, every change is refused in words, and what another user's process
//! changes all the same is not overlooked.

use crate::{
    home::{Home, PASSWORD, ran},
    served::Served,
};
use std::{
    fs::{self, Permissions},
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

const READ_ONLY: &str = "Nothing was changed: Latchkey's database is read-only at the moment. Keys go on being checked. \
                         Let Latchkey write its database, then try again.";
/// Whom nothing belongs to. Root may write whatever its mode says, so the tests step down to it.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Takes away the right to write the installation, from the user whom `as_reader` runs as.
fn make_read_only(home: &Home) {
    set_mode(home.folder.path(), 0o755);
    for file in fs::read_dir(home.data()).unwrap() {
        let file = file.unwrap().path();
        set_mode(&file, 0o400);
        if is_root() {
            chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    set_mode(&home.data(), 0o500);
    if is_root() {
        chown(home.data(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

fn as_reader(mut command: Command) -> Command {
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

#[test]
fn it_starts_checks_keys_and_refuses_changes() {
    let home = Home::sqlite();
    home.acme();
    home.text(&["user", "create", "--email", "ada@example.com", "--name", "Ada", "--admin", "--password-stdin"]);
    let made = home.key("Deploy", &[]);
    let (key, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    let mut served = home.serve();
    let cookie = served.sign_in("ada@example.com", PASSWORD);
    served.stop();
    make_read_only(&home);

    let served = Served::start(&mut as_reader(home.serve_command(&[])));
    served.heard("the database is read-only: keys are checked, every change is refused");
    assert_eq!((served.me(key).0, served.get("/readyz")), (200, 200));
    let (status, page) = served.page(&cookie, "/w/acme/keys");
    assert!(status == 200 && page.contains("Deploy"), "{status}");
    let disabled = served.post(&cookie, "disable_key", &[("workspace", "acme"), ("key", id)]);
    assert_eq!((disabled.0, disabled.1["message"].as_str()), (503, Some(READ_ONLY)));
    let (status, said) = served.post("", "sign_in", &[("email", "ada@example.com"), ("password", PASSWORD)]);
    assert_eq!((status, said["message"].as_str()), (503, Some(READ_ONLY)));
    ran(&mut as_reader(home.command(&["key", "disable", id])), "").refused(1, READ_ONLY);
    let listed = ran(&mut as_reader(home.command(&["key", "list", "--workspace", "acme"])), "").succeeded();
    assert!(listed.contains("Deploy"));
    assert_eq!(served.me(key).0, 200);
    if is_root() {
        overtaken(&home, &served, key, id);
    }
    set_mode(&home.data(), 0o700);
}

/// Root writes what the server can only read: from then on the server lets nobody pass that it should not.
fn overtaken(home: &Home, served: &Served, key: &str, id: &str) {
    home.json(&["key", "disable", id]);
    assert_ne!(served.me(key).0, 200, "it was acknowledged as disabled");
    let began = Instant::now();
    while served.me(key).0 != 401 {
        assert!(began.elapsed() < Duration::from_secs(10), "it reads what was written");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn tables_of_another_version_can_not_be_brought_up_to_date() {
    let home = Home::sqlite();
    home.acme();
    home.execute("DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)");
    make_read_only(&home);
    let line = "the database is read-only, and its tables are not those of this version: let it be written once";
    ran(&mut as_reader(home.serve_command(&[])), "").refused(1, line);
    set_mode(&home.data(), 0o700);
}
