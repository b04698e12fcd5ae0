//! What a client is connected to: an endpoint of this installation, and the name that the client keeps it under.

use super::{ConnectKey, Product};
use crate::{field::FieldError, mcp::server, workspace};

/// An endpoint that every client's form can carry: the address and the name have no character that a shell, a client or a
/// link reads as anything but itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    name: String,
    url: String,
}

impl Target {
    /// The endpoint `url` under `name`. Beyond what a server's address may have, only letters, digits and `-._~/:[]` fit: it
    /// is this installation's own address, and what is left out is what shells, links and clients read in ways of their own.
    pub fn new(name: &str, url: &str) -> Result<Self, FieldError> {
        let name = workspace::slug(name).map_err(|error| FieldError::new("name", error.message))?;
        let url = server::upstream_url(url)?;
        if !url.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/:[]".contains(&b)) {
            let message = "URL has a character that some client would read otherwise. Letters, digits and -._~/ fit.";
            return Err(FieldError::new("url", message));
        }
        Ok(Self { name, url })
    }

    /// The endpoint of one server: `/mcp-connect/{server}`.
    pub fn server(public_url: &str, workspace: &str, server: &str) -> Result<Self, FieldError> {
        let url = format!("{}/mcp-connect/{server}", public_url.trim_end_matches('/'));
        Self::new(&connection_name(workspace, Some(server)), &url)
    }

    /// The endpoint of a whole workspace: `/mcp/{workspace}`.
    pub fn workspace(public_url: &str, workspace: &str) -> Result<Self, FieldError> {
        let url = format!("{}/mcp/{workspace}", public_url.trim_end_matches('/'));
        Self::new(&connection_name(workspace, None), &url)
    }

    /// The name that the client keeps it under: `[a-z0-9-]{1,32}`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its address with a key in it, for what takes no header.
    #[must_use]
    pub fn with_key(&self, key: &ConnectKey) -> Product {
        Product::new(format!("{}?api_key={}", self.url, key.expose()))
    }
}

/// The name a client keeps a connection under: workspace and server, or the workspace alone. Where both are too long, the
/// workspace gives way: a person has several servers of one workspace rather than one of several.
#[must_use]
pub fn connection_name(workspace: &str, server: Option<&str>) -> String {
    let Some(server) = server else { return workspace.into() };
    let room = server::SLUG_MOST.saturating_sub(server.len() + 1);
    let short: String = workspace.chars().take(room).collect();
    let short = short.trim_end_matches('-');
    if short.is_empty() { server.into() } else { format!("{short}-{server}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        let one = Target::server("https://keys.example.com/", "acme", "github").unwrap();
        assert_eq!((one.name(), one.url()), ("acme-github", "https://keys.example.com/mcp-connect/github"));
        let all = Target::workspace("http://[::1]:3000/console", "acme").unwrap();
        assert_eq!((all.name(), all.url()), ("acme", "http://[::1]:3000/console/mcp/acme"));
    }

    #[test]
    fn names_fit_and_keep_the_server() {
        assert_eq!(connection_name("acme", None), "acme");
        assert_eq!(connection_name(&"w".repeat(32), Some("github")), format!("{}-github", "w".repeat(25)));
        assert_eq!(connection_name("a-very-long-", Some(&"s".repeat(30))), format!("a-{}", "s".repeat(30)));
        assert_eq!(connection_name("acme", Some(&"s".repeat(32))), "s".repeat(32));
        for server in 1..=32 {
            let name = connection_name("acme-labs-and-more", Some(&"s".repeat(server)));
            assert!(Target::new(&name, "https://e.com/").is_ok(), "{name}");
        }
    }

    #[test]
    fn what_a_form_could_misread_is_refused() {
        for (name, url) in [
            ("--help", "https://e.com/"),
            ("a b", "https://e.com/"),
            ("a;id", "https://e.com/"),
            ("", "https://e.com/"),
            ("A", "https://e.com/"),
            ("a", "https://e.com/$(id)"),
            ("a", "https://e.com/`id`"),
            ("a", "https://e.com/'"),
            ("a", "https://e.com/%PATH%"),
            ("a", "https://e.com/!x"),
            ("a", "https://e.com/?a=1&b=2"),
            ("a", "https://e.com/;x"),
            ("a", "https://e.com/*"),
            ("a", "https://e.com/${HOME}"),
            ("a", "https://e.com/{env:HOME}"),
            ("a", "https://me@e.com/"),
            ("a", "https://e.com/#x"),
            ("a", "javascript:alert(1)"),
        ] {
            assert!(Target::new(name, url).is_err(), "{name} {url}");
        }
    }
}
