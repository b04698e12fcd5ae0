//! Many requests at once for what memory does not have: the database is asked for it once, not by each of them.

use crate::{
    ask::{answer, assert_all},
    load::together,
    world::{World, new_key, serve},
};
use server::http::data_plane;

on_both_engines![a_herd_reads_its_key_once];

/// Many requests at once with a key that is not held: one reads it, and the others take what that one read.
async fn a_herd_reads_its_key_once(world: &World) {
    let key = world.key(new_key("CI")).await;
    let mut misses = Vec::new();
    for _ in 0..3 {
        let latchkey = world.instance(|_| ()).await;
        let base = serve(data_plane(&latchkey)).await;
        let me = |base: &str| answer(world.http.get(format!("{base}/api/me")).bearer_auth(&key.text));
        let said = together((0..200).map(|_| me(&base))).await;
        assert_all(&said, 200, "at once");
        let state = latchkey.records();
        assert_eq!(state.hits + state.misses, 200);
        misses.push(state.misses);
        latchkey.shut_down().await;
    }
    // Twice where one had begun before the others came; a busy machine may let its lease go by meanwhile, hardly three times.
    assert!(misses.iter().any(|misses| *misses < 20), "{misses:?}");
}
