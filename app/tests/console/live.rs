//! The log as it grows: rows come with the filters of the URL and of their workspace alone, and the stream ends with what let
//! somebody see it.

use super::world::{Browser, Page, Who, World};
use domain::{access::Role, key::Permission};
use reqwest::Response;
use server::{auth::Caller, http::LIVE, workspaces};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const LOGS: &str = "/w/acme/logs/live";
/// Longer than a row takes to come, and a session's end or a membership's to be noticed. Promised of a machine that does not
/// stand still: of several tries, the quickest has to be within it.
const SOON: Duration = Duration::from_secs(8);
/// For each try.
const AT_MOST: Duration = Duration::from_mins(1);

/// An open stream, and what came of it.
struct Tail {
    answer: Response,
    text: String,
}

impl Tail {
    async fn open(browser: &Browser, path: &str) -> Self {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        Self { answer, text: String::new() }
    }

    /// Reads on for at most that long; whether the stream has ended.
    async fn read(&mut self, most: Duration) -> bool {
        match timeout(most, self.answer.chunk()).await {
            Ok(Ok(Some(piece))) => {
                self.text += &String::from_utf8_lossy(&piece).replace("<!>", "");
                false
            }
            Ok(Ok(None) | Err(_)) => true,
            Err(_) => false,
        }
    }

    /// Waits for a text; says how long.
    async fn until(&mut self, part: &str) -> Duration {
        let begun = Instant::now();
        while !self.text.contains(part) {
            assert!(begun.elapsed() < AT_MOST, "{part} does not come, only {}", self.text);
            assert!(!self.read(Duration::from_millis(100)).await, "the stream ends before {part}");
        }
        begun.elapsed()
    }

    /// How many rows came.
    fn rows(&self) -> usize {
        self.text.matches("<tr ").count()
    }

    /// After what time the stream ends by itself; `None` if it does not within that.
    async fn ends(mut self, within: Duration) -> Option<Duration> {
        let begun = Instant::now();
        while begun.elapsed() < within {
            if self.read(Duration::from_millis(100)).await {
                return Some(begun.elapsed());
            }
        }
        None
    }
}

async fn me(world: &World, key: &str) -> u16 {
    let asked = reqwest::Client::new().get(format!("{}/api/me", world.url)).bearer_auth(key);
    asked.send().await.unwrap().status().as_u16()
}

async fn disable(world: &World, id: &str) {
    let grant = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
    server::keys::disable(&grant, id).await.unwrap();
}

#[tokio::test]
async fn rows_come_as_they_are_written_with_the_filters_of_the_url() {
    let world = World::new().await;
    assert_eq!(LIVE.replace("{workspace}", "acme"), LOGS);
    let (ci, ci_key) = world.key(Who::Developer, "CI <b>", Permission::ReadOnly, false).await;
    let (_, agent_key) = world.key(Who::Admin, "agent", Permission::ReadWrite, false).await;
    let viewer = world.browser(Who::Viewer).await;
    let other = world.browser(Who::Other).await;
    let mut all = Tail::open(&viewer, LOGS).await;
    let header = |name: &str| all.answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!((header("cache-control"), header("x-accel-buffering")), ("no-store".into(), "no".into()));
    let mut refused = Tail::open(&viewer, &format!("{LOGS}?answer=refused&key=ci")).await;
    let mut elsewhere = Tail::open(&other, "/w/other/logs/live").await;
    all.until("retry: ").await;
    let mut took = Vec::new();
    for (key, name) in [(&ci_key, "CI &lt;b&gt;"), (&agent_key, "agent")] {
        assert_eq!(me(&world, key).await, 200);
        took.push(all.until(name).await);
    }
    assert!(all.text.contains(&format!("href=\"/w/acme/keys/{ci}\"")) && all.text.contains(">Accepted<"));
    disable(&world, &ci).await;
    assert_eq!(me(&world, &ci_key).await, 401);
    took.push(all.until("KEY_DISABLED").await);
    assert!(took.iter().any(|took| *took < SOON), "{took:?}");
    refused.until("KEY_DISABLED").await;
    // Each of them once, however often the log is looked at.
    for tail in [&mut all, &mut refused, &mut elsewhere] {
        for _ in 0..25 {
            assert!(!tail.read(Duration::from_millis(100)).await);
        }
    }
    assert_eq!((all.rows(), refused.rows(), elsewhere.rows()), (3, 1, 0));
    // As the page has them.
    let page = viewer.get("/w/acme/logs").await.html().await;
    let row = &all.text[all.text.find("<tr ").unwrap()..];
    let place = &row[..row.find('>').unwrap()];
    assert!(page.contains(place), "{place}");
}

#[tokio::test]
async fn a_stream_begins_where_the_page_or_the_one_before_ended() {
    let world = World::new().await;
    let (_, key) = world.key(Who::Developer, "CI", Permission::ReadOnly, false).await;
    let viewer = world.browser(Who::Viewer).await;
    let mut first = Tail::open(&viewer, LOGS).await;
    let now = world.latchkey.now().0;
    assert_eq!(me(&world, &key).await, 200);
    first.until("\nid: ").await;
    let id = first.text.split("\nid: ").nth(1).unwrap().split('\n').next().unwrap().to_owned();
    drop(first);
    // Within what may be written late, it comes again: the page knows it by its number.
    let again = viewer.client.get(format!("{}{LOGS}?since=0", world.url)).header("last-event-id", &id);
    let mut again = Tail { answer: again.send().await.unwrap(), text: String::new() };
    again.until("CI").await;
    Tail::open(&viewer, &format!("{LOGS}?since={now}")).await.until("CI").await;
    Tail::open(&viewer, &format!("{LOGS}?since=0")).await.until("CI").await;
    Tail::open(&viewer, &format!("{LOGS}?since=-9223372036854775808")).await.until("CI").await;
    let later = world.latchkey.now().plus(-60_000);
    assert!(
        Tail::open(&viewer, &format!("{LOGS}?since=nonsense&to={}", later.plus(-86_400_000).day())).await.rows() == 0
    );
}

#[tokio::test]
async fn who_may_not_see_the_page_gets_no_stream() {
    let world = World::new().await;
    let nobody = world.browser(Who::Nobody).await.get(LOGS).await;
    assert_eq!(nobody.status(), 303);
    assert_eq!(world.browser(Who::Other).await.get(LOGS).await.status(), 404);
    assert_eq!(world.browser(Who::Viewer).await.get("/w/none/logs/live").await.status(), 404);
    let wrong = world.browser(Who::Viewer).await.get(&format!("{LOGS}?from=yesterday")).await;
    assert_eq!(wrong.status(), 422);
    assert!(wrong.html().await.contains("This is not a day."));
}

#[tokio::test]
async fn a_stream_ends_with_the_session_and_with_the_membership() {
    let world = World::new().await;
    let stays = world.browser(Who::Admin).await;
    let mut stays = Tail::open(&stays, LOGS).await;
    let grant = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
    let mut took = Vec::new();
    while took.len() < 3 && !took.iter().any(|took| *took < SOON) {
        workspaces::put_member(&grant, &Who::Developer.email(), Role::Developer).await.unwrap();
        let (viewer, developer) = (world.browser(Who::Viewer).await, world.browser(Who::Developer).await);
        let (signed_out, removed) = (Tail::open(&viewer, LOGS).await, Tail::open(&developer, LOGS).await);
        viewer.post("/console/sign_out", &[]).send().await.unwrap();
        workspaces::remove_member(&grant, &Who::Developer.email()).await.unwrap();
        let (signed_out, removed) = tokio::join!(signed_out.ends(AT_MOST), removed.ends(AT_MOST));
        took.push(signed_out.expect("ends with the session").max(removed.expect("ends with the membership")));
        assert_eq!(developer.get(LOGS).await.status(), 404, "nor does it begin anew");
    }
    assert!(took.iter().any(|took| *took < SOON), "{took:?}");
    assert!(!stays.read(Duration::from_millis(10)).await && stays.ends(SOON).await.is_none(), "nobody else's ends");
}

#[tokio::test]
async fn streams_are_bounded_and_end_with_the_program() {
    let world = World::new().await;
    let viewer = world.browser(Who::Viewer).await;
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(Tail::open(&viewer, LOGS).await);
    }
    let refused = viewer.get(LOGS).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.html().await.contains("10 live logs open"));
    let others = Tail::open(&world.browser(Who::Admin).await, LOGS).await;
    open.pop();
    let end = Instant::now() + AT_MOST;
    while viewer.get(LOGS).await.status() != 200 {
        assert!(Instant::now() < end, "the place of one that was closed is not free");
        sleep(Duration::from_millis(50)).await;
    }
    world.latchkey.end_streams();
    let (one, another) = tokio::join!(open.remove(0).ends(AT_MOST), others.ends(AT_MOST));
    assert!(one.is_some() && another.is_some());
}

#[tokio::test]
async fn a_silent_stream_gives_a_sign_of_life() {
    let world = World::new().await;
    let mut tail = Tail::open(&world.browser(Who::Viewer).await, LOGS).await;
    tail.until("retry: ").await;
    let mut took = Vec::new();
    // The quickest of three, as above.
    while took.len() < 3 && !took.iter().any(|took| *took < Duration::from_secs(20)) {
        tail.text.clear();
        took.push(tail.until(":").await);
        assert!(tail.text.starts_with(':'), "a comment, and no event: {}", tail.text);
    }
    assert!(took.iter().any(|took| *took < Duration::from_secs(20)), "{took:?}");
}
