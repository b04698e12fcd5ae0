//! Latchkey's rules: key format, statuses, roles, limits and the decision on a request.
//!
//! Pure: no input or output, no clock, no generator of its own (both are arguments). Compiles to native code for the
//! server and to WebAssembly for the console's islands, so that both sides of a form follow the same rule.

pub mod access;
pub mod decision;
pub mod field;
pub mod guardrail;
pub mod id;
pub mod key;
pub mod mcp;
pub mod model;
pub mod random;
pub mod refusal;
pub mod sample;
pub mod time;
pub mod user;
pub mod workspace;
