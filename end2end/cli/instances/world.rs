//! What these stories begin with: a key, instances on its database, and the console that changes it.

use super::{hammer::Hammer, proxy::Proxy};
use crate::{
    home::{Home, PASSWORD},
    served::Served,
};
use std::time::{Duration, Instant};

/// A workspace with a key, and its administrator signed in on one instance.
pub struct World {
    pub home: Home,
    pub key: String,
    pub id: String,
}

/// Who makes the changes: an administrator in the console of one instance.
pub struct Console<'a> {
    served: &'a Served,
    cookie: String,
    id: &'a str,
}

impl World {
    pub fn new(home: Home) -> Self {
        home.acme();
        home.json(&["user", "admin", "--email", "mina@example.com"]);
        let made = home.key("Deploy", &[]);
        let text = |field: &str| made[field].as_str().unwrap().to_owned();
        Self { key: text("key"), id: text("id"), home }
    }

    pub fn serve(&self) -> Served {
        self.home.serve().followed()
    }

    /// An instance whose line to the database can be cut.
    pub fn behind_a_proxy(&self) -> (Proxy, Served) {
        let proxy = Proxy::to(Home::postgres_address());
        let mut command = self.home.serve_command(&[]);
        command.env("LATCHKEY_DATABASE_URL", self.home.postgres_url_at(proxy.port));
        let served = Served::start(&mut command).followed();
        (proxy, served)
    }

    pub fn console<'a>(&'a self, served: &'a Served) -> Console<'a> {
        let cookie = served.sign_in("mina@example.com", PASSWORD);
        Console { served, cookie, id: &self.id }
    }
}

impl Console<'_> {
    pub fn call(&self, action: &str) -> Duration {
        let begun = Instant::now();
        let form = [("workspace", "acme"), ("key", self.id)];
        assert_eq!(self.served.act(&self.cookie, action, &form), 200, "{action}");
        begun.elapsed()
    }

    /// Disables the key, tells the hammer, and lets these instances answer; says how long the acknowledgement took.
    #[track_caller]
    pub fn end(&self, hammer: &Hammer, answering: &[usize]) -> Duration {
        let took = self.call("disable_key");
        hammer.ended();
        hammer.until(answering, "KEY_DISABLED");
        took
    }

    #[track_caller]
    pub fn revive(&self, hammer: &Hammer, answering: &[usize]) {
        hammer.reviving();
        self.call("enable_key");
        hammer.until(answering, "accepted");
    }
}
