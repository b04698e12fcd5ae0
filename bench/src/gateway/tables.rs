//! What the gateway's calls came to, as a reader finds it: two tables, and the medians held against their targets.

use super::{bare::PAUSE, calls::Measured};
use crate::{
    Effort,
    cores::Cores,
    load::CONNECTIONS,
    report::{Report, Section, number, ratio},
};

/// The tables of calls.
pub struct Tables {
    /// Under load.
    pub load: Section,
    /// One at a time.
    pub single: Section,
}

impl Tables {
    /// With what is said before them.
    pub fn begin(effort: Effort, cores: Option<Cores>) -> Self {
        let mut load = Section::new(
            "MCP gateway: calls under load",
            [
                "upstream",
                "way",
                "calls/s",
                "lowest–highest",
                "p50 ms",
                "p99 ms",
                "µs of CPU",
                "core busy",
                "µs of Latchkey",
                "× direct",
            ],
        );
        let place = if cores.is_some() { "the server's one core" } else { "the cores there are, the load too" };
        load.say(format!(
            "A small `tools/call` (`echo`, five characters) by the same requests directly and through \
             `/mcp-connect/{{server}}`. **Upstream and Latchkey share {place}**: what Latchkey takes of it, the upstream \
             lacks, so this is the ratio of one machine that runs both and is full. An upstream on a machine of its own \
             would keep its core. wrk keeps {CONNECTIONS} connections open from another core where there is one, each with \
             one call under way, in one session, with an id for each call. {} rounds of {} s of each way, by turns, each \
             begun when all were idle again: the median of every column. “µs of CPU” is the processor time a call of \
             upstream and Latchkey together, “µs of Latchkey” its part, in which it judges each call, counts it and writes \
             it down.",
            effort.rounds, effort.seconds
        ));
        load.say(
            "**reference** is the MCP project's own server of npm (server-everything, streamable HTTP, its log in a file), \
             in revision 2025-11-25: it answers each call by an event stream, and keeps its events for a client that comes \
             back. The target is for it. **bare** is an axum server that reads a message and answers it in JSON, without \
             sessions: beside so little stands what the gateway takes for itself. Latchkey is `latchkey serve` on SQLite, \
             its log in a file at the usual level, with `LATCHKEY_ALLOW_PRIVATE_UPSTREAMS`; the key is read-write and under \
             no policy, so that answers pass as they come."
                .into(),
        );
        let heads = ["upstream", "asked for", "way", "p50 ms", "p99 ms", "p50 more ms", "p99 more ms"];
        let mut single = Section::new("MCP gateway: one call at a time", heads);
        single.say(format!(
            "One connection with one call under way, everything else as above. “First event” is a call that the bare \
             server answers by a stream: an event at once, the result {} ms later; the time is from sending the call to \
             the first byte of that event's data.",
            PAUSE.as_millis()
        ));
        Self { load, single }
    }

    /// The rows of an upstream under load, directly and through Latchkey.
    pub fn loaded(&mut self, upstream: &str, measured: &[Measured; 2]) {
        let [direct, through] = measured;
        for (at, way) in measured.iter().enumerate() {
            let [speed, span, p50, p99, cost, busy] = way.rounds.figures();
            let (upstream, name) = if at == 0 { (upstream, "direct") } else { ("", "through Latchkey") };
            let (own, times) = match at {
                0 => (String::new(), String::new()),
                _ => (way.own(), ratio(through.rounds.per_second(), direct.rounds.per_second())),
            };
            self.load.row(&[upstream.into(), name.into(), speed, span, p50, p99, cost, busy, own, times]);
        }
    }

    /// The rows of one call at a time.
    pub fn single(&mut self, upstream: &str, asked: &str, measured: &[Measured; 2]) {
        let [direct, through] = [&measured[0].rounds, &measured[1].rounds];
        let milliseconds = |figure: f64| number(figure, 3);
        let none = String::new;
        let (p50, p99) = (milliseconds(direct.p50()), milliseconds(direct.p99()));
        self.single.row(&[upstream.into(), asked.into(), "direct".into(), p50, p99, none(), none()]);
        let (p50, p99) = (milliseconds(through.p50()), milliseconds(through.p99()));
        let more = [through.p50() - direct.p50(), through.p99() - direct.p99()].map(milliseconds);
        let [more_p50, more_p99] = more;
        self.single.row(&[none(), none(), "through Latchkey".into(), p50, p99, more_p50, more_p99]);
    }
}

/// A target as the report has it.
pub fn target(most: f64) -> String {
    format!("<= {most} ms more")
}

/// Holds the medians of both ways against each other.
pub fn later(report: &mut Report, what: &str, most: f64, measured: &[Measured; 2]) {
    let [direct, through] = [&measured[0], &measured[1]].map(|way| way.rounds.p50());
    let more = through - direct;
    let told = format!("{} ms more ({} and {} ms)", number(more, 3), number(through, 3), number(direct, 3));
    // No time at all was measured: that proves nothing.
    report.reach(what, &target(most), told, direct > 0.0 && more <= most);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Round;

    fn measured(p50: f64) -> Measured {
        let mut measured = Measured::default();
        let round = Round { requests: 1_000.0, per_second: 1_000.0 / p50, p50, p99: 3.0 * p50, seconds: 1.0 };
        measured.rounds.take(round, 1_000.0, 0.5);
        measured
    }

    #[test]
    fn a_call_may_take_so_much_longer() {
        let mut report = Report::begin(Vec::new());
        later(&mut report, "in time", 1.0, &[measured(0.5), measured(1.5)]);
        later(&mut report, "late", 1.0, &[measured(0.5), measured(1.501)]);
        later(&mut report, "nothing measured", 1.0, &[measured(0.0), measured(0.0)]);
        let text = report.markdown();
        for row in [
            "| in time | <= 1 ms more | 1.000 ms more (1.500 and 0.500 ms) | yes |",
            "| late | <= 1 ms more | 1.001 ms more (1.501 and 0.500 ms) | NO |",
            "| nothing measured | <= 1 ms more | 0.000 ms more (0.000 and 0.000 ms) | NO |",
        ] {
            assert!(text.contains(row), "{text}");
        }
    }

    #[test]
    fn both_ways_in_the_tables() {
        let mut tables = Tables::begin(Effort { seconds: 1, rounds: 1, pages: 1 }, None);
        let both = [measured(0.5), measured(1.0)];
        tables.loaded("bare", &both);
        tables.single("bare", "call", &both);
        let mut report = Report::begin(Vec::new());
        report.add(tables.load);
        report.add(tables.single);
        let text = report.markdown();
        for row in [
            "| bare | direct | 2,000 | 2,000–2,000 | 0.50 | 1.50 | 500.0 | 50 % |  |  |",
            "|  | through Latchkey | 1,000 | 1,000–1,000 | 1.00 | 3.00 | 500.0 | 50 % | 0.0 | 0.50 |",
            "| bare | call | direct | 0.500 | 1.500 |  |  |",
            "|  |  | through Latchkey | 1.000 | 3.000 | 0.500 | 1.500 |",
        ] {
            assert!(text.contains(row), "{text}");
        }
    }
}
