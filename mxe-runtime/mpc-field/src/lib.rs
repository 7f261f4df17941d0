//! Constant-time arithmetic of the fields the protocols compute in.
//!
//! Nothing here branches on, or indexes by, a value: every operation takes the same steps for every operand.
//!
//! # Layout
//! - [`Gf128`]: GF(2^128) in the bit order of the wire format, the field of tags and message authentication
//!   codes.
//! - [`polynomial_hash`]: the universal hash `U_h` that ties a pad to its tag.
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

mod gf128;

pub use gf128::{Gf128, polynomial_hash};
