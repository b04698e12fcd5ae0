//! How many keys each section shows: those that work by whole pages, beneath them a glance at the others.

use super::world::{Browser, Page, Who, World};
use domain::key::Permission;
use server::{auth::Caller, keys};

const STOPPED: usize = 25;

/// The rows of the disabled section and where its next page is.
async fn disabled(browser: &Browser, path: &str) -> (usize, Option<String>) {
    let html = browser.get(path).await.html().await;
    let section = html.find("aria-labelledby=\"disabled\"").map_or("", |at| &html[at..]);
    let section = &section[..section.find("</section>").unwrap_or(section.len())];
    let more = section.split("href=\"").find(|link| link.contains("after_disabled=") && link.contains("More keys"));
    let more = more.map(|link| link[..link.find('"').unwrap()].replace("&amp;", "&"));
    (section.matches("class=\"key-row\"").count(), more)
}

#[tokio::test]
async fn keys_that_do_not_work_take_a_glance_until_they_are_asked_for() {
    let world = World::new().await;
    let change = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
    for n in 0..STOPPED {
        let (id, _) = world.key(Who::Developer, &format!("stopped {n}"), Permission::ReadOnly, false).await;
        keys::disable(&change, &id).await.unwrap();
    }
    let browser = world.browser(Who::Developer).await;
    let (shown, more) = disabled(&browser, "/w/acme/keys").await;
    assert_eq!(shown, 10);
    let (rest, end) = disabled(&browser, &more.unwrap()).await;
    assert_eq!((rest, end), (STOPPED - shown, None), "all the others on one page");
    let (alone, end) = disabled(&browser, "/w/acme/keys?status=disabled").await;
    assert_eq!((alone, end), (STOPPED, None));
}
