//! Every refusal: the exact line, the exit status, and that nothing was written.

use crate::home::{Home, PASSWORD};
use serde_json::json;

on_both_engines!(what_is_not_there, what_is_taken, what_a_plan_or_a_rule_forbids);

const KEY: [&str; 6] = ["key", "create", "--workspace", "acme", "--owner", "mina@example.com"];

fn what_is_not_there(home: &Home) {
    home.acme();
    for (arguments, line) in [
        (&["key", "list", "--workspace", "nope"][..], "--workspace: there is no workspace “nope”"),
        (&["key", "disable", "AAAAAAAA"], "there is no key with the id “AAAAAAAA”"),
        (&["key", "enable", "../etc"], "there is no key with the id “../etc”"),
        (&["key", "delete", "AAAAAAAA"], "there is no key with the id “AAAAAAAA”"),
        (&["user", "disable", "nobody@example.com"], "there is no user “nobody@example.com”"),
        (
            &["key", "create", "--workspace", "acme", "--owner", "nobody@example.com", "--name", "a"],
            "--owner: There is no user with this e-mail.",
        ),
        (
            &["workspace", "add-member", "--workspace", "acme", "--email", "nobody@example.com", "--role", "admin"],
            "--email: There is no user with this e-mail.",
        ),
        (
            &["workspace", "remove-member", "--workspace", "acme", "--email", "nobody@example.com"],
            "--email: “nobody@example.com” is no member of the workspace",
        ),
    ] {
        home.run(arguments).refused(1, line);
    }
    assert!(home.keys().is_empty());
}

fn what_is_taken(home: &Home) {
    home.acme();
    home.key("Deploy", &[]);
    let name = [&KEY[..], &["--name", "Deploy"]].concat();
    home.run(&name).refused(1, "--name: Its owner has a key of this name already. Choose another name.");
    let slug = ["workspace", "create", "--slug", "acme", "--name", "Again"];
    home.run(&slug).refused(1, "--slug: There is a workspace with this slug already.");
    let email = ["user", "create", "--email", "MINA@example.com", "--name", "Mina", "--password-stdin"];
    home.run_with(&email, PASSWORD).refused(1, "--email: There is a user with this e-mail already.");
    assert_eq!(home.keys().len(), 1);
}

fn what_a_plan_or_a_rule_forbids(home: &Home) {
    home.acme();
    home.json(&["workspace", "create", "--slug", "small", "--name", "Small", "--plan", "basic"]);
    home.json(&["workspace", "add-member", "--workspace", "small", "--email", "mina@example.com", "--role", "admin"]);
    let basic = ["key", "create", "--workspace", "small", "--owner", "mina@example.com", "--name", "a"];
    home.run(&basic).refused(1, "Keys need the plan Pro; this workspace is on Basic.");
    assert_eq!(home.json(&["key", "list", "--workspace", "small"]), json!([]));
}

#[test]
fn fields_are_named_all_at_once() {
    let home = Home::sqlite();
    home.acme();
    let long = "x".repeat(81);
    for (arguments, line) in [
        (vec!["--name", " "], "--name: Name is required.".to_owned()),
        (vec!["--name", &long], "--name: Name has 81 characters; at most 80 fit.".into()),
        (
            vec!["--name", "a\u{202E}b", "--environment", "a b"],
            "--name: Name has a control or text-direction character. Type it again without. --environment: Environment \
             takes at most 32 letters, digits, dots, hyphens and underscores, such as prod."
                .into(),
        ),
        (
            vec!["--name", "a", "--gateway", "--url-credential"],
            "--url-credential: A gateway key can't stand in a URL: others may read it there. Untick one of the two.".into(),
        ),
    ] {
        home.run(&[&KEY[..], &arguments].concat()).refused(1, &line);
    }
    let user = ["user", "create", "--email", "mina", "--name", "", "--password-stdin"];
    home.run_with(&user, "short").refused(
        1,
        "--email: E-mail needs the form name@example.com. --name: Name is required. \
         password: The password has 5 characters; it needs at least 10.",
    );
    let workspace = ["workspace", "create", "--slug", "Not A Slug", "--name", ""];
    home.run(&workspace).refused(
        1,
        "--slug: Slug takes lower-case letters, digits and hyphens between them, such as acme-labs. \
         --name: Name is required.",
    );
    assert!(home.keys().is_empty());
    assert_eq!(home.json(&["user", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn usage_errors_are_one_line_and_end_with_2() {
    let home = Home::sqlite();
    let stdin = "password: give it on stdin, with --password-stdin";
    for (arguments, line) in [
        (&[][..], "say what to do; latchkey --help lists the commands"),
        (&["key"], "say what to do; latchkey --help lists the commands"),
        (&["fly"], "unrecognized subcommand 'fly'; see --help"),
        (&["serve", "--port", "80"], "unexpected argument '--port' found; see --help"),
        (
            &["key", "list", "--workspace"],
            "a value is required for '--workspace <SLUG>' but none was supplied; see --help",
        ),
        (&["key", "disable"], "the following required arguments were not provided: <ID>; see --help"),
        (&["user", "disable"], "the following required arguments were not provided: <EMAIL>; see --help"),
        (&["user", "create", "--email", "a@example.com", "--name", "A"], stdin),
    ] {
        home.run(arguments).refused(2, line);
    }
    for (flag, value, line) in [
        (
            "--expires-in",
            "soon",
            "invalid value 'soon' for '--expires-in <SPAN>': give a whole number and m, h, d or w, such as 30d; see --help",
        ),
        (
            "--permission",
            "all",
            "invalid value 'all' for '--permission <PERMISSION>': the permission is read_only or read_write; see --help",
        ),
        (
            "--allow-ip",
            "10.0.0.5/24",
            "invalid value '10.0.0.5/24' for '--allow-ip <CIDR>': “10.0.0.5/24” has bits beyond its prefix. Write 10.0.0.0/24 \
             for the network, or 10.0.0.5 for the one address; see --help",
        ),
        (
            "--rate-limit",
            "0",
            "invalid value '0' for '--rate-limit <N>': a rate limit is 1 to 100000 requests a minute; see --help",
        ),
        (
            "--models",
            "o3,*-mini",
            "invalid value 'o3,*-mini' for '--models <NAMES>': “*-mini” has a * before its end. Only a trailing * is a pattern, \
             such as gpt-4.1*; see --help",
        ),
        (
            "--spend-cap",
            "0",
            "invalid value '0' for '--spend-cap <USD>': give US dollars, such as 25 or 0.125, more than 0 and at most 1000000000; \
             see --help",
        ),
        ("--spend-cap", "5", "the following required arguments were not provided: --spend-period <PERIOD>; see --help"),
        ("--spend-period", "day", "the following required arguments were not provided: --spend-cap <USD>; see --help"),
    ] {
        home.run(&[&KEY[..], &["--name", "a", flag, value]].concat()).refused(2, line);
    }
    let role = ["workspace", "add-member", "--workspace", "a", "--email", "a@example.com", "--role", "owner"];
    home.run(&role)
        .refused(2, "invalid value 'owner' for '--role <ROLE>': the role is viewer, developer or admin; see --help");
    let plan = ["workspace", "create", "--slug", "a", "--name", "A", "--plan", "gold"];
    home.run(&plan).refused(2, "invalid value 'gold' for '--plan <PLAN>': the plan is pro or basic; see --help");
    assert!(!home.data().exists(), "nothing was written");
}

#[test]
fn help_and_version_are_no_errors() {
    let home = Home::sqlite();
    assert!(home.text(&["--help"]).contains("serve"));
    assert!(home.text(&["key", "create", "--help"]).contains("--expires-in"));
    assert!(home.text(&["--version"]).starts_with("latchkey "));
}
