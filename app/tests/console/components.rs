//! The page of all components leaves none out.

use std::{fs, path::Path};

fn sources(folder: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    files.collect()
}

#[test]
fn every_component_is_shown() {
    let components = sources("components");
    let names: Vec<&str> =
        components.split("#[component]\npub fn ").skip(1).filter_map(|found| found.split(['(', '<']).next()).collect();
    assert!(names.len() > 25, "{names:?}");
    // On the page itself, or by another component, which is on it.
    let page = sources("pages/dev") + &components;
    for name in names {
        let shown = page.contains(&format!("<{name} ")) || page.contains(&format!("<{name}>"));
        assert!(shown, "/dev/components does not show {name}");
    }
}
