//! What the author of a circuit imports, and what makes the same source run natively, in the clear.
//!
//! A circuit module is ordinary Rust. `arcis_compiler` turns it into circuits that a cluster runs on secret shares; rustc
//! compiles the very same module against this crate, so that rust-analyzer works in it and `cargo test` runs it:
//!
//! ```
//! use arcis::*;
//!
//! #[encrypted]
//! mod circuits {
//!     use arcis::*;
//!
//!     #[instruction]
//!     pub fn add_together(numbers: Enc<Shared, (u8, u8)>) -> Enc<Shared, u8> {
//!         let (a, b) = numbers.to_arcis();
//!         numbers.owner.from_arcis(a + b)
//!     }
//! }
//!
//! let alice = Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]));
//! let sum = circuits::add_together(alice.from_arcis((200, 100)));
//! assert_eq!(sum.to_arcis(), 44); // as on the network, integers wrap
//! assert_eq!(sum.owner, alice); // and the result is for Alice
//! ```
//!
//! # Native runs mean what the circuit means
//! [`encrypted`] rewrites the arithmetic of the module, because debug Rust panics where a circuit cannot: `+ - *` and
//! negation wrap, a shift takes its amount modulo the width, a division by zero gives all ones (for a signed type: -1)
//! and leaves the dividend as remainder, and the minimum divided by -1 is itself; `abs`, `pow`, `sum`, `product`, `div_ceil`
//! and the like do not panic either, nor do indices beyond the end, `swap` and `rotate_left`. Constant expressions (`const`
//! items, array lengths) stay rustc's own, and so do the operators of a generic type: `a + b` in `fn f<T: Add>(a: T, b: T)`
//! is `T`'s own, which for integers panics on overflow in a debug build.
//!
//! # Numbers with a point
//! In circuits `f64` and `f32` are fixed-point numbers. Natively they are Rust's own, so that the two agree within the errors
//! below and the rounding of the native one.
//!
//! | | range | step |
//! | --- | --- | --- |
//! | `f64` | below 2^75 in magnitude | 2^-52 |
//! | `f32` | below 2^39 in magnitude | 2^-24 |
//!
//! With `s` the step and `y` the exact result:
//!
//! | | error at most | outside |
//! | --- | --- | --- |
//! | `+`, `-`, comparisons, `abs`, `min`, `max` | exact | wraps beyond the range |
//! | `*` | s | wraps beyond the range |
//! | `/`, `sqrt` | s + 2^-6 s abs(y) | by zero: the greatest number with the dividend's sign; the root of a negative number is zero |
//! | `exp`, `exp2` | s + 2^-5 s y | the greatest number, or zero |
//! | `ln`, `log2` | s + 2^-5 s | up to zero: the least number |
//! | [`sigmoid`], [`expit`] | s + 2^-5 s | |
//! | [`logit`] | s + 2^-4 s | up to zero the least number, from one on the greatest |
//!
//! `as` an integer rounds towards zero and saturates, as in Rust.
//!
//! # Layout
//! - [`encrypted`], [`instruction`]: the attributes.
//! - [`Enc`], [`Shared`], [`Mxe`]: data with an owner.
//! - [`SolanaPublicKey`], [`ArcisX25519Pubkey`]: keys as values.
//! - [`ArcisRNG`], [`SHA3_256`] and the other hash functions, [`Pack`].
//! - [`BoundedVec`]: lists of a secret length. [`BaseField25519`]: numbers modulo 2^255 - 19.
//! - [`sigmoid`] and its kin, [`LogisticRegression`], [`LinearRegression`].
//! - [`MXESigningKey`], [`ArcisEd25519Signature`], [`VerifyingKey`].
//! - [`gadgets`]: median, top-k, histogram, lookup, dot product, matrix times vector, statistics.
//! - [`Reveal`], which gives every value its `.reveal()`.
//! - [`native`]: what the rewritten source calls; not for authors.

mod bounded;
mod enc;
mod field;
pub mod gadgets;
mod hash;
mod keys;
mod models;
pub mod native;
mod pack;
mod reveal;
mod rng;
mod signatures;

pub use arcis_macros::{encrypted, encrypted_library, encrypted_mod, instruction, public};
pub use bounded::BoundedVec;
pub use enc::{Cipher, Enc, EncData, Mxe, Shared};
pub use field::BaseField25519;
pub use hash::{Keccak256, SHA3_256, SHA3_512, SHA256, SHA512, TurboShake128};
pub use keys::{ArcisX25519Pubkey, SerializedSolanaPublicKey, SolanaPublicKey};
pub use models::{ArcisMath, Features, Float, LinearRegression, LogisticRegression, expit, logit, sigmoid};
pub use pack::Pack;
pub use reveal::Reveal;
pub use rng::{ArcisRNG, Uniform};
pub use signatures::{ArcisEd25519Signature, MXESigningKey, VerifyingKey};

/// Says where in its crate a circuit module is, so that the compiler knows what `crate::` means in it:
/// `assert_current_module!(crate::path::to::circuits);`
#[macro_export]
macro_rules! assert_current_module {
    ($($path:tt)*) => {
        const _: () = {
            #[allow(unused_imports)]
            use $($path)* as _;
        };
    };
}

/// Stops the compilation of a circuit where it is reached; natively it panics.
#[macro_export]
macro_rules! arcis_static_panic {
    ($($text:tt)*) => { ::core::panic!($($text)*) };
}

/// ```compile_fail
/// #[arcis::instruction]
/// pub fn outside_of_a_circuit_module() {}
/// ```
///
/// ```compile_fail
/// #[arcis::encrypted]
/// mod without_its_body;
/// ```
#[cfg(doctest)]
struct Misplaced;
