//! The bytes that a browser is sent for the keys screen beside the page itself: WebAssembly, script and style sheet, as the
//! build compressed them, and as the server really hands them out.

use crate::{
    Outcome,
    client::Browser,
    cores::Cores,
    database::{Database, Engine},
    latchkey,
    report::{Report, Section, number},
    seed::{Wanted, seed},
};
use std::{fs, path::Path};

/// The most that they may come to, in KB of 1,000 bytes (issue 2, "Must hold").
const MOST: f64 = 200.0;
const KINDS: [(&str, &str); 3] = [("WebAssembly", "wasm"), ("JavaScript", "js"), ("CSS", "css")];

/// Measures it.
pub async fn measure(program: &Path, cores: Option<Cores>, report: &mut Report) -> Outcome<()> {
    let mut section =
        Section::new("Sent to a browser for the keys screen", ["file", "brotli bytes", "as served", "encoding"]);
    let database = Database::fresh(Engine::Sqlite).await?;
    let seeded = seed(&database, &[Wanted { slug: "few", keys: 50, lived_in: true }]).await?;
    let server = latchkey::serve(program, &database, cores).await?;
    let browser = Browser::sign_in(&server, &seeded.password).await?;
    let html = browser.page("/w/few/keys").await?.html;

    let beside = program.parent().unwrap_or(Path::new("."));
    let folder = [beside.join("site/pkg"), beside.join("../site/pkg")].into_iter().find(|folder| folder.is_dir());
    let folder = folder.ok_or("the console's files are not beside the program")?;
    let mut total = 0.0;
    for (kind, ending) in KINDS {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(stem) = name.strip_suffix(&format!(".{ending}.br")) else { continue };
            // Files of an earlier build may lie beside: only what the page names is fetched.
            if !html.contains(stem) {
                continue;
            }
            let bytes = f64::from(u32::try_from(entry.metadata()?.len())?);
            let (sent, encoding) = browser.file(&format!("/pkg/{stem}.{ending}")).await?;
            total += bytes;
            let sent = number(f64::from(u32::try_from(sent)?), 0);
            section.row(&[kind.into(), number(bytes, 0), sent, encoding]);
        }
    }
    section.row(&["total".into(), number(total, 0), String::new(), String::new()]);
    let kilobytes = total / 1e3;
    let verdict = if kilobytes <= MOST { "at most 200 KB holds" } else { "at most 200 KB DOES NOT HOLD" };
    section.add(format!("{} KB: {verdict}.", number(kilobytes, 1)));
    report.add(section);
    Ok(())
}
