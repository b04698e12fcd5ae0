//! Names at the workspace's endpoint: a tool's or prompt's is `server__name`, a resource's address begins with
//! `latchkey.server+`. A slug has neither `_` nor `+`, so that both are read back in one way only.

const BETWEEN: &str = "__";
const SCHEME: &str = "latchkey.";

/// The name of a server's tool or prompt.
pub(super) fn join(slug: &str, name: &str) -> String {
    format!("{slug}{BETWEEN}{name}")
}

/// The server's slug, and the name at the server.
pub(super) fn split(name: &str) -> Option<(&str, &str)> {
    name.split_once(BETWEEN).filter(|(slug, name)| !slug.is_empty() && !name.is_empty())
}

/// The address of a server's resource.
pub(super) fn join_uri(slug: &str, uri: &str) -> String {
    format!("{SCHEME}{slug}+{uri}")
}

/// The server's slug, and the address at the server.
pub(super) fn split_uri(uri: &str) -> Option<(&str, &str)> {
    uri.strip_prefix(SCHEME)?.split_once('+').filter(|(slug, uri)| !slug.is_empty() && !uri.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_back() {
        assert_eq!(split("git-hub__get__issue"), Some(("git-hub", "get__issue")));
        assert_eq!(split("a___b"), Some(("a", "_b")));
        assert_eq!(split_uri("latchkey.files+file:///a+b"), Some(("files", "file:///a+b")));
        for none in ["", "a", "a_b", "__b", "a__"] {
            assert_eq!(split(none), None, "{none}");
        }
        for none in ["file:///a", "latchkey.", "latchkey.a", "latchkey.+b", "latchkey.a+"] {
            assert_eq!(split_uri(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn whatever_was_joined_is_split(slug in "[a-z0-9-]{1,32}", name in ".{1,50}") {
            let (joined, uri) = (join(&slug, &name), join_uri(&slug, &name));
            prop_assert_eq!(split(&joined), Some((&*slug, &*name)));
            prop_assert_eq!(split_uri(&uri), Some((&*slug, &*name)));
        }
    }
}
