//! What strangers write and Latchkey reads, one function a kind: each takes any bytes and fails if a promise about them does not
//! hold. Called by `fuzz/` with libFuzzer, and by the tests below with bounded numbers. No part of the program.

mod cookies;
mod headers;
#[cfg(test)]
mod replay;

use super::{body, verify::Asked};
use domain::key::{AddressList, Form, Malformed, PlainKey, Prefix, Presented, block};
use secrecy::ExposeSecret;
use serde_json::Value;

pub use cookies::cookies;
pub use headers::{credential, forwarded_for};

/// A text that may be a key.
///
/// # Panics
/// If the readers of keys disagree, or one takes what cannot be one.
pub fn key(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (own, form) = (Prefix::default(), Form::parse(&text));
    let presented = Presented::parse(&text, &own);
    let plain = PlainKey::parse(&text, &own);
    assert_eq!(presented.as_ref().err(), plain.as_ref().err());
    match &form {
        Err(why) => assert_eq!(presented.as_ref().err(), Some(why)),
        Ok(form) => {
            assert!(text.starts_with(&format!("{}_{}_", form.prefix, form.id)) && text.is_ascii() && text.len() <= 60);
            let theirs = Prefix::new(form.prefix).unwrap_or_default();
            assert!(Presented::parse(&text, &theirs).is_ok_and(|read| read.id == form.id), "{}", form.prefix);
            assert_eq!(presented.as_ref().err(), (form.prefix != own.as_str()).then_some(&Malformed::Prefix));
            one_wrong_character(&text);
        }
    }
    if let (Ok(presented), Ok(plain)) = (presented, plain) {
        assert!(presented.id == *plain.id() && presented.hash.matches(&plain.hash()));
        assert_eq!(plain.expose(), text);
        assert!(!format!("{plain:?}{presented:?}").contains(&text[12..44]), "the secret is printed");
    }
}

/// A CRC finds every error in one character.
fn one_wrong_character(text: &str) {
    for at in 0..text.len() {
        let mut wrong = text.to_owned();
        wrong.replace_range(at..=at, if &text[at..=at] == "a" { "b" } else { "a" });
        assert!(Form::parse(&wrong).is_err(), "the character at {at} does not count");
    }
}

/// A list of addresses and blocks as a person types it.
///
/// # Panics
/// If a list that was taken is not read back as it is written, or leaves out what it names.
pub fn addresses(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let list = match AddressList::parse(&text) {
        Ok(list) => list,
        Err(error) => {
            assert!(error.message.chars().count() < 300, "{}", error.message);
            assert!(!error.message.chars().any(char::is_control), "{}", error.message);
            return;
        }
    };
    let entries = list.entries();
    assert!(entries.len() <= domain::key::MOST_ADDRESSES && entries.len() == list.len());
    assert_eq!(AddressList::parse(&entries.join("\n")).as_ref(), Ok(&list));
    assert_eq!(AddressList::try_from(entries.clone()).as_ref(), Ok(&list));
    for entry in &entries {
        let Ok(net) = block(entry) else { panic!("{entry} is not read back") };
        assert_eq!(net.trunc(), net, "a block with bits beyond its prefix");
        for ip in [net.network(), net.broadcast()] {
            // An IPv4 address in its IPv6 form is none of the IPv6 ones, though it lies between them.
            assert!(ip != ip.to_canonical() || list.allows(Some(ip)), "{entry} does not allow {ip}");
            if let std::net::IpAddr::V4(v4) = ip {
                assert!(list.allows(Some(v4.to_ipv6_mapped().into())), "{entry} does not allow {ip} in its IPv6 form");
            }
        }
    }
    assert_eq!(list.allows(None), list.is_empty());
}

/// The body of a verify call.
///
/// # Panics
/// If something else than the documented question is taken, or a refusal repeats what may be a key.
pub fn verify_body(data: &[u8]) {
    match body::read::<Asked>(data) {
        Ok(asked) => {
            let value: Value = serde_json::from_slice(data).unwrap_or_default();
            let Some(fields) = value.as_object() else { panic!("taken: {value}") };
            assert_eq!(fields.get("key").and_then(Value::as_str), Some(asked.key.expose_secret()));
            let known = ["key", "ip", "access", "server", "tool", "model"];
            assert!(fields.keys().all(|name| known.contains(&name.as_str())), "taken: {value}");
            let access = fields.get("access").unwrap_or(&Value::Null);
            assert!(access.is_null() || access == "read" || access == "write", "taken: {value}");
        }
        Err(problem) => {
            let text = String::from_utf8_lossy(data);
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            for word in words.filter(|word| word.len() > body::NAME_MOST) {
                assert!(!problem.contains(word), "a refusal repeats what may be a key: {problem}");
            }
            assert!(problem.len() < 500, "{problem}");
        }
    }
}
