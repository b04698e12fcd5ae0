//! The console over a real listening server, as a browser without script (and a script) would speak to it.

mod forms;
mod security;
mod table;
mod world;
