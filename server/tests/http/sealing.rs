//! Kept secrets and the master key: sealed anew beside running instances, interrupted and taken up again, lost.

use crate::world::{Made, World, grant, new_key};
use domain::workspace::{Plan, Reveal, Settings};
use secrecy::ExposeSecret;
use server::{
    Error, Latchkey,
    auth::Caller,
    keys,
    sealing::{self, Rotated},
    workspaces,
};
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

on_both_engines!(
    everything_is_sealed_anew_beside_running_instances,
    an_interrupted_rotation_goes_on,
    a_lost_master_key_costs_the_kept_secrets_alone,
    what_is_created_beside_rotations_can_be_revealed,
);

async fn keep_secrets(world: &World) {
    let settings = Settings { reveal: Reveal::Recoverable, ..Settings::default() };
    workspaces::update(&world.grant("acme").await, Plan::Pro, settings).await.unwrap();
}

async fn rotate(latchkey: &Latchkey, forget: bool) -> Rotated {
    sealing::rotate(&Caller::operator(latchkey).instance().unwrap(), forget).await.unwrap()
}

async fn reveal(latchkey: &Latchkey, key: &Made) -> Result<String, Error> {
    let revealed = keys::reveal(&grant(latchkey, "acme").await, &key.id).await?;
    Ok(revealed.key.expose_secret().to_owned())
}

async fn assert_revealed(latchkey: &Latchkey, keys: &[Made]) {
    for key in keys {
        assert_eq!(reveal(latchkey, key).await.unwrap(), key.text);
    }
}

async fn three(world: &World) -> Vec<Made> {
    let mut keys = Vec::new();
    for name in ["a", "b", "c"] {
        keys.push(world.key(new_key(name)).await);
    }
    keys
}

fn next_file(world: &World) -> PathBuf {
    world.config.master_key_file.with_extension("key.next")
}

async fn everything_is_sealed_anew_beside_running_instances(world: &World) {
    keep_secrets(world).await;
    let other = world.instance(|_| ()).await;
    let mut made = three(world).await;
    let file = &world.config.master_key_file;
    let before = fs::read(file).unwrap();
    assert_eq!(rotate(&other, false).await, Rotated { resealed: 3, unreadable: 0 });
    assert_ne!(fs::read(file).unwrap(), before);
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!next_file(world).exists());
    made.push(world.key(new_key("after")).await);
    for latchkey in [&world.latchkey, &other] {
        assert_revealed(latchkey, &made).await;
    }
    assert_eq!(rotate(&other, false).await.resealed, 4);
    assert_revealed(&world.latchkey, &made).await;
}

async fn an_interrupted_rotation_goes_on(world: &World) {
    keep_secrets(world).await;
    let made = three(world).await;
    let file = &world.config.master_key_file;
    let first = fs::read(file).unwrap();
    // Cut off as soon as the next key was made.
    fs::write(next_file(world), [7; 32]).unwrap();
    assert_eq!(rotate(&world.latchkey, false).await.resealed, 3);
    assert_eq!(fs::read(file).unwrap(), [7; 32], "that very key");
    // Cut off before the file took its place: until it does, both are read.
    fs::write(next_file(world), [7; 32]).unwrap();
    fs::write(file, &first).unwrap();
    assert_revealed(&world.latchkey, &made).await;
    assert_eq!(rotate(&world.latchkey, false).await, Rotated { resealed: 0, unreadable: 0 });
    assert_eq!(fs::read(file).unwrap(), [7; 32]);
    assert!(!next_file(world).exists());
    assert_revealed(&world.latchkey, &made).await;
}

async fn a_lost_master_key_costs_the_kept_secrets_alone(world: &World) {
    keep_secrets(world).await;
    let made = three(world).await;
    let file = &world.config.master_key_file;
    let right = fs::read(file).unwrap();
    fs::write(file, [9; 32]).unwrap();
    assert!(matches!(reveal(&world.latchkey, &made[0]).await, Err(Error::Unavailable)));
    let refused = keys::create_for(&world.grant("acme").await, crate::world::MINA, new_key("not kept")).await;
    assert!(matches!(refused, Err(Error::Unavailable)), "nothing is sealed under a key that is not in force");
    assert_eq!(rotate(&world.latchkey, false).await, Rotated { resealed: 0, unreadable: 3 });
    // It was only mislaid.
    fs::write(file, &right).unwrap();
    assert_eq!(rotate(&world.latchkey, false).await, Rotated { resealed: 3, unreadable: 0 });
    assert_revealed(&world.latchkey, &made).await;

    fs::write(file, [9; 32]).unwrap();
    assert_eq!(rotate(&world.latchkey, true).await, Rotated { resealed: 0, unreadable: 0 });
    assert!(matches!(reveal(&world.latchkey, &made[0]).await, Err(Error::Forbidden(_))), "erased");
    for key in &made {
        assert_eq!(world.get("/api/me").bearer_auth(&key.text).send().await.unwrap().status(), 200);
    }
    let fresh = world.key(new_key("kept again")).await;
    assert_revealed(&world.latchkey, &[fresh]).await;
}

async fn what_is_created_beside_rotations_can_be_revealed(world: &World) {
    keep_secrets(world).await;
    let other = world.instance(|_| ()).await;
    let create = async {
        let mut made = Vec::new();
        for n in 0..25 {
            loop {
                let new = new_key(&format!("key {n}"));
                match keys::create_for(&world.grant("acme").await, crate::world::MINA, new).await {
                    Ok(created) => {
                        let text = created.key.expose().to_owned();
                        world.secret(&text[text.len() - 38..][..32]);
                        made.push(Made { id: created.view.id.to_string(), text });
                        break;
                    }
                    // Sealed under the key that went in the meantime: refused, and asked again.
                    Err(Error::Changed | Error::Unavailable) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
        made
    };
    let rotations = async {
        for _ in 0..6 {
            assert_eq!(rotate(&other, false).await.unreadable, 0);
        }
    };
    let (made, ()) = tokio::join!(create, rotations);
    assert_revealed(&world.latchkey, &made).await;
    assert_revealed(&other, &made).await;
}
