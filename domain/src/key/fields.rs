//! What a person may set on a key: the rules of design §3's table, used by the create form, the edits and the command line.

use super::{AddressList, Limits, McpScope, Permission, limits};
use crate::{
    field::{self, FieldError, Fields},
    model::ModelLimits,
    time::{DAY, Timestamp},
    workspace::Settings,
};
use serde::{Deserialize, Serialize};

/// The create form as it was sent: text, nothing checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawKey {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The free label such as `prod`.
    pub environment: String,
    /// `read_only` or `read_write`.
    pub permission: String,
    /// Days, `date` or `never`.
    pub expiry: String,
    /// The day, `2026-08-03`, where `expiry` is `date`.
    pub expires_on: String,
    /// Whether it may verify other keys.
    pub gateway: bool,
    /// Whether it may stand in a URL, for a client that takes no header.
    pub url_credential: bool,
    /// Addresses and blocks it may be used from, one a line or between commas; empty for every address.
    pub allow_ip: String,
    /// Requests a minute; empty for no limit.
    pub rate_limit: String,
    /// Names and patterns of models, one a line or between commas; empty for every model.
    pub models: String,
    /// Dollars it may spend; empty for no cap.
    pub spend_cap: String,
    /// `total`, `day`, `week` or `month`, where `spend_cap` is given.
    pub spend_period: String,
}

/// A key that may be created as far as its own fields go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Its name, trimmed.
    pub name: String,
    /// What it is for, possibly empty.
    pub description: String,
    /// Its environment, possibly empty.
    pub environment: String,
    /// What it may do.
    pub permission: Permission,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Whether it may verify other keys.
    pub gateway: bool,
    /// Whether it may stand in a URL. Chosen at its creation alone.
    pub url_credential: bool,
    /// From where and how often it may be used.
    pub limits: Limits,
    /// Which servers it reaches, and under which policy.
    pub mcp: McpScope,
    /// Which models it may use, for how much money, and under which guardrail.
    pub model: ModelLimits,
}

/// When a new key ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Never.
    Never,
    /// That many milliseconds after its creation.
    After(i64),
    /// At a moment.
    At(Timestamp),
}

impl RawKey {
    /// Checks every field and gathers the errors of all.
    pub fn check(&self, settings: &Settings, now: Timestamp) -> Result<NewKey, Vec<FieldError>> {
        let mut fields = Fields::default();
        let name = fields.take(name(&self.name));
        let description = fields.take(description(&self.description));
        let environment = fields.take(environment(&self.environment));
        let permission = fields.take(permission(&self.permission));
        let chosen = chosen_expiry(&self.expiry, &self.expires_on);
        let expires_at = fields.take(chosen.and_then(|chosen| expiry(chosen, settings, now)));
        let addresses = fields.take(AddressList::parse(&self.allow_ip));
        let rate = fields.take(limits::rate(&self.rate_limit));
        let model = fields.take_all(ModelLimits::check(&self.models, &self.spend_cap, &self.spend_period));
        let gateway = self.gateway;
        let url_credential = fields.take(url_credential(self.url_credential, gateway));
        let checked = (|| {
            let (name, description, environment) = (name?, description?, environment?);
            let limits = Limits { addresses: addresses?, rate: rate? };
            let (permission, expires_at, url_credential) = (permission?, expires_at?, url_credential?);
            let (mcp, model) = (McpScope::default(), model?);
            Some(NewKey {
                name,
                description,
                environment,
                permission,
                expires_at,
                gateway,
                url_credential,
                limits,
                mcp,
                model,
            })
        })();
        fields.finish(checked)
    }
}

/// What the expiry part of a form asks for: days, `date` with the day beside it, or `never`.
pub fn chosen_expiry(expiry: &str, expires_on: &str) -> Result<Expiry, FieldError> {
    match expiry.trim() {
        "never" => Ok(Expiry::Never),
        "date" => Timestamp::end_of_day(expires_on)
            .map(Expiry::At)
            .ok_or_else(|| FieldError::new("expires_on", "Give the last day as year-month-day, such as 2027-03-31.")),
        days => match days.parse::<u16>() {
            Ok(days @ 1..=3650) => Ok(Expiry::After(i64::from(days) * DAY)),
            _ => Err(FieldError::new("expiry", "Expiry takes 1 to 3650 days, a date, or never.")),
        },
    }
}

/// A key's name.
pub fn name(text: &str) -> Result<String, FieldError> {
    field::line("name", "Name", text, 80)
}

/// What a key is for, in the owner's words.
pub fn description(text: &str) -> Result<String, FieldError> {
    field::text("description", "Description", text, 500)
}

/// A free label; empty for none.
pub fn environment(text: &str) -> Result<String, FieldError> {
    let label = text.trim();
    let fits = label.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    if !fits || label.len() > 32 {
        let message = "Environment takes at most 32 letters, digits, dots, hyphens and underscores, such as prod.";
        return Err(FieldError::new("environment", message));
    }
    Ok(label.into())
}

/// A permission as forms and JSON spell it.
pub fn permission(text: &str) -> Result<Permission, FieldError> {
    match text.trim() {
        "read_only" => Ok(Permission::ReadOnly),
        "read_write" => Ok(Permission::ReadWrite),
        _ => Err(FieldError::new("permission", "Permission is read_only or read_write.")),
    }
}

/// Whether a key may stand in a URL. What verifies others may not: URLs end up where strangers read them.
pub fn url_credential(chosen: bool, gateway: bool) -> Result<bool, FieldError> {
    if chosen && gateway {
        let message = "A gateway key can't stand in a URL: others may read it there. Untick one of the two.";
        return Err(FieldError::new("url_credential", message));
    }
    Ok(chosen)
}

/// When a key made at `now` ends, within what the workspace allows.
pub fn expiry(chosen: Expiry, settings: &Settings, now: Timestamp) -> Result<Option<Timestamp>, FieldError> {
    let end = match chosen {
        Expiry::Never if settings.require_expiry => {
            return Err(FieldError::new("expiry", "This workspace asks for an expiry on every key."));
        }
        Expiry::Never => {
            return longest(settings).map_or(Ok(None), |(_, message)| Err(FieldError::new("expiry", message)));
        }
        Expiry::After(span) => now.plus(span),
        Expiry::At(end) => end,
    };
    let field = if matches!(chosen, Expiry::At(_)) { "expires_on" } else { "expiry" };
    if end <= now {
        return Err(FieldError::new(field, "That day is over. Choose one that is still to come."));
    }
    if let Some((days, message)) = longest(settings) {
        // A day chosen in a calendar ends at midnight: the last allowed day may be used to its end.
        let slack = if field == "expires_on" { DAY } else { 0 };
        if end > now.plus(days * DAY + slack) {
            return Err(FieldError::new(field, message));
        }
    }
    Ok(Some(end))
}

fn longest(settings: &Settings) -> Option<(i64, String)> {
    let days = settings.max_expiry_days?;
    Some((i64::from(days), format!("This workspace lets a key live {days} days at most.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_786_000_000_000);

    fn raw() -> RawKey {
        RawKey { name: " CI ".into(), permission: "read_only".into(), expiry: "30".into(), ..RawKey::default() }
    }

    fn refused(raw: &RawKey, settings: &Settings) -> Vec<String> {
        raw.check(settings, NOW).unwrap_err().into_iter().map(|e| e.field).collect()
    }

    #[test]
    fn a_good_form() {
        let key = raw().check(&Settings::default(), NOW).unwrap();
        assert_eq!(key.name, "CI");
        assert_eq!(key.expires_at, Some(NOW.plus(30 * DAY)));
        assert_eq!(key.limits, Limits::default());
        let limited = RawKey { allow_ip: "10.0.0.0/8\n::1".into(), rate_limit: "60".into(), ..raw() };
        let limits = limited.check(&Settings::default(), NOW).unwrap().limits;
        assert_eq!(limits, Limits::check("10.0.0.0/8, ::1", "60").unwrap());
        assert_eq!(key.model, ModelLimits::default());
        let capped = RawKey { models: "o3".into(), spend_cap: "5".into(), spend_period: "day".into(), ..raw() };
        assert_eq!(
            capped.check(&Settings::default(), NOW).unwrap().model,
            ModelLimits::check("o3", "5", "day").unwrap()
        );
    }

    #[test]
    fn every_field_is_named_in_its_error() {
        let all_wrong = RawKey {
            description: "x".repeat(501),
            environment: "a b".into(),
            permission: "admin".into(),
            expiry: "soon".into(),
            allow_ip: "everywhere".into(),
            rate_limit: "much".into(),
            models: "*-mini".into(),
            spend_cap: "0".into(),
            spend_period: "year".into(),
            ..RawKey::default()
        };
        let fields = [
            "name",
            "description",
            "environment",
            "permission",
            "expiry",
            "allow_ip",
            "rate_limit",
            "models",
            "spend_cap",
            "spend_period",
        ];
        assert_eq!(refused(&all_wrong, &Settings::default()), fields);
    }

    #[test]
    fn a_gateway_key_stands_in_no_url() {
        let in_url = RawKey { url_credential: true, ..raw() };
        assert!(in_url.check(&Settings::default(), NOW).unwrap().url_credential);
        assert!(!raw().check(&Settings::default(), NOW).unwrap().url_credential);
        assert_eq!(refused(&RawKey { gateway: true, ..in_url }, &Settings::default()), ["url_credential"]);
    }

    #[test]
    fn expiry_within_what_the_workspace_allows() {
        let never = RawKey { expiry: "never".into(), ..raw() };
        assert_eq!(never.check(&Settings::default(), NOW).unwrap().expires_at, None);
        assert_eq!(refused(&never, &Settings { require_expiry: true, ..Settings::default() }), ["expiry"]);
        let thirty = Settings { max_expiry_days: Some(30), ..Settings::default() };
        assert_eq!(refused(&never, &thirty), ["expiry"]);
        assert!(raw().check(&thirty, NOW).is_ok());
        assert_eq!(refused(&RawKey { expiry: "31".into(), ..raw() }, &thirty), ["expiry"]);
        let on = |day: String| RawKey { expiry: "date".into(), expires_on: day, ..raw() };
        assert!(on(NOW.plus(30 * DAY).day()).check(&thirty, NOW).is_ok());
        assert_eq!(refused(&on(NOW.plus(32 * DAY).day()), &thirty), ["expires_on"]);
        assert_eq!(refused(&on(NOW.plus(-DAY).day()), &thirty), ["expires_on"]);
        assert_eq!(refused(&on("31.12.2026".into()), &thirty), ["expires_on"]);
        assert!(on(NOW.day()).check(&thirty, NOW).is_ok(), "until the end of today");
    }
}
