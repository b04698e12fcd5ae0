//! Samples of model calls: a workspace may keep what was asked and answered in some of its calls, sealed and for a few hours.
//! Which calls and for how long ([`Sampling`]), how much of each ([`Gathered`], [`Excerpt`]), and how it is read.

mod excerpt;
mod readable;

pub use excerpt::{EXCERPT_MOST, Excerpt, Gathered, Sample};

use crate::{
    field::{FieldError, Fields},
    time::HOUR,
};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};

/// The most samples that a workspace keeps: the oldest makes room.
pub const SAMPLES_MOST: u32 = 1_000;

/// Which calls of a workspace are sampled, and how long a sample is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampling {
    /// Which calls.
    pub share: Share,
    /// For how long.
    pub keep: Keep,
}

/// Which calls are sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Every call.
    All,
    /// One of ten, by chance.
    Tenth,
    /// One of a hundred, by chance.
    Hundredth,
}

/// How long a sample is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// One hour.
    Hour,
    /// Six hours.
    SixHours,
    /// A day.
    Day,
    /// Three days.
    ThreeDays,
}

impl Sampling {
    /// What members are told of it.
    #[must_use]
    pub fn told(self) -> String {
        let calls = match self.share {
            Share::All => "every model call".to_owned(),
            share => format!("one of {} model calls", share.one_of()),
        };
        let kept = self.keep.text();
        format!(
            "Of {calls}, prompt and answer are kept sealed for {kept}; administrators of the workspace can read them."
        )
    }
}

impl Share {
    /// Every choice, the most calls first.
    pub const ALL: [Self; 3] = [Self::All, Self::Tenth, Self::Hundredth];

    /// Of how many calls one is sampled.
    #[must_use]
    pub fn one_of(self) -> u32 {
        match self {
            Self::All => 1,
            Self::Tenth => 10,
            Self::Hundredth => 100,
        }
    }

    /// As forms spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "1",
            Self::Tenth => "10",
            Self::Hundredth => "100",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::All => "Every call",
            Self::Tenth => "One of 10 calls",
            Self::Hundredth => "One of 100 calls",
        }
    }

    /// What it is for.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::All => "As long as there are no more than a few a second: for a while, to find an error.",
            Self::Tenth => "By chance.",
            Self::Hundredth => "By chance: enough to see how models are used.",
        }
    }

    /// Whether a call is one of those that are sampled.
    pub fn takes(self, rng: &mut (impl CryptoRng + ?Sized)) -> bool {
        if self == Self::All {
            return true;
        }
        let mut drawn = [0; 4];
        rng.fill_bytes(&mut drawn);
        // What the last numbers are likelier by is no millionth.
        u32::from_le_bytes(drawn).is_multiple_of(self.one_of())
    }
}

impl Keep {
    /// Every choice, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::SixHours, Self::Day, Self::ThreeDays];

    /// How many hours.
    #[must_use]
    pub fn hours(self) -> u32 {
        match self {
            Self::Hour => 1,
            Self::SixHours => 6,
            Self::Day => 24,
            Self::ThreeDays => 72,
        }
    }

    /// The same, as time stamps count.
    #[must_use]
    pub fn millis(self) -> i64 {
        i64::from(self.hours()) * HOUR
    }

    /// As people read it: `1 hour`, `24 hours`.
    #[must_use]
    pub fn text(self) -> String {
        match self.hours() {
            1 => "1 hour".into(),
            hours => format!("{hours} hours"),
        }
    }
}

/// The form of the settings as it was sent: text, nothing checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawSampling {
    /// `off`, or of how many calls one is sampled.
    pub share: String,
    /// For how many hours.
    pub keep: String,
}

impl RawSampling {
    /// Reads both fields; where it is off, it does not matter what the other one says.
    pub fn check(&self) -> Result<Option<Sampling>, Vec<FieldError>> {
        let word = self.share.trim();
        if word == "off" {
            return Ok(None);
        }
        let mut fields = Fields::default();
        let share = fields.take(Share::ALL.into_iter().find(|share| share.word() == word).ok_or_else(|| {
            FieldError::new("samples", "Choose which calls are sampled: none, every call, one of 10, or one of 100.")
        }));
        let hours: Option<u32> = self.keep.trim().parse().ok();
        let keep = fields.take(
            Keep::ALL
                .into_iter()
                .find(|keep| Some(keep.hours()) == hours)
                .ok_or_else(|| FieldError::new("samples_keep", "Samples are kept for 1, 6, 24 or 72 hours.")),
        );
        let sampling = share.zip(keep).map(|(share, keep)| Some(Sampling { share, keep }));
        fields.finish(sampling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Settings;
    use rand::{SeedableRng, rngs::StdRng};

    fn raw(share: &str, keep: &str) -> RawSampling {
        RawSampling { share: share.into(), keep: keep.into() }
    }

    #[test]
    fn it_is_off_unless_somebody_turns_it_on() {
        assert_eq!(Settings::default().samples, None);
        let older: Settings = serde_json::from_str(r#"{"reveal":"once"}"#).unwrap();
        assert_eq!(older.samples, None);
        assert_eq!(raw("off", "").check(), Ok(None));
        assert_eq!(raw(" off ", "nothing").check(), Ok(None));
    }

    #[test]
    fn the_form() {
        for share in Share::ALL {
            for keep in Keep::ALL {
                let read = raw(share.word(), &keep.hours().to_string()).check();
                assert_eq!(read, Ok(Some(Sampling { share, keep })));
                let settings = Settings { samples: Some(Sampling { share, keep }), ..Settings::default() };
                let kept = serde_json::to_string(&settings).unwrap();
                assert_eq!(serde_json::from_str::<Settings>(&kept).unwrap(), settings);
            }
        }
        for (share, keep, wrong) in [
            ("", "", vec!["samples", "samples_keep"]),
            ("on", "24", vec!["samples"]),
            ("50", "24", vec!["samples"]),
            ("10", "0", vec!["samples_keep"]),
            ("10", "73", vec!["samples_keep"]),
            ("10", "-1", vec!["samples_keep"]),
            ("10", "99999999999", vec!["samples_keep"]),
        ] {
            let errors = raw(share, keep).check().unwrap_err();
            assert_eq!(errors.iter().map(|error| &*error.field).collect::<Vec<_>>(), wrong, "{share} {keep}");
        }
    }

    #[test]
    fn no_sample_is_kept_for_more_than_three_days() {
        let longest = Keep::ALL.into_iter().map(Keep::millis).max();
        assert_eq!(longest, Some(3 * crate::time::DAY));
        assert_eq!(Keep::ALL.map(Keep::text), ["1 hour", "6 hours", "24 hours", "72 hours"]);
    }

    #[test]
    fn members_are_told() {
        let told = |share, keep| Sampling { share, keep }.told();
        let rest = "; administrators of the workspace can read them.";
        let every = told(Share::All, Keep::Hour);
        assert_eq!(every, format!("Of every model call, prompt and answer are kept sealed for 1 hour{rest}"));
        let some = told(Share::Tenth, Keep::ThreeDays);
        assert_eq!(some, format!("Of one of 10 model calls, prompt and answer are kept sealed for 72 hours{rest}"));
    }

    #[test]
    fn about_as_many_calls_are_taken_as_were_asked_for() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut taken = |share: Share| (0..10_000).filter(|_| share.takes(&mut rng)).count();
        assert_eq!(taken(Share::All), 10_000);
        // Six standard deviations to either side.
        assert!((820..1_180).contains(&taken(Share::Tenth)));
        assert!((40..160).contains(&taken(Share::Hundredth)));
    }
}
