//! The lists of the console that are measured, and where the middle of each lies.

use crate::{
    Outcome,
    database::{AnyConnection, either},
};
use reqwest::Url;
use sqlx::AssertSqlSafe;

/// The workspace that is measured.
pub const SLUG: &str = "lived";
/// Rows of a page.
const PAGE: i64 = 50;

/// A list of the console.
pub struct List {
    path: &'static str,
    parts: &'static [Part],
}

/// A part of it that has pages of its own.
struct Part {
    /// What the address says where its page begins.
    parameter: &'static str,
    /// That, of a row, as SQL.
    cursor: &'static str,
    /// A word that stands in the row and in no other, as SQL.
    word: &'static str,
    /// Its rows.
    from: &'static str,
    /// Their order.
    order: &'static str,
}

/// The row before a page in the middle, and the one that it begins with.
pub struct Listed {
    parameter: &'static str,
    cursor: String,
    /// A word of the row before.
    pub before: String,
    /// A word of the first row.
    pub next: String,
}

/// Both sections of a list of keys.
const KEYS: &[Part] = &[
    Part {
        parameter: "after",
        cursor: "id || '.' || CAST(last_used_at AS TEXT)",
        word: "name",
        from: "keys WHERE listed = 0",
        order: "last_used_at DESC, id DESC",
    },
    Part {
        parameter: "after_disabled",
        cursor: "id || '.' || CAST(last_used_at AS TEXT)",
        word: "name",
        from: "keys WHERE listed <> 0",
        order: "last_used_at DESC, id DESC",
    },
];

const CHANGES: &[Part] = &[Part {
    parameter: "after",
    cursor: "CAST(at AS TEXT) || '.' || id",
    word: "target_name",
    from: "audit_events",
    order: "at DESC, id DESC",
}];

/// All that are measured.
pub const LISTS: [List; 7] = [
    List { path: "/w/{}/keys", parts: KEYS },
    List { path: "/admin/keys", parts: KEYS },
    List { path: "/w/{}/audit", parts: CHANGES },
    List { path: "/admin/audit", parts: CHANGES },
    List {
        path: "/w/{}/members",
        parts: &[Part {
            parameter: "after",
            cursor: "user_id || '.' || CAST(created_at AS TEXT)",
            word: "(SELECT email FROM users WHERE id = user_id)",
            from: "memberships",
            order: "created_at DESC, user_id DESC",
        }],
    },
    List {
        path: "/admin/users",
        parts: &[Part { parameter: "after", cursor: "email", word: "id", from: "users", order: "email" }],
    },
    List {
        path: "/admin/workspaces",
        parts: &[Part {
            parameter: "after",
            cursor: "id || '.' || name_folded",
            word: "slug",
            from: "workspaces",
            order: "name_folded, id",
        }],
    },
];

impl List {
    /// Its first page.
    pub fn path(&self) -> String {
        self.path.replace("{}", SLUG)
    }

    /// The page that begins after those rows.
    pub fn path_after(&self, rows: &[Listed]) -> Outcome<String> {
        let pairs = rows.iter().map(|row| (row.parameter, &row.cursor));
        // Only what lies behind the host is asked for.
        let url = Url::parse_with_params(&format!("http://localhost{}", self.path()), pairs)?;
        Ok(format!("{}?{}", url.path(), url.query().unwrap_or_default()))
    }

    /// The rows in the middle of its parts. Of a part that fits on a page there is none; of one without two whole pages, the
    /// page begins where a whole one is left, or the fewer rows would make it quicker.
    pub async fn middle(&self, connection: &mut AnyConnection) -> Outcome<Vec<Listed>> {
        let mut found = Vec::new();
        for part in self.parts {
            // Every part of both texts is a constant of this file.
            let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {}", part.from));
            let (count,): (i64,) = either!(&mut *connection, on => sqlx::query_as(count).fetch_one(on).await?);
            let before = (count / 2).min(count - PAGE) - 1;
            if before < 0 {
                continue;
            }
            let rows = AssertSqlSafe(format!(
                "SELECT {}, {} FROM {} ORDER BY {} LIMIT 2 OFFSET $1",
                part.cursor, part.word, part.from, part.order
            ));
            let rows: Vec<(String, String)> =
                either!(&mut *connection, on => sqlx::query_as(rows).bind(before).fetch_all(on).await?);
            let [(cursor, before), (_, next)] =
                <[_; 2]>::try_from(rows).map_err(|_| format!("{} has no middle", self.path()))?;
            found.push(Listed { parameter: part.parameter, cursor, before, next });
        }
        Ok(found)
    }
}
