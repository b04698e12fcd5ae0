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
    /// It authenticates.
    Enabled,
}

/// The status at `now` of a key that was (or was not) disabled and expires (or not) at a moment. A key stops at the very
/// millisecond of its expiry.
#[must_use]
pub fn status(disabled: bool, expires_at: Option<Timestamp>, now: Timestamp) -> Status {
    if disabled {
        Status::Disabled
    } else if expires_at.is_some_and(|end| end <= now) {
        Status::Expired
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
        assert_eq!(status(true, past, now), Status::Disabled);
        assert_eq!(status(false, past, now), Status::Expired);
        assert_eq!(status(false, Some(now), now), Status::Expired);
        assert_eq!(status(false, Some(Timestamp(11)), now), Status::Enabled);
        assert_eq!(status(false, None, now), Status::Enabled);
    }

    proptest! {
        #[test]
        fn what_expired_stays_expired(end: i64, now: i64, later in 0_i64..) {
            let at = |t| status(false, Some(Timestamp(end)), Timestamp(t));
            prop_assume!(at(now) == Status::Expired);
            prop_assert_eq!(at(now.saturating_add(later)), Status::Expired);
        }
    }
}
