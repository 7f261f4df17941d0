//! Random circuit programs, run in every way there is, which all have to agree.
//!
//! A program is made from a seed ([`generate`]) as a typed tree ([`syntax`]) and printed as source ([`print`]). The source is
//! compiled by rustc, through the macros of `arcis`, and run natively; it is compiled by `arcis-compiler`, and its circuit run by
//! the reference evaluator, as gates in both shapes and by parties on shares. The tree is run as well ([`interpret`]), by
//! an interpreter that shares nothing with any of them: so a program that fails can be made smaller ([`shrink`]) without
//! rustc, and far more programs can be tried than rustc has time for.
//!
//! # Layout
//! - [`syntax`], [`values`], [`layout`], [`random`]: trees, values and their bits, a stream of choices.
//! - [`generate`], [`print`]: from a seed to a tree to text.
//! - [`interpret`]: the tree, run. [`check`]: everything compared. [`shrink`]: a smaller program that fails as well.
//! - `build.rs` writes the programs that rustc compiles into the tests.
//!
//! # Example
//! ```
//! use arcis_differential::check::{Inputs, check};
//!
//! let program = arcis_differential::generate::program(7);
//! println!("{}", arcis_differential::print::source(&program, "circuits"));
//! check(&program, &Inputs::of_seed(&program, 7, 3)).expect("all ways agree");
//! ```

pub mod check;
pub mod generate;
pub mod interpret;
pub mod layout;
pub mod print;
pub mod random;
pub mod shrink;
pub mod syntax;
pub mod values;
mod visit;
