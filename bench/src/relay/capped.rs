//! What a spend cap costs a call of the relay: what it may cost is held before and settled after, each on the disk. On both engines.
//! Called by `measure`.

use super::{Call, House, WORKSPACE, tell};
use crate::{
    Effort, Outcome,
    cores::Cores,
    database::Engine,
    gateway::{calls::both, upstreams::Upstream},
    report::Section,
    seed,
};
use std::path::Path;

/// Measures it: all calls are of one key, whose account is one row.
pub async fn measure(
    program: &Path,
    cores: Option<Cores>,
    effort: Effort,
    provider: &Upstream,
    section: &mut Section,
) -> Outcome<()> {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if !engine.is_here() {
            section.add(engine.left_out());
            continue;
        }
        eprintln!("model relay: under a spend cap: {}", engine.name());
        let house = House::open(program, cores, provider, engine, 2, async |database, keys| {
            seed::cap(database, WORKSPACE, &keys[1]).await
        });
        let house = house.await?;
        let mut ways = both([house.url(), house.url()], provider, &house.latchkey, &house.keys[0]);
        ways[1].key = &house.keys[1];
        let measured = house.load(cores, effort, &ways, Call { says: "Number %d.", streams: false }).await?;
        let asked = format!("small chat, {}", engine.name());
        tell(section, &asked, provider, &["through Latchkey", "the same, with a spend cap"], &measured);
        house.close(section).await?;
    }
    Ok(())
}
