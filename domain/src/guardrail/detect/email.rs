//! E-mail addresses as people write them: a local part, `@`, and a domain that ends in a top-level name of letters. The letters
//! are Latin, Greek or Cyrillic ones, so that in scripts without spaces an address ends where the sentence around it goes on.

use super::{super::finder::Finder, after, before};
use std::ops::Range;

pub(super) fn finder() -> Result<Finder, String> {
    let letter = r"A-Za-z\x{C0}-\x{24F}\x{370}-\x{52F}";
    let label = format!("[{letter}0-9](?:[{letter}0-9-]{{0,61}}[{letter}0-9])?");
    let domain = format!(r"(?:{label}\.){{1,5}}(?:xn--[A-Za-z0-9-]{{2,59}}|[{letter}]{{2,24}})");
    Finder::checked(&format!("[{letter}0-9_][{letter}0-9._%+'-]{{0,63}}@{domain}"), check)
}

/// Three things have the form and are no address: `package@1.2.3-beta.rc`, `icon@2x.png` and `git@host:path`.
fn check(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let (local, domain) = text[found.clone()].split_once('@')?;
    let digits = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    let mut labels = domain.split('.');
    let (first, second) = (labels.next()?, labels.next()?);
    let version = digits(first) && digits(second);
    let picture = matches!(first.as_bytes(), [b'1'..=b'9', b'x']) && labels.next().is_none();
    // The search goes on within what was no address, so `it@host:path` must not be one either.
    let cut = before(text, found.start).next().is_some_and(char::is_alphanumeric);
    let git = local == "git" || (cut && "git".ends_with(local));
    let remote = git && after(text, found.end) == Some(':');
    (!version && !picture && !remote).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, samples::holds};

    #[test]
    fn addresses() {
        for (text, wanted) in [
            ("Write to ada@example.com, or call.", "ada@example.com"),
            ("<ada.lovelace+news@mail.example.co.uk>", "ada.lovelace+news@mail.example.co.uk"),
            ("mailto:o'brien@example.ie.", "o'brien@example.ie"),
            ("{\"email\":\"a_b-c%d@x.io\"}", "a_b-c%d@x.io"),
            ("müller@bücher.example", "müller@bücher.example"),
            ("почта@пример.рф!", "почта@пример.рф"),
            ("bill@xn--bcher-kva.example", "bill@xn--bcher-kva.example"),
            ("a@b.xn--p1ai x", "a@b.xn--p1ai"),
            ("请联系test@example.com谢谢", "test@example.com"),
            ("root@163.com", "root@163.com"),
            ("git@example.com is read by a person", "git@example.com"),
            ("https://user:pw@example.com/", "pw@example.com"),
            ("email='ada@example.com'&x=1", "ada@example.com"),
        ] {
            assert_eq!(holds(Detector::Email, text), [wanted], "{text}");
        }
        assert_eq!(holds(Detector::Email, "a@b.co,c@d.org;e@f.net").len(), 3);
    }

    #[test]
    fn look_alikes() {
        for text in [
            "@Override public void run()",
            "user@localhost",
            "npm i react@18.2.0 left-pad@1.3.0-beta.rc",
            "icon@2x.png, icon@3x.webp",
            "git clone git@github.com:rust-lang/regex.git",
            "a @ b.com",
            "name@",
            "@example.com",
            "x@y.z",
            "foo@.com",
            "foo@-bar.com",
            "price@3.50",
        ] {
            assert_eq!(holds(Detector::Email, text), [""; 0], "{text}");
        }
    }
}
