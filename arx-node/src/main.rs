//! The command `arx-node`; see `arx-node --help` and `docs/operators.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    arx_node::commands::main()
}
