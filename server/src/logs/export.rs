//! The log of requests in a file.

use super::{LogQuery, LogView};
use crate::{
    Error, Latchkey,
    auth::{Grant, SeeKeys},
    export::{Format, Line, Lines},
    keys::{McpUse, ModelUse},
};
use domain::model::{Counted, MicroUsd, Usage};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use store::{LogFilter, STRETCH, UseCursor};

/// Requests read at once.
const BATCH: usize = 1_000;

/// Reads what a query asks for, from the newest request to the oldest, a batch at a time: memory is that of one batch. Requests that
/// are written meanwhile are newer, and are not read.
pub struct Reader {
    latchkey: Latchkey,
    filter: LogFilter,
    after: Option<UseCursor>,
    ended: bool,
}

/// Everything that a query asks for.
pub fn read(grant: &Grant<SeeKeys>, query: &LogQuery) -> Result<Reader, Error> {
    let filter = query.filter(grant.workspace().id.clone())?;
    Ok(Reader { latchkey: grant.caller().latchkey().clone(), filter, after: None, ended: false })
}

/// What a file of a workspace's log is called.
#[must_use]
pub fn file_name(grant: &Grant<SeeKeys>, format: Format) -> String {
    let day = grant.caller().latchkey().now().day();
    format!("requests-{}-{day}.{}", grant.workspace().slug, format.extension())
}

impl Lines for Reader {
    type Line = LogView;
    const WHAT: &'static str = "the log of requests";

    async fn next(&mut self) -> Result<Option<Vec<LogView>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let page = self.latchkey.store.log_page(&self.filter, self.after.as_ref(), BATCH, STRETCH).await?;
        (self.ended, self.after) = (page.next.is_none(), page.next);
        Ok(Some(page.lines.into_iter().map(LogView::from).collect()))
    }
}

/// A request as a file has it.
#[derive(Serialize)]
struct Row<'a> {
    at: String,
    key: &'a str,
    key_name: &'a str,
    owner: &'a str,
    environment: &'a str,
    surface: &'a str,
    code: &'a str,
    address: &'a str,
    agent: &'a str,
    server: &'a str,
    tool: &'a str,
    outcome: &'a str,
    model: &'a str,
    provider: &'a str,
    input_tokens: u64,
    cached_input_tokens: u64,
    output_tokens: u64,
    estimated: bool,
    /// Dollars, exact to the millionth: text, so that no reader rounds it.
    cost: String,
    milliseconds: i64,
}

impl<'a> From<&'a LogView> for Row<'a> {
    fn from(line: &'a LogView) -> Self {
        let used = &line.used;
        let mcp = used.mcp.as_ref();
        let model = used.model.as_ref();
        let none = Counted { usage: Usage::default(), estimated: false };
        let Counted { usage, estimated } = model.map_or(none, |model| model.counted);
        let text = |of: fn(&McpUse<String>) -> &str| mcp.map_or("", of);
        let of_model = |of: fn(&ModelUse<String>) -> &str| model.map_or("", of);
        Self {
            at: used.at.rfc3339(),
            key: &line.key,
            key_name: &line.key_name,
            owner: &line.owner_name,
            environment: &line.environment,
            surface: &used.surface,
            code: &used.code,
            address: &used.address,
            agent: &used.agent,
            server: text(|mcp| &mcp.server),
            tool: text(|mcp| &mcp.tool),
            outcome: mcp.map(|mcp| &*mcp.outcome).or_else(|| model.map(|model| &*model.outcome)).unwrap_or_default(),
            model: of_model(|model| &model.model),
            provider: of_model(|model| &model.provider),
            input_tokens: usage.input(),
            cached_input_tokens: usage.cached_input(),
            output_tokens: usage.output(),
            estimated,
            cost: model.map_or(MicroUsd::ZERO, |model| model.cost).to_string(),
            milliseconds: mcp.map(|mcp| mcp.millis).or_else(|| model.map(|model| model.millis)).unwrap_or_default(),
        }
    }
}

impl Serialize for LogView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Row::from(self).serialize(serializer)
    }
}

impl Line for LogView {
    const TITLES: &'static [&'static str] = &[
        "at",
        "key",
        "key_name",
        "owner",
        "environment",
        "surface",
        "code",
        "address",
        "agent",
        "server",
        "tool",
        "outcome",
        "model",
        "provider",
        "input_tokens",
        "cached_input_tokens",
        "output_tokens",
        "estimated",
        "cost",
        "milliseconds",
    ];

    fn cells(&self) -> Vec<Cow<'_, str>> {
        let row = Row::from(self);
        let texts = [
            row.key,
            row.key_name,
            row.owner,
            row.environment,
            row.surface,
            row.code,
            row.address,
            row.agent,
            row.server,
            row.tool,
            row.outcome,
            row.model,
            row.provider,
        ];
        let tokens = [row.input_tokens, row.cached_input_tokens, row.output_tokens];
        let mut cells: Vec<Cow<'_, str>> = vec![row.at.into()];
        cells.extend(texts.map(Cow::Borrowed));
        cells.extend(tokens.map(|count| Cow::Owned(count.to_string())));
        cells.extend([row.estimated.to_string(), row.cost, row.milliseconds.to_string()].map(Cow::Owned));
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::UseView;
    use domain::time::Timestamp;

    #[test]
    fn cells_are_in_the_order_of_their_titles() {
        let counted = Counted { usage: Usage::new(19, 8, 10), estimated: true };
        let cost = MicroUsd::new(138).unwrap();
        let model = ModelUse {
            model: "o3".into(),
            provider: "openai".into(),
            outcome: String::new(),
            counted,
            cost,
            millis: 812,
            sample: String::new(),
        };
        let used = UseView {
            at: Timestamp(0),
            surface: "relay".into(),
            code: "VALID".into(),
            address: "::1".into(),
            agent: "tester/1".into(),
            mcp: None,
            model: Some(model),
        };
        let names = ["BRTRKFsL", "CI", "prod", "Mina"].map(str::to_owned);
        let [key, key_name, environment, owner_name] = names;
        let line = LogView { id: 1, used, key, key_name, environment, owner_name, sample: Some("secret-id".into()) };
        let object = serde_json::to_value(&line).unwrap();
        let cells = line.cells();
        assert_eq!(cells.len(), LogView::TITLES.len());
        for (title, cell) in LogView::TITLES.iter().zip(&cells) {
            let value = &object[title];
            assert_eq!(value.as_str().map_or_else(|| value.to_string(), str::to_owned), *cell, "{title}");
        }
        assert_eq!(
            (&*cells[0], &*cells[18], object.as_object().unwrap().len()),
            ("1970-01-01T00:00:00Z", "0.000138", 20)
        );
    }
}
