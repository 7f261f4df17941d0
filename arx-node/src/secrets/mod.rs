//! The node's secrets and how they lie on disk.
//!
//! # Layout
//! - [`NodeKeys`]: what a running node holds.
//! - [`key_file`]: one file for all of them, encrypted under a passphrase or, at the operator's choice, guarded by
//!   file permissions alone.
//! - [`sealed`]: passphrase encryption (Argon2id, ChaCha20-Poly1305) for the key file and for backups.
//! - [`passphrase`]: where a passphrase comes from.

pub mod key_file;
pub mod passphrase;
pub mod sealed;

use std::fmt;

use arx_wire::keys::{EncryptionSecretKey, ProofOfPossession};
use ed25519_dalek::{Signer, SigningKey};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::identity::Identity;

/// Everything secret that a running node needs. Wiped when dropped; `Debug` shows the public parts.
///
/// The cold authority key, which registers the node and collects its fees, is not among them.
#[derive(Clone, ZeroizeOnDrop)]
pub struct NodeKeys {
    /// Signs results, authenticates QUIC connections.
    identity: [u8; 32],
    /// Opens this epoch's inputs.
    encryption: [u8; 32],
    /// All state that the node helps to keep is masked by keys derived from this one.
    state: [u8; 32],
    /// Pays for transactions.
    fee_payer: [u8; 32],
}

/// How many bytes [`NodeKeys::to_bytes`] has.
pub const NODE_KEYS_BYTES: usize = 4 * 32;

impl NodeKeys {
    /// Keys from four independent seeds of 32 uniformly random bytes.
    pub fn from_seeds(
        identity: [u8; 32],
        encryption: [u8; 32],
        state: [u8; 32],
        fee_payer: [u8; 32],
    ) -> Self {
        NodeKeys { identity, encryption, state, fee_payer }
    }

    /// Fresh keys from the operating system's generator.
    pub fn generate() -> Result<Self, EntropyError> {
        let mut bytes = Zeroizing::new([0; NODE_KEYS_BYTES]);
        getrandom::fill(&mut *bytes).map_err(|error| EntropyError { why: error.to_string() })?;
        Ok(NodeKeys::from_bytes(&bytes))
    }

    /// The keys in the form in which they are stored.
    pub fn to_bytes(&self) -> Zeroizing<[u8; NODE_KEYS_BYTES]> {
        let mut bytes = Zeroizing::new([0; NODE_KEYS_BYTES]);
        for (chunk, seed) in
            bytes.chunks_exact_mut(32).zip([&self.identity, &self.encryption, &self.state, &self.fee_payer])
        {
            chunk.copy_from_slice(seed);
        }
        bytes
    }

    /// The inverse of [`NodeKeys::to_bytes`].
    pub fn from_bytes(bytes: &[u8; NODE_KEYS_BYTES]) -> Self {
        let mut seeds = [[0; 32]; 4];
        for (seed, chunk) in seeds.iter_mut().zip(bytes.chunks_exact(32)) {
            seed.copy_from_slice(chunk);
        }
        let keys = NodeKeys::from_seeds(seeds[0], seeds[1], seeds[2], seeds[3]);
        seeds.zeroize();
        keys
    }

    /// The node's public identity.
    pub fn identity(&self) -> Identity {
        Identity(self.signing_key().verifying_key().to_bytes())
    }

    /// The key behind the identity.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.identity)
    }

    /// The seed of the identity key, for TLS and for signing messages of the protocol.
    pub(crate) fn identity_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.identity)
    }

    /// Signs a result or a registration with the identity key.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing_key().sign(message).to_bytes()
    }

    /// The secret Diffie-Hellman key of the epoch.
    pub fn encryption(&self) -> EncryptionSecretKey {
        EncryptionSecretKey::from_seed(&self.encryption)
    }

    /// The public encryption key and the proof that the node holds its secret.
    pub fn registered_encryption_key(&self) -> ([u8; 32], [u8; 64]) {
        let secret = self.encryption();
        let proof = ProofOfPossession::prove(&secret, self.identity().as_bytes());
        (secret.public_key().to_bytes(), proof.to_bytes())
    }

    /// The secret from which the masks of applications' state are derived.
    pub fn state_secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.state)
    }

    /// The key that pays for the node's transactions.
    pub fn fee_payer(&self) -> solana_keypair::Keypair {
        solana_keypair::Keypair::new_from_array(self.fee_payer)
    }
}

impl fmt::Debug for NodeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeKeys").field("identity", &self.identity()).field("secrets", &"[secret]").finish()
    }
}

/// The operating system gave no randomness.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes: {why}")]
pub struct EntropyError {
    /// Its words.
    pub why: String,
}

/// Where the node's own randomness comes from: session names and seeds of protocol runs.
///
/// A generator that could ever repeat itself (after a restart, in a copy of a virtual machine) must not be used on a
/// network that matters: shares under a repeated seed are no longer secret.
pub trait Entropy: Send + 'static {
    /// 32 uniformly random bytes, never the same again.
    fn seed(&mut self) -> Result<[u8; 32], EntropyError>;
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn seed(&mut self) -> Result<[u8; 32], EntropyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| EntropyError { why: error.to_string() })?;
        Ok(seed)
    }
}
