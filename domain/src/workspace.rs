//! Workspaces: slug, plan and the settings that an administrator may change, with the installation's defaults.

use crate::field::{self, FieldError};
use serde::{Deserialize, Serialize};

/// Whether the workspace's keys authenticate at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Members look on; no key is created and none authenticates.
    Basic,
    /// Everything.
    Pro,
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
        }
    }
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
    fn settings_read_from_an_older_row_keep_their_defaults() {
        let read: Settings = serde_json::from_str(r#"{"viewer_keys":"read_only"}"#).unwrap();
        assert_eq!(read, Settings { viewer_keys: ViewerKeys::ReadOnly, ..Settings::default() });
    }
}
