//! What pages are made of: one set of parts, each with one look (see `style`).

mod chart;
mod code;
mod count;
mod field;
mod frame;
mod icon;
mod notice;
mod pagination;
mod post;
mod records;
mod segments;
mod select;
mod title;
mod when;

pub use chart::{ChartBar, ChartKey, UsageChart};
pub use code::{CodeBlock, CopyButton};
pub use count::grouped;
pub use field::{ErrorText, TextField, error_of};
pub use frame::{Column, Frame, Place};
pub use icon::Icon;
pub use notice::{Empty, FormNotice, Notice, Toast};
pub use pagination::Pagination;
pub use post::Post;
pub use records::Records;
pub use segments::Segments;
pub use select::Select;
pub use title::Title;
pub use when::{Ago, Expires};
