//! What one rule does to the next, and what happens at the window's edge.

use super::{
    super::{Denial, Detector, Side, WINDOW},
    EVERY, all_detectors, cut, detector, judged, pattern, ready, streamed, word,
};

#[test]
fn later_rules_see_what_earlier_ones_redacted() {
    let rules = vec![
        detector(Detector::Email),
        pattern(r"id: \[e-mail\]( \d+)?", Some("<id>")),
        pattern("<id>x", None),
        word("secret", Some("")),
        pattern("ab", Some("AB")),
    ];
    let guard = ready(rules);
    let (text, wanted) = ("id: ada@example.com 42 a secretb", "<id> a secretb");
    assert_eq!(judged(&guard, text).0, wanted);
    let text = "id: ada@example.com 42, asecret a secret b";
    assert_eq!(judged(&guard, text).0, "<id>, asecret a  b");
    for one in 0..=text.len() {
        for two in one..=text.len() {
            assert_eq!(streamed(&guard, cut(text, &[one, two])), judged(&guard, text), "{one} {two}");
        }
    }
    assert_eq!(judged(&guard, "id: [e-mail]x").1.denial, Some(Denial::Rule(2)));
    for one in 0.."id: [e-mail]x".len() {
        let (out, report) = streamed(&guard, cut("a id: [e-mail]x", &[one]));
        assert_eq!((out.as_str(), report.denial), ("a ", Some(Denial::Rule(2))));
    }
}

#[test]
fn a_private_key_is_withheld_however_long() {
    let body = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7\n".repeat(200);
    let text = format!("a -----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\nb");
    let guard = &*EVERY;
    assert!(body.len() > 4 * WINDOW);
    assert_eq!(judged(guard, &text).0, "a [private key]\nb");
    for length in [1, 7, 61, 1000, 5000] {
        let borders: Vec<_> = (0..text.len()).step_by(length).collect();
        assert_eq!(streamed(guard, cut(&text, &borders)).0, "a [private key]\nb", "{length}");
    }
    let endless = &text[..text.len() - 10];
    assert_eq!(streamed(guard, cut(endless, &[20, 3000])).0, "a [private key]");
    assert_eq!(judged(guard, endless).0, "a [private key]");
}

#[test]
fn a_match_as_long_as_the_window_is_caught_and_a_longer_one_may_get_away() {
    let guard = ready(vec![pattern("<[^>]*>", Some("#")), word("y", Some("Y"))]);
    let text = |length: usize| format!("a <{}>. y", "x".repeat(length - 2));
    for length in [WINDOW - 1, WINDOW] {
        for step in [1, 5, 1000] {
            let borders: Vec<_> = (0..length + 9).step_by(step).collect();
            assert_eq!(streamed(&guard, cut(&text(length), &borders)).0, "a #. Y", "{length} by {step}");
        }
    }
    let longer = text(WINDOW + 9);
    let borders: Vec<_> = (0..longer.len()).collect();
    assert_eq!(streamed(&guard, cut(&longer, &borders)).0, longer.replace('y', "Y"));
    assert_eq!(judged(&guard, &longer).0, "a #. Y");
}

#[test]
fn a_match_that_outgrows_the_window_counts_as_far_as_it_is_known() {
    let guard = ready(vec![pattern("k=[a-z]+", Some("#")), pattern("[a-z]{9}", Some("+"))]);
    let text = format!("k={}", "x".repeat(3 * WINDOW));
    let borders: Vec<_> = (0..text.len()).step_by(100).collect();
    let (out, report) = streamed(&guard, cut(&text, &borders));
    assert!(out.starts_with('#') && !out.contains("xxxxxxxxx"), "{out}");
    assert_eq!(report.hits[0].times, 1);
}

#[test]
fn ordinary_text_waits_for_the_end_of_its_last_word_only() {
    let mut scanner = ready(all_detectors()).scan(Side::Output);
    let told: Vec<_> =
        ["The an", "swer is", " 42,", " of", " course", "."].map(|piece| scanner.push(piece).unwrap()).into();
    assert_eq!(told, ["The ", "answer ", "is 42,", " ", "of ", ""]);
    assert_eq!(scanner.end().unwrap(), "course.");
    let mut scanner = ready(vec![detector(Detector::PaymentCard), detector(Detector::PrivateKey)]).scan(Side::Output);
    assert_eq!(scanner.push("The answer").unwrap(), "The answer");
}
