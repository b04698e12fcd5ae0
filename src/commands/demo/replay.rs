//! Lives through the story: everything that happens to people and keys in the order of time, each at its moment, through
//! the use-cases that the console and the data plane call.

use super::{
    events::{Event, What, events},
    keys::KEYS,
    story::{LEAVER, Life, PEOPLE, WORKSPACES},
};
use crate::{commands::enter, failure::Failure};
use domain::{
    decision::Access,
    key::{KeyId, PlainKey, RawKey},
    refusal::Refusal,
    time::Timestamp,
    workspace::{Plan, Settings},
};
use secrecy::SecretString;
use server::{
    ManualClock,
    auth::Caller,
    keys, users,
    verify::{Bearer, Question},
    workspaces,
};

/// Lives through it, until `now`.
pub async fn replay(
    caller: &Caller,
    hand: &ManualClock,
    now: Timestamp,
    passwords: &[SecretString],
) -> Result<(), Failure> {
    people(caller, passwords).await?;
    let mut made: Vec<Option<PlainKey>> = KEYS.iter().map(|_| None).collect();
    for Event { at, what } in events(now) {
        hand.advance(at.since(caller.latchkey().now()));
        match what {
            What::Make(index) => made[index] = Some(make(caller, &KEYS[index]).await?),
            What::Use(index) => use_key(caller, &KEYS[index], made[index].as_ref()).await?,
            What::Leave => {
                workspaces::remove_member(&enter(caller, WORKSPACES[0].slug).await?.allow()?, LEAVER).await?;
            }
            What::Pause(index) | What::Resume(index) | What::Delete(index) => {
                let Some(key) = &made[index] else { continue };
                change(caller, &KEYS[index], what, key.id()).await?;
            }
        }
    }
    hand.advance(now.since(caller.latchkey().now()));
    Ok(())
}

async fn people(caller: &Caller, passwords: &[SecretString]) -> Result<(), Failure> {
    let grant = caller.instance()?;
    for (person, password) in PEOPLE.iter().zip(passwords) {
        users::create(&grant, person.email, person.name, password, person.admin).await?;
    }
    for place in WORKSPACES {
        let settings = Settings { viewer_keys: place.viewer_keys, ..Settings::default() };
        workspaces::create(&grant, place.slug, place.name, Plan::Pro, settings).await?;
        let members = enter(caller, place.slug).await?.allow()?;
        for (email, role) in place.members {
            workspaces::put_member(&members, email, *role).await?;
        }
    }
    Ok(())
}

async fn make(caller: &Caller, life: &Life) -> Result<PlainKey, Failure> {
    let place = enter(caller, life.place).await?;
    let raw = RawKey {
        name: life.name.into(),
        description: life.description.into(),
        environment: life.environment.into(),
        permission: if life.writes { "read_write" } else { "read_only" }.into(),
        expiry: life.lives.map_or_else(|| "never".into(), |days| days.to_string()),
        gateway: life.gateway,
        ..RawKey::default()
    };
    let new = raw.check(place.settings(), caller.latchkey().now()).map_err(server::Error::from)?;
    let owner = format!("{}@example.com", life.owner);
    Ok(keys::create_for(&place.allow()?, &owner, new).await?.key)
}

/// Knocks with the key. Being refused is part of the story; not being answered is not.
async fn use_key(caller: &Caller, life: &Life, key: Option<&PlainKey>) -> Result<(), Failure> {
    let (Some(key), Some((from, ..))) = (key, life.used) else { return Ok(()) };
    let bearer = Bearer { ip: from.0.parse().ok(), agent: from.1, in_url: false };
    let access = if life.writes { Access::Write } else { Access::Read };
    let question = Question { surface: from.2, access: Some(access), bearer, mcp: None, model: None };
    match caller.latchkey().verify(key.expose(), question).await {
        Err(denied) if denied.refusal == Refusal::Unavailable => Err(server::Error::Unavailable.into()),
        _ => Ok(()),
    }
}

async fn change(caller: &Caller, life: &Life, what: What, id: &KeyId) -> Result<(), Failure> {
    let grant = enter(caller, life.place).await?.allow()?;
    match what {
        What::Pause(_) => keys::disable(&grant, id.as_str()).await?,
        What::Resume(_) => keys::enable(&grant, id.as_str()).await?,
        _ => {
            keys::delete(&grant, id.as_str(), life.name).await?;
        }
    }
    Ok(())
}
