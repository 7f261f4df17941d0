//! Public code: functions marked `#[public]`, from typed trees to WebAssembly.
//!
//! What such a function works on is known to everybody, so it runs in the clear, at every node alike: with loops that end when
//! they end, recursion, early exits. `docs/language.md` is the guide, `docs/decisions/014-public-code.md` says why.
//!
//! The module imports nothing and uses integers only. It has a stack in its memory (calls are counted against it, so that
//! the depth at which it ends is the same everywhere) and a heap that only grows and ends with the call. What stops it says
//! why in a global: `arcis_circuit::public` has the numbers and the names of what is exported.
//!
//! # Layout
//! - `module`: which functions there are, data, the bytes. `code`: one function while it is written.
//! - `layout`: how values lie in memory. `abi`: how the host passes them.
//! - `function`, `expressions`, `places`, `patterns`, `control`, `calls`: the rules for each form.
//! - `intrinsics`: what the prelude leaves to the compiler. `lists`: what is on the heap. `constants`: data.
//! - `numbers`: arithmetic. `structural`, `copies`: comparison, copies, default values. `helpers`: what no source has.

mod abi;
mod calls;
mod code;
mod constants;
mod control;
mod copies;
mod expressions;
mod function;
mod helpers;
mod intrinsics;
mod layout;
mod lists;
mod module;
mod numbers;
mod patterns;
mod places;
mod references;
mod structural;

pub use module::{Failed, ModuleBuilder};
