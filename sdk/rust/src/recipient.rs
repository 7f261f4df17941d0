//! The seed of a client's recipient keys: from the wallet, so that nothing needs to be stored, where the wallet allows it.

use arx_wire::recipient::RecipientSeed;
use zeroize::Zeroizing;

use crate::Error;

/// What the wallet is asked to sign. Part of the format: another text gives other keys.
pub const WALLET_MESSAGE: &[u8] = b"Arx: make the keys that my results are encrypted to.\n\
    Whoever has this signature can read my results.\n\
    Sign it only in an application that you trust.";

/// Where a seed comes from, and whether it must be kept.
#[derive(Debug)]
pub enum RecipientKeys {
    /// From the wallet's signature: it can be made again from the wallet alone.
    FromWallet(RecipientSeed),
    /// Random, because the wallet signs the same message differently every time. Whoever loses it loses what was
    /// encrypted to it: store it.
    Random {
        /// The seed in use.
        seed: RecipientSeed,
        /// Its bytes, to be stored.
        store: Zeroizing<[u8; 32]>,
    },
}

impl RecipientKeys {
    /// Asks the wallet twice for a signature of [`WALLET_MESSAGE`]; where the two differ, draws a random seed.
    ///
    /// # Errors
    /// What the wallet answers; [`Error::NoRandomness`].
    pub fn from_wallet<E: Into<Error>>(
        mut sign: impl FnMut(&[u8]) -> Result<[u8; 64], E>,
    ) -> Result<Self, Error> {
        let first = Zeroizing::new(sign(WALLET_MESSAGE).map_err(Into::into)?);
        let second = Zeroizing::new(sign(WALLET_MESSAGE).map_err(Into::into)?);
        if *first == *second {
            return Ok(Self::FromWallet(RecipientSeed::from_wallet_signature(&first)));
        }
        let mut store = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *store).map_err(|error| Error::NoRandomness { why: error.to_string() })?;
        Ok(Self::Random { seed: RecipientSeed::from_stored(*store), store })
    }

    /// The seed.
    pub const fn seed(&self) -> &RecipientSeed {
        match self {
            Self::FromWallet(seed) | Self::Random { seed, .. } => seed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(keys: &RecipientKeys) -> [u8; 32] {
        keys.seed().recipient_key(&[1; 32], &[2; 32], 3).public_key().to_bytes()
    }

    #[test]
    fn a_deterministic_wallet_gives_the_same_keys_again() -> Result<(), Error> {
        let keys = RecipientKeys::from_wallet(|message| Ok::<_, Error>([message.len() as u8; 64]))?;
        let again = RecipientKeys::from_wallet(|message| Ok::<_, Error>([message.len() as u8; 64]))?;
        assert!(matches!(keys, RecipientKeys::FromWallet(_)));
        assert_eq!(key(&keys), key(&again));
        Ok(())
    }

    #[test]
    fn a_randomised_wallet_gives_a_seed_to_store() -> Result<(), Error> {
        let mut count = 0;
        let keys = RecipientKeys::from_wallet(|_| {
            count += 1;
            Ok::<_, Error>([count; 64])
        })?;
        let RecipientKeys::Random { store, .. } = &keys else { panic!("two signatures differ") };
        let restored = RecipientSeed::from_stored(**store).recipient_key(&[1; 32], &[2; 32], 3);
        assert_eq!(key(&keys), restored.public_key().to_bytes());
        Ok(())
    }

    #[test]
    fn what_the_wallet_refuses_is_passed_on() {
        let refused = RecipientKeys::from_wallet(|_| Err(Error::WalletRefused { why: "no".into() }));
        assert!(matches!(refused, Err(Error::WalletRefused { .. })));
    }
}
