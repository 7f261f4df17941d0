//! The bytes of interfaces and circuits.
//!
//! # Layout
//! Numbers are varints (LEB128: seven bits a byte, low ones first, the top bit says that more follow). Strings are a
//! length and that many bytes of UTF-8, lists a length and their elements.
//!
//! ```text
//! ARTIFACT   "arxc" || version 1 u8 || INTERFACE || functions
//!            | "arxc" || version 2 u8 || INTERFACE || functions || PUBLIC
//! INTERFACE  name || parameters || outputs
//! parameter  name || kind u8 (0 plaintext, 1 shared, 2 recipient, 3 cell, 4 mxe) || slot (1 and 2 only) || TYPE
//! output     kind u8 (0 public, 1 shared, 2 new cell, 3 cell of a parameter) || slot or parameter (1 and 3 only) || TYPE
//! TYPE       0 bool | 1 public key | 2 array: length, TYPE | 3 tuple: TYPEs | 4 struct: name, (name, TYPE)s
//!            | 8, 16, 32, 64, 128 unsigned integer of that width | 9, 17, 33, 65, 129 signed, of the width one less
//! function   name || inputs (width * 2 + 1 if secret) || ops || outputs (wires)
//! op         code u8 || operands
//! PUBLIC     module (bytes) || pages || calls || 0 u8, or 1 u8 || widths || calls || outputs || functions
//! call       name || entry || fuel || functions (arguments) || widths (results)
//! ```
//! An operand is how many wires back it lies: 1 is the wire defined last. So most operations take three bytes, and equal
//! code has equal bytes wherever it stands. What is implied (widths, visibilities, wire numbers) is not written.
//!
//! There is one encoding of every artifact: the reader refuses whatever the writer would not have written.

mod circuit;
mod interface;
mod public;
mod varint;

pub(crate) use circuit::{read_circuit, write_circuit};
pub(crate) use interface::{read_interface, write_interface};
pub(crate) use public::{read_public, write_public};
pub use varint::DecodeError;
pub(crate) use varint::Reader;
