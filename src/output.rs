//! What commands print: JSON for scripts, tables for people, one line for a refusal. Everything goes through here, so that
//! a closed pipe (`latchkey key list | head`) is no error and no text steers the terminal.

use crate::failure::Failure;
use domain::field::is_deceptive;
use serde_json::Value;
use std::{
    io::{self, ErrorKind, Write},
    process::ExitCode,
};
use unicode_width::UnicodeWidthStr;

/// Prints text as it is, followed by a line break if it has none.
pub fn print(text: &str) -> Result<(), Failure> {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    pour(format!("{text}{end}").as_bytes()).map(drop)
}

/// Prints a part of something long. Says whether anybody still reads: where a pipe is closed, the rest need not be made.
pub fn pour(part: &[u8]) -> Result<bool, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(part).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::doing("standard output", error)),
    }
}

/// Prints a value as `--json` has it.
pub fn json(value: &Value) -> Result<(), Failure> {
    print(&format!("{value:#}"))
}

/// Prints JSON or what a person reads.
pub fn either(as_json: bool, value: &Value, text: &str) -> Result<(), Failure> {
    if as_json { json(value) } else { print(text) }
}

/// The exit status of a command, with its failure told on stderr.
pub fn end(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to tell that stderr is closed.
            let _ = writeln!(io::stderr().lock(), "latchkey: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

/// Text of a person's, made safe for a terminal. What is stored has no such characters; the line holds all the same.
pub fn safe(text: &str) -> String {
    text.replace(is_deceptive, "\u{FFFD}")
}

/// A table with a row of titles. Columns are as wide as their widest cell appears.
pub fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    let safe_rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| safe(cell))).collect();
    let mut widths = titles.map(UnicodeWidthStr::width);
    for row in &safe_rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut text = line(&titles.map(str::to_owned), &widths);
    for row in &safe_rows {
        text.push_str(&line(row, &widths));
    }
    text
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(width - cell.width() + 2));
    }
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [["名前".into(), "1".into()], ["ab".into(), "22".into()], ["a\u{1b}b".into(), String::new()]];
        let table = table(["NAME", "USES"], &rows);
        assert_eq!(table, "NAME  USES\n名前  1\nab    22\na\u{FFFD}b\n");
    }
}
