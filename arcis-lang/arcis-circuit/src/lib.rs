//! The circuit format: what the compiler writes, the chain names by its hash, and the nodes run.
//!
//! A [`Circuit`] is word-level: functions of operations on words of bits (add two 64-bit words, compare, select), called
//! rather than copied, so a few kilobytes say what a list of gates needs megabytes for. It says *what* is computed; a
//! protocol decides *how*, in most cases by [`gates::lower`], which makes a program of single bits in one of two
//! [`Shape`](gates::Shape)s, few ANDs or few rounds. [`evaluate()`] runs the circuit in the clear and is what all other
//! ways of running it are compared with.
//!
//! An [`Artifact`] is a circuit with its [`Interface`]: what an instruction takes and gives, with types and owners. It has
//! one encoding, which is validated as hostile input when it is read.
//!
//! # Layout
//! - [`bits`]: bit vectors. [`types`], [`value`]: types of arguments, their values as bits and as plain bytes.
//! - [`circuit`]: functions and operations. [`validate`]: what makes them valid, and the limits.
//! - [`library`]: functions for what takes more than an operation: sorting, hashes, fixed-point numbers.
//! - [`shuffle`]: permutations and their networks, for the parties of a shuffle.
//! - [`interface`], [`artifact`]: typed interface, bytes and hashes. The byte format is described in `codec`.
//! - [`public`]: the part of an instruction that runs in the clear, as WebAssembly.
//! - [`evaluate`](mod@evaluate): the reference evaluator. [`gates`]: the bit-level program, its run in the clear, costs.
//! - [`report`]: what a circuit costs to run, for people and tools.
//! - `testing` (feature `testing`): random valid circuits for property tests.
//!
//! # Example
//! A circuit that gives the larger of a secret bid and a public reserve price, run in the clear word by word, and gate by
//! gate:
//! ```
//! use arcis_circuit::gates::{Shape, cost, lower};
//! use arcis_circuit::{Bits, Circuit, Function, Input, Op, Visibility, evaluate};
//!
//! let circuit = Circuit {
//!     functions: vec![Function {
//!         name: "highest".to_owned(),
//!         inputs: vec![
//!             Input { width: 64, visibility: Visibility::Secret },
//!             Input { width: 64, visibility: Visibility::Public },
//!         ],
//!         ops: vec![
//!             Op::Less { a: 0, b: 1, signed: false },                    // wire 2
//!             Op::Select { condition: 2, when_true: 1, when_false: 0 },  // wire 3
//!         ],
//!         outputs: vec![3],
//!     }],
//! };
//! println!("{circuit}");
//!
//! let inputs = [Bits::from_u64(40, 64), Bits::from_u64(25, 64)];
//! let mut no_random = |_| Bits::new();
//! assert_eq!(evaluate(&circuit, &inputs, &mut no_random)?, [Bits::from_u64(40, 64)]);
//!
//! let program = lower(&circuit, Shape::Fast)?;
//! assert_eq!(program.run_clear(&inputs, &mut no_random)?, [Bits::from_u64(40, 64)]);
//! // Seven rounds to compare, one to select.
//! assert_eq!(cost(&program).and_rounds, 8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod artifact;
pub mod bits;
pub mod circuit;
mod codec;
mod display;
pub mod evaluate;
pub mod gates;
pub mod interface;
pub mod library;
mod plain;
pub mod public;
pub mod report;
pub mod shuffle;
#[cfg(feature = "testing")]
pub mod testing;
pub mod types;
pub mod validate;
pub mod value;
mod word;

pub use artifact::{Artifact, ArtifactError, DecodeError, cost_units};
pub use bits::{Bits, BitsError};
pub use circuit::{Circuit, Function, Input, Op, Visibility, WireId};
pub use evaluate::{EvaluateError, evaluate, evaluate_signing};
pub use interface::{Interface, InterfaceError, Output, OutputKind, Parameter, ParameterKind};
pub use public::{Finish, PublicCall, PublicCode, PublicCodeError, PublicRunError};
pub use types::{Leaf, Type, TypeError, Variant};
pub use validate::{Analysis, CircuitError, WireInfo};
pub use value::{BitReader, PublicKey, Value, ValueError};
