//! A flood of invented ids beside live traffic, on Latchkey and on the bare server: what the live traffic keeps. Both loads are
//! paced (see `paced`): two loads without a pace would share any server by their connections, whatever a refusal costs.

use crate::{
    Effort, Outcome,
    contenders::{Contender, Keys},
    cores::Cores,
    load::{CONNECTIONS, Case, Round, Surface},
    report::{Report, Section, median, number, ratio},
};
use std::path::Path;

const KEYS: u32 = 1_000;
/// The flood's part of what the server can refuse in a second.
const FLOOD: f64 = 0.25;
/// The live traffic's part of what it can answer.
const LIVE: f64 = 0.5;
/// What the live traffic must keep of its rate.
const LEAST: f64 = 0.7;
/// The part of its pace that each load must come to where nothing is in its way: else the load was the limit.
const CAME: f64 = 0.9;

/// The rounds of one server.
#[derive(Default)]
struct Measured {
    /// Paces of the flood and of the live traffic.
    paces: [u32; 2],
    calm: Vec<Round>,
    flooded: Vec<Round>,
    floods: Vec<Round>,
    /// The part of the core that the server took, without and with the flood.
    busy: [Vec<f64>; 2],
}

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, effort: Effort, report: &mut Report) -> Outcome<()> {
    let heads = ["server", "flood/s", "live/s", "p50 ms", "p99 ms", "core busy", "kept"];
    let mut section = Section::new("A flood of unknown ids beside live traffic", heads);
    section.say(format!(
        "Live traffic is `GET /api/me` with {KEYS} keys at an even rate on {CONNECTIONS} connections, with and without a flood \
         on {CONNECTIONS} others: `GET /api/me` with keys of right form and checksum whose ids were never made, at an even rate \
         too. Each server is measured first: the live traffic asks half of what it can answer in a second, the flood a quarter \
         of what it can refuse. So a quarter of the server is free if a refusal is as cheap as it looked; where it is not (a \
         look-up in the database for each, records thrown out of memory), the live traffic falls behind. An answer's time is \
         counted from when its request was due. {} rounds of {} s by turns, the median of each; “kept” is the live rate with \
         the flood ÷ without. Both clients run on the load's core.",
        effort.rounds, effort.seconds
    ));
    let latchkey = Contender::latchkey("Latchkey", program, cores, KEYS, &[]).await?;
    let keys = Keys { file: latchkey.keys(), gateway: &latchkey.key, cores };
    let bare = Contender::bare("bare", &keys, None).await?;
    for contender in [&latchkey, &bare] {
        eprintln!("flood of unknown ids: {}", contender.name);
        let measured = one_server(contender, effort).await?;
        measured.tell(contender.name, &mut section);
        if contender.name == latchkey.name {
            measured.reach(report);
        }
    }
    for (said, count) in latchkey.server.complaints() {
        section.add(format!("Its log complained {count} ×: “{said}”"));
    }
    report.add(section);
    bare.remove().await?;
    latchkey.remove().await
}

async fn one_server(contender: &Contender, effort: Effort) -> Outcome<Measured> {
    let Contender { server, load, .. } = contender;
    let mut measured = Measured::default();
    for (pace, (case, part)) in measured.paces.iter_mut().zip([(Case::Unknown, FLOOD), (Case::Good, LIVE)]) {
        load.run(&server.url, Surface::Me, case, 1, 0).await?;
        let able = load.run(&server.url, Surface::Me, case, effort.seconds, 1).await?;
        *pace = whole(able.per_second * part);
    }
    let [flood, live] = measured.paces;
    for _ in 0..effort.rounds {
        server.settle().await?;
        let before = server.processor()?;
        let calm = load.paced(&server.url, Case::Good, live, effort.seconds).await?;
        measured.busy[0].push((server.processor()? - before) / calm.seconds);
        measured.calm.push(calm);
        server.settle().await?;
        let before = server.processor()?;
        let (with, beside) = tokio::join!(
            load.paced(&server.url, Case::Good, live, effort.seconds),
            load.paced(&server.url, Case::Unknown, flood, effort.seconds)
        );
        let (with, beside) = (with?, beside?);
        measured.busy[1].push((server.processor()? - before) / with.seconds.max(beside.seconds));
        measured.flooded.push(with);
        measured.floods.push(beside);
    }
    Ok(measured)
}

impl Measured {
    fn tell(&self, name: &str, section: &mut Section) {
        let [flood, live] = self.paces.map(|pace| number(f64::from(pace), 0));
        for (at, (name, rounds)) in [(name, &self.calm), ("", &self.flooded)].into_iter().enumerate() {
            let figure = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
            let busy = number(median(self.busy[at].clone()) * 100.0, 0);
            section.row(&[
                name.into(),
                if at == 0 { "none".into() } else { number(rate(&self.floods), 0) },
                number(rate(rounds), 0),
                number(figure(|round| round.p50), 2),
                number(figure(|round| round.p99), 2),
                format!("{busy} %"),
                if at == 0 { String::new() } else { ratio(rate(rounds), rate(&self.calm)) },
            ]);
        }
        section.add(format!("Paces of the row above, a second: the flood {flood}, the live traffic {live}."));
    }

    fn reach(&self, report: &mut Report) {
        let (live, calm, flood) = (rate(&self.flooded), rate(&self.calm), rate(&self.floods));
        let measured = format!(
            "{} × ({} : {}), beside {} refusals a second",
            ratio(live, calm),
            number(live, 0),
            number(calm, 0),
            number(flood, 0)
        );
        let [floods_pace, lives_pace] = self.paces.map(f64::from);
        // A load that did not come proves nothing.
        let holds = live / calm >= LEAST && calm >= lives_pace * CAME && flood >= floods_pace * CAME;
        report.reach("live traffic beside a flood of unknown ids", &format!("≥ {LEAST} ×"), measured, holds);
    }
}

fn rate(rounds: &[Round]) -> f64 {
    median(rounds.iter().map(|round| round.per_second).collect())
}

/// A pace in whole requests a second.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between one and a million")]
fn whole(pace: f64) -> u32 {
    pace.clamp(1.0, 1e6) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(per_second: f64) -> Round {
        Round { requests: per_second, per_second, p50: 0.5, p99: 1.0, seconds: 1.0 }
    }

    fn verdict(calm: f64, flooded: f64, flood: f64) -> String {
        let mut report = Report::begin(Vec::new());
        let one = |rate| vec![round(rate)];
        let measured = Measured {
            paces: [1_000, 2_000],
            calm: one(calm),
            flooded: one(flooded),
            floods: one(flood),
            busy: <[Vec<f64>; 2]>::default(),
        };
        measured.reach(&mut report);
        report.markdown()
    }

    #[test]
    fn seven_tenths_are_enough_if_both_loads_came() {
        assert!(verdict(2_000.0, 1_400.0, 1_000.0).contains("| yes |"));
        assert!(verdict(2_000.0, 1_399.0, 1_000.0).contains("| NO |"));
        assert!(verdict(2_000.0, 2_000.0, 899.0).contains("| NO |"), "there was no flood");
        assert!(verdict(1_700.0, 1_700.0, 1_000.0).contains("| NO |"), "the load was the limit");
    }

    #[test]
    fn a_pace_is_a_whole_number_that_is_not_nought() {
        assert_eq!((whole(2_500.9), whole(0.2), whole(f64::MAX)), (2_500, 1, 1_000_000));
    }
}
