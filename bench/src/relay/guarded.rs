//! What a guardrail leaves of the relay's speed: calls with a key under none and with one under twenty rules, by turns. Small
//! ones, and a page of prose both ways, whole and streamed, that is full of what rules look at twice. Called by `measure`.

use super::{Call, House, tell};
use crate::{
    Effort, Outcome,
    beside::at_least,
    cores::Cores,
    gateway::{calls::both, upstreams::Upstream},
    report::{Report, Section},
};

/// What a guardrail of twenty rules leaves of the speed at least.
const LEAST: f64 = 0.95;
const RULES: [&str; 2] = ["through Latchkey", "the same, twenty rules"];

/// Begins of cards, accounts, numbers, addresses and words, and none of them: no rule hits.
const PARAGRAPH: &str = "We met @ noon at the office on 42nd Street, pages 1200-1480 of the report in hand; ada@localhost and \
    grace@ship had sent order 4111 1111 1111 1112 twice, though 5500000000000005 was what the form said. The account \
    GB82 WEST 1234 5698 7654 33 is no account, and PROJ-12 no project. Invoices no. 7 and 8, two bluebirds, nightingales \
    and the mergers of 1998 are all that is in it; version 10.20.30.40 of sk-learn is confidentially old. ";

/// About 4 KiB of it.
pub fn prose() -> String {
    PARAGRAPH.repeat(9)
}

/// Measures it: what is asked for, and the target's name.
pub async fn measure(
    house: &House,
    cores: Option<Cores>,
    effort: Effort,
    provider: &Upstream,
    (report, section): (&mut Report, &mut Section),
) -> Outcome<()> {
    let prose = format!("Number %d. {}", prose());
    for (asked, target, says, streams) in [
        ("small chat", "model relay: small chats/s under twenty rules, beside none", "Number %d.", false),
        (
            "4 KiB of prose",
            "model relay: chats/s of 4 KiB of prose both ways under twenty rules, beside none",
            &prose,
            false,
        ),
        (
            "the same, streamed",
            "model relay: chats/s of 4 KiB of prose streamed by words under twenty rules, beside none",
            &prose,
            true,
        ),
    ] {
        eprintln!("model relay: under a guardrail: {asked}");
        let mut ways = both([house.url(), house.url()], provider, &house.latchkey, &house.keys[0]);
        ways[1].key = &house.keys[1];
        let measured = house.load(cores, effort, &ways, Call { says, streams }).await?;
        tell(section, asked, provider, &RULES, &measured);
        at_least(report, target, LEAST, [1, 0].map(|way: usize| measured[way].rounds.per_second()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;
    use domain::guardrail::{Compiled, Side};

    #[test]
    fn the_prose_is_long_and_no_rule_hits() {
        let prose = prose();
        assert!((3_500..4_500).contains(&prose.len()), "{}", prose.len());
        assert!(!prose.contains(['%', '"', '\\', '\n']), "it stands in JSON, and is a format of the load's script");
        let rules = Compiled::new(&seed::twenty_rules().check().unwrap().guardrail).unwrap();
        for side in [Side::Input, Side::Output] {
            let judged = rules.judge(side, &prose);
            assert!(judged.report.is_clean(), "{judged:?}");
        }
    }

    #[test]
    fn what_it_nearly_is_hits() {
        let rules = Compiled::new(&seed::twenty_rules().check().unwrap().guardrail).unwrap();
        for hit in ["4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "ada@example.com", "PROJ-123", "a bluebird"] {
            assert!(!rules.judge(Side::Input, hit).report.is_clean(), "{hit}");
        }
    }
}
