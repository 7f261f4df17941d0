//! The TypeScript client against the same vectors: runs `npm test` in `sdk/ts` where Node.js is present.

use std::path::Path;
use std::process::Command;

/// Whether a tool answers to `--version`.
fn present(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn must_run(directory: &Path, arguments: &[&str]) {
    let output = Command::new("npm")
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap_or_else(|error| panic!("npm {arguments:?} could not be started: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "npm {arguments:?} failed in sdk/ts\n{stdout}\n{stderr}");
    println!("{stdout}");
}

#[test]
fn typescript_agrees_with_the_vectors() {
    if !present("node") || !present("npm") {
        println!("skipped: Node.js is not installed, so sdk/ts was not tested");
        return;
    }
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/ts");
    must_run(&directory, &["ci", "--no-audit", "--no-fund"]);
    must_run(&directory, &["test"]);
}
