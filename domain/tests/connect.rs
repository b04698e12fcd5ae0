//! What the connect helper hands out does what it says: commands are run by a real `sh` with stub programs that write down
//! their arguments, links are decoded, files are read.

#![expect(clippy::unwrap_used, reason = "a test that can't read a product fails")]

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    key::{PlainKey, Prefix},
    mcp::connect::{Client, ConnectKey, Format, Product, Shell, Step, Target, guide},
};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

const URL: &str = "https://keys.example.com/mcp-connect/github";

fn key() -> PlainKey {
    PlainKey::generate(&Prefix::default(), &mut StdRng::seed_from_u64(5))
}

fn bearer() -> String {
    format!("Bearer {}", key().expose())
}

fn target() -> Target {
    Target::server("https://keys.example.com", "acme", "github").unwrap()
}

fn steps(client: Client, target: &Target) -> Vec<Step> {
    guide(client, target, &ConnectKey::of(&key())).ways.into_iter().flat_map(|way| way.steps).collect()
}

fn commands(client: Client, shell: Shell, target: &Target) -> Option<String> {
    steps(client, target).into_iter().find_map(|step| match step {
        Step::Run(lines) => lines.into_iter().find(|(of, _)| *of == shell).map(|(_, line)| line.expose().to_owned()),
        _ => None,
    })
}

fn file(client: Client) -> (Format, String) {
    let found = steps(client, &target()).into_iter().find_map(|step| match step {
        Step::Write { format, text, .. } => Some((format, text.expose().to_owned())),
        _ => None,
    });
    found.unwrap()
}

fn link(client: Client) -> (String, bool) {
    let found = steps(client, &target()).into_iter().find_map(|step| match step {
        Step::Open { link, holds_key } => Some((link.expose().to_owned(), holds_key)),
        _ => None,
    });
    found.unwrap()
}

/// Puts programs into `folder` that write down the key's variable and their arguments, each ended by a NUL.
fn stubs(folder: &Path) {
    for program in ["claude", "codex", "code", "gemini"] {
        let path = folder.join(program);
        let out = folder.join("out");
        let script =
            format!("#!/bin/sh\nprintf '%s\\0' '{program}' \"$LATCHKEY_API_KEY\" \"$@\" >>'{}'\n", out.display());
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// What the stub programs were called with by `script`: program, variable, arguments.
fn run(folder: &Path, script: &str) -> Vec<String> {
    let out = folder.join("out");
    fs::write(&out, "").unwrap();
    let done = Command::new("/bin/sh").args(["-eu", "-c", script]).env_clear().env("PATH", folder).output().unwrap();
    assert!(done.status.success() && done.stdout.is_empty() && done.stderr.is_empty(), "{done:?}");
    let written = fs::read_to_string(&out).unwrap();
    written.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn a_shell_hands_over_exactly_what_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    stubs(folder.path());
    let (key, header) = (key().expose().to_owned(), format!("Authorization: {}", bearer()));
    let ran = |client| run(folder.path(), &commands(client, Shell::Posix, &target()).unwrap());

    let claude = ["claude", "", "mcp", "add", "--transport", "http", "acme-github", URL, "--header", &header];
    assert_eq!(ran(Client::ClaudeCode), claude);
    let codex =
        ["codex", &key, "mcp", "add", "acme-github", "--url", URL, "--bearer-token-env-var", "LATCHKEY_API_KEY"];
    assert_eq!(ran(Client::Codex), codex);
    let gemini =
        ["gemini", "", "mcp", "add", "--scope", "user", "--transport", "http", "--header", &header, "acme-github", URL];
    assert_eq!(ran(Client::Gemini), gemini);

    let code = ran(Client::VsCode);
    assert_eq!(code[..3], ["code", "", "--add-mcp"]);
    assert_eq!(code.len(), 4);
    let server = json!({"name": "acme-github", "type": "http", "url": URL, "headers": {"Authorization": bearer()}});
    assert_eq!(serde_json::from_str::<Value>(&code[3]).unwrap(), server);
    assert!(run(folder.path(), &commands(Client::Opencode, Shell::Posix, &target()).unwrap()).is_empty());
}

#[test]
fn the_forms_for_windows() {
    let (key, target) = (key().expose().to_owned(), target());
    let of = |client, shell| commands(client, shell, &target).unwrap();
    let claude = |quote: char| {
        format!("claude mcp add --transport http acme-github {URL} --header {quote}Authorization: Bearer {key}{quote}")
    };
    assert_eq!(of(Client::ClaudeCode, Shell::PowerShell), claude('\''));
    assert_eq!(of(Client::ClaudeCode, Shell::Cmd), claude('"'));
    let codex = format!("codex mcp add acme-github --url {URL} --bearer-token-env-var LATCHKEY_API_KEY");
    assert_eq!(of(Client::Codex, Shell::PowerShell), format!("$env:LATCHKEY_API_KEY = '{key}'\n{codex}"));
    assert_eq!(of(Client::Codex, Shell::Cmd), format!("set \"LATCHKEY_API_KEY={key}\"\n{codex}"));
    let json = format!(
        r#"{{\"name\":\"acme-github\",\"type\":\"http\",\"url\":\"{URL}\",\"headers\":{{\"Authorization\":\"Bearer {key}\"}}}}"#
    );
    assert_eq!(of(Client::VsCode, Shell::PowerShell), format!("code --add-mcp '{json}'"));
    assert_eq!(of(Client::VsCode, Shell::Cmd), format!("code --add-mcp \"{json}\""));
    let gemini = format!(
        "gemini mcp add --scope user --transport http --header \"Authorization: Bearer {key}\" acme-github {URL}"
    );
    assert_eq!(of(Client::Gemini, Shell::Cmd), gemini);
}

/// The values of a link's query.
fn query(link: &str) -> Vec<(String, String)> {
    let (_, query) = link.split_once('?').unwrap();
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    query
        .split('&')
        .map(|pair| pair.split_once('=').map(|(name, value)| (name.into(), decoded(value))).unwrap())
        .collect()
}

#[test]
fn links_say_what_is_meant() {
    for (client, start) in
        [(Client::Cursor, "cursor://anysphere.cursor-deeplink/mcp/install?"), (Client::LmStudio, "lmstudio://add_mcp?")]
    {
        let (link, holds_key) = link(client);
        assert!(link.starts_with(start) && holds_key, "{link}");
        let found = query(&link);
        assert_eq!(found[0], ("name".into(), "acme-github".into()));
        assert_eq!(found[1].0, "config");
        let config: Value = serde_json::from_slice(&STANDARD.decode(&found[1].1).unwrap()).unwrap();
        assert_eq!(config, json!({"url": URL, "headers": {"Authorization": bearer()}}));
    }

    let (link, holds_key) = link(Client::VsCode);
    let json =
        percent_decode_str(link.strip_prefix("vscode:mcp/install?").unwrap()).decode_utf8().unwrap().into_owned();
    let server: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&server["name"], &server["type"], &server["url"]),
        (&json!("acme-github"), &json!("http"), &json!(URL))
    );
    assert_eq!(server["headers"]["Authorization"], "Bearer ${input:latchkey-key}");
    assert_eq!(server["inputs"][0]["id"], "latchkey-key");
    assert_eq!(server["inputs"][0]["password"], true);
    assert!(!holds_key && !json.contains(key().expose()), "VS Code asks for the key");
}

#[test]
fn files_say_what_is_meant() {
    let headers = || json!({"Authorization": bearer()});
    for (client, wanted) in [
        (Client::Cursor, json!({"mcpServers": {"acme-github": {"url": URL, "headers": headers()}}})),
        (Client::Gemini, json!({"mcpServers": {"acme-github": {"httpUrl": URL, "headers": headers()}}})),
        (Client::Windsurf, json!({"mcpServers": {"acme-github": {"serverUrl": URL, "headers": headers()}}})),
        (Client::Zed, json!({"context_servers": {"acme-github": {"url": URL, "headers": headers()}}})),
        (Client::LmStudio, json!({"mcpServers": {"acme-github": {"url": URL, "headers": headers()}}})),
        (Client::Other, json!({"mcpServers": {"acme-github": {"type": "http", "url": URL, "headers": headers()}}})),
        (
            Client::Opencode,
            json!({"mcp": {"acme-github": {
                "type": "remote", "url": URL, "oauth": false,
                "headers": {"Authorization": "Bearer {env:LATCHKEY_API_KEY}"},
            }}}),
        ),
    ] {
        let (format, text) = file(client);
        assert_eq!((format, serde_json::from_str::<Value>(&text).unwrap()), (Format::Json, wanted), "{client:?}");
    }
    let codex =
        format!("[mcp_servers.acme-github]\nurl = \"{URL}\"\nhttp_headers = {{ Authorization = \"{}\" }}\n", bearer());
    assert_eq!(file(Client::Codex), (Format::Toml, codex));
    let goose = format!(
        "extensions:\n  acme-github:\n    enabled: true\n    type: streamable_http\n    name: \"acme-github\"\n    \
         uri: \"{URL}\"\n    timeout: 300\n    headers:\n      Authorization: \"{}\"\n",
        bearer()
    );
    assert_eq!(file(Client::Goose), (Format::Yaml, goose));
}

#[test]
fn a_connector_takes_the_key_in_its_address() {
    let steps = steps(Client::Connector, &target());
    let [Step::Paste(address)] = steps.as_slice() else { panic!("one address to paste") };
    assert_eq!(address.expose(), format!("{URL}?api_key={}", key().expose()));
    assert_eq!(Client::ALL.into_iter().filter(|c| c.needs_url_credential()).collect::<Vec<_>>(), [Client::Connector]);
}

fn products(step: &Step) -> Vec<&Product> {
    match step {
        Step::Run(lines) => lines.iter().map(|(_, line)| line).collect(),
        Step::Open { link, .. } => vec![link],
        Step::Write { text, .. } => vec![text],
        Step::Paste(address) => vec![address],
    }
}

#[test]
fn every_client_has_a_way_and_none_prints_the_key() {
    for client in Client::ALL {
        assert_eq!(Client::of(client.word()), Some(client));
        let plain = guide(client, &target(), &ConnectKey::of(&key()));
        assert!(!plain.ways.is_empty() && plain.ways.iter().all(|way| !way.steps.is_empty()), "{client:?}");
        assert!(!format!("{plain:?}").contains(&key().expose()[12..]), "{client:?}");
        let with_key = |guide: &domain::mcp::connect::Guide, text: &str| {
            guide
                .ways
                .iter()
                .flat_map(|way| &way.steps)
                .flat_map(products)
                .any(|product| product.expose().contains(text))
        };
        assert!(with_key(&plain, key().expose()), "{client:?}");
        let open = guide(client, &target(), &ConnectKey::placeholder());
        assert!(!with_key(&open, key().expose()), "{client:?}");
        assert!(with_key(&open, "YOUR_LATCHKEY_KEY"), "{client:?}");
    }
}

/// Names and addresses that try to break out of some form.
fn hostile() -> impl Strategy<Value = (String, String)> {
    let bits = prop::sample::select(vec![
        "a",
        "-",
        "--help",
        "'",
        "\"",
        "`",
        "$(touch x)",
        "${HOME}",
        "{env:A}",
        ";",
        "&",
        "|",
        "%PATH%",
        "!",
        "^",
        "\\",
        " ",
        "\n",
        "\r",
        "\0",
        "\u{202E}",
        "\u{2019}",
        "/",
        "..",
        "?x=1",
        "#",
        "@",
        "[",
        "]",
        "é",
        "0",
    ]);
    let text = prop::collection::vec(bits, 0..6).prop_map(|bits| bits.concat());
    (text.clone(), text).prop_map(|(name, path)| (name, format!("https://e.com/{path}")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn hostile_names_and_addresses_are_refused_or_carried_by_every_shell((name, url) in hostile()) {
        let Ok(target) = Target::new(&name, &url) else { return Ok(()) };
        for client in Client::ALL {
            for step in steps(client, &target) {
                if let Step::Run(lines) = &step {
                    prop_assert_eq!(lines.len(), Shell::ALL.len());
                }
                for product in products(&step) {
                    let misread = product.expose().find(['\0', '\r', '`', '\u{202E}', '\u{2019}']);
                    prop_assert_eq!(misread.or(product.expose().find("$(")), None);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_word_reaches_a_program_through_sh(words in prop::collection::vec("[ -~é‘’]{0,12}", 1..4)) {
        let folder = tempfile::tempdir().unwrap();
        stubs(folder.path());
        let quoted: Vec<String> = words.iter().map(|word| Shell::Posix.quote(word).unwrap()).collect();
        let ran = run(folder.path(), &format!("LATCHKEY_API_KEY=x code {}", quoted.join(" ")));
        prop_assert_eq!(&ran[2..], words.as_slice());
    }
}
