//! What a guardrail leaves of the relay's speed: calls with a key under none and with one under twenty rules, by turns. Small
//! ones, and a page both ways, whole and streamed: of prose, and of what rules look at twice. Called by `measure`.

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

/// As people write to models, and models to people.
const PROSE: &str = "The committee met on Tuesday to go over the plan for the coming year. Most of its members had read the draft and \
    agreed with its main points, though two of them asked for a longer time to prepare. In 2024 the budget was raised by 12 per \
    cent, which left room for three more people in the office and for a better archive; the second half of it, so the report \
    says, was spent on 14 new desks. We will write a summary of the answers, send it to everyone who took part (about 40), and \
    ask for their comments by the end of the month. ";

/// Begins of cards, accounts, numbers, addresses and words, and none of them: no rule hits.
const NEAR_HITS: &str = "We met @ noon at the office on 42nd Street, pages 1200-1480 of the report in hand; ada@localhost and \
    grace@ship had sent order 4111 1111 1111 1112 twice, though 5500000000000005 was what the form said. The account \
    GB82 WEST 1234 5698 7654 33 is no account, and PROJ-12 no project. Invoices no. 7 and 8, two bluebirds, nightingales \
    and the mergers of 1998 are all that is in it; version 10.20.30.40 of sk-learn is confidentially old. ";

/// About 4 KiB of a paragraph.
fn page(paragraph: &str) -> String {
    paragraph.repeat(4096 / paragraph.len())
}

/// Measures it: what is asked for, and the target's name.
pub async fn measure(
    house: &House,
    cores: Option<Cores>,
    effort: Effort,
    provider: &Upstream,
    (report, section): (&mut Report, &mut Section),
) -> Outcome<()> {
    let [prose, near_hits] = [PROSE, NEAR_HITS].map(|paragraph| format!("Number %d. {}", page(paragraph)));
    for (asked, says, streams) in [
        ("small chat", "Number %d.", false),
        ("4 KiB of prose both ways", &*prose, false),
        ("4 KiB of prose streamed by words", &*prose, true),
        ("4 KiB of near-hits both ways", &*near_hits, false),
        ("4 KiB of near-hits streamed by words", &*near_hits, true),
    ] {
        eprintln!("model relay: under a guardrail: {asked}");
        let mut ways = both([house.url(), house.url()], provider, &house.latchkey, &house.keys[0]);
        ways[1].key = &house.keys[1];
        let measured = house.load(cores, effort, &ways, Call { says, streams }).await?;
        tell(section, asked, provider, &RULES, &measured);
        let target = format!("model relay: {asked}: chats/s under twenty rules, beside none");
        at_least(report, &target, LEAST, [1, 0].map(|way: usize| measured[way].rounds.per_second()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;
    use domain::guardrail::{Compiled, Side};

    #[test]
    fn the_pages_are_long_and_no_rule_hits() {
        let rules = Compiled::new(&seed::twenty_rules().check().unwrap().guardrail).unwrap();
        for page in [PROSE, NEAR_HITS].map(page) {
            assert!((3_500..4_500).contains(&page.len()), "{}", page.len());
            assert!(!page.contains(['%', '"', '\\', '\n']), "it stands in JSON, and is a format of the load's script");
            for side in [Side::Input, Side::Output] {
                let judged = rules.judge(side, &page);
                assert!(judged.report.is_clean(), "{judged:?}");
            }
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
