//! Why a command stopped: one line for a person, and the exit status for a script. Made from the errors of `server`, whose
//! field names become the flags they were given by.

use domain::{
    field::{FieldError, is_deceptive},
    key::{Form, Malformed},
};
use std::fmt;

/// Why a command stopped.
#[derive(Debug)]
pub struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// The command line or a setting is wrong: exit status 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 2 }
    }

    /// It was refused or went wrong: exit status 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// A setting, by flag and environment variable, and what is wrong with it. Never repeats a value.
    pub fn setting(flag: &str, variable: &str, message: impl fmt::Display) -> Self {
        Self::usage(format!("{flag} ({variable}): {message}"))
    }

    /// What went wrong with a file, a socket or a database.
    pub fn doing(what: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::failed(format!("{what}: {error}"))
    }

    /// The exit status.
    pub fn code(&self) -> u8 {
        self.code
    }
}

/// One line, whatever the message came from: line breaks become spaces, what could steer a terminal is replaced, and a
/// key that was typed in a wrong place is withheld.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.message.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = line.replace(is_deceptive, "\u{FFFD}");
        f.write_str(&withhold_keys(&line))
    }
}

impl From<server::Error> for Failure {
    fn from(error: server::Error) -> Self {
        match error.fields() {
            [] => Self::failed(error.to_string()),
            fields => Self::failed(fields.iter().map(by_flag).collect::<Vec<_>>().join(" ")),
        }
    }
}

fn by_flag(error: &FieldError) -> String {
    let flag = match error.field.as_str() {
        "password" => "password".to_owned(),
        "expiry" | "expires_on" => "--expires-in".to_owned(),
        field => format!("--{}", field.replace('_', "-")),
    };
    format!("{flag}: {}", error.message)
}

fn withhold_keys(line: &str) -> String {
    let mut shown = line.to_owned();
    for word in line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        if !matches!(Form::parse(word), Err(Malformed::Form)) {
            shown = shown.replace(word, "(a key)");
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_line_that_steers_no_terminal() {
        let failure = Failure::failed("a\n  b\u{1b}[31m\u{202E}c");
        assert_eq!(failure.to_string(), "a b\u{FFFD}[31m\u{FFFD}c");
    }

    #[test]
    fn withholds_keys_even_mistyped_ones() {
        let tail = "x".repeat(38);
        let failure = Failure::usage(format!("no such thing 'lk_abcdefgh_{tail}'"));
        assert_eq!(failure.to_string(), "no such thing '(a key)'");
    }

    #[test]
    fn names_the_flag_of_a_field() {
        let fields = vec![FieldError::new("expiry", "Too far."), FieldError::new("name", "Name is required.")];
        let failure = Failure::from(server::Error::from(fields));
        assert_eq!(failure.to_string(), "--expires-in: Too far. --name: Name is required.");
        assert_eq!(failure.code(), 1);
    }
}
