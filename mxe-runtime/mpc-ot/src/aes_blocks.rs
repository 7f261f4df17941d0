//! Blocks of the AES as words, in place.

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt};

// A word's bytes are a block's bytes. Parties of different byte order would not understand each other.
const _: () = assert!(cfg!(target_endian = "little"), "words are cast to bytes");

/// Encrypts every word as a block of 16 bytes, lowest byte first.
#[inline]
pub(crate) fn encrypt(cipher: &Aes128, blocks: &mut [u128]) {
    let bytes: &mut [[u8; 16]] = bytemuck::cast_slice_mut(blocks);
    cipher.encrypt_blocks(Array::cast_slice_from_core_mut(bytes));
}
