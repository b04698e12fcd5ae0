//! The sample data: who, where, and the life of every key, told in days before today. All addresses are from the ranges
//! that are reserved for documentation or private networks.

use domain::{access::Role, workspace::ViewerKeys};

/// How long ago it begins.
pub const DAYS: i64 = 120;
/// Keys that the lists show in the end.
pub const LISTED: usize = 40;
/// Keys that were deleted on the way.
pub const DELETED: usize = 3;
/// How long ago the one who leaves Acme leaves it.
pub const LEFT: i64 = 18;
/// Who leaves Acme: their keys of it stop.
pub const LEAVER: &str = "erik@example.com";

/// A person.
pub struct Person {
    pub email: &'static str,
    pub name: &'static str,
    pub admin: bool,
    /// In words, for the table of sign-ins.
    pub role: &'static str,
}

/// Everybody.
pub const PEOPLE: [Person; 5] = [
    person("ada@example.com", "Ada Moreno", "instance administrator"),
    person("ben@example.com", "Ben Okafor", "developer in Acme and Northwind"),
    person("chiara@example.com", "Chiara Rossi", "admin of Northwind, developer in Acme"),
    person("deniz@example.com", "Deniz Yılmaz", "viewer in Acme and Northwind"),
    person("erik@example.com", "Erik Lund", "developer in Northwind, left Acme"),
];

/// A workspace.
pub struct Place {
    pub slug: &'static str,
    pub name: &'static str,
    pub viewer_keys: ViewerKeys,
    pub members: &'static [(&'static str, Role)],
}

/// Both.
pub const WORKSPACES: [Place; 2] = [
    Place {
        slug: "acme",
        name: "Acme",
        viewer_keys: ViewerKeys::None,
        members: &[
            ("ada@example.com", Role::Admin),
            ("ben@example.com", Role::Developer),
            ("chiara@example.com", Role::Developer),
            ("deniz@example.com", Role::Viewer),
            ("erik@example.com", Role::Developer),
        ],
    },
    Place {
        slug: "northwind",
        name: "Northwind Traders",
        viewer_keys: ViewerKeys::ReadOnly,
        members: &[
            ("chiara@example.com", Role::Admin),
            ("ben@example.com", Role::Developer),
            ("deniz@example.com", Role::Viewer),
            ("erik@example.com", Role::Developer),
        ],
    },
];

/// Where a key's requests come from: address, user agent, and the surface they knock at.
#[derive(Clone, Copy)]
pub struct Origin(pub &'static str, pub &'static str, pub &'static str);

/// What becomes of a key in the end.
#[derive(Clone, Copy, PartialEq)]
pub enum Fate {
    Kept,
    /// Paused that many days ago.
    Paused(i64),
    /// Paused that many days ago, for two days.
    PausedForAWhile(i64),
    /// Deleted that many days ago.
    Deleted(i64),
}

/// The life of a key. Built in a line each, see `keys.rs`.
#[derive(Clone, Copy)]
pub struct Life {
    pub place: &'static str,
    pub owner: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub environment: &'static str,
    pub writes: bool,
    pub gateway: bool,
    /// Days ago.
    pub made: i64,
    /// Days it lives, if not for ever.
    pub lives: Option<u16>,
    /// Who uses it, how often a week, and how many minutes ago for the last time.
    pub used: Option<(Origin, i64, i64)>,
    pub fate: Fate,
}

/// A read-only key that never expires and was never used.
pub const fn life(place: &'static str, owner: &'static str, name: &'static str, made: i64) -> Life {
    Life {
        place,
        owner,
        name,
        description: "",
        environment: "",
        writes: false,
        gateway: false,
        made,
        lives: None,
        used: None,
        fate: Fate::Kept,
    }
}

impl Life {
    pub const fn says(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    pub const fn on(self, environment: &'static str) -> Self {
        Self { environment, ..self }
    }

    pub const fn writes(self) -> Self {
        Self { writes: true, ..self }
    }

    pub const fn gateway(self) -> Self {
        Self { gateway: true, ..self }
    }

    pub const fn lives(self, days: u16) -> Self {
        Self { lives: Some(days), ..self }
    }

    pub const fn used(self, from: Origin, a_week: i64, last_minutes_ago: i64) -> Self {
        Self { used: Some((from, a_week, last_minutes_ago)), ..self }
    }

    pub const fn fate(self, fate: Fate) -> Self {
        Self { fate, ..self }
    }
}

const fn person(email: &'static str, name: &'static str, role: &'static str) -> Person {
    Person { email, name, admin: matches!(role.as_bytes()[0], b'i'), role }
}
