//! Sealed cookies between two pages, and the master key that seals them.

use crate::world::World;
use domain::{field::FieldError, id::UserId, time::MINUTE};
use server::{
    Clock, Latchkey, Random,
    flash::{Flash, FreshKey, Slot},
    open,
};
use std::{fs, os::unix::fs::PermissionsExt};

on_sqlite![
    a_refused_form_comes_back,
    a_fresh_key_comes_back_and_can_be_cleared,
    after_a_minute_it_is_gone,
    another_master_key_opens_nothing,
    the_same_master_key_opens_it,
    tampering,
    a_cookie_fits_its_slot_alone,
    over_https,
    the_master_key_file_is_private,
    a_short_master_key_stops_the_start,
    an_unusable_master_key_stops_the_start,
];

fn form() -> Flash {
    Flash {
        form: "create".into(),
        message: "Not created.".into(),
        errors: vec![FieldError::new("name", "Name is required.")],
        typed: [("name".to_owned(), "a;b=\"é\" <script>".to_owned())].into(),
    }
}

/// The part of a `Set-Cookie` that a browser sends back.
fn sent(set_cookie: &str) -> String {
    set_cookie.split(';').next().unwrap().to_owned()
}

fn opened(latchkey: &Latchkey, cookie: &str) -> Option<Flash> {
    latchkey.unseal(Slot::Form, cookie)
}

async fn a_refused_form_comes_back(world: &World) {
    let cookie = sent(&world.latchkey.seal(Slot::Form, &form()));
    assert!(!cookie.contains("script"), "sealed, not only encoded");
    assert_eq!(opened(&world.latchkey, &cookie), Some(form()));
    assert_eq!(opened(&world.latchkey, &format!("a=b; {cookie}; c=d")), Some(form()), "among others");
    assert_ne!(sent(&world.latchkey.seal(Slot::Form, &form())), cookie, "never twice the same");
    assert_eq!(opened(&world.latchkey, ""), None);
}

async fn a_fresh_key_comes_back_and_can_be_cleared(world: &World) {
    let fresh = FreshKey {
        user: UserId::from_text("mina"),
        name: "CI".into(),
        key: "lk_the_key".into(),
        recoverable: false,
        revealed: false,
    };
    let set_cookie = world.latchkey.seal(Slot::Key, &fresh);
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=60"] {
        assert!(set_cookie.contains(attribute), "{set_cookie}");
    }
    assert!(!set_cookie.contains("Secure") && set_cookie.starts_with("latchkey_key="), "plain HTTP: {set_cookie}");
    let opened: FreshKey = world.latchkey.unseal(Slot::Key, &sent(&set_cookie)).unwrap();
    assert_eq!((opened.user.as_str(), opened.name.as_str(), opened.key.as_str()), ("mina", "CI", "lk_the_key"));
    let cleared = world.latchkey.clear(Slot::Key);
    assert!(cleared.starts_with("latchkey_key=;") && cleared.contains("Max-Age=0"), "{cleared}");
}

async fn after_a_minute_it_is_gone(world: &World) {
    let cookie = sent(&world.latchkey.seal(Slot::Form, &form()));
    world.clock.advance(MINUTE);
    assert!(opened(&world.latchkey, &cookie).is_some());
    world.clock.advance(1);
    assert!(opened(&world.latchkey, &cookie).is_none());
}

async fn another_master_key_opens_nothing(world: &World) {
    let file = world.place.folder().join("another.key");
    let other = world.instance(|config| config.master_key_file = file).await;
    let cookie = sent(&world.latchkey.seal(Slot::Form, &form()));
    assert_eq!(opened(&other, &cookie), None);
}

async fn the_same_master_key_opens_it(world: &World) {
    let other = world.instance(|_| ()).await;
    let cookie = sent(&world.latchkey.seal(Slot::Form, &form()));
    assert_eq!(opened(&other, &cookie), Some(form()), "the next instance shows the page");
}

async fn tampering(world: &World) {
    let cookie = sent(&world.latchkey.seal(Slot::Form, &form()));
    let value = cookie.find('=').unwrap() + 1;
    for at in (value..cookie.len()).step_by(7) {
        let mut bytes = cookie.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(opened(&world.latchkey, &changed), None, "byte {at}");
    }
    for cut in [&cookie[..value], &cookie[..value + 10], &cookie[..cookie.len() - 4]] {
        assert_eq!(opened(&world.latchkey, cut), None);
    }
}

async fn a_cookie_fits_its_slot_alone(world: &World) {
    let cookie = sent(&world.latchkey.seal(Slot::Form, &form()));
    let moved = cookie.replace("latchkey_form=", "latchkey_key=");
    assert!(world.latchkey.unseal::<Flash>(Slot::Key, &moved).is_none());
    assert!(world.latchkey.unseal::<FreshKey>(Slot::Form, &cookie).is_none(), "another type");
}

async fn over_https(world: &World) {
    let latchkey = world.instance(|config| config.public_url = "https://keys.example.com/".into()).await;
    for (slot, name) in [
        (Slot::Form, "__Host-latchkey_form="),
        (Slot::Key, "__Host-latchkey_key="),
        (Slot::Invite, "__Host-latchkey_invite="),
    ] {
        for cookie in [latchkey.seal(slot, &form()), latchkey.clear(slot)] {
            assert!(cookie.starts_with(name), "{cookie}");
            assert!(
                cookie.contains("; Secure") && cookie.contains("; Path=/") && !cookie.contains("Domain"),
                "{cookie}"
            );
        }
    }
}

async fn the_master_key_file_is_private(world: &World) {
    let file = &world.config.master_key_file;
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(file).unwrap();
    assert_eq!(bytes.len(), 32);
    world.instance(|_| ()).await.shut_down().await;
    assert_eq!(fs::read(file).unwrap(), bytes, "made once");
}

async fn a_short_master_key_stops_the_start(world: &World) {
    let mut config = world.config.clone();
    config.master_key_file = world.place.folder().join("short.key");
    fs::write(&config.master_key_file, [7; 31]).unwrap();
    let error = open(config.clone(), Clock::system(), Random::system()).await.err().unwrap().to_string();
    assert!(error.contains("short.key has fewer than 32 bytes"), "{error}");
    fs::write(&config.master_key_file, [7; 32]).unwrap();
    assert!(open(config, Clock::system(), Random::system()).await.is_ok());
}

async fn an_unusable_master_key_stops_the_start(world: &World) {
    for path in ["no/such/folder.key", ""] {
        let mut config = world.config.clone();
        config.master_key_file = world.place.folder().join(path);
        let error = open(config, Clock::system(), Random::system()).await.err().unwrap().to_string();
        assert!(!error.is_empty() && !error.contains('\n'), "one line: {error}");
    }
}
