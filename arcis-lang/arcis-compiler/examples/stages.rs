//! Prints what a stage of the compiler makes of a source file:
//! `cargo run --release -p arcis-compiler --example stages -- circuit path/to/lib.rs`

use std::path::Path;
use std::process::ExitCode;

use arcis_compiler::stages::{self, Stage};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [stage, path] = arguments.as_slice() else {
        eprintln!("usage: stages tree|graph|circuit|interface FILE");
        return ExitCode::FAILURE;
    };
    let stage = match stage.as_str() {
        "tree" => Stage::Tree,
        "graph" => Stage::Graph,
        "circuit" => Stage::Circuit,
        "interface" => Stage::Interface,
        other => {
            eprintln!("there is no stage {other}; there are tree, graph, circuit and interface");
            return ExitCode::FAILURE;
        }
    };
    match stages::print_file(Path::new(path), stage) {
        Ok(printed) => {
            print!("{printed}");
            ExitCode::SUCCESS
        }
        Err(diagnostics) => {
            eprintln!("{}", diagnostics.render_colored());
            ExitCode::FAILURE
        }
    }
}
