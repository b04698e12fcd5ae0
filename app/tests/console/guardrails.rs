//! Guardrails' pages: rules added, moved and removed without script, tried on a text, saved, deleted; and guardrails on keys.

use super::{
    mcp::{send, text},
    world::{Browser, Page, Who, World, location},
};
use domain::{
    guardrail::{RawGuardrail, RawRule},
    key::Permission,
};
use server::{
    auth::Caller,
    guardrails,
    http::{BODY_MOST, LONG_BODY_MOST},
};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

const NEW: &str = "/w/acme/guardrails/new";

/// A guardrail of `acme` that redacts e-mail addresses: its id.
pub async fn guardrail(world: &World, name: &str) -> String {
    let [find, effect, side] = ["email", "redact", "both"].map(String::from);
    let rules = vec![RawRule { find, effect, side, ..RawRule::default() }];
    let raw = RawGuardrail { name: name.into(), rules, ..RawGuardrail::default() };
    let grant = Caller::operator(&world.latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
    guardrails::create(&grant, &raw).await.unwrap().to_string()
}

/// A rule's fields as a browser sends them.
fn rule(number: usize, find: &str, text: &str, effect: &str, replacement: &str) -> Vec<(String, String)> {
    let fields = [("find", find), ("text", text), ("effect", effect), ("replacement", replacement), ("side", "both")];
    fields.map(|(field, value)| (format!("rules.{number}.{field}"), value.to_owned())).to_vec()
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Posts a guardrail's page to itself: status, where it leads, and what it shows.
async fn press(browser: &Browser, path: &str, form: &[(String, String)], button: &str) -> (u16, String, String) {
    let mut form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    form.push(("do", button.to_owned()));
    let answer = browser.post(path, &form).send().await.unwrap();
    (answer.status().as_u16(), location(&answer), answer.html().await)
}

#[tokio::test]
async fn rules_are_added_moved_and_removed_and_nothing_is_lost() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let html = text(&admin, NEW).await;
    assert!(html.contains("Rule 1") && !html.contains("Rule 2"), "it begins with one rule");
    assert!(html.contains("aria-label=\"Move rule 1 up\" title=\"Move rule 1 up\" disabled"));

    let form = [
        fields(&[
            ("name", "Personal <data>"),
            ("description", "Of customers"),
            ("max_input", "abc"),
            ("dry_run", "on"),
        ]),
        rule(1, "pattern", r"PROJ-\d+", "redact", "[ticket]"),
        rule(2, "word", "(", "deny", ""),
        fields(&[("sample", "two\r\nlines"), ("sample_side", "output")]),
    ]
    .concat();
    let (status, _, html) = press(&admin, NEW, &form, "add").await;
    assert_eq!(status, 200);
    for part in [
        "value=\"Personal &lt;data&gt;\"",
        "value=\"Of customers\"",
        "value=\"abc\"",
        r#"value="PROJ-\d+""#,
        "value=\"[ticket]\"",
        "value=\"(\"",
        "Rule 3",
        "two\nlines</textarea>",
        "name=\"rules.3.find\" aria-label=\"Looks for, rule 3\" autofocus",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("field-error"), "what is not finished yet is no error");
    assert!(html.contains("Can't be tried yet"));
    assert!(text(&admin, "/w/acme/guardrails").await.contains("No guardrails yet"), "nothing was saved");

    let first = |html: &str| html.find(r"PROJ-\d+").unwrap() < html.find("value=\"(\"").unwrap();
    assert!(first(&html));
    for button in ["up.2", "down.1"] {
        assert!(!first(&press(&admin, NEW, &form, button).await.2), "{button}");
    }
    let html = press(&admin, NEW, &form, "remove.1").await.2;
    assert!(!html.contains("PROJ-") && html.contains("value=\"(\"") && !html.contains("Rule 2"));
    for button in ["up.1", "down.2", "up.99", "remove.0", "remove.x", "nothing"] {
        let (status, _, html) = press(&admin, NEW, &form, button).await;
        assert!(status == 200 && first(&html) && html.contains("Rule 2"), "{button}");
    }

    let (status, _, html) = press(&admin, NEW, &form, "save").await;
    assert_eq!(status, 422);
    assert!(
        html.contains("id=\"max_input-error\"") && html.contains(r#"value="PROJ-\d+""#) && html.contains("value=\"(\"")
    );
    let wrong = [form, rule(3, "pattern", "(", "deny", "")].concat();
    let html = press(&admin, NEW, &wrong, "save").await.2;
    assert!(
        html.contains("id=\"rules.3.text-error\"") && html.contains("Rule 3: The pattern is no regular expression")
    );
}

#[tokio::test]
async fn a_guardrail_is_tried_before_it_is_saved() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let with = |sample: &str, side: &str, max_input: &str| {
        [
            rule(1, "email", "", "redact", ""),
            rule(2, "word", "project x", "deny", ""),
            fields(&[("sample", sample), ("sample_side", side), ("max_input", max_input)]),
        ]
        .concat()
    };
    let try_it = |form: Vec<(String, String)>| {
        let admin = &admin;
        async move {
            let (status, _, html) = press(admin, NEW, &form, "try").await;
            assert_eq!(status, 200);
            html
        }
    };
    let html = try_it(with("Ask ada@example.com or bob@example.com", "input", "")).await;
    for part in [
        "Goes on redacted",
        "<mark title=\"Rule 1\">[e-mail]</mark>",
        "Rule 1, E-mail addresses: 2 times",
        "Ask ada@example.com or bob@example.com</textarea>",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("Name is required"), "it may have no name yet");
    let html = try_it(with("of Project X", "output", "")).await;
    assert!(html.contains("Refused by rule 2") && html.contains("Rule 2, “project x”: once"));
    assert!(try_it(with("nothing", "input", "")).await.contains("Passes as it is"));
    assert!(try_it(with("five5", "input", "4")).await.contains("larger than the maximum input"));
    assert!(try_it(with("five5", "output", "4")).await.contains("Passes as it is"), "an answer has no such limit");
    let dry = [with("of Project X", "input", ""), fields(&[("dry_run", "on")])].concat();
    let html = try_it(dry).await;
    assert!(html.contains("Refused by rule 2") && html.contains("It is a dry run"));

    let html = try_it(with("x", "sideways", "")).await;
    assert!(html.contains("id=\"sample_side-error\"") && html.contains("Can't be tried yet"));
    let html = try_it([with("x", "input", ""), rule(3, "pattern", "a*", "deny", "")].concat()).await;
    assert!(html.contains("id=\"rules.3.text-error\""));
    let long = "é ".repeat(21_000);
    assert!(try_it(with(&long, "input", "")).await.contains("Passes as it is"), "63 KiB, sent as far more");
    let html = try_it(with(&"a".repeat(65_537), "input", "")).await;
    assert!(html.contains("A sample has 64 KiB at most.") && html.contains("aaa</textarea>"), "it is not lost");
    assert!(text(&admin, "/w/acme/guardrails").await.contains("No guardrails yet"));
}

/// The first line of the answer to a form that is said to be that long, of which nothing is sent.
fn answer_to_a_form_of(world: &World, path: &str, bytes: usize) -> String {
    let mut stream = TcpStream::connect(world.url.trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {bytes}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_forms_have_an_end_too() {
    let world = World::new().await;
    for (path, most) in [(NEW, LONG_BODY_MOST), ("/console/delete_guardrail", BODY_MOST)] {
        let line = tokio::task::block_in_place(|| answer_to_a_form_of(&world, path, most + 1));
        assert!(line.contains(" 413 "), "{path}: {line}");
    }
}

#[tokio::test]
async fn a_guardrail_is_saved_changed_and_deleted() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let form = |name: &str| {
        [
            fields(&[("name", name), ("max_input", "1000"), ("dry_run", "on")]),
            rule(1, "payment_card", "", "deny", ""),
            rule(2, "email", "", "redact", "[gone]"),
        ]
        .concat()
    };
    let (status, page, _) = press(&admin, NEW, &form("Personal data"), "save").await;
    assert_eq!(status, 303);
    let html = text(&admin, &page).await;
    for part in
        ["The guardrail is there.", "Dry run", "No key is under it.", "value=\"1000\"", "value=\"[gone]\"", "Rule 2"]
    {
        assert!(html.contains(part), "{part}");
    }
    assert!(html.contains("value=\"payment_card\" selected"));
    guardrail(&world, "Second").await;
    let (status, _, html) = press(&admin, &page, &form("SECOND"), "save").await;
    assert_eq!(status, 422);
    assert!(html.contains("There is a guardrail of this name already.") && html.contains("value=\"SECOND\""));
    let bare = fields(&[("name", "Nothing")]);
    assert_eq!(press(&admin, &page, &bare, "save").await.0, 303);
    let html = text(&admin, &page).await;
    assert!(
        html.contains("Saved. It holds from the next request on.") && html.contains("No rules: every text passes.")
    );
    assert!(html.contains("Enforced"));
    assert_eq!(press(&admin, "/w/acme/guardrails/gone", &bare, "save").await.0, 404);
    let list = text(&admin, "/w/acme/guardrails").await;
    assert!(list.contains("Nothing") && list.contains("Second"));

    let id = page.rsplit('/').next().unwrap().to_owned();
    let (key, _) = world.key(Who::Developer, "CI", Permission::ReadWrite, false).await;
    send(&admin, "limit_key_models", &[("key", &key), ("guardrail", &id)]).await;
    let html = text(&admin, &page).await;
    assert!(html.contains("1 key is under it.") && html.contains("no key is under it: 1 is."));
    assert!(!html.contains("/console/delete_guardrail"));
    let (html, to) = send(&admin, "delete_guardrail", &[("guardrail", &id)]).await;
    assert!(to.ends_with(&id) && html.contains("1 key is under this guardrail."), "and it is not deleted");
    send(&admin, "limit_key_models", &[("key", &key)]).await;
    assert_eq!(send(&admin, "delete_guardrail", &[("guardrail", &id)]).await.1, "/w/acme/guardrails");
    assert_eq!(admin.get(&page).await.status(), 404);
}

/// The value of the hidden field that says what the form was filled with.
pub fn version(html: &str) -> String {
    let (_, rest) = html.split_once("name=\"version\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_guardrail_that_somebody_changed_meanwhile_is_not_overwritten_unseen() {
    let world = World::new().await;
    let admin = world.browser(Who::Admin).await;
    let page = format!("/w/acme/guardrails/{}", guardrail(&world, "Personal data").await);
    let seen = version(&text(&admin, &page).await);
    let form =
        |name: &str, version: &str| [fields(&[("name", name), ("version", version)]), rule(1, "iban", "", "deny", "")];
    assert_eq!(press(&admin, &page, &form("Theirs", &seen).concat(), "save").await.0, 303);

    // Adding and moving rules keeps what the form was filled with.
    let html = press(&admin, &page, &form("Mine", &seen).concat(), "add").await.2;
    assert_eq!(version(&html), seen);
    let (status, _, html) = press(&admin, &page, &form("Mine", &seen).concat(), "save").await;
    assert_eq!(status, 409);
    assert!(html.contains("Somebody changed this guardrail in the meantime."), "{html}");
    assert!(
        html.contains("value=\"Mine\"") && html.contains("value=\"iban\" selected"),
        "what was typed is still there"
    );
    assert!(text(&admin, &page).await.contains("value=\"Theirs\""));
    assert_eq!(press(&admin, &page, &form("Mine", &version(&html)).concat(), "save").await.0, 303);
    assert!(text(&admin, &page).await.contains("value=\"Mine\""));
}

#[tokio::test]
async fn a_key_is_put_under_a_guardrail_and_taken_from_under_it_by_administrators_alone() {
    let world = World::new().await;
    let (developer, admin) = (world.browser(Who::Developer).await, world.browser(Who::Admin).await);
    assert!(!text(&developer, "/w/acme/keys/new").await.contains("name=\"guardrail\""), "there is nothing to choose");
    let (one, two) = (guardrail(&world, "Personal data").await, guardrail(&world, "Secrets").await);
    assert!(text(&developer, "/w/acme/keys/new").await.contains("Personal data"));
    let plain = [("name", "CI"), ("permission", "read_only"), ("expiry", "30")];
    let gone = [&plain[..], &[("guardrail", "gone")]].concat();
    let html = send(&developer, "create_key", &gone).await.0;
    assert!(html.contains("This guardrail is not there any more.") && html.contains("<details open class=\"fold\""));
    let good = [&plain[..], &[("guardrail", &*one)]].concat();
    let page = send(&developer, "create_key", &good).await.1.trim_end_matches("/new").to_owned();
    let id = page.rsplit('/').next().unwrap().to_owned();

    let html = text(&developer, &page).await;
    assert!(html.contains("go through the guardrail <bdi>Personal data</bdi>"), "{html}");
    assert!(html.contains("Only an administrator of the workspace changes it."));
    assert!(!html.contains("/w/acme/guardrails"), "the page is the administrators'");
    assert!(text(&admin, &page).await.contains(&format!("href=\"/w/acme/guardrails/{one}\"")));
    for other in ["", &two] {
        let html = send(&developer, "limit_key_models", &[("key", &id), ("guardrail", other)]).await.0;
        assert!(html.contains("is under a guardrail. Only an administrator of the workspace changes that."));
    }
    let kept = [("key", &*id), ("models", "o3"), ("guardrail", &*one)];
    let html = send(&developer, "limit_key_models", &kept).await.0;
    assert!(html.contains("Uses o3, without a spend cap.") && html.contains("go through the guardrail"));
    let like = text(&developer, &format!("/w/acme/keys/new?like={id}")).await;
    assert!(like.contains(&format!("value=\"{one}\" selected")), "a copy keeps it");
    let html = send(&admin, "limit_key_models", &[("key", &id), ("guardrail", &two)]).await.0;
    assert!(html.contains(">Secrets</bdi>"));
    let html = send(&admin, "limit_key_models", &[("key", &id), ("guardrail", "")]).await.0;
    assert!(!html.contains("go through the guardrail"));
}

#[tokio::test]
async fn guardrails_are_in_the_bar_for_administrators() {
    let world = World::new().await;
    for (who, there) in [(Who::Viewer, false), (Who::Developer, false), (Who::Admin, true)] {
        let html = text(&world.browser(who).await, "/w/acme/policies").await;
        assert_eq!(html.contains("href=\"/w/acme/guardrails\""), there, "{who:?}");
    }
}
