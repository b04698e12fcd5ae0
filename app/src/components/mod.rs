//! What pages are made of: one set of parts, each with one look (see `style`).

mod admin;
mod chart;
mod choices;
mod code;
mod count;
mod field;
mod frame;
mod icon;
mod notice;
mod pager;
mod post;
mod records;
mod role;
mod search;
mod segments;
mod select;
mod title;
mod when;

pub use admin::{ADMINISTRATION, AdminTabs};
pub use chart::{ChartBar, ChartKey, UsageChart};
pub use choices::Choices;
pub use code::{CodeBlock, CopyButton};
pub use count::{Counted, count_text, grouped, keys_stop};
pub use field::{ErrorText, TextArea, TextField, error_of};
pub use frame::{Column, Frame, Place};
pub use icon::Icon;
pub use notice::{Empty, FormNotice, Notice, Toast};
pub use pager::Pager;
pub use post::Post;
pub use records::Records;
pub use role::{RoleSelect, as_role, role_title};
pub use search::{Asked, Search, SearchForm};
pub use segments::Segments;
pub use select::Select;
pub use title::Title;
pub use when::{Ago, Expires};
