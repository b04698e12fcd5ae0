//! One table: every page and every server function × every role. A page or function that is not in it fails the test, so
//! nothing new goes unlisted.

use super::{
    samples,
    world::{EVERYBODY, Page, Spare, Who, World},
};
use domain::key::Permission;
use std::collections::BTreeSet;

/// The statuses for nobody, viewer, developer, admin, instance administrator, member of another workspace. A page that
/// sends on to sign-in, or elsewhere, is 303.
type Row = (&'static str, [u16; 6]);

/// The page of all components is there in a debug build alone.
const COMPONENTS: [u16; 6] =
    if cfg!(debug_assertions) { [303, 200, 200, 200, 200, 200] } else { [303, 404, 404, 404, 404, 404] };

const PAGES: &[Row] = &[
    ("/", [303, 303, 303, 303, 303, 303]),
    ("/login", [200, 303, 303, 303, 303, 303]),
    ("/setup", [303, 303, 303, 303, 303, 303]),
    // Without a token that is open: nothing is there, for anybody.
    ("/invite", [404, 404, 404, 404, 404, 404]),
    // For everybody: it says nothing about the installation but its address.
    ("/api/docs", [200, 200, 200, 200, 200, 200]),
    ("/account", [303, 200, 200, 200, 200, 200]),
    ("/admin/users", [303, 404, 404, 404, 200, 404]),
    ("/admin/users/{user}", [303, 404, 404, 404, 200, 404]),
    ("/admin/users/{user}/deactivate", [303, 404, 404, 404, 200, 404]),
    ("/admin/workspaces", [303, 404, 404, 404, 200, 404]),
    ("/admin/workspaces/new", [303, 404, 404, 404, 200, 404]),
    ("/dev/components", COMPONENTS),
    ("/w/{workspace}/members", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/members/{user}/remove", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/settings", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/keys", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/keys/new", [303, 403, 200, 200, 403, 404]),
    ("/w/{workspace}/keys/batch", [303, 403, 200, 200, 200, 404]),
    ("/w/{workspace}/keys/{key}", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/keys/{key}/new", [303, 303, 303, 303, 303, 404]),
    ("/w/{workspace}/keys/{key}/rotate", [303, 403, 200, 200, 200, 404]),
    ("/w/{workspace}/keys/{key}/delete", [303, 403, 200, 200, 200, 404]),
    ("/admin/keys", [303, 404, 404, 404, 200, 404]),
    ("/admin/keys/batch", [303, 404, 404, 404, 200, 404]),
    ("/w/{workspace}/keys/{key}/requests", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/servers", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/servers/new", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/servers/{server}", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/servers/{server}/remove", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/models", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/models/new", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/models/{provider}", [303, 403, 403, 200, 200, 404]),
    // It does not answer, which the page says.
    ("/w/{workspace}/models/{provider}/choose", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/models/{provider}/remove", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/prices", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/connect", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/policies", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/policies/new", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/policies/{policy}", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/guardrails", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/guardrails/new", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/guardrails/{guardrail}", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/logs", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/logs/samples/{sample}", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/usage", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/audit", [303, 403, 403, 200, 200, 404]),
    ("/admin/audit", [303, 404, 404, 404, 200, 404]),
];

/// Pages that take a form themselves, which is saved; that of a sample shows what was said.
const FORM_PAGES: &[Row] = &[
    ("/w/{workspace}/guardrails/new", [401, 403, 403, 303, 303, 404]),
    ("/w/{workspace}/guardrails/{guardrail}", [401, 403, 403, 303, 303, 404]),
    ("/w/{workspace}/logs/samples/{sample}", [401, 403, 403, 200, 200, 404]),
];

/// Routes that answer with a file.
const DOWNLOADS: &[Row] = &[
    ("/w/{workspace}/audit.csv", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/audit.json", [303, 403, 403, 200, 200, 404]),
    ("/w/{workspace}/logs.csv", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/logs.json", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/usage.csv", [303, 200, 200, 200, 200, 404]),
    ("/w/{workspace}/usage.json", [303, 200, 200, 200, 200, 404]),
    ("/admin/audit.csv", [303, 404, 404, 404, 200, 404]),
    ("/admin/audit.json", [303, 404, 404, 404, 200, 404]),
];

/// Routes that answer with a stream.
const STREAMS: &[Row] = &[("/w/{workspace}/logs/live", [303, 200, 200, 200, 200, 404])];

/// On an ordinary key of the developer.
const FUNCTIONS: &[Row] = &[
    ("/console/sign_in", [401, 401, 401, 401, 401, 401]),
    ("/console/set_up", [404, 404, 404, 404, 404, 404]),
    ("/console/theme", [200, 200, 200, 200, 200, 200]),
    ("/console/change_password", [401, 422, 422, 422, 422, 422]),
    // With a password that is not theirs.
    ("/console/change_own_email", [401, 422, 422, 422, 422, 422]),
    ("/console/rename_user", [401, 404, 404, 404, 200, 404]),
    ("/console/set_user_email", [401, 404, 404, 404, 200, 404]),
    ("/console/rename_self", [401, 200, 200, 200, 200, 200]),
    ("/console/sign_out_other", [401, 404, 404, 404, 404, 404]),
    ("/console/join", [422, 422, 422, 422, 422, 422]),
    ("/console/accept_invite", [401, 422, 422, 422, 422, 422]),
    ("/console/change_settings", [401, 403, 403, 200, 200, 404]),
    ("/console/change_reveal", [401, 403, 403, 200, 200, 404]),
    ("/console/change_samples", [401, 403, 403, 200, 200, 404]),
    ("/console/change_role", [401, 403, 403, 200, 200, 404]),
    ("/console/remove_member", [401, 403, 403, 200, 200, 404]),
    ("/console/create_invite", [401, 403, 403, 200, 200, 404]),
    ("/console/revoke_invite", [401, 403, 403, 200, 200, 404]),
    ("/console/create_workspace", [401, 404, 404, 404, 200, 404]),
    ("/console/deactivate_user", [401, 404, 404, 404, 200, 404]),
    ("/console/activate_user", [401, 404, 404, 404, 200, 404]),
    ("/console/promote_user", [401, 404, 404, 404, 200, 404]),
    ("/console/demote_user", [401, 404, 404, 404, 200, 404]),
    ("/console/create_key", [401, 403, 200, 200, 422, 404]),
    ("/console/rename_key", [401, 403, 200, 200, 200, 404]),
    ("/console/describe_key", [401, 403, 200, 200, 200, 404]),
    ("/console/limit_key", [401, 403, 200, 200, 200, 404]),
    ("/console/scope_key", [401, 403, 200, 200, 200, 404]),
    ("/console/limit_key_models", [401, 403, 200, 200, 200, 404]),
    ("/console/register_server", [401, 403, 403, 200, 200, 404]),
    ("/console/edit_server", [401, 403, 403, 200, 200, 404]),
    ("/console/switch_server", [401, 403, 403, 200, 200, 404]),
    ("/console/open_server", [401, 403, 403, 200, 200, 404]),
    ("/console/choose_for_server", [401, 403, 403, 200, 200, 404]),
    ("/console/unchoose_for_server", [401, 403, 403, 200, 200, 404]),
    // It does not answer, which is said: the asking is done.
    ("/console/ask_server", [401, 403, 403, 200, 200, 404]),
    ("/console/mark_tool", [401, 403, 403, 200, 200, 404]),
    ("/console/remove_server", [401, 403, 403, 200, 200, 404]),
    ("/console/save_policy", [401, 403, 403, 200, 200, 404]),
    ("/console/delete_policy", [401, 403, 403, 200, 200, 404]),
    ("/console/delete_guardrail", [401, 403, 403, 200, 200, 404]),
    ("/console/register_provider", [401, 403, 403, 200, 200, 404]),
    ("/console/edit_provider", [401, 403, 403, 200, 200, 404]),
    ("/console/choose_models", [401, 403, 403, 200, 200, 404]),
    ("/console/switch_provider", [401, 403, 403, 200, 200, 404]),
    ("/console/remove_provider", [401, 403, 403, 200, 200, 404]),
    ("/console/set_price", [401, 403, 403, 200, 200, 404]),
    ("/console/remove_price", [401, 403, 403, 200, 200, 404]),
    ("/console/connect_client", [401, 200, 200, 200, 200, 404]),
    ("/console/disable_key", [401, 403, 200, 200, 200, 404]),
    ("/console/enable_key", [401, 403, 200, 200, 200, 404]),
    ("/console/delete_key", [401, 403, 200, 200, 200, 404]),
    ("/console/permit_key", [401, 403, 200, 200, 200, 404]),
    ("/console/expire_key", [401, 403, 200, 200, 200, 404]),
    ("/console/rotate_key", [401, 403, 200, 200, 200, 404]),
    ("/console/batch_keys", [401, 403, 200, 200, 200, 404]),
    ("/console/batch_all_keys", [401, 404, 404, 404, 200, 404]),
    // Their workspace shows a key once.
    ("/console/reveal_key", [401, 403, 403, 403, 403, 404]),
    ("/console/copy_key", [401, 403, 403, 403, 403, 404]),
    ("/console/sign_out_others", [401, 200, 200, 200, 200, 200]),
    ("/console/sign_out", [401, 200, 200, 200, 200, 200]),
];

/// The same on a gateway key: what differs.
const ON_A_GATEWAY_KEY: &[Row] = &[
    ("/console/rename_key", [401, 403, 403, 200, 200, 404]),
    ("/console/describe_key", [401, 403, 403, 200, 200, 404]),
    ("/console/limit_key", [401, 403, 403, 200, 200, 404]),
    ("/console/scope_key", [401, 403, 403, 200, 200, 404]),
    ("/console/limit_key_models", [401, 403, 403, 200, 200, 404]),
    ("/console/disable_key", [401, 403, 403, 200, 200, 404]),
    ("/console/enable_key", [401, 403, 403, 200, 200, 404]),
    ("/console/delete_key", [401, 403, 403, 200, 200, 404]),
    ("/console/permit_key", [401, 403, 403, 200, 200, 404]),
    ("/console/expire_key", [401, 403, 403, 200, 200, 404]),
    ("/console/rotate_key", [401, 403, 403, 200, 200, 404]),
    ("/console/batch_keys", [401, 403, 403, 200, 200, 404]),
];

/// Where the workspace keeps secrets.
const RECOVERABLE: &[Row] =
    &[("/console/reveal_key", [401, 403, 200, 200, 200, 404]), ("/console/copy_key", [401, 403, 200, 200, 200, 404])];

/// The same of a gateway key.
const RECOVERABLE_GATEWAY: &[Row] =
    &[("/console/reveal_key", [401, 403, 403, 200, 200, 404]), ("/console/copy_key", [401, 403, 403, 200, 200, 404])];

fn names(rows: &[Row]) -> BTreeSet<String> {
    rows.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn nothing_is_unlisted() {
    assert_eq!(app::page_paths().into_iter().collect::<BTreeSet<_>>(), names(PAGES));
    assert_eq!(app::server_function_paths().into_iter().collect::<BTreeSet<_>>(), names(FUNCTIONS));
    assert_eq!(app::form_page_paths().into_iter().collect::<BTreeSet<_>>(), names(FORM_PAGES));
    assert_eq!(
        server::http::DOWNLOADS.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<_>>(),
        names(DOWNLOADS)
    );
    assert_eq!(BTreeSet::from([server::http::LIVE.to_owned()]), names(STREAMS));
    for path in server::http::ANONYMOUS {
        assert!(
            names(PAGES).contains(*path) || names(FUNCTIONS).contains(*path),
            "{path} is let through and is nothing"
        );
    }
}

#[tokio::test]
async fn every_page_for_every_role() {
    let world = World::new().await;
    let (id, _) = world.key(Who::Developer, "pages", Permission::ReadWrite, false).await;
    let Spare { user, server, policy, guardrail, provider, .. } = world.spare().await;
    let sample = samples::sample(&world).await;
    for (at, who) in EVERYBODY.into_iter().enumerate() {
        let browser = world.browser(who).await;
        for (path, expected) in PAGES.iter().chain(DOWNLOADS).chain(STREAMS) {
            let mut address = path.replace("{workspace}", "acme").replace("{key}", &id).replace("{user}", &user);
            address =
                address.replace("{server}", &server).replace("{policy}", &policy).replace("{provider}", &provider);
            address = address.replace("{guardrail}", &guardrail).replace("{sample}", &sample);
            if address.ends_with("/batch") {
                address = format!("{address}?do=disable&key={id}");
            }
            let answer = browser.get(&address).await;
            assert_eq!(answer.status(), expected[at], "{who:?} GET {path}");
            if answer.status() == 404 {
                let text = answer.html().await;
                assert!(!text.contains("pages"), "{path} names the key to {who:?}");
                assert!(!text.contains("spare@example.com"), "{path} names the user to {who:?}");
            }
        }
    }
}

fn form(path: &str, key: &str, spare: &Spare, who: Who) -> Vec<(&'static str, String)> {
    let mut form = vec![
        ("workspace", "acme".to_owned()),
        ("key", key.to_owned()),
        ("user", spare.user.clone()),
        ("invite", spare.invite.clone()),
        ("server", spare.server.clone()),
        ("provider", spare.provider.clone()),
    ];
    form.extend(match path {
        "/console/sign_in" => vec![("email", "x@example.com".to_owned()), ("password", "wrong".to_owned())],
        "/console/theme" => vec![("theme", "dark".to_owned())],
        "/console/change_password" => vec![
            ("current_password", "not this one".to_owned()),
            ("new_password", "another passphrase".to_owned()),
            ("repeat_password", "another passphrase".to_owned()),
        ],
        "/console/create_key" => vec![
            ("name", format!("made by {who:?}")),
            ("permission", "read_only".to_owned()),
            ("expiry", "30".to_owned()),
        ],
        "/console/change_reveal" => vec![("reveal", "once".to_owned())],
        "/console/change_samples" => vec![("samples", "10".to_owned()), ("samples_keep", "24".to_owned())],
        "/console/register_server" => vec![
            ("name", "Made".to_owned()),
            ("slug", format!("made-by-{who:?}").to_lowercase()),
            ("url", "https://mcp.example.com/mcp".to_owned()),
        ],
        "/console/edit_server" => {
            vec![("name", "Spare".to_owned()), ("url", "http://127.0.0.1:9/mcp".to_owned())]
        }
        "/console/open_server" => vec![("open_to", "chosen".to_owned())],
        "/console/choose_for_server" | "/console/set_user_email" => vec![("email", "spare@example.com".to_owned())],
        "/console/mark_tool" => vec![("tool", "get".to_owned()), ("mark", "hidden".to_owned())],
        "/console/remove_server" => vec![("typed", spare.server.clone())],
        "/console/save_policy" => vec![
            ("name", format!("Made by {who:?}")),
            ("rules", "deny */set_*".to_owned()),
            ("default", "allow".to_owned()),
        ],
        "/console/register_provider" => vec![
            ("name", "Made".to_owned()),
            ("slug", format!("made-by-{who:?}").to_lowercase()),
            ("url", "https://models.example.com/v1".to_owned()),
        ],
        "/console/edit_provider" => vec![("name", "Spare".to_owned()), ("url", "http://127.0.0.1:9/v1".to_owned())],
        "/console/choose_models" => vec![("chosen[]", "o3".to_owned())],
        "/console/remove_provider" => vec![("typed", spare.provider.clone())],
        "/console/set_price" => vec![
            ("model", format!("made-by-{who:?}")),
            ("input_price", "1".to_owned()),
            ("output_price", "2".to_owned()),
        ],
        "/console/remove_price" => vec![("model", "spare".to_owned()), ("from", spare.price_from.clone())],
        "/console/delete_guardrail" => vec![("guardrail", spare.guardrail.clone())],
        "/console/delete_policy" => vec![("policy", spare.policy.clone())],
        "/console/permit_key" => vec![("permission", "read_only".to_owned())],
        "/console/expire_key" => vec![("expiry", "30".to_owned())],
        "/console/rotate_key" => vec![("grace", "1h".to_owned())],
        "/console/batch_keys" | "/console/batch_all_keys" => {
            vec![("action", "disable".to_owned()), ("keys", key.to_owned())]
        }
        "/console/change_settings" => vec![
            ("name", "acme".to_owned()),
            ("plan", "pro".to_owned()),
            ("max_active_keys_per_member", "1000".to_owned()),
            ("key_creations_per_hour", "5".to_owned()),
            ("viewer_keys", "none".to_owned()),
        ],
        "/console/change_role" | "/console/create_invite" => vec![("role", "developer".to_owned())],
        "/console/create_workspace" => vec![("name", format!("Made by {who:?}")), ("plan", "basic".to_owned())],
        "/console/limit_key_models" => {
            vec![("models", "o3".to_owned()), ("spend_cap", "5".to_owned()), ("spend_period", "day".to_owned())]
        }
        "/console/limit_key" => vec![("allow_ip", "10.0.0.0/8".to_owned()), ("rate_limit", "60".to_owned())],
        "/console/change_own_email" => {
            vec![("email", "new@example.com".to_owned()), ("password", "not this one".to_owned())]
        }
        "/console/rename_user" => vec![("name", "Spare".to_owned())],
        "/console/rename_self" => vec![("name", format!("{who:?} renamed"))],
        "/console/rename_key" => vec![("name", format!("{key} renamed by {who:?}"))],
        _ => Vec::new(),
    });
    form
}

async fn walk(rows: &[Row], gateway: bool) {
    walk_in(&World::new().await, rows, gateway).await;
}

async fn walk_in(world: &World, rows: &[Row], gateway: bool) {
    for (at, who) in EVERYBODY.into_iter().enumerate() {
        let browser = world.browser(who).await;
        for (path, expected) in rows {
            // A key of its own for each cell: one row's change must not answer for another.
            let owner = if gateway { Who::Admin } else { Who::Developer };
            let name = format!("{path} {who:?}");
            let (id, _) = world.key(owner, &name, Permission::ReadWrite, gateway).await;
            let spare = world.spare().await;
            let answer = browser.fetch(path, &form(path, &id, &spare, who)).send().await.unwrap();
            let (status, text) = (answer.status(), answer.html().await);
            assert_eq!(status, expected[at], "{who:?} POST {path}: {text}");
        }
    }
}

#[tokio::test]
async fn every_server_function_for_every_role() {
    walk(FUNCTIONS, false).await;
}

#[tokio::test]
async fn every_form_page_for_every_role() {
    let world = World::new().await;
    let (guardrail, sample) = (world.spare().await.guardrail, samples::sample(&world).await);
    for (at, who) in EVERYBODY.into_iter().enumerate() {
        let browser = world.browser(who).await;
        for (path, expected) in FORM_PAGES {
            let address = path.replace("{workspace}", "acme").replace("{guardrail}", &guardrail);
            let address = address.replace("{sample}", &sample);
            let form = [("name", format!("{path} {who:?}")), ("do", "save".to_owned())];
            let answer = browser.post(&address, &form).send().await.unwrap();
            assert_eq!(answer.status(), expected[at], "{who:?} POST {path}");
            let tried = [("sample", "a".to_owned()), ("sample_side", "input".to_owned()), ("do", "try".to_owned())];
            let answer = browser.post(&address, &tried).send().await.unwrap();
            let wanted = if expected[at] == 303 { 200 } else { expected[at] };
            assert_eq!(answer.status(), wanted, "{who:?} tries {path}");
        }
    }
}

#[tokio::test]
async fn gateway_keys_are_the_administrators() {
    walk(ON_A_GATEWAY_KEY, true).await;
}

#[tokio::test]
async fn secrets_are_revealed_to_developers_and_gateway_keys_to_administrators() {
    let world = World::new().await;
    world.keep_secrets().await;
    walk_in(&world, RECOVERABLE, false).await;
    walk_in(&world, RECOVERABLE_GATEWAY, true).await;
}
