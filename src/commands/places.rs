//! How many connections `latchkey serve` takes at a time: what the setting says, within the files that the system lets the
//! process open.

use crate::failure::Failure;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Where nothing is set and the system allows as many.
const USUAL: u64 = 10_000;
/// Files that are not connections of clients: the database's, the console's, connections to others.
const OTHER_FILES: u64 = 256;

/// The most connections at a time. Raises the process's limit of open files to what the system allows it.
pub fn connections(setting: Option<&str>) -> Result<usize, Failure> {
    let room = open_files().saturating_sub(OTHER_FILES).max(1);
    let most = match setting {
        None => USUAL.min(room),
        Some(text) => asked_for(text, room)?,
    };
    Ok(usize::try_from(most).unwrap_or(usize::MAX >> 4))
}

fn asked_for(text: &str, room: u64) -> Result<u64, Failure> {
    let refused = |message: String| Failure::setting("--max-connections", "LATCHKEY_MAX_CONNECTIONS", message);
    match text.parse() {
        Ok(0) | Err(_) => Err(refused("give a number of connections, such as 10000".into())),
        Ok(most) if most > room => Err(refused(format!(
            "the system lets this process open {room} connections at most; raise its limit of open files (LimitNOFILE)"
        ))),
        Ok(most) => Ok(most),
    }
}

fn open_files() -> u64 {
    let allowed = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: allowed.maximum, maximum: allowed.maximum };
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { allowed.maximum } else { allowed.current };
    // Without a limit, the address space is one: a million connections take some gigabytes.
    now.unwrap_or(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_within_what_the_system_allows() {
        assert_eq!(asked_for("500", 500).ok(), Some(500));
        for bad in ["0", "-1", "many", "", "501"] {
            let refused = asked_for(bad, 500).err().unwrap();
            assert!(refused.to_string().starts_with("--max-connections (LATCHKEY_MAX_CONNECTIONS): "), "{bad}");
            assert_eq!(refused.code(), 2);
        }
    }
}
