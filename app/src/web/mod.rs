//! How pages and server functions meet the web: the router, the document around every page, and the request at hand.

mod here;
mod router;
mod shell;

pub use here::{Flashed, Here, encode, query_string};
pub use router::{page_paths, router, server_function_paths};
pub use shell::shell;
