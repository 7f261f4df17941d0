//! Bodies of cells as the chain sees them: a head that it checks, and bytes that only the nodes understand.

use arx_program::{
    constants::CELL_HEADER_LENGTH,
    state::{Computation, cell_body_length, cell_version},
};

/// The body that a computation's members write into a cell of `bits` bits, with filler in place of coin, ciphertext and
/// tags.
pub fn cell_body(computation: &Computation, bits: u32, filler: u8) -> Vec<u8> {
    let mut body = vec![cell_version(computation.protocol)];
    body.extend_from_slice(&u64::from(computation.state_key_version).to_le_bytes());
    body.resize(CELL_HEADER_LENGTH - 4, 0xC0);
    body.extend_from_slice(&bits.to_le_bytes());
    body.resize(CELL_HEADER_LENGTH + (bits as usize).div_ceil(8), filler);
    body.resize(cell_body_length(bits, computation.protocol), 0x7A);
    body
}
