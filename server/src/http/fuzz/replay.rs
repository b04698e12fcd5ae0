//! The targets in `cargo test`: first the files of `fuzz/corpus`, then a bounded number of variations on them.

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use std::{fs, path::Path};

/// Variations of each target.
const CASES: u32 = 2_000;

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
}

/// One text in place of a piece of another: a wrong byte, a lost or doubled piece, two texts grown into one.
fn changed(mut text: Vec<u8>, (at, length, into): (Index, usize, Vec<u8>)) -> Vec<u8> {
    let at = at.index(text.len() + 1);
    let end = (at + length).min(text.len());
    text.splice(at..end, into);
    text
}

fn run(name: &str, target: fn(&[u8])) {
    let corpus = corpus(name);
    assert!(corpus.len() >= 5, "fuzz/corpus/{name} is lost");
    for text in &corpus {
        target(text);
    }
    let piece = (select(corpus.clone()), any::<Index>(), 0_usize..20).prop_map(|(text, at, length)| {
        let at = at.index(text.len() + 1);
        text[at..(at + length).min(text.len())].to_vec()
    });
    let into = prop_oneof![vec(any::<u8>(), 0..3), "[ -~\\n]{1,2}".prop_map(String::into_bytes), piece];
    let edits = vec((any::<Index>(), 0_usize..6, into), 0..6);
    let varied = (select(corpus), edits).prop_map(|(text, edits)| edits.into_iter().fold(text, changed));
    let texts = prop_oneof![1 => vec(any::<u8>(), 0..200), 9 => varied];
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let ran = TestRunner::new(config).run(&texts, |text| {
        target(&text);
        Ok(())
    });
    if let Err(problem) = ran {
        panic!("{problem}\nPut the bytes into fuzz/corpus/{name}, so that they are tried first.");
    }
}

macro_rules! targets {
    ($($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name), super::$name);
            }
        )+

        #[test]
        fn every_target_is_one_of_fuzz() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
            let mut names = [$(stringify!($name)),+];
            names.sort_unstable();
            let list = |folder: &Path| {
                let mut names: Vec<String> = fs::read_dir(folder)
                    .unwrap()
                    .map(|file| file.unwrap().file_name().into_string().unwrap().trim_end_matches(".rs").to_owned())
                    .collect();
                names.sort_unstable();
                names
            };
            assert_eq!(list(&folder.join("fuzz_targets")), names);
            assert_eq!(list(&folder.join("corpus")), names);
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            for name in names {
                assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
                let target = fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).unwrap();
                assert!(target.contains(&format!("server::http::fuzz::{name}(data)")), "{name}");
            }
        }
    };
}

targets![key, credential, forwarded_for, addresses, cookies, verify_body];
