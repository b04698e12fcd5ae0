//! What a person may set on a registered MCP server: name, slug, address and the credential it is asked with. The server's
//! page and the command line go through here; where an address leads in the end is judged at connection time.

use crate::{
    field::{self, FieldError, is_deceptive},
    workspace,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The longest slug of a server.
pub const SLUG_MOST: usize = 32;
/// The slug that Latchkey's own tools stand under, at the workspace's endpoint.
pub const OWN_SLUG: &str = "latchkey";
/// The longest credential for a server, in bytes.
pub const CREDENTIAL_MOST: usize = 8 * 1024;
/// The longest address of a server, in bytes.
const URL_MOST: usize = 2_000;
/// What clients replace by a variable of theirs: in an address it would send something that nobody typed.
pub(super) const EXPANDED: [&str; 3] = ["${", "{env:", "{file:"];

/// Headers that the gateway sets or drops itself: a credential in one of them would be lost, or would break the request.
const OWN_HEADERS: [&str; 16] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "last-event-id",
    "origin",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What people call a server.
pub fn server_name(text: &str) -> Result<String, FieldError> {
    field::line("name", "Name", text, 80)
}

/// A server's slug: part of its URL and of its tools' names, so it never changes. It has the form of a workspace's.
pub fn slug(text: &str) -> Result<String, FieldError> {
    let slug = workspace::slug_of_page(text)?;
    if slug == OWN_SLUG {
        return Err(FieldError::new("slug", "Latchkey's own tools stand under latchkey. Choose another slug."));
    }
    Ok(slug)
}

/// Where a server is reached: `http` or `https`, without user name, password and fragment. Answers the address in its
/// normal form.
pub fn upstream_url(text: &str) -> Result<String, FieldError> {
    web_address(text, "https://mcp.example.com/mcp").map(String::from)
}

/// The rules that every address outward goes by; `example` is one as people would write it.
pub(crate) fn web_address(text: &str, example: &str) -> Result<Url, FieldError> {
    let refused = |message: &str| Err(FieldError::new("url", message));
    let text = text.trim();
    if text.is_empty() {
        return refused("URL is required.");
    }
    if text.len() > URL_MOST {
        return refused("URL is too long: 2,000 characters fit.");
    }
    if text.contains(|c: char| c.is_whitespace() || c == '\\' || is_deceptive(c)) {
        return refused(
            "URL has a space, a backslash, a control or a text-direction character. Type it again without.",
        );
    }
    if has_placeholder(text) {
        return refused("URL has a placeholder such as ${…} or {env:…}. Write the address itself.");
    }
    let Ok(url) = Url::parse(text) else {
        return refused(&format!("URL is not one. Write it whole, such as {example}."));
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refused("URL starts with https:// or http://.");
    }
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return refused("URL has a user name or a password. Put the credential into its own field.");
    }
    if text.contains('#') {
        return refused("URL has a fragment, the part from # on. Leave it out.");
    }
    // The standard for URLs lets a host have quotes and brackets, which no name in the DNS has.
    let is_host = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
    if !url.host_str().is_some_and(|host| !host.is_empty() && is_host(host)) || url.port() == Some(0) {
        return refused("URL names no host that can be reached.");
    }
    Ok(url)
}

/// Scheme, host and port of an address that [`upstream_url`] let pass: to whom a credential for it goes.
#[must_use]
pub fn origin(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}

/// Whether a client would put something of its own into the text.
pub(super) fn has_placeholder(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    EXPANDED.iter().any(|placeholder| text.contains(placeholder))
}

/// What stands between `//` and the path: `@` in it is an empty user name at least.
fn authority(url: &str) -> &str {
    let rest = url.split_once(':').map_or(url, |(_, rest)| rest).trim_start_matches('/');
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// The header that carries the credential to a server; empty for `Authorization`. Answers it in lower case.
pub fn credential_header(text: &str) -> Result<String, FieldError> {
    let name = text.trim().to_ascii_lowercase();
    if name.is_empty() {
        return Ok("authorization".into());
    }
    let refused = |message: String| Err(FieldError::new("header", message));
    let fits = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !fits || name.len() > 64 {
        return refused(
            "Header takes the name of one, at most 64 letters, digits and hyphens, such as X-API-Key.".into(),
        );
    }
    let own = OWN_HEADERS.contains(&name.as_str())
        || ["mcp-", "x-latchkey-", "x-forwarded-"].iter().any(|prefix| name.starts_with(prefix))
        || matches!(name.as_str(), "cookie" | "forwarded");
    if own {
        return refused(format!(
            "The gateway sets or drops {name} itself. Name the header that carries the credential."
        ));
    }
    Ok(name)
}

/// The credential's value, as it goes into the header: `Bearer …` with its scheme. `None` for none.
pub fn credential(value: &SecretString) -> Result<Option<SecretString>, FieldError> {
    let text = value.expose_secret().trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > CREDENTIAL_MOST {
        return Err(FieldError::new("credential", "Credential is too long: 8 KiB fit."));
    }
    if !text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        let message = "Credential has a character that no header carries. Letters, digits, signs and spaces fit.";
        return Err(FieldError::new("credential", message));
    }
    Ok(Some(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses() {
        for (typed, kept) in [
            (" https://mcp.example.com/mcp ", "https://mcp.example.com/mcp"),
            ("HTTP://Example.COM:80", "http://example.com/"),
            ("http://[::1]:8080/a?b=c", "http://[::1]:8080/a?b=c"),
            ("https://exämple.com/%20", "https://xn--exmple-cua.com/%20"),
            ("https://e.com/@scope/mcp", "https://e.com/@scope/mcp"),
        ] {
            assert_eq!(upstream_url(typed).as_deref(), Ok(kept));
        }
        for bad in [
            "",
            "mcp.example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://user@example.com",
            "https://user:pass@example.com",
            "https://@example.com",
            "https:\\\\@example.com",
            "https://example.com/#part",
            "https://example.com/#",
            "https://example.com/a b",
            "https://example.com/?a=\\b",
            "https://example.com/a\nb",
            "https://example.com/\u{202E}b",
            "https://example.com/\u{0}",
            "https://example.com/${HOME}",
            "https://{env:HOST}/",
            "https://example.com/{ENV:A}",
            "https://example.com:0/",
            "https://",
            "https://exa mple.com",
            "https://\"/",
            "https://a';b/",
        ] {
            assert_eq!(upstream_url(bad).unwrap_err().field, "url", "{bad:?}");
        }
        assert!(upstream_url(&format!("https://e.com/{}", "a".repeat(2_000))).is_err());
    }

    #[test]
    fn origins() {
        let same = |a, b| origin(a) == origin(b);
        assert!(same("https://e.com/a?b", "https://e.com:443/c"));
        assert!(!same("https://e.com/", "http://e.com/") && !same("https://e.com/", "https://e.com:444/"));
        assert!(!same("https://e.com/", "https://e.com.evil.example/") && !same("https://e.com/", "https://x.e.com/"));
    }

    #[test]
    fn slugs_leave_latchkeys_own_free() {
        assert_eq!(slug("git-hub").as_deref(), Ok("git-hub"));
        for bad in ["latchkey", "new", "a__b", "A", "-a", "", "a/b"] {
            assert_eq!(slug(bad).unwrap_err().field, "slug", "{bad}");
        }
    }

    #[test]
    fn headers() {
        assert_eq!(credential_header(" ").as_deref(), Ok("authorization"));
        assert_eq!(credential_header("X-API-Key").as_deref(), Ok("x-api-key"));
        for bad in ["Host", "content-length", "Mcp-Session-Id", "X-Latchkey-Key", "Cookie", "a b", "a:b", "a\r\nb", "ä"]
        {
            assert_eq!(credential_header(bad).unwrap_err().field, "header", "{bad:?}");
        }
    }

    #[test]
    fn credentials() {
        let check = |text: &str| credential(&text.to_owned().into());
        assert!(check("  ").unwrap().is_none());
        assert_eq!(check(" Bearer a+/= ").unwrap().unwrap().expose_secret(), "Bearer a+/=");
        for bad in ["a\r\nb", "a\0", "ä", &"a".repeat(CREDENTIAL_MOST + 1)] {
            let error = check(bad).unwrap_err();
            assert_eq!(error.field, "credential");
            assert!(!error.message.contains(bad), "what was typed is a secret");
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_an_address_of_the_web(text in "(https?://)?[\\PC]{0,40}") {
            if let Ok(kept) = upstream_url(&text) {
                prop_assert!(kept.starts_with("http://") || kept.starts_with("https://"));
                prop_assert!(kept.is_ascii() && !kept.contains(['#', ' ', '"', '<', '>', '\\']));
                prop_assert_eq!(upstream_url(&kept), Ok(kept), "in its normal form already");
            }
        }
    }
}
