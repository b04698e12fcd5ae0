//! The command line itself: its commands in the words of `--help`, and a wrong one told in one line. What each command takes
//! is declared beside what it does.

use crate::{commands::Command, config::Settings, failure::Failure};
use clap::{
    CommandFactory, Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};
use std::ffi::OsString;

/// Self-hosted console and data plane for API keys.
#[derive(Parser)]
#[command(name = "latchkey", version, propagate_version = true, disable_help_subcommand = true)]
pub struct CommandLine {
    /// Where the installation lies.
    #[command(flatten)]
    pub settings: Settings,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What became of the arguments.
pub enum Parsed {
    /// A command.
    Run(Box<CommandLine>),
    /// Somebody asked for this text.
    Help(String),
    /// They are wrong.
    Refused(Failure),
}

/// Reads the arguments.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Parsed {
    let error = match CommandLine::try_parse_from(arguments) {
        Ok(command_line) => return Parsed::Run(Box::new(command_line)),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Parsed::Help(error.render().to_string()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            Parsed::Refused(Failure::usage("say what to do; latchkey --help lists the commands"))
        }
        _ => Parsed::Refused(Failure::usage(one_line(&error))),
    }
}

/// clap's words up to their first empty line, without `error:`. A value in a place that takes none may be a secret: it is
/// not repeated.
fn one_line(error: &clap::Error) -> String {
    if let (ErrorKind::UnknownArgument, Some(ContextValue::String(argument))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
        && !argument.starts_with('-')
    {
        return "there is an argument too many; see --help".into();
    }
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    format!("{}; see --help", first.trim_start_matches("error: ").trim())
}

/// The environment variables that are flags too.
pub fn variables() -> Vec<String> {
    fn gather(command: &clap::Command, found: &mut Vec<String>) {
        let names = command.get_arguments().filter_map(clap::Arg::get_env);
        found.extend(names.filter_map(|name| name.to_str()).map(str::to_owned));
        command.get_subcommands().for_each(|command| gather(command, found));
    }
    let mut found = Vec::new();
    gather(&CommandLine::command(), &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: &[&str]) -> String {
        let arguments = ["latchkey"].iter().chain(arguments).map(OsString::from);
        match parse(arguments) {
            Parsed::Refused(failure) => failure.to_string(),
            _ => panic!("it is understood"),
        }
    }

    #[test]
    fn the_declaration_holds_together() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn wrong_ones_are_told_in_one_line() {
        assert_eq!(refused(&["serve", "--colour"]), "unexpected argument '--colour' found; see --help");
        assert_eq!(refused(&["fly"]), "unrecognized subcommand 'fly'; see --help");
        let missing = refused(&["workspace", "create", "--slug", "a"]);
        assert_eq!(missing, "the following required arguments were not provided: --name <NAME>; see --help");
    }

    #[test]
    fn a_stray_value_is_not_repeated() {
        let said = refused(&["user", "create", "--email", "a@b.c", "--name", "A", "--password-stdin", "hunter2"]);
        assert_eq!(said, "there is an argument too many; see --help");
    }
}
