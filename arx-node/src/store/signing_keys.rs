//! Signing keys that all members have signed, until the chain has them.

use arx_program::message::SigningKeyStatement;
use mpc::signature::KeyName;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use solana_pubkey::Pubkey;

use super::{SIGNING_KEYS, Store, StoreError, from_cbor, to_cbor};

/// A key that was made, with everything that its transaction needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeKey {
    /// Address of the application's MXE.
    pub mxe: [u8; 32],
    /// Version of the members' long-term keys.
    pub version: u32,
    /// The cluster's address.
    pub cluster: [u8; 32],
    /// Its epoch.
    pub epoch: u64,
    /// The key.
    pub key: [u8; 32],
    /// The members' public shares, in their order.
    pub shares: Vec<[u8; 32]>,
    /// All members' signatures, in their order.
    pub signatures: Vec<ByteArray<64>>,
}

impl MadeKey {
    /// Which key it is.
    pub fn name(&self) -> KeyName {
        KeyName { mxe: self.mxe, version: self.version.into() }
    }

    /// The message that all members sign.
    pub fn message(&self) -> [u8; 50] {
        SigningKeyStatement {
            cluster: &Pubkey::from(self.cluster),
            epoch: self.epoch,
            mxe: &Pubkey::from(self.mxe),
            version: self.version,
            key: &Pubkey::from(self.key),
            shares: &self.shares,
        }
        .message()
    }
}

impl Store {
    /// Keeps a key with all signatures; the last one counts.
    pub fn put_made_key(&self, made: &MadeKey) -> Result<(), StoreError> {
        self.write("keeping a signing key", |transaction| {
            let place = (made.mxe, u64::from(made.version));
            transaction.open_table(SIGNING_KEYS)?.insert(place, to_cbor(made)?.as_slice())?;
            Ok(())
        })
    }

    /// The key of this name, if it was made here and is not known to be on the chain.
    pub fn made_key(&self, name: &KeyName) -> Result<Option<MadeKey>, StoreError> {
        self.read("reading a signing key", |transaction| {
            let table = transaction.open_table(SIGNING_KEYS)?;
            let made = table.get((name.mxe, name.version))?;
            made.map(|bytes| from_cbor(bytes.value())).transpose()
        })
    }

    /// The chain has the key.
    pub fn forget_made_key(&self, name: &KeyName) -> Result<(), StoreError> {
        self.write("forgetting a signing key", |transaction| {
            transaction.open_table(SIGNING_KEYS)?.remove((name.mxe, name.version))?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_all_signed_outlives_a_restart_until_the_chain_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.redb");
        let made = MadeKey {
            mxe: [1; 32],
            version: 2,
            cluster: [3; 32],
            epoch: 4,
            key: [5; 32],
            shares: vec![[6; 32], [7; 32]],
            signatures: vec![ByteArray::new([8; 64]), ByteArray::new([9; 64])],
        };
        Store::open(&path).unwrap().put_made_key(&made).unwrap();
        let store = Store::open(&path).unwrap();
        assert_eq!(store.made_key(&made.name()).unwrap().as_ref(), Some(&made));
        let other = KeyName { version: 3, ..made.name() };
        assert_eq!(store.made_key(&other).unwrap(), None);
        store.forget_made_key(&made.name()).unwrap();
        assert_eq!(store.made_key(&made.name()).unwrap(), None);
    }
}
