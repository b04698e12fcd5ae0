//! Each client's ways, as its own documentation has them.

use super::{
    Client, ConnectKey, Format, Guide, KEY_VARIABLE, Product, Shell, Step, System, Target, Way,
    json::{Json, object, quoted, text},
    links,
};

const HOME_FILES: &str =
    "The key stands readable in that file: keep it out of backups that others see, and out of Git.";

type Places = &'static [(System, &'static str)];

const CODEX: Places = &[
    (System::Linux, "~/.codex/config.toml"),
    (System::MacOs, "~/.codex/config.toml"),
    (System::Windows, r"%USERPROFILE%\.codex\config.toml"),
];
const CURSOR: Places = &[
    (System::Linux, "~/.cursor/mcp.json"),
    (System::MacOs, "~/.cursor/mcp.json"),
    (System::Windows, r"%USERPROFILE%\.cursor\mcp.json"),
];
const GEMINI: Places = &[
    (System::Linux, "~/.gemini/settings.json"),
    (System::MacOs, "~/.gemini/settings.json"),
    (System::Windows, r"%USERPROFILE%\.gemini\settings.json"),
];
const WINDSURF: Places = &[
    (System::Linux, "~/.codeium/windsurf/mcp_config.json"),
    (System::MacOs, "~/.codeium/windsurf/mcp_config.json"),
    (System::Windows, r"%USERPROFILE%\.codeium\windsurf\mcp_config.json"),
];
const ZED: Places = &[
    (System::Linux, "~/.config/zed/settings.json"),
    (System::MacOs, "~/.config/zed/settings.json"),
    (System::Windows, r"%APPDATA%\Zed\settings.json"),
];
const OPENCODE: Places = &[
    (System::Linux, "~/.config/opencode/opencode.json"),
    (System::MacOs, "~/.config/opencode/opencode.json"),
    (System::Windows, r"%USERPROFILE%\.config\opencode\opencode.json"),
];
const LM_STUDIO: Places = &[
    (System::Linux, "~/.lmstudio/mcp.json"),
    (System::MacOs, "~/.lmstudio/mcp.json"),
    (System::Windows, r"%USERPROFILE%\.lmstudio\mcp.json"),
];
const GOOSE: Places = &[
    (System::Linux, "~/.config/goose/config.yaml"),
    (System::MacOs, "~/.config/goose/config.yaml"),
    (System::Windows, r"%APPDATA%\Block\goose\config\config.yaml"),
];

/// How `client` is connected to `target` with `key`.
#[must_use]
pub fn guide(client: Client, target: &Target, key: &ConnectKey) -> Guide {
    let (name, url) = (target.name(), target.url());
    let bearer = key.bearer();
    let header = format!("Authorization: {bearer}");
    let ways = match client {
        Client::ClaudeCode => {
            // `--header` takes all that follows it: it goes last.
            let words = ["claude", "mcp", "add", "--transport", "http", name, url, "--header", &header];
            vec![terminal(run(|shell| shell.call(words)), "")]
        }
        Client::Codex => {
            let add = ["codex", "mcp", "add", name, "--url", url, "--bearer-token-env-var", KEY_VARIABLE];
            let lines =
                |shell: Shell| Some(format!("{}\n{}", shell.set(KEY_VARIABLE, key.expose())?, shell.call(add)?));
            let entry = format!(
                "[mcp_servers.{name}]\nurl = {}\nhttp_headers = {{ Authorization = {} }}\n",
                quoted(url),
                quoted(&bearer)
            );
            let mind = "Codex reads the variable at each start: set it in your shell's profile to keep it.";
            vec![terminal(run(lines), mind), file(Format::Toml, entry, CODEX)]
        }
        Client::VsCode => {
            let server = object([
                ("name", text(name)),
                ("type", text("http")),
                ("url", text(url)),
                ("headers", links::headers(&bearer)),
            ]);
            let line = |shell: Shell| {
                let json = if shell == Shell::Posix { server.compact() } else { server.for_windows() };
                shell.call(["code", "--add-mcp", &json])
            };
            let asks = "VS Code asks for the key and keeps it: paste it there.";
            vec![link(links::vscode(target), false, asks), terminal(run(line), "")]
        }
        Client::Cursor => {
            let entry = in_file("mcpServers", target, [("url", text(url)), ("headers", links::headers(&bearer))]);
            vec![link(links::cursor(target, key), true, ""), file(Format::Json, entry, CURSOR)]
        }
        Client::Connector => {
            let mind = "In Claude Desktop: Settings, Connectors, Add custom connector. In ChatGPT: Settings, Connectors, in developer \
                        mode. Neither takes a header, so the key is part of the address, and only a key that was made for \
                        it is taken there. Both ask from their makers' machines: the address has to be reachable from the \
                        internet.";
            vec![Way { title: "As a connector", steps: vec![Step::Paste(target.with_key(key))], mind }]
        }
        Client::Gemini => {
            let words =
                ["gemini", "mcp", "add", "--scope", "user", "--transport", "http", "--header", &header, name, url];
            // In this file `url` would mean the older transport.
            let entry = in_file("mcpServers", target, [("httpUrl", text(url)), ("headers", links::headers(&bearer))]);
            vec![terminal(run(|shell| shell.call(words)), ""), file(Format::Json, entry, GEMINI)]
        }
        Client::Windsurf => {
            let entry = in_file("mcpServers", target, [("serverUrl", text(url)), ("headers", links::headers(&bearer))]);
            vec![file(Format::Json, entry, WINDSURF)]
        }
        Client::Zed => {
            let entry = in_file("context_servers", target, [("url", text(url)), ("headers", links::headers(&bearer))]);
            vec![file(Format::Json, entry, ZED)]
        }
        Client::Opencode => vec![opencode(target, key)],
        Client::LmStudio => {
            let entry = in_file("mcpServers", target, [("url", text(url)), ("headers", links::headers(&bearer))]);
            vec![link(links::lm_studio(target, key), true, ""), file(Format::Json, entry, LM_STUDIO)]
        }
        Client::Goose => {
            let entry = format!(
                "extensions:\n  {name}:\n    enabled: true\n    type: streamable_http\n    name: {}\n    uri: {}\n    \
                 timeout: 300\n    headers:\n      Authorization: {}\n",
                quoted(name),
                quoted(url),
                quoted(&bearer)
            );
            vec![file(Format::Yaml, entry, GOOSE)]
        }
        Client::Other => {
            let fields = [("type", text("http")), ("url", text(url)), ("headers", links::headers(&bearer))];
            vec![file(Format::Json, in_file("mcpServers", target, fields), &[])]
        }
    };
    Guide { client, ways }
}

/// opencode reads the key from a variable, so that none stands in its file.
fn opencode(target: &Target, key: &ConnectKey) -> Way {
    let fields = [
        ("type", text("remote")),
        ("url", text(target.url())),
        ("headers", links::headers(format!("Bearer {{env:{KEY_VARIABLE}}}"))),
        // Else it looks for an authorization server, which there is none of.
        ("oauth", Json::Flag(false)),
    ];
    let entry = Product::new(in_file("mcp", target, fields));
    Way {
        title: "In its file",
        steps: vec![
            Step::Write { format: Format::Json, text: entry, places: OPENCODE },
            run(|shell| shell.set(KEY_VARIABLE, key.expose())),
        ],
        mind: "opencode reads the variable at each start: set it in your shell's profile to keep it.",
    }
}

/// The server's entry as it stands in a file: under its name, under `list`.
fn in_file<const N: usize>(list: &str, target: &Target, fields: [(&str, Json); N]) -> String {
    object([(list, object([(target.name(), object(fields))]))]).pretty()
}

/// The same in every shell that carries it.
fn run(line: impl Fn(Shell) -> Option<String>) -> Step {
    Step::Run(Shell::ALL.into_iter().filter_map(|shell| Some((shell, Product::new(line(shell)?)))).collect())
}

fn terminal(run: Step, mind: &'static str) -> Way {
    Way { title: "In a terminal", steps: vec![run], mind }
}

fn link(link: String, holds_key: bool, mind: &'static str) -> Way {
    Way { title: "By a link", steps: vec![Step::Open { link: Product::new(link), holds_key }], mind }
}

fn file(format: Format, text: String, places: Places) -> Way {
    Way {
        title: "In its file",
        steps: vec![Step::Write { format, text: Product::new(text), places }],
        mind: HOME_FILES,
    }
}
