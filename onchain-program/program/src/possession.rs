//! Proof that a node knows the secret key n of its encryption key N = n B (ristretto255).
//!
//! Schnorr's proof of knowledge, made non-interactive, bound to the node's identity:
//!
//! ```text
//! proof     = R 32 || s 32,  R = r B for a fresh r
//! challenge = H(L("arx/v1/pop") || identity 32 || N || R)[..16], as a little-endian integer
//! accepted if s B = R + challenge N, with N not the identity
//! ```
//!
//! A challenge of 128 bits is below the group's order, so it needs no reduction. Without this proof a node could
//! register another's key, or a combination of others' keys, and cancel their pads.

use anchor_lang::prelude::*;
use solana_curve25519::{
    ristretto::{PodRistrettoPoint, add_ristretto, multiply_ristretto},
    scalar::PodScalar,
};

use crate::{error::ArxError, message::sha256, record::error};

/// The generator B of RFC 9496, compressed.
pub const RISTRETTO_BASEPOINT: [u8; 32] = [
    0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9, 0x61, 0xc5, 0x00, 0x51, 0x5f, 0x58,
    0xe3, 0x0b, 0x6a, 0xa5, 0x82, 0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76,
];

/// The challenge of the proof, extended to a scalar.
pub fn challenge(identity: &Pubkey, encryption_key: &[u8; 32], commitment: &[u8]) -> [u8; 32] {
    scalar(&[b"\x0aarx/v1/pop", identity.as_ref(), encryption_key, commitment])
}

/// The challenge of the proof that `finder` knows the secret of a node's key ([`crate::instructions::report_leaked_key`]).
/// The finder is in it, so that nobody can use another's proof; and the label, so that a registration is none.
pub fn leak_challenge(
    identity: &Pubkey,
    finder: &Pubkey,
    encryption_key: &[u8; 32],
    commitment: &[u8],
) -> [u8; 32] {
    scalar(&[b"\x11arx/v1/leaked-key", identity.as_ref(), finder.as_ref(), encryption_key, commitment])
}

fn scalar(parts: &[&[u8]]) -> [u8; 32] {
    let hash = sha256(parts);
    let mut scalar = [0; 32];
    scalar[..16].copy_from_slice(&hash[..16]);
    scalar
}

/// Checks the proof with the curve25519 syscalls.
pub fn verify(identity: &Pubkey, encryption_key: &[u8; 32], proof: &[u8; 64]) -> Result<()> {
    check(&challenge(identity, encryption_key, &proof[..32]), encryption_key, proof)
}

/// Checks the proof of a finder.
pub fn verify_leak(
    identity: &Pubkey,
    finder: &Pubkey,
    encryption_key: &[u8; 32],
    proof: &[u8; 64],
) -> Result<()> {
    check(&leak_challenge(identity, finder, encryption_key, &proof[..32]), encryption_key, proof)
}

#[inline(never)]
fn check(challenge: &[u8; 32], encryption_key: &[u8; 32], proof: &[u8; 64]) -> Result<()> {
    holds(challenge, encryption_key, proof).ok_or_else(|| error(ArxError::InvalidProofOfPossession))
}

fn holds(challenge: &[u8; 32], encryption_key: &[u8; 32], proof: &[u8; 64]) -> Option<()> {
    // The identity point is encoded as 32 zero bytes, and by nothing else.
    if encryption_key == &[0; 32] {
        return None;
    }
    let (commitment, response) = proof.split_at(32);
    let challenge = PodScalar(*challenge);
    let commitment = PodRistrettoPoint(commitment.try_into().ok()?);
    let response = PodScalar(response.try_into().ok()?);
    // Each syscall refuses encodings that are not canonical.
    let left = multiply_ristretto(&response, &PodRistrettoPoint(RISTRETTO_BASEPOINT))?;
    let product = multiply_ristretto(&challenge, &PodRistrettoPoint(*encryption_key))?;
    let right = add_ristretto(&commitment, &product)?;
    (left == right).then_some(())
}
