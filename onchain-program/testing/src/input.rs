//! Encrypted inputs as the chain sees them: a head that it checks, and bytes that only the nodes understand.

use arx_program::constants::{INPUT_BYTES_PER_NODE, INPUT_HEADER_LENGTH, RECIPIENT_LENGTH, WIRE_VERSION};

/// An `Input` argument: recipient key, head, and filler in place of keys, tags and ciphertext.
pub fn input(nodes: u8, slot: u16, bits: u32, counter: u64, not_after: u64) -> Vec<u8> {
    let mut bytes = vec![0xA5; RECIPIENT_LENGTH];
    bytes.push(WIRE_VERSION);
    bytes.push(nodes);
    bytes.extend_from_slice(&slot.to_le_bytes());
    bytes.extend_from_slice(&bits.to_le_bytes());
    bytes.extend_from_slice(&counter.to_le_bytes());
    bytes.extend_from_slice(&not_after.to_le_bytes());
    bytes.resize(RECIPIENT_LENGTH + INPUT_HEADER_LENGTH, 0xE1);
    bytes.resize(bytes.len() + nodes as usize * INPUT_BYTES_PER_NODE, 0x7A);
    bytes.resize(bytes.len() + (bits as usize).div_ceil(8), 0xC0);
    bytes
}
