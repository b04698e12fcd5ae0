//! How pages and server functions meet the web: the surfaces in front of them, the document around every page, and the request at hand.

mod here;
mod shell;
mod surfaces;

pub use here::{Flashed, Here, encode, form_pairs, query_string};
pub use shell::shell;
pub use surfaces::{form_page_paths, page_paths, server_function_paths, surfaces};
