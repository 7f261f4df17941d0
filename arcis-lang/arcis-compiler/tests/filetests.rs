//! File tests: a source, what to print of it, and the expected text beside it.
//!
//! `tests/filetests/NAME.rs` starts with a comment that names stages (`tree`, `graph`, `circuit`, `interface`):
//!
//! ```text
//! // stages: tree circuit
//! ```
//!
//! `NAME.txt` has what each stage prints, or, where the source has errors, the report. To write the expected texts anew, run
//!
//! ```text
//! ARCIS_BLESS=1 cargo test --release -p arcis-compiler --test filetests
//! ```
//!
//! and read the difference before committing it.

use std::fs;
use std::path::{Path, PathBuf};

use arcis_compiler::stages::{self, Stage};

#[test]
fn filetests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests");
    let mut sources = Vec::new();
    collect(&root, &mut sources);
    sources.sort();
    assert!(sources.len() > 10, "the file tests are not where they are looked for: {}", root.display());
    let bless = std::env::var_os("ARCIS_BLESS").is_some();
    let mut differing = Vec::new();
    for path in sources {
        let name =
            path.strip_prefix(&root).expect("found below the root").display().to_string().replace('\\', "/");
        let text = fs::read_to_string(&path).expect("the source can be read");
        let actual = run(&name, &text);
        let expected_path = path.with_extension("txt");
        if bless {
            fs::write(&expected_path, actual).expect("the expected text can be written");
            continue;
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if expected != actual {
            differing.push(format!("{name}:\n{}", first_difference(&expected, &actual)));
        }
    }
    assert!(differing.is_empty(), "{}\n(ARCIS_BLESS=1 accepts what is printed now)", differing.join("\n"));
}

fn collect(folder: &Path, sources: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
}

fn run(name: &str, text: &str) -> String {
    let stages = text.lines().next().and_then(|line| line.strip_prefix("// stages: "));
    let stages = stages.unwrap_or_else(|| panic!("{name} does not start with `// stages: ..`"));
    let mut printed = String::new();
    for stage_name in stages.split_whitespace() {
        let stage = match stage_name {
            "tree" => Stage::Tree,
            "graph" => Stage::Graph,
            "circuit" => Stage::Circuit,
            "interface" => Stage::Interface,
            other => panic!("{name}: there is no stage {other}"),
        };
        match stages::print(name, text, stage) {
            Ok(text) => printed += &format!("== {stage_name}\n{text}"),
            Err(diagnostics) => printed += &format!("== errors in {stage_name}\n{diagnostics}\n"),
        }
    }
    printed
}

fn first_difference(expected: &str, actual: &str) -> String {
    let (mut expected, mut actual) = (expected.lines(), actual.lines());
    for line in 1.. {
        match (expected.next(), actual.next()) {
            (None, None) => break,
            (expected, actual) if expected == actual => {}
            (expected, actual) => {
                let shown = |line: Option<&str>| line.unwrap_or("(the end)").to_owned();
                return format!(
                    "  line {line}\n    expected: {}\n    printed:  {}",
                    shown(expected),
                    shown(actual)
                );
            }
        }
    }
    "  only line endings differ".to_owned()
}
