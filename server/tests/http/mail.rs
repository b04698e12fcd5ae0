//! Mail about expiries and spending, handed to a mail server of the story's own: both mails, once each, whoever sends them, and later if
//! the mail server was away.

use crate::{
    spend::{capped, spend},
    world::{MINA, World, new_key},
};
use domain::{
    key::NewKey,
    model::Period,
    time::{DAY, HOUR, MINUTE},
};
use server::{
    Latchkey, ManualClock, keys,
    mail::{Mailer, Mails, send_due},
    users, workspaces,
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

on_both_engines![
    seven_days_and_one_day_ahead_once_each,
    two_instances_send_one,
    a_mail_server_that_was_away,
    nothing_for_what_stopped,
    a_moved_expiry,
    what_is_spent_is_told_once_each,
];
on_sqlite![
    each_mail_is_tried_once_a_look,
    what_cannot_be_noted_stops_no_other,
    the_mail_itself,
    the_mails_about_spending,
    a_refused_recipient_waits_longer,
    the_task_sends_by_itself
];

/// A mail server that keeps what it is handed.
struct Post {
    url: String,
    mails: Arc<Mutex<Vec<String>>>,
    /// What it answers to a recipient.
    recipients: Arc<Mutex<&'static str>>,
    /// How long it takes over each, by the story's clock.
    slow: Arc<Mutex<Option<ManualClock>>>,
    /// How many recipients it was told of.
    tried: Arc<AtomicUsize>,
}

impl Post {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (mails, recipients) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new("250 ok")));
        let (kept, answer) = (Arc::clone(&mails), Arc::clone(&recipients));
        let (slow, tried) = (Arc::default(), Arc::<AtomicUsize>::default());
        let (clock, count): (Arc<Mutex<Option<ManualClock>>>, _) = (Arc::clone(&slow), Arc::clone(&tried));
        let recipient = Arc::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
            if let Some(clock) = &*clock.lock().unwrap() {
                clock.advance(11 * MINUTE);
            }
            *answer.lock().unwrap()
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&kept), Arc::clone(&recipient)));
            }
        });
        Self { url, mails, recipients, slow, tried }
    }

    fn mailer(&self) -> Mailer {
        Mailer::new(&self.url.clone().into(), "Latchkey <latchkey@example.com>").unwrap()
    }

    /// The subjects so far.
    fn subjects(&self) -> Vec<String> {
        let mails = self.mails.lock().unwrap();
        let subject = |mail: &String| mail.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned();
        mails.iter().map(subject).collect()
    }

    fn count(&self) -> usize {
        self.mails.lock().unwrap().len()
    }
}

/// RFC 5321, as far as a client needs it.
async fn converse(
    stream: TcpStream,
    mails: Arc<Mutex<Vec<String>>>,
    recipient: Arc<impl Fn() -> &'static str + Send + Sync + 'static>,
) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 post\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let answer = match line.split(' ').next().unwrap().trim() {
            "EHLO" | "HELO" => "250-post\r\n250 8BITMIME",
            "RCPT" => recipient(),
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut mail).await.unwrap();
                }
                mails.lock().unwrap().push(mail);
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        line.clear();
    }
}

/// One look for due mails; how many were taken.
async fn look(latchkey: &Latchkey, mailer: &Mailer) -> usize {
    let (_go_on, stopped) = watch::channel(());
    send_due(latchkey, mailer, &stopped).await.unwrap()
}

/// A key that ends in thirty days.
fn thirty(world: &World, name: &str) -> NewKey {
    NewKey { expires_at: Some(world.now().plus(30 * DAY)), ..new_key(name) }
}

async fn seven_days_and_one_day_ahead_once_each(world: &World) {
    let post = Post::open().await;
    let mailer = post.mailer();
    world.key(thirty(world, "CI")).await;
    world.key(new_key("for ever")).await;
    world.clock.advance(23 * DAY - 1);
    assert_eq!(look(&world.latchkey, &mailer).await, 0);
    world.clock.advance(1);
    assert_eq!((look(&world.latchkey, &mailer).await, look(&world.latchkey, &mailer).await), (1, 0));
    world.clock.advance(6 * DAY - 1);
    assert_eq!(look(&world.latchkey, &mailer).await, 0);
    world.clock.advance(1);
    assert_eq!((look(&world.latchkey, &mailer).await, look(&world.latchkey, &mailer).await), (1, 0));
    world.clock.advance(DAY);
    assert_eq!((look(&world.latchkey, &mailer).await, post.count()), (0, 2));
}

async fn two_instances_send_one(world: &World) {
    let post = Post::open().await;
    let other = world.instance(|_| ()).await;
    for n in 0..8 {
        world.key(thirty(world, &format!("key {n}"))).await;
    }
    world.clock.advance(25 * DAY);
    let (one, two) = (post.mailer(), post.mailer());
    let (here, there) = tokio::join!(look(&world.latchkey, &one), look(&other, &two));
    assert_eq!((here + there, post.count()), (8, 8));
    let mut ids = post.mails.lock().unwrap().clone();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8, "eight different mails");
}

async fn a_mail_server_that_was_away(world: &World) {
    let post = Post::open().await;
    // Nobody listens at this port, nor may be given it.
    let away = Mailer::new(&"smtp://127.0.0.1:9".into(), "latchkey@example.com").unwrap();
    world.key(thirty(world, "CI")).await;
    world.clock.advance(25 * DAY);
    assert_eq!(look(&world.latchkey, &away).await, 0);
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 0, "not at once");
    world.clock.advance(10 * MINUTE);
    assert_eq!((look(&world.latchkey, &post.mailer()).await, post.count()), (1, 1));
    world.clock.advance(HOUR);
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 0);
}

async fn nothing_for_what_stopped(world: &World) {
    let post = Post::open().await;
    let (paused, gone) = (world.key(thirty(world, "paused")).await, world.key(thirty(world, "gone")).await);
    keys::disable(&world.grant("acme").await, &paused.id).await.unwrap();
    keys::delete(&world.grant("acme").await, &gone.id, "").await.unwrap();
    for email in ["left@example.com", "out@example.com"] {
        world.user(email).await;
        world.member("acme", email, domain::access::Role::Developer).await;
        world.key_of("acme", email, thirty(world, "CI")).await;
    }
    workspaces::remove_member(&world.grant("acme").await, "left@example.com").await.unwrap();
    users::disable(&world.operator().instance().unwrap(), "out@example.com").await.unwrap();
    for days in [25, 4] {
        world.clock.advance(days * DAY);
        assert_eq!((look(&world.latchkey, &post.mailer()).await, post.count()), (0, 0));
    }
    keys::enable(&world.grant("acme").await, &paused.id).await.unwrap();
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 1, "it works again, and ends within a day");
}

async fn a_moved_expiry(world: &World) {
    let post = Post::open().await;
    let soon = world.key(NewKey { expires_at: Some(world.now().plus(5 * DAY)), ..new_key("soon") }).await;
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 0, "whoever made it knows: {}", soon.id);
    world.clock.advance(4 * DAY);
    assert_eq!((look(&world.latchkey, &post.mailer()).await, post.subjects().len()), (1, 1));
}

/// A mail server that takes its time and refuses: by the end of a look the first mails would be due again.
async fn each_mail_is_tried_once_a_look(world: &World) {
    let post = Post::open().await;
    *post.recipients.lock().unwrap() = "450 later";
    *post.slow.lock().unwrap() = Some(world.clock.clone());
    for n in 0..3 {
        world.key(thirty(world, &format!("key {n}"))).await;
    }
    world.clock.advance(25 * DAY);
    let mailer = post.mailer();
    let looked = tokio::time::timeout(Duration::from_secs(20), look(&world.latchkey, &mailer)).await;
    assert_eq!((looked, post.tried.load(Ordering::SeqCst)), (Ok(0), 3));
    *post.slow.lock().unwrap() = None;
    *post.recipients.lock().unwrap() = "250 ok";
    world.clock.advance(10 * MINUTE);
    assert_eq!(look(&world.latchkey, &mailer).await, 3);
}

async fn what_cannot_be_noted_stops_no_other(world: &World) {
    let post = Post::open().await;
    for n in 0..2 {
        world.key(thirty(world, &format!("key {n}"))).await;
    }
    world.clock.advance(25 * DAY);
    let forbid =
        "CREATE TRIGGER never BEFORE UPDATE OF sent_at ON expiry_mails BEGIN SELECT RAISE(ABORT, 'never'); END";
    world.place.execute(forbid).await;
    assert_eq!((look(&world.latchkey, &post.mailer()).await, post.count()), (2, 2));
    // In time, it is noted with another try.
    world.key(thirty(world, "later")).await;
    world.clock.advance(25 * DAY);
    let mailer = post.mailer();
    let allow = async {
        while post.count() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.place.execute("DROP TRIGGER never").await;
    };
    let (sent, ()) = tokio::join!(look(&world.latchkey, &mailer), allow);
    assert_eq!(sent, 1);
    world.clock.advance(2 * HOUR);
    assert_eq!((look(&world.latchkey, &mailer).await, post.count()), (0, 3));
}

async fn the_mail_itself(world: &World) {
    let post = Post::open().await;
    let key = world.key(thirty(world, "CI")).await;
    world.clock.advance(24 * DAY);
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 1);
    let mail = post.mails.lock().unwrap()[0].clone();
    let unfolded = mail.replace("=\r\n", "").replace("=E2=80=9C", "“").replace("=E2=80=9D", "”");
    for part in [
        "From: Latchkey <latchkey@example.com>\r\n",
        &format!("To: mina <{MINA}>\r\n"),
        &format!("Message-ID: <expiry.{}.", key.id),
        "Auto-Submitted: auto-generated\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "in the workspace ACME expires in 6 days",
        &format!("lk_{}_", key.id),
        &world.now().plus(6 * DAY).human(),
        &format!("http://127.0.0.1:3000/w/acme/keys/{}", key.id),
    ] {
        assert!(unfolded.contains(part), "{part} is not in {mail}");
    }
    assert!(!mail.contains(&key.text[12..44]), "no secret");
    assert!(unfolded.contains(&format!("••••{}", &key.text[46..])) || unfolded.contains(&key.text[46..]));
}

async fn what_is_spent_is_told_once_each(world: &World) {
    let post = Post::open().await;
    let (mailer, other) = (post.mailer(), world.instance(|_| ()).await);
    let key = world.key(capped("agent", "", "10", "week")).await;
    spend(world, &key, "7.99").await;
    assert_eq!(look(&world.latchkey, &mailer).await, 0);
    spend(world, &key, "0.01").await;
    let (here, there) = tokio::join!(look(&world.latchkey, &mailer), look(&other, &mailer));
    assert_eq!((here + there, look(&world.latchkey, &mailer).await), (1, 0));
    spend(world, &key, "2").await;
    assert_eq!((look(&other, &mailer).await, look(&world.latchkey, &mailer).await), (1, 0));
    // The cap is raised, and nearly reached again; then the next week.
    let change = world.grant("acme").await;
    keys::limit_models(&change, &key.id, "", "20", "week", "").await.unwrap();
    assert_eq!(look(&world.latchkey, &mailer).await, 0);
    spend(world, &key, "6").await;
    assert_eq!(look(&world.latchkey, &mailer).await, 1);
    world.clock.advance(7 * DAY);
    spend(world, &key, "25").await;
    assert_eq!((look(&world.latchkey, &mailer).await, look(&world.latchkey, &mailer).await), (1, 0));
    assert_eq!(post.count(), 4);
    other.shut_down().await;
}

async fn the_mails_about_spending(world: &World) {
    let post = Post::open().await;
    let (weekly, total) =
        (world.key(capped("weekly", "", "10", "week")).await, world.key(capped("for ever", "", "2.5", "total")).await);
    spend(world, &weekly, "8.25").await;
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 1);
    spend(world, &weekly, "2").await;
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 1);
    spend(world, &total, "2.5").await;
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 1);
    let anew = Period::Week.end(world.now()).unwrap().human();
    let refused_until = format!("It is refused until {anew}, or until the cap is raised on its page.");
    let mails = post.mails.lock().unwrap().clone();
    for (mail, key, parts) in [
        (
            &mails[0],
            &weekly,
            ["has spent 80% of its cap:", "Spent    $8.25", "Cap      $10.00 a week", &anew, "It works on until"],
        ),
        (
            &mails[1],
            &weekly,
            ["has reached its spend cap:", "Spent    $10.25", "Cap      $10.00 a week", &anew, &refused_until],
        ),
        (
            &mails[2],
            &total,
            [
                "has reached its spend cap:",
                "Spent    $2.50",
                "Cap      $2.50 in total",
                "in the workspace ACME",
                "It is refused until the cap is raised on its page.",
            ],
        ),
    ] {
        let unfolded = mail.replace("=\r\n", "");
        for part in parts {
            assert!(unfolded.contains(part), "{part} is not in {mail}");
        }
        let page = format!("http://127.0.0.1:3000/w/acme/keys/{}", key.id);
        assert!(unfolded.contains(&page) && unfolded.contains(&format!("Message-ID: <spend.{}.", key.id)), "{mail}");
        assert!(!mail.contains(&key.text[12..44]), "no secret");
    }
    assert!(!mails[2].contains("Anew"), "a cap in total never counts anew");
}

async fn a_refused_recipient_waits_longer(world: &World) {
    let post = Post::open().await;
    *post.recipients.lock().unwrap() = "550 no such user";
    world.key(thirty(world, "CI")).await;
    world.clock.advance(25 * DAY);
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 0);
    *post.recipients.lock().unwrap() = "250 ok";
    world.clock.advance(10 * MINUTE);
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 0);
    world.clock.advance(12 * HOUR);
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 1);
}

async fn the_task_sends_by_itself(world: &World) {
    let post = Post::open().await;
    world.key(thirty(world, "CI")).await;
    world.clock.advance(25 * DAY);
    let mails = Mails::start(world.latchkey.clone(), post.mailer());
    for _ in 0..3_000 {
        if post.count() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    mails.finish().await;
    assert_eq!(post.count(), 1);
    assert_eq!(look(&world.latchkey, &post.mailer()).await, 0, "it was noted as sent");
}
