//! The audit log's lines in a file.

use super::{EventView, Reader};
use crate::{
    Error,
    export::{Line, Lines},
};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// An event as a file has it.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    at: String,
    workspace: Option<&'a str>,
    actor: &'a str,
    action: &'a str,
    target: &'a str,
    target_name: &'a str,
    address: &'a str,
    new_name: &'a str,
}

impl<'a> From<&'a EventView> for Row<'a> {
    fn from(event: &'a EventView) -> Self {
        Self {
            id: &event.id,
            at: event.at.rfc3339(),
            workspace: event.workspace.as_deref(),
            actor: &event.actor,
            action: &event.action,
            target: &event.target,
            target_name: &event.target_name,
            address: &event.address,
            new_name: &event.new_name,
        }
    }
}

impl Serialize for EventView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Row::from(self).serialize(serializer)
    }
}

impl Line for EventView {
    const TITLES: &'static [&'static str] =
        &["id", "at", "workspace", "actor", "action", "target", "target_name", "address", "new_name"];

    fn cells(&self) -> Vec<Cow<'_, str>> {
        let Row { id, at, workspace, actor, action, target, target_name, address, new_name } = self.into();
        let workspace = workspace.unwrap_or_default();
        let mut cells: Vec<Cow<'_, str>> = vec![id.into(), at.into()];
        cells.extend([workspace, actor, action, target, target_name, address, new_name].map(Cow::Borrowed));
        cells
    }
}

impl Lines for Reader {
    type Line = EventView;
    const WHAT: &'static str = "the audit log";

    async fn next(&mut self) -> Result<Option<Vec<EventView>>, Error> {
        self.batch().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;

    #[test]
    fn cells_are_in_the_order_of_their_titles() {
        let event = EventView {
            id: "a".into(),
            at: Timestamp(0),
            workspace: None,
            actor: "mina@example.com".into(),
            action: "key.rename".into(),
            target: "k".into(),
            target_name: "CI".into(),
            new_name: "Deploy".into(),
            address: "::1".into(),
        };
        let cells = event.cells();
        assert_eq!(
            cells,
            ["a", "1970-01-01T00:00:00Z", "", "mina@example.com", "key.rename", "k", "CI", "::1", "Deploy"]
        );
        let object = serde_json::to_value(&event).unwrap();
        for (title, cell) in EventView::TITLES.iter().zip(cells) {
            assert_eq!(object[title].as_str().unwrap_or_default(), cell, "{title}");
        }
    }
}
