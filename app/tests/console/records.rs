//! The audit log's page, the key's chart and requests, and the own name: what they show, to whom, and what they leave out.

use super::world::{Browser, Page, Who, World, location};
use domain::key::Permission;
use server::verify::{Bearer, Question};
use std::time::{Duration, Instant};

async fn text(browser: &Browser, path: &str) -> String {
    browser.get(path).await.html().await
}

/// What stands in the page as a person reads it.
async fn plain(browser: &Browser, path: &str) -> String {
    let html = text(browser, path).await;
    let main = html.split("<main").nth(1).unwrap_or_default();
    let mut tags = false;
    let text: String = main
        .chars()
        .filter_map(|c| {
            let end = c == '>';
            tags = (tags || c == '<') && !end;
            if end { Some(' ') } else { (!tags).then_some(c) }
        })
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn form<'a>(key: &str, more: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
    let mut form = vec![("workspace", "acme".to_owned()), ("key", key.to_owned())];
    form.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    form
}

#[tokio::test]
async fn the_audit_log_tells_what_happened() {
    let world = World::new().await;
    let (admin, developer) = (world.browser(Who::Admin).await, world.browser(Who::Developer).await);
    let (id, _) = world.key(Who::Developer, "CI <b>pipeline</b>", Permission::ReadOnly, false).await;
    let rename = developer.fetch("/console/rename_key", &form(&id, &[("name", "Renamed one")])).send().await.unwrap();
    assert_eq!(rename.status(), 200);
    let all = plain(&admin, "/w/acme/audit").await;
    for part in
        ["Renamed key CI", "Created key CI", "Added member or changed role of", "developer@example.com", "127.0.0.1"]
    {
        assert!(all.contains(part), "{part}: {all}");
    }
    let html = text(&admin, "/w/acme/audit").await;
    assert!(!html.contains("<b>pipeline"), "names are text");
    assert!(html.contains(&format!("/w/acme/audit?target={id}")) && html.contains("/w/acme/audit.csv"));

    for (query, there, gone) in [
        ("?action=key.rename", "Renamed key", "Created key"),
        ("?who=developer%40example.com", "Renamed key", "Added member or changed role of <"),
        ("?who=develop", "Renamed key", "Created key CI"),
        ("?target=PIPELINE", "Created key", "role of viewer"),
        ("?from=2999-01-01", "No event matches", "Renamed key CI"),
    ] {
        let found = plain(&admin, &format!("/w/acme/audit{query}")).await;
        assert!(found.contains(there) && !found.contains(gone), "{query}: {found}");
        let html = text(&admin, &format!("/w/acme/audit{query}")).await;
        let file = format!("/w/acme/audit.csv{query}").replace('@', "%40");
        assert!(html.contains(&file), "the export has the page's filters: {file}");
    }
    let file = admin.get("/w/acme/audit.csv").await;
    let header = |name: &str| file.headers()[name].to_str().unwrap();
    assert_eq!((header("cache-control"), header("x-content-type-options")), ("no-store", "nosniff"));
    assert!(header("content-disposition").starts_with("attachment; filename=\"audit-acme-"));
    let wrong = admin.get("/w/acme/audit?from=yesterday&who=mina").await;
    assert_eq!(wrong.status(), 422);
    let wrong = wrong.html().await;
    assert!(wrong.contains("This is not a day.") && wrong.contains("value=\"mina\""), "nothing typed is lost");
    assert!(!wrong.contains("audit.csv"), "what is not understood is not exported");
}

#[tokio::test]
async fn the_audit_log_is_paged() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    for n in 0..60 {
        world.key(Who::Developer, &format!("key number {n:02}"), Permission::ReadOnly, false).await;
    }
    let first = text(&admin, "/w/acme/audit?action=key.create").await;
    assert_eq!(first.matches("Created key").count(), 50);
    assert!(first.contains("key number 59") && !first.contains("key number 09"));
    let at = first.find("after=").unwrap();
    let after: String = first[at + 6..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
    let second = text(&admin, &format!("/w/acme/audit?action=key.create&after={after}")).await;
    assert_eq!(second.matches("Created key").count(), 10);
    assert!(second.contains("key number 09") && second.contains("First page") && !second.contains("Older events"));
}

#[tokio::test]
async fn the_log_is_offered_to_those_who_may_read_it() {
    let world = World::new().await;
    let (id, _) = world.key(Who::Developer, "CI", Permission::ReadOnly, false).await;
    for (who, sees) in [(Who::Viewer, false), (Who::Developer, false), (Who::Admin, true), (Who::Instance, true)] {
        let browser = world.browser(who).await;
        let html = text(&browser, &format!("/w/acme/keys/{id}")).await;
        assert_eq!(html.contains("href=\"/w/acme/audit\""), sees, "{who:?}: the bar");
        assert_eq!(html.contains(&format!("href=\"/w/acme/audit?target={id}\"")), sees, "{who:?}: the key's page");
    }
    let refused = plain(&world.browser(Who::Developer).await, "/w/acme/audit").await;
    assert!(refused.contains("The audit log is for administrators of the workspace."), "{refused}");
    let whole = plain(&world.browser(Who::Instance).await, "/admin/audit").await;
    for part in ["Installation", "Added user", "Created workspace other", "acme"] {
        assert!(whole.contains(part), "{part}: {whole}");
    }
}

/// Uses a key some times, and waits until its page of requests lists that many.
async fn use_key(world: &World, browser: &Browser, id: &str, key: &str, times: usize, listed: usize) {
    for _ in 0..times {
        let question = Question { surface: "me", access: None, bearer: Bearer::default(), mcp: None, model: None };
        let _ = world.latchkey.verify(key, question).await;
    }
    for _ in 0..600 {
        let all = plain(browser, &format!("/w/acme/keys/{id}/requests")).await;
        let shown = all.matches("just now").count();
        if shown >= listed {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the uses are not written");
}

#[tokio::test]
async fn the_chart_counts_what_was_accepted_and_refused() {
    let world = World::new().await;
    let viewer = world.browser(Who::Viewer).await;
    let (id, key) = world.key(Who::Developer, "CI", Permission::ReadOnly, false).await;
    let page = format!("/w/acme/keys/{id}");
    let unused = plain(&viewer, &page).await;
    assert!(unused.contains("0 accepted 0 refused"), "{unused}");
    use_key(&world, &viewer, &id, &key, 3, 3).await;
    let developer = world.browser(Who::Developer).await;
    developer.fetch("/console/disable_key", &form(&id, &[])).send().await.unwrap();
    use_key(&world, &viewer, &id, &key, 2, 5).await;
    for (range, columns, name) in [
        ("", 7, "7 days"),
        ("?range=24h", 24, "24 hours"),
        ("?range=7d", 7, "7 days"),
        ("?range=30d", 30, "30 days"),
        ("?range=x", 7, "7 days"),
    ] {
        let path = format!("{page}{range}");
        let shown = plain(&viewer, &path).await;
        assert!(shown.contains("3 accepted 2 refused"), "{range}: {shown}");
        let html = text(&viewer, &path).await;
        assert_eq!(html.matches("chart-slot").count(), columns, "{range}");
        assert!(html.contains(&format!("Requests with this key within {name}</title>")), "{range}");
        assert!(html.contains(": 3 accepted, 2 refused</title>"), "{range}: its column says so");
        assert!(html.contains("url(#chart-hatching)"), "{range}: what was refused is hatched");
        assert!(!html.contains(" style="), "{range}");
    }
}

#[tokio::test]
async fn requests_are_paged_and_filtered_by_outcome() {
    let world = World::new().await;
    let viewer = world.browser(Who::Viewer).await;
    let (id, key) = world.key(Who::Developer, "CI", Permission::ReadOnly, false).await;
    use_key(&world, &viewer, &id, &key, 55, 50).await;
    let page = format!("/w/acme/keys/{id}/requests");
    let second_page = async || {
        let first = text(&viewer, &page).await;
        assert_eq!(first.matches(">Accepted</span>").count(), 50);
        let after = first.split("after=").nth(1)?;
        let after: String = after.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let second = text(&viewer, &format!("{page}?after={after}")).await;
        (second.matches(">Accepted</span>").count() == 5).then_some(second)
    };
    // The last of them may be written later than the others.
    let until = Instant::now() + Duration::from_secs(30);
    let second = loop {
        match second_page().await {
            Some(second) => break second,
            None => assert!(Instant::now() < until, "the last five are not listed"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(second.contains("First page") && !second.contains("Older requests"));
    let refused = plain(&viewer, &format!("{page}?outcome=refused")).await;
    assert!(refused.contains("Nothing of that kind"), "{refused}");
    assert!(text(&viewer, &format!("/w/acme/keys/{id}")).await.contains(&format!("href=\"{page}\"")), "linked");
    let unknown = viewer.get("/w/acme/keys/00000000/requests").await;
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn a_renaming_says_both_names() {
    let world = World::new().await;
    let (developer, admin) = (world.browser(Who::Developer).await, world.browser(Who::Admin).await);
    let (id, _) = world.key(Who::Developer, "CI", Permission::ReadOnly, false).await;
    let rename = [("workspace", "acme".into()), ("key", id.clone()), ("name", "CI <2>".into())];
    developer.post("/console/rename_key", &rename).send().await.unwrap();
    let log = plain(&admin, "/w/acme/audit?action=key.rename").await;
    assert!(log.contains("Renamed key CI to CI &lt;2&gt;"), "{log}");
    let found = plain(&admin, "/w/acme/audit?action=key.rename&target=%3C2%3E").await;
    assert!(found.contains("Renamed key CI to"), "found by its new name, too: {found}");
    let page = plain(&admin, &format!("/w/acme/keys/{id}")).await;
    assert!(page.contains("Renamed “ CI ” to “ CI &lt;2&gt; ”"), "{page}");
    let csv = text(&admin, "/w/acme/audit.csv?action=key.rename").await;
    assert!(csv.contains(",CI,") && csv.contains(",CI <2>"), "{csv}");
    let json = text(&admin, "/w/acme/audit.json?action=key.rename").await;
    assert!(json.contains(r#""target_name":"CI""#) && json.contains(r#""new_name":"CI <2>""#), "{json}");
}

#[tokio::test]
async fn the_own_name_changes_everywhere_at_once() {
    let world = World::new().await;
    let (developer, admin) = (world.browser(Who::Developer).await, world.browser(Who::Admin).await);
    world.key(Who::Developer, "CI", Permission::ReadOnly, false).await;
    let done = developer.post("/console/rename_self", &[("name", " Zoë <Park> ".into())]).send().await.unwrap();
    assert_eq!((done.status().as_u16(), location(&done).as_str()), (303, "/account"));
    let account = text(&developer, "/account").await;
    assert!(account.contains("You are now called “Zoë &lt;Park&gt;”.") && account.contains("developer@example.com"));
    assert!(text(&admin, "/w/acme/keys").await.contains("Zoë &lt;Park&gt;"), "on the list of keys");
    assert!(text(&admin, "/w/acme/keys?q=zo%C3%AB").await.contains("key-row"), "and it is searched by");
    let log = plain(&world.browser(Who::Instance).await, "/admin/audit?action=user.rename").await;
    assert!(log.contains("Changed name of developer@example.com to Zoë &lt;Park&gt;"), "{log}");

    let refused = developer.post("/console/rename_self", &[("name", "a\u{202E}b".into())]).send().await.unwrap();
    assert_eq!(location(&refused), "/account");
    let account = text(&developer, "/account").await;
    assert!(
        account.contains("control or text-direction character") && account.contains("a\u{202E}b"),
        "typed text stays"
    );
    assert!(text(&developer, "/account").await.contains("value=\"Zoë &lt;Park&gt;\""), "nothing was changed");
}
