//! Generated types: from the typed interfaces of a circuit crate, the Rust code that its Solana program and its client use,
//! so that no offset, order, size or hash is ever written by hand.
//!
//! # Layout
//! - [`program`]: the module an application's Anchor program includes (typed queueing, typed callback results).
//! - [`client`]: the module a client includes (argument and output types that implement `arcis_circuit::Value`).
//!
//! Both are pure functions from compiled instructions to source text, deterministic like everything in the compiler.
//! The text is plain Rust with no build-time dependency on this crate.

use crate::CompiledInstruction;

pub mod client;
pub mod program;

/// Which side of an application the generated code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The application's Solana program.
    Program,
    /// Rust clients of the application.
    Client,
}

/// Writes the module for `target`. `crate_name` is the circuit crate's name, named in the generated header.
pub fn generate(crate_name: &str, instructions: &[CompiledInstruction], target: Target) -> String {
    match target {
        Target::Program => program::generate(crate_name, instructions),
        Target::Client => client::generate(crate_name, instructions),
    }
}
