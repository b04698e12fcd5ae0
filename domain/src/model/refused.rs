//! Why a body is not relayed, and the rule that a body says the same to every reader. Used by
//! [`Request`](super::Request).

use super::json::Members;
use std::{borrow::Cow, collections::HashSet};

/// Why a body is not relayed: the client's mistake, status 400. The sentence repeats nothing of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBody {
    /// The member that is wrong, as OpenAI's errors have it.
    pub param: Option<&'static str>,
    /// What is wrong with it.
    pub message: Cow<'static, str>,
}

impl BadBody {
    pub(super) fn new(param: impl Into<Option<&'static str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { param: param.into(), message: message.into() }
    }
}

/// Whether every reader sees the same value in each of the members that are `read` here. Refused are a member that
/// comes twice, and one that differs from a member read here by case or underscores alone: servers in Go take `Model`
/// for `model`, servers with Protocol Buffers `maxTokens` for `max_tokens`.
pub(super) fn unambiguous(members: &Members<'_>, read: &'static [&'static str]) -> Result<(), BadBody> {
    let mut seen = HashSet::new();
    for name in members.names() {
        let known = read.iter().copied().find(|known| *known == name);
        if !seen.insert(name) {
            let which = known.unwrap_or("a member");
            return Err(BadBody::new(known, format!("The request's body has {which} twice.")));
        }
        let alike = || read.iter().copied().find(|known| folded(known).eq(folded(name)));
        if let (None, Some(alike)) = (known, alike()) {
            let message = format!("The request's body has {alike} in another spelling. Write {alike}.");
            return Err(BadBody::new(alike, message));
        }
    }
    Ok(())
}

/// A name without what some readers take no notice of.
fn folded(name: &str) -> impl Iterator<Item = char> {
    // The long s is an s to a reader that folds case as Unicode has it; the Kelvin sign lowers to k by itself.
    let letters = name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase);
    letters.map(|c| if c == 'ſ' { 's' } else { c })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_one_value() {
        let check = |body: &str| unambiguous(&Members::of(body).unwrap(), &["model", "max_tokens", "stream"]);
        for good in
            [r#"{"model":1,"max_tokens":2,"models":3,"max":4,"tokens":5,"metadata":{"model":1,"Model":2}}"#, "{}"]
        {
            assert_eq!(check(good), Ok(()));
        }
        for (bad, param, said) in [
            (r#"{"model":1,"model":1}"#, Some("model"), "has model twice"),
            (r#"{"model":1,"mod\u0065l":2}"#, Some("model"), "has model twice"),
            (r#"{"secret":1,"secret":2}"#, None, "has a member twice"),
            (r#"{"model":1,"Model":2}"#, Some("model"), "model in another spelling"),
            (r#"{"ſtream":true}"#, Some("stream"), "stream in another spelling"),
            (r#"{"max_toKens":9}"#, Some("max_tokens"), "max_tokens in another spelling"),
            (r#"{"maxTokens":9}"#, Some("max_tokens"), "max_tokens in another spelling"),
        ] {
            let refused = check(bad).unwrap_err();
            assert_eq!(refused.param, param, "{bad}");
            assert!(refused.message.contains(said), "{}", refused.message);
        }
    }
}
