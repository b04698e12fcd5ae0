//! What pages are made of: one set of parts, each with one look (see `style`).

mod code;
mod field;
mod frame;
mod icon;
mod notice;
mod post;
mod records;
mod title;
mod when;

pub use code::{CodeBlock, CopyButton};
pub use field::{ErrorText, TextField, error_of};
pub use frame::{Column, Frame, Place};
pub use icon::Icon;
pub use notice::{Empty, FormNotice, Notice, Toast};
pub use post::Post;
pub use records::Records;
pub use title::Title;
pub use when::{Ago, Expires};
