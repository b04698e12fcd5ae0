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
fn chances_of_tokens_hide_nowhere() {
    let of = |data: &str| {
        let mut event = chunk(0, json!({"content": "a"}), None);
        event["choices"][0]["logprobs"] = json!({"data": data});
        event
    };
    assert!(sent(&mails(), Endpoint::ChatCompletions, &[of(""), of("")]).1.is_ok());
    assert_eq!(sent(&mails(), Endpoint::ChatCompletions, &[of(""), of("c2VjcmV0")]).1, Err(Stop::Unreadable));
}

#[test]
fn a_text_that_has_ended_does_not_go_on() {
    let mut events = chunks(&[(0, "a".into()), (0, "b".into())], false);
    events.push(chunk(0, json!({}), Some("stop")));
    events.extend(chunks(&[(0, "c".into())], false));
    assert_eq!(sent(&mails(), Endpoint::ChatCompletions, &events).1, Err(Stop::Unreadable));
}

/// The events of `OpenAI` hide how long they are, and those of others say beside each who made them.
#[test]
fn what_stands_beside_each_piece_is_no_other_event() {
    let of = |text: &str, hides: &str, maker: &str| {
        let mut event = chunk(0, json!({"content": text}), None);
        (event["obfuscation"], event["provider"]) = (hides.into(), maker.into());
        event
    };
    let ready = mails();
    let mut scan = AnswerScan::new(&ready, Endpoint::ChatCompletions).unwrap();
    scan.event(&of("Write", "aB3", "Maker").to_string()).unwrap();
    assert!(scan.latest.as_ref().unwrap().text(&of(" to", "", "Maker").to_string()).is_some());
    for other in [of(" to", "is hidden", "Maker"), of(" to", "a", "Other")] {
        assert!(scan.latest.as_ref().unwrap().text(&other.to_string()).is_none(), "{other}");
    }
    let events = [
        of("Write to ada@exa", "aB3", "Maker"),
        of("mple.com", "x", "Maker"),
        of(" or", "bob@example.com", "Maker"),
        of(" to", "z", "eve@example.com"),
        of(" us", "z", "eve@example.com"),
        of(" all", "", "Maker"),
    ];
    let (sent, ended) = sent(&ready, Endpoint::ChatCompletions, &events);
    assert_eq!(contents(&sent, 0), "Write to [e-mail] or to us all");
    assert_eq!(ended.unwrap().hits, [Hit { rule: 0, times: 4 }]);
    assert!(sent.iter().all(|event| !event.to_string().contains('@')), "{sent:?}");
    let dry = rules(true, &[("email", "", "redact")]);
    let report = super::sent(&dry, Endpoint::ChatCompletions, &events[3..5]).1.unwrap();
    assert_eq!(report.hits, [Hit { rule: 0, times: 2 }], "a dry run counts each");
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
