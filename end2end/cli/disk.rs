//! The disk is full: changes are refused in words, keys go on being checked, the console can be read, and all is well once
//! there is room. Twice: on a small file system of its own (as root), and under the process's limit of file sizes.

use crate::{
    home::{Home, PASSWORD, ran},
    served::Served,
    tables::integrity,
};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const FULL: &str = "Nothing was changed: the disk of Latchkey's database is full or fails. Keys go on being checked. \
                    Make room on it, then try again.";

/// A small file system at the installation's data folder, for as long as it is there.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    /// `None` where this process may not mount.
    fn mount(at: &'a Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m,mode=0700", "latchkey"]).arg(at).output();
        mounted.is_ok_and(|done| done.status.success()).then_some(Self(at))
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    fn fill(&self) {
        let mut file = fs::File::options().create(true).append(true).open(self.filler()).unwrap();
        for size in [1 << 16, 1 << 12] {
            while file.write(&vec![0; size]).is_ok_and(|written| written > 0) {}
        }
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_file_system_without_room() {
    let home = Home::sqlite();
    let data = home.data();
    let Some(disk) = SmallDisk::mount(&data) else {
        println!("NOT RUN: mounting a small file system takes root; the limit of file sizes is tested instead");
        return;
    };
    let mut command = home.serve_command(&[]);
    story(&home, &mut command, &|_| disk.fill(), &|_| fs::remove_file(disk.filler()).unwrap());
}

#[test]
fn files_that_may_not_grow() {
    let home = Home::sqlite();
    let serve = home.serve_command(&[]);
    // A signal that is ignored stays ignored in the program: writing then fails, as on a full disk.
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap '' XFSZ; exec "$0" "$@""#]).arg(serve.get_program()).args(serve.get_args());
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(home.folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let limit = |served: &Served, most: &str| {
        let set =
            Command::new("prlimit").args(["--pid", &served.id().to_string(), &format!("--fsize={most}:")]).status();
        assert!(set.unwrap().success());
    };
    story(&home, &mut command, &|served| limit(served, "4096"), &|served| limit(served, "unlimited"));
}

fn story(home: &Home, serve: &mut Command, fill: &dyn Fn(&Served), free: &dyn Fn(&Served)) {
    home.acme();
    home.text(&["user", "create", "--email", "ada@example.com", "--name", "Ada", "--admin", "--password-stdin"]);
    let made = home.key("Deploy", &[]);
    let (key, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    let served = Served::start(serve);
    let cookie = served.sign_in("ada@example.com", PASSWORD);
    let rename = |name: &str| served.post(&cookie, "rename_key", &[("workspace", "acme"), ("key", id), ("name", name)]);
    assert_eq!(rename("Renamed").0, 200);

    fill(&served);
    // What SQLite's files have room for in themselves goes on for a while.
    let (mut last, mut refused) = ("Renamed".to_owned(), None);
    for round in 0..3_000 {
        let name = format!("Round {round}");
        match rename(&name) {
            (200, _) => last = name,
            other => {
                refused = Some(other);
                break;
            }
        }
    }
    let (status, said) = refused.expect("the disk is not full");
    assert_eq!((status, said["message"].as_str()), (507, Some(FULL)), "{said}");
    for _ in 0..5 {
        assert_eq!(served.me(key).0, 200, "keys go on being checked");
        assert_eq!(rename("Again").0, 507, "it is refused each time, and nothing is worn out");
    }
    let disable = served.post(&cookie, "disable_key", &[("workspace", "acme"), ("key", id)]);
    assert_eq!((disable.0, disable.1["message"].as_str()), (507, Some(FULL)));
    assert_eq!(served.me(key).0, 200, "what was not acknowledged did not happen");
    let (status, page) = served.page(&cookie, "/w/acme/keys");
    assert!(status == 200 && page.contains(&last), "{status}");
    assert_eq!(served.page(&cookie, &format!("/w/acme/keys/{id}")).0, 200);
    assert_eq!(served.get("/readyz"), 200);
    // What was typed is too long for a cookie, and can't wait anywhere: why it was refused is said all the same.
    let models = "a-model-with-a-name\n".repeat(400);
    let provider =
        [("workspace", "acme"), ("name", "P"), ("slug", "p"), ("url", "https://e.com/v1"), ("models", &models)];
    assert!(served.submit(&cookie, "register_provider", &provider).contains("database is full or fails"));
    let sign_in = [("email", "ada@example.com"), ("password", PASSWORD)];
    let (status, said) = served.post("", "sign_in", &sign_in);
    assert_eq!((status, said["message"].as_str()), (507, Some(FULL)));

    free(&served);
    assert_eq!(rename("Afterwards").0, 200, "it recovers by itself");
    let wrong = format!("{models}no name");
    let provider =
        [("workspace", "acme"), ("name", "P"), ("slug", "p"), ("url", "https://e.com/v1"), ("models", &wrong)];
    assert!(served.submit(&cookie, "register_provider", &provider).contains(&wrong));
    assert_eq!(served.post("", "sign_in", &sign_in).0, 200);
    assert_eq!(home.keys()[0]["name"], "Afterwards");
    assert_eq!(served.post(&cookie, "disable_key", &[("workspace", "acme"), ("key", id)]).0, 200);
    assert_eq!(served.me(key).0, 401);
    drop(served);
    assert_eq!(integrity(&home.data().join("latchkey.db")), "ok");
    ran(&mut home.command(&["key", "enable", id]), "").succeeded();
}
