//! What keys spend: reserved within the cap however many ask at once, settled once, recovered after a crash, counted anew when
//! the period turns, and not forgotten when a person changes the cap. Here is what its stories begin with.

mod at_once;
mod exhaustion;
mod periods;
mod reserving;

use crate::{
    engine::Outcome,
    world::{World, all},
};
use domain::{
    id::ReserveId,
    key::Status,
    model::{Account, Cap, MicroUsd, ModelLimits, NoRoom, Notice, Period},
    time::Timestamp,
};
use store::{AuditEvent, Error, InsertKey, NewReserve, Section, Settled, Sort, User, Workspace};

pub fn usd(micros: i64) -> MicroUsd {
    MicroUsd::new(micros).unwrap_or_default()
}

pub fn cap(micros: i64, period: Period) -> Cap {
    Cap { amount: usd(micros), period }
}

pub fn account(settled: i64, reserved: i64) -> Account {
    Account { settled: usd(settled), reserved: usd(reserved) }
}

/// A key with a cap, and where it is.
pub struct Capped<'a> {
    pub world: &'a World,
    pub acme: Workspace,
    pub mina: User,
    pub key: InsertKey,
    pub cap: Cap,
}

impl<'a> Capped<'a> {
    pub async fn new(world: &'a World, micros: i64, period: Period) -> Outcome<Self> {
        let (acme, mina) = world.acme().await?;
        let mut key = world.new_key(&acme, &mina, "agent");
        let cap = cap(micros, period);
        key.key.model.cap = Some(cap);
        world.insert(&key).await?;
        Ok(Self { world, acme, mina, key, cap })
    }

    pub fn wants(&self, micros: i64, at: Timestamp) -> NewReserve {
        NewReserve {
            id: self.world.reserve_id(),
            key: self.key.id,
            cap: self.cap,
            amount: usd(micros),
            at,
            instance: "one".into(),
        }
    }

    /// Reserves, which there is room for.
    pub async fn reserve(&self, micros: i64, at: Timestamp) -> Outcome<ReserveId> {
        let new = self.wants(micros, at);
        assert_eq!(self.world.store.reserve(&new).await?, Ok(()));
        Ok(new.id)
    }

    /// Reserves what there is no room for.
    async fn no_room(&self, micros: i64, at: Timestamp) -> Outcome<NoRoom> {
        match self.world.store.reserve(&self.wants(micros, at)).await? {
            Ok(()) => panic!("there was room for {micros}"),
            Err(no) => Ok(no),
        }
    }

    pub async fn settle(&self, id: &ReserveId, micros: i64, at: Timestamp) -> Outcome<Settled> {
        Ok(self.world.store.settle_reserve(id, Some(usd(micros)), at).await?.ok_or(Error::NotFound)?)
    }

    /// Reserves and settles.
    pub async fn spend(&self, micros: i64, at: Timestamp) -> Outcome<Settled> {
        let id = self.reserve(0, at).await?;
        self.settle(&id, micros, at).await
    }

    /// What stands in its account, whatever period that is of.
    pub async fn account(&self) -> Outcome<Account> {
        Ok(self.world.store.account(&self.key.id).await?.ok_or(Error::NotFound)?.1)
    }

    pub async fn limit(&mut self, cap: Option<Cap>, at: Timestamp) -> Outcome<&'static [Notice]> {
        let event = AuditEvent { at, ..self.world.about(&self.key, "key.models") };
        let limits = ModelLimits { cap, ..ModelLimits::default() };
        self.cap = cap.unwrap_or(self.cap);
        Ok(self.world.store.limit_models(&self.acme.id, &self.key.id, &limits, None, &event).await?)
    }

    /// Its status by its row, and by the record that requests are decided by.
    async fn status(&self, at: Timestamp) -> Outcome<Status> {
        let key = self.world.store.key(&self.acme.id, &self.key.id).await?.ok_or(Error::NotFound)?;
        let record = self.world.store.key_record(&self.key.id).await?.ok_or(Error::NotFound)?;
        assert_eq!(key.spend(), record.credential.facts.spend.map(|spend| *spend));
        Ok(key.status(at))
    }

    async fn listed(&self, section: Section, at: Timestamp) -> Outcome<usize> {
        let filter = store::KeyFilter { now: at, ..all(section) };
        let page = self.world.store.key_page(&self.acme.id, &filter, Sort::Created, None, 10).await?;
        let count = self.world.store.count_keys(&self.acme.id, &filter).await?.count;
        assert_eq!(i64::try_from(page.keys.len())?, count);
        Ok(page.keys.len())
    }
}
