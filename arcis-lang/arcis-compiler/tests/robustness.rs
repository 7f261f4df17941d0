//! Whatever stands in the source, the compiler answers with circuits or a report, and never panics.

#![allow(missing_docs)]

use std::fs;
use std::path::Path;

use arcis_compiler::compile_source;
use proptest::prelude::*;

/// The sources of the file tests, cut into pieces that can be moved around.
fn pieces() -> Vec<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests");
    let mut sources = Vec::new();
    for folder in [root.clone(), root.join("errors")] {
        for entry in fs::read_dir(folder).expect("the file tests are there") {
            let path = entry.expect("the folder can be read").path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(path).expect("the source can be read");
                sources.push(
                    text.split_inclusive([' ', '(', ')', ',', '.', ';', '{', '}'])
                        .map(str::to_owned)
                        .collect(),
                );
            }
        }
    }
    sources.sort();
    sources
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_source_makes_it_panic(
        choice in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4u8), 1..6),
    ) {
        let sources = pieces();
        let mut pieces = choice.get(&sources).clone();
        for (at, other, edit) in edits {
            if pieces.len() < 2 {
                break;
            }
            let (at, other) = (at.index(pieces.len()), other.index(pieces.len()));
            match edit {
                0 => {
                    pieces.remove(at);
                }
                1 => pieces.swap(at, other),
                2 => pieces.insert(at, pieces[other].clone()),
                _ => pieces[at] = pieces[other].clone(),
            }
        }
        if let Err(diagnostics) = compile_source("edited.rs", &pieces.concat()) {
            prop_assert!(!diagnostics.to_string().is_empty());
        }
    }
}
