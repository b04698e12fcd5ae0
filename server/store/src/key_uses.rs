//! What was counted of one key: summed in memory by whoever records, written with a batch.

use crate::Use;
use domain::{
    key::KeyId,
    time::{HOUR, Timestamp},
};
use std::{
    collections::BTreeMap,
    fmt::{Display, Write},
};

/// What was counted of one key since it was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUses {
    /// Which key.
    pub key: KeyId,
    /// How many uses were accepted.
    pub accepted: i64,
    /// The latest accepted one.
    pub last: Option<Mark>,
    /// The latest that was refused because the key is disabled or expired.
    pub stopped: Option<Mark>,
    /// Accepted and refused ones by the beginning of their hour.
    pub hours: BTreeMap<i64, (i64, i64)>,
}

/// A moment of a key's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// From where; empty if unknown.
    pub address: String,
    /// By what.
    pub agent: String,
}

impl KeyUses {
    /// Nothing yet.
    #[must_use]
    pub fn none(key: KeyId) -> Self {
        Self { key, accepted: 0, last: None, stopped: None, hours: BTreeMap::new() }
    }

    /// Counts a use. Once a key's first of the hour was counted, this needs no more memory.
    pub fn add(&mut self, at: Timestamp, code: &str, address: impl Display, agent: &str) {
        let (accepted, refused) = self.hours.entry(at.0 - at.0.rem_euclid(HOUR)).or_default();
        let is_accepted = code == "VALID";
        *(if is_accepted { accepted } else { refused }) += 1;
        self.accepted += i64::from(is_accepted);
        let place = match code {
            "VALID" => &mut self.last,
            "KEY_DISABLED" | "KEY_EXPIRED" => &mut self.stopped,
            _ => return,
        };
        let mark = place.get_or_insert_with(|| Mark { at, address: String::new(), agent: String::new() });
        if at >= mark.at {
            mark.at = at;
            mark.address.clear();
            let _ = write!(mark.address, "{address}");
            mark.agent.clear();
            mark.agent.push_str(agent);
        }
    }

    /// Adds what was counted elsewhere.
    pub fn absorb(&mut self, other: Self) {
        self.accepted += other.accepted;
        for (place, mark) in [(&mut self.last, other.last), (&mut self.stopped, other.stopped)] {
            if let Some(mark) = mark.filter(|mark| place.as_ref().is_none_or(|known| mark.at > known.at)) {
                *place = Some(mark);
            }
        }
        for (hour, (accepted, refused)) in other.hours {
            let known = self.hours.entry(hour).or_default();
            known.0 += accepted;
            known.1 += refused;
        }
    }

    /// What a list of uses says about each of its keys.
    #[must_use]
    pub fn of(uses: &[Use]) -> Vec<Self> {
        let mut keys = BTreeMap::<KeyId, Self>::new();
        for used in uses {
            let counted = keys.entry(used.key).or_insert_with(|| Self::none(used.key));
            counted.add(used.at, used.code, &used.address, &used.agent);
        }
        keys.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_add_up_to_the_whole() {
        let key = KeyId::parse("abcdefgh").unwrap();
        let uses = [
            (5, "VALID"),
            (9, "VALID"),
            (7, "VALID"),
            (8, "KEY_DISABLED"),
            (6, "KEY_EXPIRED"),
            (99, "READ_ONLY"),
            (HOUR, "VALID"),
            (HOUR + 1, "RATE_LIMITED"),
        ];
        let count = |some: &[(i64, &str)]| {
            let mut counted = KeyUses::none(key);
            for (at, code) in some {
                counted.add(Timestamp(*at), code, format!("from {at}"), "curl");
            }
            counted
        };
        let whole = count(&uses);
        let mark = |at: i64| Some(Mark { at: Timestamp(at), address: format!("from {at}"), agent: "curl".into() });
        assert_eq!((whole.accepted, whole.last.clone(), whole.stopped.clone()), (4, mark(HOUR), mark(8)));
        assert_eq!(whole.hours, BTreeMap::from([(0, (3, 3)), (HOUR, (1, 1))]));
        for at in 0..=uses.len() {
            let (mut first, second) = (count(&uses[..at]), count(&uses[at..]));
            let mut other_way = second.clone();
            other_way.absorb(first.clone());
            first.absorb(second);
            assert_eq!((first, other_way), (whole.clone(), whole.clone()), "{at}");
        }
    }
}
