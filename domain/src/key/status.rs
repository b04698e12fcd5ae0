//! A key's status, computed: the first that holds.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a key is at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Paused by a person; everything is kept.
    Disabled,
    /// Its time is over.
    Expired,
    /// Its spend cap is reached: until the next period, or until the cap is raised.
    Exhausted,
    /// It authenticates.
    Enabled,
}

/// The status at `now` of a key that was (or was not) disabled, expires (or not) at a moment, and has (or has not) reached
/// its spend cap. A key stops at the very millisecond of its expiry.
#[must_use]
pub fn status(disabled: bool, expires_at: Option<Timestamp>, exhausted: bool, now: Timestamp) -> Status {
    if disabled {
        Status::Disabled
    } else if expires_at.is_some_and(|end| end <= now) {
        Status::Expired
    } else if exhausted {
        Status::Exhausted
    } else {
        Status::Enabled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_that_holds() {
        let (now, past) = (Timestamp(10), Some(Timestamp(9)));
        for exhausted in [true, false] {
            let open = if exhausted { Status::Exhausted } else { Status::Enabled };
            assert_eq!(status(true, past, exhausted, now), Status::Disabled);
            assert_eq!(status(false, past, exhausted, now), Status::Expired);
            assert_eq!(status(false, Some(now), exhausted, now), Status::Expired);
            assert_eq!(status(false, Some(Timestamp(11)), exhausted, now), open);
            assert_eq!(status(false, None, exhausted, now), open);
        }
    }

    proptest! {
        #[test]
        fn what_expired_stays_expired(end: i64, now: i64, exhausted: bool, later in 0_i64..) {
            let at = |t| status(false, Some(Timestamp(end)), exhausted, Timestamp(t));
            prop_assume!(at(now) == Status::Expired);
            prop_assert_eq!(at(now.saturating_add(later)), Status::Expired);
        }
    }
}
