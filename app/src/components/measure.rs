//! What is counted where usage is shown: requests, tokens or money, and how each is written. Called by the chart and by the tables
//! of the usage page.

use super::grouped;
use domain::model::MicroUsd;

/// What is counted. Each but money has two parts, which stand on each other in a chart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Requests: accepted, and refused.
    #[default]
    Requests,
    /// Tokens of models: in, and out.
    Tokens,
    /// What models cost, in millionths of a dollar; the second part is always nothing.
    Spend,
}

impl Measure {
    /// What a number of it looks like.
    pub fn number(self, count: i64) -> String {
        match self {
            Self::Requests | Self::Tokens => grouped(count),
            Self::Spend => format!("${}", MicroUsd::new(count).unwrap_or_default()),
        }
    }

    /// What its parts are called behind a number; `None` where there is no such part.
    pub fn parts(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Requests => ("accepted", Some("refused")),
            Self::Tokens => ("tokens in", Some("tokens out")),
            Self::Spend => ("spent", None),
        }
    }

    /// What its parts are called over a column of numbers.
    pub fn heads(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Requests => ("Accepted", Some("Refused")),
            Self::Tokens => ("Tokens in", Some("Tokens out")),
            Self::Spend => ("Spend", None),
        }
    }

    /// Both parts in words: `12 accepted, 3 refused`.
    pub fn words(self, parts: [i64; 2], and: &str) -> String {
        let (first, second) = self.parts();
        let first = format!("{} {first}", self.number(parts[0]));
        second.map_or_else(|| first.clone(), |second| format!("{first}{and}{} {second}", self.number(parts[1])))
    }

    /// The look of a drawing of it: only what was refused is red.
    pub fn class(self) -> &'static str {
        match self {
            Self::Requests => "",
            Self::Tokens | Self::Spend => "chart-plain",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_in_words() {
        assert_eq!(Measure::Requests.words([1_200, 3], " and "), "1,200 accepted and 3 refused");
        assert_eq!(Measure::Tokens.words([19, 10], ", "), "19 tokens in, 10 tokens out");
        assert_eq!(Measure::Spend.words([148, 0], ", "), "$0.000148 spent");
    }
}
