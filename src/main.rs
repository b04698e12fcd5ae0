//! The program `latchkey`: the console with its data plane, and the command line. This file wires; what a command does
//! stands in its module of `commands`, and every rule in `domain` and `server`.

mod arguments;
mod commands;
mod config;
mod environment;
mod failure;
mod output;

use arguments::Parsed;
use std::{env, process::ExitCode};
use tikv_jemallocator::Jemalloc;

/// The system's own spreads the buffers of a connection over more pages, and keeps for ever what many connections took.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    let command_line = match arguments::parse(env::args_os()) {
        Parsed::Run(command_line) => command_line,
        Parsed::Help(text) => return output::end(output::print(&text)),
        Parsed::Refused(failure) => return output::end(Err(failure)),
    };
    output::end(commands::run(*command_line))
}
