//! Rounds of load on several servers by turns, and the medians of them. Called by everything that puts servers beside each
//! other: what the machine does meanwhile falls on all of them alike.

use crate::{
    Effort, Outcome,
    load::{Case, Load, Round, Surface},
    process::Server,
    report::{median, number},
};

/// A server in its turn, and what it is asked.
pub struct Turn<'a> {
    /// Who answers.
    pub server: &'a Server,
    /// With keys of its own.
    pub load: &'a Load,
    /// Where it is asked.
    pub surface: Surface,
    /// With which keys.
    pub case: Case,
}

/// The rounds of one server, with the processor time and the memory that they took.
#[derive(Default)]
pub struct Rounds {
    measured: Vec<Round>,
    busy: Vec<f64>,
    /// Microseconds of processor time a request.
    cost: Vec<f64>,
    /// Resident after the last, in MiB.
    pub memory: f64,
    /// Requests of all rounds and before them, to warm up.
    pub requests: f64,
}

impl Turn<'_> {
    /// A second of load, to warm up; what it left to be written is written afterwards.
    pub async fn warm(&self, rounds: &mut Rounds) -> Outcome<()> {
        rounds.requests += self.load.run(&self.server.url, self.surface, self.case, 1, 0).await?.requests;
        self.server.settle().await
    }

    /// One round, and the time in which what it left is written: the next round begins with idle servers.
    pub async fn round(&self, rounds: &mut Rounds, seconds: u32, seed: u32) -> Outcome<()> {
        let before = self.server.processor()?;
        let measured = self.load.run(&self.server.url, self.surface, self.case, seconds, seed).await?;
        rounds.take(measured, measured.requests, self.server.processor()? - before);
        rounds.memory = self.server.memory()?;
        self.server.settle().await
    }
}

/// All rounds of all servers.
pub async fn by_turns(turns: &[Turn<'_>], effort: Effort) -> Outcome<Vec<Rounds>> {
    let mut all: Vec<Rounds> = turns.iter().map(|_| Rounds::default()).collect();
    for (turn, rounds) in turns.iter().zip(&mut all) {
        turn.warm(rounds).await?;
    }
    for round in 1..=effort.rounds {
        for (turn, rounds) in turns.iter().zip(&mut all) {
            turn.round(rounds, effort.seconds, round).await?;
        }
    }
    Ok(all)
}

impl Rounds {
    /// Takes a round and the processor time that the server took for so many answers.
    pub fn take(&mut self, round: Round, answers: f64, took: f64) {
        self.busy.push(took / round.seconds);
        self.cost.push(took / answers * 1e6);
        self.requests += round.requests;
        self.measured.push(round);
    }

    /// Requests a second.
    pub fn per_second(&self) -> f64 {
        self.of(|round| round.per_second)
    }

    /// Milliseconds.
    pub fn p50(&self) -> f64 {
        self.of(|round| round.p50)
    }

    /// Milliseconds.
    pub fn p99(&self) -> f64 {
        self.of(|round| round.p99)
    }

    /// Microseconds of the server's processor time a request.
    pub fn cost(&self) -> f64 {
        median(self.cost.clone())
    }

    /// Requests/s, lowest–highest, p50, p99, µs of CPU, core busy.
    pub fn figures(&self) -> [String; 6] {
        let speeds = || self.measured.iter().map(|round| round.per_second);
        let (lowest, highest) = (speeds().fold(f64::MAX, f64::min), speeds().fold(0.0, f64::max));
        [
            number(self.per_second(), 0),
            format!("{}–{}", number(lowest, 0), number(highest, 0)),
            number(self.p50(), 2),
            number(self.p99(), 2),
            number(self.cost(), 1),
            format!("{} %", number(median(self.busy.clone()) * 100.0, 0)),
        ]
    }

    fn of(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        median(self.measured.iter().map(figure).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_rounds() {
        let mut rounds = Rounds::default();
        for (requests, p99) in [(1_000.0, 3.0), (3_000.0, 1.0), (2_000.0, 9.0)] {
            let round = Round { requests, per_second: requests / 2.0, p50: 0.5, p99, seconds: 2.0 };
            // Half as many answers more were for others.
            rounds.take(round, requests * 1.5, 1.0);
        }
        assert_eq!(rounds.figures(), ["1,000", "500–1,500", "0.50", "3.00", "333.3", "50 %"]);
        assert_eq!(number(rounds.requests, 0), "6,000");
    }
}
