//! What dead processes held of spend caps is settled at what was held. Runs beside the server, from its start on.
//!
//! A process is dead whose lease (`docs/consistency.md`) has not moved for [`SILENT`] looks in a row, or is gone: a live one renews
//! it twice a second. One that was only paused, or cut off from the database for so long, comes back and settles for itself what it
//! still has under way; what was settled here stays as it is, so a call is counted once, at most at what was held for it. Whatever
//! is older than any call can be goes by its age.

use super::LONGEST_MILLIS;
use crate::Latchkey;
use domain::time::{MINUTE, Timestamp};
use std::{collections::HashMap, time::Duration};
use store::{Error, Holder, Left};
use tokio::time::sleep;

/// How often it is looked.
const EVERY: Duration = Duration::from_mins(1);
/// So many looks in a row without a sign of life: more than a database takes that moves to another machine.
const SILENT: u32 = 5;
/// How many calls are looked for at a time.
const MOST: usize = 100;
/// A little longer than any call can take.
const LEFT: i64 = LONGEST_MILLIS + 5 * MINUTE;

/// Goes on for as long as the process does. Several instances do no harm: each call is settled once.
pub(crate) async fn recover(latchkey: Latchkey) {
    let mut looks = Looks::default();
    loop {
        match look(&latchkey, &mut looks).await {
            Ok(0) => {}
            Ok(calls) => {
                tracing::warn!(calls, "calls whose process ended were settled at what was reserved for them");
            }
            Err(error) => tracing::warn!(%error, "what ended processes reserved can't be looked for"),
        }
        sleep(EVERY).await;
    }
}

async fn look(latchkey: &Latchkey, looks: &mut Looks) -> Result<usize, Error> {
    // First by age: nobody's lease has to be read for that.
    let before = Timestamp(latchkey.now().0 - LEFT);
    let mut recovered = settle(latchkey, Left::Before(before)).await?;
    let own = latchkey.records.instance();
    let mut holders = latchkey.store.holders().await?;
    holders.retain(|holder| holder.instance != own);
    for dead in looks.dead(holders) {
        recovered += settle(latchkey, Left::By(&dead)).await?;
    }
    Ok(recovered)
}

async fn settle(latchkey: &Latchkey, left: Left<'_>) -> Result<usize, Error> {
    let mut calls = 0;
    loop {
        let recovered = latchkey.store.recover_reserves(left, latchkey.now(), MOST).await?;
        calls += recovered.settled.len();
        // By what was found: of several instances that recover at once each settles only some of it.
        if recovered.found < MOST {
            return Ok(calls);
        }
    }
}

/// What was seen of the instances that hold something. Counted in looks, not by a clock: a machine that slept sees nothing
/// of the others meanwhile.
#[derive(Default)]
struct Looks(HashMap<String, Seen>);

struct Seen {
    beat: Option<i64>,
    /// How many looks in a row saw this beat, or none.
    silent: u32,
}

impl Looks {
    /// Who is dead, after another look.
    fn dead(&mut self, holders: Vec<Holder>) -> Vec<String> {
        let mut before = std::mem::take(&mut self.0);
        let mut dead = Vec::new();
        for Holder { instance, beat } in holders {
            // A lease that was taken away is no sign of life.
            let silent = before
                .remove(&instance)
                .filter(|seen| beat.is_none() || seen.beat == beat)
                .map_or(1, |seen| seen.silent.saturating_add(1));
            if silent >= SILENT {
                dead.push(instance.clone());
            }
            self.0.insert(instance, Seen { beat, silent });
        }
        dead
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Random, auth::Caller, keys, latchkey::open, users, workspaces};
    use domain::{
        access::Role,
        id::ReserveId,
        key::{Limits, McpScope, NewKey, Permission, Prefix},
        model::{MicroUsd, ModelLimits},
        workspace::{Plan, Settings},
    };
    use store::NewReserve;

    #[tokio::test]
    async fn what_a_silent_instance_held_is_settled_at_the_fifth_look() {
        let folder = tempfile::tempdir().unwrap();
        let config = crate::Config {
            database: format!("sqlite:{}", folder.path().join("latchkey.db").display()).parse().unwrap(),
            public_url: "http://127.0.0.1:3000".into(),
            prefix: Prefix::default(),
            trusted_proxies: Vec::new(),
            cached_keys: crate::CACHED_KEYS,
            usage_events_per_second: crate::USAGE_EVENTS_PER_SECOND,
            usage_retention_days: crate::USAGE_RETENTION_DAYS,
            master_key_file: folder.path().join("master.key"),
            allow_private_upstreams: false,
            relay_memory: crate::RELAY_MEMORY,
            ceilings: domain::model::Ceilings::default(),
            patience: crate::Patience::default(),
            metrics_token: None,
        };
        let latchkey = open(config, Clock::system(), Random::seeded(1)).await.unwrap();
        latchkey.keep_records();
        let operator = Caller::operator(&latchkey);
        let instance = operator.instance().unwrap();
        workspaces::create(&instance, "acme", "Acme", Plan::Pro, Settings::default()).await.unwrap();
        users::create(&instance, "mina@example.com", "Mina", &"a long password of hers".into(), false).await.unwrap();
        let place = operator.in_workspace("acme").await.unwrap();
        workspaces::put_member(&place.clone().allow().unwrap(), "mina@example.com", Role::Developer).await.unwrap();
        let model = ModelLimits::check("", "1", "total").unwrap();
        let new = NewKey {
            name: "agent".into(),
            description: String::new(),
            environment: String::new(),
            permission: Permission::ReadWrite,
            expires_at: None,
            gateway: false,
            url_credential: false,
            limits: Limits::default(),
            mcp: McpScope::default(),
            model: model.clone(),
        };
        let key = keys::create_for(&place.allow().unwrap(), "mina@example.com", new).await.unwrap().view.id;
        let (own, at, cap) = (latchkey.records.instance(), latchkey.now(), model.cap.unwrap());
        for (name, instance) in [("left", "gone"), ("under way", own.as_str())] {
            let (id, amount) = (ReserveId::from_text(name.to_owned()), MicroUsd::new(7).unwrap());
            let new = NewReserve { id, key, cap, amount, at, instance: instance.into() };
            assert_eq!(latchkey.store.reserve(&new).await.unwrap(), Ok(()));
        }
        let mut looks = Looks::default();
        for turn in 1..=6 {
            assert_eq!(look(&latchkey, &mut looks).await.unwrap(), usize::from(turn == 5), "{turn}");
        }
        let holders: Vec<_> =
            latchkey.store.holders().await.unwrap().into_iter().map(|holder| holder.instance).collect();
        assert_eq!(holders, [own], "what is under way stays");
        latchkey.shut_down().await;
    }

    fn see(looks: &mut Looks, beats: &[(&str, Option<i64>)]) -> Vec<String> {
        looks.dead(beats.iter().map(|(name, beat)| Holder { instance: (*name).into(), beat: *beat }).collect())
    }

    #[test]
    fn who_moves_lives() {
        let mut looks = Looks::default();
        for beat in 0..20 {
            assert!(see(&mut looks, &[("moves", Some(beat)), ("often", Some(beat * 99))]).is_empty());
        }
    }

    #[test]
    fn who_is_silent_for_long_is_dead() {
        let mut looks = Looks::default();
        for turn in 1..=8 {
            let dead = see(&mut looks, &[("gone", None), ("stopped", Some(7)), ("moves", Some(turn))]);
            assert_eq!(dead.len(), if turn < 5 { 0 } else { 2 }, "{turn}");
        }
    }

    #[test]
    fn a_lease_that_is_taken_away_is_no_sign_and_a_new_one_is() {
        let mut looks = Looks::default();
        for _ in 0..3 {
            assert!(see(&mut looks, &[("a", Some(7))]).is_empty());
        }
        assert!(see(&mut looks, &[("a", None)]).is_empty());
        assert_eq!(see(&mut looks, &[("a", None)]), ["a"]);
        assert!(see(&mut looks, &[("a", Some(9))]).is_empty(), "it came back");
        assert!(see(&mut looks, &[]).is_empty(), "and has settled all");
        for turn in 1..=5 {
            assert_eq!(see(&mut looks, &[("a", Some(10))]).len(), usize::from(turn == 5), "counted from the beginning");
        }
    }
}
