//! What is held for a call that does not say how much it may be: as much as the installation's settings say.

use super::{
    House,
    fake::{Fake, chunks},
    left::stalls,
    spend::{settled, spent},
};
use crate::{
    spend::capped,
    world::{Made, World},
};
use domain::model::Ceilings;
use serde_json::{Value, json};

on_sqlite![the_settings_say_what_is_held];

/// What is held while a call is under way.
async fn held(house: &House, world: &World, key: &Made, path: &str, body: &Value) -> i64 {
    let mut said = house.post(path, key, body).send().await.unwrap();
    said.chunk().await.unwrap().unwrap();
    let held = spent(world, key).await.1;
    drop(said);
    settled(world, key).await;
    held
}

async fn the_settings_say_what_is_held(world: &World) {
    let fake = Fake::serve(|_| stalls(&chunks(true)[..3])).await;
    let chat = json!({"model": "small", "messages": [{"role": "user", "content": "Hi"}], "stream": true});
    let response = json!({"model": "small", "input": "Hi", "conversation": "c", "stream": true});
    // A token for a byte, and 512 for a template; 2.5 millionths a token in, and 10 out.
    let here = ((i64::try_from(chat.to_string().len()).unwrap() + 512) * 5 + 1) / 2;
    for (number, ceilings, of_chat, of_response) in [
        (1, Ceilings::default(), here + 163_840, 500_000 + 163_840),
        (2, Ceilings { output: 50_000, context: 1_000_000, ..Ceilings::default() }, here + 500_000, 3_000_000),
        (3, Ceilings { output: 7, ..Ceilings::default() }, here + 70, 500_070),
    ] {
        let house = House::configured(world, |config| config.ceilings = ceilings).await;
        if number == 1 {
            house.register("one", &fake.url, 100, "small").await;
            house.price("small").await;
        }
        let key = world.key(capped(&format!("agent-{number}"), "", "100", "total")).await;
        // It names its largest output: the setting is not asked.
        let mut named = chat.clone();
        named["max_tokens"] = json!(100);
        let more = named.to_string().len() - chat.to_string().len();
        let of_named = held(&house, world, &key, "chat/completions", &named).await;
        assert!((of_named - here - 1_000 - i64::try_from(more).unwrap() * 5 / 2).abs() <= 1, "{of_named}");
        assert_eq!(held(&house, world, &key, "chat/completions", &chat).await, of_chat, "{number}");
        assert_eq!(held(&house, world, &key, "responses", &response).await, of_response, "{number}");
        house.latchkey.shut_down().await;
    }
}
