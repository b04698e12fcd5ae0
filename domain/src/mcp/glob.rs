//! What a policy's rule applies to: a pattern over `server/tool`, in which `*` stands for any characters and `?` for one.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest pattern, in bytes.
const LONGEST: usize = 200;

/// A pattern such as `github/get_*`, `*/delete_*` or `*/*`. Its first slash divides server from tool, so that no `*` of the
/// one reaches into the other; a tool's name may hold further slashes. Upper and lower case differ, as in tools' names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Glob {
    server: String,
    tool: String,
}

impl Glob {
    /// Reads a pattern; the error is a sentence without its subject.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err("is too long: 200 characters fit.");
        }
        let Some((server, tool)) = text.split_once('/') else {
            return Err("has no slash between server and tool, such as github/get_*.");
        };
        let of_slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-*?".contains(&b);
        if server.is_empty() || !server.bytes().all(of_slug) {
            return Err("names its server by slug, or by * for every one, such as */delete_*.");
        }
        if tool.is_empty() || !tool.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("names a tool, or * for every one, without spaces, such as github/*.");
        }
        Ok(Self { server: server.into(), tool: tool.into() })
    }

    /// Whether the rule applies to that tool of that server.
    #[must_use]
    pub fn matches(&self, server: &str, tool: &str) -> bool {
        fits(&self.server, server) && fits(&self.tool, tool)
    }
}

/// Whether the whole of `text` fits. Goes back to the latest `*` alone, so its time is at most the product of both lengths,
/// whatever the pattern.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.server, self.tool)
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.to_string()
    }
}

impl TryFrom<String> for Glob {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|why| format!("the pattern {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn matches(pattern: &str, server: &str, tool: &str) -> bool {
        Glob::parse(pattern).unwrap().matches(server, tool)
    }

    #[test]
    fn patterns() {
        for (pattern, server, tool, wanted) in [
            ("github/get_issue", "github", "get_issue", true),
            ("github/get_issue", "github", "get_issues", false),
            ("github/get_*", "github", "get_", true),
            ("github/get_*", "github", "forget_it", false),
            ("github/*", "github", "any/thing", true),
            ("github/*", "github-2", "anything", false),
            ("git*/*", "github-2", "x", true),
            ("*/delete_*", "a", "delete_b", true),
            ("*/*delete*", "a", "bulk_delete_b", true),
            ("a?/t?", "ab", "t1", true),
            ("a?/t?", "a", "t1", false),
            ("*/a*b*c", "s", "a_b_b_c", true),
            ("*/a*b*c", "s", "a_b_b", false),
            ("*/Get", "s", "get", false),
            ("*/*", "s", "", true),
            ("a/b/c", "a", "b/c", true),
        ] {
            assert_eq!(matches(pattern, server, tool), wanted, "{pattern} {server}/{tool}");
        }
        for bad in ["", "*", "github", "/tool", "github/", "Git/*", "a b/*", "a/b c", "a/\u{202E}", "a/é"] {
            assert!(Glob::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Glob::parse(&format!("*/{}", "a".repeat(200))).is_err());
    }

    #[test]
    fn no_pattern_takes_long() {
        let hostile = format!("*/{}b", "*a".repeat(90));
        let name = "a".repeat(4_000);
        // The quickest of three: the machine may stand still in one of them.
        let times = [(); 3].map(|()| {
            let begun = Instant::now();
            assert!(!matches(&hostile, "s", &name));
            begun.elapsed()
        });
        assert!(times.iter().any(|time| *time < Duration::from_secs(2)), "{times:?}");
    }

    /// The plain definition, exponential and obviously right.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some('*'), _) => {
                by_definition(&pattern[1..], text) || (!text.is_empty() && by_definition(pattern, &text[1..]))
            }
            (Some(c), Some(d)) if *c == '?' || c == d => by_definition(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matches_as_defined(pattern in "[ab*?]{1,8}", text in "[ab]{0,8}") {
            let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(fits(&pattern, &text), by_definition(&p, &t));
        }

        #[test]
        fn what_is_kept_is_read_back(server in "[a-z*?-]{1,9}", tool in "[!-~]{1,20}") {
            let glob = Glob::parse(&format!("{server}/{tool}")).unwrap();
            prop_assert_eq!(serde_json::from_value::<Glob>(serde_json::to_value(&glob).unwrap()).unwrap(), glob);
        }
    }
}
