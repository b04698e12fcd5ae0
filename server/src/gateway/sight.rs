//! What of a server a key sees: which tools stand in the lists that pass through. A list is cut in its own text, so that what
//! stays is as the server wrote it.

use super::{
    message::{Object, text},
    targets::Target,
};
use domain::{
    key::Permission,
    mcp::{Firewall, Mark, Marks, Outcome},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{ops::Range, sync::Arc};

/// How a key stands towards a server's tools.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sight {
    slug: Box<str>,
    permission: Permission,
    marks: Marks,
    firewall: Option<Arc<Firewall>>,
}

/// As far as a list has to be read.
#[derive(Deserialize)]
struct Tool {
    name: String,
    #[serde(default)]
    annotations: Option<Annotations>,
}

#[derive(Deserialize)]
struct Annotations {
    #[serde(default, rename = "readOnlyHint")]
    read_only: Option<bool>,
}

/// A text that a list was cut in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nothing had to be.
    Whole,
    /// This is what stays.
    To(Vec<u8>),
}

/// It is no JSON, or not in the form of the protocol.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotUnderstood;

impl Sight {
    pub fn new(permission: Permission, target: &Target, firewall: Option<Arc<Firewall>>) -> Self {
        Self { slug: target.slug().into(), permission, marks: target.marks.clone(), firewall }
    }

    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// What the key's firewall says to a call.
    pub fn firewall(&self, tool: &str) -> Outcome {
        self.firewall.as_ref().map_or(Outcome::Passes, |firewall| firewall.judge(&self.slug, tool))
    }

    /// Whether any tool could be out of sight: else lists pass as they are.
    pub fn is_narrow(&self) -> bool {
        self.permission == Permission::ReadOnly
            || self.marks.iter().any(|(_, mark)| mark == Mark::Hidden)
            || self.firewall.as_ref().is_some_and(|firewall| !firewall.dry_run)
    }

    /// Whether the key sees a tool, of which its server says that.
    pub fn shows(&self, tool: &str, hint: Option<bool>) -> bool {
        let standing = self.marks.standing(tool, hint);
        standing.is_open_to(self.permission) && self.firewall(tool) != Outcome::Blocks
    }

    /// Cuts the tools out of a message, or of a batch of them, that the key does not see.
    pub fn cut(&self, text: &str) -> Result<Cut, NotUnderstood> {
        let mut cuts: Vec<(Range<usize>, String)> = Vec::new();
        if text.trim_start().starts_with('[') {
            for part in serde_json::from_str::<Vec<&RawValue>>(text).map_err(|_| NotUnderstood)? {
                cuts.extend(self.cut_message(text, part.get())?);
            }
        } else {
            cuts.extend(self.cut_message(text, text)?);
        }
        if cuts.is_empty() {
            return Ok(Cut::Whole);
        }
        let mut stays = Vec::with_capacity(text.len());
        let mut from = 0;
        for (range, list) in cuts {
            stays.extend_from_slice(&text.as_bytes()[from..range.start]);
            stays.extend_from_slice(list.as_bytes());
            from = range.end;
        }
        stays.extend_from_slice(&text.as_bytes()[from..]);
        Ok(Cut::To(stays))
    }

    /// Where in the whole text a list stands, and what it is to be.
    fn cut_message(&self, whole: &str, message: &str) -> Result<Option<(Range<usize>, String)>, NotUnderstood> {
        let message: Object = serde_json::from_str(message).map_err(|_| NotUnderstood)?;
        let result = message.get("result").map(RawValue::get).filter(|result| result.starts_with('{'));
        let Some(result) = result else { return Ok(None) };
        let result: Object = serde_json::from_str(result).map_err(|_| NotUnderstood)?;
        let Some(tools) = result.get("tools") else { return Ok(None) };
        let list: Vec<&RawValue> = serde_json::from_str(tools.get()).map_err(|_| NotUnderstood)?;
        let shown = list.iter().filter(|tool| {
            // One without a name, or with two, can't be called.
            let tool: Option<Tool> = serde_json::from_str(tool.get()).ok();
            tool.is_some_and(|tool| self.shows(&tool.name, tool.annotations.and_then(|said| said.read_only)))
        });
        let shown: Vec<&str> = shown.map(|tool| tool.get()).collect();
        if shown.len() == list.len() {
            return Ok(None);
        }
        // Both are pieces of the same text.
        let start = tools.get().as_ptr().addr() - whole.as_ptr().addr();
        Ok(Some((start..start + tools.get().len(), format!("[{}]", shown.join(",")))))
    }
}

/// Whether a message says that the server's list of tools changed.
pub(super) fn says_that_tools_changed(message: &str) -> bool {
    let message: Option<Object> = serde_json::from_str(message).ok();
    let method = message.as_ref().and_then(|message| message.get("method")).and_then(text);
    method.as_deref() == Some("notifications/tools/list_changed")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use domain::mcp::{Effect, Policy};

    /// What a read-only key sees.
    pub fn read_only() -> Sight {
        sight(Permission::ReadOnly, &[], None)
    }

    fn sight(permission: Permission, hidden: &[&str], rules: Option<&str>) -> Sight {
        let mut marks = Marks::default();
        for tool in hidden {
            marks.set(tool, Some(Mark::Hidden)).unwrap();
        }
        let policy = |rules| Policy { rules: Policy::parse_rules(rules).unwrap(), default: Effect::Deny };
        let firewall = rules.map(|rules| Arc::new(Firewall { policy: policy(rules), dry_run: false }));
        Sight { slug: "github".into(), permission, marks, firewall }
    }

    const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"result":{ "tools" : [ {"name":"get","annotations":{"readOnlyHint":true},"x":"é"}, {"name":"set"},{"annotations":{}} ],"nextCursor":"2"}}"#;

    fn cut(sight: &Sight, text: &str) -> Result<Option<String>, NotUnderstood> {
        Ok(match sight.cut(text)? {
            Cut::Whole => None,
            Cut::To(stays) => Some(String::from_utf8(stays).unwrap()),
        })
    }

    #[test]
    fn lists_are_cut_to_what_is_seen() {
        let with =
            |tools: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{ "tools" : {tools},"nextCursor":"2"}}}}"#);
        let get = r#"{"name":"get","annotations":{"readOnlyHint":true},"x":"é"}"#;
        let set = r#"{"name":"set"}"#;
        for (sight, wanted) in [
            (sight(Permission::ReadOnly, &[], None), format!("[{get}]")),
            (sight(Permission::ReadWrite, &["get"], None), format!("[{set}]")),
            (sight(Permission::ReadWrite, &[], Some("allow github/s*")), format!("[{set}]")),
            (sight(Permission::ReadWrite, &[], Some("allow files/*")), "[]".to_owned()),
            (sight(Permission::ReadWrite, &[], None), format!("[{get},{set}]")),
        ] {
            assert_eq!(cut(&sight, LIST), Ok(Some(with(&wanted))));
            let batch = cut(&sight, &format!("[{LIST}, {LIST}]")).unwrap().unwrap();
            assert_eq!(batch, format!("[{}, {}]", with(&wanted), with(&wanted)));
        }
    }

    #[test]
    fn everything_else_passes_whole() {
        let sight = sight(Permission::ReadOnly, &[], None);
        for text in [
            r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\"tools\":[1]}"}]}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no","data":{"tools":[{"name":"x"}]}}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#,
        ] {
            assert_eq!(cut(&sight, text), Ok(None), "{text}");
        }
        for text in ["", "nonsense", r#"{"result":{"tools":[]},"Result":{}}"#, r#"{"result":{"tools":{}}}"#, "[1]"] {
            assert_eq!(cut(&sight, text), Err(NotUnderstood), "{text}");
        }
    }

    #[test]
    fn who_sees_everything() {
        assert!(sight(Permission::ReadOnly, &[], None).is_narrow());
        assert!(sight(Permission::ReadWrite, &["x"], None).is_narrow());
        assert!(sight(Permission::ReadWrite, &[], Some("")).is_narrow());
        assert!(!sight(Permission::ReadWrite, &[], None).is_narrow());
        let dry = Firewall { policy: Policy { rules: Vec::new(), default: Effect::Deny }, dry_run: true };
        let dry = Sight { firewall: Some(Arc::new(dry)), ..sight(Permission::ReadWrite, &[], None) };
        assert!(!dry.is_narrow() && dry.shows("x", None));
    }

    #[test]
    fn a_changed_list_is_heard_of() {
        assert!(says_that_tools_changed(r#"{"jsonrpc":"2.0","method":"notifications\/tools/list_changed"}"#));
        assert!(!says_that_tools_changed(r#"{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}"#));
        assert!(!says_that_tools_changed("nonsense"));
    }
}
