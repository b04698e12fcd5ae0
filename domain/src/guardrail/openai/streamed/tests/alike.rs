//! Events that differ in their text alone, which are read by the one before them: what is made of them is what is made of events
//! that are read each by itself.

use super::*;

/// Chunks of two choices in turns; with `apart` each has a number of its own, so that no two are alike.
fn chunks(pieces: &[(u64, String)], apart: bool) -> Vec<Value> {
    let each = pieces.iter().enumerate().map(|(at, (choice, piece))| {
        let mut event = chunk(*choice, json!({"content": piece}), None);
        event["created"] = if apart { at } else { 1 }.into();
        event
    });
    each.collect()
}

#[test]
fn whatever_else_changes_is_read_again() {
    let events = [
        chunk(0, json!({"content": "Write to ada"}), None),
        chunk(0, json!({"content": "@exam"}), None),
        chunk(1, json!({"content": "ple.com and "}), None),
        chunk(0, json!({"content": "ple.com"}), None),
        chunk(0, json!({"content": " \"now\" "}), None),
        chunk(0, json!({"content": "bob@example.com", "refusal": "eve@example.com"}), None),
        chunk(0, json!({"content": "!", "refusal": "?"}), None),
        chunk(0, json!({"content": " carl", "refusal": "!"}), None),
        chunk(0, json!({"content": " carl", "refusal": "?"}), None),
        chunk(0, json!({"content": "@example"}), None),
        chunk(0, json!({"content": ".com"}), Some("stop")),
    ];
    let (sent, ended) = sent(&mails(), Endpoint::ChatCompletions, &events);
    assert_eq!(contents(&sent, 0), "Write to [e-mail] \"now\" [e-mail]! carl [e-mail]");
    assert_eq!(contents(&sent, 1), "ple.com and ");
    assert_eq!(ended.unwrap().hits, [Hit { rule: 0, times: 4 }]);
}

#[test]
fn a_picture_is_none_because_a_text_stood_there() {
    let of = |text: &str| chunk(0, json!({"data": text}), None);
    let ended = |events: [Value; 2]| sent(&mails(), Endpoint::ChatCompletions, &events).1;
    assert!(ended([of("no picture: "), of("a secret")]).is_err(), "it is a text");
    assert!(ended([of("no picture: "), of("secret")]).is_ok(), "it is Base64");
}

#[test]
fn a_text_that_has_ended_does_not_go_on() {
    let mut events = chunks(&[(0, "a".into()), (0, "b".into())], false);
    events.push(chunk(0, json!({}), Some("stop")));
    events.extend(chunks(&[(0, "c".into())], false));
    assert_eq!(sent(&mails(), Endpoint::ChatCompletions, &events).1, Err(Stop::Unreadable));
}

proptest! {
    #[test]
    fn alike_or_apart_is_the_same(pieces in pieces(), choices in prop::collection::vec(0..2_u64, 6)) {
        let pieces: Vec<_> = choices.into_iter().zip(pieces).collect();
        let [alike, apart] = [false, true].map(|apart| sent(&mails(), Endpoint::ChatCompletions, &chunks(&pieces, apart)));
        for choice in 0..2 {
            prop_assert_eq!(contents(&alike.0, choice), contents(&apart.0, choice));
        }
        prop_assert_eq!(alike.1, apart.1);
    }
}
