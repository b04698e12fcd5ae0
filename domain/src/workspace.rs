//! Workspaces: slug, plan and the settings that an administrator may change, with the installation's defaults.

use crate::{
    field::{self, FieldError, Fields},
    sample::Sampling,
};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Whether the workspace's keys authenticate at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Members look on; no key is created and none authenticates.
    Basic,
    /// Everything.
    Pro,
}

impl Plan {
    /// The plan as forms and commands spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Pro => "pro",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Pro => "Pro",
        }
    }

    /// The plan of a word, or what is wrong with it.
    pub fn parse(word: &str) -> Result<Self, FieldError> {
        match word.trim() {
            "basic" => Ok(Self::Basic),
            "pro" => Ok(Self::Pro),
            _ => Err(FieldError::new("plan", "The plan is pro or basic.")),
        }
    }
}

/// What viewers may do with keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewerKeys {
    /// Nothing but look.
    None,
    /// Have read-only keys of their own.
    ReadOnly,
}

/// Whether a key's secret can be seen again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reveal {
    /// It is shown once, at its creation; only its hash is kept.
    Once,
    /// It is also kept sealed under the installation's master key, and whoever may reveals it again; each time is recorded.
    Recoverable,
}

impl Reveal {
    /// As forms and JSON spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Recoverable => "recoverable",
        }
    }

    /// Reads [`word`](Self::word).
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let found = [Self::Once, Self::Recoverable].into_iter().find(|reveal| reveal.word() == text.trim());
        found.ok_or_else(|| FieldError::new("reveal", "Secrets are shown once, or are recoverable."))
    }
}

/// The settings of a workspace (design §4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How many keys that are neither deleted, disabled nor expired one member may own.
    pub max_active_keys_per_member: u32,
    /// How many keys one user may create in any hour.
    pub key_creations_per_hour: u32,
    /// What viewers may do with keys.
    pub viewer_keys: ViewerKeys,
    /// Whether a key's secret can be seen again.
    pub reveal: Reveal,
    /// Whether every new key needs an expiry.
    pub require_expiry: bool,
    /// The furthest expiry of a new key, in days.
    pub max_expiry_days: Option<u32>,
    /// Which model calls are sampled, and for how long; `None` for none.
    pub samples: Option<Sampling>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_active_keys_per_member: 10,
            key_creations_per_hour: 5,
            viewer_keys: ViewerKeys::None,
            reveal: Reveal::Once,
            require_expiry: false,
            max_expiry_days: None,
            samples: None,
        }
    }
}

/// The most of any setting that counts keys: no wall, but a bound that a typing error does not pass.
pub const COUNT_MOST: u32 = 100_000;
/// The furthest that a longest expiry may lie, in days.
pub const EXPIRY_MOST: u32 = 3_650;

/// The settings form as it was sent: text, nothing checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawWorkspace {
    /// What people call the workspace.
    pub name: String,
    /// `pro` or `basic`.
    pub plan: String,
    /// A number.
    pub max_active_keys_per_member: String,
    /// A number; 0 stops creation in the console.
    pub key_creations_per_hour: String,
    /// `none` or `read_only`.
    pub viewer_keys: String,
    /// Whether every new key needs an expiry.
    pub require_expiry: bool,
    /// Days; empty for no bound.
    pub max_expiry_days: String,
}

impl RawWorkspace {
    /// Checks every field and gathers the errors of all. What the form does not hold stays as it is `now`.
    pub fn check(&self, now: &Settings) -> Result<(String, Plan, Settings), Vec<FieldError>> {
        let mut fields = Fields::default();
        let name = fields.take(name(&self.name));
        let plan = fields.take(Plan::parse(&self.plan));
        let active = fields.take(number(
            "max_active_keys_per_member",
            "Active keys of one member",
            &self.max_active_keys_per_member,
            1..=COUNT_MOST,
        ));
        let creations = fields.take(number(
            "key_creations_per_hour",
            "Keys created in an hour",
            &self.key_creations_per_hour,
            0..=COUNT_MOST,
        ));
        let viewer_keys = fields.take(match self.viewer_keys.trim() {
            "none" => Ok(ViewerKeys::None),
            "read_only" => Ok(ViewerKeys::ReadOnly),
            _ => Err(FieldError::new("viewer_keys", "Choose what viewers may have: no keys, or read-only ones.")),
        });
        let days = fields.take(match self.max_expiry_days.trim() {
            "" => Ok(None),
            days => number("max_expiry_days", "Longest expiry", days, 1..=EXPIRY_MOST).map(Some),
        });
        let checked = (|| {
            let mut settings = now.clone();
            settings.max_active_keys_per_member = active?;
            settings.key_creations_per_hour = creations?;
            settings.viewer_keys = viewer_keys?;
            settings.require_expiry = self.require_expiry;
            settings.max_expiry_days = days?;
            Some((name?, plan?, settings))
        })();
        fields.finish(checked)
    }
}

fn number(field: &str, label: &str, text: &str, range: RangeInclusive<u32>) -> Result<u32, FieldError> {
    let read = text.trim().parse::<u32>().ok().filter(|number| range.contains(number));
    read.ok_or_else(|| {
        let message = format!("{label} takes a whole number from {} to {}.", range.start(), range.end());
        FieldError::new(field, message)
    })
}

/// A slug made from a name, as a suggestion: its ASCII letters in lower case and its digits, all else as hyphens between
/// them. Empty if nothing is left.
#[must_use]
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if slug.len() == 32 {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// A workspace's slug: 1–32 lower-case letters, digits and inner hyphens. It is part of URLs and never changes.
pub fn slug(text: &str) -> Result<String, FieldError> {
    let slug = field::line("slug", "Slug", text, 32)?;
    let fits = slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fits || slug.starts_with('-') || slug.ends_with('-') {
        let message = "Slug takes lower-case letters, digits and hyphens between them, such as acme-labs.";
        return Err(FieldError::new("slug", message));
    }
    Ok(slug)
}

/// The slug of something whose page stands beside `new`, the page that adds another one. It has the form of a workspace's.
pub fn slug_of_page(text: &str) -> Result<String, FieldError> {
    let slug = slug(text)?;
    if slug == "new" {
        return Err(FieldError::new("slug", "The console keeps new for its own page. Choose another slug."));
    }
    Ok(slug)
}

/// What people call the workspace.
pub fn name(text: &str) -> Result<String, FieldError> {
    field::line("name", "Name", text, 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        for good in ["a", "acme", "acme-labs-2"] {
            assert_eq!(slug(good).as_deref(), Ok(good));
        }
        for bad in ["", "-a", "a-", "Acme", "a_b", "a b", "ä", "a/../b", &"a".repeat(33)] {
            assert_eq!(slug(bad).unwrap_err().field, "slug", "{bad}");
        }
    }

    #[test]
    fn a_name_suggests_a_slug() {
        for (name, suggested) in [
            ("Acme", "acme"),
            ("  Acme & Söhne, Labs (2) ", "acme-s-hne-labs-2"),
            ("名前", ""),
            ("--", ""),
            ("a very long name that goes on and on", "a-very-long-name-that-goes-on-an"),
        ] {
            assert_eq!(slug_of(name), suggested, "{name}");
            assert!(suggested.is_empty() || slug(suggested).is_ok());
        }
    }

    fn form() -> RawWorkspace {
        RawWorkspace {
            name: " Acme ".into(),
            plan: "pro".into(),
            max_active_keys_per_member: "3".into(),
            key_creations_per_hour: "0".into(),
            viewer_keys: "read_only".into(),
            require_expiry: true,
            max_expiry_days: String::new(),
        }
    }

    #[test]
    fn the_settings_form() {
        let (name, plan, settings) = form().check(&Settings::default()).unwrap();
        assert_eq!((name.as_str(), plan), ("Acme", Plan::Pro));
        let wanted = Settings {
            max_active_keys_per_member: 3,
            key_creations_per_hour: 0,
            viewer_keys: ViewerKeys::ReadOnly,
            require_expiry: true,
            ..Settings::default()
        };
        assert_eq!(settings, wanted);
        let longest = RawWorkspace { max_expiry_days: " 90 ".into(), ..form() };
        assert_eq!(longest.check(&settings).unwrap().2.max_expiry_days, Some(90));
    }

    #[test]
    fn every_wrong_setting_is_named() {
        let errors = RawWorkspace { require_expiry: true, ..RawWorkspace::default() }.check(&Settings::default());
        let fields: Vec<String> = errors.unwrap_err().into_iter().map(|error| error.field).collect();
        let wanted = ["name", "plan", "max_active_keys_per_member", "key_creations_per_hour", "viewer_keys"];
        assert_eq!(fields, wanted);
        for bad in ["0", "3651", "-1", "1.5", "ten", "99999999999"] {
            let raw = RawWorkspace { max_expiry_days: bad.into(), ..form() };
            assert_eq!(raw.check(&Settings::default()).unwrap_err()[0].field, "max_expiry_days", "{bad}");
        }
        let raw = RawWorkspace { max_active_keys_per_member: "0".into(), ..form() };
        assert!(raw.check(&Settings::default()).unwrap_err()[0].message.contains("from 1 to 100000"));
    }

    #[test]
    fn settings_read_from_an_older_row_keep_their_defaults() {
        let read: Settings = serde_json::from_str(r#"{"viewer_keys":"read_only"}"#).unwrap();
        assert_eq!(read, Settings { viewer_keys: ViewerKeys::ReadOnly, ..Settings::default() });
    }
}
