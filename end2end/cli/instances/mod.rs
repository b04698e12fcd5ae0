//! Several real instances on one PostgreSQL database, and what networks and machines do to them. Whatever happens, no instance
//! accepts a key after its end was acknowledged, and no acknowledgement takes longer than a lease (docs/consistency.md).

mod hammer;
mod proxy;

use crate::{
    home::{Home, PASSWORD},
    served::Served,
};
use hammer::Hammer;
use proxy::Proxy;
use std::{
    thread,
    time::{Duration, Instant},
};

const LEASE: Duration = Duration::from_secs(2);
/// A lease, and what a busy machine adds.
const BOUND: Duration = Duration::from_millis(3_500);
/// For so long an instance that stands still in the middle of a transaction may hold its rows.
const ROWS_HELD: Duration = Duration::from_secs(5);

/// A workspace with a key, and its administrator signed in on one instance.
struct World {
    home: Home,
    key: String,
    id: String,
}

/// Who makes the changes: an administrator in the console of one instance.
struct Console<'a> {
    served: &'a Served,
    cookie: String,
    id: &'a str,
}

impl World {
    fn new(home: Home) -> Self {
        home.acme();
        home.json(&["user", "admin", "--email", "mina@example.com"]);
        let made = home.key("Deploy", &[]);
        let text = |field: &str| made[field].as_str().unwrap().to_owned();
        Self { key: text("key"), id: text("id"), home }
    }

    fn serve(&self) -> Served {
        self.home.serve().followed()
    }

    /// An instance whose line to the database can be cut.
    fn behind_a_proxy(&self) -> (Proxy, Served) {
        let proxy = Proxy::to(Home::postgres_address());
        let mut command = self.home.serve_command(&[]);
        command.env("LATCHKEY_DATABASE_URL", self.home.postgres_url_at(proxy.port));
        let served = Served::start(&mut command).followed();
        (proxy, served)
    }

    fn console<'a>(&'a self, served: &'a Served) -> Console<'a> {
        let cookie = served.sign_in("mina@example.com", PASSWORD);
        Console { served, cookie, id: &self.id }
    }
}

impl Console<'_> {
    fn call(&self, action: &str) -> Duration {
        let begun = Instant::now();
        let form = [("workspace", "acme"), ("key", self.id)];
        assert_eq!(self.served.act(&self.cookie, action, &form), 200, "{action}");
        begun.elapsed()
    }

    /// Disables the key, tells the hammer, and lets these instances answer; says how long the acknowledgement took.
    #[track_caller]
    fn end(&self, hammer: &Hammer, answering: &[usize]) -> Duration {
        self.end_within(BOUND, hammer, answering)
    }

    #[track_caller]
    fn end_within(&self, bound: Duration, hammer: &Hammer, answering: &[usize]) -> Duration {
        let took = self.call("disable_key");
        hammer.ended();
        assert!(took < bound, "acknowledged after {took:?}");
        hammer.until(answering, "KEY_DISABLED");
        took
    }

    #[track_caller]
    fn revive(&self, hammer: &Hammer, answering: &[usize]) {
        hammer.reviving();
        self.call("enable_key");
        hammer.until(answering, "accepted");
    }
}

/// The usual case; prints how long acknowledgements take with one instance and with three.
#[test]
fn three_instances_under_load() {
    let world = World::new(Home::postgres());
    let first = world.serve();
    let rounds = |instances: &[&Served], all: &[usize]| {
        let mut times = Vec::new();
        Hammer::beside(instances, &world.key, |hammer| {
            let console = world.console(&first);
            hammer.until(all, "accepted");
            for _ in 0..40 {
                times.push(console.end(hammer, all));
                console.revive(hammer, all);
            }
        });
        times.sort_unstable();
        let at = |part: usize| times[(times.len() - 1) * part / 100];
        println!("{} instances: acknowledged after {:?} (median), {:?} (p99)", instances.len(), at(50), at(99));
    };
    rounds(&[&first], &[0]);
    let (second, third) = (world.serve(), world.serve());
    rounds(&[&first, &second, &third], &[0, 1, 2]);
}

#[test]
fn notices_are_lost() {
    let world = World::new(Home::postgres());
    let (first, second) = (world.serve(), world.serve());
    world.home.execute("DROP TRIGGER changes_are_announced ON changes");
    Hammer::beside(&[&first, &second], &world.key, |hammer| {
        let console = world.console(&first);
        hammer.until(&[0, 1], "accepted");
        for _ in 0..5 {
            console.end(hammer, &[0, 1]);
            console.revive(hammer, &[0, 1]);
        }
    });
}

#[test]
fn an_instance_is_paused() {
    let world = World::new(Home::postgres());
    let (first, second) = (world.serve(), world.serve());
    Hammer::beside(&[&first, &second], &world.key, |hammer| {
        let console = world.console(&first);
        hammer.until(&[0, 1], "accepted");
        second.signal("STOP");
        // It may stand in the middle of a transaction.
        let waited = console.end_within(BOUND + ROWS_HELD, hammer, &[0]);
        assert!(waited >= LEASE.checked_sub(Duration::from_millis(600)).unwrap(), "it was not waited for: {waited:?}");
        waking(&second, &world.key);
        hammer.until(&[1], "KEY_DISABLED");
        console.revive(hammer, &[0, 1]);
        // While it is away a second time, only the first writer waits for it.
        second.signal("STOP");
        console.end_within(BOUND + ROWS_HELD, hammer, &[0]);
        hammer.reviving();
        let again = console.call("enable_key");
        assert!(again < LEASE / 2, "it was waited for twice: {again:?}");
        second.signal("CONT");
        hammer.until(&[0, 1], "accepted");
    });
}

/// Its recorder waits for the key's row when it is stopped, and is given it while it stands still.
#[test]
fn an_instance_is_paused_in_a_transaction() {
    let world = World::new(Home::postgres());
    let (first, second) = (world.serve(), world.serve());
    Hammer::beside(&[&first, &second], &world.key, |hammer| {
        let console = world.console(&first);
        hammer.until(&[0, 1], "accepted");
        let mut held = world.home.hold("SELECT id FROM keys FOR UPDATE");
        held.until_others_wait(2);
        second.signal("STOP");
        held.release();
        console.end_within(BOUND + ROWS_HELD, hammer, &[0]);
        waking(&second, &world.key);
        hammer.until(&[1], "KEY_DISABLED");
        console.revive(hammer, &[0, 1]);
    });
}

#[test]
fn an_instance_is_killed() {
    let world = World::new(Home::postgres());
    let (first, mut second, third) = (world.serve(), world.serve(), world.serve());
    second.me(&world.key);
    Hammer::beside(&[&first, &third], &world.key, |hammer| {
        let console = world.console(&first);
        hammer.until(&[0, 1], "accepted");
        second.kill();
        console.end(hammer, &[0, 1]);
        console.revive(hammer, &[0, 1]);
        let after = console.end(hammer, &[0, 1]);
        assert!(after < LEASE / 2, "the dead was waited for again: {after:?}");
    });
}

#[test]
fn an_instance_is_cut_off_from_the_database() {
    let world = World::new(Home::postgres());
    let first = world.serve();
    let (proxy, second) = world.behind_a_proxy();
    Hammer::beside(&[&first, &second], &world.key, |hammer| {
        let console = world.console(&first);
        hammer.until(&[0, 1], "accepted");
        proxy.cut();
        console.end(hammer, &[0]);
        hammer.until(&[1], "UNAVAILABLE");
        proxy.mend();
        hammer.until(&[1], "KEY_DISABLED");
        console.revive(hammer, &[0, 1]);
        console.end(hammer, &[0, 1]);
    });
}

#[test]
fn the_database_restarts() {
    let world = World::new(Home::postgres());
    let ((line, first), (other, second)) = (world.behind_a_proxy(), world.behind_a_proxy());
    Hammer::beside(&[&first, &second], &world.key, |hammer| {
        let console = world.console(&first);
        hammer.until(&[0, 1], "accepted");
        line.end();
        other.end();
        hammer.until(&[0, 1], "UNAVAILABLE");
        line.mend();
        other.mend();
        let begun = Instant::now();
        hammer.forget();
        hammer.until(&[0, 1], "accepted");
        println!("back {:?} after the database", begun.elapsed());
        console.end(hammer, &[0, 1]);
    });
}

/// Lets a paused instance go on, with requests before its door that came after the key's end was acknowledged: it reads them
/// before its follower has read anything.
#[track_caller]
fn waking(paused: &Served, key: &str) {
    let answers: Vec<_> = thread::scope(|scope| {
        let waiting: Vec<_> = (0..16).map(|_| scope.spawn(|| paused.try_me(key))).collect();
        thread::sleep(Duration::from_millis(300));
        paused.signal("CONT");
        waiting.into_iter().map(|asker| asker.join().unwrap()).collect()
    });
    let refused = |answer: &Option<String>| answer.as_deref() == Some("KEY_DISABLED");
    assert!(answers.iter().all(refused), "{answers:?}");
}

/// On SQLite the command line is the other instance, and the server the one that is paused.
#[test]
fn a_server_on_a_file_is_paused() {
    let world = World::new(Home::sqlite());
    let served = world.serve();
    Hammer::beside(&[&served], &world.key, |hammer| {
        hammer.until(&[0], "accepted");
        served.signal("STOP");
        let begun = Instant::now();
        world.home.json(&["key", "disable", &world.id]);
        hammer.ended();
        assert!(
            begun.elapsed() >= LEASE.checked_sub(Duration::from_millis(600)).unwrap(),
            "acknowledged after {:?}",
            begun.elapsed()
        );
        assert!(begun.elapsed() < BOUND, "acknowledged after {:?}", begun.elapsed());
        waking(&served, &world.key);
        hammer.until(&[0], "KEY_DISABLED");
        hammer.reviving();
        world.home.json(&["key", "enable", &world.id]);
        hammer.until(&[0], "accepted");
    });
}
