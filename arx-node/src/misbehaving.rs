//! The command `arx-node` of a node that can be told to misbehave; see `arx_node::node::misbehave`.

use std::process::ExitCode;

fn main() -> ExitCode {
    arx_node::commands::main()
}
