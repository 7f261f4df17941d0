//! Recipient keys: fresh for every call, all of them from one wallet signature.
//!
//! A client that lost everything but its wallet signs the same message again and has its keys back. Wallets
//! whose signatures are not deterministic would lose them; the SDK asks twice and keeps a random seed where
//! the two differ.

use zeroize::Zeroizing;

use crate::hash::{LabelledHash, labelled_sha512};
use crate::keys::EncryptionSecretKey;

/// The seed that all of one client's recipient keys are derived from.
#[derive(Clone)]
pub struct RecipientSeed(Zeroizing<[u8; 32]>);

impl RecipientSeed {
    /// `H(L("arx/v1/seed") || wallet signature)`.
    pub fn from_wallet_signature(signature: &[u8; 64]) -> Self {
        Self(LabelledHash::new("arx/v1/seed").bytes(signature).finish_secret())
    }

    /// A seed that was drawn at random and stored.
    pub fn from_stored(seed: [u8; 32]) -> Self {
        Self(Zeroizing::new(seed))
    }

    /// The seed itself, to be stored where secrets are.
    pub fn to_stored(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// The recipient key of one call: `H512(L("arx/v1/recipient") || seed || instance || authority ||
    /// counter) mod l`.
    pub fn recipient_key(
        &self,
        instance: &[u8; 32],
        authority: &[u8; 32],
        counter: u64,
    ) -> EncryptionSecretKey {
        let parts: [&[u8]; 4] = [&*self.0, instance, authority, &counter.to_le_bytes()];
        EncryptionSecretKey::from_uniform(&labelled_sha512("arx/v1/recipient", &parts))
    }
}

impl core::fmt::Debug for RecipientSeed {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("RecipientSeed([secret])")
    }
}
