//! Compiles circuit modules, in a dialect of Rust that rustc accepts too, to circuit artifacts.
//!
//! ```
//! let source = "
//!     use arcis::*;
//!
//!     #[encrypted]
//!     mod circuits {
//!         use arcis::*;
//!
//!         #[instruction]
//!         pub fn larger(numbers: Enc<Shared, (u64, u64)>) -> Enc<Shared, u64> {
//!             let (a, b) = numbers.to_arcis();
//!             numbers.owner.from_arcis(if a > b { a } else { b })
//!         }
//!     }
//! ";
//! let instructions = arcis_compiler::compile_source("larger.rs", source)?;
//! assert_eq!(instructions[0].artifact.interface.name, "larger");
//! # Ok::<(), arcis_compiler::Diagnostics>(())
//! ```
//!
//! # Stages
//! Each is a module; what the later ones make can be printed ([`stages`]), which is how the file tests in `tests/filetests`
//! see it.
//!
//! 1. [`parse`]: text to [`syntax`] trees. What Rust has and the language has not is reported here.
//! 2. [`program`]: what the names stand for; [`prelude`] is a part of it.
//! 3. [`infer`]: syntax trees to typed [`tree`]s, by unification, once for each instance of a generic function.
//! 4. [`evaluate`]: the program is run on wires in place of numbers, and leaves a [`graph`] of word operations, folded,
//!    simplified and without repetition.
//! 5. [`passes`]: what is left to do once the result is known.
//! 6. [`CompiledInstruction`]: the artifact, its bytes and its typed interface; [`write_artifacts`] writes them to files
//!    and [`codegen`] makes the types that programs and clients use; [`explain`](explain::explain) says which lines cost most.
//!
//! Problems are [`diagnostics`]: collected over all stages, shown at the source line, all at once. The same source gives
//! the same bytes on any machine.

#![allow(
    clippy::arc_with_non_send_sync,
    reason = "one pointer type: syntax trees are shared between threads, values are not"
)]
#![allow(
    clippy::large_enum_variant,
    clippy::result_large_err,
    reason = "trees are built once and walked; an indirection for each statement would cost more"
)]

use std::path::Path;

use arcis_circuit::Artifact;

pub mod codegen;
pub mod diagnostics;
pub mod evaluate;
pub mod explain;
pub mod graph;
pub mod infer;
pub mod layout;
mod output;
pub mod parse;
pub mod passes;
pub mod prelude;
pub mod program;
pub mod public;
pub mod source;
pub mod split;
pub mod stages;
pub mod syntax;
pub mod tree;
pub mod types;

pub use diagnostics::{Diagnostic, Diagnostics};
pub use output::{WriteError, artifact_files, write_artifacts};
pub use source::Position;

/// What may be chosen about a compilation.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {}

/// One instruction of a circuit module, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledInstruction {
    /// The typed interface and the circuit.
    pub artifact: Artifact,
    /// The artifact's bytes, as they are written on chain.
    pub bytes: Vec<u8>,
    /// The measure of work that fees are computed from.
    pub cost_units: u64,
    /// Where the instruction's function stands.
    pub position: Position,
    /// For each operation of the circuit's entry function, the place in the source that first needed it.
    pub operation_positions: Vec<Position>,
}

/// Compiles every instruction of the circuit modules in a source file, in source order; those of its modules in other files
/// included. Library crates are known if the `Cargo.toml` around the file depends on them by path.
///
/// # Errors
/// All that is wrong with the file, at once; also when it cannot be read.
pub fn compile(path: impl AsRef<Path>, options: &Options) -> Result<Vec<CompiledInstruction>, Diagnostics> {
    let Options {} = options;
    let path = path.as_ref();
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => stages::compile(&name, &text, Some(path)),
        Err(error) => Err(Diagnostics::about_file(&name, format!("cannot read the file: {error}"))),
    }
}

/// Compiles source text; `name` stands for the file in diagnostics.
///
/// # Errors
/// All that is wrong with the text, at once.
pub fn compile_source(name: &str, text: &str) -> Result<Vec<CompiledInstruction>, Diagnostics> {
    stages::compile(name, text, None)
}
