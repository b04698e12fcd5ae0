//! A server's tools, and how each stands: what the server says of it, and what an administrator marked. Asked by the gateway
//! for lists and calls, by the server's page, and by a policy's preview.

use crate::{field::FieldError, key::Permission};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest name of a tool that a mark is kept for.
const NAME_MOST: usize = 256;
/// The most marks of one server.
const MOST_MARKS: usize = 1_000;

/// A tool as its server lists it, as far as Latchkey keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name at the server.
    pub name: String,
    /// What people call it, if the server says.
    #[serde(default)]
    pub title: Option<String>,
    /// What it does, in the server's words; possibly empty.
    #[serde(default)]
    pub description: String,
    /// The annotation `readOnlyHint`, if the server gives it.
    #[serde(default)]
    pub read_only: Option<bool>,
}

/// What an administrator says of a tool. It goes before what the server says: an annotation is only the server's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It only reads.
    ReadOnly,
    /// It changes something.
    Changes,
    /// No key sees or calls it.
    Hidden,
}

impl Mark {
    /// Every mark, in the order of the form.
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::Changes, Self::Hidden];

    /// The mark as forms and the database spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Changes => "changes",
            Self::Hidden => "hidden",
        }
    }

    /// The mark of a word; `None` for an empty one, by which a mark is taken away.
    pub fn parse(word: &str) -> Result<Option<Self>, FieldError> {
        let word = word.trim();
        if word.is_empty() {
            return Ok(None);
        }
        let found = Self::ALL.into_iter().find(|mark| mark.word() == word);
        found.map(Some).ok_or_else(|| FieldError::new("mark", "A tool is marked read_only, changes or hidden."))
    }
}

/// How a tool stands towards keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It only reads: every key may use it.
    Reads,
    /// It changes something, or nobody says that it does not.
    Changes,
    /// No key may use it.
    Hidden,
}

impl Standing {
    /// Whether a key of that permission sees the tool, and may call it.
    #[must_use]
    pub fn is_open_to(self, permission: Permission) -> bool {
        match self {
            Self::Reads => true,
            Self::Changes => permission == Permission::ReadWrite,
            Self::Hidden => false,
        }
    }
}

/// The marks of one server, by tool. A tool may be marked before the server lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(BTreeMap<String, Mark>);

impl Marks {
    /// How the tool of that name stands, where the server says `hint` of it; `None` also for a tool that it does not list.
    #[must_use]
    pub fn standing(&self, tool: &str, hint: Option<bool>) -> Standing {
        match (self.0.get(tool), hint) {
            (Some(Mark::Hidden), _) => Standing::Hidden,
            (Some(Mark::ReadOnly), _) | (None, Some(true)) => Standing::Reads,
            (Some(Mark::Changes), _) | (None, Some(false) | None) => Standing::Changes,
        }
    }

    /// The mark of a tool.
    #[must_use]
    pub fn of(&self, tool: &str) -> Option<Mark> {
        self.0.get(tool).copied()
    }

    /// Marks a tool, or takes its mark away.
    pub fn set(&mut self, tool: &str, mark: Option<Mark>) -> Result<(), FieldError> {
        let Some(mark) = mark else {
            self.0.remove(tool);
            return Ok(());
        };
        if tool.is_empty() || tool.len() > NAME_MOST {
            return Err(FieldError::new("tool", "A tool's name has 1 to 256 characters."));
        }
        if self.0.len() >= MOST_MARKS && !self.0.contains_key(tool) {
            return Err(FieldError::new("tool", "1,000 tools of this server are marked, the most there can be."));
        }
        self.0.insert(tool.into(), mark);
        Ok(())
    }

    /// Each marked tool with its mark, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Mark)> {
        self.0.iter().map(|(tool, mark)| (tool.as_str(), *mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(mark: Option<Mark>) -> Marks {
        let mut marks = Marks::default();
        marks.set("tool", mark).unwrap();
        marks
    }

    #[test]
    fn a_mark_goes_before_the_servers_word() {
        for (mark, hint, wanted) in [
            (None, None, Standing::Changes),
            (None, Some(false), Standing::Changes),
            (None, Some(true), Standing::Reads),
            (Some(Mark::ReadOnly), None, Standing::Reads),
            (Some(Mark::ReadOnly), Some(false), Standing::Reads),
            (Some(Mark::Changes), Some(true), Standing::Changes),
            (Some(Mark::Hidden), Some(true), Standing::Hidden),
        ] {
            assert_eq!(marked(mark).standing("tool", hint), wanted, "{mark:?} {hint:?}");
        }
        assert_eq!(marked(Some(Mark::ReadOnly)).standing("Tool", None), Standing::Changes, "names differ by case");
    }

    #[test]
    fn who_may_use_what() {
        let open = |standing: Standing| [Permission::ReadOnly, Permission::ReadWrite].map(|p| standing.is_open_to(p));
        assert_eq!(open(Standing::Reads), [true, true]);
        assert_eq!(open(Standing::Changes), [false, true]);
        assert_eq!(open(Standing::Hidden), [false, false]);
    }

    #[test]
    fn marks_have_one_spelling_and_a_bound() {
        for mark in Mark::ALL {
            assert_eq!(Mark::parse(mark.word()), Ok(Some(mark)));
            assert_eq!(serde_json::to_value(mark).unwrap(), mark.word());
        }
        assert_eq!(Mark::parse(" "), Ok(None));
        assert_eq!(Mark::parse("safe").unwrap_err().field, "mark");

        let mut marks = Marks::default();
        for n in 0..MOST_MARKS {
            marks.set(&format!("t{n}"), Some(Mark::Hidden)).unwrap();
        }
        assert_eq!(marks.set("one-more", Some(Mark::Hidden)).unwrap_err().field, "tool");
        assert_eq!(marks.set("t7", Some(Mark::ReadOnly)), Ok(()), "one of them may still change");
        assert_eq!(marks.set("t7", None), Ok(()));
        assert_eq!((marks.of("t7"), marks.of("t8")), (None, Some(Mark::Hidden)));
        assert_eq!(marks.set("", Some(Mark::Hidden)).unwrap_err().field, "tool");
        let kept = serde_json::to_string(&marked(Some(Mark::Changes))).unwrap();
        assert_eq!(kept, r#"{"tool":"changes"}"#);
    }

    proptest! {
        #[test]
        fn what_a_read_only_key_may_use_a_read_write_key_may_use(mark in 0_usize..4, hint: Option<bool>) {
            let standing = marked([None, Some(Mark::ReadOnly), Some(Mark::Changes), Some(Mark::Hidden)][mark]).standing("tool", hint);
            prop_assert!(!standing.is_open_to(Permission::ReadOnly) || standing.is_open_to(Permission::ReadWrite));
        }
    }
}
