//! What a reader must know to judge the figures: the day, the commit, the machine's cores, what ran where.

use crate::cores::Cores;
use server::Clock;
use std::{fs, process::Command, thread};

/// The facts, a line each.
pub fn facts(cores: Option<Cores>) -> Vec<String> {
    let many = thread::available_parallelism().map_or(1, usize::from);
    let place = if cores.is_some() {
        "the server runs on one of them, the load on another"
    } else {
        "server and load share them (for want of a second core, or of taskset): the figures are lower than they could be"
    };
    vec![
        format!("{}, commit {}.", Clock::system().now().day(), commit()),
        format!("{many} {}: {place}.", if many == 1 { "core" } else { "cores" }),
        format!("Load average of the minute before: {} (a quiet machine has less than 0.5).", load_average()),
    ]
}

fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|minute| !minute.is_empty()).unwrap_or("unknown").to_owned()
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    };
    let Some(head) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".into() };
    // The tables themselves may change; anything else means that this commit is not quite what was measured.
    let changed = git(&["status", "--porcelain", "--", ".", ":!docs"]).is_none_or(|list| !list.is_empty());
    format!("{}{}", head.trim(), if changed { " with changes not committed yet" } else { "" })
}
