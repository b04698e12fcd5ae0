//! What the log is asked for, as it was typed, and the store's filter made of it.

use crate::{
    Error,
    typed::{day, plain},
};
use domain::{field::Fields, id::WorkspaceId, key::KeyId, time::Timestamp};
use serde::Deserialize;
use store::{LogFilter, UseCursor};

/// What the log is asked for; it stands in the URL. Empty parts ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LogQuery {
    /// With which key: a whole id, or a part of a name.
    pub key: String,
    /// With keys of that environment.
    pub environment: String,
    /// `accepted`, `refused`, or a refusal's code.
    pub answer: String,
    /// On which surface.
    pub surface: String,
    /// For which MCP server: its slug.
    pub server: String,
    /// For which model: its name.
    pub model: String,
    /// The first day, `2026-08-03`, UTC.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Where the page begins.
    pub after: String,
}

impl LogQuery {
    /// Whether anything narrows the log.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        let Self { key, environment, answer, surface, server, model, from, to, after: _ } = self;
        [key, environment, answer, surface, server, model, from, to].iter().any(|part| !part.trim().is_empty())
    }

    pub(super) fn cursor(&self) -> Option<UseCursor> {
        let (at, id) = self.after.split_once('.')?;
        Some(UseCursor { at: Timestamp(at.parse().ok()?), id: id.parse().ok()? })
    }

    pub(super) fn filter(&self, workspace: WorkspaceId) -> Result<LogFilter, Error> {
        let mut fields = Fields::default();
        let from = fields.take(day("from", &self.from, Timestamp::start_of_day, Timestamp(0)));
        let until = fields.take(day("to", &self.to, Timestamp::end_of_day, Timestamp(i64::MAX)));
        let (from, until) = fields.finish(from.zip(until))?;
        let typed = plain(&self.key);
        let key = KeyId::parse(&typed);
        let (accepted, code) = match self.answer.trim() {
            "accepted" => (Some(true), String::new()),
            "refused" => (Some(false), String::new()),
            code => (None, plain(code)),
        };
        Ok(LogFilter {
            workspace,
            key_name: if key.is_some() { String::new() } else { typed },
            key,
            environment: plain(&self.environment),
            accepted,
            code,
            surface: plain(&self.surface),
            server: plain(&self.server),
            model: plain(&self.model),
            from,
            until,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_key_and_other_words_are_a_part_of_its_name() {
        let of = |key: &str| {
            LogQuery { key: key.into(), ..LogQuery::default() }.filter(WorkspaceId::from_text("w")).unwrap()
        };
        assert!(of("BRTRKFsL").key.is_some() && of("BRTRKFsL").key_name.is_empty());
        assert!(of(" CI \n").key.is_none());
        assert_eq!(of(" CI \n").key_name, "CI");
    }

    #[test]
    fn wrong_days_are_named() {
        let query = LogQuery { from: "yesterday".into(), to: "x".into(), ..LogQuery::default() };
        let error = query.filter(WorkspaceId::from_text("w")).unwrap_err();
        let fields: Vec<_> = error.fields().iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["from", "to"]);
    }
}
