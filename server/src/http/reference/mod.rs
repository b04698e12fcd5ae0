//! What every path of the data plane takes and answers, described once: `GET /api/openapi.json` is written from it, and the
//! page `/api/docs` shows it. The schemas are derived from the types that the handlers read and write.

mod answers;
mod document;
pub(super) mod fields;
mod operations;

pub use answers::{Answer, Field, errors};
pub use document::document;
pub(super) use document::openapi;
pub use operations::{Credential, OPERATIONS, Operation, Parameter};
