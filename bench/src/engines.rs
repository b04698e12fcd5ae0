//! What is measured on every engine that is here, each time on a database of its own. Called by the parts about pages and logs.

use crate::{
    Outcome,
    database::{Database, Engine},
    report::Section,
};

/// Measures `what` with `one` on each engine; the section says which was left out.
pub async fn on_each(
    what: &str,
    section: &mut Section,
    mut one: impl AsyncFnMut(Engine, &Database, &mut Section) -> Outcome<()>,
) -> Outcome<()> {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if !engine.is_here() {
            section.add(engine.left_out());
            continue;
        }
        eprintln!("{what}: {}", engine.name());
        let database = Database::fresh(engine).await?;
        // It is dropped whatever came of it.
        let done = one(engine, &database, section).await;
        database.remove().await?;
        done?;
    }
    Ok(())
}
