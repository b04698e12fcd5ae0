//! Forms that say anew all that a thing is: each carries a version of what it was filled with, so that nobody overwrites what
//! they have not seen. Called by the use-cases about guardrails and firewall policies.

use crate::Error;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A version of what a form was filled with: what is the same has the same.
pub(crate) fn version(content: &impl Serialize) -> String {
    let digest = Sha256::digest(serde_json::to_vec(content).unwrap_or_default());
    digest.iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Refuses a form that was filled with something else than what stands there `now`, unless that is what it says anyway (`new`):
/// whoever presses twice overwrites nobody. A form without a version was filled with nothing.
pub(crate) fn check(what: &'static str, seen: &str, now: String, new: &str) -> Result<(), Error> {
    if seen.is_empty() || seen == now || new == now { Ok(()) } else { Err(Error::Overtaken { what, version: now }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_seen_is_not_overwritten() {
        let [one, two, three] = ["one", "two", "three"].map(|text| version(&(text, 1)));
        assert_eq!((one.len(), &one), (16, &version(&("one", 1))));
        assert_ne!(one, two);
        for (seen, now) in [(&one, &one), (&one, &two), (&String::new(), &three)] {
            assert!(check("thing", seen, now.clone(), &two).is_ok(), "{seen} {now}");
        }
        let Err(Error::Overtaken { what, version }) = check("thing", &one, three.clone(), &two) else { panic!() };
        assert_eq!((what, version), ("thing", three));
    }
}
