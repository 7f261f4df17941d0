//! Constant-time arithmetic of the fields the protocols compute in.
//!
//! Nothing here branches on, or indexes by, a value: every operation takes the same steps for every operand.
//!
//! # Layout
//! - [`Gf128`]: GF(2^128) in the bit order of the wire format, the field of tags and message authentication
//!   codes.
//! - [`polynomial_hash`]: the universal hash `U_h` that ties a pad to its tag; [`inner_product`] with one
//!   reduction at its end.
//! - [`scalar`]: [`Scalar`] and [`Base25519`], prime fields of 255 bits behind ark-ff's types.
//! - [`bits`]: strings of bits, and transposition of bit matrices.
//! - `simd`: the one module with `unsafe` in it; `portable`: what it is tested against, and falls back to.
//! - `montgomery`: the arithmetic below `scalar`.
//!
//! ```
//! use mpc_field::{Gf128, polynomial_hash};
//!
//! let key = Gf128::from_bytes([7; 16]);
//! // The hash is linear for strings of one length: U(p ^ q) = U(p) + U(q) + U(0).
//! let (p, q) = ([0b1010_u8], [0b0110_u8]);
//! let sum = polynomial_hash(key, &[p[0] ^ q[0]], 4);
//! assert_eq!(sum, polynomial_hash(key, &p, 4) + polynomial_hash(key, &q, 4) + polynomial_hash(key, &[0], 4));
//! ```

pub mod bits;
mod gf128;
mod montgomery;
mod portable;
pub mod scalar;
mod simd;

pub use bits::BitVector;
pub use gf128::{Gf128, inner_product, inner_product_words, polynomial_hash, powers};
pub use scalar::{Base25519, Scalar, ScalarField};
pub use simd::{cpu_features, prefetch};
