//! Latchkey's own keys, of any installation: the form and the checksum decide, so that nothing else is taken for one, and one
//! is found even where other letters stand right beside it.

use super::super::finder::Finder;
use crate::key::Form;
use std::ops::Range;

pub(super) fn finder() -> Result<Finder, String> {
    Finder::checked("[a-z][a-z0-9]{1,11}_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}", check)
}

fn check(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    Form::parse(&text[found.clone()]).is_ok().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::{
        Detector,
        samples::{holds, latchkey_key},
    };

    #[test]
    fn keys() {
        for prefix in ["lk", "acme", "abcdefghijkl"] {
            let key = latchkey_key(prefix);
            for text in
                [key.clone(), format!("Authorization: Bearer {key}"), format!("KEY{key}AND"), format!("a_{key}_b")]
            {
                assert_eq!(holds(Detector::LatchkeyKey, &text), [key.as_str()], "{text}");
            }
        }
    }

    #[test]
    fn look_alikes() {
        let key = latchkey_key("lk");
        let mistyped = format!("{}{}", &key[..49], if key.ends_with('0') { '1' } else { '0' });
        for text in
            [mistyped.as_str(), &key[..49], "lk_BRTRKFsL_••••3f9Q", "snake_case_names_of_any_kind", &key.to_uppercase()]
        {
            assert_eq!(holds(Detector::LatchkeyKey, text), [""; 0], "{text}");
        }
    }
}
