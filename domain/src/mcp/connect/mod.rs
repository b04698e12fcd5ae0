//! The connect helper: for every client, what a person runs, opens, writes or pastes to reach an MCP endpoint of this
//! installation with a key. Pages render it; the tests run it in a shell, decode its links and read its files.

mod guides;
mod json;
mod links;
mod product;
mod quote;
mod target;

pub use guides::guide;
pub use product::{ConnectKey, Product};
pub use quote::Shell;
pub use target::{Target, connection_name};

/// The variable that clients read the key from, where they can.
pub const KEY_VARIABLE: &str = "LATCHKEY_API_KEY";

/// A program that speaks MCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// Anthropic's agent for the terminal.
    ClaudeCode,
    /// OpenAI's agent for the terminal.
    Codex,
    /// Visual Studio Code.
    VsCode,
    /// The editor Cursor.
    Cursor,
    /// Claude Desktop and ChatGPT: connectors that take an address and no header.
    Connector,
    /// Google's agent for the terminal.
    Gemini,
    /// The editor Windsurf.
    Windsurf,
    /// The editor Zed.
    Zed,
    /// The agent opencode.
    Opencode,
    /// LM Studio.
    LmStudio,
    /// The agent Goose.
    Goose,
    /// Whatever else reads the common form.
    Other,
}

impl Client {
    /// Every client, in the order they are offered.
    pub const ALL: [Self; 12] = [
        Self::ClaudeCode,
        Self::Codex,
        Self::VsCode,
        Self::Cursor,
        Self::Connector,
        Self::Gemini,
        Self::Windsurf,
        Self::Zed,
        Self::Opencode,
        Self::LmStudio,
        Self::Goose,
        Self::Other,
    ];

    /// Its name in URLs and forms.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::VsCode => "vscode",
            Self::Cursor => "cursor",
            Self::Connector => "connector",
            Self::Gemini => "gemini",
            Self::Windsurf => "windsurf",
            Self::Zed => "zed",
            Self::Opencode => "opencode",
            Self::LmStudio => "lm-studio",
            Self::Goose => "goose",
            Self::Other => "other",
        }
    }

    /// The client of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|client| client.word() == word)
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex",
            Self::VsCode => "VS Code",
            Self::Cursor => "Cursor",
            Self::Connector => "Claude Desktop and ChatGPT",
            Self::Gemini => "Gemini CLI",
            Self::Windsurf => "Windsurf",
            Self::Zed => "Zed",
            Self::Opencode => "opencode",
            Self::LmStudio => "LM Studio",
            Self::Goose => "Goose",
            Self::Other => "Another client",
        }
    }

    /// It takes no header: only a key that was created for it may stand in its address.
    #[must_use]
    pub fn needs_url_credential(self) -> bool {
        self == Self::Connector
    }
}

/// An operating system, for where a file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum System {
    /// Linux.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl System {
    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Linux => "Linux",
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
        }
    }
}

/// The language of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON.
    Json,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

/// One thing that a person does.
#[derive(Debug)]
pub enum Step {
    /// Runs this in a terminal: the same in each shell.
    Run(Vec<(Shell, Product)>),
    /// Opens a link, by which the client asks to add the server.
    Open {
        /// The link.
        link: Product,
        /// The key is in it; else the client asks for the key.
        holds_key: bool,
    },
    /// Adds this to a file of the client's.
    Write {
        /// Its language.
        format: Format,
        /// What to add.
        text: Product,
        /// Where the file lies; empty where that depends on the client.
        places: &'static [(System, &'static str)],
    },
    /// Pastes this address into the client's dialog.
    Paste(Product),
}

/// One way to connect a client: steps to take one after another.
#[derive(Debug)]
pub struct Way {
    /// What it is called, such as `In a terminal`.
    pub title: &'static str,
    /// The steps.
    pub steps: Vec<Step>,
    /// What to mind; empty for nothing.
    pub mind: &'static str,
}

/// How a client is connected: the best way first.
#[derive(Debug)]
pub struct Guide {
    /// The client.
    pub client: Client,
    /// The ways; any one of them is enough.
    pub ways: Vec<Way>,
}
