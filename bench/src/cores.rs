//! Which core the server gets and which the load, so that neither takes the other's time. Without two cores, or without
//! `taskset`, they share what there is, and the report says so.

use std::{ffi::OsStr, fs, process};
use tokio::process::Command;

/// The two cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cores {
    /// The server's.
    pub server: u32,
    /// The load's.
    pub load: u32,
}

impl Cores {
    /// The first two that this process may use; `None` if there are not two, or nothing to pin with.
    pub fn find() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
        let [server, load] = *first_two(allowed).as_slice() else { return None };
        let taskset = process::Command::new("taskset").arg("--version").output().ok()?;
        taskset.status.success().then_some(Self { server, load })
    }
}

/// The first two numbers of a list such as `0-3,8`.
fn first_two(list: &str) -> Vec<u32> {
    let ranges = list.trim().split(',').filter_map(|range| {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        Some(from.parse::<u32>().ok()?..=to.parse::<u32>().ok()?)
    });
    ranges.flatten().take(2).collect()
}

/// A command that runs `program` on one core. `taskset` becomes the program: the process's id is the program's.
pub fn pinned(core: Option<u32>, program: impl AsRef<OsStr>) -> Command {
    match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.arg("-c").arg(core.to_string()).arg(program);
            command
        }
        None => Command::new(program),
    }
}

#[cfg(test)]
mod tests {
    use super::first_two;

    #[test]
    fn lists_of_cores() {
        assert_eq!(first_two("\t0-3\n"), [0, 1]);
        assert_eq!(first_two("2,5-7"), [2, 5]);
        assert_eq!(first_two("4"), [4]);
    }
}
